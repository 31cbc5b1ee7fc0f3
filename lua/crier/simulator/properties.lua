--- The properties that Graph tells of a person.
-- Each is a function of the seed and the person's number; nothing is stored.
-- @module crier.simulator.properties
local encoding = require("crier.simulator.encoding")
local names = require("crier.simulator.names")
local random = require("crier.simulator.random")

local hash = random.hash

local properties = {}

local GUEST_DOMAIN = "fabrikam.example"

--- The value of a property that a person does not have at all, as against nil
-- for one that is null.
properties.absent = setmetatable({}, { __tostring = function() return "absent" end })

local IS_GUEST = { guest = true, old_guest = true, plain_guest = true }
local IS_EXTERNAL = { guest = true, old_guest = true }
local IS_THING = { room = true, mailbox = true }

-- salts of the traits; 1 and 11 to 14 are taken by the kind and the id
local CULTURE, GIVEN, SURNAME, DEPARTMENT, TITLE, OFFICE, LANGUAGE, MOBILE, DESK =
  2, 3, 4, 5, 6, 7, 8, 9, 10

-- What several properties share, kept for the last person asked about.
local function base(self, k)
  local known = self.known
  if self.known_k == k then
    return known
  end
  local seed = self.seed
  local culture = names.cultures[hash(seed, k, CULTURE) % #names.cultures + 1]
  known.kind, known.culture = self:kind(k), culture
  known.given = culture.given[hash(seed, k, GIVEN) % #culture.given + 1]
  known.surname = culture.surname[hash(seed, k, SURNAME) % #culture.surname + 1]
  known.is_thing = IS_THING[known.kind] == true
  self.known_k = k
  return known
end

-- True for `share` of a thousand people, by the trait's own salt.
local function lacks(self, k, salt, share)
  return hash(self.seed, k, salt + 100) % 1000 < share
end

local function department(self, k)
  return names.departments[hash(self.seed, k, DEPARTMENT) % #names.departments + 1]
end

local function thing_name(self, k, kind)
  local list = kind == "room" and names.rooms or names.mailboxes
  return list[hash(self.seed, k, GIVEN) % #list + 1]
end

local function local_part(self, k)
  local known = base(self, k)
  if known.is_thing then
    local name = thing_name(self, k, known.kind):lower():gsub("[^%w]+", ".")
    return ("%s.%d"):format(name, k)
  end
  local surname = known.surname.shown == "-" and "" or "." .. known.surname.ascii
  return ("%s%s%d"):format(known.given.ascii, surname, k)
end

--- Tells the user principal name of person k.
-- @tparam crier.simulator.people self
-- @tparam number k
-- @treturn string
function properties.principal_name(self, k)
  local known = base(self, k)
  if IS_EXTERNAL[known.kind] then
    return local_part(self, k) .. "_" .. GUEST_DOMAIN .. "#EXT#@" .. self.domain
  end
  return local_part(self, k) .. "@" .. self.domain
end

local function display_name(self, k)
  local known = base(self, k)
  if known.is_thing then
    return ("%s %d"):format(thing_name(self, k, known.kind), k)
  elseif known.surname.shown == "-" then
    return known.given.shown
  elseif known.culture.is_surname_first then
    return known.surname.shown .. " " .. known.given.shown
  end
  return known.given.shown .. " " .. known.surname.shown
end

local function phone(self, k, salt)
  local h = hash(self.seed, k, salt)
  return ("%s %02d 5550 %04d"):format(base(self, k).culture.code, 10 + h % 90,
    hash(self.seed, k, salt + 200) % 10000)
end

local function plan(service, id, status)
  return ('{"assignedDateTime":"2026-01-12T08:30:00Z","capabilityStatus":"%s","service":"%s",'
    .. '"servicePlanId":"%s"}'):format(status, service, id)
end

local OTHER_PLANS = plan("exchange", "efb87545-963c-4e0d-99df-69c6916d9eb0", "Enabled") .. ","
  .. plan("SharePoint", "5dbe027f-2339-4123-9542-606e4d348a72", "Enabled")
local TEAMS = "57ff2da0-773e-42df-b2af-ffb7a2317929"
local PLANS = {
  none = encoding.raw("[]"),
  other = encoding.raw("[" .. OTHER_PLANS .. "]"),
  revoked = encoding.raw("[" .. OTHER_PLANS .. ","
    .. plan("TeamspaceAPI", TEAMS, "Deleted") .. "]"),
  all = encoding.raw("[" .. OTHER_PLANS .. "," .. plan("TeamspaceAPI", TEAMS, "Enabled") .. "]"),
}

local function plans(self, k)
  local kind = base(self, k).kind
  if kind == "unplanned" then
    return properties.absent
  elseif kind == "no_teams" then
    return PLANS.other
  elseif kind == "revoked" then
    return PLANS.revoked
  end
  return (IS_GUEST[kind] or IS_THING[kind]) and PLANS.none or PLANS.all
end

local function user_type(self, k)
  local kind = self:kind(k)
  if kind == "no_type" then
    return properties.absent
  elseif kind == "null_type" or kind == "old_guest" then
    return nil
  end
  return (kind == "guest" or kind == "plain_guest") and "Guest" or "Member"
end

local function office(self, k)
  local known = base(self, k)
  if lacks(self, k, OFFICE, 50) then
    return nil
  end
  local h = hash(self.seed, k, OFFICE)
  local offices = known.culture.offices
  return ("%s %d/%02d"):format(offices[h % #offices + 1], 1 + hash(self.seed, k, OFFICE, 1) % 4,
    1 + hash(self.seed, k, OFFICE, 2) % 60)
end

-- Wraps a getter: null for rooms and mailboxes, and for `share` of a thousand.
local function personal(salt, share, get)
  return function(self, k)
    if IS_THING[self:kind(k)] or lacks(self, k, salt, share) then
      return nil
    end
    return get(self, k)
  end
end

local function text(get, is_default)
  return { get = get, type = "string", is_default = is_default }
end

local function list(get, is_default)
  return { get = get, type = "list", is_default = is_default }
end

--- The properties by name: `get(people, k)`, `type` (`string`,
-- `boolean`, or `list`, which no filter takes), `is_default` (returned without
-- `$select`), `is_single` (served on a single user only).
properties.all = {
  id = text(function(self, k) return self:id(k) end, true),
  userPrincipalName = text(properties.principal_name, true),
  displayName = text(display_name, true),
  givenName = text(personal(GIVEN, 0, function(self, k)
    return base(self, k).given.shown
  end), true),
  surname = text(personal(SURNAME, 0, function(self, k)
    local shown = base(self, k).surname.shown
    return shown ~= "-" and shown or nil
  end), true),
  mail = text(function(self, k)
    if lacks(self, k, 20, 10) then
      return nil
    end
    local domain = IS_EXTERNAL[base(self, k).kind] and GUEST_DOMAIN or self.domain
    return local_part(self, k) .. "@" .. domain
  end, true),
  mailNickname = text(local_part),
  department = text(personal(DEPARTMENT, 20, function(self, k)
    return department(self, k).name
  end)),
  jobTitle = text(personal(TITLE, 30, function(self, k)
    local titles = department(self, k).titles
    return titles[hash(self.seed, k, TITLE) % #titles + 1]
  end), true),
  officeLocation = text(office, true),
  mobilePhone = text(personal(MOBILE, 400, function(self, k)
    return phone(self, k, MOBILE)
  end), true),
  businessPhones = list(function(self, k)
    if lacks(self, k, DESK, 300) then
      return encoding.raw("[]")
    end
    return { phone(self, k, DESK) }
  end, true),
  preferredLanguage = text(personal(LANGUAGE, 300, function(self, k)
    local own = base(self, k).culture.language
    return hash(self.seed, k, LANGUAGE) % 8 == 0 and "en-US" or own
  end), true),
  usageLocation = text(function(self, k)
    if IS_GUEST[self:kind(k)] then
      return nil
    end
    return base(self, k).culture.country
  end),
  companyName = text(function(self, k)
    return IS_GUEST[self:kind(k)] and "Fabrikam" or "Northwind"
  end),
  employeeId = text(personal(21, 0, function(_, k) return ("E%07d"):format(k) end)),
  country = text(function(self, k) return base(self, k).culture.country end),
  accountEnabled = { type = "boolean", get = function(self, k)
    local kind = self:kind(k)
    return kind ~= "disabled" and kind ~= "room"
  end },
  userType = text(user_type),
  assignedPlans = list(plans),
  mailboxSettings = { type = "list", is_single = true, get = function(self, k)
    local culture = base(self, k).culture
    return { timeZone = culture.zone, language = { locale = culture.language } }
  end },
}

return properties
