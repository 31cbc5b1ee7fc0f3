--- Hours of the day in which people may be written to, by the clock where they
-- are.
--
-- A window is open while the clock shows an hour of it on one of its days: what
-- is skipped when clocks go forward is not made up for, what comes twice when they
-- go back is open twice. One that ends the next morning belongs to the day on
-- which it opens.
-- @module crier.campaign.window
local suggest = require "crier.suggest"

local window = {}

local window_mt = { __name = "crier.campaign.window" }

local DAY, MINUTE = 86400000, 60000
local WHOLE_DAY = 1440
-- A year and a day, and twice as many changes of the clock as any zone has.
local MOST_DAYS = 400
local OPTIONS = { "days", "from", "holidays", "to", "zone" }
local NAMES = { "sun", "mon", "tue", "wed", "thu", "fri", "sat" }
local NUMBER = {}
for i, name in ipairs(NAMES) do
  NUMBER[name] = i - 1
end

local function read_time(text)
  local hours, minutes = tostring(text):match "^(%d%d?):(%d%d)$"
  local time = hours and tonumber(hours) * 60 + tonumber(minutes)
  return time and tonumber(minutes) < 60 and time <= WHOLE_DAY and time or nil
end

-- `mon`, or `mon-fri`, which may go over the end of the week.
local function add_days(days, text)
  local first, last = tostring(text):lower():match "^%s*(%a+)%s*%-?%s*(%a*)%s*$"
  local from, to = NUMBER[first], NUMBER[last ~= "" and last or first]
  if not from or not to then
    return nil
  end
  for i = from, to < from and to + 7 or to do
    days[i % 7] = true
  end
  return true
end

local function read_days(value)
  local days = {}
  if value == nil then
    value = "sun-sat"
  end
  local list = type(value) == "table" and value or { value }
  for _, each in ipairs(list) do
    if type(each) ~= "string" or not add_days(days, each) then
      return nil, ("window: '%s' is no day: days = \"mon-fri\" or { \"mon\","
        .. " \"wed\" }"):format(tostring(each))
    end
  end
  if next(days) == nil then
    return nil, "window: days names no day: days = \"mon-fri\""
  end
  return days
end

--- Makes a window.
-- @tparam table value `from`, `to` (`"09:00"`; `to` may be `"24:00"`), `days`
--   (`"mon-fri"` or a list; default all)
-- @treturn[1] table the window
-- @treturn[2] nil
-- @treturn[2] string what is wrong
function window.new(value)
  if type(value) ~= "table" then
    return nil, "window takes { from = \"09:00\", to = \"17:00\", days = \"mon-fri\" }"
  end
  local problem = suggest.unknown_key("window", value, OPTIONS)
  if problem then
    return nil, problem
  end
  local made = { from = read_time(value.from), to = read_time(value.to) }
  for _, name in ipairs { "from", "to" } do
    if not made[name] then
      return nil, ("window: %s is %s: write a time of the day, such as \"09:00\"")
        :format(name, value[name] == nil and "missing"
          or "'" .. tostring(value[name]) .. "'")
    end
  end
  if made.from == made.to or made.from == WHOLE_DAY then
    return nil, "window: it never opens: a whole day is from = \"00:00\","
      .. " to = \"24:00\""
  end
  made.days, problem = read_days(value.days)
  if not made.days then
    return nil, problem
  end
  return setmetatable(made, window_mt)
end

local function allows(self, place, day)
  return self.days[(day + 4) % 7] and not place.is_holiday(day)
end

-- Whether it is open when the clock shows a time.
local function covers(self, place, shown)
  local day = math.floor(shown / DAY)
  local minute = (shown - day * DAY) / MINUTE
  if self.from < self.to then
    return minute >= self.from and minute < self.to and allows(self, place, day)
  end
  return minute >= self.from and allows(self, place, day)
    or minute < self.to and allows(self, place, day - 1)
end

-- The first moment after `ms` when the clock shows a minute of the day, or is
-- changed.
local function next_moment(place, ms, minute)
  local offset = place.offset(ms)
  local shown = ms + offset
  local wanted = math.floor(shown / DAY) * DAY + minute * MINUTE
  if wanted <= shown then
    wanted = wanted + DAY
  end
  local low, high = ms, wanted - offset
  if place.offset(high) == offset then
    return high
  end
  while high - low > 1 do
    local middle = math.floor((low + high) / 2)
    if place.offset(middle) == offset then
      low = middle
    else
      high = middle
    end
  end
  return high
end

--- When a window is open, at a moment or after it.
-- @tparam table self the window
-- @tparam table place `offset` (function of milliseconds since 1970: milliseconds
--   east of Greenwich) and `is_holiday` (function of days since 1970)
-- @tparam integer ms since 1970
-- @treturn ?integer milliseconds since 1970; nil when it does not open within a
--   year
function window.opening(self, place, ms)
  for _ = 1, MOST_DAYS do
    if covers(self, place, ms + place.offset(ms)) then
      return ms
    end
    ms = next_moment(place, ms, self.from)
  end
  return nil
end

--- Until when a window that is open stays so, at least.
-- @tparam table self the window
-- @tparam table place see `opening`
-- @tparam integer ms since 1970
-- @treturn integer
function window.closing(self, place, ms)
  return next_moment(place, ms, self.to)
end

return window
