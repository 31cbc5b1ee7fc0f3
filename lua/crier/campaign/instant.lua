--- Moments as campaigns write them: a date, a time, and always a zone.
--
--     2026-12-01T09:00:00+01:00
--     2026-12-01T08:00Z
--     2026-12-01 09:00 Europe/Berlin
-- @module crier.campaign.instant
local calendar = require "crier.template.calendar"

local instant = {}

local FORM = "write \"2026-12-01 09:00 Europe/Berlin\", \"2026-12-01T09:00:00+01:00\""
  .. " or \"2026-12-01T08:00:00Z\""

-- The time that is shown, as if it were UTC, and what follows it.
local function read_shown(text)
  local year, month, day, hour, minute, rest =
    text:match "^(%d%d%d%d)%-(%d%d)%-(%d%d)[T ](%d%d):(%d%d)(.*)$"
  if not year then
    return nil
  end
  local second, after = rest:match "^:(%d%d)(.*)$"
  if second then
    rest = after:gsub("^%.%d+", "")
  end
  local shown = calendar.ms(tonumber(year), tonumber(month), tonumber(day),
    tonumber(hour), tonumber(minute), tonumber(second or 0))
  -- The 30th of February would have become the 2nd of March.
  if calendar.iso(shown):sub(1, 16) ~= ("%s-%s-%sT%s:%s"):format(year, month, day,
    hour, minute) or tonumber(second or 0) > 59 then
    return nil
  end
  return shown, rest:match "^%s*(.-)%s*$"
end

local function fixed_offset(text)
  if text == "Z" or text == "UTC" then
    return 0
  end
  local sign, hours, minutes = text:match "^([+-])(%d%d):(%d%d)$"
  if not sign or tonumber(hours) > 18 or tonumber(minutes) > 59 then
    return nil
  end
  local ms = tonumber(hours) * calendar.HOUR + tonumber(minutes) * calendar.MINUTE
  return sign == "-" and -ms or ms
end

local function in_named_zone(zones, shown, name, text)
  local found, problem = zones:open(name)
  if not found then
    return nil, problem
  end
  local moments = zones:moments(name, shown)
  if #moments == 1 then
    return moments[1], name
  end
  return nil, ("%s %s there: write it with its distance from UTC, as in"
    .. " \"2026-12-01T09:00:00+01:00\""):format(text:sub(1, 16), #moments == 0
      and "is skipped when the clocks go forward" or "comes twice when the clocks"
        .. " go back")
end

--- Reads a moment.
-- @param text
-- @tparam crier.campaign.zones zones
-- @treturn[1] integer milliseconds since 1970
-- @treturn[1] ?string the zone, where it has a name
-- @treturn[2] nil
-- @treturn[2] string what is wrong, and what to write
function instant.parse(text, zones)
  if type(text) ~= "string" then
    return nil, "it is a " .. type(text) .. ": " .. FORM
  end
  local shown, rest = read_shown(text)
  if not shown then
    return nil, ("'%s' is no date and time: %s"):format(text, FORM)
  elseif rest == "" then
    return nil, ("'%s' has no zone: %s"):format(text, FORM)
  end
  local offset = fixed_offset(rest)
  if offset then
    return shown - offset
  elseif not rest:find "^%a" then
    return nil, ("'%s' has no zone that can be read: %s"):format(text, FORM)
  end
  return in_named_zone(zones, shown, rest, text)
end

return instant
