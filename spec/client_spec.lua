local client = require "crier.client"
local config = require "crier.config"
local interpose = require "support.interpose"
local loop = require "crier.loop"
local simulator = require "crier.simulator"
local transport = require "crier.simulator.transport"
local waiting = require "crier.waiting"

local START_MS = 1800000000000

-- A client of a simulated tenant; `answer` may answer in its place.
local function new(answer, options)
  options = options or {}
  local sim = assert(simulator.new { users = 5, installed = 1,
    latency = { ms = 100 }, token_lifetime_s = options.token_lifetime_s })
  local env = sim:environment "http://127.0.0.1:1"
  for name, value in pairs(options.env or {}) do
    env[name] = value
  end
  local clock = transport.clock(START_MS)
  local self = { sim = sim, log = {} }
  self.loop = loop.new { clock = clock, transport = transport.new { clock = clock,
    simulator = interpose(sim, function(request, now_ms)
      if answer then
        return answer(request, now_ms - START_MS)
      end
    end) } }
  self.client = client.new { loop = self.loop, retry = options.retry,
    on_unknown = options.on_unknown,
    config = assert(config.read({}, function(name) return env[name] end)),
    log = function(entry) self.log[#self.log + 1] = entry end }
  function self.run(fn)
    return self.loop:run(fn or function()
      return self.client.graph:user(sim.people:id(1), "id")
    end)
  end
  function self.passed_ms()
    return clock.now_ms() - START_MS
  end
  return self
end

local function is_token(request)
  return request.url:find "/oauth2/" ~= nil
end

-- Answers calls, not tokens, with these responses in turn, then not at all.
local function in_turn(...)
  local responses, nth = { ... }, 0
  return function(request)
    if not is_token(request) then
      nth = nth + 1
      return responses[nth]
    end
  end
end

local function status(code, headers, body)
  return { status = code, headers = headers, body = body or "" }
end

describe("crier.client", function()
  describe(".graph and .connector", function()
    it("give the decoded answer", function()
      local made = new()
      local id = made.sim.people:id(1)
      assert.equal(id, made.run().id)
      assert.same({ token = 1, graph = 1, connector = 0 }, made.client.calls)
    end)

    it("give ids of what was created and sent, and how an install went", function()
      local made = new()
      made.run(function()
        local id = made.sim.people:id(1)
        local chat = made.client.connector:create(id)
        assert.equal("string", type(chat.id))
        local sent = made.client.connector:send(chat.id,
          '{"type":"message","text":"Hi"}', chat.service_url)
        assert.equal("string", type(sent.id))
        assert.equal("already", made.client.graph:install(id, made.sim.catalog_id))
      end)
      assert.same({ token = 2, graph = 1, connector = 2 }, made.client.calls)
    end)

    it("give nil, message, code and the outcome of a refusal", function()
      local made = new()
      local found, message, code, outcome = made.run(function()
        return made.client.graph:user("nobody@x", "id")
      end)
      assert.is_nil(found)
      assert.equal("Request_ResourceNotFound", code)
      assert.equal("absent", outcome.kind)
      assert.equal(outcome.text, message)
    end)

    it("give what the builder refuses, without a call", function()
      local made = new()
      local found, message, code = made.run(function()
        return made.client.graph:next "https://evil.example/users"
      end)
      assert.is_nil(found)
      assert.equal("URL_REFUSED", code)
      assert.equal("string", type(message))
      assert.same({ token = 0, graph = 0, connector = 0 }, made.client.calls)
    end)

    it("try again what is no answer of the service", function()
      for body, text in pairs { ["<html>"] = "a page in HTML",
        ['{"id":'] = "the answer is no JSON object" } do
        local made = new(in_turn(status(200, nil, body)), { retry = function() end })
        local found, message, code, outcome = made.run()
        assert.is_nil(found)
        assert.equal(text, message)
        assert.equal("transient", code)
        assert.equal("transient", outcome.kind)
      end
    end)

    it("have no methods but the wire's", function()
      local made = new()
      assert.is_nil(made.client.graph.greet)
      assert.is_function(made.client.graph.users)
    end)

    it("raise outside of a task, at the line of the caller", function()
      local made = new()
      local ok, message = pcall(function()
        local found = made.client.graph:user("x", "id")
        return found
      end)
      assert.is_false(ok)
      assert.matches("client_spec%.lua:%d+: this call waits: make it inside"
        .. " crier%.run", message)
      assert.equal(0, made.client.calls.token)
    end)
  end)

  describe("tokens", function()
    it("are fetched once for all who wait", function()
      local made = new()
      made.run(function()
        for _ = 1, 5 do
          made.loop:spawn(function() made.client.graph:user("x", "id") end)
        end
        made.loop:sleep(2000)
      end)
      assert.same({ token = 1, graph = 5, connector = 0 }, made.client.calls)
    end)

    it("are fetched again before they expire", function()
      local made = new(nil, { token_lifetime_s = 600 })
      made.run()
      made.run(function() made.loop:sleep(599000) end)
      assert.is_table(made.run())
      assert.equal(2, made.client.calls.token)
    end)

    it("that are refused are replaced, and the call repeated once", function()
      local made = new(in_turn(status(401)))
      assert.is_table(made.run())
      assert.same({ token = 2, graph = 2, connector = 0 }, made.client.calls)
    end)

    it("that are refused twice end the call", function()
      local made = new(in_turn(status(401), status(401), status(401)))
      local found, _, _, outcome = made.run()
      assert.is_nil(found)
      assert.equal("unauthorized", outcome.kind)
      assert.same({ token = 2, graph = 2, connector = 0 }, made.client.calls)
    end)

    it("that cannot be had end the call before it leaves", function()
      local made = new(nil, { env = { AZURE_CLIENT_SECRET = "wrong" } })
      local found, message, code, outcome = made.run()
      assert.is_nil(found)
      assert.equal("misconfigured", outcome.kind)
      assert.equal(message, outcome.text)
      assert.equal(code, outcome.code)
      assert.is_nil(message:find("wrong!", 1, true))
      assert.same({ token = 1, graph = 0, connector = 0 }, made.client.calls)
    end)
  end)

  describe("a throttled call", function()
    it("waits as long as the service asks, and holds the others back", function()
      local made = new(in_turn(status(429, { ["retry-after"] = "7" })))
      local other_ms
      made.run(function()
        made.loop:spawn(function()
          made.loop:sleep(2000)
          made.client.graph:user("x", "id")
          other_ms = made.passed_ms()
        end)
        assert.is_table(made.client.graph:user(made.sim.people:id(1), "id"))
        made.loop:sleep(5000)
      end)
      assert.is_true(other_ms >= 7000)
      assert.equal(1, made.client.throttled)
      assert.equal(3, made.client.calls.graph)
    end)

    it("is not given up, however often it happens", function()
      local answers = {}
      for i = 1, 20 do
        answers[i] = status(429, { ["retry-after"] = "1" })
      end
      local made = new(in_turn((table.unpack or unpack)(answers))) -- luacheck: ignore 113 143
      assert.is_table(made.run())
      assert.equal(20, made.client.throttled)
      assert.is_true(made.passed_ms() >= 20000)
    end)

    it("bears every Retry-After", function()
      for _, text in ipairs { "0", "-1", "soon", "99999999999999999999", "1.5",
        "Fri, 15 Jan 2027 08:00:03 GMT", "" } do
        local made = new(in_turn(status(429, { ["retry-after"] = text }),
          status(503, { ["retry-after"] = text })))
        assert.is_table(made.run())
        assert.equal(1, made.client.throttled)
      end
    end)
  end)

  describe("a call that fails", function()
    it("is tried again by the policy of the client", function()
      local asked = {}
      local made = new(in_turn(status(500), status(502)), { retry = function(outcome, try)
        asked[#asked + 1] = outcome.kind .. try
        return 10
      end })
      assert.is_table(made.run())
      assert.same({ "transient1", "transient2" }, asked)
      assert.is_true(made.passed_ms() >= 20000)
    end)

    it("is given up when the policy says so", function()
      local made = new(in_turn(status(500), status(500), status(500)), {
        retry = function(_, try) return try < 2 and 1 or nil end })
      local found, _, _, outcome = made.run()
      assert.is_nil(found)
      assert.equal("transient", outcome.kind)
      assert.equal(2, made.client.calls.graph)
    end)

    local function send(made)
      return made.run(function()
        return made.client.connector:send("19:a", '{"type":"message"}')
      end)
    end

    it("that may have delivered is not sent again by itself", function()
      for _, answer in ipairs { { cut = "after" }, status(500), status(502),
        status(503), status(504), status(408) } do
        local made = new(in_turn(answer))
        local sent, _, _, outcome = send(made)
        assert.is_nil(sent)
        assert.equal("ambiguous", outcome.kind)
        assert.equal(1, made.client.calls.connector)
      end
    end)

    it("that may have delivered is sent again on request", function()
      local made = new(in_turn({ cut = "after" }, status(502),
        status(201, nil, '{"id":"7"}')), { on_unknown = "resend" })
      assert.same({ id = "7" }, send(made))
      assert.equal(3, made.client.calls.connector)
    end)

    it("that was refused for now is sent again", function()
      local made = new(in_turn(status(429, { ["retry-after"] = "1" }), status(412),
        status(503, { ["retry-after"] = "1" }), status(201, nil, '{"id":"7"}')))
      assert.same({ id = "7" }, send(made))
      assert.equal(4, made.client.calls.connector)
    end)
  end)

  describe("a service that does not answer", function()
    local function silent(until_ms)
      return function(request, now_ms)
        return is_token(request) and now_ms < until_ms and { cut = "before" } or nil
      end
    end

    it("is given up 15 s after the first call", function()
      local made = new(silent(1e9))
      made.run(function() made.loop:sleep(60000) end)
      assert.is_false(made.client:is_unreachable())
      local found, message, _, outcome = made.run()
      assert.is_nil(found)
      assert.equal("transient", outcome.kind)
      assert.equal(message, outcome.text)
      assert.is_true(made.client:is_unreachable())
      assert.is_true(made.passed_ms() >= 75000 and made.passed_ms() < 81000)
    end)

    it("is given up at once when nobody vouches for it", function()
      local made = new(function(request)
        return is_token(request) and { error = "PEER_FAILED_VERIFICATION", sent = false,
          message = "certificate has expired" } or nil
      end)
      local found, message, _, outcome = made.run()
      assert.is_nil(found)
      assert.equal("certificate has expired", message)
      assert.equal("certificate not trusted", outcome.reason)
      assert.is_true(made.client:is_unreachable())
      assert.equal(1, made.client.calls.token)
      assert.is_true(made.passed_ms() < 5000)
    end)

    it("is waited for when it has answered before", function()
      local made = new(function(request, now_ms)
        return not is_token(request) and now_ms > 5000 and now_ms < 300000
          and { cut = "before" } or nil
      end, { retry = function() return 1 end })
      assert.is_table(made.run())
      made.run(function() made.loop:sleep(6000) end)
      assert.is_table(made.run())
      assert.is_false(made.client:is_unreachable())
      assert.is_true(made.passed_ms() >= 300000)
    end)

    it("is asked less and less often, at least every 5 s", function()
      local pauses = {}
      for failures = 1, 7 do
        pauses[failures] = waiting.outage_pause_ms(failures)
      end
      assert.same({ 500, 1000, 2000, 4000, 5000, 5000, 5000 }, pauses)
      assert.equal(5000, waiting.outage_pause_ms(1e6))
    end)
  end)

  describe(":reserve()", function()
    it("paces creates and sends together, at 50 a second", function()
      local made, at = new(), {}
      made.run(function()
        for i = 1, 101 do
          local operation = i % 2 == 0 and "send" or "create"
          while true do
            local slot, at_ms, class =
              made.client:reserve(operation, "user:" .. i, 0)
            if slot then
              made.client.pacer:departed(slot, made.loop:now())
              made.client.pacer:answered(slot, made.loop:now())
              at[#at + 1] = made.loop:now()
              break
            end
            assert.equal("connector", class)
            made.loop:park(at_ms)
          end
        end
      end)
      for i = 51, #at do
        assert.is_true(at[i] - at[i - 50] >= 1000)
      end
      assert.is_true(at[101] - at[1] < 2200)
    end)

    it("paces one conversation by its own budget", function()
      local made = new()
      made.run(function() made.loop:sleep(5000) end)
      local count, class = 0, nil
      made.run(function()
        for _ = 1, 20 do
          local slot, _, held_by = made.client:reserve("send", "user:1", 5000)
          count, class = count + (slot and 1 or 0), held_by
        end
      end)
      assert.is_true(count < 20)
      assert.equal("thread", class)
    end)

    it("keeps no limit when limits are off", function()
      local made = new(nil, { env = { CRIER_LIMITS = "off" } })
      for i = 1, 500 do
        assert.is_number((made.client:reserve("send", "user:" .. i, 0)))
      end
    end)
  end)

  describe("the log", function()
    it("has one entry for each answered call, and no secret", function()
      local made = new(in_turn(status(429, { ["retry-after"] = "1" })))
      made.run()
      local operations = {}
      for i, entry in ipairs(made.log) do
        operations[i] = ("%s %s %s"):format(entry.operation, entry.kind, entry.status)
        for _, value in pairs(entry) do
          assert.is_nil(tostring(value):find(made.sim.secret, 1, true))
        end
      end
      assert.same({ "token ok 200", "user throttled 429", "user ok 200" }, operations)
    end)
  end)
end)
