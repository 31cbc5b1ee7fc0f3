local answering = require "support.answering"
local app = require "crier.graph.app"

local json = answering.json
local MANIFEST = "GET /appCatalogs/teamsApps?$filter=externalId%20eq%20%27"
local CATALOG = "GET /appCatalogs/teamsApps?$filter=id%20eq%20%27"
local EXPAND = "%27&$expand=appDefinitions($expand=bot)"
local EMPTY = json(200, '{"value":[]}')

local function entry(id, external, definitions, more)
  return ('{"id":"%s","externalId":%s,"displayName":"Crier","distributionMethod":"organization"'
    .. '%s,"appDefinitions":[%s]}'):format(id, external and '"' .. external .. '"' or "null",
    more or "", definitions or "")
end

local function list(...)
  return json(200, '{"value":[' .. table.concat({ ... }, ",") .. "]}")
end

local function definition(version, state, more)
  return ('{"id":"d-%s","version":"%s","publishingState":"%s"%s}'):format(version, version, state,
    more or "")
end

-- A client whose catalog answers from a table, with `CRIER_APP_ID` set.
local function new(id, responses, env)
  env = env or {}
  env.CRIER_APP_ID = id
  return answering.new(answering.from(responses), { env = env, retry = function() end })
end

local function details(made)
  return made.run(function(_, client) return app.details(client) end)
end

describe("crier.graph.app", function()
  describe(".details()", function()
    it("finds an app by its manifest's id", function()
      local made = new("m-1", { [MANIFEST .. "m-1" .. EXPAND] = list(entry("c-1", "m-1",
        definition("1.2.0", "published", ',"bot":{"id":"bot-1"},"authorization":{'
          .. '"clientAppId":"client-1","requiredPermissionSet":{"resourceSpecificPermissions":['
          .. '{"permissionValue":"TeamsActivity.Send.User","permissionType":"Application"},'
          .. '{"permissionValue":"Chat.Read.Chat","permissionType":"Delegated"}]}}'))) })
      assert.same({ id = "c-1", manifest_id = "m-1", name = "Crier", version = "1.2.0",
        state = "published", distribution = "organization", definition_id = "d-1.2.0",
        bot = "bot-1", client_id = "client-1", permissions = {
          { permissionValue = "TeamsActivity.Send.User", permissionType = "Application" },
          { permissionValue = "Chat.Read.Chat", permissionType = "Delegated" } } },
        details(made))
    end)

    it("finds an app by its catalog id, and one of the Store", function()
      local made = new("c-1", { [MANIFEST .. "c-1" .. EXPAND] = EMPTY,
        [CATALOG .. "c-1" .. EXPAND] = list(entry("c-1", "m-1")) })
      local found = details(made)
      assert.same({ "c-1", "m-1" }, { found.id, found.manifest_id })
      assert.same({}, found.permissions)
      assert.is_nil(found.version)
      made = new("s-1", { [MANIFEST .. "s-1" .. EXPAND] = EMPTY,
        [CATALOG .. "s-1" .. EXPAND] = list(entry("s-1")) })
      found = details(made)
      assert.same({ "s-1", "s-1" }, { found.id, found.manifest_id })
    end)

    it("asks once", function()
      local made = new("m-1", { [MANIFEST .. "m-1" .. EXPAND] = list(entry("c-1", "m-1")) })
      local first, again = details(made), details(made)
      assert.equal(first, again)
      assert.equal("c-1", made.run(function(_, client) return app.find(client) end))
      assert.equal(1, #made.calls)
    end)

    it("takes the latest published version", function()
      for _, case in ipairs {
        { { "1.9.0", "published" }, { "1.10.0", "published" }, "1.10.0", "published" },
        { { "2.0.0", "submitted" }, { "1.10.0", "published" }, "1.10.0", "published" },
        { { "1.10", "published" }, { "1.10.1", "published" }, "1.10.1", "published" },
        { { "1.10.1", "published" }, { "1.10", "published" }, "1.10.1", "published" },
        { { "1.0.0", "rejected" }, { "1.1.0", "submitted" }, "1.1.0", "submitted" },
        { { "1.1.0", "rejected" }, { "1.0.0", "submitted" }, "1.1.0", "rejected" } } do
        local found = details(new("m-1", { [MANIFEST .. "m-1" .. EXPAND] = list(entry("c", "m-1",
          definition(case[1][1], case[1][2]) .. "," .. definition(case[2][1], case[2][2]))) }))
        assert.same({ case[3], case[4] }, { found.version, found.state })
      end
    end)

    it("consents to nothing where only a person's permissions are declared", function()
      assert.same({}, details(new("m-1", { [MANIFEST .. "m-1" .. EXPAND] = list(entry("c", "m-1",
        definition("1", "published", ',"authorization":{"requiredPermissionSet":{"resource'
          .. 'SpecificPermissions":[{"permissionValue":"a","permissionType":"Delegated"}]}}')))
        })).permissions)
    end)

    it("survives odd definitions", function()
      for _, odd in ipairs { "null", "7", '"x"', "[]", "{}", '{"bot":7,"authorization":"x"}',
        '{"bot":{"id":null},"authorization":{"requiredPermissionSet":{"resourceSpecific'
          .. 'Permissions":[7,{}]}}}' } do
        local found = details(new("m-1",
          { [MANIFEST .. "m-1" .. EXPAND] = list(entry("c", "m-1", odd)) }))
        assert.same({ "c", nil, {} }, { found.id, found.bot, found.permissions })
      end
    end)

    it("takes no other app for the one that was asked for", function()
      local made = new("m-1", { [MANIFEST .. "m-1" .. EXPAND] = list(entry("c-9", "m-9")),
        [CATALOG .. "m-1" .. EXPAND] = list(entry("c-9", "m-9")) })
      local found, _, code = details(made)
      assert.is_nil(found)
      assert.equal("APP_UNKNOWN", code)
      made = new("M-1", { [MANIFEST .. "M-1" .. EXPAND] = list(entry("c-9", "m-9"),
        entry("c-1", "m-1")) })
      assert.equal("c-1", details(made).id)
    end)

    it("says that nothing is set", function()
      local found, message, code = details(new("", {}))
      assert.is_nil(found)
      assert.equal("CRIER_APP_ID is not set: it names the Teams app, by manifest id or catalog id",
        message)
      assert.equal("CONFIG", code)
    end)

    it("says which id it is that names no app", function()
      local first = new("x", {})
      local config = first.client.config
      for id, what in pairs {
        [config.client_id] = config.client_id .. " is the client id of the app registration, and",
        ["28:" .. config.client_id] = "28:" .. config.client_id .. " is the client id of",
        [config.client_id:upper()] = " is the client id of the app registration, and",
        [config.tenant] = config.tenant .. " is the tenant's id, and",
        nothing = "no Teams app with the id nothing is in the organisation's catalog" } do
        local made = answering.new(function() return EMPTY end, { env = { CRIER_APP_ID = id } })
        local found, message, code = details(made)
        assert.is_nil(found)
        assert.is_not_nil(message:find(what, 1, true), message)
        assert.equal(id ~= "nothing",
          message:find("wants the manifest id (`id` in manifest.json)", 1, true) ~= nil)
        assert.equal("APP_UNKNOWN", code)
        assert.is_nil(made.client.app)
      end
    end)

    it("uses a client id that the manifest has as its id", function()
      local id = new("x", {}).client.config.client_id
      local made = answering.new(function() return list(entry("c-1", id)) end,
        { env = { CRIER_APP_ID = id } })
      assert.equal("c-1", details(made).id)
    end)

    it("takes a refused id for an unknown one", function()
      for _, answer in ipairs { answering.failure(400, "BadRequest"),
        answering.failure(404, "NotFound") } do
        local found, _, code = details(new("m-1", { [MANIFEST .. "m-1" .. EXPAND] = EMPTY,
          [CATALOG .. "m-1" .. EXPAND] = answer }))
        assert.is_nil(found)
        assert.equal("APP_UNKNOWN", code)
      end
    end)

    it("gives the service's refusal", function()
      local made = new("m-1", { [MANIFEST .. "m-1" .. EXPAND] = answering.failure(403, "Forbidden",
        "no") })
      local found, message, code, outcome = details(made)
      assert.is_nil(found)
      assert.same({ "no", "Forbidden", "misconfigured" }, { message, code, outcome.kind })
    end)
  end)

  it("finds the app of a simulated tenant by both of its ids", function()
    local made = answering.new()
    for _, id in ipairs { made.sim.manifest_id, made.sim.catalog_id } do
      local found = made.run(function(_, client) return assert(app.look_up(client, id)) end)
      assert.same({ made.sim.catalog_id, made.sim.manifest_id, made.sim.client_id },
        { found.id, found.manifest_id, found.bot })
    end
  end)
end)
