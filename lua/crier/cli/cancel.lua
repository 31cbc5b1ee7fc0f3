--- `crier cancel NAME`
-- @module crier.cli.cancel
local control = require "crier.cli.control"
local orders = require "crier.campaign.orders"

local cancel = {}

--- Adds the arguments.
-- @param parser an argparse command
function cancel.define(parser)
  control.define(parser)
  parser:epilog("Example:\n   crier cancel benefits-2027")
end

--- Runs the command.
-- @tparam table arguments
-- @treturn integer exit status
function cancel.run(arguments)
  return control.apply(arguments, orders.cancel)
end

return cancel
