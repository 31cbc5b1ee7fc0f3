--- `crier why NAME WHO`
-- @module crier.cli.why
local output = require "crier.cli.output"
local core = require "crier.core"
local json = require "crier.report.json"
local ledger = require "crier.report.ledger"
local row_view = require "crier.report.row"
local store = require "crier.cli.store"
local text = require "crier.report.text"
local time = require "crier.report.time"

local why = {}

why.summary = "Tell what became of one person, and why."

--- Adds the arguments.
-- @param parser an argparse command
function why.define(parser)
  parser:argument("name", "Name of the campaign.")
  parser:argument("who", "Object id or UPN of the person.")
  parser:flag("--json", "Print one JSON document a match.")
  parser:epilog("Example:\n   crier why benefits-2027 ann@contoso.com")
end

local REMEDY_WIDTH = 63 -- 80 columns less those of the label

local PHASES = {
  install = "the app is to be installed",
  installation = "the app is to be looked for",
  create = "the chat is to be opened",
  chat = "the chat is to be found",
  upgrade = "the app is to be upgraded",
  uninstall = "the app is to be removed",
  update = "the message is to be changed",
  delete = "the message is to be deleted",
  send = "the message is to be sent",
  intent = "the message is on its way",
}

local function describe(row)
  local lines = { ("%s  %s"):format(row.upn or row.key, row.name or "") }
  local function add(label, value)
    if value then
      lines[#lines + 1] = ("  %-13s %s"):format(label, value)
    end
  end
  add("state", row.state .. (row.phase and ": " .. (PHASES[row.phase]
    or row.phase) or ""))
  add("reason", row.reason)
  add("said", row.text)
  add("answer", row.status and ("%d %s"):format(row.status, row.code or ""))
  for i, part in ipairs(text.wrap(row.remedy or "", REMEDY_WIDTH)) do
    add(i == 1 and "what to do" or "", part)
  end
  add("next try", row.state == "pending" and row.due_at > 0
    and time.iso(row.due_at))
  add("attempts", ("%d"):format(row.attempts))
  add("installed", row.installed and (row.installed == 1
    and "by this campaign" or "before this campaign"))
  add("conversation", row.conversation_id)
  add("activity", row.activity_id)
  add("request id", row.request_id)
  add("planned", time.iso(row.planned_at))
  add("updated", time.iso(row.updated_at))
  -- Names and ids come from outside: no control character reaches a terminal.
  for i, line in ipairs(lines) do
    lines[i] = core.text.printable((line:gsub("%s+$", "")))
  end
  return table.concat(lines, "\n")
end

--- Runs the command.
-- @tparam table arguments
-- @treturn integer exit status
function why.run(arguments)
  local found, campaign = store.campaign(arguments.name)
  if not found then
    return campaign
  end
  local rows = found.targets:find(campaign.id, arguments.who)
  if #rows == 0 then
    store.complain(("%s is not in the ledger of campaign %s")
      :format(arguments.who, campaign.name), "the audience did not have this"
      .. " person when it was planned")
  end
  local dead = ledger.is_dead(found, campaign)
  for _, each in ipairs(rows) do
    local row = row_view.as_seen(each, dead)
    output.write(arguments.json
      and json.ordered(row_view.make(row), row_view.columns)
      or describe(row), "\n")
  end
  found:close()
  return #rows == 0 and 65 or 0
end

return why
