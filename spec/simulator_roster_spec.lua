local bot = require "support.bot"
local encoding = require "crier.simulator.encoding"

local CARD = '{"type":"message","attachments":[{"contentType":"x/card","content":{}}]}'

local new, refusal = bot.new, bot.refusal

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
