local cjson = require "cjson"
local client = require "crier.client"
local config = require "crier.config"
local interpose = require "support.interpose"
local loop = require "crier.loop"
local simulator = require "crier.simulator"
local transport = require "crier.simulator.transport"

local START_MS = 1800000000000
local CARD = "application/vnd.microsoft.card.adaptive"

-- A client whose connector answers with `answers` in turn, the last one for
-- ever; `requests` is what it was asked, `at` when.
local function new(...)
  local answers, requests, at = { ... }, {}, {}
  local sim = assert(simulator.new { users = 1, installed = 1, latency = { ms = 1 } })
  local env = sim:environment "http://127.0.0.1:1"
  local clock = transport.clock(START_MS)
  local self = { requests = requests, at = at }
  self.loop = loop.new { clock = clock, transport = transport.new { clock = clock,
    simulator = interpose(sim, function(request, now_ms)
      if request.url:find("/oauth2/", 1, true) then
        return nil
      end
      requests[#requests + 1], at[#at + 1] = request, now_ms - START_MS
      local answer = answers[math.min(#requests, #answers)]
      return { status = answer[1], body = answer[2] or "", headers = answer[3] }
    end) } }
  self.client = client.new { loop = self.loop, is_rested = true,
    config = assert(config.read({}, function(name) return env[name] end)) }
  -- What a method returns.
  function self.call(name, ...)
    local connector = self.client.connector
    return self.loop:run(function(...)
      local a, b, c, d = connector[name](connector, ...)
      return a, b, c, d
    end, ...)
  end
  -- The path and query of the nth request.
  function self.path(nth)
    return requests[nth].url:match "/v3/(.*)$"
  end
  return self
end

local CREATED = { 201, '{"id":"17"}' }
local GROUP = "19:g@thread.v2"
local CHANNEL = "19:c@thread.tacv2"

describe("client.connector", function()
  it("takes a conversation as an id, as what create returned, and as what post returned",
    function()
      local made = new(CREATED)
      made.call("send", "a:1", "{}")
      made.call("send", { id = "a:1", service_url = "http://127.0.0.1:1/x" }, "{}")
      made.call("send", { id = "17", conversation_id = CHANNEL .. ";messageid=17" }, "{}")
      made.call("send", { id = "a:1", service_url = "http://127.0.0.1:1/x" }, "{}",
        "http://127.0.0.1:1/y/")
      made.call("send", "a:1", "{}", { service_url = "http://127.0.0.1:1/z" })
      assert.equal("conversations/a%3A1/activities", made.path(1))
      assert.equal("http://127.0.0.1:1/x/v3/conversations/a%3A1/activities",
        made.requests[2].url)
      assert.equal("conversations/19%3Ac%40thread.tacv2%3Bmessageid%3D17/activities",
        made.path(3))
      assert.matches("127.0.0.1:1/y/v3/", made.requests[4].url, 1, true)
      assert.matches("127.0.0.1:1/z/v3/", made.requests[5].url, 1, true)
    end)

  it("takes an activity as a table or as text, and completes it", function()
    local made = new(CREATED)
    assert.same({ id = "17" }, made.call("send", "a:1", { text = "Hi" }))
    made.call("send", "a:1", '{"type":"message","actions":[]}')
    made.call("reply", "a:1", "16", { attachments = { { contentType = CARD,
      content = { body = { { type = "TextBlock", text = "Seen?" } } } } } })
    assert.equal('{"type":"message","text":"Hi"}', made.requests[1].body)
    assert.equal('{"type":"message","actions":[]}', made.requests[2].body)
    local sent = cjson.decode(made.requests[3].body)
    assert.same({ "message", "Seen?" }, { sent.type, sent.summary })
    assert.equal("conversations/a%3A1/activities/16", made.path(3))
  end)

  it("refuses an activity before it leaves", function()
    local made = new(CREATED)
    local split = { text = "x", attachments = { { contentType = CARD } } }
    local actions = { suggestedActions = { actions = { { type = "imBack" } } } }
    local group = "/suggestedActions: suggested actions are shown in a 1:1 chat only"
    local cases = {
      { "SPLIT", "/attachments: text and attachments in one activity: Teams would split it into"
        .. " two messages and return no usable id", "send", "a:1", split },
      { "IMPORTANCE", '/importance: importance is "low", "normal" or "high"', "update", "a:1",
        "1", { importance = "urgent" } },
      { "ACTIONS_GROUP", group, "send", GROUP, actions },
      { "ACTIONS_GROUP", group, "post", CHANNEL, actions },
      { "ACTIONS_GROUP", group, "send_to_channels", { CHANNEL }, actions },
      { "ACTIVITY", "a value in the activity is a function", "send", "a:1", { x = print } },
      { "ACTIVITY", "/text: this is not UTF-8", "send", "a:1", { text = "a\255" } },
      { "ACTIVITY", "/attachments/1/content/a~1b~0: this is not UTF-8", "send", "a:1",
        { attachments = { {}, { content = { ["a/b~"] = "\195(" } } } } },
      { "ACTIVITY", "/value: a name in it is not UTF-8", "send", "a:1",
        { value = { ["\237\160\128"] = 1 } } },
      { "ACTIVITY", "activity:1:11: this is not UTF-8 (is the file saved in another encoding?)",
        "send", "a:1", '{"text":"a\255"}' },
      { "ACTIVITY", "activity:1:1: expected a value, found the end of the text", "send_to_tenant",
        "" },
      { "NOT_OBJECT", "an activity is a JSON object", "reply", "a:1", "1", "[]" },
      { "TOO_LARGE", "the message is 83 KB; Teams advises at most 80 KB", "send_to_users",
        { "u" }, { text = ("x"):rep(42000) } },
    }
    for _, case in ipairs(cases) do
      assert.same({ nil, case[2], case[1], n = 4 }, { n = 4,
        made.call((table.unpack or unpack)(case, 3)) }) -- luacheck: ignore 113 143
    end
    assert.equal(0, #made.requests)
    assert.same({ id = "17" }, made.call("send", "a:1", split, { split = true }))
    assert.same({ id = "17" }, made.call("send", "a:1", actions))
    assert.same({ id = "17" }, made.call("send", "19:a_b@unq.gbl.spaces", actions))
    assert.same({ id = "17" }, made.call("send", "a:1", { text = ("x"):rep(42000) },
      { large = true }))
  end)

  it("gives a post's thread and message, and replies in it", function()
    local thread = CHANNEL .. ";messageid=17"
    local made = new({ 201, '{"id":"' .. thread .. '","activityId":"17"}' }, { 201, '{"id":"18"}' })
    local posted = made.call("post", CHANNEL, { text = "Hi" })
    assert.same({ id = "17", conversation_id = thread }, posted)
    assert.same({ text = "Hi", type = "message" }, cjson.decode(made.requests[1].body).activity)
    assert.same({ id = "18" }, made.call("reply_in_channel", CHANNEL, "17", { text = "A" }))
    made.call("reply_in_channel", posted, posted.id, { text = "B" })
    made.call("update", posted, posted, { text = "C" })
    made.call("delete", posted, posted.id)
    local path = "conversations/19%3Ac%40thread.tacv2%3Bmessageid%3D17/activities"
    assert.equal(path, made.path(2))
    assert.equal(path, made.path(3))
    assert.equal("PUT " .. path .. "/17", made.requests[4].method .. " " .. made.path(4))
    assert.equal("DELETE " .. path .. "/17", made.requests[5].method .. " " .. made.path(5))
  end)

  it("tells how a delete and the like went", function()
    local made = new({ 200 })
    assert.equal("ok", made.call("delete", "a:1", "17"))
    assert.equal("ok", made.call("typing", "a:1"))
    assert.equal("ok", made.call("cancel_sending", "op-1"))
    assert.equal("ok", made.call("cancel_sending", { id = "op-1" }))
    assert.equal("already", new({ 404,
      '{"error":{"code":"ActivityNotFoundInConversation"}}' }).call("delete", "a:1", "17"))
    local done, message, code, outcome = new({ 404,
      '{"error":{"code":"ActivityNotFoundInConversation","message":"gone"}}' })
      .call("update", "a:1", "17", "{}")
    assert.same({ nil, "gone", "ActivityNotFoundInConversation", "absent" },
      { done, message, code, outcome.kind })
  end)

  it("repeats what delivers nothing", function()
    for _, name in ipairs { "update", "delete", "typing" } do
      local made = new({ 502 }, { 504 }, CREATED)
      assert.is_truthy(made.call(name, "a:1", name ~= "typing" and "17" or nil,
        name == "update" and "{}" or nil))
      assert.equal(3, #made.requests)
    end
  end)

  describe("members", function()
    it("come page by page, with one name for the Entra object id", function()
      local made = new({ 200, '{"members":[{"id":"29:1","objectId":"o1"},{"id":"29:2",'
        .. '"aadObjectId":"o2"},{"id":"29:3","aadObjectId":null}],"continuationToken":"n x"}' },
        { 200, '{"members":[],"continuationToken":""}' })
      local page = made.call("members", GROUP, { page_size = 100 })
      assert.same({ "o1", "o2" }, { page.members[1].aadObjectId, page.members[2].aadObjectId })
      assert.is_nil(page.members[3].aadObjectId)
      assert.same({ members = {} }, made.call("members", GROUP,
        { continuation = page.continuation }))
      assert.equal("conversations/19%3Ag%40thread.v2/pagedmembers?pageSize=100", made.path(1))
      assert.equal("conversations/19%3Ag%40thread.v2/pagedmembers?continuationToken=n%20x",
        made.path(2))
    end)

    it("are read to the end by roster", function()
      local made = new({ 200, '{"members":[{"id":"1"}],"continuationToken":"a"}' },
        { 200, '{"members":[{"id":"2"},{"id":"3"}],"continuationToken":"b"}' },
        { 200, '{"members":[{"id":"4"}]}' })
      local all = made.call("roster", GROUP)
      assert.same({ "1", "2", "3", "4" }, { all[1].id, all[2].id, all[3].id, all[4].id })
      assert.matches("pageSize=500&continuationToken=b$", made.path(3))
      assert.same({ nil, "the service names the same page again", "PAGING" },
        { new({ 200, '{"members":[],"continuationToken":"a"}' }).call("roster", GROUP) })
      local none, _, _, outcome = new({ 403,
        '{"error":{"code":"BotNotInConversationRoster"}}' }).call("roster", GROUP)
      assert.is_nil(none)
      assert.equal("absent", outcome.kind)
    end)

    it("may be asked for one by one", function()
      local made = new({ 200, '{"id":"29:1","objectId":"o1","name":"Ann"}' })
      assert.equal("o1", made.call("member", GROUP, "o1").aadObjectId)
      assert.equal("conversations/19%3Ag%40thread.v2/members/o1", made.path(1))
    end)

    it("bear an answer of another form", function()
      assert.same({ members = { {} } }, new({ 200, '{"members":[7]}' }).call("members", GROUP))
      assert.same({ members = {} }, new({ 200, '{"members":7}' }).call("members", GROUP))
      local none, _, code = new({ 200, "{7}" }).call("members", GROUP)
      assert.is_nil(none)
      assert.equal("NOT_JSON", code)
    end)
  end)

  it("gives a team and its channels", function()
    local made = new({ 200, '{"id":"19:t","name":"Sales","aadGroupId":"g"}' },
      { 200, '{"conversations":[{"id":"19:t","name":null},{"id":"19:c","name":"News"}]}' })
    assert.equal("g", made.call("team_details", "19:t").aadGroupId)
    assert.same({ { id = "19:t" }, { id = "19:c", name = "News" } },
      made.call("team_channels", "19:t"))
    assert.same({ "teams/19%3At", "teams/19%3At/conversations" }, { made.path(1), made.path(2) })
  end)

  describe("batches", function()
    it("give an id, in every spelling", function()
      for _, body in ipairs { '{"operationId":"op-1"}', '"op-1"', "op-1" } do
        local made = new({ 201, body })
        assert.same({ id = "op-1" }, made.call("send_to_users", { "u1" }, { text = "Hi" }))
        assert.same({ id = "op-1" }, made.call("send_to_team", "19:t", { text = "Hi" }))
        assert.same({ id = "op-1" }, made.call("send_to_tenant", { text = "Hi" }))
        assert.same({ id = "op-1" }, made.call("send_to_channels", { CHANNEL }, { text = "Hi" }))
      end
      assert.same({ id = "op-2" }, new({ 201, "", { location = "/v3/batch/conversation/op-2" } })
        .call("send_to_tenant", "{}"))
    end)

    it("tell how far they are and whom they did not reach", function()
      local made = new({ 200, '{"state":"Running","statusMap":{"201":950},'
        .. '"retryAfter":"2027-01-15T08:00:00Z","totalEntriesCount":1000}' },
        { 200, '{"failedEntryResponses":[{"Id":"u1","error":"403"}],"continuationToken":"n"}' })
      assert.same({ state = "Running", is_final = false, counts = { ["201"] = 950 },
        total = 1000, retry_at_ms = START_MS }, made.call("sending_state", "op-1"))
      assert.same({ entries = { { id = "u1", error = "403" } }, continuation = "n" },
        made.call("failed_entries", { id = "op-1" }, "m"))
      assert.equal("batch/conversation/failedentries/op-1?continuationToken=m", made.path(2))
    end)

    it("are never repeated blindly", function()
      for _, status in ipairs { 500, 502, 503, 504, 408 } do
        local made = new({ status })
        local sent, _, _, outcome = made.call("send_to_tenant", "{}")
        assert.is_nil(sent)
        assert.equal("ambiguous", outcome.kind)
        assert.equal(1, #made.requests)
      end
      local made = new({ 429, "", { ["retry-after"] = "3" } }, { 201, "op-1" })
      assert.same({ id = "op-1" }, made.call("send_to_tenant", "{}"))
      assert.equal(2, #made.requests)
    end)
  end)

  describe("budgets", function()
    -- When `count` calls in a row left, in ms.
    local function pace(count, name, ...)
      local made = new({ 200, '{"id":"1","members":[]}' })
      for _ = 1, count do
        assert.is_truthy(made.call(name, ...))
      end
      return made.at
    end

    -- No window of `period_ms` sees more than `limit`.
    local function keeps(at, limit, period_ms)
      for i = limit + 1, #at do
        assert.is_true(at[i] - at[i - limit] >= period_ms)
      end
    end

    it("of one conversation hold for all that is sent to it", function()
      local at = pace(62, "send", "a:1", "{}")
      keeps(at, 7, 1000)
      keeps(at, 8, 2000)
      keeps(at, 60, 30000)
      assert.is_true(at[62] >= 30000)
    end)

    it("of one hour hold too", function()
      local at = pace(1801, "typing", "a:1")
      keeps(at, 1800, 3600000)
    end)

    it("hold for a channel with all its threads", function()
      local made = new(CREATED)
      for i = 1, 9 do
        assert.is_truthy(made.call("send", CHANNEL .. ";messageid=" .. i, "{}"))
      end
      keeps(made.at, 8, 2000)
    end)

    it("of reading members are wider", function()
      local at = pace(17, "members", GROUP)
      keeps(at, 14, 1000)
      keeps(at, 16, 2000)
      assert.is_true(at[14] - at[1] < 1000)
    end)

    it("are one conversation's own", function()
      local made = new(CREATED)
      for i = 1, 20 do
        assert.is_truthy(made.call("send", "a:" .. i, "{}"))
      end
      assert.is_true(made.at[20] - made.at[1] < 1000)
      keeps(made.at, 50, 1000)
    end)
  end)

  it("raises for misuse, at the line of the caller", function()
    local made = new(CREATED)
    local function raises(text, name, ...)
      local ok, message = pcall(made.call, name, ...)
      assert.is_false(ok)
      assert.matches("connector_calls_spec%.lua:%d+: client%.connector: ", message)
      assert.matches(text, message, 1, true)
    end
    raises("unknown option 'splt'; did you mean 'split'?", "send", "a:1", "{}", { splt = true })
    raises("options are a table, or a service URL", "typing", "a:1", 7)
    raises("an id is a text, or what `create` or `post` returned", "send", nil, "{}")
    raises("an id is a text", "members", {})
    raises("an id is a text", "send_to_team", 7, "{}")
    raises("a message is its id, or what `send` or `post` returned", "delete", "a:1")
    raises("a message is its id", "update", "a:1", { conversation_id = "x" }, "{}")
    raises("an activity is a table or JSON text", "send", "a:1")
    raises("an activity is a table or JSON text", "send_to_tenant", 7)
    raises("a batch takes a list of ids", "send_to_users", "u", "{}")
    raises("unknown option", "roster", GROUP, { pagesize = 7 })
    raises("unknown option", "reply_in_channel", CHANNEL, "1", "{}", { x = 7 })
    assert.equal(0, #made.requests)
  end)
end)
