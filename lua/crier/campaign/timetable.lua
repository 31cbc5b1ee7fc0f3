--- When a campaign would begin and end: at the allowed rates, within each person's
-- window, before the deadline.
-- @module crier.campaign.timetable
local timetable = {}

local timetable_methods = {}
local timetable_mt = { __name = "crier.timetable", __index = timetable_methods }

-- The people are sent to in so many portions: each is either in its window or waits.
local PORTIONS = 500

--- Creates a timetable.
-- @tparam crier.campaign.schedule schedule
-- @tparam integer now_ms
-- @treturn crier.timetable
function timetable.new(schedule, now_ms)
  return setmetatable({ schedule = schedule, now_ms = math.floor(now_ms), places = {},
    list = {} }, timetable_mt)
end

--- Takes one recipient.
-- @tparam table row of the stage or journal
-- @treturn[1] boolean true
-- @treturn[2] nil
-- @treturn[2] string what is wrong with the person's zone
function timetable_methods:take(row)
  local where, problem = self.schedule:place_of(row, self.now_ms)
  if not where then
    return nil, problem
  end
  local key = (where.zone or "") .. " " .. (where.country or "")
  local place = self.places[key]
  if not place then
    place = { zone = where.zone, country = where.country, count = 0 }
    self.places[key], self.list[#self.list + 1] = place, place
  end
  place.count = place.count + 1
  return true
end

-- The place that may be sent to first, from a moment on, and when that is; places
-- whose time is over are given up.
local function first_open(self, ms, told)
  local first, first_ms
  for i = #self.list, 1, -1 do
    local place = self.list[i]
    local opens = self.schedule:opening(place, ms)
    if not opens then
      told.too_late = told.too_late + place.count
      table.remove(self.list, i)
    elseif not first_ms or opens <= first_ms then
      first, first_ms = i, opens
    end
  end
  return first, first_ms
end

--- Reckons; the people taken are used up.
-- @tparam number seconds that all of them take at the allowed rates
-- @tparam ?table hold `people`, after whom the rest waits for `ms`
-- @treturn table `starts_ms`, `ends_ms` (nil when nobody is in time) and `too_late`
--   (how many would pass the deadline)
function timetable_methods:reckon(seconds, hold)
  local total, sent = 0, 0
  for _, place in ipairs(self.list) do
    total = total + place.count
  end
  local told, ms = { too_late = 0 }, self.now_ms
  local portion, each_ms = math.ceil(total / PORTIONS), seconds * 1000 / math.max(total, 1)
  while #self.list > 0 do
    local i, opens = first_open(self, math.floor(ms), told)
    if i then
      local place = self.list[i]
      local people = math.min(portion, place.count,
        hold and sent < hold.people and hold.people - sent or portion)
      told.starts_ms = told.starts_ms or opens
      ms = math.max(ms, opens) + people * each_ms
      told.ends_ms, place.count, sent = ms, place.count - people, sent + people
      if hold and sent == hold.people and sent < total then
        ms = ms + hold.ms
      end
      if place.count == 0 then
        table.remove(self.list, i)
      end
    end
  end
  return told
end

return timetable
