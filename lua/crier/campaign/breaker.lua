--- Stops a run that goes wrong for everybody: when the first 20 to reach an
-- outcome all fail for one reason, or more than half of the last 200 do.
-- @module crier.campaign.breaker
local breaker = {}

local breaker_methods = {}
local breaker_mt = { __name = "crier.breaker", __index = breaker_methods }

local FIRST, WINDOW = 20, 200

--- Creates a breaker that has seen nothing.
-- @treturn crier.breaker
function breaker.new()
  return setmetatable({ seen = 0, ring = {}, counts = {} }, breaker_mt)
end

--- Notes one outcome.
-- @tparam ?string reason of a failure; nil for a delivery
-- @treturn ?string why the run should stop, when it should
function breaker_methods:note(reason)
  local slot = self.seen % WINDOW + 1
  local gone = self.ring[slot]
  if gone then
    self.counts[gone] = self.counts[gone] - 1
  end
  self.seen = self.seen + 1
  self.ring[slot] = reason or false
  if not reason then
    return nil
  end
  local count = (self.counts[reason] or 0) + 1
  self.counts[reason] = count
  if self.seen == FIRST and count == FIRST then
    return ("the first %d people all failed: %s"):format(FIRST, reason)
  elseif self.seen >= WINDOW and count > WINDOW / 2 then
    return ("%d of the last %d people failed: %s"):format(count, WINDOW, reason)
  end
end

return breaker
