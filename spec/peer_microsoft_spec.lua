local authority = require "support.authority"
local cjson = require "cjson"
local nginx = require "support.nginx"
local node = require "support.node"
local sandbox = require "support.sandbox"
local simulator = require "crier.simulator"

-- The sandbox as clients see it that Microsoft wrote: @azure/msal-node, its
-- Graph client and its Bot Connector client. They insist on TLS: nginx has it.
describe("the sandbox, to Microsoft's own clients", function()
  local is_ready, reason = node.is_ready()
  if not is_ready then
    pending(reason)
    return
  end

  local USERS = 1200
  local signer, cloud, front, peer

  setup(function()
    signer = authority.new()
    local pair = signer:certify()
    -- Each of Microsoft's clients spells batches in its own way.
    local app = signer:enroll()
    cloud = sandbox.start(("--limits off --spelling js --users %d --certificate %s")
      :format(USERS, app.certificate))
    front = nginx.start { upstream = cloud.url, certificate = pair.certificate, key = pair.key }
    -- The same people and ids, since the seed is the same.
    local same = assert(simulator.new { users = USERS })
    local people, reachable = same.people, {}
    for k = 1, 20 do
      if people:is_reachable(k) then
        reachable[#reachable + 1] = people:id(k)
      end
    end
    peer = { url = front.url, tenant = cloud.env.AZURE_TENANT_ID,
      client = cloud.env.AZURE_CLIENT_ID, secret = cloud.env.AZURE_CLIENT_SECRET,
      manifest = cloud.env.CRIER_APP_ID, app = same.catalog_id, person = reachable[1],
      other = reachable[2], stranger = reachable[3], certificate = app.file }
  end)

  teardown(function()
    front:stop()
    cloud:stop()
    signer:close()
  end)

  local answers

  -- What a program says, by the name of each thing that it does.
  local function perform(name)
    answers = {}
    for _, line in ipairs(node.run(name, peer, signer.file)) do
      answers[line.name] = line
    end
  end

  local function result_of(name)
    assert.is_nil(answers[name].error and cjson.encode(answers[name].error))
    return answers[name].result
  end

  local function gave(expected, name)
    assert.same(expected, result_of(name))
  end

  local function failed(status, code, name)
    local error = answers[name].error
    assert.equal(status, error.status)
    assert.equal(code, error.code)
    return error.message
  end

  describe("for Graph", function()
    setup(function()
      perform "graph.mjs"
    end)

    it("gives a token for a secret, and says why for a wrong one", function()
      assert.is_true(result_of("token").length > 100)
      assert.matches("AADSTS7000215: Invalid client secret provided",
        failed(401, "invalid_client", "with a wrong secret"))
    end)

    it("gives one for an assertion that MSAL signs, in either way", function()
      assert.equal(peer.person, result_of("with PS256").id)
      assert.equal(peer.person, result_of("with RS256").id)
    end)

    it("lists everybody once, page by page", function()
      gave({ count = USERS, distinct = USERS }, "users")
    end)

    it("finds one person, and says that another is not there", function()
      assert.equal(peer.person, result_of("user").id)
      failed(404, "Request_ResourceNotFound", "nobody")
    end)

    it("counts what an advanced query promises", function()
      local found = result_of "advanced query"
      assert.is_true(found.count > 0)
      gave({ promised = found.count, count = found.count, enabled = 0 }, "advanced query")
    end)

    it("resolves ids to objects of a type", function()
      local found = result_of("getByIds").value
      assert.equal(1, #found)
      assert.equal(peer.person, found[1].id)
      assert.equal("#microsoft.graph.user", found[1]["@odata.type"])
    end)

    it("lists changes from a link", function()
      gave({ distinct = USERS, removed = 0, changes = 0 }, "delta")
    end)

    it("lists groups and who is in them", function()
      local people = result_of("people of Sales").count
      assert.is_true(people > 10)
      assert.equal("Sales", result_of("groups").names[1])
      gave({ count = people, type = "#microsoft.graph.user" }, "members")
      gave({ count = people }, "transitiveMembers")
    end)

    it("finds the app in the catalog", function()
      gave({ count = 1, id = peer.app, distributionMethod = "organization",
        publishingState = "published", bot = peer.client }, "catalog")
    end)

    it("installs it, once", function()
      result_of "install"
      failed(409, "Conflict", "install again")
      gave({ app = peer.app, of = peer.app, manifest = peer.manifest }, "installation")
    end)

    it("knows the chat of it, from both sides", function()
      gave({ type = "oneOnOne" }, "chat")
      gave({ count = 1, same = true }, "find chat")
    end)

    it("upgrades and uninstalls it", function()
      gave(cjson.null, "upgrade")
      gave(cjson.null, "uninstall")
      failed(404, "NotFound", "uninstall again")
    end)

    it("takes a notification for somebody's activity feed", function()
      gave(cjson.null, "notify")
    end)

    it("shows a team, its members and its channels", function()
      local general = result_of("channels").ids[1]
      assert.is_true(result_of("teams").count > 1)
      gave({ same = true, displayName = "Sales", internalId = general }, "team")
      gave({ id = general, displayName = "General" }, "primaryChannel")
      local members = result_of("team members").count
      assert.is_true(members > 10 and members <= result_of("members").count)
    end)

    it("answers each part of a batch for itself", function()
      gave({ ["1"] = { status = 200, is = peer.person },
        ["2"] = { status = 404, code = "Request_ResourceNotFound" },
        ["3"] = { status = 200, count = 2 } }, "batch")
    end)
  end)

  describe("for the Bot Connector", function()
    setup(function()
      perform "connector.mjs"
    end)

    -- The texts in a person's chat, as they are now.
    local function texts_of(person)
      local texts = {}
      for _, delivery in ipairs(cloud:deliveries()) do
        if delivery.recipient == person and not delivery.deleted_at then
          texts[#texts + 1] = delivery.activity.text
        end
      end
      return texts
    end

    it("opens one chat with who has the app, and none with who has not", function()
      gave({ places = 3 }, "install")
      assert.is_truthy(result_of("create").id:find "^a:")
      gave({ same = true }, "create again")
      assert.equal("Bot is not installed in user's personal scope",
        failed(403, "ForbiddenOperationException", "create without the app"))
    end)

    it("sends, replies, updates and deletes", function()
      local first, second = result_of("send").id, result_of("reply").id
      assert.is_true(first ~= second)
      gave({ id = first }, "update")
      gave({ status = 200 }, "delete")
      failed(404, "ActivityNotFoundInConversation", "update what was deleted")
      failed(404, "ConversationNotFound", "send nowhere")
      assert.same({ "One, again", "To both" }, texts_of(peer.person))
      assert.same({ "To both" }, texts_of(peer.other))
      assert.same({}, texts_of(peer.stranger))
    end)

    it("tells who is in a chat", function()
      local member = result_of "member"
      assert.equal(peer.person, member.aadObjectId)
      assert.equal(peer.tenant, member.tenantId)
      assert.is_truthy(member.id:find "^29:")
      gave({ pages = 1, count = 1, first = member }, "members of a chat")
      failed(404, "MemberNotFoundInConversation", "a stranger")
    end)

    it("shows a team, its channels, and its members by page", function()
      local team, members = result_of "team", result_of "members of a team"
      assert.equal("Sales", team.name)
      assert.equal(team.memberCount, members.count)
      assert.equal(math.ceil(members.count / 50), members.pages)
      local channels = result_of("channels").conversations
      assert.equal(team.channelCount, #channels)
      assert.equal(team.id, channels[1].id)
      assert.is_nil(channels[1].name) -- General's
    end)

    it("posts in a channel, and on in the thread that this begins", function()
      local post = result_of "post"
      assert.equal(result_of("team").id .. ";messageid=" .. post.activityId, post.id)
      assert.is_true(result_of("reply in the channel").id ~= post.activityId)
    end)

    it("sends to many by itself, tells whom it did not reach, and stops", function()
      assert.is_true(#result_of("to a list of users").operationId > 8)
      gave({ state = "Completed", totalEntriesCount = 3,
        stateMap = { ["201"] = 2, ["403"] = 1 } }, "state of it")
      gave({ failedEntryResponses = { { id = peer.stranger,
        error = "403 BotNotInConversationRoster" } } }, "failed entries of it")
      assert.is_true(#result_of("to the whole tenant").operationId > 8)
      gave({ status = 200 }, "cancel it")
    end)
  end)
end)
