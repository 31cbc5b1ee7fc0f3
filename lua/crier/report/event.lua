--- What somebody did to a campaign, as text and as JSON.
-- @module crier.report.event
local cjson = require "cjson.safe"
local core = require "crier.core"
local json = require "crier.format.json"
local text = require "crier.format.text"
local time = require "crier.format.time"

local event = {}

local ORDER = { "campaign", "command", "options", "user", "host", "pid",
  "version", "digest", "started_at", "ended_at", "exit", "why", "counts" }
local EMPTY = core.text.sha256 "" -- a recall has no files
local STATES = { "delivered", "failed", "unknown", "excluded", "pending" }

--- Makes an event for people and programs of a row of the journal.
-- @tparam table row from `crier.journal.events`
-- @treturn table by name: `campaign`, `command`, `options`, `user`, `host`,
--   `pid`, `version`, `digest`, `started_at`, `ended_at`, `exit`, `why`,
--   `counts`
function event.make(row)
  return {
    campaign = row.name,
    command = row.command,
    options = row.options,
    user = row.user,
    host = row.host,
    pid = row.pid,
    version = row.version,
    digest = row.digest ~= EMPTY and row.digest or nil,
    started_at = time.iso(row.started_at),
    ended_at = time.iso(row.ended_at),
    exit = row.exit_status,
    why = row.why,
    counts = row.counts and cjson.decode(row.counts) or nil,
    seconds = row.ended_at and (row.ended_at - row.started_at) / 1000,
  }
end

--- One event as a JSON line.
-- @tparam table made from `make`
-- @treturn string
function event.json(made)
  return json.ordered(made, ORDER)
end

--- The command as it was typed.
-- @tparam table made from `make`
-- @treturn string
function event.command(made)
  return made.command .. (made.options ~= "" and " " .. made.options or "")
end

--- How it ended, in a few words.
-- @tparam table made from `make`
-- @treturn string
function event.ending(made)
  if not made.ended_at then
    return "no end is known: it is under way, or was killed"
  end
  return ("exit %d after %s"):format(made.exit, time.span(made.seconds))
    .. (made.why and ": " .. made.why or "")
end

--- The ledger as it was then, in one line.
-- @tparam table made from `make`
-- @treturn ?string nil when it is not known
function event.counts(made)
  local counts = made.counts
  if not counts then
    return nil
  end
  local parts = { text.number(counts.targeted) .. " targeted" }
  for _, state in ipairs(STATES) do
    if counts[state] > 0 then
      parts[#parts + 1] = text.number(counts[state]) .. " " .. state
    end
  end
  return table.concat(parts, ", ")
end

--- Who did it, and with what.
-- @tparam table made from `make`
-- @treturn string
function event.actor(made)
  return ("%s on %s, process %s, crier %s"):format(made.user or "somebody",
    made.host or "an unnamed host", made.pid and ("%d"):format(made.pid) or "?",
    made.version)
end

--- One event for people.
-- @tparam table made from `make`
-- @tparam ?boolean is_named whether to say the campaign's name
-- @treturn string lines, fit for a terminal
function event.text(made, is_named)
  local lines = {
    ("%s  %s%s"):format(time.stamp(made.started_at), event.command(made),
      is_named and " (" .. made.campaign .. ")" or ""),
    "  by " .. event.actor(made),
    "  " .. event.ending(made),
  }
  lines[#lines + 1] = made.digest and "  content " .. made.digest:sub(1, 12)
  local counts = event.counts(made)
  lines[#lines + 1] = counts and "  " .. counts
  for i, line in ipairs(lines) do
    lines[i] = core.text.printable(line)
  end
  return table.concat(lines, "\n") .. "\n"
end

return event
