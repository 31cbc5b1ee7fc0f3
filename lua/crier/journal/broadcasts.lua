--- How many broadcasts people had: what campaigns sent to them, counted over all of a
-- store. One row of `target` for each (campaign, target) is found by its key.
-- @module crier.journal.broadcasts
local broadcasts = {}

local broadcasts_methods = {}
local broadcasts_mt = { __name = "crier.broadcasts", __index = broadcasts_methods }

--- Used by `crier.journal` alone.
function broadcasts.new(journal)
  return setmetatable({ db = journal.db }, broadcasts_mt)
end

--- The campaigns that sent something: no tests, none that amends or recalls.
-- @tparam string tenant
-- @tparam ?integer but id of a campaign to leave out
-- @tparam integer since milliseconds since 1970
-- @treturn {integer,...} ids
function broadcasts_methods:campaigns(tenant, but, since)
  local ids = {}
  for i, row in ipairs(self.db:rows("SELECT c.id FROM campaign c JOIN lane l ON l.id = c.lane"
    .. " WHERE c.action = 'send' AND c.test_of IS NULL AND c.called_at > ? AND l.tenant = ?"
    .. " AND c.id <> ? ORDER BY c.id", since, tenant, but or 0)) do
    ids[i] = row.id
  end
  return ids
end

-- What arrived, or may have, in some campaigns. Ids are numbers of our own: they
-- stand in the statement, which serves as long as they stay the same.
local function sent(ids)
  return " FROM target WHERE campaign IN (" .. table.concat(ids, ", ")
    .. ") AND step = 'send' AND (state IN ('delivered', 'unknown')"
    .. " OR state = 'pending' AND phase = 'intent') AND updated_at > ?"
end

--- How many messages of some campaigns a target had.
-- @tparam {integer,...} ids of campaigns
-- @tparam string key
-- @tparam integer since milliseconds since 1970
-- @treturn integer
function broadcasts_methods:count(ids, key, since)
  return self.db:row("SELECT count(*) AS n" .. sent(ids) .. " AND key = ?", since, key).n
end

--- Puts everybody who had so many messages into a table of this connection's own, for
-- `page`.
-- @tparam {integer,...} ids of campaigns
-- @tparam integer most messages
-- @tparam integer since milliseconds since 1970
-- @treturn boolean true; or nil, message, code
function broadcasts_methods:gather(ids, most, since)
  local ok, message, code = self.db:script("DROP TABLE IF EXISTS temp.tired;"
    .. " CREATE TEMP TABLE tired (key TEXT PRIMARY KEY) WITHOUT ROWID;")
  if ok then
    ok, message, code = self.db:exec("INSERT INTO temp.tired SELECT key" .. sent(ids)
      .. " AND key LIKE 'user:%' GROUP BY key HAVING count(*) >= ?", since, most)
  end
  return ok and true, message, code
end

--- A page of those whom `gather` found, by key.
-- @tparam string after key of the last one of the page before; "" to begin
-- @tparam integer most rows
-- @treturn table array of `{ key = }`
function broadcasts_methods:page(after, most)
  return self.db:rows("SELECT key FROM temp.tired WHERE key > ? ORDER BY key LIMIT ?", after,
    most)
end

return broadcasts
