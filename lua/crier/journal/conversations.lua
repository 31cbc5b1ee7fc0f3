--- Conversations: kept across campaigns, per app, tenant, connector host and
-- target.
-- @module crier.journal.conversations
local conversations = {}

local unpack = table.unpack or unpack -- luacheck: ignore 113 143

local conversations_methods = {}
local conversations_mt =
  { __name = "crier.conversations", __index = conversations_methods }

--- Used by `crier.journal` alone.
function conversations.new(journal)
  return setmetatable({ db = journal.db }, conversations_mt)
end

--- Keeps a conversation, over what was kept before. Who has one has the app.
-- @tparam table lane `{ app =, tenant =, host = }`
-- @tparam string key of the target, such as `user:<id>`
-- @tparam string conversation_id
-- @tparam ?string service_url nil for the configured one
-- @tparam integer now_ms
function conversations_methods:keep(lane, key, conversation_id, service_url,
    now_ms)
  local ok, message, code = self.db:exec("DELETE FROM removal WHERE app = ?"
    .. " AND tenant = ? AND target = ?", lane.app, lane.tenant, key)
  if not ok then
    return nil, message, code
  end
  return self.db:exec("INSERT INTO conversation VALUES (?, ?, ?, ?, ?, ?, ?)"
    .. " ON CONFLICT (app, tenant, host, target) DO UPDATE SET"
    .. " conversation_id = excluded.conversation_id,"
    .. " service_url = excluded.service_url, updated_at = excluded.updated_at",
    lane.app, lane.tenant, lane.host, key, conversation_id, service_url, now_ms)
end

--- Looks a conversation up.
-- @tparam table lane
-- @tparam string key
-- @treturn table|boolean `{ conversation_id =, service_url = }`, or false
function conversations_methods:find(lane, key)
  return self.db:row("SELECT conversation_id, service_url FROM conversation"
    .. " WHERE app = ? AND tenant = ? AND host = ? AND target = ?", lane.app,
    lane.tenant, lane.host, key)
end

--- Which of some targets have a conversation.
-- @tparam table lane
-- @tparam {string,...} keys at most a few hundred
-- @treturn table set of keys
function conversations_methods:known(lane, keys)
  local known = {}
  local rows = keys[1] and self.db:rows("SELECT target FROM conversation WHERE app = ?"
    .. " AND tenant = ? AND host = ? AND target IN (" .. ("?, "):rep(#keys - 1) .. "?)",
    lane.app, lane.tenant, lane.host, unpack(keys))
  for _, row in ipairs(rows or {}) do
    known[row.target] = true
  end
  return known
end

--- Forgets a conversation that the service no longer knows.
-- @tparam table lane
-- @tparam string key
function conversations_methods:forget(lane, key)
  return self.db:exec("DELETE FROM conversation WHERE app = ? AND tenant = ?"
    .. " AND host = ? AND target = ?", lane.app, lane.tenant, lane.host, key)
end

return conversations
