--- Graph's `/users`: lists by page, and one person; and people by their ids.
-- @module crier.simulator.users
local cjson = require("cjson.safe")

local answers = require("crier.simulator.answers")
local encoding = require("crier.simulator.encoding")
local pages = require("crier.simulator.pages")
local permissions = require("crier.simulator.permissions")
local units = require("crier.simulator.units")

local users = {}

local users_methods = {}
local users_mt = { __name = "crier.simulator.users", __index = users_methods }

local MOST_IDS = 1000
local LISTING = { "User.ReadBasic.All", "User.Read.All", "User.ReadWrite.All",
  "Directory.Read.All", "Directory.ReadWrite.All" }

--- What it answers; see `crier.simulator.router`.  Objects by their ids need a
-- right to one of their types: of the others type and id alone are told
-- ("Limited information returned for inaccessible member objects").
users.routes = {
  { operation = "users", service = "graph", method = "GET", path = "/v1.0/users",
    budget = "users_units", cost = units.of(2), roles = LISTING },
  { operation = "user", service = "graph", method = "GET", path = "/v1.0/users/{user}",
    budget = "users_units", cost = units.of(1), roles = LISTING },
  { operation = "resolve", service = "graph", method = "POST",
    path = "/v1.0/directoryObjects/getByIds", budget = "users_units",
    cost = function(call) return call.query["$select"] and 2 or 5 end,
    roles = { "User.Read.All", "GroupMember.Read.All", "Group.Read.All", "Directory.Read.All",
      "Directory.ReadWrite.All" } },
}

--- Makes the noun.
-- @tparam crier.simulator simulator
-- @treturn crier.simulator.users
function users.new(simulator)
  return setmetatable({ simulator = simulator, people = simulator.people }, users_mt)
end

--- Tells whom a call is about, or which page.
-- @tparam table call
function users_methods:examine(call)
  if call.ids.user then
    call.k = self.people:find(call.ids.user)
  else
    call.target = pages.target(call.query)
  end
end

--- Answers `GET /users`.
-- @tparam table call
-- @tparam table request
-- @treturn table response
function users_methods:users(call, request)
  local list, refusal = pages.read(call, request)
  return refusal or pages.answer(self.people, call, list)
end

--- Answers `GET /users/{id}`.
-- @tparam table call
-- @treturn table response
function users_methods:user(call)
  local names, refusal = pages.select(call.query["$select"], false)
  if not names then
    return refusal
  elseif not call.k then
    return answers.no_resource(call.ids.user)
  end
  return answers.json(200, pages.person(self.people, call.k, names))
end

-- The set of types in lower case, nil for any; false when it is malformed.
local function wanted_types(types)
  if types == nil then
    return nil
  elseif type(types) ~= "table" then
    return false
  end
  local set = {}
  for _, name in ipairs(types) do
    if type(name) ~= "string" then
      return false
    end
    set[name:lower()] = true
  end
  return not set.directoryobject and set or nil
end

local function flaw(body)
  if type(body) ~= "table" or type(body.ids) ~= "table" or #body.ids == 0
    or wanted_types(body.types) == false then
    return "The request body needs ids, and types as an array of names."
  elseif #body.ids > MOST_IDS then
    return ("Too many ids: %d, of which there may be %d."):format(#body.ids, MOST_IDS)
  end
  for _, id in ipairs(body.ids) do
    if type(id) ~= "string" or not id:find("^%x+%-%x+%-%x+%-%x+%-%x+$") or #id ~= 36 then
      return "Invalid object identifier '" .. tostring(id) .. "'."
    end
  end
end

local function limited(type_name, id)
  return encoding.json({ ["@odata.type"] = "#microsoft.graph." .. type_name, id = id })
end

local function resolved(self, call, id, types, names)
  local k = (not types or types.user) and self.people:find(id)
  if k then
    return permissions.has(call.token, LISTING) and pages.person(self.people, k, names, true)
      or limited("user", self.people:id(k))
  end
  local group = (not types or types.group) and self.simulator.organization:group(id)
  return group and self.simulator.groups:text(call, group, true) or nil
end

--- Answers `POST /directoryObjects/getByIds`.
-- @tparam table call
-- @tparam table request
-- @treturn table response; ids that nothing has are left out
function users_methods:resolve(call, request)
  local body = cjson.decode(request.body or "")
  local wrong = flaw(body)
  if wrong then
    return answers.graph(400, "Request_BadRequest", wrong)
  end
  local names, refusal = pages.select(call.query["$select"], true)
  if not names then
    return refusal
  end
  local types, out = wanted_types(body.types), {}
  for _, id in ipairs(body.ids) do
    out[#out + 1] = resolved(self, call, id, types, names)
  end
  return answers.json(200, '{"@odata.context":' .. encoding.quote(call.origin
    .. "/v1.0/$metadata#directoryObjects") .. ',"value":[' .. table.concat(out, ",") .. "]}")
end

return users
