local bot = require "crier.bot"
local events = require "support.teams_events"

describe("crier.bot #embedded", function()
  local ears

  before_each(function() ears = events.ears() end)
  after_each(function() ears.close() end)

  local function message(id, more)
    return events.activity("message", id or "m1", more or { text = "hello" })
  end

  describe(":receive()", function()
    it("acknowledges an activity that it has stored", function()
      local answer = ears.bot:receive(events.request(message()))
      assert.same({ status = 200, headers = { ["Content-Type"] = "text/plain" }, body = "" },
        answer)
      local row = ears.store.inbox:due(events.NOW, 10)[1]
      assert.same({ "a:ann", "m1", "message", events.NOW, events.NOW }, { row.conversation_id,
        row.activity_id, row.type, row.received_at, row.due_at })
      assert.equal(events.request(message()).body, row.body)
    end)

    it("takes a copy for what it is", function()
      assert.equal(200, ears.tell(message()))
      assert.equal(200, ears.tell(message()))
      assert.equal(1, ears.count "inbox")
      assert.same({ 1, 1 }, { ears.bot.counts.accepted, ears.bot.counts.duplicate })
    end)

    it("tells activities apart by conversation, id and type", function()
      ears.tell(message "m1")
      ears.tell(message "m2")
      ears.tell(message("m1", { conversation = { id = "a:bob", conversationType = "personal",
        tenantId = events.TENANT } }))
      ears.tell(events.activity("messageReaction", "m1"))
      assert.equal(4, ears.count "inbox")
    end)

    it("tells changes of one message apart by their time", function()
      ears.tell(events.activity("messageUpdate", "m1", {}, 2))
      ears.tell(events.activity("messageUpdate", "m1", {}, 1))
      ears.tell(events.activity("messageUpdate", "m1", {}, 1))
      assert.equal(2, ears.count "inbox")
    end)

    it("knows a copy without an id by its text", function()
      local without = events.activity("conversationUpdate", nil)
      ears.tell(without)
      ears.tell(events.request(without).body)
      ears.tell(events.activity("conversationUpdate", nil, { topicName = "x" }))
      assert.equal(2, ears.count "inbox")
    end)

    it("acknowledges what it has no work with, and keeps nothing of it", function()
      assert.equal(200, ears.tell(events.activity("typing", "t1")))
      assert.equal(200, ears.tell(events.activity("somethingNew", "t2")))
      assert.equal(0, ears.count "inbox")
      assert.equal(2, ears.bot.counts.ignored)
    end)

    -- title, status, reason in the log, body or activity, changes of the request
    local REFUSED = {
      { "another path", 404, "no such path", nil, { path = "/" } },
      { "GET", 405, "method", nil, { method = "GET" } },
      { "another type of content", 415, "content type", nil,
        { headers = { ["content-type"] = "text/plain" } } },
      { "no type of content", 415, "content type", nil,
        { headers = { ["content-type"] = false } } },
      { "a body that is too large", 413, "too large", ("x"):rep(256 * 1024 + 1) },
      { "no token", 401, "no token", nil, { headers = { authorization = false } } },
      { "a token that is wrong", 401, "SIGNATURE", nil,
        { headers = { authorization = "Bearer bad" } } },
      { "bytes that are no text", 400, "not UTF-8", '{"type":"\255"}' },
      { "no body", 400, "not JSON", "" },
      { "half a body", 400, "not JSON", '{"type":"message","text":"he' },
      { "an array", 400, "not JSON", "[1]" },
      { "what is too deep", 400, "not JSON", '{"type":' .. ("["):rep(70) .. ("]"):rep(70) .. "}" },
      { "no type", 400, "no type", {} },
      { "a type that is no text", 400, "no type", { type = 1 } },
      { "no conversation", 400, "no conversation", { type = "message" } },
      { "a conversation that is no object", 400, "no conversation",
        { type = "message", conversation = "a:1" } },
      { "a conversation whose id is too long", 400, "no conversation",
        { type = "message", conversation = { id = ("x"):rep(1025) } } },
      { "no service URL", 400, "no service URL",
        { type = "message", conversation = { id = "a:1" } } },
      { "an invoke without a name", 400, "no name of the invoke",
        events.activity("invoke", "i") },
      { "another channel", 401, "not from Teams", events.activity("message", "m",
        { channelId = "webchat" }) },
      { "another tenant", 401, "another tenant", events.activity("message", "m",
        { conversation = { id = "a:1", tenantId = "fabrikam" }, channelData = {} }) },
      { "two tenants", 401, "another tenant", events.activity("message", "m",
        { channelData = { tenant = { id = "fabrikam" } } }) },
      { "no tenant", 401, "another tenant", events.activity("message", "m",
        { conversation = { id = "a:1" }, channelData = {} }) },
      { "a service URL of elsewhere", 401, "service URL not allowed",
        events.activity("message", "m", { serviceUrl = "https://evil.example/" }) },
    }
    local TOLD = { [400] = "bad request", [401] = "unauthorized", [404] = "not found",
      [405] = "method not allowed", [413] = "too large", [415] = "unsupported media type" }
    for _, case in ipairs(REFUSED) do
      it("refuses " .. case[1] .. ", says why to the log alone, and keeps nothing", function()
        local answer = ears.bot:receive(events.request(case[4] or message(), case[5]))
        assert.equal(case[2], answer.status)
        assert.equal(TOLD[case[2]], answer.body)
        assert.equal(1, #ears.logged)
        assert.same({ "refused", case[2], case[3] }, { ears.logged[1].event,
          ears.logged[1].status, ears.logged[1].reason })
        assert.equal(0, ears.count "inbox")
        assert.equal(1, ears.bot.counts.refused)
      end)
    end

    it("reads no body before its token is good", function()
      local read = 0
      local decode = ears.bot.decode
      ears.bot.decode = function(text)
        read = read + 1
        return decode(text)
      end
      local large = events.request(events.activity("message", "m", { text = ("é"):rep(9000) }))
      local strange = events.request(large.body, { headers = { authorization = "Bearer bad" } })
      assert.equal(401, ears.bot:receive(strange).status)
      assert.equal("SIGNATURE", ears.logged[1].reason)
      for _, body in ipairs { ("\255"):rep(20000), ("["):rep(1000), "\255", "[1]" } do
        strange.body = body
        assert.equal(401, ears.bot:receive(strange).status)
      end
      assert.equal(0, read)
      assert.equal(200, ears.bot:receive(large).status)
      assert.equal(1, read)
    end)

    it("names what it takes and what it wants", function()
      assert.equal("POST", ears.bot:receive(events.request("", { method = "GET" })).headers.Allow)
      assert.equal("Bearer", ears.bot:receive(events.request(message(),
        { headers = { authorization = "Bearer bad" } })).headers["WWW-Authenticate"])
    end)

    it("asks Teams to come again as long as the journal has no keys", function()
      local other = bot.new { journal = ears.store, config = ears.bot.config, now = ears.bot.now }
      assert.equal(503, other:receive(events.request(message())).status)
      assert.equal(0, ears.count "inbox")
    end)

    it("asks Teams to come again when the keys that it signs with are on their way", function()
      local coming = true
      ears.bot.verifier = { awaits = function() return coming end,
        verify = function() return nil, "unknown", "KEY_UNKNOWN" end }
      assert.equal(503, ears.tell(message()))
      coming = false
      assert.equal(401, ears.tell(message()))
      assert.equal(0, ears.count "inbox")
    end)

    it("asks Teams to come again when the store fails", function()
      ears.store.db:script "DROP TABLE inbox"
      assert.equal(503, ears.tell(message()))
      assert.equal("store failed", ears.logged[1].event)
      assert.equal(1, ears.bot.counts.failed)
    end)
  end)

  describe(":receive_all()", function()
    it("answers each request, in one transaction", function()
      local commits, real = 0, ears.store.db
      ears.store.db = setmetatable({ commit = function() commits = commits + 1
        return real:commit() end }, { __index = function(_, name)
        return function(_, ...) return real[name](real, ...) end
      end })
      local answers = ears.bot:receive_all { events.request(message "m1"),
        events.request("", { method = "GET" }), events.request(message "m1"),
        events.request(message "m2") }
      ears.store.db = real
      assert.same({ 200, 405, 200, 200 }, { answers[1].status, answers[2].status,
        answers[3].status, answers[4].status })
      assert.equal(1, commits)
      assert.equal(2, ears.count "inbox")
    end)

    it("acknowledges nothing of a transaction that fails", function()
      ears.store.db:script("CREATE TRIGGER full BEFORE INSERT ON inbox WHEN new.activity_id = 'm2'"
        .. " BEGIN SELECT RAISE(ABORT, 'disk full'); END")
      local answers = ears.bot:receive_all { events.request(message "m1"),
        events.request(message "m2") }
      assert.same({ 503, 503 }, { answers[1].status, answers[2].status })
      assert.equal(0, ears.count "inbox")
      assert.equal("disk full", ears.logged[1].problem)
    end)
  end)

  describe("invokes", function()
    local function invoke(id, name, value)
      return events.activity("invoke", id or "i1", { name = name or "task/fetch",
        value = value or { action = { verb = "ack" } } })
    end

    it("are not implemented unless somebody answers them", function()
      assert.equal(501, ears.tell(invoke()))
      assert.equal(501, ears.tell(invoke("i2", "adaptiveCard/action")))
    end)

    it("are answered at once, and their copies alike", function()
      local calls = 0
      ears.bot:on_invoke("task/fetch", function(context, activity)
        calls = calls + 1
        assert.equal("user:ann", context.person)
        return 200, { verb = activity.value.action.verb, calls = calls }
      end)
      for _ = 1, 2 do
        local answer = ears.bot:receive(events.request(invoke()))
        assert.equal(200, answer.status)
        assert.equal("application/json; charset=utf-8", answer.headers["Content-Type"])
        assert.same({ verb = "ack", calls = 1 }, ears.bot.decode(answer.body))
      end
      assert.equal(1, calls)
      assert.same({}, ears.store.inbox:due(events.NOW, 10))
    end)

    it("that fail undo what they did, and are asked again", function()
      local calls = 0
      ears.bot:on_invoke("task/fetch", function(context)
        calls = calls + 1
        context.journal.removals:add(context.lane, "user:ann", 1)
        if calls == 1 then
          error "broken"
        end
        return 200, "{}"
      end)
      assert.equal(500, ears.tell(invoke()))
      assert.equal(0, ears.count "removal")
      assert.is_truthy(ears.logged[1].problem:find("bot_receive_spec.lua:%d+: broken"))
      assert.equal(200, ears.tell(invoke()))
      assert.equal(1, ears.count "removal")
    end)

    it("of a card without an action are malformed", function()
      assert.equal(400, ears.tell(invoke("i1", "adaptiveCard/action", { x = 1 })))
    end)
  end)

  it("listens where it is told to", function()
    local other = bot.new { journal = ears.store, config = ears.bot.config, path = "/bot",
      now = ears.bot.now, verifier = events.verifier }
    assert.equal(200, other:receive(events.request(message(), { path = "/bot" })).status)
    assert.equal(404, other:receive(events.request(message())).status)
  end)
end)
