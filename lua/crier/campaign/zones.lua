--- Time zones by name, and the zone of a country that has one alone.
--
-- A country has one zone when all that the system's database has for it tell
-- the same time from now on: Germany's Büsingen does, Spain's Canary Islands
-- do not.
-- @module crier.campaign.zones
local calendar = require "crier.template.calendar"
local suggest = require "crier.suggest"
local zone = require "crier.template.zone"

local zones = {}

local zones_methods = {}
local zones_mt = { __name = "crier.campaign.zones", __index = zones_methods }

-- Greenwich needs no database.
local UTC = { times = {}, types = {}, first = 0 }
local IS_UTC = { UTC = true, Z = true }
-- Two zones are compared so often, so far ahead.
local STEP_MS, STEPS = 7 * calendar.DAY, 110

--- Creates an empty collection; what is opened is kept in it.
-- @treturn crier.campaign.zones
function zones.new()
  return setmetatable({ opened = {}, single = {} }, zones_mt)
end

-- `{ DE = { "Europe/Berlin", … }, … }`, and all names.
local function read_table()
  local countries, names = {}, {}
  for _, folder in ipairs(zone.FOLDERS) do
    local file = io.open(folder .. "/zone.tab", "rb")
    if file then
      for line in file:lines() do
        local code, name = line:match "^(%u%u)\t%S+\t(%S+)"
        if code then
          countries[code] = countries[code] or {}
          table.insert(countries[code], name)
          names[#names + 1] = name
        end
      end
      file:close()
      break
    end
  end
  return countries, names
end

local function load_table(self)
  if not self.countries then
    self.countries, self.names = read_table()
  end
end

--- Opens a zone.
-- @tparam string name of the database, of Windows, or `UTC`
-- @treturn[1] table see `crier.template.zone`
-- @treturn[2] nil
-- @treturn[2] string message, with a suggestion where one is near
function zones_methods:open(name)
  local found = self.opened[name]
  if found == nil then
    found = IS_UTC[name] and UTC or zone.open(name) or false
    self.opened[name] = found
  end
  if found then
    return found
  end
  load_table(self)
  local near = suggest.nearest(name, self.names)
  return nil, ("'%s' is no time zone of this system's database%s"):format(name,
    near and ("; did you mean '%s'?"):format(near)
      or #self.names == 0 and ": install tzdata" or "")
end

--- How far a zone is from Greenwich.
-- @tparam string name of a zone that can be opened
-- @tparam integer ms since 1970
-- @treturn number milliseconds east
function zones_methods:offset(name, ms)
  return zone.offset(assert(self:open(name)), ms) * calendar.MINUTE
end

local function tell_the_same(self, first, second, from_ms)
  for step = 0, STEPS - 1 do
    local at = from_ms + step * STEP_MS
    if self:offset(first, at) ~= self:offset(second, at) then
      return false
    end
  end
  return true
end

local function find_single(self, names, now_ms)
  for _, name in ipairs(names or {}) do
    if not self:open(name) or not tell_the_same(self, names[1], name, now_ms) then
      return nil
    end
  end
  return names and names[1]
end

--- The zone of a country, where it has one.
-- @tparam string code of ISO 3166, two letters
-- @tparam integer now_ms
-- @treturn ?string its name; nil where there are several, or none is known
function zones_methods:of_country(code, now_ms)
  local found = self.single[code]
  if found == nil then
    load_table(self)
    found = find_single(self, self.countries[code:upper()], now_ms) or false
    self.single[code] = found
  end
  return found or nil
end

--- The moments at which a zone's clocks show a time: none where they are put
-- forward over it, two where they are put back to it.
-- @tparam string name
-- @tparam integer shown milliseconds since 1970 of the time that is shown
-- @treturn {integer,...} milliseconds since 1970
function zones_methods:moments(name, shown)
  local found = {}
  for _, beside in ipairs { -calendar.DAY, calendar.DAY } do
    local at = shown - self:offset(name, shown + beside)
    if at + self:offset(name, at) == shown and at ~= found[1] then
      found[#found + 1] = at
    end
  end
  return found
end

--- A moment as a zone's clocks show it.
-- @tparam integer ms since 1970
-- @tparam ?string name of a zone; UTC when it is nil or unknown here
-- @treturn string such as `2026-12-01 09:00 Europe/Berlin`
function zones_methods:text(ms, name)
  name = name and self:open(name) and name or "UTC"
  local at = calendar.fields(ms + self:offset(name, ms))
  return ("%04d-%02d-%02d %02d:%02d %s"):format(at.year, at.month, at.day, at.hour,
    at.minute, name)
end

--- The day on which a zone is.
-- @tparam string name
-- @tparam integer ms since 1970
-- @treturn string such as `2026-11-22`
function zones_methods:day(name, ms)
  return self:text(ms, name):sub(1, 10)
end

return zones
