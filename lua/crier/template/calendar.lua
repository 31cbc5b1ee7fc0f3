--- Days, months and years: milliseconds since 1970 and back (proleptic Gregorian
-- calendar), and the texts that stand for them.
-- @module crier.template.calendar
local calendar = {}

local floor = math.floor

--- Milliseconds of a day.
calendar.DAY = 86400000
--- Milliseconds of an hour.
calendar.HOUR = 3600000
--- Milliseconds of a minute.
calendar.MINUTE = 60000
--- How far from 1970 a date may be, milliseconds: JavaScript's limit.
calendar.LIMIT = 8.64e15

--- Counts the days from 1970-01-01.
-- @tparam integer year
-- @tparam integer month 1 is January; others overflow into other years
-- @tparam integer day others overflow as well
-- @treturn integer
function calendar.days(year, month, day)
  year, month = year + floor((month - 1) / 12), (month - 1) % 12 + 1
  if month <= 2 then
    year, month = year - 1, month + 12
  end
  local era = floor(year / 400)
  local of_era = year - era * 400
  local of_year = floor((153 * (month - 3) + 2) / 5) + day - 1
  return era * 146097 + of_era * 365 + floor(of_era / 4) - floor(of_era / 100)
    + of_year - 719468
end

--- Takes a moment apart.
-- @tparam integer ms since 1970
-- @tparam[opt=0] integer offset minutes east of Greenwich
-- @treturn table `year month day hour minute second ms weekday offset`; the
--   weekday of Sunday is 0
function calendar.fields(ms, offset)
  offset = offset or 0
  local at = ms + offset * calendar.MINUTE
  local days = floor(at / calendar.DAY)
  local rest = at - days * calendar.DAY
  local shifted = days + 719468
  local era = floor(shifted / 146097)
  local of_era = shifted - era * 146097
  local year = floor((of_era - floor(of_era / 1460) + floor(of_era / 36524)
    - floor(of_era / 146096)) / 365)
  local of_year = of_era - (365 * year + floor(year / 4) - floor(year / 100))
  local month = floor((5 * of_year + 2) / 153)
  local day = of_year - floor((153 * month + 2) / 5) + 1
  month = month < 10 and month + 3 or month - 9
  return {
    year = year + era * 400 + (month <= 2 and 1 or 0), month = month, day = day,
    hour = floor(rest / calendar.HOUR), minute = floor(rest / 60000) % 60,
    second = floor(rest / 1000) % 60, ms = floor(rest % 1000),
    weekday = (days + 4) % 7, offset = offset,
  }
end

--- Puts a moment together.
-- @tparam integer year
-- @tparam integer month
-- @tparam integer day
-- @tparam[opt=0] number hour
-- @tparam[opt=0] number minute
-- @tparam[opt=0] number second
-- @tparam[opt=0] number ms
-- @treturn integer milliseconds since 1970
function calendar.ms(year, month, day, hour, minute, second, ms)
  return calendar.days(year, month, day) * calendar.DAY
    + (hour or 0) * calendar.HOUR + (minute or 0) * calendar.MINUTE
    + (second or 0) * 1000 + (ms or 0)
end

--- Tells whether a year has a 29th of February.
-- @tparam integer year
-- @treturn boolean
function calendar.is_leap(year)
  return year % 4 == 0 and year % 100 ~= 0 or year % 400 == 0
end

--- Adds months; a day that the month has not becomes its last.
-- @tparam integer ms
-- @tparam integer months
-- @treturn integer
function calendar.add_months(ms, months)
  local f = calendar.fields(ms)
  local first = calendar.days(f.year, f.month + months, 1)
  local length = calendar.days(f.year, f.month + months + 1, 1) - first
  return (first + math.min(f.day, length) - 1) * calendar.DAY + ms % calendar.DAY
end

--- Writes a moment as JavaScript's `toISOString`.
-- @tparam integer ms
-- @treturn ?string nil outside of what dates can be
function calendar.iso(ms)
  if ms ~= ms or math.abs(ms) > calendar.LIMIT then
    return nil
  end
  local f = calendar.fields(ms)
  local year = (f.year < 0 or f.year > 9999)
    and ("%s%06d"):format(f.year < 0 and "-" or "+", math.abs(f.year))
    or ("%04d"):format(f.year)
  return ("%s-%02d-%02dT%02d:%02d:%02d.%03dZ"):format(year, f.month, f.day,
    f.hour, f.minute, f.second, f.ms)
end

local function in_range(month, day, hour, minute, second)
  return month >= 1 and month <= 12 and day >= 1 and day <= 31 and hour <= 24
    and minute <= 59 and second <= 59
    and (hour < 24 or minute == 0 and second == 0)
end

-- Seconds east of Greenwich, nil if the text is no zone.
local function zone_offset(text)
  if text == "" or text:upper() == "Z" or text:upper() == "GMT"
    or text:upper() == "UTC" then
    return 0
  end
  local sign, hours, minutes = text:match "^([+-])(%d%d):?(%d%d)$"
  if not sign then
    return nil
  end
  local offset = tonumber(hours) * 60 + tonumber(minutes)
  return (sign == "-" and -offset or offset) * calendar.MINUTE
end

local function assemble(year, month, day, time, zone)
  local hour, minute, second, fraction = 0, 0, 0, ""
  if time ~= "" then
    local rest
    hour, minute, rest = time:match "^(%d%d?):(%d%d)(.*)$"
    if not hour then
      return nil
    end
    second, fraction = rest:match "^:(%d%d)%.?(%d*)$"
    if not second and rest ~= "" then
      return nil
    end
    hour, minute = tonumber(hour), tonumber(minute)
    second, fraction = tonumber(second or 0), fraction or ""
  end
  year, month, day = tonumber(year), tonumber(month), tonumber(day)
  local offset = zone_offset(zone)
  if not offset or not in_range(month, day, hour, minute, second) then
    return nil
  end
  local ms = tonumber((fraction .. "000"):sub(1, 3))
  return calendar.ms(year, month, day, hour, minute, second, ms) - offset
end

local MONTHS = {}
for i, name in ipairs { "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug",
  "sep", "oct", "nov", "dec" } do
  MONTHS[name] = i
end

-- `March 15, 2018 10:00 GMT`, `15 Mar 2018`, with a weekday before or not.
local function parse_named(text)
  text = text:gsub("^%a+,%s*", "")
  local name, day, year, rest = text:match "^(%a+)%.?%s+(%d%d?),?%s+(%d%d%d%d)(.*)$"
  if not name then
    day, name, year, rest = text:match "^(%d%d?)%s+(%a+)%.?,?%s+(%d%d%d%d)(.*)$"
  end
  local month = name and #name >= 3 and MONTHS[name:sub(1, 3):lower()]
  if not month then
    return nil
  end
  local time, zone = rest:match "^%s*([%d:.]*)%s*(.-)$"
  return assemble(year, month, day, time, zone)
end

--- Reads a moment: the forms of ISO 8601 that JavaScript reads, and the usual
-- ones with slashes or with the name of a month. What has no zone is UTC.
-- @tparam string text
-- @treturn ?integer milliseconds since 1970
function calendar.parse(text)
  local year, month, day, rest = text:match "^%s*(%d%d%d%d)%-(%d%d)%-(%d%d)(.*)$"
  if not year then
    year, month, rest = text:match "^(%d%d%d%d)%-(%d%d)(Z?)$"
    day = 1
  end
  if not year then
    year, rest = text:match "^(%d%d%d%d)(Z?)$"
    month, day = 1, 1
  end
  if not year then
    year, month, day, rest = text:match "^%s*(%d%d%d%d)/(%d%d?)/(%d%d?)(.*)$"
  end
  if not year then
    month, day, year, rest = text:match "^%s*(%d%d?)/(%d%d?)/(%d%d%d%d)(.*)$"
  end
  if not year then
    return parse_named(text)
  end
  if rest:find "^[Tt]$" then
    return nil
  end
  local time, zone = rest:match "^[Tt%s]?%s*([%d:.]*)%s*(.-)%s*$"
  return assemble(year, month, day, time, zone)
end

return calendar
