--- Who has a campaign's message: for what is done to it afterwards.
-- @module crier.journal.sent
local sent = {}

local sent_methods = {}
local sent_mt = { __name = "crier.sent", __index = sent_methods }

--- Used by `crier.journal` alone.
function sent.new(journal)
  return setmetatable({ db = journal.db }, sent_mt)
end

-- Whether target t lost a campaign's message to a recall; takes the campaign's id. The
-- recalls are looked up once, and each of their rows by its key.
local LOST = "EXISTS (SELECT 1 FROM target x WHERE x.campaign IN (SELECT id FROM campaign"
  .. " WHERE parent = ? AND action = 'recall') AND x.step = 'send' AND x.key = t.key"
  .. " AND x.state = 'delivered')"

-- Who may have a campaign's message, and did not lose it; takes the campaign's id twice.
local SENT = " FROM target t WHERE t.campaign = ? AND t.step = 'send'"
  .. " AND t.state IN ('delivered', 'unknown') AND NOT " .. LOST

-- What to say of a row whose message has no id, of one that went another way first.
local WITHOUT_ID = "CASE WHEN t.activity_id IS NOT NULL THEN NULL"
  .. " WHEN t.rerouted IS NOT NULL THEN %s ELSE %s END"

--- Puts everybody who may have a campaign's message into the ledger of another
-- one that changes or deletes it. A message without an id cannot be changed:
-- who has such a one is failed, and unknown who was unknown before.
-- @tparam integer from campaign id
-- @tparam integer to campaign id
-- @tparam string phase in which they begin
-- @tparam integer now_ms
-- @treturn integer how many; or nil, message, code
function sent_methods:copy(from, to, phase, now_ms)
  local added, message, code = self.db:exec("INSERT INTO target (campaign,"
    .. " step, key, state, phase, due_at, reason, text, remedy, conversation_id,"
    .. " service_url, activity_id, variant, language, planned_at, updated_at) SELECT ?, 'send',"
    .. " t.key, CASE WHEN t.activity_id IS NOT NULL THEN 'pending'"
    .. " WHEN t.state = 'unknown' THEN 'unknown' ELSE 'failed' END,"
    .. " iif(t.activity_id IS NULL, NULL, ?), 0, " .. WITHOUT_ID:format(
      "'activity feed'", "'no activity id'") .. ", " .. WITHOUT_ID:format(
      "'it went to the activity feed, in the place of a message'",
      "'no answer told the id of the message'") .. ", " .. WITHOUT_ID:format(
      "'It cannot be changed or deleted: tell the person'",
      "'It may have arrived, and cannot be changed or deleted: ask the person, or"
      .. " look in the chat'") .. ", t.conversation_id, t.service_url,"
    .. " t.activity_id, t.variant, t.language, ?, ?" .. SENT
    .. " ORDER BY t.id ON CONFLICT DO NOTHING", to, phase, now_ms, now_ms, from, from)
  if not added then
    return nil, message, code
  end
  local ok
  ok, message, code = self.db:exec("INSERT INTO recipient (target, upn,"
    .. " name, fields, csv) SELECT n.id, r.upn,"
    .. " r.name, r.fields, r.csv FROM target n JOIN target o ON o.campaign = ?"
    .. " AND o.step = 'send' AND o.key = n.key JOIN recipient r"
    .. " ON r.target = o.id WHERE n.campaign = ? ON CONFLICT DO NOTHING",
    from, to)
  return ok and added, message, code
end

--- How many may have a campaign's message.
-- @tparam integer campaign id
-- @treturn integer
function sent_methods:count(campaign)
  return self.db:row("SELECT count(t.activity_id) AS n" .. SENT, campaign, campaign).n
end

--- Whether a campaign's message was deleted from somebody's chat by a recall.
-- @tparam integer campaign id
-- @tparam integer target id of the campaign's row
-- @treturn boolean
function sent_methods:is_recalled(campaign, target)
  return self.db:row("SELECT 1 FROM target t WHERE t.id = ? AND " .. LOST, target, campaign)
    ~= false
end

--- How many have a campaign's message who are not in the ledger of a sequel.
-- @tparam integer campaign id
-- @tparam integer sequel id of the campaign that amends or recalls it
-- @treturn integer
function sent_methods:count_left(campaign, sequel)
  return self.db:row("SELECT count(t.activity_id) AS n" .. SENT
    .. " AND NOT EXISTS (SELECT 1 FROM target s WHERE s.campaign = ?"
    .. " AND s.step = 'send' AND s.key = t.key)", campaign, campaign, sequel).n
end

--- The campaigns that recalled what another one has sent.
-- @tparam integer campaign id
-- @treturn table array of `{ name =, count = }`: from how many, first the first
function sent_methods:recalls(campaign)
  return self.db:rows("SELECT c.name, (SELECT count(*) FROM target t WHERE t.campaign = c.id"
    .. " AND t.step = 'send' AND t.state = 'delivered') AS count FROM campaign c"
    .. " WHERE c.parent = ? AND c.action = 'recall' AND c.planned = 1 ORDER BY c.id", campaign)
end

return sent
