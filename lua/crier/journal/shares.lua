--- How each variant and each language of a campaign's message fared.
-- @module crier.journal.shares
local shares = {}

local shares_methods = {}
local shares_mt = { __name = "crier.shares", __index = shares_methods }

--- Used by `crier.journal` alone.
function shares.new(journal)
  return setmetatable({ db = journal.db }, shares_mt)
end

-- Whoever was sent to has a variant or language, where there are any: of a
-- campaign without, one row is read.
local SOMEBODY = "SELECT variant, language FROM target WHERE campaign = ? AND step = 'send'"
  .. " AND (attempts > 0 OR state = 'delivered') LIMIT 1"
local COUNTS = "SELECT variant, language, state, phase = 'intent' AS intent, count(*) AS n"
  .. " FROM target WHERE campaign = ? AND step = 'send'"
  .. " AND (variant IS NOT NULL OR language IS NOT NULL) GROUP BY 1, 2, 3, 4"

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
  local somebody = self.db:row(SOMEBODY, campaign)
  if not somebody or not (somebody.variant or somebody.language) then
    return {}
  end
  local variants, languages = {}, {}
  for _, row in ipairs(self.db:rows(COUNTS, campaign)) do
    local state = dead and row.intent == 1 and "unknown" or row.state
    add(variants, row.variant, state, row.n)
    add(languages, row.language, state, row.n)
  end
  return { variants = in_order(variants), languages = in_order(languages) }
end

return shares
