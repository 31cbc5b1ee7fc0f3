local router = require "crier.simulator.router"
local simulated = require "support.simulated"
local simulator = require "crier.simulator"

local code = simulated.code

describe("crier.simulator.router #portable", function()
  local function made()
    local self = router.new()
    self:add("fruit", {
      { operation = "list", service = "graph", method = "GET", path = "/v1/fruit" },
      { operation = "one", service = "graph", method = "GET", path = "/v1/fruit/{name}" },
      { operation = "delta", service = "graph", method = "GET", path = "/v1/fruit/delta" },
      { operation = "eat", service = "graph", method = "POST", path = "/v1/fruit/{name}/{part}",
        answer = "bite" },
      { operation = "token", service = "token", method = "POST", path = "/{tenant}/token" } })
    return self
  end

  local function found(method, path)
    local entry, ids, service = made():find(method, path)
    return entry and entry.route.operation, ids, service
  end

  it("finds a route by its segments, literal ones first", function()
    assert.same({ "list", {} }, { found("GET", "/v1/fruit") })
    assert.same({ "list", {} }, { found("GET", "/v1/Fruit/") })
    assert.same({ "one", { name = "a/b" } }, { found("GET", "/v1/fruit/a%2Fb") })
    assert.same({ "delta", {} }, { found("GET", "/v1/fruit/delta()") })
    assert.same({ "one", { name = "x@y" } }, { found("GET", "/v1/fruit('x@y')") })
    assert.same({ "eat", { name = "delta", part = "core" } },
      { found("POST", "/v1/fruit/delta/core") })
    assert.same({ "token", { tenant = "t" } }, { found("POST", "/t/token") })
    assert.equal("bite", made():find("POST", "/v1/fruit/a/b").answer)
  end)

  it("tells whose a path is that has no route", function()
    assert.same({ nil, nil, "graph" }, { found("GET", "/v1/vegetables") })
    assert.same({ nil, nil, "graph" }, { found("DELETE", "/v1/fruit") })
    assert.same({ nil, nil, nil }, { found("GET", "/") })
  end)

  it("refuses two routes for one thing", function()
    assert.has_error(function()
      made():add("other", { { operation = "x", service = "graph", method = "GET",
        path = "/v1/fruit/{other}" } })
    end, "there is a route already for /v1/fruit/{other}")
  end)
end)

describe("a set-up of crier.simulator #portable", function()
  it("refuses what it cannot be", function()
    for message, options in pairs({
      ["roles must be an array of names"] = { roles = "User.Read.All" },
      ["resource_specific must be an array of names"] = { resource_specific = { 1 } },
      ["cloud must be public, gcc, gcch, dod or china"] = { cloud = "moon" },
      ["propagation must be milliseconds from 0 to two days"] = { propagation_ms = -1 },
    }) do
      options.users = 1
      assert.same({ nil, message, "OPTION_REFUSED" }, { simulator.new(options) })
    end
  end)

  it("grants the least roles, or those it is told to", function()
    local sim = simulated.new { limits = "off" }
    assert.equal(200, sim.graph("GET", "users").status)
    assert.equal(200, sim.graph("GET", "appCatalogs/teamsApps").status)
    assert.is_nil(sim.sim.roles["Directory.Read.All"])
    sim = simulated.new { roles = { "User.Read.All" } }
    assert.equal(200, sim.graph("GET", "users").status)
    local response, body = sim.graph("GET", "appCatalogs/teamsApps")
    assert.same({ 403, "Forbidden" }, { response.status, body.error.code })
    assert.equal("Missing role permissions on the request. API requires one of"
      .. " 'AppCatalog.Read.All, AppCatalog.ReadWrite.All'. Roles on the request 'User.Read.All'.",
      body.error.message)
    assert.equal(403, sim.install((select(2, sim.person "member"))).status)
  end)

  it("grants nothing", function()
    local sim = simulated.new { faults = "consent=1" }
    local response = sim.graph("GET", "groups")
    assert.same({ 403, "Authorization_RequestDenied" }, { response.status, code(response) })
    assert.equal(403, sim.graph("GET", "teams").status)
  end)

  it("blocks the app for one person, or for everybody", function()
    local sim = simulated.new { faults = "policy=@3", limits = "off" }
    local function install(k)
      local response = sim.install(sim.sim.people:id(k))
      return response.status, response.body
    end
    local status, body = install(3)
    assert.equal(403, status)
    assert.matches('"code":"AccessDenied"', body)
    assert.matches("App is blocked by app permission policy. TenantId: " .. sim.sim.tenant
      :gsub("%-", "%%-") .. ", UserObjectId: " .. sim.sim.people:id(3):gsub("%-", "%%-"), body)
    assert.equal(201, (install(4)))
    sim = simulated.new { faults = "app-blocked=1", limits = "off" }
    assert.equal(403, (install(3)))
    assert.equal(403, (install(4)))
    assert.equal(403, sim.graph("POST", "teams/" .. sim.sim.organization.teams[1].id
      .. "/installedApps", { ["teamsApp@odata.bind"] = "https://graph.microsoft.com/v1.0/"
      .. "appCatalogs/teamsApps/" .. sim.sim.catalog_id }).status)
  end)

  it("names one person only in faults of people", function()
    assert.same({ nil, "fault 'consent': probability '@3' is not between 0 and 1",
      "FAULTS_REFUSED" }, { simulator.new { users = 1, faults = "consent=@3" } })
  end)

  it("has published the app just now", function()
    local sim = simulated.new { faults = "just-published=1" }
    local _, body = sim.graph("GET", "appCatalogs/teamsApps?$filter=id eq '" .. sim.sim.catalog_id
      .. "'")
    assert.equal(1, #body.value)
    local id, seen = select(2, sim.person "member"), {}
    for i = 1, 3 do
      seen[i] = sim.install(id).status
      sim.now_ms = sim.now_ms + 1800000
      sim.log_in()
    end
    assert.same({ 404, 403, 201 }, seen)
  end)

  it("has a person without Teams", function()
    local sim = simulated.new { faults = "no-licence=@2", limits = "off" }
    assert.equal(404, sim.install(sim.sim.people:id(2)).status)
    local _, body = sim.graph("GET", "users/" .. sim.sim.people:id(2) .. "?$select=assignedPlans")
    for _, plan in ipairs(body.assignedPlans) do
      assert.are_not.equal("TeamspaceAPI", plan.service)
    end
    assert.equal(2, #body.assignedPlans)
  end)

  it("tells the time, ten minutes ahead when told so", function()
    local sim = simulated.new()
    assert.equal("Tue, 14 Nov 2023 22:13:20 GMT", sim.graph("GET", "users").headers.date)
    sim = simulated.new { faults = "clock-skew=1" }
    assert.equal("Tue, 14 Nov 2023 22:23:20 GMT", sim.graph("GET", "users").headers.date)
    assert.equal("Tue, 14 Nov 2023 22:23:20 GMT", sim.form(sim.credentials "x").headers.date)
  end)

  it("counts resource units for all that is about the directory", function()
    local sim = simulated.new { users = 20, window = "fixed" }
    local group = sim.sim.organization.groups[1].id
    local function spent(path, headers)
      local before = sim.sim.limits.states.users_units[1].used
      sim.graph("GET", path, nil, headers)
      return sim.sim.limits.states.users_units[1].used - before
    end
    sim.graph("GET", "users")
    assert.equal(2, spent "users")
    assert.equal(1, spent "users?$select=id")
    assert.equal(1, spent "users/delta")
    assert.equal(1, spent "groups?$filter=displayName eq 'x'")
    assert.equal(3, spent("groups/" .. group .. "/members"))
    assert.equal(5, spent("groups/" .. group .. "/transitiveMembers"))
    assert.equal(4, spent("groups/" .. group .. "/transitiveMembers/microsoft.graph.user"
      .. "?$select=id&$count=true", { consistencylevel = "eventual" }))
  end)
end)
