local encoding = require "crier.simulator.encoding"
local simulated = require "support.simulated"

local code = simulated.code
local EVENTUAL = { consistencylevel = "eventual" }

local function eventual()
  return { consistencylevel = EVENTUAL.consistencylevel }
end

-- All entries of a list, page by page.
local function all(sim, path, headers)
  local found, pages = {}, 0
  repeat
    local sent = {}
    for name, value in pairs(headers or {}) do
      sent[name] = value
    end
    local response, body = sim.graph("GET", path, nil, sent)
    assert.equal(200, response.status)
    for _, entry in ipairs(body.value) do
      found[#found + 1] = entry
    end
    path, pages = body["@odata.nextLink"], pages + 1
    assert.is_true(pages < 100)
  until not path
  return found, pages
end

local function ids(entries)
  local set = {}
  for _, entry in ipairs(entries) do
    set[entry.id] = true
  end
  return set
end

describe("crier.simulator.groups #portable", function()
  local sim = simulated.new { users = 300, limits = "off" }
  local function named(name)
    for _, group in ipairs(sim.sim.organization.groups) do
      if group.name == name then
        return group
      end
    end
  end

  it("lists groups by name, by mail and by what they have", function()
    local function found(filter)
      local names = {}
      for i, group in ipairs(all(sim, "groups?$filter=" .. filter)) do
        names[i] = group.displayName
      end
      return names
    end
    assert.same({ "Engineering" }, found "displayName eq 'engineering'")
    assert.same({ "Sales", "Sales" }, found "displayName eq 'Sales'")
    assert.same({ "Sales" }, found "mail eq 'sales@northwind.example'")
    assert.same({ "Women's Health" }, found "displayName eq 'Women''s Health'")
    assert.same({ "All Departments", "All Offices" }, found "startsWith(displayName,'all ')")
    assert.equal(12, #found "resourceProvisioningOptions/Any(x:x eq 'Team')")
    assert.equal(12, #found "groupTypes/any(c:c eq 'Unified')")
    assert.same({}, found "displayName eq 'None'")
  end)

  it("pages, selects, and refuses what it does not serve", function()
    local found, pages = all(sim, "groups?$select=id,displayName&$top=10")
    assert.equal(#sim.sim.organization.groups, #found)
    assert.equal(math.ceil(#found / 10), pages)
    assert.is_nil(found[1].mail)
    for query, expected in pairs({ ["$select=colour"] = "Request_BadRequest",
      ["$top=0"] = "Request_BadRequest", ["$skiptoken=x"] = "Directory_ExpiredPageToken",
      ["$search=\"displayName:x\""] = "Request_UnsupportedQuery",
      ["$count=true"] = "Request_UnsupportedQuery",
      ["$filter=endsWith(displayName,'x')"] = "Request_UnsupportedQuery",
      ["$filter=displayName ne 'x'"] = "Request_UnsupportedQuery",
      ["$filter=colour eq 'x'"] = "Request_BadRequest" }) do
      local response = sim.graph("GET", "groups?" .. query)
      assert.same({ 400, expected }, { response.status, code(response) }, query)
    end
    local _, body = sim.graph("GET", "groups?$count=true&$filter=endsWith(displayName,'Offices')",
      nil, eventual())
    assert.same({ 1, "All Offices" }, { body["@odata.count"], body.value[1].displayName })
  end)

  it("tells of one group", function()
    local group = named "Engineering"
    local _, body = sim.graph("GET", "groups/" .. group.id:upper())
    assert.same({ "Engineering", "engineering@northwind.example", { "Team" } },
      { body.displayName, body.mail, body.resourceProvisioningOptions })
    local response = sim.graph("GET", "groups/00000000-0000-4000-8000-000000000000")
    assert.same({ 404, "Request_ResourceNotFound" }, { response.status, code(response) })
    assert.equal(400, sim.graph("GET", "groups/" .. group.id .. "?$select=colour").status)
  end)

  it("lists the people of a department, and no others", function()
    local found = ids(all(sim, "groups/" .. named("Engineering").id .. "/members?$select=id"))
    local count = 0
    for k = 1, 300 do
      local is_in = sim.sim.people:value(k, "department") == "Engineering"
      count = count + (is_in and 1 or 0)
      assert.equal(is_in or nil, found[sim.sim.people:id(k)])
    end
    assert.is_true(count > 10)
  end)

  it("lists what is directly inside with its type; a cast keeps the people", function()
    local path = "groups/" .. named("All Departments").id .. "/members"
    local found = all(sim, path)
    assert.equal(13, #found)
    assert.equal("#microsoft.graph.group", found[1]["@odata.type"])
    assert.equal("#microsoft.graph.device", found[13]["@odata.type"])
    assert.same({}, all(sim, path .. "/microsoft.graph.user"))
    assert.same({}, all(sim, "groups/" .. named("Nobody").id .. "/members"))
    assert.equal(404, sim.graph("GET", "groups/x/members").status)
  end)

  it("lists people at any depth, once each, as an advanced query", function()
    local path = "groups/" .. named("Everybody").id .. "/transitiveMembers/microsoft.graph.user"
    local response = sim.graph("GET", path .. "?$select=id")
    assert.same({ 400, "Request_UnsupportedQuery" }, { response.status, code(response) })
    assert.equal(400, sim.graph("GET", path, nil, eventual()).status)
    local found = all(sim, path .. "?$select=id&$count=true&$top=100", eventual())
    local seen, expected = ids(found), 0
    local distinct = 0
    for _ in pairs(seen) do
      distinct = distinct + 1
    end
    for k = 1, 300 do
      expected = expected + ((sim.sim.people:value(k, "department")
        or sim.sim.people:value(k, "officeLocation")) and 1 or 0)
    end
    assert.same({ expected, expected }, { #found, distinct })
    local _, body = sim.graph("GET", path .. "?$select=id&$count=true&$top=5", nil, eventual())
    assert.equal(expected, body["@odata.count"])
    assert.equal(400, sim.graph("GET", body["@odata.nextLink"]).status)
    assert.equal(404, sim.graph("GET", "groups/x/transitiveMembers").status)
    local everything = all(sim, "groups/" .. named("Everybody").id .. "/transitiveMembers")
    assert.is_true(#everything > expected + 12)
  end)

  it("tells no more than type and id without a right to people", function()
    local token = sim.app_token "GroupMember.Read.All"
    local _, body = sim.graph("GET", "groups/" .. named("Engineering").id .. "/members?$top=1", nil,
      token)
    while not body.value[1] do
      _, body = sim.graph("GET", body["@odata.nextLink"], nil, token)
    end
    assert.equal("#microsoft.graph.user", body.value[1]["@odata.type"])
    assert.is_nil(body.value[1].displayName)
    assert.equal(36, #body.value[1].id)
  end)

  it("need a role", function()
    local response = sim.graph("GET", "groups", nil, sim.app_token "User.Read.All")
    assert.same({ 403, "Authorization_RequestDenied" }, { response.status, code(response) })
  end)
end)

describe("crier.simulator.teams #portable", function()
  local sim = simulated.new { users = 300, limits = "off" }
  local teams = sim.sim.organization.teams

  it("lists teams by name and by page, with three properties", function()
    local found, pages = all(sim, "teams?$top=5")
    assert.same({ 12, 3 }, { #found, pages })
    local team = all(sim, "teams?$filter=displayName eq 'Sales'")
    assert.same({ { id = teams[1].id, displayName = "Sales", description = "Everybody in Sales" } },
      team)
    assert.equal(400, sim.graph("GET", "teams?$filter=mail eq 'x'").status)
    assert.equal(400, sim.graph("GET", "teams?$top=x").status)
  end)

  it("tells of one team, but not of a group without", function()
    local _, body = sim.graph("GET", "teams/" .. teams[2].id)
    assert.equal(sim.sim.organization:channels(teams[2])[1].id, body.internalId)
    local response = sim.graph("GET", "teams/" .. sim.sim.organization.groups[20].id)
    assert.same({ 404, "NotFound" }, { response.status, code(response) })
    for _, rest in ipairs({ "/members", "/channels", "/channels/x", "/primaryChannel" }) do
      assert.equal(404, sim.graph("GET", "teams/none" .. rest).status)
    end
  end)

  it("lists the members who have Teams", function()
    local found = all(sim, "teams/" .. teams[2].id .. "/members?$top=7")
    assert.is_true(#found > 10)
    for _, member in ipairs(found) do
      local k = sim.sim.people:find(member.userId)
      assert.is_true(sim.sim.people:is_reachable(k))
      assert.equal("Engineering", sim.sim.people:value(k, "department"))
    end
    local one = all(sim, "teams/" .. teams[2].id
      .. "/members?$filter=(microsoft.graph.aadUserConversationMember/userId eq '"
      .. found[3].userId .. "')")
    assert.same({ found[3] }, one)
  end)

  it("lists channels, private ones too, and finds General by whatever name", function()
    local renamed = sim.sim.organization.renamed
    for _, team in ipairs(teams) do
      local _, body = sim.graph("GET", "teams/" .. team.id .. "/channels")
      assert.equal(3, #body.value)
      assert.equal(team == renamed and "Home" or "General", body.value[1].displayName)
      local _, primary = sim.graph("GET", "teams/" .. team.id .. "/primaryChannel")
      assert.same(body.value[1], primary)
      local group, channel = sim.sim.organization:channel(body.value[2].id)
      assert.same({ team.id, "Announcements" }, { group.id, channel.name })
      local _, one = sim.graph("GET", "teams/" .. team.id .. "/channels/"
        .. encoding.escape(body.value[3].id))
      assert.equal("private", one.membershipType)
    end
    local _, body = sim.graph("GET", "teams/" .. teams[1].id
      .. "/channels?$filter=membershipType eq 'standard'")
    assert.equal(2, #body.value)
    assert.equal(404, sim.graph("GET", "teams/" .. teams[1].id .. "/channels/x").status)
    assert.is_nil(sim.sim.organization:channel "19:0@thread.tacv2")
  end)

  it("need a role each", function()
    local token = sim.app_token "Team.ReadBasic.All"
    assert.equal(200, sim.graph("GET", "teams", nil, token).status)
    for _, rest in ipairs({ "/members", "/channels", "/primaryChannel" }) do
      local response = sim.graph("GET", "teams/" .. teams[1].id .. rest, nil, token)
      assert.same({ 403, "Forbidden" }, { response.status, code(response) })
    end
  end)
end)

describe("crier.simulator.chats #portable", function()
  local function chats(sim, id, query)
    local _, body = sim.graph("GET", "users/" .. id .. "/chats" .. (query or ""))
    return body.value
  end

  it("finds a person's chat with the bot by its app", function()
    local sim = simulated.new { installed = 1 }
    local k, id = sim.person "member"
    local found = chats(sim, id, "?$filter=installedApps/any(a:a/teamsApp/id eq '"
      .. sim.sim.catalog_id .. "')")
    assert.equal(1, #found)
    assert.equal(201, sim.send(found[1].id).status)
    assert.equal(3, #chats(sim, id))
    assert.equal(5, #chats(sim, id, "?$expand=members")[3].members)
    assert.equal(sim.sim.organization:chat_of(k), chats(sim, id)[3].id)
  end)

  it("finds none of an app that is not installed", function()
    local sim = simulated.new()
    local _, id = sim.person "member"
    assert.same({}, chats(sim, id, "?$filter=installedApps/any(a:a/teamsApp/id eq '"
      .. sim.sim.catalog_id .. "')"))
    assert.equal(404, sim.graph("GET", "users/nobody%40northwind.example/chats").status)
    assert.equal(400, sim.graph("GET", "users/" .. id .. "/chats?$top=51").status)
    assert.equal(400, sim.graph("GET", "users/" .. id .. "/chats?$filter=colour eq 'x'").status)
    assert.equal(403, sim.graph("GET", "users/" .. id .. "/chats", nil,
      sim.app_token "TeamsAppInstallation.ReadWriteSelfForUser.All").status)
  end)

  it("serves a person's chats five times a second", function()
    local sim = simulated.new { window = "fixed" }
    local _, id = sim.person "member"
    local _, other = sim.person("member", sim.person "member" + 1)
    for _ = 1, 5 do
      assert.equal(200, sim.graph("GET", "users/" .. id .. "/chats").status)
    end
    assert.equal(429, sim.graph("GET", "users/" .. id .. "/chats").status)
    assert.equal(200, sim.graph("GET", "users/" .. other .. "/chats").status)
  end)
end)
