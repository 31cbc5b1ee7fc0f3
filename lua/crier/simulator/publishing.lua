--- How apps come into the catalog: publish, update, review, take away.
-- For a signed-in administrator only; an application may not.  The simulator
-- reads no zip: `read_package` of its options does.
-- @module crier.simulator.publishing
local cjson = require("cjson.safe")

local answers = require("crier.simulator.answers")
local catalog = require("crier.simulator.catalog")
local encoding = require("crier.simulator.encoding")
local manifest = require("crier.simulator.manifest")
local random = require("crier.simulator.random")

local publishing = {}

local publishing_methods = {}
local publishing_mt = { __name = "crier.simulator.publishing", __index = publishing_methods }

local APPS = "/v1.0/appCatalogs/teamsApps"
local SUBMIT = { "AppCatalog.Submit", "AppCatalog.ReadWrite.All", "Directory.ReadWrite.All" }
local ADMIN = { "AppCatalog.ReadWrite.All", "Directory.ReadWrite.All" }

local function route(operation, method, path, scopes, answer)
  return { operation = operation, service = "graph", method = method, path = APPS .. path,
    budget = "apps_write", scopes = scopes, answer = answer }
end

--- What it answers; see `crier.simulator.router`.
publishing.routes = {
  route("publish", "POST", "", SUBMIT),
  route("update_app", "POST", "/{app}/appDefinitions", SUBMIT),
  route("update_app", "PUT", "/{app}", SUBMIT),
  route("review", "PATCH", "/{app}/appDefinitions/{definition}", ADMIN),
  route("unpublish", "DELETE", "/{app}", SUBMIT),
  route("unpublish", "DELETE", "/{app}/appDefinitions/{definition}", SUBMIT, "withdraw"),
}

--- Makes the noun.
-- @tparam crier.simulator simulator
-- @tparam table options
-- @tparam ?function options.read_package `(zip) -> manifest as a table`, or
-- nil, message, code: `NOT_JSON` or another
-- @treturn crier.simulator.publishing
function publishing.new(simulator, options)
  return setmetatable({ catalog = simulator.catalog, seed = simulator.seed,
    manifest_id = simulator.manifest_id, catalog_id = simulator.catalog_id,
    read_package = options.read_package, published = 0, refused = 0 }, publishing_mt)
end

-- The manifest in a body, or the response that refuses.
local function package_of(self, request)
  if not (request.headers["content-type"] or ""):lower():find("application/zip", 1, true) then
    return nil, answers.graph(415, "UnsupportedMediaType", "The body must be application/zip.")
  elseif not self.read_package then
    return nil, answers.graph(501, "NotImplemented", "This simulator cannot read packages.")
  end
  local parsed, _, code = self.read_package(request.body or "")
  local flaws = manifest.flaws(parsed, code)
  if flaws[1] then
    -- The documentation shows the error under 200: so it is every other time.
    self.refused = self.refused + 1
    return nil, manifest.refusal(flaws, self.refused % 2 == 0 and 200 or 400)
  end
  return parsed
end

-- Whether a review comes first: when asked for, and when the token may only
-- submit.
local function needs_review(call)
  local scopes = call.token.scopes or {}
  return (call.query.requiresReview or ""):lower() == "true"
    or not (scopes["AppCatalog.ReadWrite.All"] or scopes["Directory.ReadWrite.All"])
end

local function apply(app, read)
  for name, value in pairs(read) do
    app[name] = value
  end
  app.client_id, app.bot = read.client_id, read.bot
end

-- Makes a definition the one in force.
local function release(self, app, definition, now_ms)
  definition.state = "published"
  apply(app, definition.read)
  if not app.version and self.catalog.propagation_ms > 0 then
    app.settled_from_ms = now_ms + self.catalog.propagation_ms
  end
  app.version = definition.version
end

local function define(self, app, parsed, call, now_ms)
  local definition = { version = parsed.version, state = "submitted",
    etag = encoding.to_base64(("%s-%d"):format(parsed.version, #app.definitions + 1)),
    read = manifest.read(parsed) }
  app.definitions[#app.definitions + 1] = definition
  if not needs_review(call) then
    release(self, app, definition, now_ms)
  end
  return definition
end

local function has_external_id(self, id)
  for _, app in ipairs(self.catalog.apps) do
    if app.externalId == id:lower() then
      return true
    end
  end
  return false
end

--- Answers `POST /appCatalogs/teamsApps`.
-- @tparam table call
-- @tparam table request
-- @tparam number now_ms
-- @treturn table response
function publishing_methods:publish(call, request, now_ms)
  local parsed, response = package_of(self, request)
  if not parsed then
    return response
  elseif has_external_id(self, parsed.id) then
    return answers.graph(409, "Conflict", "App with same id already exists in the tenant.",
      "AppDefinitionAlreadyExists")
  end
  self.published = self.published + 1
  local is_ours = parsed.id:lower() == self.manifest_id and not self.catalog:find(self.catalog_id)
  local app = { externalId = parsed.id:lower(), distributionMethod = "organization",
    definitions = {}, id = is_ours and self.catalog_id or random.guid(random.hash(self.seed, 930,
      self.published) * 61 % 4294967295, self.seed, 4.25e9 + self.published) }
  apply(app, manifest.read(parsed))
  self.catalog.apps[#self.catalog.apps + 1] = app
  define(self, app, parsed, call, now_ms)
  response = answers.json(201, catalog.app_json(app))
  response.headers.location = call.origin .. APPS .. "/" .. app.id
  return response
end

-- Compares "1.10.0" with "1.9.3": whether the first is the higher.
local function is_higher(first, second)
  local a, b = first:gmatch("%d+"), second:gmatch("%d+")
  for _ = 1, 3 do
    local x, y = tonumber(a()) or 0, tonumber(b()) or 0
    if x ~= y then
      return x > y
    end
  end
  return false
end

--- Answers `POST /appCatalogs/teamsApps/{id}/appDefinitions`, and `PUT` of the
-- app, its older form.
-- @tparam table call
-- @tparam table request
-- @tparam number now_ms
-- @treturn table response
function publishing_methods:update_app(call, request, now_ms)
  local app = self.catalog:find(call.ids.app)
  if not app or app.distributionMethod ~= "organization" then
    return answers.no_app(call.ids.app)
  end
  local parsed, response = package_of(self, request)
  if not parsed then
    return response
  elseif parsed.id:lower() ~= app.externalId then
    return answers.graph(400, "BadRequest", "The id in the manifest does not match the app to"
      .. " update.", "AppIdMismatch")
  end
  local newest = app.definitions[#app.definitions]
  if newest and not is_higher(parsed.version, newest.version) then
    return answers.graph(409, "Conflict", "App with same id and version already exists in the"
      .. " tenant.", "AppDefinitionAlreadyExists")
  end
  local definition = define(self, app, parsed, call, now_ms)
  if request.method == "PUT" then
    return { status = 204, headers = {} }
  end
  return answers.json(201, encoding.json(catalog.definition(app, definition)))
end

local function find_definition(self, call)
  local app = self.catalog:find(call.ids.app)
  for i, definition in ipairs(app and app.definitions or {}) do
    if catalog.definition_id(app, definition.version, definition.state) == call.ids.definition then
      return app, definition, i
    end
  end
  return nil, answers.graph(404, "NotFound", "No app definition found with id "
    .. call.ids.definition)
end

--- Answers `PATCH /appCatalogs/teamsApps/{id}/appDefinitions/{id}`: an
-- administrator publishes or rejects what was submitted.
-- @tparam table call
-- @tparam table request
-- @tparam number now_ms
-- @treturn table response
function publishing_methods:review(call, request, now_ms)
  local app, definition = find_definition(self, call)
  local body = cjson.decode(request.body or "")
  local state = type(body) == "table" and body.publishingState
  local etag = request.headers["if-match"]
  if not app then
    return definition
  elseif not etag or etag ~= "*" and etag:gsub('^"(.*)"$', "%1") ~= definition.etag then
    return answers.graph(412, "PreconditionFailed", "If-Match must be the etag of the definition.")
  elseif state ~= "published" and state ~= "rejected" or definition.state ~= "submitted" then
    return answers.graph(400, "BadRequest", "A submitted definition becomes published or rejected.")
  elseif state == "published" then
    release(self, app, definition, now_ms)
  else
    definition.state = "rejected"
  end
  return answers.json(200, encoding.json(catalog.definition(app, definition)))
end

--- Answers `DELETE /appCatalogs/teamsApps/{id}`.
-- @tparam table call
-- @treturn table response
function publishing_methods:unpublish(call)
  local app, i = self.catalog:find(call.ids.app)
  if not app or app.distributionMethod ~= "organization" then
    return answers.no_app(call.ids.app)
  end
  table.remove(self.catalog.apps, i)
  return { status = 204, headers = {} }
end

--- Answers `DELETE /appCatalogs/teamsApps/{id}/appDefinitions/{id}`: what was
-- submitted is withdrawn.
-- @tparam table call
-- @treturn table response
function publishing_methods:withdraw(call)
  local app, definition, i = find_definition(self, call)
  if not app then
    return definition
  elseif definition.state ~= "submitted" then
    return answers.graph(400, "BadRequest", "The definition is not under review.")
  end
  table.remove(app.definitions, i)
  if not app.definitions[1] then
    local _, nth = self.catalog:find(app.id)
    table.remove(self.catalog.apps, nth)
  end
  return { status = 204, headers = {} }
end

return publishing
