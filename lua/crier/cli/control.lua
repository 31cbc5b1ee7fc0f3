--- What `pause`, `cancel` and `resume` share: they write the wish into the store; a run
-- that is under way sees it within a moment.
-- @module crier.cli.control
local output = require "crier.cli.output"
local core = require "crier.core"
local deed = require "crier.cli.deed"
local ledger = require "crier.campaign.ledger"
local orders = require "crier.campaign.orders"
local store = require "crier.cli.store"
local summary = require "crier.report.summary"

local control = {}

--- Adds the arguments.
-- @param parser an argparse command
function control.define(parser)
  parser:argument("name", "Name of the campaign.")
  parser:flag("--json", "Print the ledger as one JSON line.")
end

--- Gives an order about a campaign that is not over, and shows what came of it.
-- @tparam table arguments `name`, `json`
-- @tparam function order see `crier.campaign.orders`
-- @treturn integer exit status
function control.apply(arguments, order)
  local found, row = store.campaign(arguments.name)
  if not found then
    return row
  end
  local said, message, exit = orders.give(found, row, deed.of(arguments),
    math.floor(core.clock.wall_ms()), order)
  if not said then
    store.complain(message)
    found:close()
    return exit
  end
  io.stderr:write(said, "\n")
  if arguments.json then
    output.write(summary.json(ledger.read(found, found.campaigns:find(row.name))), "\n")
  end
  found:close()
  return 0
end

return control
