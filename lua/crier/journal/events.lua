--- Events: who did what to a campaign, and how it ended.
--
-- One row a command that changed something. It is written before the command
-- acts; what has no end was killed, or is under way.
-- @module crier.journal.events
local json = require "crier.format.json"

local events = {}

local events_methods = {}
local events_mt = { __name = "crier.events", __index = events_methods }

local COUNTS = { "targeted", "delivered", "failed", "unknown", "excluded",
  "pending" }

--- Used by `crier.journal` alone.
function events.new(journal)
  return setmetatable({ db = journal.db }, events_mt)
end

--- Writes that a command begins.
-- @tparam integer campaign id
-- @tparam table deed `command`, `options`, `user`, `host`, `pid`, `version`; see
--   `crier.cli.deed`
-- @tparam integer now_ms
-- @treturn integer id of the event; or nil, message, code
function events_methods:begin(campaign, deed, now_ms)
  local ok, message, code = self.db:exec("INSERT INTO event (campaign,"
    .. " command, options, user, host, pid, version, digest, started_at)"
    .. " SELECT id, ?, ?, ?, ?, ?, ?, digest, ? FROM campaign WHERE id = ?",
    deed.command, deed.options, deed.user, deed.host, deed.pid, deed.version,
    now_ms, campaign)
  if not ok then
    return nil, message, code
  end
  return self.db:row("SELECT last_insert_rowid() AS id").id
end

--- Writes how a command ended.
-- @tparam ?integer id from `begin`; nil does nothing
-- @tparam table ending `exit`, `why` and `ledger` (the last two may be absent)
-- @tparam integer now_ms
-- @treturn boolean true; or nil, message, code
function events_methods:finish(id, ending, now_ms)
  if not id then
    return true
  end
  local ok, message, code = self.db:exec("UPDATE event SET ended_at = ?,"
    .. " exit_status = ?, why = ?, counts = ? WHERE id = ?", now_ms,
    ending.exit, ending.why,
    ending.ledger and json.ordered(ending.ledger, COUNTS), id)
  return ok and true, message, code
end

--- Who was the first to do something with a campaign's content: who planned it.
-- @tparam integer campaign id
-- @tparam string digest of the content
-- @treturn ?string user
-- @treturn ?string user who was the first to run it, mostly the same
function events_methods:author(campaign, digest)
  local rows = self.db:rows("SELECT command, user FROM event WHERE campaign = ?"
    .. " AND digest = ? ORDER BY id LIMIT 2", campaign, digest)
  local first, second = rows[1], rows[2]
  return first and first.user,
    first and (first.command == "plan" and second or first).user
end

--- What was done to a campaign, and to those that amend or recall it, the first
-- first.
-- @tparam integer campaign id
-- @treturn table an array of rows, with `name` and `action` of their campaign
function events_methods:list(campaign)
  return self.db:rows("SELECT e.*, c.name, c.action FROM event e"
    .. " JOIN campaign c ON c.id = e.campaign WHERE c.id = ? OR c.parent = ?"
    .. " ORDER BY e.started_at, e.id", campaign, campaign)
end

return events
