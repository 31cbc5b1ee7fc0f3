--- `crier resume NAME`
-- @module crier.cli.resume
local control = require "crier.cli.control"
local orders = require "crier.campaign.orders"
local run = require "crier.cli.run"
local store = require "crier.cli.store"

local resume = {}

--- Adds the arguments.
-- @param parser an argparse command
function resume.define(parser)
  parser:argument("name", "Name of the campaign.")
  run.define_common(parser)
  parser:epilog("Example:\n   crier resume benefits-2027")
end

--- Runs the command.
-- @tparam table arguments
-- @treturn integer exit status
function resume.run(arguments)
  local found, row = store.campaign(arguments.name)
  if not found then
    return row
  elseif row.planned == 0 then
    store.complain(("the plan of campaign %s was never completed")
      :format(row.name), "crier run " .. row.script)
    found:close()
    return 65
  end
  found:close()
  if orders.holds_dialogs(row) then
    return control.apply(arguments, orders.resume)
  end
  return run.execute({ stored = arguments.name, lift = true }, arguments)
end

return resume
