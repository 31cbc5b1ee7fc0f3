--- Times and spans as people and programs read them.
-- @module crier.report.time
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
