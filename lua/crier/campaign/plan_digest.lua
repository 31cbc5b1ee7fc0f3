--- The digest of a plan: what `plan` shows and somebody else signs.
--
-- It holds what decides whom a campaign reaches with what: the content (script,
-- modules, cards, csv and jsonl files), name and action, and where it goes
-- (tenant, app, cloud). How many people a directory has just now is not in it:
-- that changes by the hour, and is what `expect` is for.
-- @module crier.campaign.plan_digest
local core = require "crier.core"

local plan_digest = {}

local PARTS = { "digest", "name", "action", "tenant", "app", "cloud" }
local SHORT = 12

--- The digest of a campaign.
-- @tparam table planned `digest` (of the content), `name`, `action`, `tenant`, `app`,
--   `cloud`: what a run has before it plans, or the journal's row of a campaign
-- @treturn string hexadecimal SHA-256
function plan_digest.of(planned)
  local parts = { "crier plan" }
  for i, part in ipairs(PARTS) do
    parts[i + 1] = assert(planned[part], part)
  end
  return core.text.sha256(table.concat(parts, "\0"))
end

--- The beginning of a digest, for people to compare.
-- @tparam string digest
-- @treturn string 12 characters
function plan_digest.short(digest)
  return digest:sub(1, SHORT)
end

return plan_digest
