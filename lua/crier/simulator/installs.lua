--- Who has the app, and Graph's `teamwork/installedApps`.
-- An installation counts at once (a second install answers 409) but shows
-- only after a delay, as in the cloud: until then the list is without it and
-- the connector says that the app is not installed.
-- @module crier.simulator.installs
local cjson = require("cjson.safe")

local answers = require("crier.simulator.answers")
local catalog = require("crier.simulator.catalog")
local encoding = require("crier.simulator.encoding")
local filter = require("crier.simulator.filter")
local random = require("crier.simulator.random")

local installs = {}

local installs_methods = {}
local installs_mt = { __name = "crier.simulator.installs", __index = installs_methods }

local function property(name)
  return { type = "string", get = function(app) return app[name] end }
end

local FIELDS = { ["teamsApp/id"] = property("id"), ["teamsApp/externalId"] = property("externalId"),
  ["teamsApp/displayName"] = property("displayName") }

local WRITE = { "TeamsAppInstallation.ReadWriteSelfForUser.All",
  "TeamsAppInstallation.ReadWriteAndConsentSelfForUser.All",
  "TeamsAppInstallation.ReadWriteForUser.All",
  "TeamsAppInstallation.ReadWriteAndConsentForUser.All" }
local READ = { "TeamsAppInstallation.ReadForUser.All", WRITE[1], WRITE[2], WRITE[3], WRITE[4] }

--- What it answers; see `crier.simulator.router`.
installs.routes = {
  { operation = "install", service = "graph", method = "POST",
    path = "/v1.0/users/{user}/teamwork/installedApps", budget = "install", roles = WRITE },
  { operation = "installation", service = "graph", method = "GET",
    path = "/v1.0/users/{user}/teamwork/installedApps", budget = "apps_read", roles = READ },
  { operation = "chat", service = "graph", method = "GET", budget = "apps_read", roles = READ,
    path = "/v1.0/users/{user}/teamwork/installedApps/{installation}/chat" },
}

--- Makes the installations.
-- @tparam crier.simulator simulator
-- @tparam table options
-- @tparam[opt=0] number options.installed share of people who had it before
-- @tparam[opt=300] number options.install_delay_ms the longest delay
-- @treturn crier.simulator.installs
function installs.new(simulator, options)
  return setmetatable({ seed = simulator.seed, people = simulator.people,
    faults = simulator.faults, catalog = simulator.catalog, client_id = simulator.client_id,
    share = options.installed or 0,
    longest_ms = options.install_delay_ms or 300, visible_at = {} }, installs_mt)
end

local function has_had(self, k)
  return self.share > 0 and random.unit(self.seed, 903, k) < self.share
    and self.people:is_reachable(k)
end

--- Tells whom a call is about.
-- @tparam table call
function installs_methods:examine(call)
  call.k = self.people:find(call.ids.user)
end

--- Tells whether the app is installed for person k and shows.
-- @tparam number k
-- @tparam number now_ms
-- @treturn boolean
function installs_methods:is_visible(k, now_ms)
  local at_ms = self.visible_at[k]
  if at_ms then
    return now_ms >= at_ms
  end
  return has_had(self, k)
end

-- The id in the body's link, or nil when there is none.
local function bound_app(body)
  local parsed = cjson.decode(body or "")
  local link = type(parsed) == "table" and parsed["teamsApp@odata.bind"]
  return type(link) == "string" and (link:match("/appCatalogs/teamsApps/([^/'()]+)$")
    or link:match("/appCatalogs/teamsApps%('([^/'()]+)'%)$")) or nil
end

-- Why the app cannot be installed for person k, in the order of the service.
local function refusal(self, k, user, app)
  if not app then
    return answers.graph(400, "BadRequest", "Invalid bind property name teamsApp in request.")
  elseif app:lower() ~= self.catalog.ours.id then
    return answers.graph(404, "NotFound", "No app found which matches the app id: " .. app)
  elseif self.faults:has("not-owner", 0) then
    return answers.graph(403, "Forbidden", "AAD App Id " .. self.client_id
      .. " is not allowed to manage the Teams App " .. app)
  elseif not k or self.faults:has("missing", k) then
    return answers.graph(404, "NotFound", "User " .. user .. " could not be found.")
  elseif not self.people:is_reachable(k) then
    return answers.graph(404, "NotFound", "User " .. user .. " is not licensed for Teams.")
  elseif self.faults:has("policy", k) then
    return answers.graph(403, "Forbidden", "App is blocked by app permission policy.",
      "AccessDenied")
  elseif self.visible_at[k] or has_had(self, k) then
    return answers.graph(409, "Conflict", "The Teams app is already installed for the user.")
  end
  return nil
end

--- Answers `POST /users/{id}/teamwork/installedApps`.
-- @tparam table call
-- @tparam table request
-- @tparam number now_ms
-- @treturn table response
-- @treturn ?table events what the bot would be told:
--   `{ { kind = "installed", user_id = } }`
function installs_methods:install(call, request, now_ms)
  local k = call.k
  local response = refusal(self, k, call.ids.user, bound_app(request.body))
  if response then
    return response
  end
  local delay_ms = random.hash(self.seed, 904, k) % (self.longest_ms + 1)
  self.visible_at[k] = now_ms + delay_ms
  return { status = 201, headers = {} }, { { kind = "installed", user_id = self.people:id(k) } }
end

local function installation_json(self, k, app)
  local id = encoding.to_base64(self.people:id(k) .. "##" .. app.id)
  return '{"id":' .. encoding.quote(id) .. ',"teamsApp":' .. catalog.app_json(app)
    .. ',"teamsAppDefinition":' .. encoding.json({ id = app.id .. "##" .. app.version,
      teamsAppId = app.id, displayName = app.displayName, version = app.version,
      publishingState = "published" }) .. "}"
end

--- Answers `GET /users/{id}/teamwork/installedApps`.
-- @tparam table call
-- @tparam table _ the request
-- @tparam number now_ms
-- @treturn table response
function installs_methods:installation(call, _, now_ms)
  local k, user, query = call.k, call.ids.user, call.query
  if not k or self.faults:has("missing", k) then
    return answers.graph(404, "NotFound", "User " .. user .. " could not be found.")
  end
  local keep = function() return true end
  if query["$filter"] then
    local message, code
    keep, message, code = filter.compile(query["$filter"], FIELDS,
      "microsoft.graph.userScopeTeamsAppInstallation", true)
    if not keep then
      return answers.graph(400, code, message)
    end
  end
  local out = {}
  for i, app in ipairs(self.catalog.apps) do
    local is_there = app == self.catalog.ours and self:is_visible(k, now_ms) or i == 1
    if is_there and keep(app) then
      out[#out + 1] = installation_json(self, k, app)
    end
  end
  return answers.json(200, '{"value":[' .. table.concat(out, ",") .. "]}")
end

--- Answers `GET /users/{id}/teamwork/installedApps/{installation}/chat`.
-- @tparam table call
-- @tparam table _ the request
-- @tparam number now_ms
-- @treturn table response
function installs_methods:chat(call, _, now_ms)
  local k, installation = call.k, call.ids.installation
  local id = k and self.people:id(k)
  local ours = id and encoding.to_base64(id .. "##" .. self.catalog.ours.id)
  if installation ~= ours or not self:is_visible(k, now_ms) then
    return answers.graph(404, "NotFound", "No installation found with id " .. installation)
  end
  return answers.json(200, encoding.json({ chatType = "oneOnOne",
    id = "19:" .. id .. "_" .. self.client_id .. "@unq.gbl.spaces" }))
end

return installs
