--- What came back on messages: reactions, and up to where conversations were read.
-- @module crier.journal.echoes
local echoes = {}

local echoes_methods = {}
local echoes_mt = { __name = "crier.echoes", __index = echoes_methods }

--- Used by `crier.journal` alone.
function echoes.new(journal)
  return setmetatable({ db = journal.db, clicks = journal.clicks }, echoes_mt)
end

--- Whether a campaign notes what is done with a message.
-- @tparam table lane `{ app =, tenant = }`
-- @tparam string what `reactions` or `reads`
-- @tparam string key of the target that has the message
-- @tparam ?string message_id; nil for any
-- @treturn boolean
function echoes_methods:is_tracked(lane, what, key, message_id)
  return self.db:row("SELECT 1 FROM lane l JOIN campaign c ON c.lane = l.id AND c.tracks_" .. what
    .. " = 1 JOIN target t ON t.campaign = c.id AND t.step = 'send' AND t.key = ? WHERE l.app = ?"
    .. " AND l.tenant = ? AND t.activity_id = coalesce(?, t.activity_id) LIMIT 1", key, lane.app,
    lane.tenant, message_id) ~= false
end

--- Notes a reaction, or that it was taken back. One that is older than what is
-- known changes nothing.
-- @tparam table lane `{ app =, tenant = }`
-- @tparam table reaction `conversation_id`, `message_id`, `key` (of who reacts),
--   `kind` (such as `like`), `is_there`, `at`
function echoes_methods:react(lane, reaction)
  return self.db:exec("INSERT INTO reaction VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
    .. " ON CONFLICT (app, tenant, conversation_id, message_id, target, kind) DO UPDATE SET"
    .. " is_there = excluded.is_there, at = excluded.at WHERE excluded.at >= reaction.at",
    lane.app, lane.tenant, reaction.conversation_id, reaction.message_id, reaction.key,
    reaction.kind, reaction.is_there, reaction.at)
end

--- Notes up to which message somebody has read a conversation. Ids of messages
-- rise; an earlier one than is known changes nothing.
-- @tparam table lane
-- @tparam table mark `conversation_id`, `key`, `message_id`, `at`
function echoes_methods:read(lane, mark)
  return self.db:exec("INSERT INTO read_mark VALUES (?, ?, ?, ?, ?, ?)"
    .. " ON CONFLICT (app, tenant, conversation_id, target) DO UPDATE SET"
    .. " message_id = excluded.message_id, at = excluded.at"
    .. " WHERE (length(excluded.message_id), excluded.message_id)"
    .. " > (length(read_mark.message_id), read_mark.message_id)", lane.app, lane.tenant,
    mark.conversation_id, mark.key, mark.message_id, mark.at)
end

local REACTED = " FROM target t JOIN reaction r ON r.app = ? AND r.tenant = ?"
  .. " AND r.conversation_id = t.conversation_id AND r.message_id = t.activity_id"
  .. " AND r.is_there = 1 WHERE t.campaign = ? AND t.step = 'send'"

local READ = "SELECT count(*) AS people FROM target t JOIN read_mark m ON m.app = ?"
  .. " AND m.tenant = ? AND m.conversation_id = t.conversation_id AND m.target = t.key"
  .. " WHERE t.campaign = ? AND t.step = 'send' AND t.activity_id IS NOT NULL"
  .. " AND (length(m.message_id), m.message_id) >= (length(t.activity_id), t.activity_id)"

--- Counts what came back on a campaign's messages.
-- @tparam table campaign row, with `app` and `tenant`
-- @treturn ?table what it notes: `clicks` (see `crier.journal.clicks`), `reactions`
--   (`people`, and `kinds`, an array of `{ kind =, count = }`) and `reads` (`people`); nil
--   when it notes nothing
function echoes_methods:counts(campaign)
  local found = {}
  if campaign.tracks_clicks == 1 then
    found.clicks = self.clicks:counts(campaign.id)
  end
  if campaign.tracks_reactions == 1 then
    found.reactions = self.db:row("SELECT count(DISTINCT r.target) AS people" .. REACTED,
      campaign.app, campaign.tenant, campaign.id)
    found.reactions.kinds = self.db:rows("SELECT r.kind, count(*) AS count" .. REACTED
      .. " GROUP BY r.kind ORDER BY count(*) DESC, r.kind", campaign.app, campaign.tenant,
      campaign.id)
  end
  if campaign.tracks_reads == 1 then
    found.reads = self.db:row(READ, campaign.app, campaign.tenant, campaign.id)
  end
  return next(found) and found or nil
end

return echoes
