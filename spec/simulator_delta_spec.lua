local simulated = require "support.simulated"

local code = simulated.code

describe("crier.simulator.delta #portable", function()
  -- One round: what it brought by id, the delta link, how many pages were
  -- empty and how many entries came twice.
  local function round(sim, path, headers)
    local found, empty, twice, pages = {}, 0, 0, 0
    while true do
      local sent = {}
      for name, value in pairs(headers or {}) do
        sent[name] = value
      end
      local response, body = sim.graph("GET", path, nil, sent)
      assert.equal(200, response.status)
      empty = empty + (body.value[1] and 0 or 1)
      for _, entry in ipairs(body.value) do
        twice = twice + (found[entry.id] and 1 or 0)
        found[entry.id] = entry
      end
      path, pages = body["@odata.nextLink"], pages + 1
      assert.is_true(pages < 200)
      if not path then
        return found, body["@odata.deltaLink"], empty, twice
      end
    end
  end

  local function change(sim, k, text)
    assert.equal(200, sim.call({ method = "POST", path = "/_sandbox/people/"
      .. sim.sim.people:id(k), body = text }).status)
  end

  it("brings everybody, some twice, some pages empty", function()
    local sim = simulated.new { users = 3000, limits = "off" }
    local found, link, empty, twice = round(sim, "users/delta?$select=id,displayName")
    for k = 1, 3000 do
      assert.is_table(found[sim.sim.people:id(k)])
    end
    assert.is_string(link)
    assert.is_true(empty > 0 and twice > 0)
    assert.same({}, (round(sim, link)))
  end)

  it("then brings what changed since, and keeps the query", function()
    local sim = simulated.new { users = 50, limits = "off" }
    local _, link = round(sim, "users/delta?$select=id,jobTitle,department")
    change(sim, 3, '{"jobTitle":"Chief Crier"}')
    change(sim, 4, '{"removed":"changed"}')
    change(sim, 5, '{"removed":"deleted"}')
    change(sim, 6, '{"department":null}')
    local found, later = round(sim, link)
    local id = function(k) return sim.sim.people:id(k) end
    assert.same({ id = id(3), jobTitle = "Chief Crier",
      department = sim.sim.people:value(3, "department") }, found[id(3)])
    assert.same({ id = id(4), ["@removed"] = { reason = "changed" } }, found[id(4)])
    assert.same({ id = id(5), ["@removed"] = { reason = "deleted" } }, found[id(5)])
    assert.is_table(found[id(6)])
    change(sim, 4, '{"removed":false}')
    found = round(sim, later)
    assert.equal(sim.sim.people:value(4, "jobTitle"), found[id(4)].jobTitle)
    assert.is_nil(found[id(3)])
    found = round(sim, link, { prefer = "return=minimal" })
    assert.same({ id = id(3), jobTitle = "Chief Crier" }, found[id(3)])
  end)

  it("agrees with the lists of people", function()
    local sim = simulated.new { users = 30, limits = "off" }
    change(sim, 7, '{"removed":"deleted"}')
    local path, count = "users?$select=id", 0
    repeat
      local _, body = sim.graph("GET", path)
      count, path = count + #body.value, body["@odata.nextLink"]
    until not path
    assert.equal(29, count)
    assert.equal(404, sim.get("users/" .. sim.sim.people:id(7)).status)
    assert.equal(404, sim.install(sim.sim.people:id(7)).status)
    assert.is_nil(round(sim, "users/delta")[sim.sim.people:id(7)])
  end)

  it("starts from now when asked to", function()
    local sim = simulated.new { users = 300, limits = "off" }
    local _, body = sim.graph("GET", "users/delta?$deltatoken=latest")
    assert.same({}, body.value)
    change(sim, 9, '{"jobTitle":"Crier"}')
    local found = round(sim, body["@odata.deltaLink"])
    assert.equal("Crier", found[sim.sim.people:id(9)].jobTitle)
  end)

  it("follows some people alone", function()
    local sim = simulated.new { users = 30, limits = "off" }
    local one, two = sim.sim.people:id(1), sim.sim.people:id(2)
    local path = "users/delta?$select=id&$filter=id eq '" .. one .. "' or id eq '" .. two .. "'"
    local found, link = round(sim, path)
    assert.same({ [one] = { id = one }, [two] = { id = two } }, found)
    change(sim, 1, '{"jobTitle":"Crier"}')
    change(sim, 3, '{"jobTitle":"Crier"}')
    assert.same({ [one] = { id = one } }, (round(sim, link)))
  end)

  it("refuses what no delta takes", function()
    local sim = simulated.new()
    local many = {}
    for i = 1, 51 do
      many[i] = "id eq 'x'"
    end
    for query, expected in pairs({ ["$top=5"] = "Request_UnsupportedQuery",
      ["$expand=manager"] = "Request_UnsupportedQuery",
      ["$orderby=id"] = "Request_UnsupportedQuery",
      ["$filter=department eq 'x'"] = "Request_UnsupportedQuery",
      ["$filter=" .. table.concat(many, " or ")] = "Request_UnsupportedQuery",
      ["$select=colour"] = "Request_BadRequest",
      ["$deltatoken=x"] = "Directory_ExpiredPageToken" }) do
      local response = sim.graph("GET", "users/delta?" .. query)
      assert.same({ 400, expected }, { response.status, code(response) }, query)
    end
    assert.equal(400, sim.call({ method = "POST", path = "/_sandbox/people/nobody",
      body = "{}" }).status)
    assert.equal(400, sim.call({ method = "POST", body = '{"colour":"red"}',
      path = "/_sandbox/people/" .. sim.sim.people:id(1) }).status)
  end)

  it("wants a new start when told so", function()
    local sim = simulated.new { faults = "resync=1", limits = "off" }
    local _, link = round(sim, "users/delta")
    local response, body = sim.graph("GET", link)
    assert.same({ 410, "resyncRequired", "syncStateNotFound" },
      { response.status, body.error.code, body.error.innerError.code })
    assert.equal("https://graph.microsoft.com/v1.0/users/delta", response.headers.location)
    assert.is_table(round(sim, response.headers.location))
  end)
end)

describe("POST /directoryObjects/getByIds in crier.simulator #portable", function()
  local sim = simulated.new { users = 30, limits = "off" }
  local one, group = sim.sim.people:id(1), sim.sim.organization.groups[1].id
  local gone = "00000000-0000-4000-8000-000000000000"

  local function resolve(body, query, headers)
    return sim.graph("POST", "directoryObjects/getByIds" .. (query or ""), body, headers)
  end

  it("brings what there is, of the types asked for", function()
    local _, body = resolve({ ids = { one, gone, group }, types = { "User" } },
      "?$select=id,userPrincipalName")
    assert.same({ { ["@odata.type"] = "#microsoft.graph.user", id = one,
      userPrincipalName = sim.sim.people:value(1, "userPrincipalName") } }, body.value)
    _, body = resolve({ ids = { group, one } })
    assert.same({ group, one }, { body.value[1].id, body.value[2].id })
    assert.equal("#microsoft.graph.group", body.value[1]["@odata.type"])
    _, body = resolve({ ids = { one }, types = { "group", "device" } })
    assert.same({}, body.value)
  end)

  it("tells type and id alone of what one may not read", function()
    local _, body = resolve({ ids = { group, one } }, nil, sim.app_token "User.Read.All")
    assert.same({ ["@odata.type"] = "#microsoft.graph.group", id = group }, body.value[1])
    assert.is_string(body.value[2].displayName)
    _, body = resolve({ ids = { group, one } }, nil, sim.app_token "GroupMember.Read.All")
    assert.is_string(body.value[1].displayName)
    assert.same({ ["@odata.type"] = "#microsoft.graph.user", id = one }, body.value[2])
    local response = resolve({ ids = { one } }, nil, sim.app_token "Team.ReadBasic.All")
    assert.same({ 403, "Authorization_RequestDenied" }, { response.status, code(response) })
  end)

  it("refuses more than a thousand ids, and what is none", function()
    local many = {}
    for i = 1, 1001 do
      many[i] = one
    end
    for _, body in ipairs({ { ids = many }, { ids = {} }, { ids = "x" }, { ids = { "x" } },
      { ids = { one }, types = "user" }, { ids = { one }, types = { 1 } }, "no json" }) do
      local response = resolve(body)
      assert.same({ 400, "Request_BadRequest" }, { response.status, code(response) })
    end
    assert.equal(400, resolve({ ids = { one } }, "?$select=colour").status)
    many[1001] = nil
    assert.equal(200, resolve({ ids = many }).status)
  end)
end)
