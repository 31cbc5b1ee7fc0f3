--- Canaries: the few of a campaign who are sent to first, while the rest is held.
--
--     held_from   when the last of them was done, and the hold began
--     asked_at    when the campaign was paused because of what became of them
--     passed_at   when the rest was let go
-- @module crier.journal.canaries
local canaries = {}

local canaries_methods = {}
local canaries_mt = { __name = "crier.canaries", __index = canaries_methods }

--- Used by `crier.journal` alone.
function canaries.new(journal)
  return setmetatable({ db = journal.db }, canaries_mt)
end

--- What is known of a campaign's canary.
-- @tparam integer campaign id
-- @treturn table|boolean `people`, `held_from`, `asked_at`, `passed_at`; false when it
--   has none
function canaries_methods:find(campaign)
  return self.db:row("SELECT * FROM canary WHERE campaign = ?", campaign)
end

-- Who waits, and is not on the way.
local WAITING = " WHERE campaign = ? AND step = 'send' AND state = 'pending'"
  .. " AND phase <> 'intent'"

--- How many wait to be sent to.
-- @tparam integer campaign id
-- @treturn integer
function canaries_methods:count(campaign)
  return self.db:row("SELECT count(*) AS n FROM target" .. WAITING, campaign).n
end

--- A page of who waits, in the order of planning.
-- @tparam integer campaign id
-- @tparam integer after id of the last row of the page before; 0 to begin
-- @tparam integer most rows
-- @treturn table array of `{ id =, key = }`
function canaries_methods:page(campaign, after, most)
  -- In the order of ids: by an index on the campaign each page would sort all of it.
  return self.db:rows("SELECT id, key FROM target WHERE +campaign = ? AND +step = 'send'"
    .. " AND +state = 'pending' AND +phase <> 'intent' AND id > ? ORDER BY id LIMIT ?",
    campaign, after, most)
end

--- Notes that somebody is sent to first.
-- @tparam integer campaign id
-- @tparam string key of the target
-- @treturn integer 1; or nil, message, code
function canaries_methods:mark(campaign, key)
  return self.db:exec("UPDATE target SET canary = 1 WHERE campaign = ?"
    .. " AND step = 'send' AND key = ?", campaign, key)
end

--- Holds everybody who waits and is not sent to first.
-- @tparam integer campaign id
-- @treturn integer how many; or nil, message, code
function canaries_methods:hold(campaign)
  return self.db:exec("UPDATE target SET phase = 'held'" .. WAITING
    .. " AND canary IS NULL", campaign)
end

--- Adds a campaign's canary.
-- @tparam integer campaign id
-- @tparam integer people how many were drawn
-- @treturn integer 1; or nil, message, code
function canaries_methods:add(campaign, people)
  return self.db:exec("INSERT INTO canary (campaign, people) VALUES (?, ?)", campaign, people)
end

-- Of the index on what is due.
local HELD = " WHERE campaign = ? AND state = 'pending' AND phase <> 'intent'"
  .. " AND phase = 'held'"

--- Whether anybody is held.
-- @tparam integer campaign id
-- @treturn boolean
function canaries_methods:has_held(campaign)
  return self.db:row("SELECT 1 AS yes FROM target" .. HELD .. " LIMIT 1", campaign) ~= false
end

--- What became of those who were sent to first; who was under way when a run died
-- tells nothing.
-- @tparam integer campaign id
-- @treturn table array of `{ state =, reason =, count = }`
function canaries_methods:results(campaign)
  return self.db:rows("SELECT state, reason, count(*) AS count FROM target"
    .. " WHERE campaign = ? AND canary = 1 AND reason IS NOT 'interrupted'"
    .. " GROUP BY 1, 2", campaign)
end

--- Notes that the hold begins.
-- @tparam integer campaign id
-- @tparam integer now_ms
-- @treturn integer 1; or nil, message, code
function canaries_methods:begin_hold(campaign, now_ms)
  return self.db:exec("UPDATE canary SET held_from = ? WHERE campaign = ?", now_ms, campaign)
end

--- Notes that somebody is to decide.
-- @tparam integer campaign id
-- @tparam integer now_ms
-- @treturn integer 1; or nil, message, code
function canaries_methods:ask(campaign, now_ms)
  return self.db:exec("UPDATE canary SET asked_at = ? WHERE campaign = ?", now_ms, campaign)
end

--- Lets the rest go. Call it inside a transaction.
-- @tparam integer campaign id
-- @tparam table phases `cold` and `warm` (who has a conversation): where they begin
-- @tparam integer now_ms
-- @treturn integer 1; or nil, message, code
function canaries_methods:pass(campaign, phases, now_ms)
  local ok, message, code = self.db:exec("UPDATE target SET due_at = max(due_at, ?),"
    .. " phase = iif(conversation_id IS NULL, ?, ?)" .. HELD, now_ms, phases.cold,
    phases.warm, campaign)
  if not ok then
    return nil, message, code
  end
  return self.db:exec("UPDATE canary SET passed_at = ? WHERE campaign = ?", now_ms, campaign)
end

return canaries
