local cjson = require "cjson"
local events = require "support.teams_events"
local gateway = require "crier.gateway"
local gateways = require "support.gateways"
local issuer = require "support.issuer"
local keys = require "crier.bot.keys"

local NOW = 1800000000000

describe("crier.gateway #embedded", function()
  local here, made, place, store, opened, logged, now_ms

  local function open(changes)
    local options = { tenant = made.tenant, client_id = made.client_id,
      store = "sqlite:" .. place.path, now = function() return now_ms end,
      log = function(entry) logged[#logged + 1] = entry end }
    for name, value in pairs(changes or {}) do
      options[name] = value
    end
    return assert(gateway.open(options))
  end

  before_each(function()
    here, now_ms, logged = gateways.new(nil, NOW / 1000), NOW, {}
    made, place, store = here.made, here.place, here.store
    opened = open()
  end)

  after_each(function()
    opened:close()
    here:close()
  end)

  local function message(id, changes)
    local request = events.request(here:activity(id or "m1"))
    request.headers.authorization = "Bearer " .. made.good
    for name, value in pairs(changes or {}) do
      request[name] = value
    end
    return request
  end

  local function count(noun)
    return store.db:row("SELECT count(*) AS n FROM " .. noun).n
  end

  describe(".open()", function()
    it("opens nothing", function()
      local other = open { store = "sqlite:/nowhere/crier.db" }
      assert.is_nil(other.journal)
      assert.same({}, logged)
    end)

    it("says what is wrong with the settings", function()
      assert.same({ nil, "CRIER_STORE is 'x': it is sqlite:PATH", "STORE" },
        { gateway.open { store = "x", tenant = "t", client_id = "c" } })
      local found, problem, code = gateway.open { tenant = "", client_id = "c" }
      assert.is_nil(found)
      assert.equal("CONFIG", code)
      assert.matches("^AZURE_TENANT_ID is not set", problem)
      assert.error_matches(function() gateway.open { stor = "x" } end,
        "crier.gateway: unknown option 'stor'; did you mean 'store'?", 1, true)
    end)
  end)

  describe(":receive()", function()
    it("acknowledges what it has stored, once", function()
      assert.equal(200, opened:receive(message()).status)
      assert.equal(200, opened:receive(message()).status)
      assert.equal(1, count "inbox")
    end)

    it("refuses what the bot refuses", function()
      assert.equal(401, opened:receive(message("m1", { headers = {
        ["content-type"] = "application/json", authorization = "Bearer x.y.z" } })).status)
      assert.equal(405, opened:receive(message("m1", { method = "GET" })).status)
      assert.equal(404, opened:receive(message("m1", { path = "/" })).status)
      assert.equal(0, count "inbox")
      assert.same({ "TOKEN_MALFORMED", "method", "no such path" },
        { logged[1].reason, logged[2].reason, logged[3].reason })
    end)

    it("reads a body for a good token alone", function()
      local large = message()
      large.body = large.body:sub(1, -2) .. ',"text":"' .. ("é"):rep(20000) .. '"}'
      assert.equal(200, opened:receive(large).status)
      assert.equal(1, count "inbox")
      large.body = ("["):rep(20000)
      assert.equal(400, opened:receive(large).status)
      large.headers = { ["content-type"] = "application/json", authorization = "Bearer x.y.z" }
      assert.equal(401, opened:receive(large).status)
      large.body = "["
      assert.equal(401, opened:receive(large).status)
      assert.same({ "not JSON", "TOKEN_MALFORMED", "TOKEN_MALFORMED" },
        { logged[1].reason, logged[2].reason, logged[3].reason })
    end)

    it("is not stopped by a clock that is set back", function()
      assert.equal(200, opened:receive(message()).status)
      assert(store.db:begin())
      assert.equal(503, opened:receive(message "m2").status)
      assert(store.db:rollback())
      now_ms = now_ms - 60000
      assert.equal(200, opened:receive(message "m2").status)
    end)

    it("leaves the store alone for a moment after it could not have it", function()
      assert.equal(200, opened:receive(message()).status)
      assert(store.db:begin())
      assert.equal(503, opened:receive(message "m2").status)
      assert.equal("SQLITE_BUSY", logged[1].code)
      now_ms = now_ms + 199
      assert.equal(503, opened:receive(message "m2").status)
      assert.equal(1, #logged) -- it did not try
      assert(store.db:rollback())
      assert.equal(503, opened:receive(message "m2").status)
      now_ms = now_ms + 1
      assert.equal(200, opened:receive(message "m2").status)
      assert.equal(2, count "inbox")
    end)

    it("asks Teams to come again as long as there is no store, and makes none", function()
      local other = open { store = "sqlite:" .. place.folder .. "/other.db" }
      assert.equal(503, other:receive(message()).status)
      assert.matches("there is no store .*/other.db yet", logged[1].problem)
      assert.is_nil(io.open(place.folder .. "/other.db"))
    end)

    it("acknowledges nothing that would go into a file which is gone", function()
      assert.equal(200, opened:receive(message()).status)
      assert(os.rename(place.path, place.path .. ".old"))
      assert.equal(503, opened:receive(message "m2").status)
      assert(os.rename(place.path .. ".old", place.path))
      now_ms = now_ms + 200
      assert.equal(200, opened:receive(message "m2").status)
      assert.equal(2, count "inbox")
    end)

    it("opens a connection of its own on the other side of a fork", function()
      assert.equal(200, opened:receive(message()).status)
      local before = opened.journal
      opened.pid = opened.pid + 1
      assert.equal(200, opened:receive(message "m2").status)
      assert.are_not.equal(before, opened.journal)
      assert.equal(1, before.db:row("SELECT 1 AS one").one) -- not closed
      before:close()
    end)

    it("leaves it to others to tidy the store", function()
      opened:receive(message())
      assert.equal(0, opened.journal.db:row("PRAGMA wal_autocheckpoint").wal_autocheckpoint)
    end)
  end)

  describe(":refusal()", function()
    it("judges, and stores nothing", function()
      assert.is_nil(opened:refusal(message()))
      assert.equal(401, opened:refusal(message("m1", { headers = {
        ["content-type"] = "application/json" } })).status)
      assert.equal(0, count "inbox")
    end)

    it("believes keys that came afterwards", function()
      local bot, url = issuer.new(), keys.sources(opened.config)[1].url
      assert(store.key_sets:keep(url, made.jwks, NOW - 600000)) -- newer ones may be asked for
      local token = "Bearer " .. bot:sign(made:head { kid = '"next"' }, made:claims())
      local asked = message("m1")
      asked.headers.authorization = token
      assert.equal(503, opened:refusal(asked).status) -- they are asked for
      assert(store.key_sets:keep(url, '{"keys":['
        .. bot:jwk("next", ',"endorsements":["msteams"]') .. "]}", NOW + 60000))
      now_ms = now_ms + 60000
      assert.is_nil(opened:refusal(asked))
    end)
  end)

  describe(":say()", function()
    local function row(id)
      return opened:find(id)
    end

    local function phase(key)
      return store.db:row("SELECT t.phase, t.conversation_id, t.service_url, r.fields FROM"
        .. " target t JOIN recipient r ON r.target = t.id WHERE t.key = ?", key)
    end

    it("puts a message into the journal, once for each id", function()
      assert.is_true(opened:say { id = "order-1", to = "ann", text = "Your order is here" })
      assert.is_false(opened:say { id = "order-1", to = "ann", text = "Your order is here" })
      assert.equal("pending", row("order-1").state)
      assert.equal("user:ann", row("order-1").key)
      local found = phase "user:ann"
      assert.equal("create", found.phase)
      assert.same({ type = "message", text = "Your order is here" }, cjson.decode(found.fields))
      assert.is_false(row "order-2")
    end)

    it("refuses an id that another message has", function()
      local to = "0f8fad5b-d9cb-469f-a165-70867728950e"
      assert.is_true(opened:say { id = "1", to = to, text = "x" })
      assert.is_false(opened:say { id = "1", to = "user:" .. to:upper(), text = "x" })
      for _, other in ipairs { { to = to, text = "y" }, { to = "ann", text = "x" } } do
        other.id = "1"
        assert.same({ nil, "this id was used for another message: give each message its own",
          "CONFLICT" }, { opened:say(other) })
      end
      assert.equal(1, count "target")
      assert.is_true(opened:say { id = "2", to = to, text = "x" }) -- the store was not at fault
    end)

    it("knows who has a conversation already", function()
      store.conversations:keep({ app = made.client_id, tenant = made.tenant,
        host = opened.config.info.connector }, "user:ann", "a:1", made.service_url, NOW)
      opened:say { id = "1", to = "user:ann", text = "x" }
      local found = phase "user:ann"
      assert.same({ "send", "a:1", made.service_url }, { found.phase, found.conversation_id,
        found.service_url })
    end)

    it("says something in chats and channels too", function()
      opened:say { id = "1", to = "channel:19:x@thread.tacv2", text = "x" }
      local found = phase "channel:19:x@thread.tacv2"
      assert.same({ "send", "19:x@thread.tacv2" }, { found.phase, found.conversation_id })
    end)

    it("takes an activity as a table or as JSON, and completes it", function()
      assert.is_true(opened:say { id = "1", to = "ann", activity = { text = "a" } })
      assert.is_true(opened:say { id = "2", to = "bob", activity = '{"text":"b"}' })
      assert.equal("message", cjson.decode(phase("user:ann").fields).type)
      assert.equal("b", cjson.decode(phase("user:bob").fields).text)
    end)

    it("refuses what can never be sent", function()
      local function refused(changes)
        local asked = { id = "1", to = "ann", text = "x" }
        for name, value in pairs(changes) do
          asked[name] = value or nil
        end
        local is_new, problem, code = opened:say(asked)
        assert.is_nil(is_new)
        return code .. ": " .. problem
      end
      local ID = "MESSAGE: id is needed: letters, digits, . : _ and -, 200 at most"
      local TO = "MESSAGE: to is the Entra object id of a person, or user:ID, chat:ID, channel:ID"
      assert.equal(ID, refused { id = false })
      assert.equal(ID, refused { id = "a b" })
      assert.equal(ID, refused { id = ("x"):rep(201) })
      assert.equal(TO, refused { to = "" })
      assert.equal(TO, refused { to = "ann@contoso.com" })
      assert.equal(TO, refused { to = "group:1" })
      assert.equal("MESSAGE: say either text or activity", refused { activity = {} })
      assert.equal("MESSAGE: say either text or activity", refused { text = false })
      assert.equal("MESSAGE: text is a text", refused { text = "" })
      assert.equal("MESSAGE: a message: unknown option 'card'", refused { card = {} })
      assert.matches("^TOO_LARGE: ", refused { text = ("x"):rep(60000) })
      assert.matches("^ACTIVITY: ", refused { text = "\255" })
      assert.equal(0, count "target")
    end)

    it("tells a store that it cannot have from a message that is wrong", function()
      assert.is_true(opened:say { id = "1", to = "ann", text = "x" })
      assert(store.db:begin())
      local is_new, _, code = opened:say { id = "2", to = "ann", text = "x" }
      assert.same({ nil, "SQLITE_BUSY" }, { is_new, code })
      is_new, _, code = opened:say { id = "2", to = "ann", text = "x" }
      assert.same({ nil, "BUSY" }, { is_new, code })
      store.db:rollback()
    end)
  end)

  describe(":post()", function()
    local function post(body, method)
      local response = opened:post { method = method or "POST", path = "/say", headers = {},
        body = body }
      assert.equal("application/json", response.headers["Content-Type"])
      return response.status, cjson.decode(response.body), response.headers
    end

    it("takes the JSON of a message, once for each id", function()
      local body = '{"id":"1","to":"ann","activity":{"attachments":[],"text":"a"}}'
      local status, told = post(body)
      assert.same({ 202, { id = "1", is_new = true } }, { status, told })
      status, told = post(body)
      assert.same({ 200, { id = "1", is_new = false } }, { status, told })
      local row = store.db:row "SELECT fields FROM recipient"
      assert.equal('"attachments":[]', row.fields:match '"attachments":%[%]') -- not {}
    end)

    it("says what is wrong with it", function()
      local function refused(...)
        local status, told = post(...)
        return status .. " " .. told.code .. ": " .. told.problem
      end
      assert.equal("405 METHOD: POST the JSON of a message", refused("", "GET"))
      assert.equal("413 TOO_LARGE: the message is too large", refused((" "):rep(256 * 1024 + 1)))
      assert.matches("^400 MESSAGE: body:1:1: ", refused "")
      assert.equal("400 MESSAGE: body: this is no JSON object", refused "[]")
      assert.equal("400 MESSAGE: say either text or activity", refused '{"id":"1","to":"ann"}')
      assert.equal("POST", select(3, post("", "GET")).Allow)
      assert.equal(0, count "target")
    end)

    it("says that an id is taken", function()
      assert.equal(202, (post '{"id":"1","to":"ann","text":"a"}'))
      local status, told = post '{"id":"1","to":"ann","text":"b"}'
      assert.same({ 409, "CONFLICT" }, { status, told.code })
    end)

    it("says when to come again", function()
      assert.equal(202, (post '{"id":"1","to":"ann","text":"a"}'))
      assert(store.db:begin())
      local status, told = post '{"id":"2","to":"ann","text":"a"}'
      assert.same({ 503, "SQLITE_BUSY" }, { status, told.code })
      store.db:rollback()
    end)
  end)
end)
