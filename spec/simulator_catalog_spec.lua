local cjson = require "cjson"
local simulated = require "support.simulated"

local CATALOG = "appCatalogs/teamsApps"
local ZIP = "application/zip"

-- A manifest with nothing wrong; `changes` replaces what is at the top.
local function manifest(changes)
  local made = {
    manifestVersion = "1.19", version = "1.0.0", id = "11111111-2222-4333-8444-555555555555",
    name = { short = "News" }, description = { short = "News.", full = "News for everybody." },
    icons = { color = "color.png", outline = "outline.png" }, accentColor = "#004578",
    developer = { name = "Northwind", websiteUrl = "https://northwind.example",
      privacyUrl = "https://northwind.example/privacy",
      termsOfUseUrl = "https://northwind.example/terms" },
    bots = { { botId = "aaaaaaaa-2222-4333-8444-555555555555", scopes = { "personal" } } },
    webApplicationInfo = { id = "aaaaaaaa-2222-4333-8444-555555555555", resource = "api://x" },
  }
  for name, value in pairs(changes or {}) do
    made[name] = value
  end
  return made
end

describe("crier.simulator.catalog #portable", function()
  it("finds an app by each of its ids, and by its bot", function()
    local sim = simulated.new { limits = "off" }
    local function found(filter)
      local _, body = sim.graph("GET", CATALOG .. "?$filter=" .. filter)
      return #body.value, body.value[1] and body.value[1].id
    end
    assert.same({ 1, sim.sim.catalog_id }, { found("id eq '" .. sim.sim.catalog_id .. "'") })
    assert.same({ 1, sim.sim.catalog_id },
      { found("externalId eq '" .. sim.sim.manifest_id .. "'") })
    assert.same({ 1, sim.sim.catalog_id }, { found "appDefinitions/any(a:a/bot ne null)" })
    assert.equal(2, (found "distributionMethod ne 'store'"))
    assert.equal(0, (found("id eq '" .. sim.sim.manifest_id .. "'")))
    assert.equal(400, sim.graph("GET", CATALOG .. "?$filter=apps/any(a:a/x eq 'y')").status)
    assert.equal(400, sim.graph("GET", CATALOG .. "?$filter=appDefinitions eq null").status)
  end)

  it("tells of a definition who owns it, what it declares, and its bot when asked", function()
    local sim = simulated.new { resource_specific = { "TeamsActivity.Send.User" } }
    local path = CATALOG .. "/" .. sim.sim.catalog_id
    local _, body = sim.graph("GET", path)
    assert.is_nil(body.appDefinitions)
    _, body = sim.graph("GET", path .. "?$expand=appDefinitions")
    local definition = body.appDefinitions[1]
    assert.equal("1.2.0", definition.version)
    assert.equal("published", definition.publishingState)
    assert.equal(sim.sim.client_id, definition.authorization.clientAppId)
    assert.same({ { permissionValue = "TeamsActivity.Send.User", permissionType = "Application" } },
      definition.authorization.requiredPermissionSet.resourceSpecificPermissions)
    assert.is_nil(definition.bot)
    _, body = sim.graph("GET", path .. "?$expand=appDefinitions($expand=bot)")
    assert.equal(sim.sim.client_id, body.appDefinitions[1].bot.id)
    _, body = sim.graph("GET", path .. "/appDefinitions?$expand=bot")
    assert.equal(sim.sim.client_id, body.value[1].bot.id)
    assert.equal(404, sim.graph("GET", CATALOG .. "/nothing/appDefinitions").status)
  end)

  it("is without the app, or has it for another registration", function()
    local sim = simulated.new { faults = "no-app=1" }
    local _, body = sim.graph("GET", CATALOG)
    assert.equal(2, #body.value)
    assert.equal(404, sim.install((select(2, sim.person "member"))).status)
    sim = simulated.new { faults = "not-owner=1" }
    _, body = sim.graph("GET", CATALOG .. "/" .. sim.sim.catalog_id .. "?$expand=appDefinitions")
    assert.are_not.equal(sim.sim.client_id, body.appDefinitions[1].authorization.clientAppId)
  end)
end)

describe("crier.simulator.publishing #portable", function()
  local sim, read, admin, submitter

  before_each(function()
    read = manifest()
    sim = simulated.new { limits = "off", read_package = function(zip)
      assert.equal("PK", zip)
      return read, read or "it is no archive", read or "NO_ARCHIVE"
    end }
    admin = sim.delegated "AppCatalog.ReadWrite.All"
    submitter = sim.delegated "AppCatalog.Submit"
  end)

  local function send(method, path, token, body)
    token["content-type"] = ZIP
    return sim.graph(method, CATALOG .. path, body or "PK", token)
  end

  local function definitions(id)
    local _, body = sim.graph("GET", CATALOG .. "/" .. id .. "/appDefinitions")
    return body.value
  end

  it("takes a new app in, which can then be installed", function()
    read.bots[1].botId, read.webApplicationInfo.id = sim.sim.client_id, sim.sim.client_id
    local response, body = send("POST", "", admin)
    assert.equal(201, response.status)
    assert.equal("https://graph.microsoft.com/v1.0/" .. CATALOG .. "/" .. body.id,
      response.headers.location)
    assert.same({ read.id, "News", "organization" },
      { body.externalId, body.displayName, body.distributionMethod })
    local id = select(2, sim.person "member")
    assert.equal(201, sim.install(id, body.id).status)
    sim.now_ms = sim.now_ms + 300
    assert.equal(201, sim.create(id).status)
    assert.equal(400, sim.graph("POST", "teams/" .. sim.sim.organization.teams[1].id
      .. "/installedApps", { ["teamsApp@odata.bind"] = "https://graph.microsoft.com/v1.0/"
      .. CATALOG .. "/" .. body.id }).status)
  end)

  it("keeps the known ids for the app that was missing", function()
    sim = simulated.new { faults = "no-app=1", read_package = function() return read end }
    read.id = sim.sim.manifest_id
    local _, body = send("POST", "", sim.delegated "AppCatalog.ReadWrite.All")
    assert.equal(sim.sim.catalog_id, body.id)
  end)

  it("refuses an id that is there, an application, and who may not", function()
    local response, body = send("POST", "", sim.app_token "AppCatalog.ReadWrite.All")
    assert.same({ 403, "Requested API is not supported in application-only context" },
      { response.status, body.error.message })
    assert.equal(403, send("POST", "", sim.delegated "User.Read").status)
    assert.equal(201, send("POST", "", admin).status)
    response, body = send("POST", "", admin)
    assert.same({ 409, "Conflict", "AppDefinitionAlreadyExists" },
      { response.status, body.error.code, body.error.innerError.code })
    assert.equal(415, sim.graph("POST", CATALOG, "PK", sim.delegated "AppCatalog.Submit").status)
    sim = simulated.new()
    assert.equal(501, send("POST", "", sim.delegated "AppCatalog.Submit").status)
  end)

  it("says what is wrong with a manifest, with status 400, or with 200", function()
    read.name, read.developer.websiteUrl = nil, "hs://www.example"
    local seen = {}
    for i = 1, 2 do
      local response, body = send("POST", "", admin)
      seen[i] = response.status
      local inner = body.error.innerError
      assert.same({ "BadRequest", "UnableToParseTeamsAppManifest" },
        { body.error.code, inner.code })
      assert.same({ { "SchemaError_Required", "name.short" },
        { "SchemaError_Pattern", "developer.websiteUrl" } },
        { { inner.details[1].code, inner.details[1].target },
          { inner.details[2].code, inner.details[2].target } })
    end
    assert.same({ 400, 200 }, seen)
  end)

  it("names each fault of a manifest", function()
    local bot = { botId = "aaaaaaaa-2222-4333-8444-555555555555" }
    for expected, changes in pairs({
      ["SchemaError_MaximumLength name.short"] = { name = { short = ("x"):rep(31) } },
      ["SchemaError_Type version"] = { version = 1 },
      ["SchemaError_Pattern version"] = { version = "1.0" },
      ["SchemaError_Pattern id"] = { id = "news" },
      ["SchemaError_Pattern accentColor"] = { accentColor = "blue" },
      ["SchemaError_Required icons.color"] = { icons = { outline = "o.png" } },
      ["SchemaError_MaximumItems bots"] = { bots = { bot, bot } },
      ["SchemaError_Pattern bots[0].botId"] = { bots = { { botId = "bot" } } },
    }) do
      read = manifest(changes)
      local _, body = send("POST", "", admin)
      local detail = body.error.innerError.details[1]
      assert.equal(expected, detail.code .. " " .. detail.target)
    end
    for code, expected in pairs({ NO_ARCHIVE = "Serialization_FileMissing",
      NOT_JSON = "Serialization_FileNotValidJson" }) do
      sim = simulated.new { read_package = function() return nil, "no", code end }
      local _, body = send("POST", "", sim.delegated "AppCatalog.ReadWrite.All")
      assert.equal(expected, body.error.innerError.details[1].code)
    end
  end)

  it("updates an app by a higher version alone", function()
    local _, app = send("POST", "", admin)
    local path = "/" .. app.id .. "/appDefinitions"
    local response, body = send("POST", path, admin)
    assert.same({ 409, "Conflict" }, { response.status, body.error.code })
    read = manifest { version = "1.10.0" }
    response, body = send("POST", path, admin)
    assert.same({ 201, "1.10.0", "published" },
      { response.status, body.version, body.publishingState })
    read = manifest { version = "1.9.9" }
    assert.equal(409, send("POST", path, admin).status)
    read = manifest { version = "2.0.0" }
    assert.equal(204, send("PUT", "/" .. app.id, admin).status)
    read = manifest { version = "3.0.0", id = "99999999-2222-4333-8444-555555555555" }
    assert.equal(400, send("POST", path, admin).status)
    assert.equal(404, send("POST", "/" .. read.id .. "/appDefinitions", admin).status)
    assert.equal(3, #definitions(app.id))
  end)

  it("has an administrator review what was submitted", function()
    local _, app = send("POST", "", submitter)
    local definition = definitions(app.id)[1]
    assert.equal("submitted", definition.publishingState)
    local id = select(2, sim.person "member")
    assert.equal(404, sim.install(id, app.id).status)
    local path = CATALOG .. "/" .. app.id .. "/appDefinitions/" .. definition.id:gsub("=", "%%3D")
    local decision = { publishingState = "published" }
    assert.equal(403, sim.graph("PATCH", path, decision, submitter).status)
    assert.equal(412, sim.graph("PATCH", path, decision, admin).status)
    admin["if-match"] = "another"
    assert.equal(412, sim.graph("PATCH", path, decision, admin).status)
    admin["if-match"] = definition["@odata.etag"]
    assert.equal(400, sim.graph("PATCH", path, { publishingState = "lost" }, admin).status)
    local response, body = sim.graph("PATCH", path, decision, admin)
    assert.same({ 200, "published" }, { response.status, body.publishingState })
    assert.equal(404, sim.graph("PATCH", path, decision, admin).status)
    assert.equal(403, sim.install(id, app.id).status) -- it is another registration's
  end)

  it("rejects, withdraws and takes away", function()
    admin["content-type"] = ZIP
    local _, app = sim.graph("POST", CATALOG .. "?requiresReview=true", "PK", admin)
    local function path()
      local definition = definitions(app.id)[1]
      return CATALOG .. "/" .. app.id .. "/appDefinitions/" .. definition.id:gsub("=", "%%3D")
    end
    local submitted = path()
    assert.equal(200, sim.graph("PATCH", submitted, cjson.encode { publishingState = "rejected" },
      { authorization = admin.authorization, ["if-match"] = "*" }).status)
    assert.equal("rejected", definitions(app.id)[1].publishingState)
    assert.equal(400, sim.graph("DELETE", path(), nil, admin).status)
    assert.equal(204, sim.graph("DELETE", CATALOG .. "/" .. app.id, nil, admin).status)
    assert.equal(404, sim.graph("DELETE", CATALOG .. "/" .. app.id, nil, admin).status)
    _, app = sim.graph("POST", CATALOG .. "?requiresReview=true", "PK", admin)
    assert.equal(204, sim.graph("DELETE", path(), nil, admin).status)
    assert.equal(404, sim.graph("GET", CATALOG .. "/" .. app.id).status)
  end)

  it("does not take away what the store has", function()
    local _, body = sim.graph("GET", CATALOG .. "?$filter=distributionMethod eq 'store'")
    assert.equal(404, sim.graph("DELETE", CATALOG .. "/" .. body.value[1].id, nil, admin).status)
  end)

  it("lets nobody install before it has spread", function()
    sim = simulated.new { propagation_ms = 1000, limits = "off",
      read_package = function() return read end }
    read.bots[1].botId, read.webApplicationInfo.id = sim.sim.client_id, sim.sim.client_id
    local _, app = send("POST", "", sim.delegated "AppCatalog.ReadWrite.All")
    local id, seen = select(2, sim.person "member"), {}
    for i = 1, 3 do
      seen[i] = sim.install(id, app.id).status
      sim.now_ms = sim.now_ms + 500
    end
    assert.same({ 404, 403, 201 }, seen)
    assert.equal(201, sim.install(id).status)
  end)
end)
