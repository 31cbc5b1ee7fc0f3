--- Whether a run may start now: its time may be over, or its start missed.
-- @module crier.campaign.start
local time = require "crier.format.time"

local start = {}

-- A start within this time after `at` is on time: cron and machines take their time.
local GRACE_MS = 15 * 60000

local function stop(exit, why, remedy)
  return nil, { exit = exit, why = why, remedy = remedy }
end

-- Nothing of it was sent yet: what goes on after its start is not missed.
local function is_first(run)
  return not run.campaign or run.campaign.planned == 0
    or not run.journal.openings:has_begun(run.campaign.id)
end

local function ask(run, why)
  if not run.face:is_interactive() then
    return stop(64, why .. ": missed = \"ask\", and there is no terminal to ask at",
      "nothing was sent: run it at a terminal, or say missed = \"run\" or \"skip\"")
  elseif run.face:agree(why .. ": send it now?") then
    return true
  end
  return stop(64, "not confirmed: nothing was sent", "run it again to be asked again")
end

local function missed(run, schedule, now)
  local why = ("the start, %s, was missed by %s"):format(schedule:text(schedule.at_ms),
    time.span((now - schedule.at_ms) / 1000))
  if schedule.missed == "ask" then
    return ask(run, why)
  end
  return stop(3, why .. ": missed = \"skip\"", run.campaign and run.campaign.planned == 1
    and ("nothing was sent: crier resume %s   sends it all the same"):format(
      run.campaign.name) or "nothing was sent: give it another start, or another name")
end

--- A step: see `crier.campaign.steps`.
-- @tparam crier.campaign.run run
-- @treturn boolean true; or nil and what the run ends with
function start.check(run)
  local schedule, now = run.schedule, run.loop:now()
  if not schedule or not is_first(run) then
    return true
  elseif schedule.deadline_ms and now >= schedule.deadline_ms and run.way ~= "go on" then
    return stop(3, ("the deadline, %s, has passed"):format(
      schedule:text(schedule.deadline_ms)), "nothing was sent: give it a later one")
  elseif not schedule.at_ms or now <= schedule.at_ms + GRACE_MS
    or schedule.missed == "run" or run.options.lift then
    return true
  end
  return missed(run, schedule, now)
end

return start
