--- `crier export NAME`
-- @module crier.cli.export
local output = require "crier.cli.output"
local core = require "crier.core"
local json = require "crier.report.json"
local ledger = require "crier.report.ledger"
local row_view = require "crier.report.row"
local store = require "crier.cli.store"

local export = {}

export.summary = "Print a row for each target, excluded ones too."

local PAGE = 500

--- Adds the arguments.
-- @param parser an argparse command
function export.define(parser)
  parser:argument("name", "Name of the campaign.")
  parser:option("--format", "Form of the rows.", "jsonl")
    :choices { "jsonl", "csv" }:argname "jsonl|csv"
  parser:epilog("Example:\n   crier export benefits-2027 --format csv > people.csv")
end

-- A cell that a spreadsheet would take for a formula begins with a quote.
local function cell(value)
  if value == nil then
    return ""
  end
  local text = type(value) == "number" and ("%.0f"):format(value)
    or core.text.printable(tostring(value))
  if type(value) == "string" and text:find "^[=+%-@\t\r]" then
    text = "'" .. text
  end
  if text:find '[",\r\n]' then
    text = '"' .. text:gsub('"', '""') .. '"'
  end
  return text
end

local writers = {}

function writers.jsonl(made)
  return json.ordered(made, row_view.columns) .. "\n"
end

function writers.csv(made)
  local cells = {}
  for i, name in ipairs(row_view.columns) do
    cells[i] = cell(made[name])
  end
  return table.concat(cells, ",") .. "\r\n"
end

--- Runs the command.
-- @tparam table arguments
-- @treturn integer exit status
function export.run(arguments)
  local found, campaign = store.campaign(arguments.name)
  if not found then
    return campaign
  end
  local write = writers[arguments.format]
  if arguments.format == "csv" then
    output.write(table.concat(row_view.columns, ","), "\r\n")
  end
  local after, status = 0, 0
  local dead = ledger.is_dead(found, campaign)
  while after do
    local rows, message = found.targets:page(campaign.id, after, PAGE)
    if not rows then
      store.complain(message)
      status = 78
    end
    for _, row in ipairs(rows or {}) do
      if not output.write(write(row_view.make(row_view.as_seen(row, dead)))) then
        rows = nil
        break
      end
    end
    after = rows and #rows > 0 and rows[#rows].id
  end
  found:close()
  return status
end

return export
