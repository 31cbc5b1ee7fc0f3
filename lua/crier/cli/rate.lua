--- `crier rate NAME RATE`
-- @module crier.cli.rate
local control = require "crier.cli.control"
local orders = require "crier.campaign.orders"
local rates = require "crier.campaign.rate"
local store = require "crier.cli.store"

local rate = {}

local EPILOG = [[
Examples:
   crier rate benefits-2027 10
   crier rate benefits-2027 full

The rate is messages a second, spread evenly (0.5: one in two seconds), or `full`:
as fast as Teams allows, which is never exceeded. A run that is under way follows
within a moment; the rate holds until it is changed again.]]

--- Adds the arguments.
-- @param parser an argparse command
function rate.define(parser)
  control.define(parser)
  parser:argument("rate", "Messages a second, or full.")
  parser:epilog(EPILOG)
end

--- Runs the command.
-- @tparam table arguments
-- @treturn integer exit status
function rate.run(arguments)
  local per_second, problem = rates.parse(arguments.rate)
  if problem then
    store.complain("rate: " .. problem)
    return 64
  end
  return control.apply(arguments, orders.rate(per_second))
end

return rate
