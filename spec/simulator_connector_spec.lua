local cjson = require "cjson"
local bot = require "support.bot"
local encoding = require "crier.simulator.encoding"

local CARD = '{"type":"message","attachments":[{"contentType":"x/card","content":{}}]}'

local new, refusal = bot.new, bot.refusal

describe("crier.simulator.connector #portable", function()
  local function create(sim, changes)
    local body = { isGroup = true, bot = { id = "28:" .. sim.sim.client_id },
      tenantId = sim.sim.tenant, activity = { type = "message", text = "Hello" } }
    for name, value in pairs(changes) do
      body[name] = value
    end
    return sim.ask("POST", "conversations", cjson.encode(body))
  end

  it("begins a thread in a channel", function()
    local sim = new()
    local _, general = sim.team()
    local status, made = create(sim, { channelData = { channel = { id = general },
      tenant = { id = sim.sim.tenant } } })
    assert.equal(201, status)
    assert.equal(general .. ";messageid=" .. made.activityId, made.id)
    local line = cjson.decode(sim.lines()[1])
    assert.same({ general, general, "channel", "Hello" }, { line.recipient, line.conversation_id,
      line.conversation_type, line.activity.text })
    assert.equal(made.activityId, line.activity_id)
    assert.same({ ["201"] = 1 }, sim.sim:stats().operations.post)
    assert.same({ 201 }, { (sim.message("POST", made.id, nil, CARD)) })
    line = cjson.decode(sim.lines()[2])
    assert.same({ general, made.id }, { line.recipient, line.conversation_id })
    assert.equal(200, (sim.message("PUT", made.id, made.activityId, CARD)))
    assert.equal(200, (sim.message("DELETE", general, made.activityId)))
  end)

  it("takes the activity of a new thread as it was written", function()
    local sim = new()
    local _, general = sim.team()
    local activity = '{ "type":"message", "text":"}\\"{[", "attachments":[] , "n":1e400 }'
    local body = '{"channelData":{"channel":{"id":"' .. general .. '"},"x":[1,{"activity":{}}]},'
      .. '"isGroup" : true,"n":-1.5,"b":false,"activity": ' .. activity .. ' }'
    assert.equal(201, (sim.ask("POST", "conversations", body)))
    assert.is_truthy(sim.lines()[1]:find('"activity":' .. activity .. "}", 1, true))
  end)

  it("posts to a channel of a team that has the app, and to no private one", function()
    local sim = new()
    local _, general, news, leads = sim.team(false)
    assert.same({ 403, "BotNotInConversationRoster" },
      refusal(sim.message("POST", general, nil, CARD)))
    sim.team()
    assert.equal(201, (sim.message("POST", general, nil, CARD)))
    assert.equal(201, (sim.message("POST", news, nil, CARD)))
    assert.same({ 403, "BotNotInConversationRoster" },
      refusal(sim.message("POST", leads, nil, CARD)))
    assert.same({ 404, "ConversationNotFound" },
      refusal(sim.message("POST", "19:abc@thread.tacv2", nil, CARD)))
    assert.equal(2, sim.sim:stats().recipients)
  end)

  it("refuses a new thread that is not as it must be", function()
    local sim = new()
    local _, general = sim.team()
    local channel = { channel = { id = general } }
    local null = cjson.null
    assert.same({ 400, "BadSyntax" }, refusal(create(sim, { channelData = channel,
      activity = null })))
    assert.same({ 400, "BadSyntax" }, refusal(create(sim, { channelData = channel,
      activity = { text = "no type" } })))
    assert.same({ 400, "BadSyntax" }, refusal(create(sim, { channelData = channel,
      tenantId = "elsewhere" })))
    assert.same({ 413, "MessageSizeTooBig" }, refusal(create(sim, { channelData = channel,
      activity = { type = "message", text = ("x"):rep(51200) } })))
    assert.same({ 404, "ConversationNotFound" }, refusal(create(sim, {
      channelData = { channel = { id = "19:abc@thread.tacv2" } } })))
  end)

  it("writes into a group chat that has the app", function()
    local sim = new()
    local chat = sim.sim.organization:chat_of(1)
    assert.same({ 403, "BotNotInConversationRoster" },
      refusal(sim.message("POST", chat, nil, CARD)))
    sim.install_in("chats/" .. encoding.escape(chat))
    assert.equal(201, (sim.message("POST", chat, nil, CARD)))
    local line = cjson.decode(sim.lines()[1])
    assert.same({ chat, "groupChat" }, { line.recipient, line.conversation_type })
  end)

  it("creates a chat by either id of a person, with a message if one comes along", function()
    local sim = new()
    local k, id = sim.person("member")
    local account = sim.sim.connector.conversations:account(k)
    local function chat(member, activity)
      return create(sim, { isGroup = false, members = { { id = member } },
        activity = activity or cjson.null })
    end
    local _, by_object = create(sim, { isGroup = false, members = { { id = id } } })
    assert.equal(sim.sim.connector:conversation_id(k), by_object.id)
    assert.equal(cjson.decode(sim.lines()[1]).activity_id, by_object.activityId)
    assert.same({ 400, "BadSyntax" }, refusal(chat(account .. "0")))
    assert.same({ 400, "BadSyntax" }, refusal(chat(account)))
    local body = ('{"bot":{"id":"%s"},"members":[{"id":"%s"}],"tenantId":"%s"}')
      :format(sim.sim.client_id, account, sim.sim.tenant)
    assert.same({ 201, { id = by_object.id } }, { sim.ask("POST", "conversations", body) })
  end)

  it("answers for a bot that is not in order", function()
    local function first(faults, at)
      local sim = new({ faults = faults .. "=1" })
      sim.at = at or sim.at
      local k, id = sim.person("member")
      local status, body = sim.message("POST", sim.sim.connector:conversation_id(k), nil, CARD)
      local other, created = create(sim, { isGroup = false, members = { { id = id } } })
      assert.equal(status, other)
      assert.same(refusal(status, body), refusal(other, created))
      return { status, refusal(status, body)[2] or body.message }
    end
    local denied = { 401, "Authorization has been denied for this request." }
    assert.same({ 401, "BotNotRegistered" }, first("no-bot"))
    assert.same(denied, first("no-teams-channel"))
    assert.same({ 403, "BotDisabledByAdmin" }, first("bot-disabled"))
    assert.same({ 403, "InvalidBotApiHost" }, first("gcc"))
    assert.same({ 403, "InvalidBotApiHost" }, first("gcc", "/emea"))
    assert.same(denied, first("multi-tenant"))
    assert.same({ 201 }, first("gcc", "/gcc/teams"))
  end)

  it("takes a multi-tenant bot's token from where it must come", function()
    local sim = new({ faults = "multi-tenant=1" })
    local fields = sim.credentials("https://api.botframework.com/.default")
    local response = sim.form(fields, "botframework.com")
    sim.bot_token = "Bearer " .. cjson.decode(response.body).access_token
    assert.equal(201, (sim.message("POST", sim.sim.connector:conversation_id(
      (sim.person("member"))), nil, CARD)))
  end)

  it("has an address for the tenant's region, and refuses another's", function()
    local sim = new()
    local k, id = sim.person("member")
    local conversation = sim.sim.connector:conversation_id(k)
    for _, at in ipairs({ "/emea", "/EMEA", "/emea/" .. sim.sim.tenant }) do
      sim.at = at
      assert.equal(201, (sim.message("POST", conversation, nil, CARD)))
    end
    for _, at in ipairs({ "/amer", "/amer/" .. sim.sim.tenant }) do
      sim.at = at
      local status, body = sim.message("POST", conversation, nil, CARD)
      assert.same({ 400, "Wrong geo: the tenant is in a different region." },
        { status, body.error.message })
      assert.equal(403, (create(sim, { isGroup = false, members = { { id = id } } })))
    end
  end)

  it("tells the address of a region that was chosen", function()
    local sim = new({ region = "amer" })
    local _, id = sim.person("member")
    local response = sim.call({ method = "POST", url = "http://127.0.0.1:9/teams/v3/conversations",
      headers = { authorization = sim.bot_token }, body = ('{"bot":{"id":"%s"},"members":[{"id":'
        .. '"%s"}],"tenantId":"%s"}'):format(sim.sim.client_id, id, sim.sim.tenant) })
    assert.equal("http://127.0.0.1:9/amer/", cjson.decode(response.body).serviceUrl)
  end)

  it("holds each thread of a channel to its own windows", function()
    local sim = new({ limits = "teams", window = "sliding" })
    local _, general = sim.team()
    for _ = 1, 7 do
      assert.equal(201, (sim.message("POST", general, nil, CARD)))
    end
    assert.equal(429, (sim.message("POST", general, nil, CARD)))
    assert.equal(201, (sim.message("POST", general .. ";messageid=1700000001000", nil, CARD)))
    assert.equal(1, sim.sim:stats().violations.conversation)
  end)
end)
