--- `crier why NAME WHO`
-- @module crier.cli.why
local account = require "crier.report.account"
local lookup = require "crier.audience.lookup"
local output = require "crier.cli.output"
local core = require "crier.core"
local row_view = require "crier.report.row"
local store = require "crier.cli.store"
local story = require "crier.report.story"
local text = require "crier.format.text"
local time = require "crier.format.time"
local zones = require "crier.campaign.zones"

local why = {}

local EPILOG = [[
Example:
   crier why benefits-2027 ann@contoso.com

First what stands now, with what to do about it; then what happened, in order:
planned or left out, the app, the chat, the answer, and what was amended or
recalled, with the commands that did it. Nothing is asked of the service.]]

--- Adds the arguments.
-- @param parser an argparse command
function why.define(parser)
  parser:argument("name", "Name of the campaign.")
  parser:argument("who", "Object id or UPN of the person; or a chat, a channel.")
  parser:flag("--json", "Print one JSON document a match.")
  parser:epilog(EPILOG)
end

local REMEDY_WIDTH = 63 -- 80 columns less those of the label

-- One line of the story: `2027-01-15 08:00:00 UTC  hello: planned`.
local function line_of(each, name)
  local whose = each.campaign and each.campaign ~= name
    and each.campaign .. ": " or ""
  return ("  %s  %s%s"):format(time.stamp(time.iso(each.at)), whose, each.what)
end

-- By the campaign's clock, and by that of the person where it is another.
local function moment(ms, zone, campaign)
  local known = zones.new()
  local said = known:text(ms, campaign.zone)
  return zone and zone ~= campaign.zone and ("%s (%s)"):format(said, known:text(ms, zone))
    or said
end

local function describe(row, told, campaign)
  local lines = { ("%s  %s"):format(row.upn or row.key, row.name or "") }
  local function add(label, value)
    if value then
      lines[#lines + 1] = ("  %-13s %s"):format(label, value)
    end
  end
  add("state", row.state .. (row.phase and ": " .. story.next_of(row.phase) or ""))
  add("reason", row.reason)
  add("said", row.text)
  add("answer", row.status and ("%d %s"):format(row.status, row.code or ""))
  for i, part in ipairs(text.wrap(row.remedy or "", REMEDY_WIDTH)) do
    add(i == 1 and "what to do" or "", part)
  end
  local due_at = account.next_try(row, campaign)
  add("next try", due_at and (campaign.zone and moment(due_at, row.zone, campaign)
    or time.iso(due_at)))
  add("variant", row.variant)
  add("language", row.language)
  add("way", row.rerouted and ("%s, for the chat: %s"):format(row_view.FEED, row.rerouted))
  add("answered", row.answered and (row.answered > 0 and "yes" or "not yet"))
  add("dialog", row.dialog)
  add("went wrong", row.problem)
  add("attempts", ("%d"):format(row.attempts))
  add("installed", row.installed and (row.installed == 1
    and "by this campaign" or "before this campaign"))
  add("conversation", row.conversation_id)
  add("activity", row.activity_id)
  add("request id", row.request_id)
  add("planned", time.iso(row.planned_at))
  add("updated", time.iso(row.updated_at))
  lines[#lines + 1] = ""
  for _, each in ipairs(told) do
    lines[#lines + 1] = line_of(each, campaign.name)
  end
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
  local found, campaign = store.campaign(arguments.name, { looks = true })
  if not found then
    return campaign
  end
  local accounts = account.find(found, campaign, arguments.who)
  if #accounts == 0 then
    store.complain(("%s is not in the ledger of campaign %s")
      :format(arguments.who, campaign.name), lookup.form(arguments.who) == "other"
        and "give the UPN or the object id: nobody is looked up by a name"
      or "the audience did not have this person when it was planned")
  end
  for _, each in ipairs(accounts) do
    output.write((arguments.json and account.json or describe)(each.row, each.told, campaign),
      "\n")
  end
  found:close()
  return #accounts == 0 and 65 or 0
end

return why
