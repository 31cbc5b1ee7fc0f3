--- `crier status [NAME]`
-- @module crier.cli.status
local output = require "crier.cli.output"
local ledger = require "crier.campaign.ledger"
local store = require "crier.cli.store"
local summary = require "crier.report.summary"

local status = {}

local EPILOG = [[
Examples:
   crier status
   crier status benefits-2027 --json

Single messages, those of dialogs and of programs, are no campaign: the last line
counts them, and names what shows more. In JSON their action is message.]]

--- Adds the arguments.
-- @param parser an argparse command
function status.define(parser)
  parser:argument("name", "Name of a campaign."):args "?"
  parser:flag("--json", "Print JSON: one document for a name, else a line each.")
  parser:epilog(EPILOG)
end

local function show(found, row, as_json)
  local read = ledger.read(found, row)
  if as_json then
    output.write(summary.json(read), "\n")
  else
    store.print_ledger(read)
  end
end

local function show_all(found, as_json)
  local list, messages = {}, {}
  for _, row in ipairs(found.campaigns:list()) do
    local read = ledger.read(found, row)
    if as_json then
      output.write(summary.json(read), "\n")
    elseif read.action == "message" then
      messages[#messages + 1] = summary.messages(read)
    else
      list[#list + 1] = read
    end
  end
  if as_json then
    return
  elseif #list == 0 then
    output.write("no campaigns yet in store ", found.path, "\n")
  else
    output.write(summary.list(list))
  end
  output.write(table.concat(messages))
end

--- Runs the command.
-- @tparam table arguments
-- @treturn integer exit status
function status.run(arguments)
  if not arguments.name then
    local found, failed = store.open { looks = true }
    if not found then
      return failed
    end
    show_all(found, arguments.json)
    found:close()
    return 0
  end
  local found, row = store.campaign(arguments.name, { looks = true })
  if not found then
    return row
  end
  show(found, row, arguments.json)
  found:close()
  return 0
end

return status
