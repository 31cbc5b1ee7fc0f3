--- A client of a simulated tenant whose calls a function may answer first.
local client = require "crier.client"
local config = require "crier.config"
local interpose = require "support.interpose"
local loop = require "crier.loop"
local simulator = require "crier.simulator"
local transport = require "crier.simulator.transport"

local answering = {}

local START_MS = 1800000000000

--- Where the tenant's Graph is.
answering.GRAPH = "http://127.0.0.1:1/v1.0"

--- A response of JSON text.
function answering.json(status, body, headers)
  return { status = status, body = body or "", headers = headers }
end

--- An error of Graph's.
function answering.failure(status, code, message, headers)
  return answering.json(status, ('{"error":{"code":"%s","message":"%s"}}')
    :format(code, message or ""), headers)
end

--- Makes one; `options` may have `env`, `retry` and `simulator` (its settings).
-- `answer(path, request, now_ms)` gets each call to Graph (`"GET /users?…"`,
-- below v1.0) and gives a response, or nil to leave it to the simulator.  Of
-- what this returns, `calls` has the paths in order, `run(fn)` runs a task with
-- the client, `passed_ms()` is the time since the start.
function answering.new(answer, options)
  options = options or {}
  local settings = { users = 5, latency = { ms = 10 } }
  for name, value in pairs(options.simulator or {}) do
    settings[name] = value
  end
  local sim = assert(simulator.new(settings))
  local env = sim:environment "http://127.0.0.1:1"
  for name, value in pairs(options.env or {}) do
    env[name] = value
  end
  local clock = transport.clock(START_MS)
  local self = { sim = sim, calls = {}, requests = {} }
  local function asked(request, now_ms)
    local path = request.url:match "^http://127%.0%.0%.1:1/v1%.0(/.*)$"
    if not path then
      return nil
    end
    self.calls[#self.calls + 1] = request.method .. " " .. path
    self.requests[#self.requests + 1] = request
    return answer and answer(self.calls[#self.calls], request, now_ms - START_MS)
  end
  self.loop = loop.new { clock = clock, transport = transport.new { clock = clock,
    simulator = interpose(sim, asked) } }
  self.client = client.new { loop = self.loop, retry = options.retry, is_rested = true,
    config = assert(config.read({}, function(name) return env[name] end)) }
  function self.run(fn)
    return self.loop:run(fn, self.client.graph, self.client)
  end
  function self.passed_ms()
    return clock.now_ms() - START_MS
  end
  return self
end

--- Answers from a table of paths: a response, or an array of them for one call
-- after the other, the last for all that follow.
function answering.from(responses)
  local nth = {}
  return function(path)
    local found = responses[path]
    if found and not found.status then
      nth[path] = math.min((nth[path] or 0) + 1, #found)
      found = found[nth[path]]
    end
    return found
  end
end

return answering
