--- Teams that have the app, and their channels, as far as the bot was told.
--
-- States of a team: `there`, `archived`, `deleted`, `removed` (the app was); of a
-- channel: `there`, `deleted`. An event that is older than what is known changes
-- nothing.
-- @module crier.journal.places
local places = {}

local places_methods = {}
local places_mt = { __name = "crier.places", __index = places_methods }

--- Used by `crier.journal` alone.
function places.new(journal)
  return setmetatable({ db = journal.db }, places_mt)
end

--- Notes a team.
-- @tparam table lane `{ app =, tenant = }`
-- @tparam table team `id`, `state`, and `group_id` and `name` where they are known
-- @tparam integer at when it became so
-- @treturn integer 1 when that is the newest, 0 when not; or nil, message, code
function places_methods:note_team(lane, team, at)
  return self.db:exec("INSERT INTO team VALUES (?, ?, ?, ?, ?, ?, ?)"
    .. " ON CONFLICT (app, tenant, id) DO UPDATE SET group_id = coalesce(excluded.group_id,"
    .. " group_id), name = coalesce(excluded.name, name), state = excluded.state,"
    .. " changed_at = excluded.changed_at WHERE excluded.changed_at >= team.changed_at",
    lane.app, lane.tenant, team.id, team.group_id, team.name, team.state, at)
end

--- Notes a channel.
-- @tparam table lane
-- @tparam table channel `id`, `team` (id), `state`, and `name` where it is known
-- @tparam integer at when it became so
-- @treturn integer 1 when that is the newest, 0 when not; or nil, message, code
function places_methods:note_channel(lane, channel, at)
  return self.db:exec("INSERT INTO channel VALUES (?, ?, ?, ?, ?, ?, ?)"
    .. " ON CONFLICT (app, tenant, id) DO UPDATE SET team = excluded.team,"
    .. " name = coalesce(excluded.name, name), state = excluded.state,"
    .. " changed_at = excluded.changed_at WHERE excluded.changed_at >= channel.changed_at",
    lane.app, lane.tenant, channel.id, channel.team, channel.name, channel.state, at)
end

--- Looks a team up.
-- @tparam table lane
-- @tparam string id
-- @treturn table|boolean the row, or false
function places_methods:team(lane, id)
  return self.db:row("SELECT * FROM team WHERE app = ? AND tenant = ? AND id = ?",
    lane.app, lane.tenant, id)
end

--- The channels of a team, by their ids.
-- @tparam table lane
-- @tparam string team id
-- @treturn table array of rows
function places_methods:channels(lane, team)
  return self.db:rows("SELECT * FROM channel WHERE app = ? AND tenant = ? AND team = ?"
    .. " ORDER BY id", lane.app, lane.tenant, team)
end

return places
