local cjson = require "cjson"
local simulated = require "support.simulated"
local transport = require "crier.simulator.transport"

local URL = "http://127.0.0.1:3978/api/messages"

-- A key that signs nothing: here nobody verifies.
local function signer()
  return { jwk = function() return '{"kid":"k"}' end, sign = function() return "c2ln" end }
end

describe("crier.simulator.webhook #portable", function()
  local function new(options)
    options = options or {}
    options.webhook, options.new_signer = options.webhook or URL, signer
    return simulated.new(options)
  end

  -- Everything that is told by a time, answered with a status: the activities.
  local function told(client, until_ms, status)
    local hook, found = client.sim.webhook, {}
    while hook:next_ms() and hook:next_ms() <= until_ms do
      local now_ms = hook:next_ms()
      local post = hook:due(now_ms)
      found[#found + 1] = cjson.decode(post.request.body)
      found[#found].sent_ms = now_ms - client.now_ms
      hook:answered(post, { status = status or 200, body = "" }, now_ms)
    end
    return found
  end

  local function by_type(activities)
    local found = {}
    for _, activity in ipairs(activities) do
      found[activity.type] = activity
    end
    return found
  end

  local function install(client, k)
    local _, _, events = client.install(client.sim.people:id(k))
    client.sim.webhook:tell(events, client.now_ms)
  end

  local function open(client, door, body)
    local response = client.call { method = "POST", path = "/_sandbox/" .. door,
      body = cjson.encode(body) }
    return response.status, cjson.decode(response.body)
  end

  it("tells of an install twice, once it shows", function()
    local client = new()
    local k, id = client.person "member"
    install(client, k)
    assert.is_nil(client.sim.webhook:due(client.now_ms - 1))
    local activities = told(client, client.now_ms + 1000)
    assert.equal(2, #activities)
    local found = by_type(activities)
    assert.equal("add", found.installationUpdate.action)
    assert.same({ { id = "28:" .. client.sim.client_id } }, found.conversationUpdate.membersAdded)
    for _, activity in ipairs(activities) do
      assert.is_true(client.sim.installs:is_visible(k, client.now_ms + activity.sent_ms))
      assert.same({ "msteams", id, client.sim.tenant, "personal",
        client.sim.connector:conversation_id(k), "https://smba.trafficmanager.net/teams/" },
        { activity.channelId, activity.from.aadObjectId, activity.channelData.tenant.id,
        activity.conversation.conversationType, activity.conversation.id, activity.serviceUrl })
    end
  end)

  it("carries a token of the Bot Connector for the service URL", function()
    local client = new()
    install(client, (client.person "member"))
    local post = client.sim.webhook:due(client.now_ms + 1000)
    assert.equal("Bearer " .. client.sim.openid:token(post.activity.serviceUrl,
      client.now_ms + 1000), post.request.headers.Authorization)
    assert.equal(URL, post.request.url)
  end)

  it("tells of a team's install where its General channel is", function()
    local client = new()
    local _, team = next(client.sim.organization.by_id)
    for _, group in pairs(client.sim.organization.by_id) do
      team = group.has_team and group or team
    end
    client.sim.webhook:tell({ { kind = "installed", team_id = team.id } }, client.now_ms)
    local found = by_type(told(client, client.now_ms + 1000))
    local general = client.sim.organization:channels(team)[1].id
    assert.equal(general, found.installationUpdate.conversation.id)
    assert.equal("teamMemberAdded", found.conversationUpdate.channelData.eventType)
    assert.same({ id = general, aadGroupId = team.id, name = team.name },
      found.conversationUpdate.channelData.team)
  end)

  it("tells of a group chat's install, and nothing of what concerns no bot", function()
    local client = new()
    local chat = client.sim.organization:chat_of(1)
    client.sim.webhook:tell({ { kind = "uninstalled", chat_id = chat },
      { kind = "notified", user_id = "x" } }, client.now_ms)
    local found = told(client, client.now_ms + 1000)
    assert.equal(2, #found)
    assert.same({ "remove", "groupChat" }, { by_type(found).installationUpdate.action,
      found[1].conversation.conversationType })
  end)

  it("tells nothing where no bot listens", function()
    local client = simulated.new()
    install(client, (client.person "member"))
    assert.is_nil(client.sim.webhook:next_ms())
    assert.equal(404, (open(client, "say", { user = client.sim.people:id(1) })))
  end)

  it("sends again what was not taken, for a while", function()
    local client = new()
    install(client, (client.person "member"))
    local hook = client.sim.webhook
    assert.equal(16, #told(client, client.now_ms + 1e6, 503))
    assert.is_nil(hook:next_ms())
    assert.same({ told = 2, taken = 0, refused = 0, given_up = 2, sent = 16 }, hook.counts)
  end)

  it("sends what was refused no more", function()
    local client = new()
    install(client, (client.person "member"))
    assert.equal(2, #told(client, client.now_ms + 1e6, 401))
    assert.equal(2, client.sim:stats().webhook.refused)
  end)

  it("has a bounded number under way", function()
    local client = new { users = 100 }
    for k = 1, 100 do
      client.sim.webhook:tell({ { kind = "installed", user_id = client.sim.people:id(k) } }, 0)
    end
    local count = 0
    while client.sim.webhook:due(client.now_ms) do
      count = count + 1
    end
    assert.equal(64, count)
  end)

  it("loses, doubles and delays as its faults say", function()
    local function sent(faults)
      local client = new { faults = faults, users = 200 }
      for k = 1, 100 do
        client.sim.webhook:tell({ { kind = "installed", user_id = client.sim.people:id(k) } },
          client.now_ms)
      end
      return told(client, client.now_ms + 1e6)
    end
    assert.equal(200, #sent())
    assert.equal(0, #sent "event-lost=1")
    assert.equal(400, #sent "event-twice=1")
    local late, disorder = sent "event-late=0.5", 0
    assert.equal(200, #late)
    for i = 2, #late do
      disorder = disorder + (late[i].id < late[i - 1].id and 1 or 0)
      assert.is_true(late[i].sent_ms <= 3050)
    end
    assert.is_true(disorder > 20)
  end)

  describe("doors", function()
    local client, id

    before_each(function()
      client = new()
      local _
      _, id = client.person "member"
      assert.equal(202, (open(client, "add", { user = id })))
      assert.equal(2, #told(client, client.now_ms + 1000))
    end)

    local CASES = {
      { "say", { text = "hello" }, "message", { text = "hello" } },
      { "submit", { value = { x = 1 }, reply_to = "17" }, "message",
        { text = "", value = { x = 1 }, replyToId = "17" } },
      { "submit", { value = { x = cjson.null } }, "message", { value = { x = cjson.null } } },
      { "execute", { verb = "ack", data = { a = 1 }, reply_to = "17" }, "invoke",
        { name = "adaptiveCard/action", replyToId = "17", value = { trigger = "manual",
          action = { type = "Action.Execute", verb = "ack", data = { a = 1 } } } } },
      { "react", { reply_to = "17" }, "messageReaction",
        { replyToId = "17", reactionsAdded = { { type = "like" } } } },
      { "react", { reply_to = "17", type = "heart", removed = true }, "messageReaction",
        { replyToId = "17", reactionsRemoved = { { type = "heart" } } } },
      { "read", { message_id = "17" }, "event", { value = { lastReadMessageId = "17" },
        name = "application/vnd.microsoft.readReceipt" } },
      { "edit", { message_id = "17", text = "no" }, "messageUpdate", { id = "17", text = "no" } },
    }
    for _, case in ipairs(CASES) do
      it("tell what somebody did: " .. case[1] .. " as " .. case[3], function()
        case[2].user = id
        local status, answer = open(client, case[1], case[2])
        assert.equal(202, status)
        local activity = told(client, client.now_ms + 1000)[1]
        assert.same({ case[3], answer.id, id }, { activity.type, activity.id,
          activity.from.aadObjectId })
        for name, value in pairs(case[4]) do
          assert.same(value, activity[name])
        end
      end)
    end

    it("let somebody take the app off, who then does nothing more", function()
      assert.equal(202, (open(client, "remove", { user = id })))
      local found = by_type(told(client, client.now_ms + 1000))
      assert.equal("remove", found.installationUpdate.action)
      assert.equal(1, #found.conversationUpdate.membersRemoved)
      assert.equal(409, (open(client, "say", { user = id, text = "hello" })))
      assert.equal(409, (open(client, "remove", { user = id })))
    end)

    it("want to know who it is", function()
      assert.equal(400, (open(client, "say", { text = "hello" })))
      assert.equal(400, (open(client, "add", { user = "nobody@example" })))
    end)

    it("show what the bot was told, and answered", function()
      open(client, "execute", { user = id, verb = "ack" })
      local post = client.sim.webhook:due(client.now_ms + 1000)
      client.sim.webhook:answered(post, { status = 200, body = '{"a":1}' }, client.now_ms)
      local text = client.call({ method = "GET", path = "/_sandbox/told", query = "after=2" }).body
      local line = cjson.decode(text)
      assert.same({ 1, 200, '{"a":1}', "invoke" }, { line.tries, line.status, line.answer,
        line.activity.type })
    end)
  end)

  it("tells a bot in this process, at the time that it takes", function()
    local client = new()
    local clock = transport.clock(client.now_ms)
    local heard = {}
    local carrier = transport.new { simulator = client.sim, clock = clock, bot = function(request)
      heard[#heard + 1] = { request.path, request.headers["content-type"], clock.now_ms() }
      return { status = #heard == 1 and 503 or 200, body = "" }
    end }
    client.sim.webhook:tell({ { kind = "installed", user_id = client.sim.people:id(1) } },
      client.now_ms)
    carrier:step(100)
    assert.equal(2, #heard)
    assert.equal("/api/messages", heard[1][1])
    assert.equal("application/json; charset=utf-8", heard[1][2])
    carrier:step(5000)
    assert.equal(3, #heard)
    assert.equal(heard[1][3] + 1000, heard[3][3])
  end)
end)
