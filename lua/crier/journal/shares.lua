--- How each variant and each language of a campaign's message fared.
-- @module crier.journal.shares
local shares = {}

local shares_methods = {}
local shares_mt = { __name = "crier.shares", __index = shares_methods }

--- Used by `crier.journal` alone.
function shares.new(journal)
  return setmetatable({ db = journal.db }, shares_mt)
end

-- Each from its index alone, and in its order.
local DONE = "SELECT variant, language, state, 0 AS intent, count(*) AS n FROM target"
  .. " WHERE campaign = ? AND step = 'send' AND state <> 'pending'"
  .. " GROUP BY state, reason, variant, language"
local PENDING = "SELECT variant, language, 'pending' AS state, phase = 'intent' AS intent,"
  .. " count(*) AS n FROM target WHERE campaign = ? AND step = 'send' AND state = 'pending'"
  .. " AND coalesce(variant, language) IS NOT NULL GROUP BY variant, language, phase"

local function add(list, name, state, count)
  if not name then
    return
  end
  local found = list[name]
  if not found then
    found = { name = name, delivered = 0, failed = 0, unknown = 0, pending = 0, excluded = 0 }
    list[name], list[#list + 1] = found, found
  end
  found[state] = found[state] + count
end

local function in_order(list)
  local made = {}
  for i, found in ipairs(list) do
    made[i] = found
  end
  table.sort(made, function(a, b) return a.name < b.name end)
  return made[1] and made or nil
end

--- Counts those of whom it is known what they get.
-- @tparam integer campaign id
-- @tparam ?boolean dead whether nobody works on it, so that an intent is
--   `unknown` and not `pending`
-- @treturn table `variants` and `languages`, each nil without any, else an array of
--   `{ name =, delivered =, failed =, unknown =, pending =, excluded = }`
function shares_methods:read(campaign, dead)
  local variants, languages = {}, {}
  for _, sql in ipairs { DONE, PENDING } do
    for _, row in ipairs(self.db:rows(sql, campaign)) do
      local state = dead and row.intent == 1 and "unknown" or row.state
      add(variants, row.variant, state, row.n)
      add(languages, row.language, state, row.n)
    end
  end
  return { variants = in_order(variants), languages = in_order(languages) }
end

return shares
