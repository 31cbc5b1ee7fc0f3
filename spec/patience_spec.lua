local client = require "crier.client"
local config = require "crier.config"
local interpose = require "support.interpose"
local loop = require "crier.loop"
local simulator = require "crier.simulator"
local transport = require "crier.simulator.transport"

local START_MS = 1800000000000

describe("crier.client, when its patience cuts a try,", function()
  -- Looks somebody up; answers take `latency_ms` from `slow_ms` on.
  local function look_up(slow_ms, latency_ms, answer)
    local sim = assert(simulator.new { users = 1, installed = 1 })
    local env = sim:environment "http://127.0.0.1:1"
    local clock = transport.clock(START_MS)
    function sim.draw_latency()
      return clock.now_ms() - START_MS < slow_ms and 100 or latency_ms
    end
    local work = loop.new { clock = clock, transport = transport.new { clock = clock,
      simulator = interpose(sim, function(request, now_ms)
        return now_ms - START_MS < slow_ms and answer(request) or nil
      end) } }
    local log = {}
    local made = client.new { loop = work, is_rested = true,
      retry = function() return 6.5 end,
      config = assert(config.read({}, function(name) return env[name] end)),
      log = function(entry) log[#log + 1] = entry.error or entry.status end }
    local found, message, _, outcome = work:run(function()
      return made.graph:user(sim.people:id(1), "id")
    end)
    assert.is_nil(found)
    assert.is_true(made:is_unreachable())
    assert.equal(outcome.text, message)
    assert.equal("transient", outcome.kind)
    assert.equal(15000, math.ceil(clock.now_ms() - START_MS))
    return { outcome.reason, message }, log
  end

  local CUT = { error = "FILESIZE_EXCEEDED", sent = true,
    message = "Maximum file size exceeded" }

  local function is_token(request)
    return request.url:find("/oauth2/", 1, true) ~= nil
  end

  it("tells what failed before", function()
    for _, of_token in ipairs { true, false } do
      local told, log = look_up(10000, 3000, function(request)
        return is_token(request) == of_token and CUT
      end)
      assert.equal("OPERATION_TIMEDOUT", log[#log])
      assert.same({ "answer too large", "Maximum file size exceeded" }, told)
    end
  end)

  it("tells of the timeout when no try has ended otherwise", function()
    local told, log = look_up(0, 16000)
    assert.same({ "OPERATION_TIMEDOUT" }, log)
    assert.equal("Timeout was reached", told[2])
  end)
end)
