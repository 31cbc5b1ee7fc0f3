local cjson = require "cjson"
local encoding = require "crier.simulator.encoding"
local simulated = require "support.simulated"

local CARD = '{"type":"message","attachments":[{"contentType":"x/card","content":{}}]}'
local BOTH = '{"type":"message","text":"Hello","attachments":[{"contentType":"x/card"}]}'

-- A simulator with calls on messages; `at` is the address that is called.
local function new(options)
  options = options or {}
  options.installed = options.installed or 1
  options.limits = options.limits or "off"
  local sim = simulated.new(options)
  sim.at = "/teams"

  function sim.ask(method, path, body, query)
    local response = sim.call({ method = method, path = sim.at .. "/v3/" .. path, body = body,
      query = query, headers = { authorization = sim.bot_token } })
    return response.status, response.body and response.body:find("^[{%[]")
      and cjson.decode(response.body) or response.body
  end

  function sim.message(method, conversation, activity_id, body)
    return sim.ask(method, "conversations/" .. encoding.escape(conversation) .. "/activities"
      .. (activity_id and "/" .. activity_id or ""), body)
  end

  function sim.lines()
    local found = {}
    local text = sim.call({ method = "GET", path = "/_sandbox/deliveries" }).body
    for line in text:gmatch("[^\n]+") do
      found[#found + 1] = line
    end
    return found
  end

  -- Installs the app in a team or a chat, and waits until it shows.
  function sim.install_in(path)
    local status = sim.call({ method = "POST", path = "/v1.0/" .. path .. "/installedApps",
      headers = { authorization = sim.graph_token }, body = '{"teamsApp@odata.bind":'
        .. '"https://graph.microsoft.com/v1.0/appCatalogs/teamsApps/' .. sim.sim.catalog_id
        .. '"}' }).status
    assert.is_true(status == 200 or status == 201)
    sim.now_ms = sim.now_ms + 1000
  end

  -- A team and its channels: General, Announcements and the private Leads.
  function sim.team(is_installed)
    local team = sim.sim.organization.teams[1]
    if is_installed ~= false then
      sim.install_in("teams/" .. team.id)
    end
    local channels = sim.sim.organization:channels(team)
    return team, channels[1].id, channels[2].id, channels[3].id
  end
  return sim
end

local function code(body)
  return body.error and body.error.code
end

local function refusal(status, body)
  return { status, code(body) }
end

describe("crier.simulator.messages #portable", function()
  local sim, k, conversation

  before_each(function()
    sim = new()
    k = sim.person("member")
    conversation = sim.sim.connector:conversation_id(k)
  end)

  it("changes a message, and the record of it", function()
    local _, sent = sim.message("POST", conversation, nil, CARD)
    sim.now_ms = sim.now_ms + 5000
    local changed = '{"type":"message","text":"Better"}'
    assert.same({ 200, { id = sent.id } }, { sim.message("PUT", conversation, sent.id, changed) })
    assert.same({ 200 }, { (sim.message("PUT", conversation, sent.id, changed)) })
    local lines = sim.lines()
    assert.equal(1, #lines)
    local line = cjson.decode(lines[1])
    assert.equal("2023-11-14T22:13:20.000Z", line.at)
    assert.equal("2023-11-14T22:13:25.000Z", line.updated_at)
    assert.equal("Better", line.activity.text)
    assert.is_nil(line.deleted_at)
  end)

  it("deletes a message once, and keeps what it was", function()
    local _, sent = sim.message("POST", conversation, nil, CARD)
    assert.equal(200, (sim.message("DELETE", conversation, sent.id)))
    for _, method in ipairs({ "DELETE", "PUT" }) do
      assert.same({ 404, "ActivityNotFoundInConversation" },
        refusal(sim.message(method, conversation, sent.id, CARD)))
    end
    local line = cjson.decode(sim.lines()[1])
    assert.equal("2023-11-14T22:13:20.000Z", line.deleted_at)
    assert.equal("x/card", line.activity.attachments[1].contentType)
    assert.equal(1, sim.sim:stats().deliveries)
  end)

  it("finds a message in its own conversation alone", function()
    local _, sent = sim.message("POST", conversation, nil, CARD)
    local other = sim.sim.connector:conversation_id((sim.person("member", k + 1)))
    for _, method in ipairs({ "PUT", "DELETE", "POST" }) do
      assert.same({ 404, "ActivityNotFoundInConversation" },
        refusal(sim.message(method, other, sent.id, CARD)))
      assert.same({ 404, "ActivityNotFoundInConversation" },
        refusal(sim.message(method, conversation, "1700000099999", CARD)))
      assert.same({ 404, "ActivityNotFoundInConversation" },
        refusal(sim.message(method, conversation, "f:1", CARD)))
    end
  end)

  it("changes and deletes nobody else's message, but answers it", function()
    for _, method in ipairs({ "PUT", "DELETE" }) do
      assert.same({ 403, "NotEnoughPermissions" },
        refusal(sim.message(method, conversation, "1599999999999", CARD)))
    end
    assert.equal(201, (sim.message("POST", conversation, "1599999999999", CARD)))
  end)

  it("answers a message of its own", function()
    local _, sent = sim.message("POST", conversation, nil, CARD)
    local status, answer = sim.message("POST", conversation, sent.id, CARD)
    assert.equal(201, status)
    assert.is_true(tonumber(answer.id) > tonumber(sent.id))
    assert.same({ ["201"] = 1 }, sim.sim:stats().operations.reply)
  end)

  it("shows that it writes, which is no message", function()
    assert.same({ 201, {} }, { sim.message("POST", conversation, nil, '{"type":"typing"}') })
    assert.equal(0, sim.sim:stats().deliveries)
    assert.same({ ["201"] = 1 }, sim.sim:stats().operations.typing)
  end)

  it("splits text and attachment into two messages without an id", function()
    assert.same({ 201, {} }, { sim.message("POST", conversation, nil, BOTH) })
    local lines = sim.lines()
    assert.equal(2, #lines)
    assert.equal(1, cjson.decode(lines[1]).part)
    assert.equal(2, cjson.decode(lines[2]).part)
    assert.equal(2, sim.sim:stats().highest.connector)
    local _, sent = sim.message("POST", conversation, nil,
      '{"type":"message","text":" ","attachments":[{"contentType":"x/card"}]}')
    assert.equal("string", type(sent.id))
  end)

  it("refuses for each call what it refuses for a send", function()
    local _, sent = sim.message("POST", conversation, nil, CARD)
    local large = '{"type":"message","text":"' .. ("x"):rep(51200) .. '"}'
    for _, method in ipairs({ "PUT", "POST" }) do
      assert.same({ 413, "MessageSizeTooBig" },
        refusal(sim.message(method, conversation, sent.id, large)))
      assert.same({ 400, "BadSyntax" }, refusal(sim.message(method, conversation, sent.id, "{}")))
    end
    for _, method in ipairs({ "PUT", "POST", "DELETE" }) do
      assert.same({ 404, "ConversationNotFound" },
        refusal(sim.message(method, "a:1", sent.id, CARD)))
      assert.same({ 403, "BotNotInConversationRoster" },
        refusal(new({ installed = 0 }).message(method, conversation, sent.id, CARD)))
      local blocked = new({ faults = "blocked=1" })
      assert.equal(403, (blocked.message(method, conversation, sent.id, CARD)))
    end
  end)

  it("counts without keeping, and takes each id that it gave out", function()
    local counting = new({ keep_deliveries = false })
    local _, sent = counting.message("POST", conversation, nil, CARD)
    assert.equal(200, (counting.message("PUT", conversation, sent.id, CARD)))
    assert.equal(200, (counting.message("DELETE", conversation, sent.id)))
    assert.equal(404, (counting.message("DELETE", conversation, "1700000099999")))
  end)
end)

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
      assert.equal(code(body), code(created))
      return { status, code(body) or body.message }
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

describe("crier.simulator.roster #portable", function()
  local function roster(sim, conversation, query)
    return sim.ask("GET", "conversations/" .. encoding.escape(conversation) .. "/pagedmembers",
      nil, query)
  end

  local function everybody(sim, conversation, size)
    local found, pages, token = {}, 0, nil
    repeat
      local status, page = roster(sim, conversation, "pageSize=" .. size
        .. (token and "&continuationToken=" .. token or ""))
      assert.equal(200, status)
      for _, member in ipairs(page.members) do
        found[#found + 1] = member
      end
      pages, token = pages + 1, page.continuationToken
    until not token
    return found, pages
  end

  it("pages through the people of a team", function()
    local sim = new({ users = 2000 })
    local team, general = sim.team()
    local expected = 0
    for k = 1, 2000 do
      if sim.sim.people:is_reachable(k) and team.member(sim.sim.people, k) then
        expected = expected + 1
      end
    end
    local found, pages = everybody(sim, general, 10)
    assert.equal(expected, #found)
    assert.is_true(expected > 60)
    assert.is_true(pages >= expected / 50 and pages <= expected / 43 + 1)
    local member = found[1]
    local k = sim.sim.people:find(member.aadObjectId)
    assert.same({ sim.sim.connector.conversations:account(k), member.aadObjectId, "user",
      sim.sim.tenant, sim.sim.people:value(k, "userPrincipalName") },
      { member.id, member.objectId, member.userRole, member.tenantId, member.userPrincipalName })
  end)

  it("knows who is in a group chat, and in a chat", function()
    local sim = new()
    local chat, first, last = sim.sim.organization:chat_of(7)
    sim.install_in("chats/" .. encoding.escape(chat))
    for _, member in ipairs((everybody(sim, chat, 50))) do
      local k = sim.sim.people:find(member.objectId)
      assert.is_true(k >= first and k <= last)
    end
    local k, id = sim.person("member")
    local found = everybody(sim, sim.sim.connector:conversation_id(k), 50)
    assert.same({ id }, { found[1].objectId, found[2] })
    local _, all = sim.ask("GET", "conversations/" .. encoding.escape(chat) .. "/members")
    assert.is_true(#all >= 1 and #all <= 5)
  end)

  it("finds one member by either id, and nobody else", function()
    local sim = new()
    local k, id = sim.person("member")
    local conversation = encoding.escape(sim.sim.connector:conversation_id(k))
    local function member(user)
      return sim.ask("GET", "conversations/" .. conversation .. "/members/" .. user)
    end
    local _, by_object = member(id)
    local _, by_account = member(encoding.escape(sim.sim.connector.conversations:account(k)))
    assert.same(by_object, by_account)
    assert.equal(id, by_object.objectId)
    local other = select(2, sim.person("member", k + 1))
    assert.same({ 404, "MemberNotFoundInConversation" }, refusal(member(other)))
    assert.same({ 404, "MemberNotFoundInConversation" }, refusal(member("nobody")))
  end)

  it("describes a team to a bot that is in it", function()
    local sim = new()
    local team, general, news = sim.team(false)
    local function ask(id, rest)
      return sim.ask("GET", "teams/" .. encoding.escape(id) .. (rest or ""))
    end
    assert.same({ 403, "BotNotInConversationRoster" }, refusal(ask(general)))
    sim.team()
    local _, details = ask(general)
    local count = #everybody(sim, general, 500)
    assert.same({ general, team.name, team.id, 2, count }, { details.id, details.name,
      details.aadGroupId, details.channelCount, details.memberCount })
    local _, channels = ask(general, "/conversations")
    assert.same({ conversations = { { id = general, type = "standard" },
      { id = news, name = "Announcements", type = "standard" } } }, channels)
    assert.same({ 400, "BadArgument" }, refusal(ask(team.id)))
    assert.same({ 404, "ConversationNotFound" }, refusal(ask(news)))
    assert.same({ 404, "ConversationNotFound" }, refusal(ask("19:x@thread.tacv2",
      "/conversations")))
  end)

  it("refuses a malformed page, and more reads than a conversation has", function()
    local sim = new({ limits = "teams", window = "sliding" })
    local conversation = sim.sim.connector:conversation_id((sim.person("member")))
    assert.same({ 400, "BadArgument" }, refusal(roster(sim, conversation, "pageSize=many")))
    assert.same({ 400, "BadArgument" },
      refusal(roster(sim, conversation, "continuationToken=guess")))
    for _ = 1, 12 do
      assert.equal(200, (roster(sim, conversation)))
    end
    assert.equal(429, (roster(sim, conversation)))
    assert.equal(201, (sim.message("POST", conversation, nil, CARD)))
    assert.equal(1, sim.sim:stats().violations.conversation_read)
  end)
end)
