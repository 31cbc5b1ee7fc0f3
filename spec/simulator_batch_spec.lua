local cjson = require "cjson"
local encoding = require "crier.simulator.encoding"
local simulated = require "support.simulated"

local JSON = { ["Content-Type"] = "application/json" }

describe("crier.simulator.batch #portable", function()
  local function install(sim, id, k, depends_on)
    return { id = id, method = "POST", headers = JSON, dependsOn = depends_on,
      url = "/users/" .. sim.sim.people:id(k) .. "/teamwork/installedApps",
      body = { ["teamsApp@odata.bind"] = "https://graph.microsoft.com/v1.0/appCatalogs/teamsApps/"
        .. sim.sim.catalog_id } }
  end

  local function run(sim, requests, headers)
    local response, body, events = sim.graph("POST", "$batch", { requests = requests }, headers)
    local by_id, order = {}, {}
    for i, part in ipairs(body.responses or {}) do
      by_id[part.id], order[i] = part, part.id
    end
    return response, by_id, table.concat(order, " "), events
  end

  it("answers each part by itself, in an order of its own", function()
    local sim = simulated.new { limits = "off" }
    local k, id = sim.person "member"
    local requests = { install(sim, "a", k), { id = "b", method = "GET", url = "users/" .. id },
      { id = "c", method = "get", url = "/users/nobody" },
      { id = "d", method = "GET", url = "/users?$select=id&$top=1" } }
    local response, parts, order, events = run(sim, requests)
    assert.equal(200, response.status)
    assert.same({ 201, 200, 404, 200 },
      { parts.a.status, parts.b.status, parts.c.status, parts.d.status })
    assert.equal(id, parts.b.body.id)
    assert.equal("Request_ResourceNotFound", parts.c.body.error.code)
    assert.equal("application/json; charset=utf-8", parts.d.headers["Content-Type"])
    assert.equal("https://graph.microsoft.com/v1.0/users?",
      parts.d.body["@odata.nextLink"]:sub(1, 39))
    assert.equal("installed", events[1].kind)
    assert.equal(order, select(3, run(simulated.new { limits = "off" }, requests)))
    local operations = sim.sim:stats().operations
    assert.same({ { ["200"] = 1 }, { ["201"] = 1 }, { ["200"] = 1, ["404"] = 1 } },
      { operations.batch, operations.install, operations.user })
  end)

  it("shuffles, the same way for the same seed", function()
    local requests = {}
    for i = 1, 20 do
      requests[i] = { id = ("r%02d"):format(i), method = "GET", url = "/appCatalogs/teamsApps" }
    end
    local function order(seed)
      return select(3, run(simulated.new { seed = seed, limits = "off" }, requests))
    end
    assert.equal(order(1), order(1))
    assert.are_not.equal(order(1), order(2))
  end)

  it("refuses a part that is above a limit, and only that one", function()
    local sim = simulated.new { users = 100, window = "fixed" }
    local statuses = { [201] = 0, [404] = 0, [429] = 0 }
    for batch = 1, 2 do
      local requests = {}
      for i = 1, 20 do
        requests[i] = install(sim, tostring(i), (batch - 1) * 20 + i)
      end
      local response, parts = run(sim, requests)
      assert.equal(200, response.status)
      for _, part in pairs(parts) do
        statuses[part.status] = statuses[part.status] + 1
        assert.equal(part.status == 429 and "1" or nil, part.headers["Retry-After"])
      end
    end
    assert.equal(10, statuses[429])
    assert.equal(10, sim.sim:stats().violations.install)
  end)

  it("fails what depends on a failure", function()
    local sim = simulated.new { limits = "off" }
    local k, id = sim.person "member"
    local _, parts = run(sim, { install(sim, "A", k),
      { id = "b", dependsOn = { "a" }, method = "GET", url = "/users/" .. id },
      { id = "c", dependsOn = { "b" }, method = "GET", url = "/users/nobody" },
      { id = "d", dependsOn = { "C" }, method = "GET", url = "/users/" .. id } })
    assert.same({ 201, 200, 404, 424 },
      { parts.A.status, parts.b.status, parts.c.status, parts.d.status })
  end)

  it("refuses a batch that is not well formed, whole", function()
    local sim = simulated.new { limits = "off" }
    local function get(id, more)
      local part = { id = id, method = "GET", url = "/users" }
      for name, value in pairs(more or {}) do
        part[name] = value
      end
      return part
    end
    local many = {}
    for i = 1, 21 do
      many[i] = get(tostring(i))
    end
    for _, requests in ipairs({ {}, many, { get "x", get "X" }, { get "" }, { { id = "a" } },
      { get("a", { method = "HEAD" }) }, { get("a", { url = "https://graph.example/v1.0/x" }) },
      { get("a", { dependsOn = { "b" } }) }, { get("a", { dependsOn = "b" }) }, { "x" } }) do
      local response = run(sim, requests)
      assert.same({ 400, "BadRequest" }, { response.status, simulated.code(response) })
    end
    assert.equal(400, sim.graph("POST", "$batch", "{").status)
    assert.equal(200, run(sim, { get "a" }).status)
    assert.equal(401, sim.graph("POST", "$batch", { requests = { get "a" } },
      { authorization = "Bearer x" }).status)
  end)

  it("wants a content type with a body, and no batch inside", function()
    local sim = simulated.new { limits = "off" }
    local part = install(sim, "a", (sim.person "member"))
    part.headers = nil
    local _, parts = run(sim, { part, { id = "b", method = "POST", url = "/$batch",
      headers = JSON, body = { requests = {} } } })
    assert.same({ 400, 400 }, { parts.a.status, parts.b.status })
  end)

  it("carries a body that is not JSON as base64, both ways", function()
    local taken
    local sim = simulated.new { limits = "off", faults = "publish:502=0.5",
      read_package = function(zip) taken = zip end }
    local requests = {}
    for i = 1, 20 do
      requests[i] = { id = tostring(i), method = "POST", url = "/appCatalogs/teamsApps",
        headers = { ["Content-Type"] = "application/zip" }, body = "UEsD" }
    end
    local _, parts = run(sim, requests, sim.delegated "AppCatalog.Submit")
    assert.equal("PK\3", taken)
    local html = 0
    for _, part in pairs(parts) do
      if part.headers["Content-Type"] == "text/html" then
        html = html + 1
        assert.matches("^<html>", encoding.from_base64(part.body))
      end
    end
    assert.is_true(html > 0)
  end)

  it("answers 504 for a part whose connection would close", function()
    local sim = simulated.new { limits = "off", faults = "user:cut-after=1" }
    local _, parts = run(sim, { { id = "a", method = "GET", url = "/users/x" } })
    assert.equal(504, parts.a.status)
  end)

  it("is as slow as its slowest part", function()
    local sim = simulated.new { limits = "off", faults = "user:slow=1" }
    local _, delay_ms = sim.call { method = "POST", path = "/v1.0/$batch",
      headers = { authorization = sim.graph_token }, body = cjson.encode({ requests = {
        { id = "a", method = "GET", url = "/users/x" },
        { id = "b", method = "GET", url = "/users" } } }) }
    assert.is_true(delay_ms >= 2000)
  end)
end)
