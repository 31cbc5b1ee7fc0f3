--- The organisation's app catalog.
-- Ours is there under its manifest id (`externalId`) and its catalog id; two
-- others are there so that a caller who forgets the filter is found out.
-- @module crier.simulator.catalog
local answers = require("crier.simulator.answers")
local encoding = require("crier.simulator.encoding")
local filter = require("crier.simulator.filter")

local catalog = {}

local catalog_methods = {}
local catalog_mt = { __name = "crier.simulator.catalog", __index = catalog_methods }

local function property(name)
  return { type = "string", get = function(app) return app[name] end }
end

local FIELDS = { id = property("id"), externalId = property("externalId"),
  displayName = property("displayName"), distributionMethod = property("distributionMethod") }

local READ = { "AppCatalog.Read.All", "AppCatalog.ReadWrite.All" }

--- What it answers; see `crier.simulator.router`.
catalog.routes = {
  { operation = "catalog", service = "graph", method = "GET", path = "/v1.0/appCatalogs/teamsApps",
    budget = "apps_read", roles = READ },
  { operation = "catalog", service = "graph", method = "GET", answer = "app",
    path = "/v1.0/appCatalogs/teamsApps/{app}", budget = "apps_read", roles = READ },
}

--- Makes the catalog.
-- @tparam crier.simulator simulator
-- @treturn crier.simulator.catalog
function catalog.new(simulator)
  local ours = { id = simulator.catalog_id, externalId = simulator.manifest_id,
    displayName = "Crier", distributionMethod = "organization", version = "1.2.0",
    bot = simulator.client_id }
  return setmetatable({ ours = ours, apps = {
    { id = "9f3b6e52-0d4c-4a57-8f1e-5a2f3f6f7a01", displayName = "Polls",
      distributionMethod = "store", version = "4.0.1" },
    ours,
    { id = "0c1d9a44-7b2e-4f3a-9d55-6be0c2f1aa02", displayName = "Travel",
      externalId = "5d1f0a9e-3c5b-4c0f-8b57-1c7a4d2e9b03", distributionMethod = "organization",
      version = "1.0.0" },
  } }, catalog_mt)
end

--- Writes an app as Graph's `teamsApp`.
-- @tparam table app
-- @tparam ?boolean has_definitions whether `appDefinitions` is expanded
-- @treturn string JSON
function catalog.app_json(app, has_definitions)
  local definitions = has_definitions and { { id = app.id .. "##" .. app.version,
    teamsAppId = app.id, displayName = app.displayName, version = app.version,
    publishingState = "published", bot = app.bot and { id = app.bot } or nil } } or nil
  return encoding.json({ id = app.id, externalId = app.externalId or encoding.null,
    displayName = app.displayName, distributionMethod = app.distributionMethod,
    appDefinitions = definitions })
end

--- Answers `GET /appCatalogs/teamsApps`.
-- @tparam table call
-- @treturn table response
function catalog_methods:catalog(call)
  local query = call.query
  local keep = function() return true end
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
      out[#out + 1] = catalog.app_json(app, query["$expand"] ~= nil)
    end
  end
  return answers.json(200, '{"value":[' .. table.concat(out, ",") .. "]}")
end

--- Answers `GET /appCatalogs/teamsApps/{id}`.
-- @tparam table call
-- @treturn table response
function catalog_methods:app(call)
  local id, query = call.ids.app, call.query
  for _, app in ipairs(self.apps) do
    if app.id == id:lower() then
      return answers.json(200, catalog.app_json(app, query["$expand"] ~= nil))
    end
  end
  return answers.graph(404, "NotFound", "No app found which matches the app id: " .. id)
end

return catalog
