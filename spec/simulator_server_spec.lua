local server = require "crier.simulator.server"
local simulator = require "crier.simulator"

-- A listener that hands out the given batches of requests, one a turn, and
-- writes down what it is told; a poller that lets the time pass.
local function make(options, batches)
  local now_ms, log, waits, turn = 5000, {}, {}, 0
  local clock = { now_ms = function() return now_ms end }
  local listener = { fd = function() return 7 end }
  function listener.timeout_ms()
    return options.timeout_ms
  end
  function listener.run()
    turn = turn + 1
    return batches[turn] or {}
  end
  function listener.respond(_, id, status, headers, body)
    log[#log + 1] = { at = now_ms, id = id, status = status, type = headers["content-type"],
      body = body }
  end
  function listener.drop(_, id)
    log[#log + 1] = { at = now_ms, id = id, dropped = true }
  end
  local poller = { step = function(_, timeout_ms, fds)
    waits[#waits + 1] = { timeout_ms, fds }
    now_ms = now_ms + timeout_ms
    return {}, options.ready
  end }
  local serving = server.new({ simulator = assert(simulator.new(options)), listener = listener,
    poller = poller, clock = clock })
  return serving, log, waits
end

local function get(id, path)
  return { id = id, method = "GET", path = path, headers = {} }
end

describe("crier.simulator.server #portable", function()
  it("answers at once when there is no latency", function()
    local serving, log = make({ users = 1 }, { { get(1, "/_sandbox/stats"), get(2, "/x") } })
    serving:step()
    assert.equal(2, #log)
    assert.same({ 1, 200, "application/json; charset=utf-8" },
      { log[1].id, log[1].status, log[1].type })
    assert.same({ 2, 404 }, { log[2].id, log[2].status })
  end)

  it("answers when the latency has passed, however long it could wait", function()
    local serving, log, waits = make({ users = 1, latency = { ms = 30 } },
      { { get(1, "/v1.0/users") }, { get(2, "/v1.0/users") } })
    serving:step()
    assert.equal(0, #log)
    serving:step()
    assert.equal(30, waits[2][1])
    assert.same({ 1, 6030 }, { log[1].id, log[1].at })
    serving:step()
    assert.same({ 2, 6060 }, { log[2].id, log[2].at })
    assert.equal(401, log[2].status)
  end)

  it("waits no longer than the listener wants to", function()
    local serving, _, waits = make({ users = 1, timeout_ms = 12 }, {})
    serving:step()
    assert.equal(12, waits[1][1])
  end)

  it("drops the connection where the answer is lost", function()
    local serving, log = make({ users = 1, faults = "cut-before=1" }, { { { id = 9,
      method = "POST", path = "/x/oauth2/v2.0/token", headers = {}, body = "" } } })
    serving:step()
    assert.same({ { at = 6000, id = 9, dropped = true } }, log)
  end)

  it("watches other descriptors and tells which can be read", function()
    local serving, _, waits = make({ users = 1, ready = { [4] = true } }, {})
    assert.same({ [4] = true }, serving:step({ 4 }))
    assert.same({ 7, 4 }, waits[1][2])
  end)
end)
