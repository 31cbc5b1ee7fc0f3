--- `crier cancel NAME`
-- @module crier.cli.cancel
local control = require "crier.cli.control"

local cancel = {}

cancel.summary = "End a campaign: who was not sent to never will be."

--- Adds the arguments.
-- @param parser an argparse command
function cancel.define(parser)
  control.define(parser)
  parser:epilog("Example:\n   crier cancel benefits-2027")
end

-- Who works on the lane may do so for another campaign.
local function is_under_way(journal, row)
  return row.fence == row.lane_fence and journal.lanes:is_held(row.lane)
    or journal.lanes:queued_by(row.id) ~= nil
end

-- Nobody works on the campaign: what a run would do is done here.
local function finish(journal, row, now_ms)
  local lane, message = journal.lanes:acquire(row.app, row.tenant)
  if not lane and row.fence == row.lane_fence then
    return nil, message
  end
  return journal:transaction(function()
    journal.targets:recover(row.id, lane and lane.fence or row.lane_fence, "report", now_ms)
    journal.targets:exclude_pending(row.id, "cancelled", now_ms)
    return journal.campaigns:finish(row.id, "cancelled", 3, now_ms)
  end)
end

--- Runs the command.
-- @tparam table arguments
-- @treturn integer exit status
function cancel.run(arguments)
  return control.apply(arguments, function(journal, row, now_ms)
    local ok, message
    if is_under_way(journal, row) then
      ok, message = journal.campaigns:set_state(row.id, "cancelled",
        "cancelled by an operator")
    else
      ok, message = finish(journal, row, now_ms)
    end
    return ok and ("campaign %s is cancelled"):format(row.name), message
  end)
end

return cancel
