--- Targets: the ledger's rows, and the work that is due.
-- @module crier.journal.targets
local targets = {}

local unpack = table.unpack or unpack -- luacheck: ignore 113 143

local targets_methods = {}
local targets_mt = { __name = "crier.targets", __index = targets_methods }

-- How they are counted.
for name, method in pairs(require "crier.journal.tally") do
  targets_methods[name] = method
end

--- Used by `crier.journal` alone.
function targets.new(journal)
  return setmetatable({ db = journal.db }, targets_mt)
end

--- Adds a target; one that is there already stays as it is.
-- @tparam integer campaign id
-- @tparam string step `send`
-- @tparam table person `key`, `upn`, `name`, `fields` (JSON), `csv` (JSON),
--   `excluded` (a reason, or nil), `zone` and `country` (or nil), `detail`,
--   `conversation_id` where it is known
-- @tparam string phase the first phase of who is not excluded
-- @tparam integer now_ms
-- @treturn integer 1 when it was added, 0 when it was there; or nil, …
function targets_methods:add(campaign, step, person, phase, now_ms)
  local excluded = person.excluded
  local added, message, code = self.db:exec("INSERT INTO target (campaign,"
    .. " step, key, state, phase, due_at, reason, text, conversation_id, planned_at,"
    .. " updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
    campaign, step, person.key, excluded and "excluded" or "pending",
    not excluded and phase or nil, 0, excluded, person.detail, person.conversation_id,
    now_ms, now_ms)
  if added ~= 1 then
    return added, message, code
  end
  return self.db:exec("INSERT INTO recipient (target, upn, name, fields, csv,"
    .. " zone, country) VALUES (last_insert_rowid(), ?, ?, ?, ?, ?, ?)", person.upn,
    person.name, person.fields, person.csv, person.zone, person.country)
end

local KNOWN = "SELECT v.conversation_id, v.service_url FROM conversation v"
  .. " WHERE v.app = ? AND v.tenant = ? AND v.host = ? AND v.target = target.key"

--- Moves who waits in one phase and has a known conversation to another, with
-- that conversation.
-- @tparam integer campaign id
-- @tparam table lane `{ app =, tenant =, host = }`
-- @tparam string from phase
-- @tparam string to phase
function targets_methods:skip_known(campaign, lane, from, to)
  return self.db:exec("UPDATE target SET phase = ?, conversation_id = v.conversation_id,"
    .. " service_url = v.service_url FROM conversation v WHERE target.campaign = ?"
    .. " AND target.state = 'pending' AND target.phase <> 'intent' AND target.phase = ?"
    .. " AND v.app = ? AND v.tenant = ? AND v.host = ? AND v.target = target.key",
    to, campaign, from, lane.app, lane.tenant, lane.host)
end

--- Moves who waits in a phase for something later, and whose conversation has become
-- known meanwhile, to another phase that is due now.
-- @tparam integer campaign id
-- @tparam table lane
-- @tparam string from phase
-- @tparam string to phase
-- @tparam integer now_ms
-- @treturn integer how many; or nil, message, code
function targets_methods:adopt(campaign, lane, from, to, now_ms)
  return self.db:exec("UPDATE target SET phase = ?, due_at = ?, tries = 0, reason = NULL,"
    .. " (conversation_id, service_url) = (" .. KNOWN .. ") WHERE campaign = ?"
    .. " AND state = 'pending' AND phase <> 'intent' AND phase = ? AND due_at > ? AND EXISTS ("
    .. KNOWN .. ")", to, now_ms, lane.app, lane.tenant, lane.host, campaign, from, now_ms,
    lane.app, lane.tenant, lane.host)
end

-- What comes after a cursor, in two parts: SQLite would not use the index for
-- the id in `(due_at, id) > (?, ?)`, and read the same rows again and again.
local PENDING = " WHERE t.campaign = ? AND t.state = 'pending'"
  .. " AND t.phase <> 'intent' AND t.phase = ?"
local SAME_TIME = PENDING .. " AND t.due_at = ? AND t.id > ?"
local LATER = PENDING .. " AND t.due_at > ?"
local ORDER = " ORDER BY t.due_at, t.id LIMIT ?"
local DUE = "SELECT t.id, t.key, t.phase, t.due_at, t.attempts, t.tries,"
  .. " t.installed, t.installed_at, t.repaired, t.doubt, t.reinstalled, t.rerouted,"
  .. " t.installation_id, t.conversation_id, t.service_url, t.activity_id, t.variant,"
  .. " t.language, t.planned_at, r.fields, r.csv, r.zone, r.country"
  .. " FROM target t JOIN recipient r ON r.target = t.id"
local DUE_SAME_TIME = DUE .. SAME_TIME .. ORDER
local DUE_LATER = DUE .. LATER .. " AND t.due_at < ?" .. ORDER
local NEXT_SAME_TIME = "SELECT t.due_at FROM target t" .. SAME_TIME .. ORDER
local NEXT_LATER = "SELECT t.due_at FROM target t" .. LATER .. ORDER

--- The next rows of a phase that are due, after a cursor.
--
-- A row that is given a new `due_at` (now or later) comes again, because only
-- what lies before `now_ms` is read: no row is read twice for one due time.
-- @tparam integer campaign id
-- @tparam string phase
-- @tparam table cursor `{ due_at =, id = }`, moved on by this call
-- @tparam integer now_ms
-- @tparam integer most rows
-- @treturn table array of rows; or nil, message, code
function targets_methods:due(campaign, phase, cursor, now_ms, most)
  local rows, message, code = self.db:rows(DUE_SAME_TIME, campaign, phase,
    cursor.due_at, cursor.id, most)
  if rows and #rows == 0 then
    rows, message, code = self.db:rows(DUE_LATER, campaign, phase,
      cursor.due_at, now_ms, most)
  end
  if not rows then
    return nil, message, code
  end
  local last = rows[#rows]
  if last then
    cursor.due_at, cursor.id = last.due_at, last.id
  end
  return rows
end

--- When the next row of a phase, after a cursor, is due.
-- @tparam integer campaign id
-- @tparam string phase
-- @tparam table cursor
-- @treturn ?integer milliseconds since 1970; nil when there is none
function targets_methods:next_due(campaign, phase, cursor)
  local row = self.db:row(NEXT_SAME_TIME, campaign, phase, cursor.due_at,
    cursor.id, 1) or self.db:row(NEXT_LATER, campaign, phase, cursor.due_at, 1)
  return row and row.due_at or nil
end

--- Writes an intent: from this commit on, the request may have left.
-- @tparam table row from `due`
-- @tparam integer fence of the lane's holder
-- @tparam integer now_ms
function targets_methods:intend(row, fence, now_ms)
  return self.db:exec("UPDATE target SET phase = 'intent',"
    .. " attempts = ?, fence = ?, variant = ?, language = ?, updated_at = ?"
    .. " WHERE id = ? AND state = 'pending'",
    row.attempts, fence, row.variant, row.language, now_ms, row.id)
end

--- Writes what became of a row, never over a newer holder's attempt.
-- @tparam table row with `state`, `phase`, `due_at`, `tries`, `installed`,
--   `installed_at`, `repaired`, `reinstalled`, `rerouted`, `attempts`,
--   `installation_id`, `activity_id`, `variant`, `language` and the last `outcome`
-- @tparam integer fence of the lane's holder
-- @tparam integer now_ms
function targets_methods:settle(row, fence, now_ms)
  local outcome = row.outcome or {}
  return self.db:exec("UPDATE target SET state = ?, phase = ?, due_at = ?,"
    .. " attempts = ?, tries = ?, installed = ?, installed_at = ?,"
    .. " repaired = ?, doubt = ?, reinstalled = ?, rerouted = ?, reason = ?,"
    .. " status = ?, code = ?, text = ?, remedy = ?, request_id = ?,"
    .. " installation_id = ?, conversation_id = ?,"
    .. " service_url = ?, activity_id = ?, variant = ?, language = ?, updated_at = ?"
    .. " WHERE id = ? AND state = 'pending' AND fence <= ?",
    row.state, row.phase, row.due_at, row.attempts, row.tries, row.installed,
    row.installed_at, row.repaired, row.doubt or 0, row.reinstalled or 0, row.rerouted,
    row.reason, outcome.status, outcome.code,
    row.reason and outcome.text, row.reason and outcome.remedy,
    outcome.request_id, row.installation_id, row.conversation_id,
    row.service_url, row.activity_id, row.variant, row.language,
    now_ms, row.id, fence)
end

--- Settles the intents of attempts that can no longer report: those made
-- before `fence`.
-- @tparam integer campaign id
-- @tparam integer fence the present holder's
-- @tparam string on_unknown `report` (they become unknown) or `resend` (they
--   are sent once more)
-- @tparam integer now_ms
-- @treturn integer how many
function targets_methods:recover(campaign, fence, on_unknown, now_ms)
  if on_unknown == "resend" then
    return self.db:exec("UPDATE target SET phase = iif(rerouted IS NULL, 'send',"
      .. " 'notify'), due_at = ?, doubt = 1, updated_at = ? WHERE campaign = ?"
      .. " AND state = 'pending' AND phase = 'intent' AND fence < ?",
      now_ms, now_ms, campaign, fence)
  end
  return self.db:exec("UPDATE target SET state = 'unknown', phase = NULL,"
    .. " reason = 'interrupted', text = 'crier ended before the answer came',"
    .. " remedy = 'ask the person, or look in the chat: the message may have"
    .. " arrived', updated_at = ? WHERE campaign = ? AND state = 'pending'"
    .. " AND phase = 'intent' AND fence < ?", now_ms, campaign, fence)
end

--- What stands as the reason of who is delivered since they have answered.
targets.ANSWERED = "answered"

--- Settles who has answered what nobody knew to have arrived: it has. Of when, nothing is
-- kept where the answer is anonymous.
-- @tparam integer id
-- @tparam integer now_ms
-- @tparam ?boolean is_secret
-- @treturn integer how many were unknown; or nil, message, code
function targets_methods:prove(id, now_ms, is_secret)
  return self.db:exec("UPDATE target SET state = 'delivered', reason = ?, text = NULL,"
    .. " remedy = NULL, updated_at = iif(?, updated_at, ?) WHERE id = ? AND state = 'unknown'",
    targets.ANSWERED, is_secret and 1 or 0, now_ms, id)
end

--- The last dialog that somebody may have got in a chat, and has not begun.
-- @tparam table lane `app`, `tenant`
-- @tparam string key
-- @tparam string conversation_id
-- @tparam integer at_ms planned before
-- @treturn table|boolean the row, as of `by_id`, or false; or nil, message, code
function targets_methods:unproven(lane, key, conversation_id, at_ms)
  local row, message, code = self.db:row("SELECT t.id FROM campaign c JOIN target t"
    .. " ON t.campaign = c.id AND t.step = 'send' AND t.key = ? JOIN lane l ON l.id = c.lane"
    .. " WHERE l.app = ? AND l.tenant = ? AND c.talks = 1"
    .. " AND c.state <> 'cancelled' AND t.state = 'unknown' AND t.conversation_id = ?"
    .. " AND t.planned_at <= ? AND NOT EXISTS (SELECT 1 FROM dialog d WHERE d.target = t.id)"
    .. " ORDER BY t.id DESC LIMIT 1", key, lane.app, lane.tenant, conversation_id, at_ms)
  if not row then
    return row, message, code
  end
  return self:by_id(row.id)
end

-- Who failed, for one of some reasons or for any; the beginning of one will do.
local function failed_for(reasons)
  local parts, values = {}, {}
  for i, reason in ipairs(reasons or {}) do
    parts[i] = "substr(reason, 1, length(?)) = ?"
    values[#values + 1], values[#values + 2] = reason, reason
  end
  local among = #parts > 0 and " AND (" .. table.concat(parts, " OR ") .. ")" or ""
  return " WHERE campaign = ? AND step = 'send' AND state = 'failed'" .. among,
    values
end

--- Whether somebody has got a campaign's message, or may have.
-- @tparam integer campaign id
-- @treturn boolean
function targets_methods:has_begun(campaign)
  return self.db:row("SELECT 1 FROM target WHERE campaign = ? AND step = 'send'"
    .. " AND (state IN ('delivered', 'unknown') OR phase = 'intent' OR doubt = 1) LIMIT 1",
    campaign) and true or false
end

--- How many failed for one of some reasons.
-- @tparam integer campaign id
-- @tparam ?{string,...} reasons
-- @treturn integer
function targets_methods:count_failed(campaign, reasons)
  local where, values = failed_for(reasons)
  return self.db:row("SELECT count(*) AS n FROM target" .. where, campaign, unpack(values)).n
end

--- Makes who failed pending again.
-- @tparam integer campaign id
-- @tparam ?{string,...} reasons
-- @tparam table phases `cold` and `warm` (who has a conversation): where they
--   begin
-- @tparam integer now_ms
-- @treturn integer how many; or nil, message, code
function targets_methods:reopen(campaign, reasons, phases, now_ms)
  local where, values = failed_for(reasons)
  return self.db:exec("UPDATE target SET state = 'pending',"
    .. " phase = iif(conversation_id IS NULL, ?, ?), due_at = ?, tries = 0,"
    .. " repaired = 0, reinstalled = 0, rerouted = NULL, installed = NULL,"
    .. " installed_at = NULL, reason = NULL, text = NULL, remedy = NULL, updated_at = ?" .. where,
    phases.cold, phases.warm, now_ms, now_ms, campaign, unpack(values))
end

-- Under `resend` an earlier attempt of who is still pending may have arrived
-- (`doubt`): then nobody can tell.
local LEAVE = "UPDATE target SET phase = NULL, state = CASE doubt WHEN 1"
  .. " THEN 'unknown' ELSE 'excluded' END, reason = CASE doubt WHEN 1"
  .. " THEN coalesce(reason, ?) ELSE ? END, updated_at = ?"

--- Excludes all that is still pending and has no intent.
-- @tparam integer campaign id
-- @tparam string reason
-- @tparam integer now_ms
function targets_methods:exclude_pending(campaign, reason, now_ms)
  return self.db:exec(LEAVE .. " WHERE campaign = ? AND state = 'pending'"
    .. " AND phase <> 'intent'", reason, reason, now_ms, campaign)
end

--- Excludes who is pending, has no intent, and is not in the audience any more.
-- @tparam integer campaign id
-- @tparam function is_member called with a key
-- @tparam integer now_ms
-- @treturn boolean true; or nil, message, code
function targets_methods:leave_out(campaign, is_member, now_ms)
  local after = 0
  while true do
    local rows, message, code = self.db:rows("SELECT id, key FROM target"
      .. " WHERE campaign = ? AND state = 'pending' AND phase <> 'intent'"
      .. " AND id > ? ORDER BY id LIMIT 500", campaign, after)
    if not rows then
      return nil, message, code
    elseif #rows == 0 then
      return true
    end
    after = rows[#rows].id
    for _, row in ipairs(rows) do
      local ok = is_member(row.key) or nil
      if not ok then
        ok, message, code = self.db:exec(LEAVE .. " WHERE id = ?",
          "left the audience", "left the audience", now_ms, row.id)
      end
      if not ok then
        return nil, message, code
      end
    end
  end
end

--- One row, with what templates see of it.
-- @tparam integer id
-- @treturn table|boolean the row, or false
function targets_methods:by_id(id)
  return self.db:row("SELECT t.*, r.upn, r.name, r.fields, r.csv FROM target t"
    .. " JOIN recipient r ON r.target = t.id WHERE t.id = ?", id)
end

local ROWS = "SELECT t.*, r.upn, r.name, r.fields, r.zone, d.answered,"
  .. " d.state AS dialog, d.problem, d.changed_at AS dialog_at FROM target t"
  .. " JOIN recipient r ON r.target = t.id LEFT JOIN dialog d ON d.target = t.id"
  .. " WHERE t.step = 'send'"
-- Read in the order of ids: by the index on (campaign, step, key) each page would
-- sort all of a campaign.
local PAGE = ROWS .. " AND +t.campaign = ? AND t.id > ? ORDER BY t.id LIMIT ?"
local FIND = ROWS .. " AND t.campaign = ?"

--- A page of the ledger, in the order of planning.
-- @tparam integer campaign id
-- @tparam integer after id of the last row of the page before; 0 to begin
-- @tparam integer most rows
-- @treturn table array of rows
function targets_methods:page(campaign, after, most)
  return self.db:rows(PAGE, campaign, after, most)
end

local DONE = {
  answered = "EXISTS (SELECT 1 FROM dialog d WHERE d.target = t.id AND d.answered > 0)",
  clicked = "EXISTS (SELECT 1 FROM click k WHERE k.target = t.id)",
}

local function done(of, what)
  return of[what] == nil and "" or " AND " .. (of[what] and "" or "NOT ") .. DONE[what]
end

--- A page of who is in one of some states; a message that was under way is
-- `unknown`.
-- @tparam integer campaign id, on which nobody works
-- @tparam table of `states`, a list, and perhaps `variant`, `answered`,
--   `clicked`
-- @tparam integer after id of the last row of the page before; 0 to begin
-- @tparam integer most rows
-- @treturn table array of `id`, `key`, `upn`, `name`, `fields`, `csv`
function targets_methods:in_states(campaign, of, after, most)
  local marks = ("?, "):rep(#of.states - 1) .. "?"
  local values = { unpack(of.states) }
  values[#values + 1] = of.variant
  values[#values + 1] = most
  return self.db:rows("SELECT t.id, t.key, r.upn, r.name, r.fields, r.csv FROM target t"
    .. " JOIN recipient r ON r.target = t.id WHERE t.campaign = ? AND t.step = 'send'"
    .. " AND t.id > ? AND iif(t.state = 'pending' AND t.phase = 'intent', 'unknown',"
    .. " t.state) IN (" .. marks .. ")" .. (of.variant and " AND t.variant = ?" or "")
    .. done(of, "answered") .. done(of, "clicked")
    .. " ORDER BY t.id LIMIT ?", campaign, after, unpack(values))
end

--- Finds the rows of one target, by id, UPN or key.
-- @tparam integer campaign id
-- @tparam string who
-- @treturn table array of rows
function targets_methods:find(campaign, who)
  return self.db:rows(FIND .. " AND (t.key IN (?, ?, ?, ?) OR"
    .. " lower(r.upn) = lower(?)) ORDER BY t.id LIMIT 10",
    campaign, who, "user:" .. who, "channel:" .. who, "chat:" .. who, who)
end

return targets
