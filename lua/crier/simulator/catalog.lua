--- The organisation's app catalog: what is in it.
-- Ours is there under its manifest id (`externalId`) and its catalog id; two
-- others are there so that a caller who forgets the filter is found out.  How
-- apps come in and change is `crier.simulator.publishing`.
--
-- An app is a table: `id`, `externalId`, `displayName`, `distributionMethod`,
-- `bot`, `client_id` (`webApplicationInfo.id`), `scopes` (set), `permissions`
-- (of `crier.simulator.consent`), `activities` (set of types), `definitions`
-- (array of `{ version =, state =, etag =, app = what it changes }`, oldest
-- first), `version` (the newest published; nil: none), `settled_from_ms`.
-- @module crier.simulator.catalog
local answers = require("crier.simulator.answers")
local consent = require("crier.simulator.consent")
local encoding = require("crier.simulator.encoding")
local filter = require("crier.simulator.filter")
local random = require("crier.simulator.random")

local catalog = {}

local catalog_methods = {}
local catalog_mt = { __name = "crier.simulator.catalog", __index = catalog_methods }

local HOUR_MS = 3600000
local READ = { "AppCatalog.Read.All", "AppCatalog.ReadWrite.All" }
local SCOPES = { "AppCatalog.Submit", "AppCatalog.Read.All", "AppCatalog.ReadWrite.All",
  "Directory.Read.All", "Directory.ReadWrite.All" }

local function route(path, answer)
  return { operation = "catalog", service = "graph", method = "GET", answer = answer,
    path = "/v1.0/appCatalogs/teamsApps" .. path, budget = "apps_read", roles = READ,
    scopes = SCOPES }
end

--- What it answers; see `crier.simulator.router`.
catalog.routes = { route(""), route("/{app}", "app"),
  route("/{app}/appDefinitions", "definitions") }

--- A text of an app, as `crier.simulator.filter` reads it.
-- @tparam string name
-- @treturn table
function catalog.property(name)
  return { type = "string", get = function(app) return app[name] end }
end

local property = catalog.property

local FIELDS = { id = property("id"), externalId = property("externalId"),
  displayName = property("displayName"), distributionMethod = property("distributionMethod"),
  appDefinitions = { type = "list", get = function(app)
    local out = {}
    for i, definition in ipairs(app.definitions) do
      out[i] = { bot = app.bot, state = definition.state, version = definition.version }
    end
    return out
  end, items = { bot = property("bot"), publishingState = property("state"),
    version = property("version") } } }

local function defined(app, version)
  app.version = version
  app.scopes = app.scopes or { personal = true, team = true, groupchat = true }
  app.permissions, app.activities = app.permissions or {}, app.activities or {}
  app.definitions = { { version = version, state = "published", etag = "1" } }
  return app
end

--- Makes the catalog.
-- @tparam crier.simulator simulator
-- @tparam table options
-- @tparam ?{string,...} options.resource_specific permissions that our app
-- declares, see `crier.simulator.consent`
-- @tparam[opt=0] number options.propagation_ms for how long an app that was
-- just published cannot be installed
-- @treturn crier.simulator.catalog
function catalog.new(simulator, options)
  local faults = simulator.faults
  local ours = defined({ id = simulator.catalog_id, externalId = simulator.manifest_id,
    displayName = "Crier", distributionMethod = "organization", bot = simulator.client_id,
    client_id = faults:has("not-owner", 0) and random.guid(4042322160, simulator.seed, 4.2e9)
      or simulator.client_id,
    permissions = consent.read(options.resource_specific),
    activities = { announcement = true } }, "1.2.0")
  local is_fresh = faults:has("just-published", 0)
  ours.is_fresh = is_fresh
  local self = setmetatable({ ours = ours, seed = simulator.seed,
    propagation_ms = options.propagation_ms or is_fresh and HOUR_MS or 0, apps = {
      defined({ id = "9f3b6e52-0d4c-4a57-8f1e-5a2f3f6f7a01", displayName = "Polls",
        distributionMethod = "store" }, "4.0.1"),
      ours,
      defined({ id = "0c1d9a44-7b2e-4f3a-9d55-6be0c2f1aa02", displayName = "Travel",
        externalId = "5d1f0a9e-3c5b-4c0f-8b57-1c7a4d2e9b03",
        distributionMethod = "organization" }, "1.0.0"),
    } }, catalog_mt)
  if faults:has("no-app", 0) then
    table.remove(self.apps, 2)
  end
  return self
end

--- Finds an app.
-- @tparam string id its catalog id, any case
-- @treturn ?table
-- @treturn ?number its place in `apps`
function catalog_methods:find(id)
  id = id:lower()
  for i, app in ipairs(self.apps) do
    if app.id == id then
      return app, i
    end
  end
  return nil
end

--- Tells for how long an app is still too new to be installed.
-- The time of an app that was there at the start begins with the first asking.
-- @tparam table app
-- @tparam number now_ms
-- @treturn number milliseconds; 0: it can be installed
function catalog_methods:unsettled_ms(app, now_ms)
  if app.is_fresh then
    app.is_fresh, app.settled_from_ms = nil, now_ms + self.propagation_ms
  end
  return math.max(0, (app.settled_from_ms or 0) - now_ms)
end

--- Makes the id of a definition.
-- @tparam table app
-- @tparam string version
-- @tparam[opt="published"] string state
-- @treturn string opaque
function catalog.definition_id(app, version, state)
  return encoding.to_base64(app.id .. "##" .. version .. "##" .. (state or "published"))
end

--- Writes a definition as Graph's `teamsAppDefinition`.
-- @tparam table app
-- @tparam table definition of it
-- @tparam ?boolean has_bot whether `bot` is expanded
-- @treturn table for `encoding.json`
function catalog.definition(app, definition, has_bot)
  local permissions = app.permissions[1] and app.permissions or encoding.raw("[]")
  return { id = catalog.definition_id(app, definition.version, definition.state),
    ["@odata.etag"] = definition.etag, teamsAppId = app.id, displayName = app.displayName,
    version = definition.version, publishingState = definition.state,
    shortDescription = app.displayName, createdBy = encoding.null,
    authorization = { clientAppId = app.client_id or encoding.null,
      requiredPermissionSet = { resourceSpecificPermissions = permissions } },
    bot = has_bot and (app.bot and { id = app.bot } or encoding.null) or nil }
end

--- Writes an app as Graph's `teamsApp`.
-- @tparam table app
-- @tparam ?string expand `$expand`
-- @treturn string JSON
function catalog.app_json(app, expand)
  expand = (expand or ""):lower()
  local definitions
  if expand:find("appdefinitions", 1, true) then
    definitions = {}
    for i, definition in ipairs(app.definitions) do
      definitions[i] = catalog.definition(app, definition, expand:find("bot", 1, true) ~= nil)
    end
  end
  return encoding.json({ id = app.id, externalId = app.externalId or encoding.null,
    displayName = app.displayName, distributionMethod = app.distributionMethod,
    appDefinitions = definitions })
end

--- Answers `GET /appCatalogs/teamsApps`.
-- @tparam table call
-- @treturn table response
function catalog_methods:catalog(call)
  local query, keep = call.query, function() return true end
  if query["$filter"] then
    local message, code
    keep, message, code = filter.compile(query["$filter"], FIELDS, "microsoft.graph.teamsApp", true)
    if not keep then
      return answers.graph(400, code, message)
    end
  end
  local out = {}
  for _, app in ipairs(self.apps) do
    if keep(app) then
      out[#out + 1] = catalog.app_json(app, query["$expand"])
    end
  end
  return answers.json(200, '{"value":[' .. table.concat(out, ",") .. "]}")
end

--- Answers `GET /appCatalogs/teamsApps/{id}`.
-- @tparam table call
-- @treturn table response
function catalog_methods:app(call)
  local app = self:find(call.ids.app)
  return app and answers.json(200, catalog.app_json(app, call.query["$expand"]))
    or answers.no_app(call.ids.app)
end

--- Answers `GET /appCatalogs/teamsApps/{id}/appDefinitions`.
-- @tparam table call
-- @treturn table response
function catalog_methods:definitions(call)
  local app = self:find(call.ids.app)
  if not app then
    return answers.no_app(call.ids.app)
  end
  local out, has_bot = {}, (call.query["$expand"] or ""):find("bot", 1, true) ~= nil
  for i, definition in ipairs(app.definitions) do
    out[i] = encoding.json(catalog.definition(app, definition, has_bot))
  end
  return answers.json(200, '{"value":[' .. table.concat(out, ",") .. "]}")
end

return catalog
