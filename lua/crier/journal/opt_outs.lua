--- Who is not to be sent to: who opted out of a topic, and the suppression list,
-- whose topic is `*`.
-- @module crier.journal.opt_outs
local opt_outs = {}

local opt_outs_methods = {}
local opt_outs_mt = { __name = "crier.opt_outs", __index = opt_outs_methods }

--- The topic of the suppression list: no campaign is sent to who is in it.
opt_outs_methods.ALL = "*"

--- Used by `crier.journal` alone.
function opt_outs.new(journal)
  return setmetatable({ db = journal.db }, opt_outs_mt)
end

--- Notes that a target is not to be sent to. The first note of it stays.
-- @tparam string tenant
-- @tparam string key of the target, such as `user:<id>`
-- @tparam string topic of campaigns, or `*` for all of them
-- @tparam integer now_ms
-- @tparam string source who says so, such as `operator`
-- @treturn boolean whether it was new; or nil, message, code
function opt_outs_methods:add(tenant, key, topic, now_ms, source)
  local added, message, code = self.db:exec("INSERT INTO opt_out VALUES"
    .. " (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING", tenant, key, topic, now_ms, source)
  if not added then
    return nil, message, code
  end
  return added == 1
end

--- Takes a note back.
-- @tparam string tenant
-- @tparam string key
-- @tparam string topic
-- @treturn boolean whether there was one; or nil, message, code
function opt_outs_methods:remove(tenant, key, topic)
  local removed, message, code = self.db:exec("DELETE FROM opt_out"
    .. " WHERE tenant = ? AND key = ? AND topic = ?", tenant, key, topic)
  if not removed then
    return nil, message, code
  end
  return removed == 1
end

--- Finds the person with a UPN among whom campaigns of a tenant had.
-- @tparam string tenant
-- @tparam string upn
-- @treturn ?string key
function opt_outs_methods:find_key(tenant, upn)
  local row = self.db:row("SELECT t.key FROM recipient r JOIN target t ON t.id = r.target"
    .. " JOIN campaign c ON c.id = t.campaign JOIN lane l ON l.id = c.lane"
    .. " WHERE lower(r.upn) = lower(?) AND l.tenant = ? AND r.fields <> '{}'"
    .. " ORDER BY t.id DESC LIMIT 1", upn, tenant)
  return row and row.key or nil
end

--- A page of the notes, by topic and key.
-- @tparam string tenant
-- @tparam ?table options `topic` (that one alone), `after` (the last row of the page
--   before), `most` (500 unless given)
-- @treturn table array of `{ key =, topic =, at =, source = }`
function opt_outs_methods:list(tenant, options)
  options = options or {}
  local after = options.after or { topic = "", key = "" }
  return self.db:rows("SELECT key, topic, at, source FROM opt_out WHERE tenant = ?"
    .. " AND topic = coalesce(?, topic) AND (topic, key) > (?, ?)"
    .. " ORDER BY topic, key LIMIT ?", tenant, options.topic, after.topic, after.key,
    options.most or 500)
end

return opt_outs
