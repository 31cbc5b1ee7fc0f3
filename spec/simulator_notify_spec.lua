local cjson = require "cjson"
local encoding = require "crier.simulator.encoding"
local simulated = require "support.simulated"

local MANY = "teamwork/sendActivityNotificationToRecipients"

describe("crier.simulator.notifications #portable", function()
  local function body(changes)
    local made = { topic = { source = "text", value = "News", webUrl = "https://teams.example" },
      activityType = "announcement", previewText = { content = "There is news" },
      templateParameters = { { name = "who", value = "Ada" } } }
    for name, value in pairs(changes or {}) do
      made[name] = value or nil
    end
    return made
  end

  local function to(id)
    return "users/" .. id .. "/teamwork/sendActivityNotification"
  end

  it("tells a person who has the app, and nobody else", function()
    local sim = simulated.new { limits = "off", install_delay_ms = 0 }
    local _, id = sim.person "member"
    local response, refused = sim.graph("POST", to(id), body())
    assert.same({ 403, "Forbidden" }, { response.status, refused.error.code })
    assert.matches("^Application with AAD App Id '" .. sim.sim.client_id:gsub("%-", "%%-")
      .. "' is not authorized to generate custom text notifications", refused.error.message)
    sim.install(id)
    local sent, _, events = sim.graph("POST", to(id), body())
    assert.equal(204, sent.status)
    assert.same({ { kind = "notified", user_id = id } }, events)
    assert.equal(204, sim.graph("POST", to(id), body { activityType = "systemDefault" }).status)
    assert.equal(404, sim.graph("POST", to "nobody", body()).status)
    assert.equal(2, sim.sim.notifications.count)
    local first = cjson.decode((sim.call { method = "GET", path = "/_sandbox/notifications" }).body
      :match "^[^\n]+")
    assert.same({ id, cjson.decode(cjson.encode(body())) },
      { first.recipient, first.notification })
  end)

  it("tells a team and a chat that have it", function()
    local sim = simulated.new { limits = "off", install_delay_ms = 0 }
    for _, place in ipairs({ "teams/" .. sim.sim.organization.teams[1].id,
      "chats/" .. encoding.escape((sim.sim.organization:chat_of(1))) }) do
      assert.equal(403, sim.graph("POST", place .. "/sendActivityNotification", body()).status)
      sim.graph("POST", place .. "/installedApps", { ["teamsApp@odata.bind"] =
        "https://graph.microsoft.com/v1.0/appCatalogs/teamsApps/" .. sim.sim.catalog_id })
      assert.equal(204, sim.graph("POST", place .. "/sendActivityNotification", body()).status)
    end
  end)

  it("refuses what is not a notification", function()
    local sim = simulated.new { installed = 1, limits = "off" }
    local _, id = sim.person "member"
    for _, wrong in ipairs({ { topic = false }, { topic = { source = "text", value = "x" } },
      { topic = { source = "text", value = "", webUrl = "https://x" } },
      { topic = { source = "entityUrl", value = "https://elsewhere.example/" } },
      { activityType = false }, { activityType = "undeclared" }, { previewText = false },
      { previewText = { content = 1 } }, { templateParameters = { { name = "x" } } } }) do
      local response, refused = sim.graph("POST", to(id), body(wrong))
      assert.same({ 400, "BadRequest" }, { response.status, refused.error.code })
    end
    assert.equal(400, sim.graph("POST", to(id), "{").status)
    assert.equal(400, sim.graph("POST", MANY, "[").status)
  end)

  it("needs the role, or consent where the app is installed", function()
    local sim = simulated.new { users = 200, limits = "off", installed = 1,
      resource_specific = { "TeamsActivity.Send.User" } }
    local _, id = sim.person "member"
    local poor = sim.app_token "TeamsAppInstallation.ReadWriteSelfForUser.All"
    assert.equal(204, sim.graph("POST", to(id), body(), poor).status)
    local _, guest = sim.person "disabled"
    assert.equal(403, sim.graph("POST", to(guest), body(), poor).status)
    assert.equal(403, sim.graph("POST", MANY, body(), poor).status)
  end)

  it("does not know which is meant of an app that is there twice", function()
    local sim = simulated.new { users = 100, limits = "off", installed = 1, install_delay_ms = 0 }
    local team = sim.sim.organization.teams[1]
    local k = 0
    repeat
      k = k + 1
    until sim.sim.people:is_reachable(k) and team.member(sim.sim.people, k)
    local id = sim.sim.people:id(k)
    assert.equal(204, sim.graph("POST", to(id), body()).status)
    sim.graph("POST", "teams/" .. team.id .. "/installedApps", { ["teamsApp@odata.bind"] =
      "https://graph.microsoft.com/v1.0/appCatalogs/teamsApps/" .. sim.sim.catalog_id })
    assert.equal(409, sim.graph("POST", to(id), body()).status)
    assert.equal(204, sim.graph("POST", to(id), body { topic = { source = "entityUrl",
      value = "https://graph.microsoft.com/v1.0/users/" .. id .. "/teamwork/installedApps/x" } })
      .status)
  end)

  describe("to many recipients", function()
    local function recipient(id)
      return { ["@odata.type"] = "microsoft.graph.aadUserNotificationRecipient", userId = id }
    end

    it("is accepted, and reaches those who have the app", function()
      local sim = simulated.new { installed = 1, limits = "off" }
      local _, id = sim.person "member"
      local response, _, events = sim.graph("POST", MANY,
        body { recipients = { recipient(id), recipient "nobody" } })
      assert.equal(202, response.status)
      assert.same({ { kind = "notified", user_id = id } }, events)
    end)

    it("takes a hundred at most, of one type", function()
      local sim = simulated.new { installed = 1, limits = "off" }
      local many = {}
      for i = 1, 101 do
        many[i] = recipient "x"
      end
      for _, recipients in ipairs({ many, {}, { { userId = "x" } },
        { { ["@odata.type"] = "#microsoft.graph.chatMembersNotificationRecipient" } } }) do
        assert.equal(400, sim.graph("POST", MANY, body { recipients = recipients }).status)
      end
      many[101] = nil
      assert.equal(202, sim.graph("POST", MANY, body { recipients = many }).status)
    end)

    it("wants a token that is good for 45 minutes more", function()
      local sim = simulated.new { installed = 1, limits = "off" }
      sim.now_ms = sim.now_ms + (3599 - 45 * 60) * 1000
      local asked = body { recipients = { recipient "x" } }
      assert.equal(202, sim.graph("POST", MANY, asked).status)
      sim.now_ms = sim.now_ms + 1
      local response, refused = sim.graph("POST", MANY, asked)
      assert.same({ 412, "PreconditionFailed" }, { response.status, refused.error.code })
    end)

    it("is served twice a second; to one person, five times", function()
      local sim = simulated.new { installed = 1, window = "fixed" }
      local _, id = sim.person "member"
      for _ = 1, 2 do
        assert.equal(202, sim.graph("POST", MANY, body { recipients = { recipient(id) } }).status)
      end
      assert.equal(429, sim.graph("POST", MANY, body { recipients = { recipient(id) } }).status)
      for _ = 1, 5 do
        assert.equal(204, sim.graph("POST", to(id), body()).status)
      end
      assert.equal(429, sim.graph("POST", to(id), body()).status)
    end)
  end)
end)
