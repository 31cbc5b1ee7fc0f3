local authority = require "support.authority"
local core = require "crier.core"
local service = require "support.service"

-- The server is Node's own HTTP/2; see spec/peers/http2.mjs.
describe("at most once, over HTTP/2", function()
  local signer, pair, server, transport

  setup(function()
    signer = authority.new()
    pair = signer:certify()
  end)

  teardown(function()
    signer:close()
  end)

  before_each(function()
    server = service.start(("node spec/peers/http2.mjs %s %s")
      :format(pair.certificate, pair.key), "^listening on (%d+)$")
    transport = core.transport.new { ca_file = signer.file, timeout_ms = 10000 }
  end)

  after_each(function()
    transport:close()
    server:stop()
  end)

  local function submit(path, once)
    return assert(transport:submit { method = "POST", body = "x", once = once, headers = {},
      url = ("https://127.0.0.1:%s%s"):format(server.ready[1], path) })
  end

  local function finish()
    local responses = {}
    for _ = 1, 1000 do
      if transport:in_flight() == 0 then
        return responses
      end
      for _, completion in ipairs(assert(transport:step(1000))) do
        responses[completion.ticket] = completion.response
      end
    end
    error("the tickets did not complete")
  end

  local function carry(path, once)
    local ticket = submit(path, once)
    return finish()[ticket]
  end

  -- What the server has read; a last request shows where it ends.
  local function read_so_far()
    carry "/end"
    local lines = {}
    repeat
      lines[#lines + 1] = server:line()
    until not lines[#lines] or lines[#lines]:find "POST /end "
    lines[#lines] = nil
    return lines
  end

  -- What libcurl would send again by itself: the first, the second and the
  -- fourth of these, RFC 9113 sections 6.8 and 8.7.
  for _, ending in ipairs { "close", "reset", "goaway", "refuse", "fail", "half" } do
    it("a POST is read once by who answers it with " .. ending, function()
      assert.equal(201, carry("/first").status)
      local response = carry("/" .. ending)
      assert.is_nil(response.status)
      assert.is_true(response.sent)
      assert.same({ "HTTP/2.0 POST /first x", ("HTTP/2.0 POST /%s x"):format(ending) },
        read_so_far())
    end)
  end

  it("what must not be repeated goes by HTTP/1.1, beside HTTP/2", function()
    assert.equal(201, carry("/first").status)
    assert.equal(201, carry("/once", true).status)
    local response = carry("/close", true)
    assert.equal("GOT_NOTHING", response.error)
    assert.is_true(response.sent)
    assert.equal(201, carry("/last").status)
    assert.same({ "HTTP/2.0 POST /first x", "HTTP/1.1 POST /once x",
      "HTTP/1.1 POST /close x", "HTTP/2.0 POST /last x" }, read_so_far())
  end)

  it("many on one connection are each read once when it ends", function()
    carry "/first"
    local tickets = {}
    for i = 1, 20 do
      tickets[submit(i == 10 and "/close" or "/" .. i)] = true
    end
    for ticket, response in pairs(finish()) do
      assert.is_true(tickets[ticket])
      assert.is_true(response.sent)
      assert.is_true(response.status == 201 or response.error ~= nil)
    end
    local times = {}
    for _, line in ipairs(read_so_far()) do
      times[line] = (times[line] or 0) + 1
      assert.equal(1, times[line])
    end
    assert.equal(1, times["HTTP/2.0 POST /close x"])
  end)
end)
