--- What a call to the directory costs, in resource units.
-- Figures: "Identity and access service limits" of Microsoft Graph.
-- @module crier.simulator.units
local units = {}

--- Makes the cost of a kind of call: its base, one less with `$select`, one
-- more with `$expand`, one less for a page below 20; never below 1.
-- @tparam number base
-- @treturn function cost(call) -> number
function units.of(base)
  return function(call)
    local query, cost = call.query, base
    if query["$select"] then cost = cost - 1 end
    if query["$expand"] then cost = cost + 1 end
    if base > 1 and (tonumber(query["$top"]) or 100) < 20 then cost = cost - 1 end
    return math.max(1, cost)
  end
end

return units
