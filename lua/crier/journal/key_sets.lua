--- Key sets that inbound tokens are verified with: fetched by who has the network,
-- read by who listens, perhaps in another process.
-- @module crier.journal.key_sets
local key_sets = {}

local key_sets_methods = {}
local key_sets_mt = { __name = "crier.key_sets", __index = key_sets_methods }

--- Used by `crier.journal` alone.
function key_sets.new(journal)
  return setmetatable({ db = journal.db }, key_sets_mt)
end

--- Looks a key set up.
-- @tparam string url of the OpenID metadata
-- @treturn table|boolean `{ text = nil before the first success, fetched_at =, tried_at =,
--   asked_at = nil when nobody has asked since, problem = of the last try }`, or false
function key_sets_methods:find(url)
  return self.db:row("SELECT text, fetched_at, tried_at, asked_at, problem FROM key_set"
    .. " WHERE url = ?", url)
end

--- Tells when a key set was fetched; cheaper than all of it.
-- @tparam string url
-- @treturn integer|boolean milliseconds, or false
function key_sets_methods:fetched_at(url)
  local row, message, code = self.db:row("SELECT fetched_at FROM key_set WHERE url = ?", url)
  if row == nil then
    return nil, message, code
  end
  return row and row.fetched_at or false
end

--- Keeps a key set that was fetched, in the place of the one before.
-- @tparam string url
-- @tparam string text
-- @tparam integer now_ms
function key_sets_methods:keep(url, text, now_ms)
  return self.db:exec("INSERT INTO key_set (url, text, fetched_at, tried_at)"
    .. " VALUES (?, ?, ?, ?) ON CONFLICT (url) DO UPDATE SET text = excluded.text,"
    .. " fetched_at = excluded.fetched_at, tried_at = excluded.tried_at, asked_at = NULL,"
    .. " problem = NULL", url, text, now_ms, now_ms)
end

--- Notes that a key set could not be fetched; what there was stays.
-- @tparam string url
-- @tparam string problem
-- @tparam integer now_ms
function key_sets_methods:failed(url, problem, now_ms)
  return self.db:exec("INSERT INTO key_set (url, tried_at, problem) VALUES (?, ?, ?)"
    .. " ON CONFLICT (url) DO UPDATE SET tried_at = excluded.tried_at,"
    .. " problem = excluded.problem", url, now_ms, problem)
end

--- Asks for a newer key set. Asking again changes nothing.
-- @tparam string url
-- @tparam integer now_ms
function key_sets_methods:ask(url, now_ms)
  return self.db:exec("INSERT INTO key_set (url, asked_at) VALUES (?, ?)"
    .. " ON CONFLICT (url) DO UPDATE SET asked_at = excluded.asked_at"
    .. " WHERE asked_at IS NULL", url, now_ms)
end

return key_sets
