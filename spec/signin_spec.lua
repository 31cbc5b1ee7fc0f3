local client = require "crier.client"
local config = require "crier.config"
local core = require "crier.core"
local interpose = require "support.interpose"
local loop = require "crier.loop"
local signin = require "crier.signin"
local simulator = require "crier.simulator"
local transport = require "crier.simulator.transport"

local START_MS = 1800000000000

-- A client of a simulated tenant; `answer` may answer in its place.
local function new(options)
  options = options or {}
  local sim = assert(simulator.new { users = 5, faults = options.faults, latency = { ms = 100 } })
  local env = sim:environment "http://127.0.0.1:1"
  local clock = transport.clock(START_MS)
  local self = { sim = sim, log = {}, shown = {} }
  self.loop = loop.new { clock = clock, transport = transport.new { clock = clock,
    simulator = interpose(sim, options.answer or function() end) } }
  self.client = client.new { loop = self.loop,
    config = assert(config.read({}, function(name) return env[name] end)),
    log = function(entry) self.log[#self.log + 1] = entry end }
  -- Signs in; the person decides when the code is shown.
  function self.sign_in(verb)
    return self.loop:run(function()
      local token, message, code, outcome = signin.token(self.client, {
        scopes = "https://graph.microsoft.com/AppCatalog.Submit",
        show = function(line, parts)
          self.shown[#self.shown + 1] = { line, parts }
          if verb then
            self.loop:fetch { method = "POST", headers = {},
              url = "http://127.0.0.1:1/_sandbox/" .. verb .. "?code=" .. parts.code }
          end
        end,
      })
      return token, message, code, outcome
    end)
  end
  function self.passed_ms()
    return clock.now_ms() - START_MS
  end
  return self
end

describe("crier.signin", function()
  describe(".token()", function()
    it("shows where to sign in, waits, and gives a token for builders", function()
      local made = new()
      local token = made.sign_in "approve"
      assert.equal("crier.token (held)", tostring(token))
      assert.equal(1, #made.shown)
      local line, parts = made.shown[1][1], made.shown[1][2]
      assert.equal("To sign in, use a web browser to open the page " .. parts.url
        .. " and enter the code " .. parts.code .. " to authenticate.", line)
      assert.equal("http://127.0.0.1:1/_sandbox/approve", parts.url)
      assert.equal(900000 + 100, parts.expires_at_ms - START_MS)
      assert.same({ token = 2, graph = 0, connector = 0 }, made.client.calls)
      assert.equal("crier.graph", getmetatable(core.graph.new {
        endpoints = made.client.config.endpoints, token = token }).__name)
    end)

    it("gives what calls Graph as that person, without the app's own token", function()
      local carried
      local made = new { answer = function(request)
        if request.url:find("/users/me", 1, true) then
          carried = request.headers.authorization
          return { status = 200, body = '{"id":"1"}' }
        end
      end }
      local token, kind = made.sign_in "approve", nil
      local build = core.graph.new { endpoints = made.client.config.endpoints, token = token }
      made.loop:run(function()
        local task = made.loop:task()
        made.client:submit { request = build:user("me", "id"), on_done = function(_, outcome)
          kind = outcome.kind
          made.loop:unpark(task)
        end }
        while not kind do
          made.loop:park()
        end
      end)
      assert.equal("ok", kind)
      assert.equal("Bearer " .. token:text(), carried)
      assert.same({ token = 2, graph = 1, connector = 0 }, made.client.calls)
    end)

    it("asks nobody to sign in again by itself when the token is refused", function()
      local made = new()
      local token = made.sign_in "approve"
      local build = core.graph.new { endpoints = made.client.config.endpoints, token = token }
      assert.is_false(made.client:repeat_due(build:user("me", "id"), 1))
    end)

    it("waits for as long as the person takes", function()
      local polls = 0
      local made = new { answer = function(request)
        if request.body and request.body:find("device_code=", 1, true) then
          polls = polls + 1
          return polls < 20 and { status = 400, headers = { ["content-type"] = "application/json" },
            body = '{"error":"authorization_pending"}' } or nil
        end
      end }
      assert.equal("crier.token (held)", tostring(made.sign_in "approve"))
      assert.equal(20, polls)
      assert.is_true(made.passed_ms() >= 100000 and made.passed_ms() < 110000)
    end)

    it("tells that the person has declined", function()
      local token, _, code, outcome = new().sign_in "decline"
      assert.is_nil(token)
      assert.equal("authorization_declined", code)
      assert.equal("sign-in declined", outcome.reason)
    end)

    it("tells what a policy asks for", function()
      local made = new { faults = "conditional-access=1" }
      local token, message, code, outcome = made.sign_in "approve"
      assert.is_nil(token)
      assert.matches("^AADSTS53003: ", message)
      assert.equal("AADSTS53003", code)
      assert.matches("have an administrator exempt you, or do it in the Teams admin center",
        outcome.remedy)
    end)

    it("tells what the registration lacks", function()
      local made = new { faults = "no-public-client=1" }
      local token, _, code, outcome = made.sign_in()
      assert.same({ nil, "AADSTS7000218" }, { token, code })
      assert.matches("Allow public client flows", outcome.remedy)
      assert.same({}, made.shown)
    end)

    it("tells that nobody signed in", function()
      local made = new()
      local token, _, code, outcome = made.sign_in()
      assert.same({ nil, "expired_token" }, { token, code })
      assert.equal("sign-in expired", outcome.reason)
      assert.is_true(made.passed_ms() >= 900000 and made.passed_ms() < 910000)
    end)

    it("gives up after five tries when nothing answers", function()
      local made = new { answer = function()
        return { cut = "before" }
      end }
      local token, _, _, outcome = made.sign_in()
      assert.is_nil(token)
      assert.equal("transient", outcome.kind)
      assert.equal(5, made.client.calls.token)
    end)

    it("leaves neither code nor token in the log", function()
      local made = new()
      local text = made.sign_in("approve"):text()
      assert.equal(2, #made.log)
      for _, entry in ipairs(made.log) do
        assert.equal("device_code", entry.operation)
        for _, value in pairs(entry) do
          assert.is_nil(tostring(value):find(text, 1, true))
          assert.is_nil(tostring(value):find(made.shown[1][2].code, 1, true))
        end
      end
    end)

    it("raises outside of a task", function()
      local made = new()
      assert.has_error(function()
        signin.token(made.client, { scopes = "x", show = print })
      end)
    end)
  end)
end)
