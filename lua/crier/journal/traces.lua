--- What campaigns did to a target lately: whether it was crier itself that put the
-- app there or took it off, or the person.
-- @module crier.journal.traces
local traces = {}

local traces_methods = {}
local traces_mt = { __name = "crier.traces", __index = traces_methods }

-- An event may be late, and clocks differ.
local NEAR_MS = 10 * 60 * 1000

local FIND = "SELECT t.state, c.name FROM campaign c JOIN lane l ON l.id = c.lane JOIN target t"
  .. " ON t.campaign = c.id AND t.step = 'send' AND t.key = ? WHERE l.app = ? AND l.tenant = ?"
  .. " AND coalesce(c.finished_at, ?) >= ?"

--- Used by `crier.journal` alone.
function traces.new(journal)
  return setmetatable({ db = journal.db }, traces_mt)
end

--- Whether a campaign has put the app there.
-- @tparam table lane `{ app =, tenant = }`
-- @tparam string key of the target
-- @tparam integer at when it came there
-- @treturn boolean
function traces_methods:installed(lane, key, at)
  local row = self.db:row(FIND .. " AND (t.state = 'pending' AND t.phase = 'install'"
    .. " OR t.installed = 1 AND t.installed_at BETWEEN ? AND ?) LIMIT 1", key, lane.app,
    lane.tenant, at, at - NEAR_MS, at - NEAR_MS, at + NEAR_MS)
  return row and true or false
end

--- Whether a campaign has taken the app off.
-- @tparam table lane
-- @tparam string key
-- @tparam integer at when it was gone
-- @treturn boolean
function traces_methods:uninstalled(lane, key, at)
  local row = self.db:row(FIND .. " AND c.action = 'uninstall' AND (t.state = 'pending'"
    .. " OR t.state = 'delivered' AND t.updated_at BETWEEN ? AND ?) LIMIT 1", key, lane.app,
    lane.tenant, at, at - NEAR_MS, at - NEAR_MS, at + NEAR_MS)
  return row and true or false
end

return traces
