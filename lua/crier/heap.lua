--- A queue of things by time; what is due at the same time leaves in the order
-- in which it came.
-- @module crier.heap
local heap = {}

local heap_methods = {}
local heap_mt = { __name = "crier.heap", __index = heap_methods }

local function before(a, b)
  return a.at_ms < b.at_ms or (a.at_ms == b.at_ms and a.order < b.order)
end

--- Makes an empty queue.
-- @treturn crier.heap
function heap.new()
  return setmetatable({ count = 0, pushed = 0 }, heap_mt)
end

--- Adds an item.
-- @tparam table item with `at_ms`; gets the field `order`
function heap_methods:push(item)
  self.pushed = self.pushed + 1
  item.order = self.pushed
  local i = self.count + 1
  self.count = i
  while i > 1 do
    local parent = (i - i % 2) / 2
    if not before(item, self[parent]) then
      break
    end
    self[i] = self[parent]
    i = parent
  end
  self[i] = item
end

--- Looks at the first item.
-- @treturn ?table nil when there is none
function heap_methods:first()
  return self[1]
end

--- Takes the first item out; there must be one.
-- @treturn table
function heap_methods:pop()
  local first, item, count = self[1], self[self.count], self.count - 1
  self[count + 1] = nil
  self.count = count
  if count == 0 then
    return first
  end
  local i = 1
  while 2 * i <= count do
    local child = 2 * i
    if child < count and before(self[child + 1], self[child]) then
      child = child + 1
    end
    if not before(self[child], item) then
      break
    end
    self[i] = self[child]
    i = child
  end
  self[i] = item
  return first
end

return heap
