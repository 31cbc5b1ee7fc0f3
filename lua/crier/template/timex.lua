--- Timex expressions: dates and times that may be incomplete, such as
-- `XXXX-12-25` or `PT2H`, with the results of the reference implementation
-- (npm: recognizers-text-data-types-timex-expression).
--
-- A timex is a table of what is known: `year month dayOfMonth dayOfWeek
-- weekOfYear weekOfMonth season weekend hour minute second partOfDay now`, and
-- for a duration `years months weeks days hours minutes seconds`.
-- @module crier.template.timex
local calendar = require "crier.template.calendar"

local timex = {}

local function fields(text, pattern, names)
  local found = { text:match("^" .. pattern .. "$") }
  if not found[1] then
    return nil
  end
  local made = {}
  for i, name in ipairs(names) do
    made[name] = tonumber(found[i]) or found[i]
  end
  return made
end

local DATES = {
  { "(%d%d%d%d)%-(%d%d)%-(%d%d)", { "year", "month", "dayOfMonth" } },
  { "XXXX%-WXX%-(%d)", { "dayOfWeek" } },
  { "XXXX%-(%d%d)%-(%d%d)", { "month", "dayOfMonth" } },
  { "(%d%d%d%d)", { "year" } },
  { "(%d%d%d%d)%-(%d%d)", { "year", "month" } },
  { "([SFW][PUAI])", { "season" } },
  { "(%d%d%d%d)%-([SFW][PUAI])", { "year", "season" } },
  { "(%d%d%d%d)%-W(%d%d)", { "year", "weekOfYear" } },
  { "(%d%d%d%d)%-W(%d%d)%-WE", { "year", "weekOfYear" }, { weekend = true } },
  { "XXXX%-(%d%d)", { "month" } },
  { "XXXX%-(%d%d)%-W(%d%d)", { "month", "weekOfMonth" } },
  { "XXXX%-(%d%d)%-WXX%-(%d)%-(%d)", { "month", "weekOfMonth", "dayOfWeek" } },
}

local TIMES = {
  { "T(%d%d)", { "hour" }, { minute = 0, second = 0 } },
  { "T(%d%d):(%d%d)", { "hour", "minute" }, { second = 0 } },
  { "T(%d%d):(%d%d):(%d%d)", { "hour", "minute", "second" } },
  { "T([DNMAE][TIOFV])", { "partOfDay" } },
}

local SEASONS = { SP = true, SU = true, FA = true, WI = true }
local PARTS = { DT = true, NI = true, MO = true, AF = true, EV = true }

local function extract(text, forms, into)
  for _, form in ipairs(forms) do
    local found = fields(text, form[1], form[2])
    if found and (not found.season or SEASONS[found.season])
      and (not found.partOfDay or PARTS[found.partOfDay]) then
      for name, any in pairs(found) do
        into[name] = any
      end
      for name, any in pairs(form[3] or {}) do
        into[name] = any
      end
      return
    end
  end
end

local DATE_UNITS = { Y = "years", M = "months", W = "weeks", D = "days" }
local TIME_UNITS = { H = "hours", M = "minutes", S = "seconds" }

local function extract_duration(text, into)
  local amount, unit = text:match "^P(%d*%.?%d+)([YMWD])$"
  local name = DATE_UNITS[unit]
  if not amount then
    amount, unit = text:match "^PT(%d*%.?%d+)([HMS])$"
    name = TIME_UNITS[unit]
  end
  if name then
    into[name] = tonumber(amount)
  end
end

local function extract_date_time(text, into)
  local at = text:find("T", 1, true)
  extract(text:sub(1, (at or 0) - 1), DATES, into)
  if at then
    extract(text:sub(at), TIMES, into)
  end
end

--- Reads a timex expression.
-- @tparam string text
-- @treturn table empty if it is none
function timex.parse(text)
  local made = {}
  if text == "PRESENT_REF" then
    made.now = true
  elseif text:find "^P" then
    extract_duration(text, made)
  elseif text:find "^%(.*%)$" then
    local first, duration = text:match "^%(([^,]*),[^,]*,([^,]*)%)$"
    if first then
      extract_date_time(first, made)
      extract_duration(duration, made)
    end
  else
    extract_date_time(text, made)
  end
  return made
end

local DURATIONS = { "years", "months", "weeks", "days", "hours", "minutes",
  "seconds" }

--- Tells what a timex is: each is a function of it.
timex.is = {}

function timex.is.present(t)
  return t.now ~= nil
end
function timex.is.definite(t)
  return t.year ~= nil and t.month ~= nil and t.dayOfMonth ~= nil
end
function timex.is.date(t)
  return t.month ~= nil and t.dayOfMonth ~= nil or t.dayOfWeek ~= nil
end
function timex.is.date_range(t)
  return (t.year ~= nil or t.month ~= nil) and t.dayOfMonth == nil
    or t.season ~= nil or t.weekOfYear ~= nil or t.weekOfMonth ~= nil
end
function timex.is.duration(t)
  for _, name in ipairs(DURATIONS) do
    if t[name] ~= nil then
      return true
    end
  end
  return false
end
function timex.is.time(t)
  return t.hour ~= nil and t.minute ~= nil and t.second ~= nil
end
function timex.is.time_range(t)
  return t.partOfDay ~= nil
end

--- Writes a day.
-- @tparam integer year
-- @tparam integer month
-- @tparam integer day
-- @treturn string
function timex.date(year, month, day)
  return ("%04d-%02d-%02d"):format(year, month, day)
end

--- Writes a time of day, without what is zero at its end.
-- @tparam integer hour
-- @tparam integer minute
-- @tparam integer second
-- @treturn string
function timex.time(hour, minute, second)
  if second ~= 0 then
    return ("T%02d:%02d:%02d"):format(hour, minute, second)
  elseif minute ~= 0 then
    return ("T%02d:%02d"):format(hour, minute)
  end
  return ("T%02d"):format(hour)
end

local SECONDS = { years = 31536000, months = 2592000, weeks = 604800,
  days = 86400, hours = 3600, minutes = 60, seconds = 1 }

local function time_value(t)
  return ("%02d:%02d:%02d"):format(t.hour, t.minute, t.second)
end

--- The value of a timex that has one.
-- @tparam table t
-- @treturn[1] ?string nil for a range, which is two
-- @treturn[2] nil
-- @treturn[2] string message
function timex.resolve(t)
  local is = timex.is
  local has_time = is.time(t)
  if is.duration(t) and (is.date(t) or has_time) or is.time_range(t) then
    return nil
  elseif is.definite(t) then
    local date = timex.date(t.year, t.month, t.dayOfMonth)
    return has_time and date .. " " .. time_value(t) or date
  elseif is.date_range(t) then
    if t.season then
      return "not resolved"
    elseif t.year then
      return nil
    end
    return nil, "this month is of no year"
  elseif is.date(t) then
    return nil, "this date is of no year"
  elseif is.duration(t) then
    for _, name in ipairs(DURATIONS) do
      if t[name] then
        return ("%d"):format(t[name] * SECONDS[name])
      end
    end
  elseif has_time then
    return time_value(t)
  end
  return nil, "there is nothing to resolve"
end

local DAYS = { [0] = "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday",
  "Friday", "Saturday" }
-- The second month is misspelt in the reference implementation.
local MONTHS = { "January", "Februrary", "March", "April", "May", "June", "July",
  "August", "September", "October", "November", "December" }
local ENDINGS = { "st", "nd", "rd" }
local RELATIVE = { [-1] = "yesterday", [0] = "today", [1] = "tomorrow" }

--- Says a day as one would on another day.
-- @tparam integer day in days since 1970
-- @tparam integer today the same
-- @treturn string such as `tomorrow`, `next Monday`, `25th December 2027`
function timex.said(day, today)
  local distance = day - today
  if RELATIVE[distance] then
    return RELATIVE[distance]
  end
  local weekday, of_week = (day + 4) % 7, (today + 4) % 7
  local weeks = math.floor((distance + of_week) / 7)
  local word = ({ [-1] = "last ", [0] = "this ", [1] = "next " })[weeks]
  if word then
    return word .. DAYS[weekday]
  end
  local f = calendar.fields(day * calendar.DAY)
  return ("%d%s %s %d"):format(f.day, ENDINGS[f.day % 10] or "th",
    MONTHS[f.month], f.year)
end

return timex
