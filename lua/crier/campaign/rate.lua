--- How fast a campaign may go below Teams' limits: what it does to people, such as
-- sending, is spread evenly. The budgets hold in any case.
-- @module crier.campaign.rate
local rate = {}

local rate_methods = {}
local rate_mt = { __name = "crier.rate", __index = rate_methods }

-- What waits for longer than a minute is a campaign that waits.
local LEAST, MOST = 0.02, 10000
local LONGEST = 20 -- digits that somebody types
local PROBLEM = "rate must be a number of messages a second, such as 10, from 0.02 on"

--- Checks the option `rate`.
-- @param value
-- @treturn ?string the problem
function rate.check(value)
  if value ~= nil and (type(value) ~= "number" or not (value >= LEAST and value <= MOST)) then
    return PROBLEM
  end
end

--- Reads a rate as it is typed.
-- @tparam string word a number, or `full`
-- @treturn[1] ?number messages a second; nil for `full`
-- @treturn[2] boolean false
-- @treturn[2] string message
function rate.parse(word)
  if word == "full" then
    return nil
  end
  local value = #word <= LONGEST and word:find "^%d+%.?%d*$" and tonumber(word)
  if not value or rate.check(value) then
    return false, ("'%s' is no rate: it is a number of messages a second, such as 10"
      .. " (from 0.02 on), or full"):format(word)
  end
  return value
end

--- A rate in words.
-- @tparam ?number per_second nil for as fast as Teams allows
-- @treturn string
function rate.text(per_second)
  return per_second and ("%.14g a second"):format(per_second)
    or "as fast as Teams allows"
end

--- Creates a pace.
-- @tparam ?number per_second nil for as fast as Teams allows
-- @treturn crier.rate with `per_second`
function rate.new(per_second)
  return setmetatable({ per_second = per_second, last_ms = 0 }, rate_mt)
end

--- Sets another rate, which holds from the last message on.
-- @tparam ?number per_second
-- @treturn boolean whether it was another one
function rate_methods:set(per_second)
  local is_new = per_second ~= self.per_second
  self.per_second = per_second
  return is_new
end

--- When the next message may leave.
-- @treturn number milliseconds since 1970; 0 when nothing holds it back
function rate_methods:next_ms()
  return self.per_second and self.last_ms + 1000 / self.per_second or 0
end

--- Notes when a message is to leave.
-- @tparam number at_ms
function rate_methods:took(at_ms)
  self.last_ms = at_ms
end

return rate
