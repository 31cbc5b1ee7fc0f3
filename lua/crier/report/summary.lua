--- A ledger as text and as JSON.
-- @module crier.report.summary
local json = require "crier.report.json"

local summary = {}

local ORDER = { "name", "state", "why", "targeted", "delivered", "failed",
  "excluded", "pending", "unknown", "calls", "throttled", "started_at",
  "finished_at", "failures", "exclusions", "unknowns" }

local NOTES = {
  delivered = "accepted by Teams (not: seen)",
  unknown = "nobody can tell whether it arrived",
  pending = "not sent yet",
}

local STATES = { "delivered", "failed", "unknown", "excluded", "pending" }

--- A ledger as one JSON line.
-- @tparam table found from `crier.report.ledger`
-- @treturn string
function summary.json(found)
  return json.ordered(found, ORDER)
end

--- A ledger as one line of text.
-- @tparam table found
-- @treturn string
function summary.line(found)
  return ("%-24s %-10s %s  targeted %d, delivered %d, failed %d, unknown %d,"
    .. " excluded %d, pending %d"):format(found.name, found.state,
    found.started_at, found.targeted, found.delivered, found.failed,
    found.unknown, found.excluded, found.pending)
end

local function add_reasons(lines, title, rows)
  if #rows == 0 then
    return
  end
  lines[#lines + 1] = ""
  lines[#lines + 1] = title
  for _, row in ipairs(rows) do
    lines[#lines + 1] = ("  %7d  %s"):format(row.count, row.reason or "-")
    if row.remedy then
      lines[#lines + 1] = "           " .. row.remedy
    end
  end
end

--- A ledger as a small table, with reasons and remedies.
-- @tparam table found from `crier.report.ledger`
-- @tparam ?boolean adds_up from `crier.report.ledger.check`
-- @treturn string lines
function summary.text(found, adds_up)
  local lines = { ("campaign %s: %s%s"):format(found.name, found.state,
    found.why and " (" .. found.why .. ")" or "") }
  for _, state in ipairs(STATES) do
    if found[state] > 0 or state == "delivered" or state == "failed" then
      lines[#lines + 1] = ("  %7d  %-10s %s"):format(found[state], state,
        NOTES[state] or "")
    end
  end
  lines[#lines + 1] = ("  %7d  targeted   %s"):format(found.targeted,
    adds_up and "= the sum of these" or "THE LEDGER DOES NOT ADD UP")
  add_reasons(lines, "failed, by reason:", found.failures)
  add_reasons(lines, "unknown, by reason:", found.unknowns)
  add_reasons(lines, "excluded, by reason:", found.exclusions)
  lines[#lines + 1] = ""
  lines[#lines + 1] = ("calls: %d token, %d Graph, %d connector; %d throttled")
    :format(found.calls.token, found.calls.graph, found.calls.connector,
      found.throttled)
  for i, line in ipairs(lines) do
    lines[i] = line:gsub("%s+$", "")
  end
  return table.concat(lines, "\n") .. "\n"
end

--- What to type next.
-- @tparam table found
-- @treturn string lines, or ""
function summary.next_steps(found)
  local lines = {}
  if found.state == "paused" then
    lines[#lines + 1] = ("crier resume %s      goes on"):format(found.name)
    lines[#lines + 1] = ("crier cancel %s      ends it"):format(found.name)
  end
  if found.failed + found.unknown > 0 then
    lines[#lines + 1] = ("crier export %s --format csv > people.csv")
      :format(found.name)
    lines[#lines + 1] = ("crier why %s WHO     tells one person's story")
      :format(found.name)
  end
  if #lines == 0 then
    return ""
  end
  return "next:\n  " .. table.concat(lines, "\n  ") .. "\n"
end

return summary
