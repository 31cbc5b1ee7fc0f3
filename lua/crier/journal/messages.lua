--- Single messages: what a program, a dialog or the bot itself has to say to one
-- target. Each is a row of the lane's standing campaign, which is never finished; so
-- it is paced, at most once or at least once, and told of as every other send.
-- @module crier.journal.messages
local messages = {}

local messages_methods = {}
local messages_mt = { __name = "crier.messages", __index = messages_methods }

--- Used by `crier.journal` alone.
function messages.new(journal)
  return setmetatable({ db = journal.db, campaigns = journal.campaigns }, messages_mt)
end

--- The name of a lane's standing campaign.
-- @tparam table lane `{ id = }`
-- @treturn string
function messages.name(lane)
  return ("messages.%d"):format(lane.id)
end

--- What is told of who holds a lane for single messages alone: it lets it go for whoever
-- asks.
messages.HOLDER = "single messages, "

--- Why nobody can order anything of a campaign: single messages go as they come.
-- @tparam table row of the campaign
-- @treturn ?string a sentence; nil for every campaign but a standing one
function messages.refusal(row)
  return row.action == "message" and ("%s is no campaign: it is where single messages are"
    .. " kept, and they are always sent"):format(row.name) or nil
end

--- A lane's standing campaign, where there is one.
-- @tparam table lane `{ id = }`
-- @treturn table|boolean its row, or false
function messages_methods:existing(lane)
  local row = self.campaigns:find(messages.name(lane))
  return row and row.action == "message" and row
end

--- A lane's standing campaign, made when there is none.
-- @tparam table lane `{ id = }`
-- @tparam string cloud
-- @tparam integer now_ms
-- @treturn table its row; or nil, message, code
function messages_methods:campaign(lane, cloud, now_ms)
  local name = messages.name(lane)
  local row = self.campaigns:find(name)
  if row and row.action ~= "message" then
    return nil, ("the name %s belongs to a campaign of its own"):format(name), "NAME"
  elseif row then
    return row
  end
  local ok, message, code = self.db:exec("INSERT INTO campaign (name, action, lane, cloud,"
    .. " state, digest, script, on_unknown, planned, started_at) VALUES (?, 'message', ?, ?,"
    .. " 'running', '', '', 'report', 1, ?)", name, lane.id, cloud, now_ms)
  if not ok then
    return nil, message, code
  end
  return self.campaigns:find(name)
end

-- Whether what is known under an id is another message, or one to somebody else.
local function is_other(db, known, message)
  local said = db:row("SELECT fields FROM recipient WHERE target = ?", known.id)
  return known.key ~= message.key or not said or said.fields ~= message.activity
end

--- Adds a message. Call inside a transaction.
-- @tparam table campaign the standing campaign's row
-- @tparam table message `id` (unique: one that is there already is not added again),
--   `key` (of the target), `activity` (JSON), `phase` (`send`, `create` for who has no
--   conversation yet, or `update`), `conversation_id`, `service_url`, `activity_id` (of
--   the message that is updated), `name`, `upn`, `due_at` (default now)
-- @tparam integer now_ms
-- @treturn[1] boolean whether it was new
-- @treturn[1] ?boolean whether what is known under its id is another message
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code
function messages_methods:add(campaign, message, now_ms)
  local known = self:find(campaign, message.id)
  if known then
    return false, is_other(self.db, known, message)
  end
  local added, problem, code = self.db:exec("INSERT INTO target (campaign, step, key, state,"
    .. " phase, due_at, conversation_id, service_url, activity_id, planned_at, updated_at)"
    .. " VALUES (?, ?, ?, 'pending', ?, ?, ?, ?, ?, ?, ?)", campaign.id,
    message.id, message.key, message.phase, message.due_at or now_ms, message.conversation_id,
    message.service_url, message.activity_id, now_ms, now_ms)
  if not added then
    return nil, problem, code
  end
  local ok
  ok, problem, code = self.db:exec("INSERT INTO recipient (target, upn, name, fields)"
    .. " VALUES (last_insert_rowid(), ?, ?, ?)", message.upn, message.name, message.activity)
  if not ok then
    return nil, problem, code
  end
  return true
end

--- What became of a message.
-- @tparam table campaign
-- @tparam string id
-- @treturn table|boolean `id` (of the row), `key`, `state`, `phase`, `reason`, `text`,
--   `remedy`, `status`, `code`, `conversation_id`, `service_url`, `activity_id`,
--   `planned_at`, `updated_at`; or false
function messages_methods:find(campaign, id)
  return self.db:row("SELECT id, key, state, phase, reason, text, remedy, status, code,"
    .. " conversation_id, service_url, activity_id, planned_at, updated_at FROM target"
    .. " WHERE campaign = ? AND step = ?", campaign.id, id)
end

--- Counts the messages that are kept, by state and reason.
-- @tparam table campaign
-- @treturn table array of `{ state =, reason =, count =, remedy = }`, the most first
function messages_methods:tally(campaign)
  return self.db:rows("SELECT state, CASE WHEN state IN ('failed', 'excluded', 'unknown')"
    .. " THEN reason END AS reason, count(*) AS count, max(remedy) AS remedy FROM target"
    .. " WHERE campaign = ? GROUP BY 1, 2 ORDER BY 3 DESC, 2", campaign.id)
end

--- Takes a message back that has not left.
-- @tparam table campaign
-- @tparam string id
-- @tparam string reason
-- @tparam integer now_ms
-- @treturn boolean whether it was still there; or nil, message, code
function messages_methods:withdraw(campaign, id, reason, now_ms)
  local changed, message, code = self.db:exec("UPDATE target SET state = 'excluded',"
    .. " phase = NULL, reason = ?, updated_at = ? WHERE campaign = ? AND step = ?"
    .. " AND state = 'pending' AND phase <> 'intent' AND attempts = 0", reason, now_ms,
    campaign.id, id)
  if not changed then
    return nil, message, code
  end
  return changed == 1
end

--- When the next message is due.
-- @tparam table campaign
-- @treturn ?integer milliseconds since 1970
function messages_methods:due_at(campaign)
  local row = self.db:row("SELECT min(due_at) AS at FROM target WHERE campaign = ?"
    .. " AND state = 'pending' AND phase <> 'intent'", campaign.id)
  return row and row.at or nil
end

--- Removes messages that were settled before a time.
-- @tparam table campaign
-- @tparam integer before milliseconds since 1970
-- @tparam integer most rows, so that nobody waits for it
-- @treturn integer how many; or nil, message, code
function messages_methods:prune(campaign, before, most)
  local old = "SELECT id FROM target WHERE campaign = ? AND state <> 'pending'"
    .. " AND updated_at < ? ORDER BY id LIMIT ?"
  local ok, message, code = self.db:exec("DELETE FROM recipient WHERE target IN (" .. old
    .. ")", campaign.id, before, most)
  if not ok then
    return nil, message, code
  end
  return self.db:exec("DELETE FROM target WHERE id IN (" .. old .. ")", campaign.id, before,
    most)
end

return messages
