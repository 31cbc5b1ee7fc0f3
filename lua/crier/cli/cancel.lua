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

-- Nobody works on the campaign: what a run would do is done here.
local function finish(journal, row, now_ms)
  local lane, message = journal.lanes:acquire(row.app, row.tenant)
  if not lane then
    return nil, message
  end
  return journal:transaction(function()
    journal.targets:recover(row.id, lane.fence, "report", now_ms)
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
    if journal.lanes:is_held(row.lane) then
      ok, message = journal.campaigns:set_state(row.id, "cancelled",
        "cancelled by an operator")
    else
      ok, message = finish(journal, row, now_ms)
    end
    return ok and ("campaign %s is cancelled"):format(row.name), message
  end)
end

return cancel
