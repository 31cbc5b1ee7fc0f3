--- Who took the app off on purpose, as far as the bot was told.
--
-- Finding the person's chat again, which takes the app, ends it: see
-- `crier.journal.conversations`.
-- @module crier.journal.removals
local removals = {}

local removals_methods = {}
local removals_mt = { __name = "crier.removals", __index = removals_methods }

--- Used by `crier.journal` alone.
function removals.new(journal)
  return setmetatable({ db = journal.db }, removals_mt)
end

--- Notes that a target removed the app.
-- @tparam table lane `{ app =, tenant = }`
-- @tparam string key of the target
-- @tparam integer now_ms
function removals_methods:add(lane, key, now_ms)
  return self.db:exec("INSERT INTO removal VALUES (?, ?, ?, ?) ON CONFLICT"
    .. " (app, tenant, target) DO UPDATE SET at = excluded.at", lane.app, lane.tenant,
    key, now_ms)
end

--- Notes that a target has the app.
-- @tparam table lane
-- @tparam string key
function removals_methods:remove(lane, key)
  return self.db:exec("DELETE FROM removal WHERE app = ? AND tenant = ?"
    .. " AND target = ?", lane.app, lane.tenant, key)
end

--- A page of who removed the app.
-- @tparam table lane
-- @tparam string after key of the last one before; "" to begin
-- @tparam integer most
-- @treturn table array of `{ key =, at = }`
function removals_methods:list(lane, after, most)
  return self.db:rows("SELECT target AS key, at FROM removal WHERE app = ?"
    .. " AND tenant = ? AND target > ? ORDER BY target LIMIT ?", lane.app, lane.tenant,
    after, most)
end

return removals
