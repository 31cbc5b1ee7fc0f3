--- How many may fail or stay unknown in a campaign that still ends well.
-- @module crier.campaign.tolerance
local amount = require "crier.format.amount"
local suggest = require "crier.suggest"

local tolerance = {}

local STATES = { "failed", "unknown" }

local function is_limit(value)
  if type(value) == "number" then
    return value >= 0 and value % 1 == 0
  end
  return amount.share(value) ~= nil
end

--- Checks the option `tolerate`.
-- @param value
-- @treturn ?string what is wrong with it
function tolerance.check(value)
  if value == nil then
    return nil
  elseif type(value) ~= "table" then
    return 'tolerate takes { failed = "2%", unknown = 3 }'
  end
  for _, state in ipairs(STATES) do
    if value[state] ~= nil and not is_limit(value[state]) then
      return ('tolerate: %s must be a count or a share, such as 3 or "2%%"'):format(state)
    end
  end
  return suggest.unknown_key("tolerate", value, STATES)
end

--- Whether a ledger keeps to it. A share is one of those who were to be reached:
-- targeted, less who was excluded.
-- @tparam ?table tolerate checked; nil tolerates nobody
-- @tparam table found from `crier.campaign.ledger`
-- @treturn boolean
function tolerance.holds(tolerate, found)
  local base = found.targeted - found.excluded
  for _, state in ipairs(STATES) do
    local limit = tolerate and tolerate[state] or 0
    local share = amount.share(limit)
    if found[state] > (share and share * base or limit) then
      return false
    end
  end
  return true
end

return tolerance
