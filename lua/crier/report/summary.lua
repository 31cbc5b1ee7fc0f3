--- A ledger as text and as JSON.
-- @module crier.report.summary
local core = require "crier.core"
local echoes = require "crier.report.echoes"
local json = require "crier.format.json"
local rates = require "crier.campaign.rate"
local text = require "crier.format.text"
local time = require "crier.format.time"

local summary = {}

local ORDER = { "name", "action", "state", "why", "waiting_until", "rate", "targeted",
  "delivered", "rerouted", "failed", "excluded", "pending", "unknown", "calls",
  "throttled", "started_at", "finished_at", "tolerated", "approvals", "failures",
  "exclusions", "unknowns", "variants", "languages", "recalls", "echoes", "dialogs" }

-- What `delivered` means for a campaign that sends nothing.
local DONE = { upgrade = "upgraded", uninstall = "uninstalled",
  amend = "amended", recall = "recalled" }

local NOTES = {
  delivered = "accepted by Teams (not: seen)",
  unknown = "nobody can tell whether it arrived",
  pending = "not sent yet",
}

local RECALLED = "Toasts and mail notices that Teams has shown cannot be taken back."

-- What a line of reasons and remedies is broken at.
local WIDTH = 80

local STATES = { "delivered", "failed", "unknown", "excluded", "pending" }
local DIALOGS = { "open", "done", "failed", "cancelled" }

--- A ledger as one JSON line.
-- @tparam table found from `crier.campaign.ledger`
-- @treturn string
function summary.json(found)
  return json.ordered(found, ORDER)
end

local COLUMNS = { "name", "state", "started", "targeted", "delivered",
  "failed", "unknown", "excluded", "pending" }

local function cells(found)
  local row = {}
  for i, column in ipairs(COLUMNS) do
    local value = found[column]
    row[i] = type(value) == "number" and text.number(value) or value or ""
  end
  row[3] = found.started_at and time.stamp(found.started_at) or ""
  return row
end

--- Several ledgers as a table, one line each.
-- @tparam {table,...} list from `crier.campaign.ledger`
-- @treturn string lines
function summary.list(list)
  local rows, widths = { COLUMNS }, {}
  for i, found in ipairs(list) do
    rows[i + 1] = cells(found)
  end
  for i in ipairs(COLUMNS) do
    widths[i] = 0
    for _, row in ipairs(rows) do
      widths[i] = math.max(widths[i], #row[i])
    end
  end
  local lines = {}
  for k, row in ipairs(rows) do
    local parts = {}
    for i, cell in ipairs(row) do
      local pad = (" "):rep(widths[i] - #cell)
      parts[i] = i <= 3 and cell .. pad or pad .. cell
    end
    lines[k] = core.text.printable(table.concat(parts, "  ")) .. "\n"
  end
  return table.concat(lines)
end

-- In words, as many as there are.
local function counted(found, states)
  local parts = {}
  for _, state in ipairs(states) do
    if found[state] > 0 then
      parts[#parts + 1] = text.number(found[state]) .. " " .. state
    end
  end
  return table.concat(parts, ", ")
end

--- The single messages of a lane in a line.
-- @tparam table found from `crier.campaign.ledger`
-- @treturn string line; "" when there are none
function summary.messages(found)
  return found.targeted == 0 and "" or ("%s: %s   (crier status %s)\n"):format(
    text.count(found.targeted, "single message"), counted(found, STATES), found.name)
end

local function add_reasons(lines, title, rows, layout)
  if #rows == 0 then
    return
  end
  lines[#lines + 1] = ""
  lines[#lines + 1] = title
  for _, row in ipairs(rows) do
    lines[#lines + 1] = layout.row:format(text.number(row.count),
      row.reason or "-")
    for _, line in ipairs(text.wrap(row.remedy or "", layout.width,
      layout.indent)) do
      lines[#lines + 1] = line
    end
  end
end

-- How each variant, or each language, fared.
local function add_shares(lines, title, rows, layout)
  if not rows then
    return
  end
  lines[#lines + 1] = ""
  lines[#lines + 1] = title
  for _, row in ipairs(rows) do
    local sum = 0
    for _, state in ipairs(STATES) do
      sum = sum + row[state]
    end
    lines[#lines + 1] = layout.row:format(text.number(sum),
      ("%-10s %s"):format(row.name, counted(row, STATES)))
  end
end

-- The dialogs of a campaign that talks, and what went wrong in some.
local function add_dialogs(lines, found, layout)
  if not found then
    return
  end
  local states = counted(found, DIALOGS)
  if found.problem then
    add_reasons(lines, "dialogs failed, the last one with:", { { count = found.failed,
      reason = found.problem, remedy = found.remedy } }, layout)
  end
  lines[#lines + 1] = ""
  lines[#lines + 1] = ("dialogs: %s; %s answered"):format(states == "" and "none yet"
    or states, text.count(found.answered, "person", "people"))
  local lost = found.lost
  if lost then
    lines[#lines + 1] = ("of what they said after that %d may not have arrived, %d did not:"
      .. " `crier why` says so of each person"):format(lost.unknown, lost.failed)
  end
end

local function approved(one)
  return ("approved by %s%s on %s, for %s%s"):format(one.who,
    one.host and " on " .. one.host or "", time.stamp(one.at),
    text.count(one.recipients, "recipient"), one.comment and ": " .. one.comment or "")
end

local function heading(found)
  if found.action == "message" then
    return ("single messages of app %s, tenant %s"):format(found.app, found.tenant)
  end
  local said = ("campaign %s: %s"):format(found.name, found.state)
  if found.why then
    return said .. " (" .. found.why .. ")"
  elseif found.seconds then
    return said .. " after " .. time.span(found.seconds)
      .. (found.tolerated and ", within tolerance" or "")
  end
  return said
end

-- Numbers end in one column, under each other in all parts of the text.
local function layout_of(found, width)
  local digits = math.max(#text.number(found.targeted), 7)
  return {
    row = "  %" .. digits .. "s  %s",
    indent = (" "):rep(digits + 6),
    width = width or WIDTH,
  }
end

--- A ledger as a small table, with reasons and remedies.
-- @tparam table found from `crier.campaign.ledger`
-- @tparam ?boolean adds_up from `crier.campaign.ledger.check`
-- @tparam[opt=80] integer width columns that remedies are wrapped to
-- @treturn string lines
function summary.text(found, adds_up, width)
  local lines, layout = { heading(found) }, layout_of(found, width)
  local function add(count, word, note)
    lines[#lines + 1] = layout.row:format(text.number(count),
      ("%-10s %s"):format(word, note or ""))
  end
  for _, state in ipairs(STATES) do
    if found[state] > 0 or state == "delivered" or state == "failed" then
      local done = state == "delivered" and DONE[found.action]
      add(found[state], done or state, not done and NOTES[state] or nil)
      if state == "delivered" and found.rerouted then
        add(found.rerouted, "of these", "by the activity feed")
      end
      for _, one in ipairs(state == "delivered" and found.recalls or {}) do
        add(one.count, "of these", "recalled by " .. one.name)
      end
    end
  end
  add(found.targeted, "targeted", adds_up and "= the sum of these"
    or "THE LEDGER DOES NOT ADD UP")
  for _, one in ipairs(found.approvals or {}) do
    lines[#lines + 1] = approved(one)
  end
  if found.action == "recall" then
    for _, line in ipairs(text.wrap(RECALLED, layout.width, "")) do
      lines[#lines + 1] = line
    end
  end
  add_reasons(lines, "failed, by reason:", found.failures, layout)
  add_reasons(lines, "unknown, by reason:", found.unknowns, layout)
  add_reasons(lines, "excluded, by reason:", found.exclusions, layout)
  add_shares(lines, "by variant:", found.variants, layout)
  add_shares(lines, "by language:", found.languages, layout)
  add_dialogs(lines, found.dialogs, layout)
  if not found.dialogs then
    lines[#lines + 1] = ""
  end
  lines[#lines + 1] = ("calls: %s token, %s Graph, %s connector; %s throttled")
    :format(text.number(found.calls.token), text.number(found.calls.graph),
      text.number(found.calls.connector), text.number(found.throttled))
  for _, said in ipairs(echoes.lines(found.echoes, found.delivered)) do
    for k, line in ipairs(text.wrap(said, layout.width, "  ")) do
      lines[#lines + 1] = k == 1 and line:sub(3) or line
    end
  end
  lines[#lines + 1] = found.rate and "rate: " .. rates.text(found.rate) or nil
  -- Reasons and names come from outside: no control character reaches a terminal.
  for i, line in ipairs(lines) do
    lines[i] = core.text.printable((line:gsub("%s+$", "")))
  end
  return table.concat(lines, "\n") .. "\n"
end

local function ways_on(found)
  local name = found.name
  if found.state ~= "paused" and found.state ~= "stopped" then
    return {}
  end
  local steps = {
    { "crier resume " .. name, found.finished_at and "goes on with its dialogs"
      or "goes on with who is pending" },
    { "crier cancel " .. name, "ends it for good" },
  }
  -- Whom a campaign talks with goes on with the content that they have begun with.
  local is_fixed = found.dialogs and found.delivered + found.unknown > 0
  if found.failed > 0 and found.action == "send" and not found.is_test and not is_fixed then
    table.insert(steps, 1, { "crier run FILE --update", found.state == "paused"
      and "puts mended content in place" or "goes on with mended content" })
  end
  return steps
end

--- What to type next.
-- @tparam table found from `crier.campaign.ledger`
-- @tparam[opt=80] integer width columns; what does not fit beside a command is
--   left out
-- @treturn string lines, or ""
function summary.next_steps(found, width)
  local steps, name = ways_on(found), found.name
  if found.action == "message" then
    return "" -- they are asked about one by one
  end
  if found.failed > 0 and found.state ~= "cancelled" then
    steps[#steps + 1] = { "crier retry " .. name,
      found.state == "paused" and "sends to who failed alone"
        or "sends again to who failed" }
  end
  if found.failed + found.unknown > 0 then
    steps[#steps + 1] = { ("crier why %s WHO"):format(name),
      "tells one person's story" }
  end
  if found.state ~= "planning" then
    steps[#steps + 1] = { ("crier export %s --format csv > %s.csv")
      :format(name, name), "has a row for each person" }
  end
  local widest, lines = 0, {}
  for _, step in ipairs(steps) do
    widest = math.max(widest, #step[1])
  end
  for i, step in ipairs(steps) do
    local room = (width or WIDTH) - widest - 5
    lines[i] = "  " .. step[1] .. (#step[2] > room and ""
      or (" "):rep(widest - #step[1] + 3) .. step[2]) .. "\n"
  end
  return #lines == 0 and "" or "next:\n" .. table.concat(lines)
end

return summary
