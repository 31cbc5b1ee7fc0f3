--- Answers that take a while to find: each is kept until at most a twentieth of the time
-- goes into finding it, however many ask.
-- @module crier.door.memo
local memo = {}

local memo_methods = {}
local memo_mt = { __name = "crier.door.memo", __index = memo_methods }

local SHARE, MOST = 20, 200

--- Creates an empty one.
-- @tparam function now milliseconds
-- @tparam function rest lets others have their turn, inside a task
-- @treturn crier.door.memo
function memo.new(now, rest)
  return setmetatable({ now = now, rest = rest, kept = {}, count = 0 }, memo_mt)
end

local function keep(self, name)
  if self.count >= MOST then
    self:forget()
  end
  self.count = self.count + 1
  self.kept[name] = { until_ms = 0 }
  return self.kept[name]
end

--- What was found, now or a moment ago. While somebody looks, others get what was found
-- before, or wait.
-- @tparam string name of the answer
-- @tparam function find gives it; not called when it is known. One that lets others have
--   their turn is for a task
-- @return what `find` gave
function memo_methods:get(name, find)
  local one = self.kept[name]
  while one and one.is_sought and one.found == nil do
    self.rest()
    one = self.kept[name]
  end
  local began = self.now()
  if one and (one.is_sought or began < one.until_ms) then
    return one.found
  end
  one = one or keep(self, name)
  one.is_sought = true
  local ok, found = pcall(find)
  one.is_sought = false
  if not ok then
    error(found, 0)
  end
  local ended = self.now()
  one.found, one.until_ms = found, ended + SHARE * (ended - began)
  return found
end

--- Forgets everything, since something has changed.
function memo_methods:forget()
  self.kept, self.count = {}, 0
end

return memo
