local encoding = require "crier.simulator.encoding"
local simulated = require "support.simulated"

local code = simulated.code
local APPS = "https://graph.microsoft.com/v1.0/appCatalogs/teamsApps/"
local INSTALL = "TeamsAppInstallation."

describe("crier.simulator.installs #portable", function()
  -- The paths of the installed apps of a person, a team and a chat.
  local function places(sim)
    local k, id = sim.person "member"
    return { user = "users/" .. id .. "/teamwork/installedApps",
      team = "teams/" .. sim.sim.organization.teams[1].id .. "/installedApps",
      chat = "chats/" .. encoding.escape((sim.sim.organization:chat_of(k))) .. "/installedApps" }
  end

  local function link(sim, permissions)
    local body = { ["teamsApp@odata.bind"] = APPS .. sim.sim.catalog_id }
    if permissions then
      body.consentedPermissionSet = { resourceSpecificPermissions = permissions }
    end
    return body
  end

  local function ours(sim, path)
    local _, body = sim.graph("GET", path .. "?$expand=teamsApp,teamsAppDefinition"
      .. "&$filter=teamsApp/id eq '" .. sim.sim.catalog_id .. "'")
    return body.value
  end

  for _, place in ipairs({ "user", "team", "chat" }) do
    it("install, list, upgrade and uninstall for a " .. place, function()
      local sim = simulated.new({ install_delay_ms = 0, limits = "off" })
      local path = places(sim)[place]
      assert.same({}, ours(sim, path))
      local response, body, events = sim.graph("POST", path, link(sim))
      assert.is_true(response.status == 201 or place == "team" and response.status == 200)
      assert.is_nil(body)
      assert.equal("installed", events[1].kind)
      assert.is_string(events[1][place .. "_id"])
      response = sim.graph("POST", path, link(sim))
      assert.same({ 409, "Conflict" }, { response.status, code(response) })

      local listed = ours(sim, path)
      assert.equal(1, #listed)
      assert.equal(sim.sim.catalog_id, listed[1].teamsApp.id)
      assert.equal("1.2.0", listed[1].teamsAppDefinition.version)
      local one = path .. "/" .. encoding.escape(listed[1].id)
      assert.equal(200, sim.graph("GET", one).status)

      sim.sim.catalog.ours.version = "1.3.0"
      assert.equal("1.2.0", ours(sim, path)[1].teamsAppDefinition.version)
      assert.equal(204, sim.graph("POST", one .. "/upgrade").status)
      assert.equal("1.3.0", ours(sim, path)[1].teamsAppDefinition.version)

      response, _, events = sim.graph("DELETE", one)
      assert.equal(204, response.status)
      assert.equal("uninstalled", events[1].kind)
      assert.same({}, ours(sim, path))
      assert.equal(404, sim.graph("DELETE", one).status)
      response = sim.graph("POST", path, link(sim))
      assert.is_true(response.status < 300)
    end)
  end

  it("list without what was not expanded, and only by known properties", function()
    local sim = simulated.new({ installed = 1 })
    local path = places(sim).user
    local _, body = sim.graph("GET", path)
    assert.equal(2, #body.value)
    assert.is_nil(body.value[2].teamsApp)
    assert.is_nil(body.value[2].teamsAppDefinition)
    assert.equal(400, sim.graph("GET", path .. "?$filter=colour eq 'red'").status)
    _, body = sim.graph("GET", path .. "?$expand=teamsApp&$filter=teamsApp/externalId eq '"
      .. sim.sim.manifest_id .. "'")
    assert.equal(sim.sim.catalog_id, body.value[1].teamsApp.id)
  end)

  it("tell the version of those who had the app before", function()
    local sim = simulated.new({ installed = 1, installed_version = "1.0.0" })
    assert.equal("1.0.0", ours(sim, places(sim).user)[1].teamsAppDefinition.version)
  end)

  it("are found neither in a team nor a chat that there is not", function()
    local sim = simulated.new()
    for _, path in ipairs({ "teams/" .. sim.sim.organization.groups[20].id, "teams/none",
      "chats/19%3Anone%40thread.v2", "users/nobody%40northwind.example/teamwork" }) do
      assert.same({ 404, "NotFound" }, { (sim.graph("GET", path .. "/installedApps")).status,
        code((sim.graph("GET", path .. "/installedApps"))) })
      assert.equal(404, (sim.graph("POST", path .. "/installedApps", link(sim))).status)
    end
  end)

  describe("of an app that declares resource-specific permissions", function()
    local SEND = { permissionValue = "TeamsActivity.Send.User", permissionType = "Application" }
    local READ = { permissionValue = "TeamMember.Read.Group", permissionType = "Delegated" }

    it("need the exact set", function()
      local sim = simulated.new({ limits = "off",
        resource_specific = { "TeamsActivity.Send.User", "TeamMember.Read.Group:Delegated" } })
      local path = places(sim).user
      for _, set in ipairs({ false, {}, { SEND }, { SEND, READ, SEND },
        { READ, { permissionValue = SEND.permissionValue, permissionType = "Delegated" } } }) do
        local response, body = sim.graph("POST", path, link(sim, set or nil))
        assert.equal(400, response.status)
        assert.equal("InvalidRequest", body.error.innerError.code)
        assert.matches("have not been consented to by the caller", body.error.message)
      end
      assert.equal(201, sim.graph("POST", path, link(sim, { READ, SEND })).status)
    end)

    it("need the right to consent, also to be upgraded", function()
      local sim = simulated.new({ installed = 1, limits = "off",
        resource_specific = { "TeamsActivity.Send.User" } })
      local path = places(sim).user
      local self_only = sim.app_token(INSTALL .. "ReadWriteSelfForUser.All")
      local response, body = sim.graph("POST", path, link(sim, { SEND }), self_only)
      assert.equal(403, response.status)
      assert.matches("ReadWriteAndConsentSelfForUser", body.error.message)
      local one = path .. "/" .. encoding.escape(ours(sim, path)[1].id)
      assert.equal(400, sim.graph("POST", one .. "/upgrade").status)
      body = { consentedPermissionSet = { resourceSpecificPermissions = { SEND } } }
      assert.equal(403, sim.graph("POST", one .. "/upgrade", body, self_only).status)
      assert.equal(204, sim.graph("POST", one .. "/upgrade", body).status)
    end)

    it("need no consent to what only signed-in people do", function()
      local sim = simulated.new({ resource_specific = { "TeamMember.Read.Group:Delegated" } })
      assert.equal(201, sim.graph("POST", places(sim).user, link(sim)).status)
    end)

    it("give the permission where they are installed, without a role", function()
      local sim = simulated.new({ install_delay_ms = 0, limits = "off",
        resource_specific = { "TeamMember.Read.Group" } })
      local team = sim.sim.organization.teams[1].id
      local poor = sim.app_token(INSTALL .. "ReadWriteAndConsentSelfForTeam.All")
      assert.equal(403, sim.graph("GET", "teams/" .. team .. "/members", nil, poor).status)
      assert.is_true(sim.graph("POST", places(sim).team, link(sim, { { permissionType =
        "Application", permissionValue = "TeamMember.Read.Group" } }), poor).status < 300)
      assert.equal(200, sim.graph("GET", "teams/" .. team .. "/members", nil, poor).status)
      assert.equal(403, sim.graph("GET", "teams/" .. team .. "/channels", nil, poor).status)
    end)
  end)

  describe("of another registration's app", function()
    it("are managed only with a right to all apps", function()
      local sim = simulated.new({ faults = "not-owner=1", limits = "off" })
      local path = places(sim).user
      local response = sim.graph("POST", path, link(sim))
      assert.equal(403, response.status)
      assert.matches("is not allowed to manage the Teams App", response.body)
      local any = sim.app_token(INSTALL .. "ReadWriteForUser.All")
      assert.equal(201, sim.graph("POST", path, link(sim), any).status)
      sim.now_ms = sim.now_ms + 1000
      assert.same({}, ours(sim, path))
      local _, body = sim.graph("GET", path, nil, any)
      assert.equal(2, #body.value)
    end)
  end)

  it("need a role, of the kind of place", function()
    local sim = simulated.new({ limits = "off" })
    local users = sim.app_token(INSTALL .. "ReadWriteSelfForUser.All")
    local paths = places(sim)
    assert.equal(201, sim.graph("POST", paths.user, link(sim), users).status)
    for _, place in ipairs({ "team", "chat" }) do
      local response, body = sim.graph("POST", paths[place], link(sim), users)
      assert.same({ 403, "Forbidden" }, { response.status, body.error.code })
      assert.matches("Missing role permissions .* Roles on the request '"
        .. "TeamsAppInstallation.ReadWriteSelfForUser.All'", body.error.message)
      assert.equal(403, sim.graph("GET", paths[place], nil, users).status)
    end
    local reading = sim.app_token(INSTALL .. "ReadForUser.All")
    assert.equal(200, sim.graph("GET", paths.user, nil, reading).status)
    assert.equal(403, sim.graph("POST", paths.user, link(sim), reading).status)
  end)

  it("of people are refused to an application in government clouds", function()
    for cloud, expected in pairs({ gcch = { 412, "PreconditionFailed" },
      dod = { 403, "Forbidden" } }) do
      local sim = simulated.new({ cloud = cloud, limits = "off" })
      local paths = places(sim)
      local installed = paths.user .. "/x"
      for _, call in ipairs({ { "POST", paths.user, link(sim) }, { "GET", paths.user },
        { "DELETE", installed }, { "POST", installed .. "/upgrade" },
        { "GET", installed .. "/chat" } }) do
        local response = sim.graph(call[1], call[2], call[3])
        assert.same(expected, { response.status, code(response) })
        assert.matches("not supported in application%-only context", response.body)
      end
      assert.is_true(sim.graph("POST", paths.team, link(sim)).status < 300)
    end
    assert.equal(201, simulated.new({ cloud = "gcc" }).install(
      select(2, simulated.new().person "member")).status)
  end)

  it("give the chat only once they show", function()
    local sim = simulated.new({ limits = "off" })
    local path = places(sim).user
    local id = encoding.escape(encoding.to_base64(select(2, sim.person "member") .. "##"
      .. sim.sim.catalog_id))
    sim.graph("POST", path, link(sim))
    sim.sim.installs.states[sim.sim.catalog.ours].visible_at[(sim.person "member")] =
      sim.now_ms + 100
    assert.equal(404, sim.graph("GET", path .. "/" .. id .. "/chat").status)
    sim.now_ms = sim.now_ms + 100
    local _, body = sim.graph("GET", path .. "/" .. id .. "/chat")
    assert.equal("oneOnOne", body.chatType)
  end)

  it("spend 15 uninstalls a second, one call a chat, four a team", function()
    local sim = simulated.new({ users = 100, window = "fixed" })
    local _, id = sim.person "member"
    for _ = 1, 15 do
      assert.equal(404, sim.graph("DELETE", "users/" .. id .. "/teamwork/installedApps/x").status)
    end
    local response = sim.graph("DELETE", "users/" .. id .. "/teamwork/installedApps/x")
    assert.same({ 429, "1" }, { response.status, response.headers["retry-after"] })
    local paths = places(sim)
    assert.equal(200, sim.graph("GET", paths.chat).status)
    assert.equal(429, sim.graph("GET", paths.chat).status)
    for _ = 1, 4 do
      assert.equal(200, sim.graph("GET", paths.team).status)
    end
    assert.equal(429, sim.graph("GET", paths.team).status)
    assert.equal(200, sim.graph("GET", "teams/" .. sim.sim.organization.teams[2].id
      .. "/installedApps").status)
    local violations = sim.sim:stats().violations
    assert.same({ 1, 1, 1, 0 }, { violations.uninstall, violations.chat, violations.team,
      violations.apps_read })
  end)
end)
