--- When a campaign's people may be sent to: its start, its window in each
-- person's zone, its deadline.
-- @module crier.campaign.schedule
local foreign = require "crier.foreign"
local holidays = require "crier.campaign.holidays"
local instant = require "crier.campaign.instant"
local person = require "crier.audience.person"
local window = require "crier.campaign.window"
local zones = require "crier.campaign.zones"

local schedule = {}

local schedule_methods = {}
local schedule_mt = { __name = "crier.campaign.schedule",
  __index = schedule_methods }

-- What is known of so many places is kept; then it is found out anew.
local MOST_PLACES = 2000
local MAILBOX = "window: zone = \"mailbox\" is not offered: it would take one call"
  .. " more a person and the permission MailboxSettings.Read; use zone = function("
  .. "recipient) … end, { column = \"…\" } or \"country\""

--- The options of a campaign that are judged here.
schedule.OPTIONS = { "at", "deadline", "missed", "until", "urgent", "window",
  "zone" }

local checks = {}

local function check_instant(name)
  return function(value)
    if value == nil then
      return nil
    end
    local ms, problem = instant.parse(value, zones.new())
    return not ms and name .. ": " .. problem or nil
  end
end

checks.at = check_instant "at"
checks.deadline = check_instant "deadline"
checks["until"] = check_instant "until"

function checks.missed(value)
  if value ~= nil and value ~= "run" and value ~= "skip" and value ~= "ask" then
    return "missed must be \"run\" or \"skip\" or \"ask\""
  end
end

function checks.urgent(value)
  if value ~= nil and type(value) ~= "boolean" then
    return "urgent must be a boolean, not a " .. type(value)
  end
end

function checks.zone(value)
  if value == nil then
    return nil
  elseif type(value) ~= "string" then
    return "zone must be the name of a time zone, such as \"Europe/Berlin\""
  end
  local found, problem = zones.new():open(value)
  return not found and "zone: " .. problem or nil
end

local SOURCES = { ["function"] = true, ["nil"] = true }

local function check_source(value)
  if SOURCES[type(value)] or value == "country" then
    return nil
  elseif value == "mailbox" then
    return MAILBOX
  elseif type(value) == "string" then
    return checks.zone(value)
  elseif type(value) == "table" and type(value.column) == "string" then
    return nil
  end
  return "window: zone takes \"country\", a zone's name, { column = \"…\" } or a"
    .. " function(recipient)"
end

function checks.window(value)
  if value == nil then
    return nil
  end
  local made, problem = window.new(value)
  return not made and problem or check_source(value.zone)
end

--- Judges one option.
-- @tparam string option
-- @param value
-- @treturn ?string what is wrong
function schedule.problem(option, value)
  return checks[option](value)
end

local function fixed_zone(definition)
  local source = definition.window and definition.window.zone
  return type(source) == "string" and source ~= "country" and source or nil
end

--- Judges the options together.
-- @tparam table options
-- @treturn ?string what is wrong
function schedule.conflict(options)
  if options.deadline and options["until"] then
    return "deadline and until are one option under two names: say one of them"
  end
  local known = zones.new()
  local at_ms, named = instant.parse(options.at, known)
  local deadline_ms = instant.parse(options.deadline or options["until"], known)
  if at_ms and deadline_ms and deadline_ms <= at_ms then
    return "deadline lies before at: nobody would be sent to"
  elseif options.missed and not options.at then
    return "missed says what to do when at is missed, and there is no at"
  elseif options.window and not options.zone and not fixed_zone(options)
    and not (at_ms and named) then
    return "window needs zone = \"Europe/Berlin\", the campaign's own, for those"
      .. " whose zone is not known"
  end
end

--- Reads a campaign's schedule.
-- @tparam crier.campaign definition
-- @param files has `read(self, path)`, see `crier.campaign.content`
-- @treturn[1] crier.campaign.schedule with `at_ms`, `deadline_ms`, `missed`,
--   `zone` (the campaign's) and `window`, each nil where there is none
-- @treturn[2] nil
-- @treturn[2] string what is wrong
function schedule.new(definition, files)
  local self = setmetatable({ zones = zones.new(), places = {}, kept = 0,
    missed = definition.missed or "run" }, schedule_mt)
  local named
  if definition.at then
    self.at_ms, named = instant.parse(definition.at, self.zones)
    if not self.at_ms then
      return nil, "at: " .. named
    end
  end
  local fixed = fixed_zone(definition)
  self.zone = definition.zone or named or fixed or "UTC"
  self.deadline_ms = definition.deadline
    and instant.parse(definition.deadline, self.zones) or nil
  if not definition.window then
    return self
  end
  self.fixed, self.source = fixed, definition.window.zone
  self.window = window.new(definition.window)
  local problem
  self.holidays, problem = holidays.new(definition.window.holidays, files)
  if not self.holidays then
    return nil, problem
  end
  return self
end

--- Reads the schedule of a campaign that has one.
-- @tparam crier.campaign definition
-- @param files see `new`
-- @treturn[1] ?crier.campaign.schedule nil when it may send at any time
-- @treturn[2] nil
-- @treturn[2] string what is wrong
function schedule.read(definition, files)
  if not (definition.at or definition.window or definition.deadline) then
    return nil
  end
  return schedule.new(definition, files)
end

-- What the campaign's script says of somebody's zone; nil when nothing.
local function told_zone(self, recipient)
  local source = self.source
  if type(source) == "table" then
    return (recipient.csv or {})[source.column]
  elseif type(source) ~= "function" then
    return nil
  end
  local ok, name = foreign.call(source, recipient)
  if not ok then
    return nil, name
  elseif name ~= nil and type(name) ~= "string" then
    return nil, "window: the zone function returned a " .. type(name)
      .. " and not a zone's name"
  end
  return name
end

--- Where somebody is: by the script, by their country where it has one zone,
-- else as the campaign.
-- @tparam table row of the stage or journal: `key`, `upn`, `fields`, `csv`
-- @tparam integer now_ms
-- @treturn[1] table `zone`, `country`, either nil
-- @treturn[2] nil
-- @treturn[2] string what is wrong
function schedule_methods:place_of(row, now_ms)
  if not self.window then
    return {}
  end
  local recipient = person.recipient(row)
  local country = type(recipient.usageLocation) == "string"
    and recipient.usageLocation:upper() or nil
  local name, problem = told_zone(self, recipient)
  if problem then
    return nil, problem
  elseif name and name:find "%S" then
    local found
    found, problem = self.zones:open(name)
    if not found then
      return nil, ("zone of %s: %s"):format(row.upn or row.key, problem)
    end
  else
    name = not self.fixed and country and self.zones:of_country(country, now_ms)
      or self.fixed
  end
  return { zone = name, country = country }
end

-- The clock and calendar of a place, and what is known of its window there:
-- between `from` and `closes` it may be sent to at `opens` or later.
local function place_for(self, zone, country)
  local key = zone .. " " .. (country or "")
  local found = self.places[key]
  if found then
    return found
  elseif self.kept >= MOST_PLACES then
    self.places, self.kept = {}, 0
  end
  local known, days = self.zones, self.holidays
  if not known:open(zone) then
    zone = self.zone -- the database has lost it since
  end
  found = {
    offset = function(ms) return known:offset(zone, ms) end,
    is_holiday = function(day) return days:has(day, country) end,
    from = math.huge,
    closes = 0,
  }
  self.places[key], self.kept = found, self.kept + 1
  return found
end

local function in_window(self, where, ms)
  local place = place_for(self, where.zone or self.zone, where.country)
  if ms < place.from or ms >= place.closes then
    local opens = window.opening(self.window, place, ms)
    if not opens then
      return nil
    end
    place.from, place.opens = ms, opens
    place.closes = window.closing(self.window, place, opens)
  end
  return math.max(ms, place.opens)
end

--- When somebody may be sent to, at a moment or after it.
-- @tparam table where `zone` and `country`, either nil: from `place_of`, or a row
--   of the journal
-- @tparam integer ms since 1970
-- @treturn[1] integer milliseconds since 1970
-- @treturn[2] nil
-- @treturn[2] string `too late`: not before the deadline
function schedule_methods:opening(where, ms)
  ms = math.max(ms, self.at_ms or ms)
  local opens = ms
  if self.window then
    opens = in_window(self, where, ms)
  end
  if not opens or self.deadline_ms and opens >= self.deadline_ms then
    return nil, "too late"
  end
  return opens
end

--- A moment in the campaign's zone.
-- @tparam integer ms since 1970
-- @treturn string such as `2026-12-01 09:00 Europe/Berlin`
function schedule_methods:text(ms)
  return self.zones:text(ms, self.zone)
end

return schedule
