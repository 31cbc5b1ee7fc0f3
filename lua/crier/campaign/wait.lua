--- What a dispatch does when there is nothing to do for long: it says so in the
-- store, and looks there seldom.
-- @module crier.campaign.wait
local route = require "crier.campaign.route"
local zones = require "crier.campaign.zones"

local wait = {}

-- A wait shorter than this is the ordinary rhythm of retries.
local WORTH_SAYING_MS = 60000
--- How often a dispatch that waits looks for what somebody else did.
wait.SELDOM_MS = 5000

--- Keeps what people notice from leaving before a time.
-- @tparam crier.dispatch work
-- @tparam integer until_ms milliseconds since 1970
-- @tparam string why what the time is: `it starts at`
function wait.hold(work, until_ms, why)
  work.hold = { until_ms = until_ms, why = why }
end

--- What keeps a phase from going on.
-- @tparam crier.dispatch work
-- @tparam string phase
-- @tparam number now
-- @treturn ?table `until_ms`, `why`
function wait.held(work, phase, now)
  local hold = work.hold
  return hold and hold.until_ms > now and route.keeps_hours(phase) and hold or nil
end

--- How often a dispatch looks for what somebody else did.
-- @tparam crier.dispatch work
-- @tparam number often milliseconds
-- @treturn number milliseconds
function wait.every_ms(work, often)
  return work.waits_until and wait.SELDOM_MS or often
end

-- What it waits for, in words.
local function why(work, now, until_ms)
  local held = wait.held(work, work.phases[1], now)
  local schedule = work.schedule
  local at = schedule and schedule:text(until_ms) or zones.new():text(until_ms)
  return (held and held.why or schedule and schedule.window
    and "the next window opens at" or "the next try is at") .. " " .. at
end

--- Notes whether there is nothing to do until a time.
-- @tparam crier.dispatch work
-- @tparam ?number next_ms when there is something to do; nil while there is
-- @treturn boolean true; or nil, message, code
function wait.note(work, next_ms)
  local now = work:now()
  local until_ms = next_ms and next_ms - next_ms % 1000
  if until_ms and until_ms - now >= WORTH_SAYING_MS then
    if work.waits_until == until_ms then
      return true
    end
    work.waits_until = until_ms
    return work:wait_for(why(work, now, until_ms), until_ms)
  elseif not work.waits_until or next_ms and next_ms > now then
    return true
  end
  work.waits_until, work.next_look = nil, 0
  return work:wait_for(nil)
end

return wait
