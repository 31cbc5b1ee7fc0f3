local client = require "crier.client"
local config = require "crier.config"
local loop = require "crier.loop"
local permissions = require "crier.graph.permissions"
local simulated = require "support.simulated"
local transport = require "crier.simulator.transport"

local NOTIFICATION = '{"topic":{"source":"text","value":"News","webUrl":"https://x.example"},'
  .. '"activityType":"announcement","previewText":{"content":"News"}}'

-- A client of a simulated tenant, and what builds its requests.
local function connect(options)
  local made = simulated.new(options)
  local env = made.sim:environment "http://127.0.0.1:1"
  local clock = transport.clock(made.now_ms)
  made.loop = loop.new { clock = clock,
    transport = transport.new { clock = clock, simulator = made.sim } }
  made.client = client.new { loop = made.loop,
    config = assert(config.read({}, function(name) return env[name] end)) }
  function made.run(task)
    return made.loop:run(function() return task(made.client.graph) end)
  end
  return made
end

describe("crier.simulator, asked by crier itself,", function()
  it("serves each of Graph's operations under its own name", function()
    local made = connect { limits = "off", installed = 1, install_delay_ms = 0,
      read_package = function() return nil end }
    local sim, build = made.sim, made.client.build.graph
    local id, catalog_id = sim.people:id(1), sim.catalog_id
    local group, team = sim.organization.groups[1].id, sim.organization.teams[1].id
    local chat = sim.organization:chat_of(1)
    local asked = {}
    local function ask(request, expected, headers)
      headers = headers or { authorization = made.graph_token }
      for name, value in pairs(request.headers or {}) do
        headers[name:lower()] = headers[name:lower()] or value
      end
      local response = sim:answer({ method = request.method, url = request.url, headers = headers,
        body = request.body }, made.now_ms)
      assert.equal(expected, response.status, request.method .. " " .. request.url)
      local counted = sim:stats().operations[request.operation]
      assert.is_table(counted, request.operation)
      assert.is_number(counted[("%d"):format(expected)], request.operation)
      asked[request.operation] = true
    end
    local admin = function() return made.delegated "AppCatalog.ReadWrite.All" end

    ask(build:users { select = "id", top = 5 }, 200)
    ask(build:user(id, "id"), 200)
    ask(build:delta { select = "id" }, 200)
    ask(build:resolve { id }, 200)
    ask(build:groups { name = "Sales" }, 200)
    ask(build:group(group), 200)
    ask(build:group_members(group, { transitive = true, select = "id" }), 200)
    ask(build:group_members(group, { select = "id" }), 200)
    ask(build:teams { top = 3 }, 200)
    ask(build:team(team), 200)
    ask(build:team_members(team), 200)
    ask(build:channels(team), 200)
    ask(build:primary_channel(team), 200)
    ask(build:catalog(sim.manifest_id), 200)
    ask(build:catalog_app(catalog_id), 200)
    for _, place in ipairs { { team = team }, { chat = chat }, id } do
      ask(build:installation(place, catalog_id), 200)
    end
    ask(build:install({ chat = chat }, catalog_id), 201)
    ask(build:upgrade(id, "x"), 404)
    ask(build:uninstall({ team = team }, "x"), 404)
    ask(build:chat(id, "x"), 404)
    ask(build:find_chat(id, catalog_id), 200)
    for _, place in ipairs { id, { chat = chat } } do
      ask(build:notify(place, NOTIFICATION), 204)
    end
    ask(build:notify_many({ id }, NOTIFICATION), 202)
    ask(build:publish "PK", 400, admin())
    ask(build:update_app(catalog_id, "PK"), 403)
    ask(build:review(catalog_id, "x", "y"), 404, admin())
    ask(build:unpublish(catalog_id), 204, admin())
    ask(build:batch { build:user(id, "id"), build:team(team) }, 200)
    for operation in pairs(permissions.of) do
      assert.is_true(asked[operation], operation)
    end
  end)

  it("grants by default what each operation needs at least", function()
    local roles = simulated.new().sim.roles
    for operation, entry in pairs(permissions.of) do
      if not entry.delegated and operation ~= "resolve" then
        local names = {}
        for name in pairs(roles) do
          names[#names + 1] = name
        end
        assert.is_string(permissions.held(operation, names), operation)
      end
    end
  end)

  it("brings a person from nothing to a message by Graph alone", function()
    local made = connect()
    local _, id = made.person "member"
    made.run(function(graph)
      local chat = assert(graph:chat_of(id))
      assert.is_true(chat.installed)
      made.now_ms = made.loop:now()
      assert.equal(201, made.send(chat.id).status)
      assert.equal("ok", graph:uninstall(id, chat.installation_id))
      assert.same({}, assert(graph:installation(id)).value)
    end)
  end)

  it("finds the chat of who has the app", function()
    local made = connect { installed = 1 }
    local _, id = made.person "member"
    made.run(function(graph)
      assert.equal(made.sim.installs:chat_id((made.person "member"), made.sim.catalog.ours),
        assert(graph:find_chat(id, made.sim.catalog_id)).id)
    end)
  end)

  it("follows people through a lost delta", function()
    local made = connect { users = 400, faults = "resync=1" }
    made.run(function(graph)
      local items, link = assert(graph:changes())
      assert.equal(400, #items)
      local later, _, resynced = assert(graph:changes(link))
      assert.same({ 400, true }, { #later, resynced })
    end)
  end)

  it("lists the members of nested groups to the end", function()
    local made = connect { users = 400 }
    local everybody = made.sim.organization.groups[1]
    for _, group in ipairs(made.sim.organization.groups) do
      everybody = group.name == "Everybody" and group or everybody
    end
    local _, _, member = made.sim.organization:closure(everybody)
    local expected, found = 0, 0
    for k = 1, 400 do
      expected = expected + (member(made.sim.people, k) and 1 or 0)
    end
    made.run(function(graph)
      assert(graph:each("group_members", everybody.id, { transitive = true, select = "id",
        top = 50 }, function() found = found + 1 end))
    end)
    assert.equal(expected, found)
  end)

  it("takes batches that are throttled part by part", function()
    local made = connect { users = 90, window = "fixed" }
    local parts = {}
    for k = 1, 90 do
      parts[k] = made.client.build.graph:install(made.sim.people:id(k), made.sim.catalog_id)
    end
    local outcomes = made.run(function(graph) return graph:batch(parts) end)
    assert.equal(90, #outcomes)
    local installed = 0
    for k = 1, 90 do
      installed = installed + (made.sim.installs:is_there(made.sim.catalog.ours, k) and 1 or 0)
    end
    assert.is_true(installed > 75)
  end)
end)
