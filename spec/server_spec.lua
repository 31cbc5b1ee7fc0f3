local core = require("crier.core")
local server = require("crier.server")
local shell = require("support.shell")

local quote = shell.quote
local DEADLINE_S = 20

--- Runs bash, which needs no HTTP library to talk to a port.
local function bash(script)
  return io.popen("bash -c " .. quote(script))
end

--- Starts to write `request` to the server, and to read to the end of the
-- connection into `file`; then asks for /finished, so that the serving loop
-- knows.
local function client(port, request, file)
  local f = assert(io.open(file, "wb"))
  f:write(request)
  f:close()
  return bash(([[
    trap '' PIPE
    exec 2>&-
    exec 3<>/dev/tcp/127.0.0.1/%d
    cat %s >&3
    timeout %d cat <&3 >%s
    exec 3<>/dev/tcp/127.0.0.1/%d
    printf 'GET /finished HTTP/1.1\r\nHost: x\r\n\r\n' >&3
  ]]):format(port, quote(file), DEADLINE_S, quote(file), port))
end

describe("crier.server", function()
  local listening, waiter

  local function listen(options)
    listening = assert(server.listen(options or {}))
    return listening
  end

  before_each(function()
    waiter = core.transport.new({ max_connections = 20 })
  end)

  after_each(function()
    if listening then
      listening:close()
      listening = nil
    end
    waiter:close()
  end)

  --- Waits for the server, as its owner's loop does, and runs it.
  local function turn(s)
    local done, ready = waiter:step(s:timeout_ms() or 1000, { s:fd() })
    return assert(s:run()), ready, done
  end

  --- Serves until `enough()`.
  local function serve(s, handle, enough)
    local deadline = os.time() + DEADLINE_S
    while not enough() do
      assert(os.time() < deadline, "nothing more came")
      for _, request in ipairs((turn(s))) do
        handle(request)
      end
    end
  end

  --- One client's exchange; gives all that it received.
  local function talk(s, text, handle)
    local file = os.tmpname()
    local pipe = client(s:port(), text, file)
    local finished = false
    serve(s, function(request)
      if request.path == "/finished" then
        finished = true
        s:drop(request.id)
      else
        handle(request)
      end
    end, function() return finished and s:timeout_ms() ~= 0 end)
    pipe:close()
    local f = assert(io.open(file, "rb"))
    local output = f:read("*a")
    f:close()
    os.remove(file)
    return output
  end

  local function refuse(request)
    error("reached the program: " .. request.method .. " " .. request.path)
  end

  --- The request that the program sees when `text` is sent.
  local function seen(text, options)
    local found
    local s = listen(options)
    talk(s, text, function(request)
      found = request
      s:respond(request.id, 204, { Connection = "close" })
    end)
    found.id = nil
    return found
  end

  local function chunked(...)
    local parts = { "POST /c HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
      .. "Transfer-Encoding: chunked\r\n\r\n" }
    for _, part in ipairs({ ... }) do
      parts[#parts + 1] = ("%x\r\n%s\r\n"):format(#part, part)
    end
    return table.concat(parts) .. "0\r\n\r\n"
  end

  local function post(body, headers)
    return ("POST /p HTTP/1.1\r\nHost: x\r\nConnection: close\r\n%s"
      .. "Content-Length: %d\r\n\r\n%s"):format(headers or "", #body, body)
  end

  describe("listen()", function()
    it("picks a free port", function()
      local s = listen({ port = 0 })
      assert.is_true(s:port() > 0)
      assert.equal("crier.server (open)", tostring(s))
    end)

    it("says when the port is taken", function()
      local port = listen():port()
      local s, message, code = server.listen({ port = port })
      assert.is_nil(s)
      assert.equal("another program listens there", message)
      assert.equal("ADDRESS_IN_USE", code)
    end)

    describe("with a path", function()
      local folder, path

      before_each(function()
        folder = os.tmpname()
        os.remove(folder)
        assert(os.execute("mkdir -m 700 " .. folder))
        path = folder .. "/s"
      end)
      after_each(function() os.execute("rm -rf " .. folder) end)

      it("serves on a socket that owner and group may write to", function()
        local s = listen { path = path }
        assert.equal(0, s:port())
        assert.equal("660 socket", shell.run("stat -c '%a %F' " .. path))
        local pipe = io.popen(([[timeout %d perl -MIO::Socket::UNIX -e '
          $s = IO::Socket::UNIX->new(Peer => "%s") or die;
          print $s "GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
          $s->flush; print <$s>']]):format(DEADLINE_S, path))
        local asked
        serve(s, function(request)
          asked = request.path
          s:respond(request.id, 200, nil, "there")
        end, function() return asked end)
        repeat
          turn(s)
        until s:timeout_ms() ~= 0
        assert.equal("there", pipe:read("*a"):match "\r\n\r\n(.*)$")
        pipe:close()
        assert.equal("/hello", asked)
      end)

      it("removes it when it is closed", function()
        server.listen({ path = path }):close()
        assert.is_nil(io.open(path))
      end)

      it("takes over what nobody listens on, and nothing else", function()
        listen { path = path }
        local other, message, code = server.listen { path = path }
        assert.is_nil(other)
        assert.same({ "another program listens there", "ADDRESS_IN_USE" }, { message, code })
        shell.run("mv " .. path .. " " .. path .. "-kept")
        listening:close()
        shell.run("mv " .. path .. "-kept " .. path)
        listen { path = path }
        listening:close()
        io.open(path, "w"):close()
        assert.equal("ADDRESS_IN_USE", select(3, server.listen { path = path }))
        listening = nil
      end)

      it("leaves a socket of another kind alone", function()
        local other = io.popen(([[timeout %d perl -MIO::Socket::UNIX -e '
          $| = 1;
          $s = IO::Socket::UNIX->new(Type => SOCK_DGRAM, Local => "%s") or die;
          print "bound\n";
          select(undef, undef, undef, 0.01) while -e "%s"']]):format(DEADLINE_S, path, path))
        assert.equal("bound", other:read("l"))
        local _, message, code = server.listen { path = path }
        assert.same({ "another program listens there", "ADDRESS_IN_USE" }, { message, code })
        assert(os.remove(path))
        other:close()
      end)

      it("refuses a path that is too long, and says why a folder will not do", function()
        local _, message, code = server.listen { path = ("x"):rep(200) }
        assert.same({ "the path of the socket is empty or too long", "PATH_INVALID" },
          { message, code })
        _, message, code = server.listen { path = folder .. "/none/s" }
        assert.same({ "the system does not let us listen: No such file or directory",
          "LISTEN_FAILED" }, { message, code })
      end)
    end)

    it("takes addresses, not names", function()
      for _, host in ipairs({ "localhost", "", "127.0.0.1:80", "::g" }) do
        local s, message, code = server.listen({ host = host })
        assert.is_nil(s)
        assert.equal("the host is no IPv4 or IPv6 address", message)
        assert.equal("ADDRESS_INVALID", code)
      end
    end)

    it("says why the system does not let it listen", function()
      local s, message, code = server.listen({ host = "192.0.2.1" })
      assert.is_nil(s)
      assert.equal("the system does not let us listen: "
        .. "Cannot assign requested address", message)
      assert.equal("LISTEN_FAILED", code)
    end)

    it("raises on options that make no sense", function()
      for _, bad in ipairs({ { port = -1 }, { port = 65536 }, { port = "80" },
        { host = 1 }, { max_body = -1 }, { max_connections = 0 },
        { idle_s = 0 } }) do
        assert.has_error(function() server.listen(bad) end)
      end
    end)
  end)

  describe(":run()", function()
    it("is empty when there is nothing to do", function()
      assert.same({}, listen():run())
    end)

    it("gives a request as it was sent", function()
      local request = seen("PUT /a%20b/../c?x=%41&y HTTP/1.1\r\nHost: here\r\n"
        .. "Content-Length: 3\r\nX-Empty:\r\n\r\na\0b")
      assert.same({
        method = "PUT", path = "/a%20b/../c", query = "x=%41&y", body = "a\0b",
        headers = { host = "here", ["content-length"] = "3",
          ["x-empty"] = "" },
      }, request)
    end)

    it("gives a request without query or body", function()
      assert.same({ method = "GET", path = "/", body = "",
        headers = { host = "here" } }, seen("GET / HTTP/1.1\r\nHost: here\r\n\r\n"))
    end)

    it("tells an empty query from none", function()
      assert.equal("", seen("GET /? HTTP/1.1\r\nHost: x\r\n\r\n").query)
    end)

    it("joins the values of headers with one name", function()
      local headers = seen("GET / HTTP/1.1\r\nHost: x\r\nX-A: 1\r\n"
        .. "x-b: 2\r\nx-a: 3\r\n\r\n").headers
      assert.same({ host = "x", ["x-a"] = "1, 3", ["x-b"] = "2" }, headers)
    end)

    it("gives a large body whole, and the headers beside it", function()
      local body = ("0123456789abcdef"):rep(60000)
      local request = seen(post(body, "Authorization: Bearer abc\r\n"))
      assert.is_true(request.body == body)
      assert.equal("Bearer abc", request.headers.authorization)
    end)

    it("puts a chunked body together", function()
      local long = ("x"):rep(100000)
      assert.is_true(seen(chunked("ab", "c\0", long)).body == "abc\0" .. long)
    end)

    it("has its descriptor readable when a request is there", function()
      local s = listen()
      assert.is_true(waiter:submit({ method = "GET", service = "graph",
        operation = "send", headers = {},
        url = ("http://127.0.0.1:%d/"):format(s:port()) }) ~= nil)
      local got
      serve(s, function(request) got = request end, function()
        return got
      end)
      local _, ready = waiter:step(0, { s:fd() })
      assert.same({}, ready)
      assert.is_true(s:respond(got.id, 200))
      assert.equal(0, s:timeout_ms())
    end)
  end)

  describe(":respond()", function()
    local function answer(text, ...)
      local s = listen()
      local arguments, count = { ... }, select("#", ...)
      local output = talk(s, text, function(request)
        local unpacked = table.unpack or unpack -- luacheck: ignore
        assert.is_true(s:respond(request.id, unpacked(arguments, 1, count)))
      end)
      return (output:gsub("Date: [^\r]*\r\n", ""))
    end

    local get = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"

    it("sends status, headers and body", function()
      assert.equal("HTTP/1.1 201 Created\r\nConnection: close\r\n"
        .. "X-Test: yes\r\nContent-Length: 3\r\n\r\na\0b",
        answer(get, 201, { ["X-Test"] = "yes" }, "a\0b"))
    end)

    it("needs neither headers nor body", function()
      assert.equal("HTTP/1.1 200 OK\r\nConnection: close\r\n"
        .. "Content-Length: 0\r\n\r\n", answer(get, 200))
    end)

    it("lets the program say the date", function()
      local s = listen()
      local date = "Fri, 01 Jan 2027 00:00:00 GMT"
      local output = talk(s, get, function(request)
        s:respond(request.id, 429, { Date = date, ["Retry-After"] = "5" })
      end)
      assert.equal("HTTP/1.1 429 Too Many Requests",
        output:match("^[^\r]*"))
      assert.equal(date, output:match("\r\nDate: ([^\r]*)"))
      assert.equal("5", output:match("\r\nRetry%-After: ([^\r]*)"))
    end)

    it("sends no body to HEAD, but its length", function()
      local head = "HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
      assert.equal("HTTP/1.1 200 OK\r\nConnection: close\r\n"
        .. "Content-Length: 5\r\n\r\n", answer(head, 200, nil, "hello"))
    end)

    it("sends no body with 204", function()
      assert.equal("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n",
        answer(get, 204))
    end)

    it("sends a large body whole", function()
      local body = ("0123456789abcdef"):rep(200000)
      local output = answer(get, 200, nil, body)
      assert.is_true(output:sub(-#body) == body)
    end)

    it("keeps the connection for the next request", function()
      local s = listen()
      local paths = {}
      local text = "GET /1 HTTP/1.1\r\nHost: x\r\n\r\n"
        .. "POST /2 HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi"
        .. "GET /3 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
      local output = talk(s, text, function(request)
        paths[#paths + 1] = request.path
        s:respond(request.id, 200, nil, "<" .. request.path .. request.body .. ">")
      end)
      assert.same({ "/1", "/2", "/3" }, paths)
      assert.equal("</1></2hi></3>", (output:gsub("[^<>]*(<[^>]*>)", "%1")))
    end)

    it("is false when nobody waits", function()
      local s = listen()
      local ids = {}
      talk(s, get, function(request)
        ids[1] = request.id
        assert.is_false(s:respond(request.id + 1, 200))
        assert.is_true(s:respond(request.id, 200))
        assert.is_false(s:respond(request.id, 200))
        assert.is_false(s:drop(request.id))
      end)
      assert.is_false(s:respond(ids[1], 200))
    end)

    it("raises on what HTTP does not allow, and can be repeated", function()
      local s = listen()
      talk(s, get, function(request)
        local function raises(...)
          local arguments = { ... }
          assert.has_error(function()
            s:respond(request.id, arguments[1], arguments[2], arguments[3])
          end)
        end
        raises(100)
        raises(600)
        raises("ok")
        raises(200, "headers")
        raises(200, { "value" })
        raises(200, { name = 1 })
        raises(200, { ["X-A"] = "a\r\nX-B: b" })
        raises(200, { ["X-A"] = "a\0b" })
        raises(200, { ["X A\n"] = "a" })
        raises(200, { ["Content-Length"] = "7" })
        raises(200, nil, {})
        assert.is_true(s:respond(request.id, 200))
      end)
    end)

    it("answers many in any order", function()
      local s = listen()
      local waiting, bodies, answered = {}, {}, 0
      for i = 1, 20 do
        assert(waiter:submit({ method = "POST", service = "graph",
          operation = "send", headers = {}, body = "request " .. i,
          url = ("http://127.0.0.1:%d/%d"):format(s:port(), i) }))
      end
      serve(s, function(request)
        table.insert(waiting, 1, request)
      end, function() return #waiting == 20 end)
      for _, request in ipairs(waiting) do
        assert(s:respond(request.id, 200, nil, "answer to " .. request.body))
      end
      local deadline = os.time() + DEADLINE_S
      while answered < 20 and os.time() < deadline do
        local _, _, done = turn(s)
        for _, completion in ipairs(done) do
          answered = answered + 1
          bodies[completion.response.body] = true
        end
      end
      assert.equal(20, answered)
      for i = 1, 20 do
        assert.is_true(bodies["answer to request " .. i])
      end
    end)

    it("does not mind that the client is gone", function()
      local s = listen()
      local id
      bash(("exec 3<>/dev/tcp/127.0.0.1/%d; printf "
        .. "'GET /gone HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n' >&3")
        :format(s:port())):close()
      serve(s, function(request)
        id = request.path == "/gone" and request.id or id
      end, function() return id end)
      assert.is_true(s:respond(id, 200, nil, ("x"):rep(1000000)))
      s:run()
      assert.is_false(s:respond(id, 200))
    end)
  end)

  describe(":drop()", function()
    it("closes without an answer", function()
      local s = listen()
      local count = 0
      assert.equal("", talk(s, post("hello"), function(request)
        count = count + 1
        assert.equal("hello", request.body)
        assert.is_true(s:drop(request.id))
      end))
      assert.equal(1, count)
    end)

    it("is false for a number that was never given", function()
      assert.is_false(listen():drop(12345))
      assert.has_error(function() listening:drop(0) end)
    end)
  end)

  describe("limits", function()
    local function status(text, options)
      local s = listen(options)
      return talk(s, text, refuse):match("^HTTP/1.1 (%d+)")
    end

    it("a body may be as long as max_body", function()
      assert.equal("0123456789",
        seen(post("0123456789"), { max_body = 10 }).body)
      assert.equal("0123456789",
        seen(chunked("01234", "56789"), { max_body = 10 }).body)
    end)

    it("a longer one is answered 413", function()
      assert.equal("413", status(post("0123456789+"), { max_body = 10 }))
      assert.equal("413", status(chunked("01234", "56789", "+"),
        { max_body = 10 }))
    end)

    it("a chunked one without end is cut off", function()
      assert.is_nil(status(chunked(("x"):rep(5000)), { max_body = 10 }))
    end)

    it("a body that does not come is not waited for at an announced 413",
      function()
        assert.equal("413", status("POST / HTTP/1.1\r\nHost: x\r\n"
          .. "Content-Length: 99999999999\r\n\r\n"))
      end)

    it("more than 64 headers are answered 431", function()
      local head = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
      local s = listen()
      local output = talk(s, head .. ("X-A: 1\r\n"):rep(62) .. "\r\n",
        function(request)
          s:respond(request.id, 200)
        end)
      assert.equal("200", output:match("^HTTP/1.1 (%d+)"))
      assert.equal("431", status(head .. ("X-A: 1\r\n"):rep(63) .. "\r\n"))
    end)

    it("headers of more than 32 KiB are answered 431", function()
      assert.equal("431", status("GET / HTTP/1.1\r\nHost: x\r\nX-A: "
        .. ("x"):rep(40000) .. "\r\n\r\n"))
    end)

    it("what is no HTTP does not reach the program", function()
      assert.equal("400", status("GET / HTTP/1.1\r\n\r\n")) -- no Host
      assert.equal("400", status("POST / HTTP/1.1\r\nHost: x\r\n"
        .. "Content-Length: -1\r\n\r\n"))
      assert.is_nil(status("nonsense\r\n\r\n"))
    end)

    it("a body whose length is told twice is answered 400, and nothing after it", function()
      local after = "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
      for _, framing in ipairs { "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        "Content-Length: 5\r\ncontent-length: 5\r\n\r\nhello",
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n" } do
        local output = talk(listen(), "POST / HTTP/1.1\r\nHost: x\r\n" .. framing .. after,
          refuse)
        assert.equal("400", output:match "^HTTP/1.1 (%d+)")
        assert.matches("Connection: close", output, 1, true)
        assert.equal(1, select(2, output:gsub("HTTP/1.1", "")))
      end
    end)

    it("a connection beyond max_connections waits for its turn", function()
      local s = listen({ max_connections = 1 })
      for i = 1, 3 do
        assert(waiter:submit({ method = "GET", service = "graph",
          operation = "send", headers = { Connection = "close" },
          url = ("http://127.0.0.1:%d/%d"):format(s:port(), i) }))
      end
      local deadline, answered = os.time() + DEADLINE_S, 0
      while answered < 3 and os.time() < deadline do
        local requests, _, done = turn(s)
        assert.is_true(#requests <= 1)
        for _, request in ipairs(requests) do
          s:respond(request.id, 200)
        end
        answered = answered + #done
      end
      assert.equal(3, answered)
    end)

    it("of too many silent connections those that came first make room", function()
      local s = listen({ max_connections = 16 })
      local pipe = bash(([[
        for ((i = 0; i < 40; i++)); do exec {fd}<>/dev/tcp/127.0.0.1/%d; fds+=($fd); done
        printf 'GET /last HTTP/1.1\r\nHost: x\r\n\r\n' >&$fd
        timeout %d head -n 1 <&$fd
        timeout %d cat <&${fds[0]}; echo "the first: $?"
        exec 3<>/dev/tcp/127.0.0.1/%d
        printf 'GET /finished HTTP/1.1\r\nHost: x\r\n\r\n' >&3
      ]]):format(s:port(), DEADLINE_S, DEADLINE_S, s:port()))
      local finished = false
      serve(s, function(request)
        finished = request.path == "/finished"
        s:respond(request.id, 200)
      end, function() return finished end)
      assert.matches("^HTTP/1.1 200", pipe:read("*l"))
      assert.equal("the first: 0", pipe:read("*l")) -- it was closed
      pipe:close()
    end)

    it("who waits for an answer makes no room", function()
      local s = listen({ max_connections = 64 })
      local held, done
      local pipe = bash(([[
        exec 3<>/dev/tcp/127.0.0.1/%d
        printf 'GET /held HTTP/1.1\r\nHost: x\r\n\r\n' >&3
        for ((i = 0; i < 100; i++)); do exec {fd}<>/dev/tcp/127.0.0.1/%d; done
        printf 'GET /last HTTP/1.1\r\nHost: x\r\n\r\n' >&$fd
        timeout %d head -n 1 <&3
      ]]):format(s:port(), s:port(), DEADLINE_S))
      serve(s, function(request)
        if request.path == "/held" then
          held = request.id
        else
          s:respond(request.id, 200)
          done = s:respond(held, 204)
        end
      end, function() return done and s:timeout_ms() ~= 0 end)
      assert.matches("^HTTP/1.1 204", pipe:read("*l"))
      pipe:close()
    end)

    it("a silent connection is closed after idle_s #slow", function()
      assert.equal("", talk(listen({ idle_s = 1 }), "GET /", refuse))
    end)
  end)

  describe(":close()", function()
    it("may be repeated, and makes every other method raise", function()
      local s = listen()
      s:close()
      s:close()
      assert.equal("crier.server (closed)", tostring(s))
      for _, name in ipairs({ "port", "fd", "timeout_ms", "run", "respond",
        "drop" }) do
        assert.has_error(function() s[name](s, 1, 200) end)
      end
    end)

    it("closes connections whose requests wait", function()
      local s = listen()
      local ticket = assert(waiter:submit({ method = "POST", service = "graph",
        operation = "send", headers = {}, body = "x",
        url = ("http://127.0.0.1:%d/"):format(s:port()) }))
      local waiting = false
      serve(s, function() waiting = true end, function() return waiting end)
      s:close()
      local deadline, done = os.time() + DEADLINE_S, {}
      while #done == 0 and os.time() < deadline do
        done = waiter:step(1000)
      end
      assert.equal(ticket, done[1].ticket)
      assert.equal("GOT_NOTHING", done[1].response.error)
      assert.is_true(done[1].response.sent)
    end)

    it("forgets an answer that was not sent", function()
      local s = listen()
      local function bad(request)
        assert.has_error(function()
          s:respond(request.id, 200, { ["X-A"] = "\n" })
        end)
        s:close()
      end
      assert(waiter:submit({ method = "GET", service = "graph",
        operation = "send", headers = {},
        url = ("http://127.0.0.1:%d/"):format(s:port()) }))
      local closed = false
      serve(s, function(request) bad(request) closed = true end,
        function() return closed end)
    end)

    it("happens when the server is collected", function()
      local port = server.listen({}):port()
      collectgarbage()
      collectgarbage()
      assert.equal(port, listen({ port = port }):port())
    end)
  end)
end)
