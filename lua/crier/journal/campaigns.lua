--- Campaigns: one row a name, with the content that was planned.
--
-- States: `planning running waiting paused stopped finished cancelled`. A
-- campaign that is `stopped` goes on with the next `run`; one that is `paused`
-- needs `resume`; `why` is the sentence that says why it stands still. One that is paused
-- and has a `finished_at` has sent everything: its dialogs wait.
-- @module crier.journal.campaigns
local polls = require "crier.journal.polls"

local campaigns = {}

local campaigns_methods = {}
local campaigns_mt =
  { __name = "crier.campaigns", __index = campaigns_methods }

local COLUMNS = "c.*, l.app, l.tenant, l.fence AS lane_fence"
local FROM = " FROM campaign c JOIN lane l ON l.id = c.lane"

--- Used by `crier.journal` alone.
function campaigns.new(journal)
  return setmetatable({ db = journal.db }, campaigns_mt)
end

--- Finds a campaign by name.
-- @tparam string name
-- @treturn[1] table the row, with `app` and `tenant` of its lane
-- @treturn[2] boolean false when there is none
function campaigns_methods:find(name)
  return self.db:row("SELECT " .. COLUMNS .. FROM .. " WHERE c.name = ?", name)
end

--- Finds a campaign by its id.
-- @tparam integer id
-- @treturn table|boolean as of `find`
function campaigns_methods:by_id(id)
  return self.db:row("SELECT " .. COLUMNS .. FROM .. " WHERE c.id = ?", id)
end

--- The campaigns that amend or recall another one, in their order.
-- @tparam integer parent id
-- @tparam string action `amend` or `recall`
-- @treturn table an array of rows
function campaigns_methods:sequels(parent, action)
  return self.db:rows("SELECT " .. COLUMNS .. FROM
    .. " WHERE c.parent = ? AND c.action = ? AND c.planned = 1 ORDER BY c.id",
    parent, action)
end

--- All campaigns, newest first.
-- @treturn table an array of rows
function campaigns_methods:list()
  return self.db:rows("SELECT " .. COLUMNS .. FROM
    .. " ORDER BY c.started_at DESC, c.id DESC LIMIT 1000")
end

--- Adds a campaign in state `planning`.
-- @tparam table campaign `name`, `action`, `parent` (id of the campaign that
--   this one amends or recalls, or nil), `test_of` (name of the campaign that this
--   one tests, or nil), `lane` (id), `cloud`, `digest`, `script` (file name),
--   `on_unknown`, `files` (array of `path`, `digest`, `content`), `rate`
--   (messages a second, or nil)
-- @tparam integer now_ms
-- @treturn table the row; or nil, message, code
function campaigns_methods:add(campaign, now_ms)
  local ok, message, code = self.db:exec("INSERT INTO campaign (name, action,"
    .. " parent, test_of, lane, cloud, state, digest, script, on_unknown, started_at)"
    .. " VALUES (?, ?, ?, ?, ?, ?, 'planning', ?, ?, ?, ?)",
    campaign.name, campaign.action, campaign.parent, campaign.test_of, campaign.lane,
    campaign.cloud, campaign.digest, campaign.script, campaign.on_unknown, now_ms)
  if not ok then
    return nil, message, code
  end
  local row = self:find(campaign.name)
  ok, message, code = self:set_content(row.id, campaign)
  if not ok then
    return nil, message, code
  end
  return row
end

--- Stores the content of a campaign, over what was stored before. The rate is the
-- first one: once it is planned, `set_rate` alone changes it.
-- @tparam integer id
-- @tparam table campaign `digest`, `script`, `on_unknown`, `files`, `rate`, `zone`,
--   `talks` (whether its message is a dialog), `track` (what is noted: `clicks`,
--   `reactions`, `reads`), `poll` (what it asks, or nil,
--   see `crier.journal.polls.define`)
-- @treturn boolean true; or nil, message, code
function campaigns_methods:set_content(id, campaign)
  local db, track = self.db, campaign.track or {}
  local ok, message, code = db:exec("UPDATE campaign SET digest = ?,"
    .. " talks = ?, tracks_clicks = ?, tracks_reactions = ?, tracks_reads = ?,"
    .. " script = ?, on_unknown = ?, zone = ?,"
    .. " rate = CASE planned WHEN 0 THEN ? ELSE rate END WHERE id = ?", campaign.digest,
    campaign.talks and 1 or 0, track.clicks and 1 or 0, track.reactions and 1 or 0,
    track.reads and 1 or 0, campaign.script, campaign.on_unknown, campaign.zone,
    campaign.rate, id)
  ok = ok and db:exec("DELETE FROM bundle WHERE campaign = ?", id)
  for _, file in ipairs(campaign.files) do
    if ok then
      ok, message, code = db:exec("INSERT INTO bundle VALUES (?, ?, ?, ?)",
        id, file.path, file.digest, file.content)
    end
  end
  if ok then
    ok, message, code = polls.define(db, id, campaign.poll)
  end
  if not ok then
    return nil, message, code
  end
  return true
end

--- The stored content.
-- @tparam integer id
-- @treturn table array of `{ path =, digest =, content = }`; a csv's content
--   is not kept
function campaigns_methods:bundle(id)
  return self.db:rows("SELECT path, digest, content FROM bundle"
    .. " WHERE campaign = ? ORDER BY path", id)
end

--- What somebody else may have changed.
-- @tparam integer id
-- @treturn string state
-- @treturn ?number rate, messages a second
function campaigns_methods:state(id)
  local row = self.db:row("SELECT state, rate FROM campaign WHERE id = ?", id)
  return row and row.state, row and row.rate
end

--- Sets the rate.
-- @tparam integer id
-- @tparam ?number per_second messages; nil for as fast as Teams allows
function campaigns_methods:set_rate(id, per_second)
  return self.db:exec("UPDATE campaign SET rate = ? WHERE id = ?", per_second, id)
end

--- Sets state and reason.
-- @tparam integer id
-- @tparam string state
-- @tparam ?string why
function campaigns_methods:set_state(id, state, why)
  return self.db:exec("UPDATE campaign SET state = ?, why = ? WHERE id = ?",
    state, why, id)
end

--- Lets a paused campaign run; guards see only what comes after.
-- @tparam integer id
-- @tparam integer now_ms
function campaigns_methods:lift(id, now_ms)
  return self.db:exec("UPDATE campaign SET state = 'running', why = NULL, lifted_at = ?"
    .. " WHERE id = ?", now_ms, id)
end

--- Sets the state, unless somebody has paused or cancelled the campaign.
-- @tparam integer id
-- @tparam string state
-- @tparam ?string why
function campaigns_methods:set_state_if_running(id, state, why)
  return self.db:exec("UPDATE campaign SET state = ?, why = ?"
    .. " WHERE id = ? AND state IN ('planning', 'running', 'waiting',"
    .. " 'stopped')", state, why, id)
end

--- Notes which holder of the lane works on a campaign.
-- @tparam integer id
-- @tparam table lane from `lanes:acquire`
function campaigns_methods:take(id, lane)
  return self.db:exec("UPDATE campaign SET fence = ? WHERE id = ?", lane.fence,
    id)
end

--- Notes whether a campaign is a worker's, which goes on with it.
-- @tparam integer id
-- @tparam boolean is_served
function campaigns_methods:set_served(id, is_served)
  return self.db:exec("UPDATE campaign SET served = ? WHERE id = ?", is_served and 1 or 0, id)
end

--- The campaigns of a lane that a worker goes on with, the first first.
-- @tparam integer lane id
-- @treturn table array of `{ name = }`
function campaigns_methods:served(lane)
  return self.db:rows("SELECT name FROM campaign WHERE lane = ? AND served = 1"
    .. " AND planned = 1 AND state IN ('running', 'waiting', 'stopped') ORDER BY id", lane)
end

--- Notes that every page was read and every target is in the ledger, and how
-- many they are.
-- @tparam integer id
function campaigns_methods:set_planned(id)
  return self.db:exec("UPDATE campaign SET planned = 1, targeted ="
    .. " (SELECT count(*) FROM target WHERE campaign = ? AND step = 'send')"
    .. " WHERE id = ?", id, id)
end

--- Removes a campaign whose plan was never completed.
-- @tparam integer id
function campaigns_methods:remove_unplanned(id)
  for _, noun in ipairs { "bundle", "event" } do
    self.db:exec("DELETE FROM " .. noun .. " WHERE campaign IN (SELECT id"
      .. " FROM campaign WHERE id = ? AND planned = 0)", id)
  end
  return self.db:exec("DELETE FROM campaign WHERE id = ? AND planned = 0", id)
end

--- Notes how a campaign ended.
-- @tparam integer id
-- @tparam string state `finished` or `cancelled`
-- @tparam integer exit_status
-- @tparam integer now_ms
function campaigns_methods:finish(id, state, exit_status, now_ms)
  return self.db:exec("UPDATE campaign SET state = ?, why = NULL,"
    .. " aside = NULL, exit_status = ?, finished_at = ? WHERE id = ?",
    state, exit_status, now_ms, id)
end

--- Makes a finished campaign one that goes on; one that is paused stays so.
-- @tparam integer id
function campaigns_methods:reopen(id)
  return self.db:exec("UPDATE campaign SET state = CASE state WHEN 'finished' THEN 'stopped'"
    .. " ELSE state END, exit_status = NULL, finished_at = NULL WHERE id = ?"
    .. " AND state IN ('finished', 'paused')", id)
end

--- Adds to the counts of calls, and notes when the last was made.
-- @tparam integer id
-- @tparam table more `token`, `graph`, `connector`, `throttled`
-- @tparam integer now_ms
function campaigns_methods:add_calls(id, more, now_ms)
  return self.db:exec("UPDATE campaign SET token_calls = token_calls + ?,"
    .. " graph_calls = graph_calls + ?,"
    .. " connector_calls = connector_calls + ?,"
    .. " throttled = throttled + ?, called_at = ? WHERE id = ?",
    more.token, more.graph, more.connector, more.throttled, now_ms, id)
end

return campaigns
