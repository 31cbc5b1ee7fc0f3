--- How far the directory was read for newcomers, and who was there already: per
-- tenant and key of a family of campaigns.
-- @module crier.journal.deltas
local deltas = {}

local deltas_methods = {}
local deltas_mt = { __name = "crier.deltas", __index = deltas_methods }

--- Used by `crier.journal` alone.
function deltas.new(journal)
  return setmetatable({ db = journal.db }, deltas_mt)
end

--- Looks up where the last reading ended.
-- @tparam string tenant
-- @tparam string key
-- @treturn table|boolean `{ link =, selection =, read_at = }`, or false
function deltas_methods:find(tenant, key)
  return self.db:row("SELECT link, selection, read_at FROM delta WHERE tenant = ?"
    .. " AND key = ?", tenant, key)
end

--- Keeps where a reading ended.
-- @tparam string tenant
-- @tparam table found `key`, `link`, `selection`
-- @tparam integer now_ms
function deltas_methods:keep(tenant, found, now_ms)
  return self.db:exec("INSERT INTO delta VALUES (?, ?, ?, ?, ?) ON CONFLICT"
    .. " (tenant, key) DO UPDATE SET link = excluded.link,"
    .. " selection = excluded.selection, read_at = excluded.read_at", tenant, found.key,
    found.link, found.selection, now_ms)
end

--- Whether somebody was there at the last reading.
-- @tparam string tenant
-- @tparam string key
-- @tparam string target key of the person
-- @tparam ?integer campaign that is planned anew, whose newcomers do not count
-- @treturn boolean
function deltas_methods:is_known(tenant, key, target, campaign)
  local row = self.db:row("SELECT campaign FROM delta_known WHERE tenant = ?"
    .. " AND key = ? AND target = ?", tenant, key, target)
  return row and (not campaign or row.campaign ~= campaign) and true or false
end

--- Notes that somebody is there. The first note of it stays.
-- @tparam string tenant
-- @tparam string key
-- @tparam string target key of the person
-- @tparam ?integer campaign that had them as a newcomer
function deltas_methods:add_known(tenant, key, target, campaign)
  return self.db:exec("INSERT INTO delta_known VALUES (?, ?, ?, ?)"
    .. " ON CONFLICT DO NOTHING", tenant, key, target, campaign)
end

--- A page of a campaign's newcomers.
-- @tparam string tenant
-- @tparam string key
-- @tparam integer campaign
-- @tparam string after key of the last person of the page before; "" to begin
-- @tparam integer most
-- @treturn {string,...} keys
function deltas_methods:newcomers(tenant, key, campaign, after, most)
  local targets = {}
  for i, row in ipairs(self.db:rows("SELECT target FROM delta_known WHERE tenant = ?"
    .. " AND key = ? AND campaign = ? AND target > ? ORDER BY target LIMIT ?", tenant, key,
    campaign, after, most)) do
    targets[i] = row.target
  end
  return targets
end

--- Forgets somebody whom the directory has deleted for good.
-- @tparam string tenant
-- @tparam string key
-- @tparam string target key of the person
function deltas_methods:forget(tenant, key, target)
  return self.db:exec("DELETE FROM delta_known WHERE tenant = ? AND key = ?"
    .. " AND target = ?", tenant, key, target)
end

return deltas
