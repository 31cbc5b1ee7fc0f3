local carrier = require "support.carrier"
local core = require "crier.core"

local CREATED, KEPT = carrier.created, carrier.kept

describe("crier.core.transport", function()
  local c

  before_each(function()
    c = carrier.new()
  end)

  after_each(function()
    c:stop()
  end)

  describe("an answer", function()
    it("comes with status, body, headers and times", function()
      local r = c:answer_to({ "read", "send HTTP/1.1 429 Slow\\r\\nRetry-After:  3 \\r\\n"
        .. "Request-Id: q-1\\r\\nX-Other: o\\r\\nContent-Length: 4\\r\\n\\r\\nbody" })
      assert.equal(429, r.status)
      assert.is_true(r.sent)
      assert.equal("body", r.body)
      assert.same({ ["retry-after"] = "3", ["request-id"] = "q-1" }, r.headers)
      assert.is_nil(r.error)
      assert.is_true(r.total_ms >= r.pretransfer_ms and r.pretransfer_ms > 0)
    end)

    it("is read in chunks", function()
      local r = c:answer_to({ "read", "send HTTP/1.1 200 OK\\r\\nTransfer-Encoding: chunked"
        .. "\\r\\n\\r\\n3\\r\\nabc\\r\\n2\\r\\nde\\r\\n0\\r\\n\\r\\n" })
      assert.equal("abcde", r.body)
    end)

    it("is read to the end of an HTTP/1.0 connection", function()
      local r = c:answer_to({ "read", "send HTTP/1.0 200 OK\\r\\n\\r\\nall of it", "close" })
      assert.equal(200, r.status)
      assert.equal("all of it", r.body)
    end)

    it("is unpacked from gzip", function()
      local packed = "\\x1f\\x8b\\x08\\x00\\x00\\x00\\x00\\x00\\x00\\x03\\xcb\\x48\\xcd\\xc9"
        .. "\\xc9\\x07\\x00\\x86\\xa6\\x10\\x36\\x05\\x00\\x00\\x00"
      local r = c:answer_to({ "read", "send HTTP/1.1 200 OK\\r\\nContent-Encoding: gzip\\r\\n"
        .. "Content-Length: 25\\r\\n\\r\\n" .. packed })
      assert.equal("hello", r.body)
    end)

    it("is the final one after an interim one", function()
      local r = c:answer_to({ "read", "send HTTP/1.1 103 Early\\r\\nRetry-After: 9\\r\\n\\r\\n"
        .. CREATED })
      assert.equal(201, r.status)
      assert.same({}, r.headers)
    end)

    it("is a redirect that is not followed", function()
      local r = c:answer_to({ "read", "send HTTP/1.1 302 Found\\r\\nLocation: /else\\r\\n"
        .. "Content-Length: 0\\r\\n\\r\\n", "read" })
      assert.equal(302, r.status)
      assert.equal("/else", r.headers.location)
      assert.equal(1, #c:requests())
    end)

    it("may have no body", function()
      local r = c:answer_to({ "read", "send HTTP/1.1 204 None\\r\\n\\r\\n" })
      assert.equal(204, r.status)
      assert.equal("", r.body)
    end)
  end)

  describe("a request that is to go outside", function()
    local PRIVATE = { "127.0.0.1", "0.0.0.0", "10.1.2.3", "100.64.0.1", "169.254.169.254",
      "172.16.0.1", "172.31.255.1", "192.168.1.1", "localhost", "[::1]", "[::]", "[fe80::1]",
      "[fd00::1]", "[::ffff:10.0.0.1]", "[64:ff9b::a00:1]" }

    it("goes to no address of a private network, by whatever name", function()
      c:serve { "read", "send " .. CREATED }
      c:open()
      local port = c.server.url:match ":(%d+)"
      for _, host in ipairs(PRIVATE) do
        local r = c:carry { url = ("http://%s:%s/"):format(host, port), outside = true,
          direct = true }
        assert.same({ "COULDNT_CONNECT", false, true, "its address is in a private network" },
          { r.error, r.sent, r.barred, r.message }, host)
      end
      assert.same({}, c:requests())
      assert.equal(201, c:carry().status)
      assert.equal(1, #c:requests())
    end)

    it("may go to any other", function() -- multicast: refused here, no packet leaves
      c:open()
      local ticket = assert(c.transport:submit { method = "HEAD", url = "http://224.0.0.1/",
        outside = true, direct = true })
      local r = c:finish()[ticket]
      assert.equal("COULDNT_CONNECT", r.error)
      assert.is_nil(r.barred)
    end)
  end)

  describe(":wants()", function()
    it("tells another loop what to wait for", function()
      c:serve { "read", "read" }
      c:open()
      local reads, writes, timeout_ms = c.transport:wants()
      assert.same({ {}, {} }, { reads, writes })
      assert.is_nil(timeout_ms)
      assert(c.transport:submit(c:post()))
      assert.equal(0, (select(3, c.transport:wants())))
      for _ = 1, 5000 do
        c.transport:step(1)
        reads, writes = c.transport:wants()
        if #reads == 1 and #writes == 0 then
          break
        end
      end
      assert.same({ 1, {} }, { #reads, writes }) -- it has sent all, and waits for the answer
    end)
  end)

  describe("a request", function()
    it("carries method, path, headers and body", function()
      c:answer_to(KEPT)
      assert.equal("POST / HTTP/1.1\\r\\nHost: 127.0.0.1:" .. c.server.port
        .. "\\r\\nUser-Agent: crier\\r\\nAccept: */*\\r\\nAccept-Encoding: gzip\\r\\n"
        .. 'Content-Type: application/json\\r\\nContent-Length: 7\\r\\n\\r\\n{"a":1}',
        c:requests()[1])
    end)

    it("gets no content type that it did not ask for", function()
      c:serve(KEPT)
      c:open({ user_agent = "other" })
      c:carry({ headers = {} })
      assert.is_nil(c:requests()[1]:find("Content-Type", 1, true))
      assert.is_truthy(c:requests()[1]:find("User-Agent: other\\r\\n", 1, true))
    end)

    it("may use any method, with or without a body, on one handle", function()
      c:serve(KEPT)
      local t = c:open()
      for _, method in ipairs({ "GET", "POST", "PUT", "DELETE", "PATCH", "GET" }) do
        assert(t:submit({ method = method, url = c.server.url .. "/" .. method,
          body = (method == "PUT" or method == "PATCH") and "{}" or nil }))
        c:finish()
      end
      local lines = {}
      for _, text in ipairs(c:requests()) do
        lines[#lines + 1] = text:match("^(%u+ /%u+)") .. " "
          .. (text:match("Content%-Length: (%d+)") or "none")
      end
      assert.same({ "GET /GET none", "POST /POST 0", "PUT /PUT 2", "DELETE /DELETE none",
        "PATCH /PATCH 2", "GET /GET none" }, lines)
    end)

    it("for the head alone does not wait for the body that it names", function()
      c:serve({ "read", "send HTTP/1.1 200 OK\\r\\nContent-Length: 9\\r\\n\\r\\n", "loop" })
      local t = c:open()
      local head = assert(t:submit({ method = "HEAD", url = c.server.url }))
      local r = c:finish()[head]
      assert.same({ 200, "" }, { r.status, r.body })
      assert.matches("^HEAD / ", c:requests()[1])
    end)

    it("keeps NUL bytes and empty header values", function()
      c:serve(KEPT)
      c:open()
      c:carry({ body = "a\0b", headers = { ["X-Empty"] = "" } })
      assert.is_truthy(c:requests()[1]:find("X-Empty:\\r\\n", 1, true))
      assert.is_truthy(c:requests()[1]:find("\\r\\n\\r\\na?b", 1, true))
    end)

    it("that is large does not wait for 100 Continue", function()
      c:serve(KEPT)
      c:open()
      assert.equal(201, c:carry({ body = ("x"):rep(1500000) }).status)
      assert.is_nil(c:requests()[1]:find("Expect", 1, true))
    end)

    it("shares connections with a thousand others", function()
      c:serve(KEPT)
      local t = c:open({ max_in_flight = 8 })
      local sent, statuses = 0, {}
      for _ = 1, 10000 do
        while sent < 1000 and t:in_flight() < 8 do
          sent = sent + 1
          assert(t:submit(c:post()))
        end
        for _, completion in ipairs(assert(t:step(1000))) do
          local status = completion.response.status or completion.response.error
          statuses[status] = (statuses[status] or 0) + 1
        end
        if sent == 1000 and t:in_flight() == 0 then
          break
        end
      end
      assert.same({ [201] = 1000 }, statuses)
      assert.equal(1000, #c:requests())
      assert.is_true(#c.server:events("open") <= 8)
    end)

    it("waits for one of max_connections", function()
      c:serve(KEPT)
      local t = c:open({ max_connections = 1 })
      for _ = 1, 5 do
        assert(t:submit(c:post()))
      end
      for _, r in pairs(c:finish()) do
        assert.equal(201, r.status)
      end
      assert.equal(5, #c:requests())
      assert.equal(1, #c.server:events("open"))
    end)
  end)

  describe("bounds", function()
    it("end an answer whose body is too large", function()
      c:serve({ "read", "send HTTP/1.1 200 OK\\r\\n\\r\\n" .. ("x"):rep(2000), "close" })
      c:open({ max_body_bytes = 1000 })
      local r = c:carry()
      assert.is_true(r.sent)
      assert.equal("FILESIZE_EXCEEDED", r.error)
      assert.equal("the answer is larger than the transport takes", r.message)
      assert.is_nil(r.body)
    end)

    it("end an answer whose head is too large", function()
      local steps = { "read", "send HTTP/1.1 200 OK\\r\\n" }
      for _ = 1, 70 do
        steps[#steps + 1] = "send X: " .. ("x"):rep(1000) .. "\\r\\n"
      end
      assert.equal("FILESIZE_EXCEEDED", c:answer_to(steps).error)
    end)

    it("refuse a ticket beyond max_in_flight until one is done", function()
      c:serve(KEPT)
      local t = c:open({ max_in_flight = 2 })
      assert(t:submit(c:post()))
      assert(t:submit(c:post()))
      local ticket, message, code = t:submit(c:post())
      assert.is_nil(ticket)
      assert.equal("too many requests are in flight", message)
      assert.equal("BUSY", code)
      c:finish()
      assert.equal(201, c:carry().status)
    end)

    it("refuse a request that is too large", function()
      c:serve(KEPT)
      local t, many = c:open(), {}
      for i = 1, 33 do
        many["x" .. i] = "y"
      end
      for _, changes in ipairs({ { body = ("x"):rep(4194305) }, { headers = many },
        { headers = { a = ("x"):rep(32768) } } }) do
        local ticket, message, code = t:submit(c:post(changes))
        assert.is_nil(ticket)
        assert.equal("the request is larger than the transport carries", message)
        assert.equal("TOO_LARGE", code)
      end
      assert.equal(0, t:in_flight())
    end)
  end)

  describe(":submit()", function()
    it("raises on a request of the wrong shape", function()
      c:serve(KEPT)
      local t = c:open()
      for _, changes in ipairs({ { headers = { 1 } }, { headers = "a: b" }, { token = "text" },
        { timeout_ms = 0.5 }, { body = {} }, { url = 1 } }) do
        assert.has_error(function() t:submit(c:post(changes)) end)
      end
      assert.has_error(function() t:submit() end)
      assert.equal(0, t:in_flight())
    end)
  end)

  describe(":step()", function()
    it("waits for a descriptor beside the network", function()
      local fd = core.signal.watch()
      local t = c:open()
      local completions, ready = t:step(0, { fd })
      assert.same({}, completions)
      assert.same({}, ready)
      os.execute("kill -TERM $PPID")
      completions, ready = t:step(10000, { fd })
      core.signal.unwatch()
      assert.same({}, completions)
      assert.same({ [fd] = true }, ready)
    end)

    it("gives no set of descriptors when none were asked for", function()
      assert.equal(1, select("#", c:open():step(0)))
    end)

    it("raises on a time or a descriptor that cannot be", function()
      local t = c:open()
      assert.has_error(function() t:step(-1) end)
      assert.has_error(function() t:step(0, { -1 }) end)
      assert.has_error(function() t:step(0, { "x" }) end)
    end)
  end)

  describe(":close()", function()
    it("is safe with requests in flight, and repeated", function()
      c:serve({ "read", "hang" })
      local t = c:open()
      for _ = 1, 3 do
        assert(t:submit(c:post()))
      end
      t:step(50)
      assert.equal(3, t:in_flight())
      assert.equal("crier.transport (open)", tostring(t))
      t:close()
      t:close()
      assert.equal("crier.transport (closed)", tostring(t))
      assert.has_error(function() t:step(0) end)
      assert.has_error(function() t:submit(c:post()) end)
      assert.has_error(function() t:in_flight() end)
    end)

    it("happens to what is collected with requests in flight", function()
      c:serve({ "read", "hang" })
      do
        local t = core.transport.new()
        assert(t:submit(c:post()))
        for _ = 1, 1000 do
          t:step(1)
          if #c:requests() == 1 then
            break
          end
        end
      end
      collectgarbage()
      collectgarbage()
      c:await("gone")
      assert.equal(1, #c:requests())
    end)
  end)

  describe(".new()", function()
    it("raises on an option out of range", function()
      for _, options in ipairs({ { max_in_flight = 0 }, { timeout_ms = 0 }, { ca_file = 1 } }) do
        assert.has_error(function() core.transport.new(options) end)
      end
    end)
  end)
end)
