--- `crier pause NAME`
-- @module crier.cli.pause
local control = require "crier.cli.control"

local pause = {}

pause.summary = "Stop a campaign until it is resumed."

--- Adds the arguments.
-- @param parser an argparse command
function pause.define(parser)
  control.define(parser)
  parser:epilog("Example:\n   crier pause benefits-2027")
end

--- Runs the command.
-- @tparam table arguments
-- @treturn integer exit status
function pause.run(arguments)
  return control.apply(arguments, function(journal, row)
    local ok, message =
      journal.campaigns:set_state(row.id, "paused", "paused by an operator")
    return ok and ("campaign %s is paused; `crier resume %s` goes on with it")
      :format(row.name, row.name), message
  end)
end

return pause
