local carrier = require "support.carrier"
local core = require "crier.core"
local shell = require "support.shell"

local CREATED, KEPT = carrier.created, carrier.kept

-- Carries one POST to `url` in a process with these variables; prints what came
-- of it.
local function post_elsewhere(url, variables)
  return shell.child(([[
    local t = require("crier.core").transport.new({ timeout_ms = 5000 })
    assert(t:submit({ method = "POST", url = %q, body = "{}" }))
    while t:in_flight() > 0 do
      for _, completion in ipairs(assert(t:step(1000))) do
        local r = completion.response
        print(("%%s %%s"):format(r.status or r.error, tostring(r.sent)))
      end
    end
  ]]):format(url), "env -u no_proxy -u NO_PROXY " .. variables .. " ")
end

-- Whether the line with this token's text, ended as the transport ends it and
-- libcurl does not, is in the memory of a process that submitted it; steps
-- until it completed if `is_done`.
local function memory_holds(url, text, is_done)
  return shell.child(([[
    local core = require "crier.core"
    local half, rest = "Authorization: Bea", %q
    local token = core.token.new({ audience = "connector", tenant = "t", client_id = "c",
      secret = "s", endpoints = core.cloud.endpoints({ cloud = "public", connector = %q }) })
    token:get(0)
    token:receive({ status = 200, sent = true, headers = {}, body =
      '{"token_type":"Bearer","expires_in":3600,"access_token":"' .. rest .. '"}' }, 0)
    local t = core.transport.new({ timeout_ms = 5000 })
    assert(t:submit({ method = "POST", url = %q, body = "{}", token = token }))
    while %s and t:in_flight() > 0 do
      assert(t:step(1000))
    end
    local memory, found = assert(io.open("/proc/self/mem", "rb")), false
    for line in io.lines("/proc/self/maps") do
      local from, to, mode = line:match("^(%%x+)%%-(%%x+) (%%S+)")
      from, to = tonumber(from, 16), tonumber(to, 16)
      if mode == "rw-p" and to - from <= 2^26 and memory:seek("set", from) then
        local bytes = memory:read(to - from) or ""
        local at = 1
        while at do
          local _, stop = bytes:find(half, at, true)
          at = stop and stop + 1
          if at and bytes:sub(at, at + 3) == "rer " and bytes:sub(at + 4, at + 3 + #rest) == rest
            and bytes:byte(at + 4 + #rest) == 0 then
            found = true
          end
        end
      end
    end
    print(found)
  ]]):format(text, url, url, tostring(is_done)))
end

describe("crier.core.transport", function()
  local c

  before_each(function()
    c = carrier.new()
  end)

  after_each(function()
    c:stop()
  end)

  describe("refuses", function()
    it("any scheme but http and https, and URLs that parsers read differently", function()
      c:serve(KEPT)
      local t = c:open()
      for _, url in ipairs({ "file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1/",
        "127.0.0.1", "", "http://", "http://a:b@127.0.0.1/", "http://127.0.0.1\\@x/",
        "http://127.0.0.1/\r\nX: y", "http://127.0.0.1/a b", "http://127.0.0.1/\0" }) do
        local ticket, message, code = t:submit(c:post({ url = url }))
        assert.is_nil(ticket)
        assert.equal("only plain http and https URLs are carried", message)
        assert.equal("URL_REFUSED", code)
      end
      assert.equal(0, t:in_flight())
    end)

    it("a header that would begin another one, and a method that is no word", function()
      c:serve(KEPT)
      local t = c:open()
      for _, changes in ipairs({ { headers = { a = "b\r\nc: d" } }, { headers = { a = "b\nc" } },
        { headers = { a = "b\0c" } }, { headers = { ["a\r\nb"] = "c" } },
        { headers = { ["a:b"] = "c" } }, { headers = { [""] = "c" } }, { method = "" },
        { method = "post" }, { method = "GET /" }, { method = "A\r\nB" },
        { method = "ABCDEFGHI" } }) do
        local ticket, message, code = t:submit(c:post(changes))
        assert.is_nil(ticket)
        assert.equal("the method or a header has a forbidden character", message)
        assert.equal("REQUEST_REFUSED", code)
      end
      assert.equal(201, c:carry().status)
    end)
  end)

  describe("a token", function()
    local TEXT = "eyJ-" .. ("t"):rep(1200)

    local function empty_token(url)
      local token = core.token.new({ audience = "connector", tenant = "t", client_id = "c",
        secret = "s", endpoints = assert(core.cloud.endpoints({ cloud = "public",
          connector = url })) })
      assert.equal("need", (token:get(0)))
      return token
    end

    local function token_for(url)
      local token = empty_token(url)
      assert.equal("ok", token:receive({ status = 200, sent = true, headers = {}, body =
        ('{"token_type":"Bearer","expires_in":3600,"access_token":"%s"}'):format(TEXT) }, 0).kind)
      return token
    end

    it("is written as Authorization, for its request alone", function()
      c:serve(KEPT)
      c:open()
      c:carry({ token = token_for(c.server.url) })
      c:carry()
      local line = "\\r\\nAuthorization: Bearer " .. TEXT .. "\\r\\n"
      assert.is_truthy(c:requests()[1]:find(line, 1, true))
      assert.is_nil(c:requests()[2]:find("Authorization", 1, true))
    end)

    it("does not go to another origin", function()
      c:serve(KEPT)
      local ticket, message, code = c:open():submit(c:post({ token = token_for("http://[::1]:1") }))
      assert.is_nil(ticket)
      assert.equal("the token may not go to this origin", message)
      assert.equal("TOKEN_REFUSED_ORIGIN", code)
    end)

    it("must have been fetched", function()
      c:serve(KEPT)
      local ticket, message, code = c:open():submit(c:post({ token = empty_token(c.server.url) }))
      assert.is_nil(ticket)
      assert.equal("there is no token yet", message)
      assert.equal("TOKEN_MISSING", code)
    end)

    it("is wiped from the request once the ticket is done", function()
      local memory = io.open("/proc/self/mem", "rb")
      if not memory then
        pending("this system does not show a process its memory")
        return
      end
      memory:close()
      c:serve(KEPT)
      assert.equal("true", memory_holds(c.server.url, TEXT, false))
      assert.equal("false", memory_holds(c.server.url, TEXT, true))
    end)
  end)

  describe("TLS", function()
    it("refuses a certificate that nobody vouches for", function()
      c:serve({ "tls", "read" })
      c:open()
      local r = c:carry({ url = c.server.secure_url })
      assert.is_false(r.sent)
      assert.equal("PEER_FAILED_VERIFICATION", r.error)
      assert.equal(0, #c:requests())
    end)

    it("refuses a certificate for another host", function()
      c:serve({ "tls", "read" })
      c:open({ ca_file = c.server.certificate })
      local r = c:carry({ url = "https://localhost:" .. c.server.port })
      assert.is_false(r.sent)
      assert.equal("PEER_FAILED_VERIFICATION", r.error)
    end)

    it("trusts SSL_CERT_FILE", function()
      c:serve({ "tls", "read", "send " .. CREATED })
      local url = c.server.secure_url
      assert.equal("PEER_FAILED_VERIFICATION false", post_elsewhere(url, ""))
      assert.equal("201 true", post_elsewhere(url, "SSL_CERT_FILE=" .. c.server.certificate))
    end)

    it("carries many requests on one HTTP/2 connection", function()
      c:serve({ "tls h2", "h2 100" })
      local t = c:open({ ca_file = c.server.certificate })
      for _ = 1, 20 do
        assert(t:submit(c:post({ url = c.server.secure_url })))
      end
      local statuses = {}
      for _, r in pairs(c:finish()) do
        statuses[r.status or r.error] = (statuses[r.status or r.error] or 0) + 1
      end
      assert.same({ [201] = 20 }, statuses)
      assert.equal(20, #c:requests())
      assert.equal(1, #c.server:events("open"))
    end)

    it("stays with HTTP/1.1 for what must not be repeated", function()
      c:serve({ "tls h2", "read", "send " .. CREATED })
      c:open({ ca_file = c.server.certificate })
      assert.equal(201, c:carry({ url = c.server.secure_url, once = true }).status)
    end)
  end)

  describe("a proxy", function()
    it("is not used for loopback, whatever the variables say", function()
      c:serve(KEPT)
      local proxy = "http://127.0.0.1:1"
      assert.equal("201 true", post_elsewhere(c.server.url,
        ("http_proxy=%s https_proxy=%s all_proxy=%s"):format(proxy, proxy, proxy)))
    end)

    it("is used for other hosts", function()
      c:serve(KEPT)
      assert.equal("201 true", post_elsewhere("http://elsewhere.invalid/",
        "http_proxy=" .. c.server.url))
      assert.is_truthy(c:requests()[1]:find("^POST http://elsewhere.invalid/ "))
    end)

    it("that refuses to connect leaves the ticket unsent", function()
      c:serve({ "read", "send HTTP/1.1 403 No\\r\\nContent-Length: 0\\r\\n\\r\\n", "close" })
      local result = post_elsewhere("https://elsewhere.invalid/", "https_proxy=" .. c.server.url)
      assert.is_truthy(result:find("^%u[%u_]+ false$"))
      assert.is_truthy(c:requests()[1]:find("^CONNECT elsewhere.invalid:443 "))
    end)
  end)
end)
