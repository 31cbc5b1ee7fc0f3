--- Graph's `/groups`: lists, one group, and who is in it.
-- @module crier.simulator.groups
local answers = require("crier.simulator.answers")
local encoding = require("crier.simulator.encoding")
local filter = require("crier.simulator.filter")
local pages = require("crier.simulator.pages")
local permissions = require("crier.simulator.permissions")
local units = require("crier.simulator.units")

local groups = {}

local groups_methods = {}
local groups_mt = { __name = "crier.simulator.groups", __index = groups_methods }

local TYPE = "microsoft.graph.group"
local READ = { "GroupMember.Read.All", "Group.Read.All", "GroupMember.ReadWrite.All",
  "Group.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All" }
local PEOPLE = { "User.ReadBasic.All", "User.Read.All", "User.ReadWrite.All",
  "Directory.Read.All", "Directory.ReadWrite.All" }

local function route(path, operation, answer, base)
  return { operation = operation, service = "graph", method = "GET", path = "/v1.0/groups" .. path,
    answer = answer, budget = "users_units", cost = units.of(base), roles = READ }
end

--- What it answers; see `crier.simulator.router`.
groups.routes = {
  route("", "groups", "groups", 1),
  route("/{group}", "group", "group", 1),
  route("/{group}/members", "group_members", "members", 3),
  route("/{group}/members/microsoft.graph.user", "group_members", "members_cast", 3),
  route("/{group}/transitiveMembers", "group_members", "transitive", 5),
  route("/{group}/transitiveMembers/microsoft.graph.user", "group_members", "transitive_cast", 5),
}

local function text(get, is_list)
  return { type = is_list and "list" or "string", get = get }
end

local FIELDS = {
  id = text(function(group) return group.id end),
  displayName = text(function(group) return group.name end),
  description = text(function(group) return group.description end),
  mail = text(function(group) return group.mail end),
  mailNickname = text(function(group) return (group.name:gsub("[^%w]", "")) end),
  mailEnabled = { type = "boolean", get = function(group) return group.mail ~= nil end },
  securityEnabled = { type = "boolean", get = function(group) return group.mail == nil end },
  visibility = text(function(group) return group.is_unified and "Private" or nil end),
  groupTypes = text(function(group) return { group.is_unified and "Unified" or nil } end, true),
  resourceProvisioningOptions = text(function(group)
    return { group.has_team and "Team" or nil }
  end, true),
}
for _, name in ipairs({ "groupTypes", "resourceProvisioningOptions" }) do
  FIELDS[name].items = { [""] = { type = "string", get = function(item) return item end } }
end

local DEFAULTS = {}
for name in pairs(FIELDS) do
  DEFAULTS[#DEFAULTS + 1] = name
end
table.sort(DEFAULTS)

--- Makes the noun.
-- @tparam crier.simulator simulator
-- @treturn crier.simulator.groups
function groups.new(simulator)
  return setmetatable({ people = simulator.people, organization = simulator.organization },
    groups_mt)
end

--- Tells which page a call asks for.
-- @tparam table call
function groups_methods:examine(call)
  call.group = call.ids.group and self.organization:group(call.ids.group)
  call.target = pages.target(call.query)
end

-- The names in `$select`.
local function selected(query)
  if not query["$select"] then
    return DEFAULTS
  end
  local names = {}
  for name in query["$select"]:gmatch("[^,%s]+") do
    if not FIELDS[name] then
      return nil, answers.graph(400, "Request_BadRequest", "Parsing OData Select and Expand failed:"
        .. " Could not find a property named '" .. name .. "' on type '" .. TYPE .. "'.")
    end
    names[#names + 1] = name
  end
  return names
end

local function write(group, names, is_typed)
  local out = { ["@odata.type"] = is_typed and "#" .. TYPE or nil }
  for _, name in ipairs(names) do
    local value = FIELDS[name].get(group)
    if value == nil then
      value = encoding.null
    elseif type(value) == "table" and value[1] == nil then
      value = encoding.raw("[]")
    end
    out[name] = value
  end
  return encoding.json(out)
end

--- Writes a group as an object of the directory.
-- @tparam table call whose token and `$select` matter
-- @tparam table group
-- @tparam boolean is_typed whether `@odata.type` goes along
-- @treturn string JSON; without a right to groups, its type and id alone
function groups_methods:text(call, group, is_typed)
  if not permissions.has(call.token, READ) then
    return encoding.json({ ["@odata.type"] = "#" .. TYPE, id = group.id })
  end
  local known = {}
  for name in (call.query["$select"] or ""):gmatch("[^,%s]+") do
    known[#known + 1] = FIELDS[name] and name or nil
  end
  return write(group, call.query["$select"] and known or DEFAULTS, is_typed), self
end

--- Answers `GET /groups`.
-- @tparam table call
-- @tparam table request
-- @treturn table response
function groups_methods:groups(call, request)
  local query, is_advanced = call.query, pages.is_advanced(call, request)
  local names, refusal = selected(query)
  local top, from
  if names then
    top, refusal = pages.top(query)
  end
  if top then
    from, refusal = pages.mark(query)
  end
  if not from then
    return refusal
  end
  local keep = function() return true end
  if query["$search"] or query["$orderby"] or query["$count"] == "true" and not is_advanced then
    return answers.graph(400, "Request_UnsupportedQuery", "The query needs ConsistencyLevel:"
      .. " eventual, or is not served here.")
  elseif query["$filter"] then
    local message, code
    keep, message, code = filter.compile(query["$filter"], FIELDS, TYPE, is_advanced)
    if not keep then
      return answers.graph(400, code, message)
    end
  end
  local texts = {}
  for _, group in ipairs(self.organization.groups) do
    if keep(group) then
      texts[#texts + 1] = write(group, names)
    end
  end
  return pages.plain(call, texts, { top = top, from = from, context = "groups",
    is_counted = is_advanced })
end

--- Answers `GET /groups/{id}`.
-- @tparam table call
-- @treturn table response
function groups_methods:group(call)
  local names, refusal = selected(call.query)
  if not names then
    return refusal
  elseif not call.group then
    return answers.no_resource(call.ids.group)
  end
  return answers.json(200, write(call.group, names))
end

local function device_text(name)
  return encoding.json({ ["@odata.type"] = "#microsoft.graph.device", displayName = name,
    id = "d0000000-0000-4000-8000-000000000001" })
end

-- Groups and devices first, then people; a cast keeps the people.
local function listed(self, call, request, inside, devices, member)
  local list, refusal = pages.read(call, request)
  if not list then
    return refusal
  end
  list.member, list.context, list.is_typed = member, "directoryObjects", true
  list.others = {}
  for _, group in ipairs(inside or {}) do
    list.others[#list.others + 1] = self:text(call, group, true)
  end
  for _, device in ipairs(devices or {}) do
    list.others[#list.others + 1] = device_text(device)
  end
  if not permissions.has(call.token, PEOPLE) then
    list.names = { "id" } -- "Limited information returned for inaccessible member objects"
  end
  return pages.answer(self.people, call, list)
end

local function nobody()
  return false
end

local function direct(self, call, request, is_cast)
  local group = call.group
  if not group then
    return answers.no_resource(call.ids.group)
  end
  return listed(self, call, request, not is_cast and group.groups, not is_cast and group.devices,
    group.member or nobody)
end

local function deep(self, call, request, is_cast)
  if not call.group then
    return answers.no_resource(call.ids.group)
  end
  local inside, devices, member = self.organization:closure(call.group)
  return listed(self, call, request, not is_cast and inside, not is_cast and devices, member)
end

-- A cast of transitive members is an advanced query ("Advanced query
-- capabilities on Microsoft Entra ID objects").
local function needs_advanced(call, request)
  if not pages.is_advanced(call, request) then
    return answers.graph(400, "Request_UnsupportedQuery", "The request uses a cast, which needs"
      .. " ConsistencyLevel: eventual and $count=true.")
  end
end

--- Answers `GET /groups/{id}/members`.
-- @tparam table call
-- @tparam table request
-- @treturn table response
function groups_methods:members(call, request)
  return direct(self, call, request, false)
end

--- Answers `GET /groups/{id}/members/microsoft.graph.user`.
-- @tparam table call
-- @tparam table request
-- @treturn table response
function groups_methods:members_cast(call, request)
  return direct(self, call, request, true)
end

--- Answers `GET /groups/{id}/transitiveMembers`.
-- @tparam table call
-- @tparam table request
-- @treturn table response
function groups_methods:transitive(call, request)
  return deep(self, call, request, false)
end

--- Answers `GET /groups/{id}/transitiveMembers/microsoft.graph.user`.
-- @tparam table call
-- @tparam table request
-- @treturn table response
function groups_methods:transitive_cast(call, request)
  return needs_advanced(call, request) or deep(self, call, request, true)
end

return groups
