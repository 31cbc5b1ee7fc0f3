--- Dates and times. A timestamp is text as JavaScript's `toISOString` writes it.
-- @module crier.template.functions.date
local calendar = require "crier.template.calendar"
local dateformat = require "crier.template.dateformat"
local moments = require "crier.template.moments"
local semantics = require "crier.template.semantics"
local value = require "crier.template.value"
local verify = require "crier.template.functions.verify"

local group = {}

local is_integer, is_number = semantics.is_integer, semantics.is_number
local timestamp, written = moments.timestamp, moments.written
local shown = semantics.shown

-- Adds to one field; a part of a unit is dropped with what the field had.
local function add_to(unit, field)
  return { least = 2, most = 4, returns = "s", takes = "snss",
    fn = function(args, env, n)
      if type(args[1]) ~= "string" or not is_number(args[2]) then
        return nil, "a timestamp and a number are needed"
      end
      local ms, err = timestamp(args[1])
      if not ms then
        return nil, err
      end
      local now = calendar.fields(ms)[field]
      local sum = now + args[2]
      sum = sum < 0 and math.ceil(sum) or math.floor(sum)
      return written(ms + (sum - now) * unit, args, n, 4, env)
    end }
end

group.addDays = add_to(calendar.DAY, "day")
group.addHours = add_to(calendar.HOUR, "hour")
group.addMinutes = add_to(calendar.MINUTE, "minute")
group.addSeconds = add_to(1000, "second")

local UNITS = { Day = calendar.DAY, Week = 7 * calendar.DAY, Second = 1000,
  Minute = calendar.MINUTE, Hour = calendar.HOUR }
local MONTHS = { Month = 1, Year = 12 }

local function shift(ms, count, unit)
  if MONTHS[unit] then
    return calendar.add_months(ms, count * MONTHS[unit])
  end
  -- The reference implementation takes an unknown unit for milliseconds.
  return ms + count * (UNITS[unit] or 1)
end

local function interval(sign, is_strict)
  return { least = 3, most = 5, returns = "s", takes = "snsss",
    fn = function(args, env, n)
      local ms, err = timestamp(args[1])
      local unit = args[3]
      if type(args[1]) ~= "string" or not is_integer(args[2])
        or type(unit) ~= "string" then
        return nil, "a timestamp, a whole number and a unit are needed"
      elseif is_strict and not (UNITS[unit] or MONTHS[unit]) then
        return nil, shown(unit) .. " is no unit of time"
      elseif not ms then
        return nil, err
      end
      return written(shift(ms, sign * args[2], unit), args, n, 5, env)
    end }
end

group.addToTime = interval(1, false)
group.subtractFromTime = interval(-1, true)

local function from_now(sign)
  return { least = 2, most = 4, returns = "s", takes = "nsss",
    fn = function(args, env, n)
      local count, unit = args[1], args[2]
      if not is_integer(count) or type(unit) ~= "string" then
        return nil, "a whole number and a unit of time are needed"
      elseif not (UNITS[unit] or MONTHS[unit]) then
        return nil, shown(unit) .. " is no unit of time"
      end
      return written(shift(env.now_ms, sign * count, unit), args, n, 4, env)
    end }
end

group.getFutureTime = from_now(1)
group.getPastTime = from_now(-1)

group.utcNow = { least = 0, most = 2, returns = "s", takes = "ss",
  fn = function(args, env, n)
    return written(env.now_ms, args, n, 2, env)
  end }

local function start_of(round)
  return { least = 1, most = 3, returns = "s", takes = "sss",
    fn = function(args, env, n)
      local ms, err = timestamp(args[1])
      if not ms then
        return nil, err
      end
      return written(round(ms), args, n, 3, env)
    end }
end

group.startOfDay = start_of(function(ms)
  return ms - ms % calendar.DAY
end)
group.startOfHour = start_of(function(ms)
  return ms - ms % calendar.HOUR
end)
group.startOfMonth = start_of(function(ms)
  local f = calendar.fields(ms)
  return calendar.ms(f.year, f.month, 1)
end)

local function part_of(returns, take)
  return { least = 1, most = 1, returns = returns, takes = "s",
    verify = verify.text, fn = function(args)
      local ms, err = timestamp(args[1])
      if not ms then
        return nil, err
      end
      return take(calendar.fields(ms), ms)
    end }
end

group.date = part_of("s", function(f)
  return dateformat.write(f, "M/DD/YYYY")
end)
group.dayOfMonth = part_of("n", function(f)
  return f.day
end)
group.dayOfWeek = part_of("n", function(f)
  return f.weekday
end)
group.dayOfYear = part_of("n", function(f)
  return calendar.days(f.year, f.month, f.day) - calendar.days(f.year, 1, 1) + 1
end)
group.month = part_of("n", function(f)
  return f.month
end)
group.year = part_of("n", function(f)
  return f.year
end)

local function time_of_day(f)
  local time = f.hour * 100 + f.minute
  return time == 0 and "midnight" or time < 1200 and "morning"
    or time == 1200 and "noon" or time < 1800 and "afternoon"
    or time <= 2200 and "evening" or "night"
end

group.getTimeOfDay = part_of("s", time_of_day)
group.getTimeOfDay.fn = function(args)
  local ms, err = timestamp(args[1])
  if not ms then
    -- What convertFromUTC writes is taken as well.
    ms = args[1]:match "0000$" and timestamp(args[1]:gsub("0000$", "Z") .. "")
  end
  return ms and time_of_day(calendar.fields(ms)) or nil, not ms and err or nil
end

group.dateTimeDiff = { least = 2, most = 2, returns = "n", takes = "s*",
  fn = function(args)
    local first, err = timestamp(args[1])
    local second
    if first then
      second, err = timestamp(args[2])
    end
    if not second then
      return nil, err
    end
    return (first - second) * 10000.0
  end }

group.isDateTime = { least = 1, most = 1, returns = "b", fn = function(args)
  return type(args[1]) == "string" and timestamp(args[1]) ~= nil
end }

group.formatDateTime = { least = 1, most = 3, returns = "s", takes = "sss",
  fn = function(args, env, n)
    if type(args[1]) ~= "string" then
      return nil, shown(args[1]) .. " is not a date and time"
    end
    local ms = calendar.parse(args[1])
    if not ms then
      return nil, shown(args[1]) .. " is not a date and time"
    end
    return written(ms, args, n, 3, env)
  end }

group.formatEpoch = { least = 1, most = 3, returns = "s", takes = "nss",
  fn = function(args, env, n)
    if not is_number(args[1]) then
      return nil, shown(args[1]) .. " is not a number"
    end
    local ms = args[1] * 1000
    return written(ms < 0 and math.ceil(ms) or math.floor(ms), args, n, 3, env)
  end }

group.formatTicks = { least = 1, most = 3, returns = "s", takes = "nss",
  fn = function(args, env, n)
    local digits = value.big_text(args[1]) or is_integer(args[1])
      and ("%.0f"):format(args[1]) or args[1]
    local ms = type(digits) == "string" and moments.from_ticks(digits)
    if not ms then
      return nil, shown(args[1]) .. " is no number of ticks"
    end
    return written(ms, args, n, 3, env)
  end }

group.ticks = { least = 1, most = 1, returns = "n", takes = "s",
  fn = function(args)
    local ms, err = timestamp(args[1])
    if not ms then
      return nil, err
    end
    return value.big(moments.ticks(ms))
  end }

local function ticks_to(unit)
  return { least = 1, most = 1, returns = "n", takes = "n", fn = function(args)
    local digits = value.big_text(args[1])
    local count = digits and tonumber(digits .. ".0") or args[1]
    if not is_integer(count) then
      return nil, shown(args[1]) .. " is no number of ticks"
    end
    return count / unit
  end }
end

group.ticksToDays = ticks_to(864000000000)
group.ticksToHours = ticks_to(36000000000)
group.ticksToMinutes = ticks_to(600000000)

group.convertFromUTC = { least = 2, most = 4, returns = "s", takes = "ssss",
  fn = function(args, env, n)
    local ms, err = timestamp(args[1])
    if not ms or type(args[2]) ~= "string" then
      return nil, err or shown(args[2]) .. " is no time zone"
    end
    local offset
    offset, err = moments.offset(env, args[2], ms)
    if not offset then
      return nil, err
    end
    local format, locale = moments.form(args, n, 4, env, dateformat.LOCAL)
    return dateformat.write(calendar.fields(ms, offset), format, locale)
  end }

group.convertToUTC = { least = 2, most = 4, returns = "s", takes = "ssss",
  fn = function(args, env, n)
    local there = type(args[1]) == "string" and calendar.parse(args[1])
    if not there or type(args[2]) ~= "string" then
      return nil, shown(there and args[2] or args[1])
        .. (there and " is no time zone" or " is not a date and time")
    end
    local ms, err = moments.to_utc(env, args[2], there)
    if not ms then
      return nil, err
    end
    -- The reference implementation loses what is below a second.
    return written(ms - ms % 1000, args, n, 4, env)
  end }

return group
