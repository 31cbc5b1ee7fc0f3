--- What functions of dates share: timestamps, ticks, formats and zones.
-- @module crier.template.moments
local calendar = require "crier.template.calendar"
local dateformat = require "crier.template.dateformat"
local semantics = require "crier.template.semantics"
local zone = require "crier.template.zone"

local moments = {}

-- Milliseconds from the first day of the year 1 to 1970.
local TO_1970 = 62135596800000

--- Reads a timestamp: text as `toISOString` writes it, to the letter.
-- @param text
-- @treturn[1] integer milliseconds since 1970
-- @treturn[2] nil
-- @treturn[2] string message
function moments.timestamp(text)
  local ms = type(text) == "string" and text:find "Z$" and calendar.parse(text)
  if not ms or calendar.iso(ms) ~= text then
    return nil, semantics.shown(text)
      .. " is no timestamp such as 2027-03-28T09:30:00.000Z"
  end
  return ms
end

--- The format and the locale among the last arguments of a call.
-- @tparam table args
-- @tparam integer n how many there are
-- @tparam integer most how many there may be
-- @tparam table env
-- @tparam[opt] string default
-- @treturn string format of dayjs
-- @treturn ?string locale
function moments.form(args, n, most, env, default)
  local format, locale = default or dateformat.DEFAULT, env.locale
  if n == most and type(args[n]) == "string" and type(args[n - 1]) == "string" then
    format, locale = dateformat.translate(args[n - 1]), args[n]
  elseif n == most - 1 and type(args[n]) == "string" then
    format = dateformat.translate(args[n])
  end
  return format, locale
end

--- Writes a moment in UTC as the last arguments of a call say.
-- @tparam number ms
-- @tparam table args
-- @tparam integer n
-- @tparam integer most
-- @tparam table env
-- @treturn[1] string
-- @treturn[2] nil
-- @treturn[2] string message
function moments.written(ms, args, n, most, env)
  if ms ~= ms or math.abs(ms) > calendar.LIMIT then
    return nil, "this date is out of range"
  end
  local format, locale = moments.form(args, n, most, env)
  return dateformat.write(calendar.fields(ms), format, locale)
end

--- Ticks of a moment: tenths of a microsecond since the year 1.
-- @tparam integer ms
-- @treturn string digits
function moments.ticks(ms)
  local since = ms + TO_1970
  return since == 0 and "0" or ("%.0f0000"):format(since)
end

--- The moment of ticks.
-- @tparam string digits
-- @treturn ?integer milliseconds since 1970
function moments.from_ticks(digits)
  local sign, number = digits:match "^(%-?)(%d+)$"
  if not number or #number > 19 then
    return nil
  end
  local since = tonumber("0" .. number:sub(1, -5))
  local ms = (sign == "-" and -since or since) - TO_1970
  local is_cut = number:sub(-4):find "[1-9]"
  return ms < 0 and is_cut and ms + 1 or ms
end

-- Zones that one template has opened.
local function open(env, name)
  local zones = env.zones or {}
  env.zones = zones
  if zones[name] == nil then
    zones[name] = zone.open(name) or false
  end
  return zones[name] or nil, semantics.shown(name) .. " is no time zone"
end

--- How far a zone is from Greenwich.
-- @tparam table env
-- @tparam string name
-- @tparam integer ms
-- @treturn[1] number minutes east
-- @treturn[2] nil
-- @treturn[2] string message
function moments.offset(env, name, ms)
  local found, err = open(env, name)
  if not found then
    return nil, err
  end
  return zone.offset(found, ms)
end

--- The moment at which clocks of a zone show a time. What they show twice, or
-- never, goes by the offset that holds now, as in the reference implementation.
-- @tparam table env
-- @tparam string name
-- @tparam integer there milliseconds since 1970 as if in UTC
-- @treturn[1] integer milliseconds since 1970
-- @treturn[2] nil
-- @treturn[2] string message
function moments.to_utc(env, name, there)
  local found, err = open(env, name)
  if not found then
    return nil, err
  end
  local minute = calendar.MINUTE
  local guess = zone.offset(found, env.now_ms)
  local ms = there - guess * minute
  local second = zone.offset(found, ms)
  if guess == second then
    return ms
  end
  ms = there - second * minute
  local third = zone.offset(found, ms)
  if second == third then
    return ms
  end
  return there - math.min(second, third) * minute
end

return moments
