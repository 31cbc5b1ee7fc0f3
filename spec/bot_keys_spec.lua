local cjson = require "cjson"
local config = require "crier.config"
local core = require "crier.core"
local jwt = require "crier.simulator.jwt"
local keys = require "crier.bot.keys"
local loop = require "crier.loop"
local simulated = require "support.simulated"
local stores = require "support.stores"
local transport = require "crier.simulator.transport"
local trust = require "crier.bot.trust"

local MINUTE, DAY = 60 * 1000, 24 * 60 * 60 * 1000
local ORIGIN = "http://127.0.0.1:8080"
local URL = ORIGIN .. "/v1/.well-known/openidconfiguration"

describe("crier.bot.keys #embedded", function()
  local place, made, signers

  setup(function()
    signers = { core.signer.new(), core.signer.new(), core.signer.new() }
  end)

  -- A bot's two halves on one store, and the simulated cloud that talks to it.
  local function connect(variables)
    local count = 0
    local found = simulated.new { new_signer = function()
      count = count + 1
      return signers[count]
    end }
    local env = found.sim:environment(ORIGIN)
    for name, value in pairs(variables or {}) do
      env[name] = value
    end
    found.clock = transport.clock(stores.NOW)
    found.store = place:open()
    found.config = assert(config.read({}, function(name) return env[name] end))
    found.loop = loop.new { clock = found.clock,
      transport = transport.new { clock = found.clock, simulator = found.sim } }
    found.log = {}
    found.keys = keys.new { journal = found.store, config = found.config, loop = found.loop,
      log = function(entry) found.log[#found.log + 1] = entry end }
    found.trust = trust.new { journal = found.store, config = found.config,
      now = found.clock.now_ms }
    return found
  end

  before_each(function()
    place = stores.new()
    made = connect()
  end)
  after_each(function() place:close() end)

  local function pass(ms)
    made.clock.set(made.clock.now_ms() + ms)
  end

  local function refresh()
    return made.loop:run(function() return made.keys:refresh() end)
  end

  local function fetches()
    local counted = made.sim:stats().operations.keys
    return counted and counted["200"] or 0
  end

  local function activity()
    return { channelId = "msteams", serviceUrl = ORIGIN .. "/teams/",
      conversation = { tenantId = made.sim.tenant } }
  end

  local function verify(token)
    return made.trust:verify("Bearer " .. (token
      or made.sim.openid:token(ORIGIN .. "/teams/", made.clock.now_ms())), activity())
  end

  local function code_of(...)
    return (select(3, ...))
  end

  it("fetches the key set, and the bot verifies with it", function()
    assert.same({ nil, "there is no key set yet", "KEYS_MISSING" }, { verify() })
    assert.equal(1, refresh())
    local claims = assert(verify())
    assert.equal(made.sim.client_id, claims.aud)
    assert.same({ { event = "key set", url = URL } }, made.log)
    assert.same({ made.clock.now_ms(), made.clock.now_ms() }, { made.store.key_sets:find(URL)
      .fetched_at, made.store.key_sets:find(URL).tried_at })
  end)

  it("fetches it once a day", function()
    refresh()
    assert.same({ 0, made.clock.now_ms() + DAY }, { refresh() })
    pass(DAY - 1)
    assert.equal(0, (refresh()))
    pass(1)
    assert.equal(1, (refresh()))
    assert.equal(2, fetches())
  end)

  it("fetches it when a token names another key, once in five minutes", function()
    refresh()
    assert.is_table(verify())
    made.sim.openid:rekey()
    pass(MINUTE)
    assert.is_false(made.trust:awaits())
    assert.equal("KEY_UNKNOWN", code_of(verify()))
    assert.is_false(made.trust:awaits())
    assert.equal(0, (refresh())) -- the last one is a minute ago
    pass(4 * MINUTE)
    assert.is_true(made.trust:awaits())
    assert.equal(1, (refresh()))
    assert.is_false(made.trust:awaits())
    pass(1000)
    assert.is_table(verify())
    local unknown = jwt.encode '{"alg":"RS256","kid":"unknown"}'
    for _ = 1, 20 do -- a key that nobody has is no reason to ask all the time
      local forged = made.sim.openid:token("x", made.clock.now_ms()):gsub("^[^.]+", unknown)
      assert.equal("KEY_UNKNOWN", code_of(verify(forged)))
      pass(MINUTE)
      refresh()
    end
    assert.equal(6, fetches())
  end)

  it("asks nobody for keys because of what is wrong otherwise", function()
    refresh()
    local token = made.sim.openid:token(ORIGIN .. "/teams/", made.clock.now_ms())
    assert.equal("SIGNATURE_WRONG", code_of(verify(token:sub(1, -9) .. "AAAAAAAA")))
    assert.equal("TOKEN_MALFORMED", code_of(verify "x"))
    assert.is_nil(made.store.key_sets:find(URL).asked_at)
  end)

  it("believes keys that were taken back for a minute at most", function()
    refresh()
    local token = made.sim.openid:token(ORIGIN .. "/teams/", made.clock.now_ms())
    assert.is_table(verify(token))
    made.sim.openid:rekey()
    made.sim.openid:rekey()
    pass(DAY)
    refresh()
    pass(-DAY) -- within the hour for which the token is good
    assert.is_table(verify(token))
    pass(MINUTE)
    assert.equal("KEY_UNKNOWN", code_of(verify(token)))
  end)

  it("sees at once what another process has fetched", function()
    refresh()
    assert.is_table(verify())
    made.sim.openid:rekey()
    pass(DAY)
    refresh()
    made.trust.looked_at = made.clock.now_ms() - 1000
    assert.is_table(verify())
  end)

  it("looks no later, and asks no later, when the clock is set back", function()
    refresh()
    local token = made.sim.openid:token(ORIGIN .. "/teams/", made.clock.now_ms())
    pass(10 * MINUTE)
    assert.is_table(verify(token))
    local unknown = token:gsub("^[^.]+", (jwt.encode '{"alg":"RS256","kid":"unknown"}'))
    assert.equal("KEY_UNKNOWN", code_of(verify(unknown)))
    made.sim.openid:rekey()
    made.sim.openid:rekey()
    pass(-4 * MINUTE)
    assert.equal(1, (refresh()))
    assert.is_nil(made.store.key_sets:find(URL).asked_at)
    assert.equal("KEY_UNKNOWN", code_of(verify(token)))
    assert.is_number(made.store.key_sets:find(URL).asked_at)
  end)

  it("goes on by itself until it is stopped", function()
    made.loop:spawn(function() made.keys:watch() end)
    made.loop:run(function() made.loop:sleep(1000) end)
    assert.is_table(verify())
    made.sim.openid:rekey()
    made.loop:run(function()
      made.loop:sleep(6 * MINUTE)
      assert.equal("KEY_UNKNOWN", code_of(verify()))
      made.loop:sleep(6000)
      assert.is_table(verify())
      pass(DAY - MINUTE)
      made.loop:sleep(2 * MINUTE)
    end)
    assert.equal(3, fetches())
    made.keys:stop()
    pass(DAY)
    made.loop:run(function() made.loop:sleep(2 * MINUTE) end)
    assert.equal(3, fetches())
  end)

  it("takes tokens of the tenant's own where that is wanted", function()
    local function token(app)
      return made.sim.openid:tenant_token(app, made.clock.now_ms())
    end
    refresh()
    assert.equal("ISSUER_REFUSED", code_of(verify(token "friend")))
    place:close()
    place = stores.new()
    made = connect { CRIER_BOT_ENTRA_APPS = "other, friend" }
    assert.equal(2, (refresh()))
    assert.equal("friend", verify(token "friend").appid)
    assert.equal("APP_REFUSED", code_of(verify(token "stranger")))
    assert.is_table(verify())
    made.sim.openid:rekey()
    pass(6 * MINUTE)
    assert.equal("KEY_UNKNOWN", code_of(verify(token "friend")))
    assert.equal(2, (refresh()))
    pass(1000)
    assert.equal("friend", verify(token "friend").appid)
  end)

  describe("kept from a good answer", function()
    local answers

    -- A cloud that answers as a spec wants: by URL `{ status, body }`.
    before_each(function()
      made.clock.set(stores.NOW)
      local tickets, done = 0, {}
      made.keys.loop = loop.new { clock = made.clock, transport = {
        submit = function(_, request)
          tickets = tickets + 1
          local answer = answers[request.url] or { nil, nil, "COULDNT_CONNECT" }
          assert.is_nil(request.token)
          done[#done + 1] = { ticket = tickets, response = { status = answer[1],
            body = answer[2], headers = {}, error = answer[3], message = answer[3],
            sent = true } }
          return tickets
        end,
        step = function()
          local given = done
          done = {}
          return given, {}
        end,
      } }
    end)

    local function try()
      return made.keys.loop:run(function() return made.keys:refresh() end)
    end

    local function metadata(place_of_set)
      return { 200, cjson.encode { issuer = "https://api.botframework.com",
        jwks_uri = place_of_set } }
    end

    local KEYS = ORIGIN .. "/keys"

    it("says what is wrong, and keeps the keys of before", function()
      local text = '{"keys":[' .. signers[1]:jwk():sub(1, -2) .. ',"endorsements":["msteams"]}]}'
      local good = metadata(KEYS)
      answers = { [URL] = good, [KEYS] = { 200, text } }
      assert.equal(1, (try()))
      local cases = {
        { URL .. ": COULDNT_CONNECT", {} },
        { URL .. ": status 302", { [URL] = { 302, "" } } },
        { URL .. ": status 500", { [URL] = { 500, "{}" } } },
        { URL .. ": the answer is larger than 64 KiB", { [URL] = { 200, (" "):rep(65537) } } },
        { URL .. ": is no OpenID metadata with a jwks_uri", { [URL] = { 200, "<html>" } } },
        { URL .. ": is no OpenID metadata with a jwks_uri", { [URL] = { 200, "[]" } } },
        { URL .. ": is no OpenID metadata with a jwks_uri", { [URL] = { 200, "7" } } },
        { URL .. ": is no OpenID metadata with a jwks_uri", { [URL] = metadata(7) } },
        { URL .. ": its jwks_uri is https://evil.example/keys, on another host",
          { [URL] = metadata "https://evil.example/keys" } },
        { URL .. ": its jwks_uri is http://127.0.0.1:8081/keys, on another host",
          { [URL] = metadata "http://127.0.0.1:8081/keys" } },
        { URL .. ": its jwks_uri is file:///etc/passwd, on another host",
          { [URL] = metadata "file:///etc/passwd" } },
        { URL .. ": its jwks_uri is a?[31m, on another host", { [URL] = metadata "a\27[31m" } },
        { KEYS .. ": COULDNT_CONNECT", { [URL] = good } },
        { KEYS .. ": status 404", { [URL] = good, [KEYS] = { 404, text } } },
        { KEYS .. ": the answer is larger than 256 KiB",
          { [URL] = good, [KEYS] = { 200, text .. (" "):rep(256 * 1024) } } },
        { KEYS .. ": the key set: is not what it should be",
          { [URL] = good, [KEYS] = { 200, "{" } } },
        { KEYS .. ": the key set: the key set holds no RSA key to verify with",
          { [URL] = good, [KEYS] = { 200, '{"keys":[]}' } } },
        { KEYS .. ": cut", { [URL] = good, [KEYS] = { 200, text, "cut" } } },
      }
      for _, case in ipairs(cases) do
        pass(DAY)
        answers = case[2]
        local fetched, message, code, next_at = try()
        assert.is_nil(fetched)
        assert.equal(case[1], message)
        assert.equal("KEYS_MISSING", code)
        assert.equal(made.clock.now_ms() + 5 * MINUTE, next_at)
        assert.same({ text, case[1] }, { made.store.key_sets:find(URL).text,
          made.store.key_sets:find(URL).problem })
        assert.is_table(verify())
      end
      answers = { [URL] = good, [KEYS] = { 200, text } }
      assert.equal(0, (try()))
      pass(5 * MINUTE)
      assert.equal(1, (try()))
      assert.is_nil(made.store.key_sets:find(URL).problem)
    end)

    it("tries again sooner as long as there is no key at all", function()
      answers = {}
      assert.equal(made.clock.now_ms() + 15000, (select(4, try())))
      pass(14999)
      assert.equal(0, (try()))
      pass(1)
      assert.equal("KEYS_MISSING", code_of(try()))
      assert.equal("KEYS_MISSING", code_of(verify()))
    end)

    it("passes the store's failure on", function()
      local sets = made.store.key_sets
      answers = {}
      made.store.key_sets = { find = function() return nil, "disk gone", "STORE" end,
        fetched_at = function() return nil, "disk gone", "STORE" end, ask = function() end }
      assert.same({ nil, "disk gone", "STORE", made.clock.now_ms() + 15000 }, { try() })
      assert.equal("KEYS_MISSING", code_of(verify()))
      made.store.key_sets = { find = function() return false end,
        failed = function() return nil, "disk full", "STORE" end }
      assert.same({ nil, "disk full", "STORE", made.clock.now_ms() + 15000 }, { try() })
      made.store.key_sets = sets
    end)
  end)

  it("does not trust a clock that was set back", function()
    assert.equal(5, keys.due_at(false, 5))
    assert.equal(5, keys.due_at({ text = "x", fetched_at = 6, tried_at = 6 }, 5))
    assert.equal(5, keys.due_at({ asked_at = 1 }, 5))
  end)
end)

describe("crier.journal.key_sets #embedded", function()
  local place
  before_each(function() place = stores.new() end)
  after_each(function() place:close() end)

  it("keeps the text over a failure, and the first time that it was asked for", function()
    local sets = place:open().key_sets
    assert.is_false(sets:find "u")
    assert.is_false(sets:fetched_at "u")
    assert(sets:ask("u", 5))
    assert(sets:ask("u", 6))
    assert.same({ asked_at = 5 }, sets:find "u")
    assert.is_false(sets:fetched_at "u")
    assert(sets:failed("u", "no answer", 7))
    assert.same({ asked_at = 5, tried_at = 7, problem = "no answer" }, sets:find "u")
    assert(sets:keep("u", "{}", 8))
    assert.same({ text = "{}", fetched_at = 8, tried_at = 8 }, sets:find "u")
    assert(sets:failed("u", "status 500", 9))
    assert.same({ text = "{}", fetched_at = 8, tried_at = 9, problem = "status 500" },
      sets:find "u")
    assert.equal(8, sets:fetched_at "u")
    assert.is_false(sets:find "v")
  end)
end)
