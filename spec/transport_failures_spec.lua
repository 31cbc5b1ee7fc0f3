local carrier = require "support.carrier"

local CREATED, KEPT = carrier.created, carrier.kept

describe("crier.core.transport", function()
  local c

  before_each(function()
    c = carrier.new()
  end)

  after_each(function()
    c:stop()
  end)

  describe("at most once", function()
    it("holds when a reused connection ends after the whole POST", function()
      for _, ending in ipairs({ "close", "reset" }) do
        c:serve({ "read", "send " .. CREATED, "read", ending }, KEPT)
        c:open()
        assert.equal(201, c:carry().status)
        local r = c:carry()
        assert.is_nil(r.status)
        assert.is_true(r.sent)
        assert.equal("GOT_NOTHING", r.error)
        assert.equal("the connection ended before an answer came", r.message)
        assert.equal(2, #c:requests())
        assert.equal(201, c:carry().status)
        assert.equal(3, #c:requests())
      end
    end)

    it("holds for many on their way at the same time", function()
      c:serve({ "read", "send " .. CREATED, "read", "close" },
        { "read", "send " .. CREATED, "read", "reset" }, KEPT)
      local t = c:open()
      local answered = 0
      for _ = 1, 10 do
        for _ = 1, 4 do
          assert(t:submit(c:post()))
        end
        for _, r in pairs(c:finish()) do
          assert.is_true(r.sent)
          answered = answered + (r.status and 1 or 0)
        end
      end
      assert.is_true(answered == 38 or answered == 39)
      assert.equal(40, #c:requests())
    end)

    it("names what happened, not the connection that then failed", function()
      c:serve({ "read", "send " .. CREATED, "read", "stop" })
      c:open()
      c:carry()
      local r = c:carry()
      assert.is_true(r.sent)
      assert.equal("GOT_NOTHING", r.error)
    end)

    it("lets a ticket through whose idle connection was closed before it", function()
      c:serve({ "read", "send " .. CREATED, "close" }, KEPT)
      c:open()
      c:carry()
      c:await("end")
      assert.equal(201, c:carry().status)
      assert.equal(2, #c:requests())
    end)

    it("holds for a new connection as well", function()
      local r = c:answer_to({ "read", "close" }, KEPT)
      assert.is_true(r.sent)
      assert.equal("GOT_NOTHING", r.error)
      assert.equal(1, #c:requests())
    end)

    it("holds for streams that HTTP/2 left out", function()
      c:serve({ "tls h2", "h2 3" }, { "tls h2", "h2 100" })
      local t = c:open({ ca_file = c.server.certificate })
      for _ = 1, 8 do
        assert(t:submit(c:post({ url = c.server.secure_url })))
      end
      local answered = 0
      for _, r in pairs(c:finish()) do
        assert.is_true(r.sent)
        answered = answered + (r.status and 1 or 0)
      end
      assert.equal(answered, #c:requests())
      assert.is_true(answered >= 3)
    end)
  end)

  describe("sent", function()
    it("is false when the connection is refused", function()
      c:serve({ "hang" })
      c:open()
      local r = c:carry({ url = "http://127.0.0.1:1/" })
      assert.is_false(r.sent)
      assert.equal("COULDNT_CONNECT", r.error)
      assert.equal("string", type(r.message))
      assert.is_nil(r.status)
    end)

    it("is false when time runs out before the connection stands", function()
      c:serve({ "deaf" })
      c:open({ connect_timeout_ms = 100 })
      local r = c:carry()
      assert.is_false(r.sent)
      assert.equal("OPERATION_TIMEDOUT", r.error)
    end)

    it("is false when time runs out during the TLS handshake", function()
      c:serve({ "hang" })
      c:open({ timeout_ms = 200 })
      local r = c:carry({ url = c.server.secure_url })
      assert.is_false(r.sent)
      assert.equal("OPERATION_TIMEDOUT", r.error)
    end)

    it("is false when a plain server is asked for TLS", function()
      c:serve({ "send HTTP/1.1 400 Bad\\r\\n\\r\\n", "close" })
      c:open()
      local r = c:carry({ url = c.server.secure_url })
      assert.is_false(r.sent)
      assert.equal("SSL_CONNECT_ERROR", r.error)
    end)

    it("is true when time runs out after the POST", function()
      c:serve({ "read", "hang" })
      c:open()
      local r = c:carry({ timeout_ms = 200 })
      assert.is_true(r.sent)
      assert.equal("OPERATION_TIMEDOUT", r.error)
      assert.equal(1, #c:requests())
    end)

    it("is true for an answer cut in its head", function()
      local r = c:answer_to({ "read", "send HTTP/1.1 201 Created\\r\\nContent-Le", "close" })
      assert.is_true(r.sent)
      assert.is_nil(r.status)
      assert.is_nil(r.partial_status)
      assert.equal("PARTIAL_FILE", r.error)
      assert.equal("the answer ended in its head", r.message)
    end)

    it("is true for an answer cut in its body, whose head is told", function()
      local r = c:answer_to({ "read", "send HTTP/1.1 429 Slow\\r\\nRetry-After: 7\\r\\n"
        .. "Content-Length: 100\\r\\n\\r\\nabc", "close" })
      assert.is_true(r.sent)
      assert.is_nil(r.status)
      assert.equal("PARTIAL_FILE", r.error)
      assert.equal(429, r.partial_status)
      assert.equal("7", r.headers["retry-after"])
    end)

    it("is true for an answer that is reset in its body", function()
      local r = c:answer_to({ "read", "send HTTP/1.1 200 OK\\r\\nContent-Length: 9\\r\\n\\r\\n",
        "reset" })
      assert.is_true(r.sent)
      assert.equal("RECV_ERROR", r.error)
    end)

    it("is true for an answer that is not HTTP", function()
      local r = c:answer_to({ "read", "send SSH-2.0-OpenSSH_9.2\\r\\n", "close" })
      assert.is_true(r.sent)
      assert.equal("WEIRD_SERVER_REPLY", r.error)
      assert.equal("the answer is not HTTP", r.message)
    end)
  end)
end)
