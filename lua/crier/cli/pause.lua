--- `crier pause NAME`
-- @module crier.cli.pause
local control = require "crier.cli.control"
local orders = require "crier.campaign.orders"

local pause = {}

--- Adds the arguments.
-- @param parser an argparse command
function pause.define(parser)
  control.define(parser)
  parser:epilog [[
Example:
   crier pause benefits-2027

Its dialogs and polls rest too, also when everything is sent: nobody is reminded, and who
answers is answered, until crier resume.]]
end

--- Runs the command.
-- @tparam table arguments
-- @treturn integer exit status
function pause.run(arguments)
  return control.apply(arguments, orders.pause)
end

return pause
