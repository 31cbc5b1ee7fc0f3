--- Waits for what Teams does not show yet, in bounded pauses and no longer than
-- the person allowed.
-- @module crier.doctor.patience
local time = require "crier.format.time"

local patience = {}

local FIRST_MS, FACTOR, LONGEST_MS = 1000, 1.6, 60 * 1000

--- Tries until a finding is not pending, or the time is over.
-- @tparam table context `loop`, `now_ms`, `waiting` (called with a line for
--   people before each pause)
-- @tparam number most_ms the longest wait
-- @tparam string what is waited for
-- @tparam function try gives a finding, and whether to try again
-- @treturn table the last finding
function patience.try(context, most_ms, what, try)
  local began, pause_ms = context.now_ms(), FIRST_MS
  while true do
    local found, is_pending = try()
    local left_ms = began + most_ms - context.now_ms()
    if not is_pending or left_ms <= 0 then
      return found
    end
    pause_ms = math.min(pause_ms, left_ms)
    context.waiting(("waiting for %s: again in %s, %s left"):format(what,
      time.span(pause_ms / 1000), time.span(left_ms / 1000)))
    context.loop:sleep(pause_ms)
    pause_ms = math.min(pause_ms * FACTOR, LONGEST_MS)
  end
end

return patience
