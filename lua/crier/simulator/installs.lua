--- Where the app is installed: Graph's `installedApps` of people, teams and
-- group chats.
-- An installation counts at once (a second install answers 409) but shows
-- only after a delay, as in the cloud: until then the list is without it and
-- the connector says that the app is not installed.  It keeps its version
-- until it is upgraded.
-- @module crier.simulator.installs
local cjson = require("cjson.safe")

local answers = require("crier.simulator.answers")
local catalog = require("crier.simulator.catalog")
local consent = require("crier.simulator.consent")
local encoding = require("crier.simulator.encoding")
local filter = require("crier.simulator.filter")
local installing = require("crier.simulator.installing")
local permissions = require("crier.simulator.permissions")
local places = require("crier.simulator.places")
local random = require("crier.simulator.random")

local installs = {}

local installs_methods = {}
local installs_mt = { __name = "crier.simulator.installs", __index = installs_methods }

local GONE = 1 / 0 -- visible at no time: it was uninstalled

local property = catalog.property
local FIELDS = { ["teamsApp/id"] = property("id"), ["teamsApp/externalId"] = property("externalId"),
  ["teamsApp/displayName"] = property("displayName"),
  ["teamsApp/distributionMethod"] = property("distributionMethod"),
  ["teamsAppDefinition/teamsAppId"] = property("id"),
  ["teamsAppDefinition/displayName"] = property("displayName"),
  ["teamsAppDefinition/version"] = { type = "string",
    get = function(_, shown) return shown.version end } }

--- What it answers; see `crier.simulator.router`.
installs.routes = {}

local function add(kind, operation, method, rest, budget, roles, answer)
  installs.routes[#installs.routes + 1] = { operation = operation, service = "graph",
    method = method, path = kind.path .. rest, budget = { budget, kind.budget }, roles = roles,
    answer = answer }
end

for _, name in ipairs({ "user", "team", "chat" }) do
  local kind = places.kinds[name]
  local read, write = kind.rights.read, kind.rights.write
  add(kind, "install", "POST", "", "install", write)
  add(kind, "installation", "GET", "", "apps_read", read)
  add(kind, "installation", "GET", "/{installation}", "apps_read", read, "one")
  add(kind, "upgrade", "POST", "/{installation}/upgrade", "apps_write", write)
  add(kind, "uninstall", "DELETE", "/{installation}", "uninstall", write)
end
add(places.kinds.user, "chat", "GET", "/{installation}/chat", "teams_read",
  places.kinds.user.rights.read)

--- Makes the installations.
-- @tparam crier.simulator simulator
-- @tparam table options
-- @tparam[opt=0] number options.installed share of people who had it before
-- @tparam ?string options.installed_version theirs; nil: the catalog's first
-- @tparam[opt=300] number options.install_delay_ms the longest delay
-- @treturn crier.simulator.installs
function installs.new(simulator, options)
  return setmetatable({ simulator = simulator, seed = simulator.seed, people = simulator.people,
    faults = simulator.faults, catalog = simulator.catalog, client_id = simulator.client_id,
    share = options.installed or 0, states = {},
    before = options.installed_version or simulator.catalog.ours.version,
    longest_ms = options.install_delay_ms or 300 }, installs_mt)
end

--- Tells where a call is about.
-- @tparam table call
function installs_methods:examine(call)
  call.place = places.find(self.simulator, call.ids)
  call.k = call.place.k
  call.key = call.place.kind.budget and call.place.key
  call.target = call.k or random.text(call.place.asked)
end

-- Where an app was installed here: when it shows, and its version, by key.
local function state_of(self, app)
  local state = self.states[app]
  if not state then
    state = { visible_at = {}, version = {} }
    self.states[app] = state
  end
  return state
end

local function has_had(self, app, key)
  return self.share > 0 and app == self.catalog.ours and type(key) == "number"
    and random.unit(self.seed, 903, key) < self.share and self.people:is_reachable(key)
end

local function shows(self, app, key, now_ms)
  local at_ms = state_of(self, app).visible_at[key]
  if at_ms then
    return now_ms >= at_ms
  end
  return has_had(self, app, key)
end

--- Tells whether an app is installed, though it may not show yet.
-- @tparam table app
-- @tparam number|string key
-- @treturn boolean
function installs_methods:is_there(app, key)
  local at_ms = state_of(self, app).visible_at[key]
  return at_ms and at_ms < GONE or not at_ms and has_had(self, app, key)
end

--- Tells whether an app is installed and shows.
-- @tparam table app
-- @tparam number|string key a person's number, the id of a team or of a chat
-- @tparam number now_ms
-- @treturn boolean
function installs_methods:has(app, key, now_ms)
  return shows(self, app, key, now_ms)
end

--- Tells whether the bot's app is installed and shows.
-- @tparam number|string key a person's number, the id of a team or of a chat
-- @tparam number now_ms
-- @treturn boolean
function installs_methods:is_visible(key, now_ms)
  for _, app in ipairs(self.catalog.apps) do
    if app.bot == self.client_id and shows(self, app, key, now_ms) then
      return true
    end
  end
  return false
end

--- Tells whether an installed app was consented to a resource-specific
-- permission.
-- @tparam table call about a team, a chat or a person
-- @tparam string name
-- @treturn boolean
function installs_methods:consents(call, name)
  local place = call.place or places.find(self.simulator, call.ids)
  for _, app in ipairs(place.key and self.catalog.apps or {}) do
    if app.client_id == call.token.client_id and self:is_there(app, place.key)
      and consent.has(app.permissions, name) then
      return true
    end
  end
  return false
end

local function events(kind, place, at_ms)
  return { { kind = kind, [place.kind.name .. "_id"] = place.id, at_ms = at_ms } }
end

--- A person installs the app.
-- @tparam number k
-- @tparam number now_ms
-- @treturn table events
function installs_methods:put(k, now_ms)
  local app = self.catalog.ours
  local state = state_of(self, app)
  state.visible_at[k], state.version[k] = now_ms, app.version
  return { { kind = "installed", user_id = self.people:id(k) } }
end

--- A person takes the app off.
-- @tparam number k
-- @treturn table events
function installs_methods:take(k)
  state_of(self, self.catalog.ours).visible_at[k] = GONE
  return { { kind = "uninstalled", user_id = self.people:id(k) } }
end

--- Answers `POST …/installedApps`.
-- @tparam table call
-- @tparam table request
-- @tparam number now_ms
-- @treturn table response: 201 without a body; of a team sometimes 200
-- @treturn ?table events what the bot would be told:
--   `{ { kind = "installed", user_id = or team_id = or chat_id =, at_ms = } }`
function installs_methods:install(call, request, now_ms)
  local place, body = call.place, cjson.decode(request.body or "")
  local app = self.catalog:find(installing.bound_app(body) or "")
  local response = installing.refusal(self, call, app, body, now_ms)
  if response then
    return response
  end
  local nth, state = place.k or random.text(place.key), state_of(self, app)
  state.visible_at[place.key] = now_ms + random.hash(self.seed, 904, nth) % (self.longest_ms + 1)
  state.version[place.key] = app.version
  local is_old = place.kind.name == "team" and nth % 2 == 0
  return { status = is_old and 200 or 201, headers = {} }, events("installed", place,
    state.visible_at[place.key])
end

local function installation_id(place, app)
  return encoding.to_base64(place.id .. "##" .. app.id)
end

local function version_of(self, place, app)
  return state_of(self, app).version[place.key] or app == self.catalog.ours and self.before
    or app.version
end

local function installation_json(self, call, app)
  local place, expand = call.place, (call.query["$expand"] or ""):lower()
  local version = version_of(self, place, app)
  return encoding.json({ id = installation_id(place, app),
    teamsApp = expand:find("teamsapp%f[^%a]") and encoding.raw(catalog.app_json(app)) or nil,
    teamsAppDefinition = expand:find("teamsappdefinition", 1, true) and { teamsAppId = app.id,
      id = catalog.definition_id(app, version), displayName = app.displayName, version = version,
      publishingState = "published" } or nil })
end

-- What shows in a place, and the store's Polls for everybody.  Who may manage
-- the own app alone does not see that of another registration.
local function shown_apps(self, call, now_ms)
  local place, out = call.place, {}
  for i, app in ipairs(self.catalog.apps) do
    local is_seen = not app.client_id or app.client_id == call.token.client_id
      or permissions.has(call.token, place.kind.rights.any_read)
    if i == 1 or is_seen and shows(self, app, place.key, now_ms) then
      out[#out + 1] = app
    end
  end
  return out
end

--- Answers `GET …/installedApps`.
-- @tparam table call
-- @tparam table _ the request
-- @tparam number now_ms
-- @treturn table response
function installs_methods:installation(call, _, now_ms)
  local response = places.refusal(self.simulator, call)
  if response then
    return response
  end
  local keep = function() return true end
  if call.query["$filter"] then
    local message, code
    keep, message, code = filter.compile(call.query["$filter"], FIELDS,
      "microsoft.graph.teamsAppInstallation", true)
    if not keep then
      return answers.graph(400, code, message)
    end
  end
  local out = {}
  for _, app in ipairs(shown_apps(self, call, now_ms)) do
    if keep(app, { version = version_of(self, call.place, app) }) then
      out[#out + 1] = installation_json(self, call, app)
    end
  end
  return answers.json(200, '{"value":[' .. table.concat(out, ",") .. "]}")
end

-- The installed app that a call names, or the response that refuses.
local function named(self, call, now_ms)
  local response = places.refusal(self.simulator, call)
  if response then
    return nil, response
  end
  for _, app in ipairs(shown_apps(self, call, now_ms)) do
    if installation_id(call.place, app) == call.ids.installation then
      return app
    end
  end
  return nil, answers.graph(404, "NotFound", "No installation found with id "
    .. call.ids.installation)
end

--- Answers `GET …/installedApps/{installation}`.
-- @tparam table call
-- @tparam table _ the request
-- @tparam number now_ms
-- @treturn table response
function installs_methods:one(call, _, now_ms)
  local app, response = named(self, call, now_ms)
  return response or answers.json(200, installation_json(self, call, app))
end

-- The same, where it is to be changed.
local function managed(self, call, now_ms)
  local app, response = named(self, call, now_ms)
  response = response or installing.not_owned(call, app)
  return app, response
end

--- Answers `POST …/installedApps/{installation}/upgrade`.
-- @tparam table call
-- @tparam table request
-- @tparam number now_ms
-- @treturn table response
function installs_methods:upgrade(call, request, now_ms)
  local rights = call.place.kind.rights.consent
  local app, response = managed(self, call, now_ms)
  response = response or consent.refusal(app.permissions, cjson.decode(request.body or ""),
    permissions.has(call.token, rights), rights)
  if response then
    return response
  end
  state_of(self, app).version[call.place.key] = app.version
  return { status = 204, headers = {} }
end

--- Answers `DELETE …/installedApps/{installation}`.
-- @tparam table call
-- @tparam table _ the request
-- @tparam number now_ms
-- @treturn table response
-- @treturn ?table events `{ { kind = "uninstalled", … } }`
function installs_methods:uninstall(call, _, now_ms)
  local app, response = managed(self, call, now_ms)
  if response then
    return response
  end
  state_of(self, app).visible_at[call.place.key] = GONE
  return { status = 204, headers = {} }, events("uninstalled", call.place)
end

--- Tells the id of a person's chat with an app's bot, as Graph writes it.
-- @tparam number k
-- @tparam table app
-- @treturn string
function installs_methods:chat_id(k, app)
  return "19:" .. self.people:id(k) .. "_" .. app.bot .. "@unq.gbl.spaces"
end

--- Tells which apps with a bot show for a person.
-- @tparam number k
-- @tparam number now_ms
-- @treturn {table,...} apps
function installs_methods:bots(k, now_ms)
  local out = {}
  for _, app in ipairs(self.catalog.apps) do
    if app.bot and shows(self, app, k, now_ms) then
      out[#out + 1] = app
    end
  end
  return out
end

--- Answers `GET /users/{id}/teamwork/installedApps/{installation}/chat`.
-- @tparam table call
-- @tparam table _ the request
-- @tparam number now_ms
-- @treturn table response
function installs_methods:chat(call, _, now_ms)
  local app, response = named(self, call, now_ms)
  if response then
    return response
  elseif not app.bot then
    return answers.graph(404, "NotFound", "The app has no bot.")
  end
  return answers.json(200, encoding.json({ chatType = "oneOnOne",
    id = self:chat_id(call.k, app) }))
end

return installs
