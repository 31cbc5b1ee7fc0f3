local simulated = require "support.simulated"
local transport = require "crier.simulator.transport"

local START_MS = 1700000000000

-- A transport over a simulator, and a function that submits a send.
local function make(options)
  options.installed, options.users = 1, options.users or 100
  local client = simulated.new(options)
  local clock = transport.clock(START_MS)
  local carrier = transport.new({ simulator = client.sim, clock = clock,
    timeout_ms = options.timeout_ms })
  local function submit(k, more)
    local request = { method = "POST", body = '{"type":"message"}',
      url = "https://smba.trafficmanager.net/teams/v3/conversations/"
        .. client.sim.connector:conversation_id(k) .. "/activities",
      headers = { Authorization = client.bot_token } }
    for name, value in pairs(more or {}) do
      request[name] = value
    end
    return carrier:submit(request)
  end
  return carrier, clock, submit, client
end

local function reachable(client)
  return (client.person("member"))
end

describe("crier.simulator.transport #portable", function()
  it("completes after the latency, on a clock that jumps", function()
    local carrier, clock, submit, client = make({ latency = { ms = 120 } })
    local ticket = submit(reachable(client))
    assert.equal(1, carrier:in_flight())
    local completions, ready = carrier:step(1000)
    assert.equal(START_MS + 120, clock.now_ms())
    assert.equal(1, #completions)
    assert.same({}, ready)
    assert.equal(ticket, completions[1].ticket)
    assert.equal(201, completions[1].response.status)
    assert.is_true(completions[1].response.sent)
    assert.equal(120, completions[1].response.total_ms)
    assert.equal(0, carrier:in_flight())
  end)

  it("advances by the time-out when nothing is due before", function()
    local carrier, clock, submit, client = make({ latency = { ms = 120 } })
    assert.same({}, (carrier:step(250)))
    assert.equal(START_MS + 250, clock.now_ms())
    submit(reachable(client))
    assert.same({}, (carrier:step(100)))
    assert.equal(START_MS + 350, clock.now_ms())
    assert.same({}, (carrier:step(0)))
    assert.equal(START_MS + 350, clock.now_ms())
    assert.equal(1, #carrier:step(20))
    assert.equal(START_MS + 370, clock.now_ms())
  end)

  it("returns at the first completion, with all that are due then", function()
    local carrier, clock, submit, client = make({ latency = { ms = 100 } })
    local k = reachable(client)
    submit(k)
    submit(k)
    carrier:step(30)
    submit(k)
    assert.equal(2, #carrier:step(5000))
    assert.equal(START_MS + 100, clock.now_ms())
    assert.equal(1, #carrier:step())
    assert.equal(START_MS + 130, clock.now_ms())
  end)

  it("stands still when there is nothing to wait for", function()
    local carrier, clock = make({})
    assert.same({}, (carrier:step()))
    assert.equal(START_MS, clock.now_ms())
  end)

  it("lets requests arrive after half of their latency", function()
    local carrier, _, submit, client = make({ latency = { ms = 100, jitter_ms = 40 } })
    for k = 1, 50 do
      submit(k)
    end
    local n = 0
    while carrier:in_flight() > 0 do
      n = n + #carrier:step(10)
    end
    assert.equal(50, n)
    local times, deliveries = {}, client.sim.deliveries:text()
    for at in deliveries:gmatch('"at":"[^"]+%.(%d%d%d)Z"') do
      times[#times + 1] = tonumber(at)
    end
    assert.equal(client.sim:stats().deliveries, #times)
    for i, at in ipairs(times) do
      assert.is_true(at >= 30 and at <= 70)
      assert.is_true(i == 1 or at >= times[i - 1])
    end
  end)

  it("tells a connection that closes as libcurl does", function()
    local carrier, _, submit, client = make({ faults = "cut-after=1" })
    local k = reachable(client)
    submit(k)
    local response = carrier:step(0)[1].response
    assert.same({ nil, true, "RECV_ERROR" }, { response.status, response.sent, response.error })
    assert.equal(1, client.sim:stats().deliveries)
    carrier, _, submit, client = make({ faults = "cut-before=1" })
    for _ = 1, 40 do
      submit(k)
    end
    local counts = { RECV_ERROR = 0, COULDNT_CONNECT = 0 }
    for _, completion in ipairs((carrier:step(0))) do
      response = completion.response
      assert.equal(response.error == "RECV_ERROR", response.sent)
      counts[response.error] = counts[response.error] + 1
    end
    assert.equal(40, counts.RECV_ERROR + counts.COULDNT_CONNECT)
    assert.is_true(counts.RECV_ERROR > 8 and counts.COULDNT_CONNECT > 8)
    assert.equal(0, client.sim:stats().deliveries)
  end)

  it("times out what takes too long, though the work was done", function()
    local carrier, clock, submit, client = make({ faults = "slow=1" })
    submit(reachable(client), { timeout_ms = 1500 })
    local response = carrier:step()[1].response
    assert.equal("OPERATION_TIMEDOUT", response.error)
    assert.is_true(response.sent)
    assert.equal(START_MS + 1500, clock.now_ms())
    assert.equal(1, client.sim:stats().deliveries)
  end)

  it("takes the text of a token handle", function()
    local carrier, _, submit, client = make({})
    local text = client.bot_token:match("^Bearer (.+)$")
    submit(reachable(client), { headers = {}, token = { text = function() return text end } })
    assert.equal(201, carrier:step()[1].response.status)
    submit(reachable(client), { headers = {}, token = { text = function() end } })
    assert.equal(401, carrier:step()[1].response.status)
  end)

  it("forgets what is in flight when closed", function()
    local carrier, _, submit = make({ latency = { ms = 10 } })
    submit(1)
    carrier:close()
    assert.equal(0, carrier:in_flight())
    assert.same({}, (carrier:step(100)))
  end)
end)

describe("crier.heap #portable", function()
  local heap = require "crier.heap"

  it("returns items by time, then in order of arrival", function()
    local queue, out = heap.new(), {}
    for i, at_ms in ipairs({ 5, 3, 9, 3, 1, 5, 0, 9, 2, 3 }) do
      queue:push({ at_ms = at_ms, name = i })
    end
    assert.equal(7, queue:first().name)
    while queue:first() do
      out[#out + 1] = queue:pop().name
    end
    assert.same({ 7, 5, 9, 2, 4, 10, 1, 6, 3, 8 }, out)
  end)
end)
