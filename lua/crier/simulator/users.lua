--- Graph's `/users`: lists by page, and one person.
-- @module crier.simulator.users
local answers = require("crier.simulator.answers")
local encoding = require("crier.simulator.encoding")
local filter = require("crier.simulator.filter")
local people = require("crier.simulator.people")
local random = require("crier.simulator.random")
local units = require("crier.simulator.units")

local users = {}

local users_methods = {}
local users_mt = { __name = "crier.simulator.users", __index = users_methods }

local TYPE = "microsoft.graph.user"
local EMPTY_PAGES = 8 -- one page in so many is empty, though more follow
local ROLES = { "User.ReadBasic.All", "User.Read.All", "User.ReadWrite.All", "Directory.Read.All",
  "Directory.ReadWrite.All" }
local UNSERVED = { "$search", "$orderby", "$expand", "$skip" }

local DEFAULTS = {}
for name, property in pairs(people.properties) do
  if property.is_default then
    DEFAULTS[#DEFAULTS + 1] = name
  end
end
table.sort(DEFAULTS)

-- The names in $select; those of a list may not include a single user's own.
local function selected(query, is_list)
  if not query["$select"] then
    return DEFAULTS
  end
  local chosen, is_chosen = {}, {}
  for name in query["$select"]:gmatch("[^,%s]+") do
    local property = people.properties[name]
    if not property then
      return nil, answers.graph(400, "Request_BadRequest", "Parsing OData Select and Expand failed:"
        .. " Could not find a property named '" .. name .. "' on type '" .. TYPE .. "'.")
    elseif property.is_single and is_list then
      return nil, answers.graph(501, "NotImplemented", "Property '" .. name
        .. "' is served on a single user only.")
    elseif not is_chosen[name] then
      chosen[#chosen + 1], is_chosen[name] = name, true
    end
  end
  return chosen
end

local function person_json(who, k, names)
  local out = {}
  for i = 1, #names do
    local value = who:value(k, names[i])
    if value ~= people.absent then
      out[#out + 1] = '"' .. names[i] .. '":' .. encoding.json(value)
    end
  end
  return "{" .. table.concat(out, ",") .. "}"
end

--- What it answers; see `crier.simulator.router`.
users.routes = {
  { operation = "users", service = "graph", method = "GET", path = "/v1.0/users",
    budget = "users_units", cost = units.of(2), roles = ROLES },
  { operation = "user", service = "graph", method = "GET", path = "/v1.0/users/{user}",
    budget = "users_units", cost = units.of(1), roles = ROLES },
}

--- Makes the noun.
-- @tparam crier.simulator simulator
-- @treturn crier.simulator.users
function users.new(simulator)
  return setmetatable({ people = simulator.people }, users_mt)
end

--- Tells whom a call is about, or which page.
-- @tparam table call
function users_methods:examine(call)
  if call.ids.user then
    call.k = self.people:find(call.ids.user)
  else
    call.target = tonumber((call.query["$skiptoken"] or ""):match("(%d+)x?$"))
  end
end

-- Reads the query of a list into { top, names, keep, from, is_after_empty }.
local function read_list(query, headers)
  for _, name in ipairs(UNSERVED) do
    if query[name] then
      return nil, answers.graph(400, "Request_UnsupportedQuery", "'" .. name
        .. "' is not supported here.")
    end
  end
  local names, refusal = selected(query, true)
  if not names then
    return nil, refusal
  end
  local top = query["$top"] and tonumber(query["$top"]:match("^%d+$")) or 100
  if (query["$top"] and not query["$top"]:match("^%d+$")) or top < 1 or top > 999 then
    return nil, answers.graph(400, "Request_BadRequest", "Invalid page size specified: '"
      .. query["$top"] .. "'. Must be between 1 and 999 inclusive.")
  end
  local is_eventual = (headers.consistencylevel or ""):lower() == "eventual"
  local is_counted = query["$count"] == "true"
  if is_counted and not is_eventual then
    return nil, answers.graph(400, "Request_UnsupportedQuery",
      "$count is not supported without ConsistencyLevel: eventual.")
  end
  local keep
  if query["$filter"] then
    local message, code
    keep, message, code = filter.compile(query["$filter"], people.properties, TYPE,
      is_eventual and is_counted)
    if not keep then
      return nil, answers.graph(400, code, message)
    end
  end
  local from, mark = (query["$skiptoken"] or "RFNwdAIAAQ0"):match("^RFNwdAIAAQ(%d+)(x?)$")
  if not from then
    return nil, answers.graph(400, "Directory_ExpiredPageToken", "The page token is not valid.")
  end
  return { top = top, names = names, keep = keep, from = math.floor(tonumber(from)),
    is_after_empty = mark == "x", is_counted = is_counted }
end

local function count(who, keep)
  local total = 0
  for k = 1, who.count do
    if not keep or keep(who, k) then
      total = total + 1
    end
  end
  return total
end

-- The next link repeats the query, as Graph's does, with another skiptoken.
local function next_link(origin, query, token)
  local names, out = {}, {}
  for name in pairs(query) do
    if name ~= "$skiptoken" then
      names[#names + 1] = name
    end
  end
  table.sort(names)
  for i, name in ipairs(names) do
    out[i] = name .. "=" .. encoding.escape(query[name])
  end
  out[#out + 1] = "$skiptoken=" .. token
  return origin .. "/v1.0/users?" .. table.concat(out, "&")
end

local function collect(who, list)
  local out, k = {}, list.from
  while k < who.count and #out < list.top do
    k = k + 1
    if not list.keep or list.keep(who, k) then
      out[#out + 1] = person_json(who, k, list.names)
    end
  end
  -- A look ahead, so that no page after the last match is promised.
  while list.keep and k < who.count and not list.keep(who, k + 1) do
    k = k + 1
  end
  return out, k
end

--- Answers `GET /users`.
-- @tparam table call
-- @tparam table request
-- @treturn table response
function users_methods:users(call, request)
  local who, query, origin = self.people, call.query, call.origin
  local list, refusal = read_list(query, request.headers)
  if not list then
    return refusal
  end
  local out, reached = {}, list.from
  local is_empty = not list.is_after_empty and list.from < who.count
    and random.hash(who.seed, 902, list.from) % EMPTY_PAGES == 0
  if not is_empty then
    out, reached = collect(who, list)
  end
  local head = '{"@odata.context":' .. encoding.quote(origin .. "/v1.0/$metadata#users")
  if list.is_counted and not query["$skiptoken"] then
    head = head .. (',"@odata.count":%d'):format(count(who, list.keep))
  end
  if reached < who.count then
    local token = ("RFNwdAIAAQ%d%s"):format(reached, is_empty and "x" or "")
    head = head .. ',"@odata.nextLink":' .. encoding.quote(next_link(origin, query, token))
  end
  return answers.json(200, head .. ',"value":[' .. table.concat(out, ",") .. "]}")
end

--- Answers `GET /users/{id}`.
-- @tparam table call
-- @treturn table response
function users_methods:user(call)
  local names, refusal = selected(call.query, false)
  if not names then
    return refusal
  elseif not call.k then
    return answers.graph(404, "Request_ResourceNotFound", "Resource '" .. call.ids.user
      .. "' does not exist or one of its queried reference-property objects are not present.")
  end
  return answers.json(200, person_json(self.people, call.k, names))
end

return users
