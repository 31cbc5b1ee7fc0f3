--- What is kept of a person: the fields of the directory that templates see,
-- and whether the person is left out by default.
-- @module crier.audience.person
local cjson = require "cjson.safe"

local person = {}

--- Always selected, in Graph's spelling.
person.fields = {
  "id", "userPrincipalName", "displayName", "givenName", "surname", "mail",
  "jobTitle", "department", "officeLocation", "mobilePhone", "businessPhones",
  "preferredLanguage", "usageLocation", "accountEnabled", "userType",
  "assignedPlans",
}

--- Reasons for which nobody is sent to unless `include` names them, in the
-- order in which they are reported.
person.exclusions = { "disabled", "guest", "no_teams" }

-- The service that a Teams plan belongs to, and the capability states in
-- which it can be used ("assignedPlan resource type").
local TEAMS = { teamspaceapi = true, microsoftteams = true, teams = true }
local USABLE = { enabled = true, warning = true }

local AT = ("@"):byte()

local function lower(value)
  return type(value) == "string" and value:lower() or ""
end

local function has_teams(plans)
  for _, plan in ipairs(plans) do
    if type(plan) == "table" and TEAMS[lower(plan.service)]
      and USABLE[lower(plan.capabilityStatus)] then
      return true
    end
  end
  return false
end

-- A null or absent property never excludes.
local function flags(found)
  local list = {}
  if found.accountEnabled == false then
    list[#list + 1] = "disabled"
  end
  if lower(found.userType) == "guest"
    or lower(found.userPrincipalName):find("#ext#", 1, true) then
    list[#list + 1] = "guest"
  end
  if type(found.assignedPlans) == "table"
    and not has_teams(found.assignedPlans) then
    list[#list + 1] = "no_teams"
  end
  return table.concat(list, ",")
end

local function text(value)
  return type(value) == "string" and value or nil
end

--- Makes a staged person of a user as Graph lists it.
-- @tparam table found a decoded user
-- @treturn[1] table `{ key =, upn =, name =, fields = JSON text, flags = }`
-- @treturn[2] nil when it has no id
function person.from_graph(found)
  if not text(found.id) or found.id == "" then
    return nil
  end
  local marks, fields = flags(found), {}
  for name, value in pairs(found) do
    local empty = type(value) == "table" and next(value) == nil
    if value ~= cjson.null and not empty and name ~= "assignedPlans"
      and name:byte() ~= AT then
      fields[name] = value
    end
  end
  return {
    key = "user:" .. found.id,
    upn = text(found.userPrincipalName),
    name = text(found.displayName),
    fields = cjson.encode(fields),
    flags = marks,
  }
end

--- The reason to leave a person out, if any.
-- @tparam string marks `flags` of a person
-- @tparam table include set of reasons that are lifted
-- @treturn ?string
function person.exclusion(marks, include)
  for _, reason in ipairs(person.exclusions) do
    if not include[reason] and marks:find(reason, 1, true) then
      return reason
    end
  end
end

-- A JSON null is nothing to a function of the script.
local function without_null(value)
  for key, inner in pairs(value) do
    if inner == cjson.null then
      value[key] = nil
    elseif type(inner) == "table" then
      without_null(inner)
    end
  end
  return value
end

--- What templates, and functions of the script, see of a target: its fields, its
-- `kind` (`user`, `channel` or `chat`) and, where it has one, its row of a file.
-- @tparam table row of the stage or journal: `key`, `fields`, `csv`
-- @treturn table
function person.recipient(row)
  local recipient = cjson.decode(row.fields) or {}
  recipient.kind = row.key and row.key:match "^%a+"
  if row.csv then
    recipient.csv = without_null(cjson.decode(row.csv) or {})
  end
  return recipient
end

-- What is known of a channel or chat.
local PLACES = {
  channel = { "id", "displayName", "teamId", "teamName" },
  chat = { "id", "displayName" },
}

--- Which selected fields templates may name.
-- @tparam ?table extra list of more
-- @tparam ?table kinds set of those in the audience; nil: `user`
-- @treturn table set of names
function person.known_fields(extra, kinds)
  kinds = kinds or { user = true }
  local known = { kind = true, csv = kinds.user }
  for kind, list in pairs(PLACES) do
    for _, name in ipairs(kinds[kind] and list or {}) do
      known[name] = true
    end
  end
  for _, list in ipairs(kinds.user and { person.fields, extra or {} } or {}) do
    for _, name in ipairs(list) do
      known[name] = true
    end
  end
  known.assignedPlans = nil
  return known
end

return person
