--- The day, for the names of campaigns that recur: `"digest-" .. crier.today
-- "Europe/Berlin"`.
-- @module crier.campaign.today
local zones = require "crier.campaign.zones"

local today = {}

--- Makes `crier.today` by a clock.
-- @tparam function now gives milliseconds since 1970
-- @treturn function called with the name of a zone, which has to be given, and the
--   level that errors name; gives a text such as `2026-11-22`
function today.by(now)
  return function(zone, level)
    if type(zone) ~= "string" then
      error("crier.today takes a time zone: crier.today \"Europe/Berlin\"", level or 2)
    end
    local known = zones.new()
    local found, problem = known:open(zone)
    if not found then
      error("crier.today: " .. problem, level or 2)
    end
    return known:day(zone, now())
  end
end

return today
