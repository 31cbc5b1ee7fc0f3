--- How a run ends: the store is told, and the ledger checked.
-- @module crier.campaign.ending
local aside = require "crier.campaign.aside"
local journal = require "crier.journal"
local ledger = require "crier.campaign.ledger"
local openings = require "crier.campaign.openings"
local tolerance = require "crier.campaign.tolerance"

local ending = {}

--- Writes down how a dispatch ended.
-- @tparam crier.campaign.run run
-- @tparam table stop from `crier.campaign.dispatch`
-- @treturn table what the run ends with: `exit`, and `why` and `remedy` unless it
--   finished
function ending.write(run, stop)
  local campaigns, id = run.journal.campaigns, run.campaign.id
  local now = math.floor(run.loop:now())
  -- What is still under way will not be heard of any more. Who may have got
  -- the message is not "cancelled", whatever `on_unknown` says.
  run.journal.targets:recover(id, run.lane.fence + 1,
    stop.state == "cancelled" and "report" or run.definition.on_unknown, now)
  stop = aside.finish(run, stop)
  if stop.state == "deadline" then
    run.journal.openings:close(id, openings.said(run.schedule), now)
    stop.state = "finished"
  elseif stop.state == "cancelled" then
    run.journal.targets:exclude_pending(id, "cancelled", now)
    campaigns:finish(id, "cancelled", 3, now)
  elseif stop.state == "paused" and stop.why then
    campaigns:set_state(id, "paused", stop.because or stop.why)
  elseif stop.state ~= "finished" then
    campaigns:set_state_if_running(id, "stopped", stop.why)
  end
  local found = ledger.read(run.journal, campaigns:find(run.campaign.name))
  local ok, message = ledger.check(found)
  if ok and stop.state == "finished" and found.pending > 0 then
    ok, message = nil, ("%d people were left over"):format(found.pending)
  end
  if not ok then
    campaigns:set_state_if_running(id, "stopped", message)
    return { exit = 1, why = message, remedy = "keep the store, and report"
      .. " this as a bug" }
  end
  if stop.state == "finished" then
    stop.exit = tolerance.holds(run.definition.tolerate, found) and 0 or 2
    local code
    ok, message, code = campaigns:finish(id, "finished", stop.exit, now)
    if not ok then
      return { exit = 78, why = message, is_passing = journal.is_passing(code),
        remedy = "everybody is settled: make room, then run again" }
    end
  end
  return stop
end

return ending
