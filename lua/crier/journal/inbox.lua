--- What Teams sent to the bot: written before it is acknowledged, worked on
-- afterwards, each activity once.
--
-- Teams sends again what was not acknowledged in time. A row is known by its
-- conversation, activity and type; it stays for as long as a copy may come. Work
-- is outstanding as long as a row has a `due_at`.
-- @module crier.journal.inbox
local inbox = {}

local inbox_methods = {}
local inbox_mt = { __name = "crier.inbox", __index = inbox_methods }

local KEY = " WHERE app = ? AND tenant = ? AND conversation_id = ?"
  .. " AND activity_id = ? AND type = ?"

--- Used by `crier.journal` alone.
function inbox.new(journal)
  return setmetatable({ db = journal.db }, inbox_mt)
end

--- Adds an activity, unless it is there already.
-- @tparam table lane `{ app =, tenant = }`
-- @tparam table event `conversation_id`, `activity_id`, `type`, `body`
-- @tparam ?integer due_at when it is worked on; nil when nothing is left to do
-- @tparam integer now_ms
-- @treturn boolean whether it was new; or nil, message, code
function inbox_methods:add(lane, event, due_at, now_ms)
  local added, message, code = self.db:exec("INSERT INTO inbox (app, tenant,"
    .. " conversation_id, activity_id, type, body, received_at, due_at)"
    .. " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING", lane.app,
    lane.tenant, event.conversation_id, event.activity_id, event.type, event.body,
    now_ms, due_at)
  if not added then
    return nil, message, code
  end
  return added == 1
end

--- Notes how an invoke was answered.
-- @tparam table lane
-- @tparam table event as of `add`
-- @tparam integer status
-- @tparam ?string body
function inbox_methods:answer(lane, event, status, body)
  return self.db:exec("UPDATE inbox SET answer_status = ?, answer = ?, handled_at ="
    .. " received_at" .. KEY, status, body, lane.app, lane.tenant,
    event.conversation_id, event.activity_id, event.type)
end

--- Leaves an invoke that was answered to be worked on.
-- @tparam table lane
-- @tparam table event as of `add`
-- @tparam integer due_at
function inbox_methods:leave(lane, event, due_at)
  return self.db:exec("UPDATE inbox SET body = ?, due_at = ?, handled_at = NULL" .. KEY,
    event.body, due_at, lane.app, lane.tenant, event.conversation_id, event.activity_id,
    event.type)
end

--- How an invoke was answered.
-- @tparam table lane
-- @tparam table event
-- @treturn table|boolean `{ answer_status =, answer = }`, or false
function inbox_methods:answered(lane, event)
  return self.db:row("SELECT answer_status, answer FROM inbox" .. KEY, lane.app,
    lane.tenant, event.conversation_id, event.activity_id, event.type)
end

--- Takes an activity back, so that its copy is taken for new.
-- @tparam table lane
-- @tparam table event
function inbox_methods:drop(lane, event)
  return self.db:exec("DELETE FROM inbox" .. KEY, lane.app, lane.tenant,
    event.conversation_id, event.activity_id, event.type)
end

--- Empties an activity, so that only that it came is known. One without an id of its own
-- is known by its text no more.
-- @tparam table lane
-- @tparam table event `conversation_id`, `activity_id`, `type`
function inbox_methods:blank(lane, event)
  return self.db:exec("UPDATE inbox SET body = '', activity_id = CASE WHEN activity_id LIKE"
    .. " 'sha256:%' THEN 'blank:' || id ELSE activity_id END" .. KEY, lane.app, lane.tenant,
    event.conversation_id, event.activity_id, event.type)
end

--- What is to be worked on, the first first.
-- @tparam integer now_ms
-- @tparam integer most rows
-- @treturn table array of rows; or nil, message, code
function inbox_methods:due(now_ms, most)
  return self.db:rows("SELECT * FROM inbox WHERE due_at <= ? ORDER BY due_at, id"
    .. " LIMIT ?", now_ms, most)
end

--- When there is something to work on next.
-- @treturn ?integer milliseconds since 1970; nil when there is nothing
function inbox_methods:next_due()
  local row = self.db:row "SELECT min(due_at) AS at FROM inbox WHERE due_at IS NOT NULL"
  return row and row.at or nil
end

--- Notes that a row's work is done.
-- @tparam integer id
-- @tparam integer now_ms
function inbox_methods:done(id, now_ms)
  return self.db:exec("UPDATE inbox SET due_at = NULL, handled_at = ?, problem = NULL"
    .. " WHERE id = ?", now_ms, id)
end

--- Notes that a row's work failed.
-- @tparam integer id
-- @tparam string problem
-- @tparam ?integer due_at when it is tried again; nil gives it up
function inbox_methods:fail(id, problem, due_at)
  return self.db:exec("UPDATE inbox SET due_at = ?, tries = tries + 1, problem = ?"
    .. " WHERE id = ?", due_at, problem, id)
end

--- When the bot of a lane last heard of anything.
-- @tparam table lane
-- @treturn ?integer milliseconds since 1970; nil when it never did
function inbox_methods:heard_at(lane)
  local row = self.db:row("SELECT received_at AS at FROM inbox WHERE app = ?"
    .. " AND tenant = ? ORDER BY id DESC LIMIT 1", lane.app, lane.tenant)
  return row and row.at or nil
end

--- How many rows wait, and how many were given up.
-- @treturn integer waiting
-- @treturn integer given up
function inbox_methods:counts()
  local row = self.db:row("SELECT count(due_at) AS waiting, count(CASE WHEN due_at IS NULL"
    .. " AND handled_at IS NULL THEN 1 END) AS given_up FROM inbox")
  return row.waiting, row.given_up
end

--- Removes what is done and was received before a time.
-- @tparam integer before milliseconds since 1970
-- @tparam integer most rows, so that nobody waits for it
-- @treturn integer how many
function inbox_methods:prune(before, most)
  return self.db:exec("DELETE FROM inbox WHERE id IN (SELECT id FROM inbox"
    .. " WHERE received_at < ? AND due_at IS NULL LIMIT ?)", before, most)
end

return inbox
