--- `crier export NAME`
-- @module crier.cli.export
local output = require "crier.cli.output"
local csv = require "crier.report.csv"
local json = require "crier.format.json"
local ledger = require "crier.campaign.ledger"
local row_view = require "crier.report.row"
local store = require "crier.cli.store"
local suggest = require "crier.suggest"

local export = {}

local PAGE, USAGE = 500, 64
local STATES = { "delivered", "failed", "unknown", "excluded", "pending" }
local NAMES = { upn = true, name = true } -- what says who somebody is
local BOM = "\239\187\191"

local EPILOG = [[
Examples:
   crier export benefits-2027 --format csv --bom > people.csv
   crier export benefits-2027 --state failed,unknown --columns upn,reason

Columns: id kind upn name state reason status code attempts installed
conversation_id activity_id request_id planned_at updated_at variant language
via answered dialog.
States: delivered failed unknown excluded pending.

A csv cell that a spreadsheet would take for a formula (it begins with = + - @,
a tab or a line break) gets an apostrophe in front. JSON lines have it as it is.
--bom makes Excel read the csv as UTF-8.]]

--- Adds the arguments.
-- @param parser an argparse command
function export.define(parser)
  parser:argument("name", "Name of the campaign.")
  parser:option("--format", "Form of the rows.", "jsonl")
    :choices { "jsonl", "csv" }:argname "jsonl|csv"
  parser:option("--columns", "Only these, in this order."):argname "A,B,…"
  parser:option("--state", "Only who is in one of these states.")
    :argname "A,B,…"
  parser:flag("--no-names", "Leave out names and UPNs.")
  parser:flag("--bom", "Begin a csv with a byte-order mark.")
  parser:epilog(EPILOG)
end

local writers = {}

function writers.jsonl(made, columns)
  return json.ordered(made, columns) .. "\n"
end

writers.csv = csv.row

-- The words of a list, each of which is known and there once.
local function words(list, known, what)
  local found, seen = {}, {}
  for _, word in ipairs(known) do
    seen[word] = false
  end
  for word in list:gmatch "[^,%s]+" do
    if seen[word] ~= false then
      local near = seen[word] == nil and suggest.nearest(word, known)
      store.complain(("%s %s '%s'"):format(
        seen[word] and "twice the" or "unknown", what, word)
        .. (near and "; did you mean '" .. near .. "'?" or ""),
        not seen[word] and not near and "there are: " .. table.concat(known, " ")
          or nil)
      return nil
    end
    seen[word] = true
    found[#found + 1] = word
  end
  if #found == 0 then
    store.complain("there is no " .. what .. " in '" .. list .. "'")
    return nil
  end
  return found
end

local function named(columns, without_names)
  local kept = {}
  for _, name in ipairs(columns) do
    if not (without_names and NAMES[name]) then
      kept[#kept + 1] = name
    end
  end
  return kept
end

-- What the options ask for; nil after printing what is wrong.
local function wanted(arguments)
  local columns, states = row_view.columns, STATES
  if arguments.columns then
    columns = words(arguments.columns, columns, "column")
  end
  if columns and arguments.state then
    states = words(arguments.state, STATES, "state")
  end
  if not columns or not states then
    return nil
  elseif arguments.bom and arguments.format ~= "csv" then
    store.complain("--bom is for --format csv")
    return nil
  end
  columns = named(columns, arguments.no_names)
  if #columns == 0 then
    store.complain("--no-names leaves no column")
    return nil
  end
  local set = {}
  for _, state in ipairs(states) do
    set[state] = true
  end
  return { columns = columns, states = arguments.state and set,
    without_names = arguments.no_names, write = writers[arguments.format] }
end

-- What stood in a file is told by no detail, and by no id: who the directory does
-- not know is there as they were written.
local function without_names(row)
  if row.state == "excluded" and row.text and row.key:find "^user:" then
    row.key = "user:"
  end
  row.text = nil
  return row
end

-- Writes one page; false when nothing more can be written.
local function write_page(rows, asked, dead)
  for _, each in ipairs(rows) do
    local row = row_view.as_seen(each, dead)
    if not asked.states or asked.states[row.state] then
      if asked.without_names then
        row = without_names(row)
      end
      if not output.write(asked.write(row_view.make(row), asked.columns)) then
        return false
      end
    end
  end
  return true
end

--- Runs the command.
-- @tparam table arguments
-- @treturn integer exit status
function export.run(arguments)
  local asked = wanted(arguments)
  if not asked then
    return USAGE
  end
  local found, campaign = store.campaign(arguments.name, { looks = true })
  if not found then
    return campaign
  end
  if arguments.format == "csv" then
    output.write(arguments.bom and BOM or "",
      table.concat(asked.columns, ","), "\r\n")
  end
  local after, status = 0, 0
  local dead = ledger.is_dead(found, campaign)
  while after do
    local rows, message = found.targets:page(campaign.id, after, PAGE)
    if not rows then
      store.complain(message)
      status = 78
    end
    after = rows and #rows > 0 and write_page(rows, asked, dead)
      and rows[#rows].id
  end
  found:close()
  return status
end

return export
