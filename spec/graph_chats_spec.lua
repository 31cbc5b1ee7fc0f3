local answering = require "support.answering"

local json, failure = answering.json, answering.failure
local APPS = "/users/u/teamwork/installedApps"
local LIST = "GET " .. APPS .. "?$expand=teamsApp,teamsAppDefinition"
  .. "&$filter=teamsApp%2Fid%20eq%20%27c%27"
local INSTALL, CHAT = "POST " .. APPS, "GET " .. APPS .. "/i%3D/chat"
local FIND = "GET /users/u/chats?$filter=installedApps%2Fany%28a%3Aa%2FteamsApp%2Fid%20eq%20%27c"
  .. "%27%29"

local NONE, ONE = json(200, '{"value":[]}'), json(200, '{"value":[{"id":"i="}]}')
local HERE = json(200, '{"id":"19:u_b@unq.gbl.spaces","chatType":"oneOnOne"}')

local function new(responses)
  return answering.new(answering.from(responses), { retry = function() end })
end

local function chat_of(made, options)
  options = options or { catalog_id = "c" }
  return made.run(function(graph) return graph:chat_of("u", options) end)
end

local function find(made)
  return made.run(function(graph) return graph:find_chat("u", "c") end)
end

describe("crier.graph", function()
  describe(":chat_of()", function()
    it("gives the chat of an installation", function()
      local made = new { [LIST] = ONE, [CHAT] = HERE }
      assert.same({ id = "19:u_b@unq.gbl.spaces", installation_id = "i=", installed = false },
        chat_of(made))
      assert.same({ LIST, CHAT }, made.calls)
    end)

    it("installs where the app is missing, and looks again", function()
      local made = new { [LIST] = { NONE, ONE }, [INSTALL] = json(201), [CHAT] = HERE }
      assert.same({ id = "19:u_b@unq.gbl.spaces", installation_id = "i=", installed = true },
        chat_of(made))
      assert.same({ LIST, INSTALL, LIST, CHAT }, made.calls)
      assert.is_true(made.passed_ms() < 1000)
    end)

    it("waits 1, 2, 4 and 8 seconds for what was just installed", function()
      local made = new { [LIST] = { NONE, NONE, NONE, ONE }, [INSTALL] = json(201),
        [CHAT] = { failure(404, "NotFound"), failure(404, "NotFound"), HERE } }
      assert.is_true(chat_of(made).installed)
      assert.same({ LIST, INSTALL, LIST, LIST, LIST, CHAT, LIST, CHAT, LIST, CHAT }, made.calls)
      assert.is_true(made.passed_ms() >= 15000 and made.passed_ms() < 17000)
    end)

    it("gives up after 15 seconds", function()
      local made = new { [LIST] = NONE, [INSTALL] = json(409) }
      local chat, message, code = chat_of(made)
      assert.is_nil(chat)
      assert.equal("the app was installed for u but does not show there yet: try again in a"
        .. " minute", message)
      assert.equal("NOT_VISIBLE", code)
      assert.equal(7, #made.calls)
    end)

    it("installs nothing when told so", function()
      local made = new { [LIST] = NONE }
      local chat, message, code = chat_of(made, { catalog_id = "c", install = false })
      assert.is_nil(chat)
      assert.same({ "the app is not installed for u", "NOT_INSTALLED" }, { message, code })
      assert.same({ LIST }, made.calls)
    end)

    it("gives what Graph refused, at each step", function()
      local no = failure(403, "Forbidden", "no")
      for calls, responses in pairs {
        [1] = { [LIST] = no },
        [2] = { [LIST] = ONE, [CHAT] = no },
        [3] = { [LIST] = { NONE, no }, [INSTALL] = json(201) },
        [4] = { [LIST] = { NONE, ONE }, [INSTALL] = json(201), [CHAT] = no } } do
        local made = new(responses)
        local chat, message, code, outcome = chat_of(made)
        assert.is_nil(chat)
        assert.same({ "no", "Forbidden", "refused" }, { message, code, outcome.kind })
        assert.equal(calls, #made.calls)
      end
      local made = new { [LIST] = NONE, [INSTALL] = no }
      assert.is_nil((chat_of(made)))
      assert.equal(2, #made.calls)
    end)

    it("does not wait for the chat of an old installation", function()
      local made = new { [LIST] = ONE, [CHAT] = failure(404, "NotFound") }
      local chat, _, _, outcome = chat_of(made)
      assert.is_nil(chat)
      assert.equal("absent", outcome.kind)
      assert.same({ LIST, CHAT }, made.calls)
    end)

    it("means CRIER_APP_ID's app, with consent to what it declares", function()
      local bodies = {}
      local made = answering.new(function(path, request)
        if path:find "appCatalogs" then
          return json(200, '{"value":[{"id":"c","externalId":"m","appDefinitions":[{"version":"1",'
            .. '"publishingState":"published","authorization":{"requiredPermissionSet":{"resource'
            .. 'SpecificPermissions":[{"permissionValue":"p","permissionType":"Application"}]}}'
            .. "}]}]}")
        elseif path == INSTALL then
          bodies[#bodies + 1] = request.body
          return json(201)
        end
        return path == CHAT and HERE or #bodies > 0 and ONE or NONE
      end, { env = { CRIER_APP_ID = "m" } })
      assert.is_true(chat_of(made, {}).installed)
      made.run(function(graph) assert(graph:install "u") end)
      made.run(function(graph) assert(graph:install({ team = "u" }, "c")) end)
      assert.equal(2, #bodies)
      for _, body in ipairs(bodies) do
        assert.matches('"consentedPermissionSet":{"resourceSpecificPermissions":[{"permission'
          .. 'Value":"p","permissionType":"Application"}]}', body, 1, true)
      end
    end)

    it("opens the chats of a simulated tenant", function()
      local made = answering.new()
      for k = 1, 5 do
        local id = made.sim.people:id(k)
        local chat, _, _, outcome = made.run(function(graph) return graph:chat_of(id) end)
        assert.equal(made.sim.people:is_reachable(k), chat ~= nil)
        assert.equal(chat and "19:" .. id .. "_" .. made.sim.client_id .. "@unq.gbl.spaces",
          chat and chat.id)
        assert.equal(chat == nil, outcome ~= nil)
      end
    end)
  end)

  describe(":find_chat()", function()
    local GROUP = '{"id":"19:g@thread.v2","chatType":"group"}'

    it("gives the chat of two", function()
      local made = new { [FIND] = json(200, '{"value":[' .. GROUP
        .. ',{"id":"19:u_b@unq.gbl.spaces","chatType":"oneOnOne"}]}') }
      assert.same({ id = "19:u_b@unq.gbl.spaces", chatType = "oneOnOne" }, (find(made)))
    end)

    it("looks through all pages", function()
      local made = new { [FIND] = json(200, '{"value":[' .. GROUP .. '],"@odata.nextLink":"'
        .. answering.GRAPH .. '/chats?2"}'), ["GET /chats?2"] = json(200,
        '{"value":[{"id":"19:u"}],"@odata.nextLink":"' .. answering.GRAPH .. '/chats?3"}') }
      assert.equal("19:u", find(made).id)
      assert.same({ FIND, "GET /chats?2" }, made.calls)
    end)

    it("says that there is none", function()
      for _, value in ipairs { "", GROUP, "7", '{"chatType":"oneOnOne"}' } do
        local chat, message, code = find(new { [FIND] = json(200, '{"value":[' .. value .. "]}") })
        assert.is_nil(chat)
        assert.same({ "u has no chat with the app", "NO_CHAT" }, { message, code })
      end
    end)

    it("gives what Graph refused", function()
      local chat, _, code, outcome = find(new { [FIND] = failure(412, "PreconditionFailed",
        "Requested API is not supported in application-only context") })
      assert.is_nil(chat)
      assert.equal("PreconditionFailed", code)
      assert.equal("not supported app-only", outcome.reason)
    end)
  end)
end)
