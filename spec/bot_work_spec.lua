local events = require "support.teams_events"
local stores = require "support.stores"

local LANE, NOW = events.LANE, events.NOW

describe("crier.bot :work()", function()
  local ears

  before_each(function() ears = events.ears() end)
  after_each(function() ears.close() end)

  local function contact(key)
    local row = ears.store.contacts:find(LANE, key or "user:ann")
    return row and row.state
  end

  local function conversation(key)
    local row = ears.store.conversations:find(LANE, key or "user:ann")
    return row and row.conversation_id
  end

  local function removed()
    return #ears.store.removals:list(LANE, "", 10)
  end

  describe("with an install", function()
    for title, activity in pairs {
      installationUpdate = events.install("add", "f:1", 5),
      ["an upgrade that adds the bot"] = events.install("add-upgrade", "f:1", 5),
      conversationUpdate = events.members("membersAdded", "f:1", 5),
    } do
      it("keeps the conversation that " .. title .. " names", function()
        ears.hear(activity)
        local row = ears.store.contacts:find(LANE, "user:ann")
        assert.same({ "installed", NOW - 5000, NOW - 5000, "29:ann", "en-GB" }, { row.state,
          row.installed_at, row.changed_at, row.teams_id, row.locale })
        assert.same({ conversation_id = "a:ann", service_url = events.SERVICE_URL },
          ears.store.conversations:find(LANE, "user:ann"))
      end)
    end

    it("tells once that the app is new, whatever comes twice", function()
      local new = {}
      ears.bot.installed = function(_, _, key) new[#new + 1] = key return true end
      ears.hear(events.install("add", "f:1", 9), events.members("membersAdded", "f:2", 8),
        events.install("add", "f:1", 9), events.activity("message", "m1", {}, 8))
      assert.same({ "user:ann" }, new)
      ears.hear(events.install("remove", "f:3", 7), events.install("add", "f:4", 6))
      assert.same({ "user:ann", "user:ann" }, new)
    end)

    it("ends that the person had removed the app", function()
      ears.hear(events.install("remove", "f:1", 9))
      assert.equal(1, removed())
      ears.hear(events.install("add", "f:2", 8))
      assert.equal(0, removed())
    end)

    it("knows a person by the id of Teams when the other is not told", function()
      ears.hear(events.install("add", "f:1", 9))
      ears.hear(events.install("remove", "f:2", 8, { from = { id = "29:ann" } }))
      assert.equal("removed", contact())
    end)

    it("keeps nothing of a person whom nobody knows", function()
      ears.hear(events.install("add", "f:1", 9, { from = { id = "29:stranger" } }))
      assert.equal(0, ears.count "contact")
      assert.equal(0, ears.count "conversation")
    end)

    it("takes the person from the members where the bot is the sender", function()
      ears.hear(events.activity("conversationUpdate", "f:1", {
        from = { id = "28:" .. events.APP }, membersAdded = { { id = "28:" .. events.APP },
          { id = "29:bob", aadObjectId = "bob" } } }))
      assert.equal("a:ann", conversation "user:bob")
    end)

    it("in a group chat is that of the chat", function()
      local made = events.install("add", "f:1", 9)
      made.conversation = { id = "19:group@thread.v2", conversationType = "groupChat",
        tenantId = events.TENANT }
      ears.hear(made)
      assert.equal("installed", contact "chat:19:group@thread.v2")
      assert.equal("19:group@thread.v2", conversation "chat:19:group@thread.v2")
      assert.is_nil(contact() or nil)
    end)
  end)

  describe("with a removal", function()
    for title, activity in pairs {
      installationUpdate = events.install("remove", "f:2", 5),
      conversationUpdate = events.members("membersRemoved", "f:2", 5),
    } do
      it("forgets the conversation, and notes who did it, on " .. title, function()
        ears.hear(events.install("add", "f:1", 9), activity)
        assert.equal("removed", contact())
        assert.is_false(conversation())
        assert.same({ { key = "user:ann", at = NOW - 5000 } },
          ears.store.removals:list(LANE, "", 10))
      end)
    end

    it("does not let an event that is older undo it", function()
      ears.hear(events.install("remove", "f:2", 5), events.install("add", "f:1", 9),
        events.activity("message", "m1", { text = "hi" }, 6))
      assert.equal("removed", contact())
      assert.is_false(conversation())
      assert.equal(1, removed())
    end)

    it("does not undo an install that is newer", function()
      ears.hear(events.install("add", "f:3", 2), events.install("remove", "f:2", 5))
      assert.equal("installed", contact())
      assert.equal("a:ann", conversation())
      assert.equal(0, removed())
    end)

    it("is no removal by the person who was deleted from the tenant", function()
      ears.hear(events.install("add", "f:1", 9), events.members("membersRemoved", "f:2", 5,
        { { id = "29:ann", aadObjectId = "ann" } }))
      assert.equal("removed", contact())
      assert.is_false(conversation())
      assert.equal(0, removed())
    end)

    -- A campaign with a row of Ann's.
    local function campaign(action, row)
      local store = ears.store
      local lane = assert(store.lanes:acquire(events.APP, events.TENANT))
      local made = assert(store.campaigns:add(stores.campaign(lane, { action = action,
        name = "c-" .. action }), NOW - 60000))
      assert(store.targets:add(made.id, "send", { key = "user:ann", fields = "{}" }, row.phase,
        NOW - 60000))
      if row.state then
        assert(store.db:exec("UPDATE target SET state = ?, phase = NULL, updated_at = ?",
          row.state, row.at))
      end
      store:close()
      ears.store = ears.place:open()
      ears.bot.journal = ears.store
    end

    for title, row in pairs { ["under way"] = { phase = "uninstall" },
      ["done just now"] = { phase = "uninstall", state = "delivered", at = NOW - 4000 } } do
      it("is none by the person when an uninstall of ours is " .. title, function()
        campaign("uninstall", row)
        ears.hear(events.install("add", "f:1", 90), events.install("remove", "f:2", 5))
        assert.equal("removed", contact())
        assert.equal(0, removed())
      end)
    end

    for title, made in pairs {
      ["an uninstall of ours was long ago"] = { "uninstall",
        { phase = "uninstall", state = "delivered", at = NOW - 3600000 } },
      ["an uninstall of ours found nothing"] = { "uninstall",
        { phase = "uninstall", state = "excluded", at = NOW - 5000 } },
      ["another campaign is under way"] = { "send", { phase = "send" } },
    } do
      it("is one by the person when " .. title, function()
        campaign(made[1], made[2])
        ears.hear(events.install("add", "f:1", 90), events.install("remove", "f:2", 5))
        assert.equal(1, removed())
      end)
    end
  end)

  describe("with a message", function()
    it("learns the conversation, and that it moved", function()
      ears.hear(events.activity("message", "m1", { text = "hi" }, 9))
      assert.equal("a:ann", conversation())
      ears.hear(events.activity("message", "m2", { text = "hi",
        serviceUrl = "https://smba.trafficmanager.net/amer/" }, 8))
      assert.equal("https://smba.trafficmanager.net/amer/",
        ears.store.conversations:find(LANE, "user:ann").service_url)
      assert.is_nil(ears.store.contacts:find(LANE, "user:ann").installed_at)
    end)

    it("of a thread keeps the channel", function()
      local made = events.of_team("message", "m1", { text = "hi" })
      made.conversation.id = "19:general@thread.tacv2;messageid=1700"
      ears.hear(made)
      assert.equal("19:general@thread.tacv2", conversation "channel:19:general@thread.tacv2")
    end)
  end)

  describe("with a team", function()
    local TEAM = "19:general@thread.tacv2"

    it("keeps who it is when the app comes, and that it went", function()
      ears.hear(events.of_team("installationUpdate", "f:1", { action = "add" }, nil, 9))
      local row = ears.store.places:team(LANE, TEAM)
      assert.same({ "group-1", "Sales", "there" }, { row.group_id, row.name, row.state })
      assert.equal(TEAM, conversation("channel:" .. TEAM))
      ears.hear(events.of_team("installationUpdate", "f:2", { action = "remove" }, nil, 8))
      assert.equal("removed", ears.store.places:team(LANE, TEAM).state)
      assert.is_false(conversation("channel:" .. TEAM))
      assert.equal(0, removed())
    end)

    local STATES = { teamRenamed = "there", teamArchived = "archived", teamUnarchived = "there",
      teamDeleted = "deleted", teamHardDeleted = "deleted", teamRestored = "there",
      teamMemberAdded = "there", teamMemberRemoved = "there" }
    for event, state in pairs(STATES) do
      it("notes " .. event, function()
        ears.hear(events.of_team("conversationUpdate", "f:1", {}, event))
        assert.equal(state, ears.store.places:team(LANE, TEAM).state)
      end)
    end

    it("does not take a member for the bot", function()
      ears.hear(events.of_team("installationUpdate", "f:1", { action = "add" }, nil, 9),
        events.of_team("conversationUpdate", "f:2", { membersRemoved = { { id = "29:bob",
          aadObjectId = "bob" } } }, "teamMemberRemoved", 8))
      assert.equal("there", ears.store.places:team(LANE, TEAM).state)
      assert.equal(TEAM, conversation("channel:" .. TEAM))
    end)

    local OF_CHANNEL = { channelCreated = "there", channelRenamed = "there",
      channelDeleted = "deleted", channelRestored = "there" }
    for event, state in pairs(OF_CHANNEL) do
      it("notes " .. event, function()
        local made = events.of_team("conversationUpdate", "f:1", {}, event)
        made.channelData.channel = { id = "19:news", name = "News" }
        ears.hear(made)
        local row = ears.store.places:channels(LANE, TEAM)[1]
        assert.same({ "19:news", "News", state }, { row.id, row.name, row.state })
      end)
    end

    it("keeps a name that a later event does not tell", function()
      ears.hear(events.of_team("conversationUpdate", "f:1", {}, "teamRenamed", 9))
      local made = events.of_team("conversationUpdate", "f:2", {}, "teamArchived", 8)
      made.channelData.team = { id = TEAM }
      ears.hear(made)
      local row = ears.store.places:team(LANE, TEAM)
      assert.same({ "Sales", "archived" }, { row.name, row.state })
    end)
  end)

  describe("with what comes back on a message", function()
    local REACTIONS = "SELECT target AS key, kind, at FROM reaction WHERE is_there = 1"

    local function reacted(id, field, seconds)
      return events.activity("messageReaction", id, { replyToId = "1700",
        [field] = { { type = "like" } } }, seconds)
    end

    -- A campaign that sent message 1700 to Ann.
    local function campaign(tracks)
      local db = ears.store.db
      db:exec("INSERT INTO lane (app, tenant) VALUES (?, ?)", LANE.app, LANE.tenant)
      db:exec("INSERT INTO campaign (name, lane, cloud, state, digest, script, on_unknown,"
        .. " started_at, tracks_reactions, tracks_reads) VALUES ('hello', 1, 'public',"
        .. " 'finished', '', '', 'report', 1, ?, ?)", tracks, tracks)
      db:exec("INSERT INTO target (campaign, step, key, state, due_at, conversation_id,"
        .. " activity_id, planned_at, updated_at) VALUES (1, 'send', 'user:ann', 'delivered',"
        .. " 0, 'a:ann', '1700', 1, 1)")
    end

    it("keeps reactions, and takes them back", function()
      campaign(1)
      ears.hear(reacted("f:1", "reactionsAdded", 9))
      assert.same({ { key = "user:ann", kind = "like", at = NOW - 9000 } },
        ears.store.db:rows(REACTIONS))
      ears.hear(reacted("f:2", "reactionsRemoved", 8))
      assert.same({}, ears.store.db:rows(REACTIONS))
    end)

    it("does not let an older reaction undo a newer", function()
      campaign(1)
      ears.hear(reacted("f:2", "reactionsRemoved", 8), reacted("f:1", "reactionsAdded", 9))
      assert.same({}, ears.store.db:rows(REACTIONS))
    end)

    local function read(id, message)
      return events.activity("event", id, { name = "application/vnd.microsoft.readReceipt",
        value = { lastReadMessageId = message } })
    end

    it("keeps the last message that was read", function()
      campaign(1)
      ears.hear(read("f:1", "1700"), read("f:2", "999"))
      assert.same({ { key = "user:ann", message_id = "1700", at = NOW } },
        ears.store.db:rows "SELECT target AS key, message_id, at FROM read_mark")
    end)

    it("counts what came back for the campaign", function()
      campaign(1)
      local row = ears.store.campaigns:find "hello"
      assert.same({ reactions = { people = 0, kinds = {} }, reads = { people = 0 } },
        ears.store.echoes:counts(row))
      ears.hear(reacted("f:1", "reactionsAdded", 9), read("f:2", "999"))
      assert.same({ reactions = { people = 1, kinds = { { kind = "like", count = 1 } } },
        reads = { people = 0 } }, ears.store.echoes:counts(row))
      ears.hear(read("f:3", "1701"))
      assert.same({ people = 1 }, ears.store.echoes:counts(row).reads)
    end)

    it("keeps nothing unless a campaign notes it", function()
      campaign(0)
      ears.hear(reacted("f:1", "reactionsAdded", 9), read("f:2", "1701"))
      assert.same({ 0, 0 }, { ears.count "reaction", ears.count "read_mark" })
      assert.is_nil(ears.store.echoes:counts(ears.store.campaigns:find "hello"))
    end)

    it("keeps nothing of reactions to other messages", function()
      campaign(1)
      local other = reacted("f:1", "reactionsAdded", 9)
      other.replyToId = "1701"
      ears.hear(other)
      assert.equal(0, ears.count "reaction")
    end)

    it("keeps nothing of other events, edits and deletions", function()
      ears.hear(events.activity("event", "f:1",
        { name = "application/vnd.microsoft.meetingStart", value = { Id = "x" } }),
        events.activity("messageUpdate", "m1", { channelData = { eventType = "editMessage",
          tenant = { id = events.TENANT } } }),
        events.activity("messageDelete", "m1", { channelData = { eventType = "softDeleteMessage",
          tenant = { id = events.TENANT } } }))
      assert.same({ 0, 0, 0 }, { ears.count "read_mark", ears.count "reaction",
        ears.count "contact" })
      assert.equal(3, ears.count "inbox WHERE handled_at IS NOT NULL")
    end)
  end)

  describe("of others", function()
    it("is told who, where and when", function()
      local told
      ears.bot:on("message", function(context, activity)
        told = { context.key, context.person, context.at, context.now, context.lane.host,
          context.row.activity_id, activity.text }
      end)
      ears.hear(events.activity("message", "m1", { text = "hi" }, 3))
      assert.same({ "user:ann", "user:ann", NOW - 3000, NOW, LANE.host, "m1", "hi" }, told)
    end)

    it("is done once, with what it wrote, or not at all", function()
      local calls = 0
      ears.bot:on("message", function(context)
        calls = calls + 1
        context.journal.removals:add(context.lane, "user:x" .. calls, 1)
        if calls < 3 then
          error "broken"
        end
      end)
      assert.equal(200, ears.tell(events.activity("message", "m1")))
      assert.equal(1, ears.bot:work())
      assert.equal(0, removed())
      assert.is_false(conversation())
      assert.equal(NOW + 1000, ears.store.inbox:next_due())
      assert.equal(0, ears.bot:work())
      ears.now_ms = NOW + 1000
      assert.equal(1, ears.bot:work())
      assert.equal(NOW + 3000, ears.store.inbox:next_due())
      ears.now_ms = NOW + 3000
      assert.equal(1, ears.bot:work())
      assert.same({ { key = "user:x3", at = 1 } }, ears.store.removals:list(LANE, "", 10))
      assert.is_nil(ears.store.inbox:next_due())
      assert.equal(0, ears.bot:work())
      assert.equal(3, calls)
    end)

    it("says by nil and a message that it failed", function()
      ears.bot:on("message", function() return nil, "not now" end)
      ears.tell(events.activity("message", "m1"))
      ears.bot:work()
      assert.equal("not now", ears.store.db:row("SELECT problem FROM inbox").problem)
      assert.same({ 1, 0 }, { ears.store.inbox:counts() })
    end)

    it("is given up in the end, and the others go on", function()
      ears.bot:on("message", function(_, activity)
        if activity.text == "bad" then
          error "broken"
        end
      end)
      ears.tell(events.activity("message", "m1", { text = "bad" }))
      ears.tell(events.activity("message", "m2", { text = "good" }))
      for _ = 1, 12 do
        ears.bot:work()
        ears.now_ms = ears.now_ms + 3600000
      end
      assert.same({ 0, 1 }, { ears.store.inbox:counts() })
      assert.is_true(ears.logged[#ears.logged].given_up)
      assert.equal(1, ears.count "inbox WHERE handled_at IS NOT NULL")
    end)
  end)

  it("leaves what is done until it is old", function()
    ears.hear(events.install("add", "f:1"), events.members("membersAdded", "f:2"))
    ears.tell(events.activity("message", "m1"))
    assert.equal(0, ears.store.inbox:prune(NOW, 10))
    assert.equal(1, ears.store.inbox:prune(NOW + 1, 1))
    assert.equal(1, ears.store.inbox:prune(NOW + 1, 10))
    assert.equal(1, ears.count "inbox")
  end)

  it("ends in the same rows, whatever the order and the copies", function()
    local heard = { events.install("add", "f:1", 9), events.members("membersAdded", "f:2", 8.5),
      events.activity("message", "m1", { text = "hi" }, 7),
      events.members("membersRemoved", "f:3", 6), events.install("remove", "f:4", 5.5) }
    local results = {}
    for turn = 1, #heard do
      local others = events.ears()
      for i = 1, #heard do
        local one = heard[(turn + i * 2) % #heard + 1]
        others.hear(one, one)
      end
      results[turn] = others.store.contacts:list(LANE, "removed", "", 10)
      assert.equal(1, #others.store.removals:list(LANE, "", 10))
      assert.equal(0, others.count "conversation")
      others.close()
    end
    for turn = 1, #heard do
      assert.equal(NOW - 5500, results[turn][1].changed_at)
    end
  end)
end)
