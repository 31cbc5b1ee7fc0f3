--- Days on which nobody is written to: named by the script, or in a file.
--
--     { "12-25", "2027-05-14", "company.csv", DE = "de.ics", FR = { "07-14" } }
--
-- A date without a year is one of every year. What stands under a country's code
-- holds for people there.
-- @module crier.campaign.holidays
local calendar = require "crier.template.calendar"

local holidays = {}

local holidays_methods = {}
local holidays_mt = { __name = "crier.campaign.holidays",
  __index = holidays_methods }

local function new_set()
  return { days = {}, yearly = {} }
end

-- Adds `2026-12-25` or `12-25`; gives the day since 1970 of the former.
local function add_date(set, text)
  local year, month, day = text:match "^(%d%d%d%d)%-(%d%d)%-(%d%d)$"
  if not year then
    month, day = text:match "^(%d%d)%-(%d%d)$"
  end
  if not month then
    return nil
  end
  -- 2000 has a 29th of February.
  local found = calendar.days(tonumber(year or 2000), tonumber(month), tonumber(day))
  local at = calendar.fields(found * calendar.DAY)
  if at.month ~= tonumber(month) or at.day ~= tonumber(day) then
    return nil
  elseif year then
    set.days[found] = true
  else
    set.yearly[month .. "-" .. day] = true
  end
  return found
end

-- A date a line; what follows a comma or semicolon is its name.
local function read_csv(set, text, path)
  local number = 0
  for line in (text .. "\n"):gmatch "([^\n]*)\n" do
    number = number + 1
    local field = line:gsub("^\239\187\191", ""):match "^%s*\"?([^,;\"\r]*)"
      :match "^(.-)%s*$"
    local is_heading = number == 1 and not field:find "%d"
    if field ~= "" and not field:find "^#" and not is_heading
      and not add_date(set, field) then
      return nil, ("%s:%d: '%s' is no date: write 2026-12-25, or 12-25 for every"
        .. " year"):format(path, number, field)
    end
  end
  return true
end

local function ics_day(value)
  local year, month, day = value:match "^(%d%d%d%d)(%d%d)(%d%d)"
  return year and calendar.days(tonumber(year), tonumber(month), tonumber(day))
end

-- All-day events of an iCalendar file (RFC 5545, section 3.6.1): from DTSTART up
-- to DTEND, which is not a part of it.
local function read_ics(set, text, path)
  local number, event = 0, nil
  for line in (text .. "\n"):gmatch "([^\r\n]*)\r?\n" do
    number = number + 1
    local name, value = line:match "^(%u+)[^:]*:(.*)$"
    if name == "BEGIN" and value == "VEVENT" then
      event = {}
    elseif event and (name == "DTSTART" or name == "DTEND") then
      event[name] = ics_day(value)
    elseif event and name == "RRULE" then
      return nil, ("%s:%d: an event that recurs is not read: give each year's date,"
        .. " or write 12-25 in the script for every year"):format(path, number)
    elseif event and name == "END" and value == "VEVENT" then
      if not event.DTSTART then
        return nil, ("%s:%d: the event has no date"):format(path, number)
      end
      local last = math.max(event.DTSTART, (event.DTEND or 0) - 1)
      for day = event.DTSTART, math.min(last, event.DTSTART + 366) do
        set.days[day] = true
      end
      event = nil
    end
  end
  return true
end

local function add_entry(set, entry, files)
  if type(entry) ~= "string" then
    return nil, "window: holidays are dates and names of files, not a "
      .. type(entry)
  elseif add_date(set, entry) then
    return true
  end
  local kind = entry:lower():match "%.(%a+)$"
  if kind ~= "csv" and kind ~= "ics" then
    return nil, ("window: holiday '%s' is no date and no .csv or .ics file: write"
      .. " 2026-12-25, or 12-25 for every year"):format(entry)
  end
  local text, problem = files:read(entry)
  if not text then
    return nil, problem
  end
  return (kind == "csv" and read_csv or read_ics)(set, text, entry)
end

local function read_set(value, files)
  local set = new_set()
  for _, entry in ipairs(type(value) == "table" and value or { value }) do
    local ok, problem = add_entry(set, entry, files)
    if not ok then
      return nil, problem
    end
  end
  return set
end

--- Reads holidays.
-- @param value a date, the name of a file, or a table of these and of countries
-- @param files has `read(self, path)`, such as `crier.campaign.content`
-- @treturn[1] crier.campaign.holidays
-- @treturn[2] nil
-- @treturn[2] string what is wrong
function holidays.new(value, files)
  if value ~= nil and type(value) ~= "string" and type(value) ~= "table" then
    return nil, "window: holidays takes { \"2026-12-25\", DE = \"de.ics\" }"
  end
  local made = { countries = {} }
  local problem
  made.all, problem = read_set(value or {}, files)
  if not made.all then
    return nil, problem
  end
  for key, each in pairs(type(value) == "table" and value or {}) do
    if type(key) == "string" then
      if not key:find "^%u%u$" then
        return nil, ("window: holidays: '%s' is no country: two letters, such as DE")
          :format(key)
      end
      made.countries[key], problem = read_set(each, files)
      if not made.countries[key] then
        return nil, problem
      end
    end
  end
  return setmetatable(made, holidays_mt)
end

local function has(set, day)
  return set and (set.days[day]
    or set.yearly[calendar.iso(day * calendar.DAY):sub(6, 10)]) or false
end

--- Whether a day is a holiday.
-- @tparam integer day since 1970
-- @tparam ?string country where
-- @treturn boolean
function holidays_methods:has(day, country)
  return has(self.all, day) or country ~= nil and has(self.countries[country], day)
end

return holidays
