--- What `pause` and `cancel` share: they write the wish into the store; a run
-- that is under way sees it within a moment.
-- @module crier.cli.control
local output = require "crier.cli.output"
local core = require "crier.core"
local deed = require "crier.cli.deed"
local ledger = require "crier.report.ledger"
local store = require "crier.cli.store"
local summary = require "crier.report.summary"

local control = {}

-- A cancel that was broken off, or whose run died, is not over: it can be repeated.
local function is_over(row, command)
  return row.state == "finished"
    or row.state == "cancelled" and (row.finished_at ~= nil or command ~= "cancel")
end

--- Adds the arguments.
-- @param parser an argparse command
function control.define(parser)
  parser:argument("name", "Name of the campaign.")
  parser:flag("--json", "Print the ledger as one JSON line.")
end

--- Finds a campaign that is not over, changes it and shows it.
-- @tparam table arguments `name`, `json`
-- @tparam function change called with `(journal, row, now_ms)`; gives the line
--   for standard error, or nil and a message
-- @treturn integer exit status
function control.apply(arguments, change)
  local found, row = store.campaign(arguments.name)
  if not found then
    return row
  elseif is_over(row, arguments.command) then
    store.complain(("campaign %s is %s: there is nothing to change")
      :format(row.name, row.state))
    found:close()
    return 65
  end
  local now = math.floor(core.clock.wall_ms())
  local event = found.events:begin(row.id, deed.of(arguments), now)
  local line, message = change(found, row, now)
  local after = ledger.read(found, found.campaigns:find(row.name))
  found.events:finish(event, { exit = line and 0 or 78, why = message,
    ledger = after }, now)
  if not line then
    store.complain(message)
    found:close()
    return 78
  end
  io.stderr:write(line, "\n")
  if arguments.json then
    output.write(summary.json(after), "\n")
  end
  found:close()
  return 0
end

return control
