--- Amounts that a script writes as text: spans of time such as `30m`, and shares
-- such as `2%`.
-- @module crier.format.amount
local amount = {}

local UNITS_MS = { s = 1000, m = 60000, h = 3600000, d = 86400000 }
local WORDS = { { "day", UNITS_MS.d }, { "hour", UNITS_MS.h },
  { "minute", UNITS_MS.m }, { "second", UNITS_MS.s } }
local LONGEST_MS = 366 * UNITS_MS.d

--- Reads a span of time.
-- @param value such as `90s`, `30m`, `2h`, `7d`; a year at most
-- @treturn ?integer milliseconds; nil when it is none
function amount.ms(value)
  if type(value) ~= "string" then
    return nil
  end
  local digits, unit = value:match "^(%d+)%s*([smhd])$"
  local ms = digits and tonumber(digits) * UNITS_MS[unit]
  return ms and ms <= LONGEST_MS and ms or nil
end

--- Reads a share.
-- @param value such as `2%` or `0.5%`; 100% at most
-- @treturn ?number from 0 to 1; nil when it is none
function amount.share(value)
  if type(value) ~= "string" then
    return nil
  end
  local digits = value:match "^(%d+%.?%d*)%s*%%$"
  local share = digits and tonumber(digits) / 100
  return share and share <= 1 and share or nil
end

--- A span in the largest unit that it is a whole number of.
-- @tparam integer ms whole seconds
-- @treturn string such as `7 days`, `90 minutes`, `1 hour`
function amount.span(ms)
  for _, word in ipairs(WORDS) do
    if ms >= word[2] and ms % word[2] == 0 then
      local n = ms / word[2]
      return ("%d %s%s"):format(n, word[1], n == 1 and "" or "s")
    end
  end
  return ("%d seconds"):format(math.ceil(ms / 1000))
end

--- A share for people.
-- @tparam number share
-- @treturn string such as `2%`, `0.5%`, at most one decimal
function amount.percent(share)
  return (("%.1f"):format(share * 100):gsub("%.0$", "")) .. "%"
end

return amount
