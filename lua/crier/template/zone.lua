--- Time zones, from the system's database (RFC 8536, TZif files).
--
-- A zone is a table `{ times =, types =, rule = }`: the moments at which it
-- changed, in seconds since 1970, what held from each on, and what holds after
-- the last. It is read by `zone.open`, which takes a name of the database
-- (Europe/Berlin) or of Windows (W. Europe Standard Time).
-- @module crier.template.zone
local calendar = require "crier.template.calendar"
local windows_zones = require "crier.template.windows_zones"

local zone = {}

--- Where systems keep the database.
zone.FOLDERS = { "/usr/share/zoneinfo", "/usr/lib/zoneinfo",
  "/usr/share/lib/zoneinfo", "/etc/zoneinfo" }

-- Bytes beyond which a file is no zone.
local LARGEST = 256 * 1024

local floor = math.floor

-- A signed number, most significant byte first.
local function number(bytes, at, size)
  local n = bytes:byte(at)
  n = n >= 128 and n - 256 or n
  for i = at + 1, at + size - 1 do
    n = n * 256 + bytes:byte(i)
  end
  return n
end

local function header(bytes, at)
  if bytes:sub(at, at + 3) ~= "TZif" or #bytes < at + 43 then
    return nil
  end
  local h = {}
  for i, name in ipairs { "isut", "isstd", "leap", "time", "type", "char" } do
    h[name] = number(bytes, at + 16 + 4 * i, 4)
  end
  return h
end

local function block_size(h, width)
  return h.time * (width + 1) + h.type * 6 + h.char + h.leap * (width + 4)
    + h.isstd + h.isut
end

-- `EST5EDT,M3.2.0,M11.1.0/2:30`: POSIX's way to say what goes on for ever.
local function read_name(text)
  local name, rest = text:match "^(%a%a%a+)(.*)$"
  if not name then
    name, rest = text:match "^(<[%w+-]+>)(.*)$"
  end
  return name, rest
end

local function read_time(text)
  local sign, hours, rest = text:match "^([+-]?)(%d+)(.*)$"
  if not hours then
    return nil, text
  end
  local seconds = tonumber(hours) * 3600
  for unit = 1, 2 do
    local digits, after = rest:match "^:(%d%d)(.*)$"
    if not digits then
      break
    end
    seconds, rest = seconds + tonumber(digits) * (unit == 1 and 60 or 1), after
  end
  return sign == "-" and -seconds or seconds, rest
end

local function read_change(text)
  local month, week, day, rest = text:match "^,M(%d+)%.(%d)%.(%d)(.*)$"
  local change = { month = tonumber(month), week = tonumber(week),
    day = tonumber(day), time = 7200 }
  if not month then
    local julian, of_year, after = text:match "^,(J?)(%d+)(.*)$"
    if not of_year then
      return nil
    end
    change = { of_year = tonumber(of_year), is_julian = julian == "J",
      time = 7200 }
    rest = after
  end
  if rest:sub(1, 1) == "/" then
    change.time, rest = read_time(rest:sub(2))
  end
  return change, rest
end

local function read_rule(text)
  local name, rest = read_name(text)
  local west
  if name then
    west, rest = read_time(rest)
  end
  if not west then
    return nil
  end
  local rule = { offset = -west }
  name, rest = read_name(rest)
  if not name then
    return rule
  end
  rule.summer = rule.offset + 3600
  if not rest:find "^," then
    west, rest = read_time(rest)
    rule.summer = west and -west or nil
  end
  rule.first, rest = read_change(rest)
  rule.last = rule.first and read_change(rest)
  return rule.last and rule or nil
end

-- The second of a year, since 1970, in local time, at which a rule changes.
local function change_at(change, year)
  local days
  if change.month then
    local first = calendar.days(year, change.month, 1)
    days = first + (change.day - (first + 4)) % 7 + 7 * (change.week - 1)
    if days >= calendar.days(year, change.month + 1, 1) then
      days = days - 7
    end
  else
    days = calendar.days(year, 1, 1) + change.of_year
    if change.is_julian then
      local is_after = calendar.is_leap(year) and change.of_year >= 60
      days = days - 1 + (is_after and 1 or 0)
    end
  end
  return days * 86400 + change.time
end

local function offset_by_rule(rule, at)
  if not rule.summer then
    return rule.offset
  end
  local year = calendar.fields(at * 1000, rule.offset / 60).year
  local first = change_at(rule.first, year) - rule.offset
  local last = change_at(rule.last, year) - rule.summer
  local is_summer
  if first < last then
    is_summer = at >= first and at < last
  else
    is_summer = at >= first or at < last
  end
  return is_summer and rule.summer or rule.offset
end

local function read_block(bytes, at, h, width)
  local made = { times = {}, types = {}, offsets = {} }
  local types = at + h.time * width
  local infos = types + h.time
  for i = 0, h.type - 1 do
    made.offsets[i] = number(bytes, infos + 6 * i, 4)
  end
  for i = 1, h.time do
    made.times[i] = number(bytes, at + (i - 1) * width, width)
    made.types[i] = made.offsets[bytes:byte(types + i - 1)]
  end
  made.first = made.offsets[0]
  return made
end

--- Reads a TZif file.
-- @tparam string bytes
-- @treturn ?table the zone
function zone.parse(bytes)
  local h = header(bytes, 1)
  if not h then
    return nil
  elseif bytes:sub(5, 5) == "\0" then
    return #bytes >= 44 + block_size(h, 4) and read_block(bytes, 45, h, 4) or nil
  end
  local second = 45 + block_size(h, 4)
  local h2 = header(bytes, second)
  if not h2 or #bytes < second + 43 + block_size(h2, 8) then
    return nil
  end
  local made = read_block(bytes, second + 44, h2, 8)
  local footer = bytes:match("^\n([^\n]*)\n", second + 44 + block_size(h2, 8))
  made.rule = footer and read_rule(footer)
  return made
end

--- Tells how far a zone is from Greenwich.
-- @tparam table self a zone
-- @tparam integer ms since 1970
-- @treturn number minutes east
function zone.offset(self, ms)
  local at = floor(ms / 1000)
  local low, high = 0, #self.times
  while low < high do
    local middle = floor((low + high + 1) / 2)
    if self.times[middle] <= at then
      low = middle
    else
      high = middle - 1
    end
  end
  if low == 0 then
    return (self.first or 0) / 60
  elseif low == #self.times and self.rule then
    return offset_by_rule(self.rule, at) / 60
  end
  return self.types[low] / 60
end

local function read_file(path)
  local file = io.open(path, "rb")
  local bytes = file and file:read(LARGEST)
  if file then
    file:close()
  end
  return bytes
end

--- Opens a zone by its name.
-- @tparam string name of the database or of Windows
-- @treturn ?table the zone; nil if there is none of that name
function zone.open(name)
  name = windows_zones[name] or name
  if #name > 64 or not name:find "^%a[%w_+/-]*$" then
    return nil
  end
  for _, folder in ipairs(zone.FOLDERS) do
    local bytes = read_file(folder .. "/" .. name)
    local made = bytes and zone.parse(bytes)
    if made then
      return made
    end
  end
  return nil
end

return zone
