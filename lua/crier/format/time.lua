--- Times and spans as people and programs read them.
-- @module crier.format.time
local time = {}

local MINUTE, HOUR = 60, 3600
local LONGEST = 2 ^ 31 -- a number that can be written as a whole one

--- An instant as RFC 3339 in UTC, with milliseconds.
-- @tparam ?number ms milliseconds since 1970
-- @treturn ?string nil for nil
function time.iso(ms)
  if not ms then
    return nil
  end
  local seconds = math.floor(ms / 1000)
  return os.date("!%Y-%m-%dT%H:%M:%S", seconds)
    .. (".%03dZ"):format(math.floor(ms % 1000))
end

-- Days since 1970 of a date of the Gregorian calendar.
local function days_since_1970(year, month, day)
  if month <= 2 then
    year, month = year - 1, month + 12
  end
  return 365 * year + math.floor(year / 4) - math.floor(year / 100) + math.floor(year / 400)
    + math.floor((153 * (month - 3) + 2) / 5) + day - 719469
end

--- Reads an instant in UTC, as Microsoft's services write it.
-- @tparam any text such as `2027-01-31T09:30:00.1234567Z`
-- @treturn ?integer milliseconds since 1970; nil when it is no such text
function time.parse(text)
  if type(text) ~= "string" then
    return nil
  end
  local year, month, day, hour, minute, second, rest =
    text:match "^(%d%d%d%d)%-(%d%d)%-(%d%d)T(%d%d):(%d%d):(%d%d)(.*)$"
  local fraction = rest and (rest == "Z" and "0" or rest:match "^%.(%d+)Z$")
  if not fraction then
    return nil
  end
  local days = days_since_1970(tonumber(year), tonumber(month), tonumber(day))
  local seconds = ((days * 24 + hour) * 60 + minute) * 60 + second
  return math.floor(seconds * 1000) + math.floor(tonumber((fraction .. "00"):sub(1, 3)))
end

--- An instant for people, to the second.
-- @tparam string iso from `time.iso`
-- @treturn string such as `2027-01-31 09:30:00 UTC`
function time.stamp(iso)
  return (iso:gsub("T", " "):gsub("%.%d+Z$", " UTC"))
end

--- A span in the two largest units that matter, rounded up to whole seconds.
-- @tparam number seconds
-- @treturn string such as `42 s`, `3 min 05 s`, `2 h 10 min`
function time.span(seconds)
  local whole = math.ceil(math.min(math.max(seconds, 0), LONGEST))
  if whole < MINUTE then
    return ("%d s"):format(whole)
  elseif whole < HOUR then
    return ("%d min %02d s"):format(math.floor(whole / MINUTE), whole % MINUTE)
  end
  return ("%d h %02d min"):format(math.floor(whole / HOUR),
    math.floor(whole % HOUR / MINUTE))
end

--- A span that is an estimate: seconds are left out from ten minutes on.
-- @tparam number seconds
-- @treturn string such as `3 min 05 s`, `42 min`, `2 h 10 min`
function time.about(seconds)
  if seconds < 10 * MINUTE or seconds >= HOUR then
    return time.span(seconds)
  end
  return ("%d min"):format(math.floor(seconds / MINUTE))
end

return time
