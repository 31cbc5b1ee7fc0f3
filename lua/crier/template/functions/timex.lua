--- Timex expressions, and the dates and times that they lead to.
-- @module crier.template.functions.timex
local calendar = require "crier.template.calendar"
local moments = require "crier.template.moments"
local semantics = require "crier.template.semantics"
local timex = require "crier.template.timex"
local verify = require "crier.template.functions.verify"

local group = {}

local shown = semantics.shown

-- A timex is text, or an object of its fields.
local function read(any)
  if type(any) == "string" then
    return timex.parse(any)
  elseif type(any) == "table" and next(any) ~= nil then
    return any
  end
  return nil, shown(any) .. " is no timex expression"
end

local function question(test)
  return { least = 1, most = 1, returns = "b", fn = function(args)
    local t, err = read(args[1])
    if not t then
      return nil, err
    end
    return test(t)
  end }
end

group.isPresent = question(timex.is.present)
group.isDefinite = question(timex.is.definite)
group.isDate = question(timex.is.date)
group.isDateRange = question(timex.is.date_range)
group.isDuration = question(timex.is.duration)
group.isTime = question(timex.is.time)
group.isTimeRange = question(timex.is.time_range)

group.resolve = { least = 1, most = 1, returns = "s", fn = function(args)
  local t, err = read(args[1])
  if not t then
    return nil, err
  end
  return timex.resolve(t)
end }

-- What clocks of the zone in the second argument show now.
local function now_there(args, env)
  local offset, err = 0, nil
  if type(args[2]) == "string" then
    offset, err = moments.offset(env, args[2], env.now_ms)
  end
  return offset and calendar.fields(env.now_ms, offset), err
end

-- `is_over(date, today)` tells that the date of this year is the wrong one.
local function viable_date(step, is_over)
  return { least = 1, most = 2, returns = "s", takes = "ss",
    fn = function(args, env)
      local t, err = read(args[1])
      if not t or t.year or not t.month or not t.dayOfMonth then
        return nil, err or shown(args[1])
          .. " is no month and day such as XXXX-10-31"
      end
      local now
      now, err = now_there(args, env)
      if not now then
        return nil, err
      end
      local year = now.year
      if is_over(t.month * 100 + t.dayOfMonth, now.month * 100 + now.day) then
        year = year + step
      end
      while t.month == 2 and t.dayOfMonth == 29 and not calendar.is_leap(year) do
        year = year + step
      end
      local f = calendar.fields(calendar.ms(year, t.month, t.dayOfMonth))
      return timex.date(f.year, f.month, f.day)
    end }
end

group.getNextViableDate = viable_date(1, function(date, today)
  return date < today
end)
group.getPreviousViableDate = viable_date(-1, function(date, today)
  return date >= today
end)

local function viable_time(step, is_over)
  return { least = 1, most = 2, returns = "s", takes = "ss",
    fn = function(args, env)
      local minute, second = semantics.string(args[1])
        :match "TXX:([0-5]%d):([0-5]%d)"
      if not minute then
        return nil, shown(args[1]) .. " is no minute and second such as TXX:15:28"
      end
      local now, err = now_there(args, env)
      if not now then
        return nil, err
      end
      minute, second = tonumber(minute), tonumber(second)
      local hour = now.hour
      if is_over(minute * 100 + second, now.minute * 100 + now.second) then
        hour = (hour + step) % 24
      end
      return timex.time(hour, minute, second)
    end }
end

group.getNextViableTime = viable_time(1, function(time, now)
  return time < now
end)
group.getPreviousViableTime = viable_time(-1, function(time, now)
  return time >= now
end)

group.dateReadBack = { least = 2, most = 2, returns = "s", takes = "ss",
  verify = verify.text, fn = function(args)
    local today, err = moments.timestamp(args[1])
    local day
    if today then
      day, err = moments.timestamp(args[2])
    end
    if not day then
      return nil, err
    end
    return timex.said(math.floor(day / calendar.DAY),
      math.floor(today / calendar.DAY))
  end }

return group
