--- Answers that take a while to find: each is kept until at most a twentieth of the time
-- goes into finding it, however many ask.
-- @module crier.door.memo
local memo = {}

local memo_methods = {}
local memo_mt = { __name = "crier.door.memo", __index = memo_methods }

local SHARE, MOST = 20, 200

--- Creates an empty one.
-- @tparam function now milliseconds
-- @treturn crier.door.memo
function memo.new(now)
  return setmetatable({ now = now, kept = {}, count = 0 }, memo_mt)
end

--- What was found, now or a moment ago.
-- @tparam string name of the answer
-- @tparam function find gives it; not called when it is known
-- @return what `find` gave
function memo_methods:get(name, find)
  local one, began = self.kept[name], self.now()
  if one and began < one.until_ms then
    return one.found
  elseif not one and self.count >= MOST then
    self:forget()
  end
  local found = find()
  local ended = self.now()
  self.count = self.count + (self.kept[name] and 0 or 1)
  self.kept[name] = { found = found, until_ms = ended + SHARE * (ended - began) }
  return found
end

--- Forgets everything, since something has changed.
function memo_methods:forget()
  self.kept, self.count = {}, 0
end

return memo
