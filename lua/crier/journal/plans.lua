--- Plans that were made through the door: what was found out, until somebody starts it.
-- A restart of the server forgets none that was complete.
--
--     id, at, who, script    what was planned, by whom
--     state                  `done` or `failed`; `why` and `remedy` tell the latter
--     name, recipients       of the campaign, as far as it was found out
--     digest, content_digest of what a start is to send
--     campaign               the name, once it was started
--     plan, message          JSON texts: all that was found out
-- @module crier.journal.plans
local unpack = table.unpack or unpack -- luacheck: ignore 113 143

local plans = {}

local plans_methods = {}
local plans_mt = { __name = "crier.plans", __index = plans_methods }

local COLUMNS = { "id", "at", "who", "script", "state", "why", "remedy", "name", "recipients",
  "digest", "content_digest", "campaign", "plan", "message" }
local KEEP = ("INSERT INTO plan (%s) VALUES (%s)"):format(table.concat(COLUMNS, ", "),
  ("?, "):rep(#COLUMNS - 1) .. "?")
local MOST = 50 -- kept; the oldest gives way

--- Used by `crier.journal` alone.
function plans.new(journal)
  return setmetatable({ db = journal.db, journal = journal }, plans_mt)
end

--- Keeps a plan.
-- @tparam table plan its columns
-- @treturn integer how many gave way; or nil, message, code
function plans_methods:keep(plan)
  local values = {}
  for i, name in ipairs(COLUMNS) do
    values[i] = plan[name]
  end
  return self.journal:transaction(function()
    local ok, message, code = self.db:exec(KEEP, unpack(values, 1, #COLUMNS))
    if not ok then
      return nil, message, code
    end
    return self.db:exec("DELETE FROM plan WHERE id NOT IN"
      .. " (SELECT id FROM plan ORDER BY at DESC, id LIMIT ?)", MOST)
  end)
end

--- Looks a plan up.
-- @tparam string id
-- @treturn table|boolean its columns, or false
function plans_methods:find(id)
  return self.db:row("SELECT * FROM plan WHERE id = ?", id)
end

--- All that are kept, without what was found out, the newest first.
-- @treturn {table,...}
function plans_methods:list()
  return self.db:rows("SELECT id, at, who, script, state, why, remedy, name, recipients,"
    .. " campaign FROM plan ORDER BY at DESC, id")
end

--- Notes that a plan was started.
-- @tparam string id
-- @tparam string campaign its name
-- @treturn boolean true; or nil, message, code
function plans_methods:started(id, campaign)
  return self.db:exec("UPDATE plan SET campaign = ? WHERE id = ?", campaign, id)
end

return plans
