local answering = require "support.answering"
local app = require "crier.graph.app"

-- A tenant of 40 people whose app declares permissions; the limits are off.
local function new(more)
  local settings = { users = 40, limits = "off", install_delay_ms = 0,
    resource_specific = { "TeamsActivity.Send.User", "ChannelMeeting.ReadBasic.Group:Delegated" } }
  for name, value in pairs(more or {}) do
    settings[name] = value
  end
  return answering.new(nil, { simulator = settings, env = { CRIER_LIMITS = "off" } })
end

local function gather(graph, ...)
  local items, arguments = {}, { ... }
  arguments[#arguments + 1] = function(item) items[#items + 1] = item end
  assert(graph:each((table.unpack or unpack)(arguments))) -- luacheck: ignore 113 143
  return items
end

local function set_of(items, key)
  local set = {}
  for _, item in ipairs(items) do
    set[item[key]] = true
  end
  return set
end

local function reachable(made, count)
  local ids = {}
  for k = 1, 40 do
    if made.sim.people:is_reachable(k) and #ids < count then
      ids[#ids + 1] = made.sim.people:id(k)
    end
  end
  return ids
end

describe("crier.graph in a simulated tenant", function()
  it("finds groups, and everybody in them", function()
    new().run(function(graph)
      local everybody = gather(graph, "groups", { name = "Everybody" })
      assert.equal(1, #everybody)
      local id = everybody[1].id
      assert.equal("Everybody", assert(graph:group(id, "id,displayName")).displayName)
      assert.same({}, gather(graph, "group_members", id, { select = "id" }))
      local all = gather(graph, "group_members", id, { select = "id", transitive = true, top = 9 })
      assert.is_true(#all > 30)
      local people = set_of(gather(graph, "users", { select = "id" }), "id")
      for _, member in ipairs(all) do
        assert.is_true(people[member.id])
      end
      assert.equal(2, #gather(graph, "groups", { name = "Sales" }))
    end)
  end)

  it("finds teams, their members and channels", function()
    new().run(function(graph)
      local teams = gather(graph, "teams", {})
      assert.is_true(#teams > 2)
      for _, team in ipairs(teams) do
        assert.equal(team.id, assert(graph:team(team.id)).id)
        local channels = gather(graph, "channels", team.id)
        local general = assert(graph:primary_channel(team.id))
        assert.is_true(set_of(channels, "id")[general.id])
        for _, member in ipairs(gather(graph, "team_members", team.id, { top = 3 })) do
          assert.is_string(member.userId)
        end
      end
      local found, _, _, outcome = graph:team "00000000-0000-0000-0000-000000000000"
      assert.is_nil(found)
      assert.equal("no such team", outcome.reason)
    end)
  end)

  it("resolves ids", function()
    local made = new()
    local ids = { made.sim.people:id(1), "00000000-0000-0000-0000-000000000000",
      made.sim.people:id(2) }
    made.run(function(graph)
      local document = assert(graph:resolve(ids, { select = "id" }))
      local found = set_of(document.value, "id")
      assert.is_true(found[ids[1]] and found[ids[3]] and not found[ids[2]])
    end)
  end)

  it("follows what changes", function()
    local made = new()
    made.run(function(graph)
      local items, link, resynced = assert(graph:changes(nil, { select = "id,jobTitle" }))
      assert.same({ 40, false }, { #items, resynced })
      items, link = assert(graph:changes(link, { minimal = true }))
      assert.equal(0, #items)
      local id = made.sim.people:id(3)
      local response = made.sim:step({ method = "POST", path = "/_sandbox/people/" .. id,
        headers = {}, body = '{"jobTitle":"Head of Something"}' }, made.loop:now())
      assert.is_true(response.status < 300, response.body)
      items = assert(graph:changes(link, { minimal = true }))
      assert.equal(1, #items)
      assert.same({ id, "Head of Something" }, { items[1].id, items[1].jobTitle })
    end)
  end)

  it("installs, upgrades and uninstalls, for people and in teams", function()
    local made = new()
    made.run(function(graph, client)
      local details = assert(app.details(client))
      assert.equal(2, #details.permissions)
      local team = gather(graph, "teams", {})[1].id
      for _, place in ipairs { reachable(made, 1)[1], { team = team } } do
        local kind, _, _, refused = graph:install(place, details.id)
        assert.is_nil(kind)
        assert.equal("consent missing", refused.reason)
        assert.equal("ok", assert(graph:install(place)))
        assert.equal("already", assert(graph:install(place)))
        made.loop:sleep(1000)
        local found = assert(graph:installation(place)).value[1].id
        assert.equal("ok", assert(graph:upgrade(place, found,
          { permissions = details.permissions })))
        assert.equal("ok", assert(graph:uninstall(place, found)))
        assert.equal("already", assert(graph:uninstall(place, found)))
        local upgraded, _, _, outcome = graph:upgrade(place, found)
        assert.is_nil(upgraded)
        assert.equal("absent", outcome.kind)
        assert.is_nil(assert(graph:installation(place)).value[1])
      end
    end)
  end)

  it("gets a chat in both ways", function()
    local made = new()
    made.run(function(graph)
      local person = reachable(made, 1)[1]
      local chat = assert(graph:chat_of(person))
      assert.is_true(chat.installed)
      assert.equal(chat.id, assert(graph:find_chat(person)).id)
      assert.is_false(assert(graph:chat_of(person)).installed)
    end)
  end)

  it("notifies one person, and many", function()
    local made = new()
    made.run(function(graph)
      local people = reachable(made, 3)
      local notification = { topic = { source = "text", value = "News",
        webUrl = "https://teams.microsoft.com/l/x" }, activityType = "systemDefault",
        previewText = { content = "Hello" },
        templateParameters = { { name = "systemDefaultText", value = "Hello" } } }
      local sent, _, _, outcome = graph:notify(people[1], notification)
      assert.is_nil(sent)
      assert.is_true(outcome.kind == "absent" or outcome.kind == "refused", outcome.kind)
      for _, person in ipairs(people) do
        assert(graph:install(person))
      end
      made.loop:sleep(1000)
      assert.equal("ok", assert(graph:notify(people[1], notification)))
      assert.equal("ok", assert(graph:notify_many(people, notification)))
    end)
  end)

  it("carries calls in batches, in whatever order they are answered", function()
    local made = new()
    made.run(function(graph, client)
      local build, requests = client.build.graph, {}
      for k = 1, 40 do
        requests[k] = build:user(made.sim.people:id(k), "id")
      end
      requests[41] = build:user "nobody@x"
      for k, one in ipairs(assert(graph:batch(requests))) do
        assert.equal(k == 41 and "absent" or "ok", one.outcome.kind)
        if k < 41 then
          assert.matches(made.sim.people:id(k), one.response.body, 1, true)
        end
      end
      assert.equal(3, client.calls.graph)
    end)
  end)

  it("keeps Teams' limits with batches of installs", function()
    local made = answering.new(nil, { simulator = { users = 100, install_delay_ms = 0 } })
    made.run(function(graph, client)
      local requests = {}
      for k = 1, 100 do
        requests[k] = client.build.graph:install(made.sim.people:id(k), made.sim.catalog_id)
      end
      for _, one in ipairs(assert(graph:batch(requests))) do
        assert.is_true(one.outcome.kind == "ok" or one.outcome.kind == "absent")
      end
      assert.equal(0, client.throttled)
    end)
    assert.is_true(made.passed_ms() < 6000)
  end)
end)
