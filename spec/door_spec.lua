-- The HTTP door of the real `crier serve`, against a real sandbox.
local asking = require "support.asking"
local cjson = require "cjson"
local process = require "support.process"
local sandbox = require "support.sandbox"
local shell = require "support.shell"

local HELLO = [[
local crier = require "crier"
return crier.campaign { name = "hello", audience = crier.users {}, install = true,
  message = crier.text "Hello ${recipient.givenName}"%s }
]]

-- No key asks more often than the door allows.
local POLL_MS = 60

describe("the door of crier serve", function()
  local folder, cloud, serving, client, url, keys

  local function write(name, text)
    local file = assert(io.open(folder .. "/" .. name, "wb"))
    file:write(text)
    file:close()
  end

  local function key(name, roles)
    local result = process.run("key new " .. name .. roles, cloud.env, folder)
    assert.equal(0, result.status, result.err)
    keys[name] = result.out:match "%S+"
  end

  local function serve()
    serving = process.start("serve --json --create-store --listen 127.0.0.1:0 --campaigns "
      .. folder .. "/campaigns", cloud.env, folder)
    url = cjson.decode(serving:line()).url:gsub("/api/messages$", "")
  end

  setup(function()
    folder, keys = shell.folder(), {}
    os.execute("mkdir " .. folder .. "/campaigns")
    cloud = sandbox.start "--users 40 --seed 3 --limits off"
    cloud.env.CRIER_STORE = "sqlite:" .. folder .. "/crier.db"
    cloud.env.CRIER_KEYS = folder .. "/keys.json"
    key("vera", " --role viewer")
    key("ana", " --role author --role approver")
    key("bo", " --role operator --role approver")
    key("cy", " --role approver")
    write("campaigns/hello.lua", HELLO:format "")
    write("campaigns/signed.lua", (HELLO:format ", approval = true":gsub('"hello"', '"signed"')))
    write("campaigns/tried.lua", (HELLO:format "":gsub('"hello"', '"tried"')))
    write("campaigns/slow.lua", (HELLO:format ", rate = 5":gsub('"hello"', '"slow"')))
    write("campaigns/lent.lua", (HELLO:format ", rate = 20":gsub('"hello"', '"lent"')))
    write("alert.lua", (HELLO:format ", urgent = true":gsub('"hello"', '"alert"')))
    write("campaigns/agreed.lua", (HELLO:format ", approval = true":gsub('"hello"', '"agreed"')))
    write("campaigns/kept.lua", (HELLO:format "":gsub('"hello"', '"kept"')))
    write("campaigns/bad.lua", "return 1")
    serve()
    client = asking.new()
  end)

  teardown(function()
    client:close()
    serving:signal "TERM"
    local status = serving:wait()
    cloud:stop()
    os.execute("rm -rf " .. folder)
    assert.equal(0, status.status, status.err)
  end)

  -- Asks; the response, its body decoded where that is JSON.
  local function ask(who, method, path, body, headers)
    local sent = { ["Content-Type"] = body and "application/json" or nil }
    if who then
      sent.Authorization = "Bearer " .. (keys[who] or who)
    end
    for name, value in pairs(headers or {}) do
      sent[name] = value
    end
    local response = client:ask { method = method, url = url .. path, headers = sent,
      body = type(body) == "table" and cjson.encode(body) or body }
    response.json = cjson.decode(response.body ~= "" and response.body:find "^[%[{]"
      and response.body or "null")
    return response
  end

  -- Asks again and again until what is asked holds.
  local function wait_for(path, holds)
    return client:wait_for(path, function()
      local found = ask("vera", "GET", path).json
      return holds(found) and found
    end, POLL_MS)
  end

  local function plan(script)
    local made = ask("ana", "POST", "/v1/plans", { script = script })
    assert.equal(202, made.status, made.body)
    return wait_for("/v1/plans/" .. made.json.id, function(found)
      return found.state ~= "reading"
    end)
  end

  describe("without a key", function()
    for _, path in ipairs { "/v1/me", "/v1/campaigns", "/v1/campaigns/hello/people",
      "/v1/scripts" } do
      it("tells nothing at " .. path, function()
        local response = ask(nil, "GET", path)
        assert.equal(401, response.status)
        assert.equal("UNAUTHORIZED", response.json.error.code)
        assert.is_nil(response.body:find("@", 1, true))
      end)
    end

    it("tells Prometheus numbers, and of nobody", function()
      local response = ask(nil, "GET", "/metrics")
      assert.equal(200, response.status)
      assert.is_not_nil(response.body:find "crier_build_info")
      assert.is_nil(response.body:find("@", 1, true))
    end)
  end)

  it("tells who one is, and what they may do", function()
    assert.same({ name = "ana", role = "author, approver", rights = { "approve", "plan", "test" } },
      ask("ana", "GET", "/v1/me").json)
  end)

  it("keeps what a key may not do from it", function()
    for _, each in ipairs { { "vera", "/v1/plans" }, { "ana", "/v1/campaigns" },
      { "vera", "/v1/campaigns/hello/pause" }, { "ana", "/v1/messages" },
      { "bo", "/v1/tests" } } do
      local response = ask(each[1], "POST", each[2], { script = "hello.lua" })
      assert.equal(403, response.status, each[2])
      assert.equal("FORBIDDEN", response.json.error.code)
    end
  end)

  it("plans, starts and shows a campaign", function()
    local made = plan "hello.lua"
    assert.equal("done", made.state, made.why)
    assert.equal("hello", made.plan.name)
    assert.is_true(made.plan.audience.recipients > 30)
    assert.equal("Hello Alex", made.message.each[1].activity.text)
    local listed = ask("vera", "GET", "/v1/plans").json.plans[1]
    assert.same({ made.id, "hello.lua", "hello", "done", "ana" },
      { listed.id, listed.script, listed.name, listed.state, listed.who })
    assert.equal(0, #cloud:deliveries())
    assert.equal(409, ask("bo", "POST", "/v1/campaigns",
      { plan = made.id, digest = "other" }).status)
    assert.equal(202, ask("bo", "POST", "/v1/campaigns",
      { plan = made.id, digest = made.plan.digest }).status)
    local ledger = wait_for("/v1/campaigns/hello", function(found)
      return found.state == "finished"
    end)
    assert.equal(#cloud:deliveries(), ledger.delivered)
    assert.equal(made.plan.audience.recipients, ledger.delivered)
    local found = ask("vera", "GET", "/v1/campaigns").json.campaigns
    assert.equal("hello", found[1].name)
  end)

  describe("of a campaign that is over", function()
    it("has its report", function()
      local found = ask("vera", "GET", "/v1/campaigns/hello/report").json
      local sum = 0
      for _, count in ipairs(found.timeline.counts) do
        sum = sum + count
      end
      assert.equal(ask("vera", "GET", "/v1/campaigns/hello").json.delivered, sum)
      assert.same({ "ana", "plan", "bo", "run" }, { found.events[1].user,
        found.events[1].command, found.events[2].user, found.events[2].command })
      assert.equal("excluded", found.reasons[1].state)
    end)

    it("has its message, with somebody's data", function()
      local found = ask("vera", "GET", "/v1/campaigns/hello/message").json
      assert.equal("", found.each[1].label)
      assert.matches("^Hello ", found.each[1].activity.text)
      assert.is_string(found.name)
      assert.is_table(found.hosts.dark)
    end)

    it("finds people by state and by a part of their name", function()
      local all = ask("vera", "GET", "/v1/campaigns/hello/people?state=delivered&most=5").json
      assert.equal(5, #all.people)
      local more = ask("vera", "GET", "/v1/campaigns/hello/people?state=delivered&most=5&after="
        .. ("%d"):format(all.next)).json
      assert.are_not.equal(all.people[1].id, more.people[1].id)
      local one = all.people[3]
      local found = ask("vera", "GET", "/v1/campaigns/hello/people?q="
        .. one.upn:match "^[^@]+").json.people
      assert.equal(one.id, found[1].id)
      assert.same({}, ask("vera", "GET", "/v1/campaigns/hello/people?q=%25").json.people)
      assert.equal(400, ask("vera", "GET", "/v1/campaigns/hello/people?most=x").status)
    end)

    it("tells one person's story", function()
      local one = ask("vera", "GET", "/v1/campaigns/hello/people?state=delivered&most=1")
        .json.people[1]
      local found = ask("vera", "GET", "/v1/campaigns/hello/people/" .. one.upn).json
      assert.equal("delivered", found.state)
      assert.is_true(#found.story > 1)
      assert.equal(404, ask("vera", "GET", "/v1/campaigns/hello/people/nobody").status)
    end)

    it("shows the message that a person got, and none to whom it left out", function()
      local function first(state)
        local row = ask("vera", "GET", "/v1/campaigns/hello/people?most=1&state=" .. state)
          .json.people[1]
        return row, ask("vera", "GET", "/v1/campaigns/hello/people/" .. row.id .. "/message").json
      end
      local row, found = first "delivered"
      assert.equal("Hello " .. row.name:match "^%S+", found.each[1].activity.text)
      assert.is_true(found.each[1].own)
      row, found = first "excluded"
      assert.is_string(row.reason)
      assert.same({}, found.each)
      assert.equal(404,
        ask("vera", "GET", "/v1/campaigns/hello/people/nobody/message").status)
    end)

    it("has plans that start nothing, and tests", function()
      local made = plan "hello.lua"
      assert.same({ "failed", "campaign hello is finished: it sends nothing any more" },
        { made.state, made.why })
      assert.equal("Hello Alex", made.message.each[1].activity.text)
      assert.equal(409, ask("bo", "POST", "/v1/campaigns",
        { plan = made.id, digest = made.plan.digest }).status)
      local row = ask("vera", "GET", "/v1/campaigns/hello/people?state=delivered&most=1").json
        .people[1]
      assert.equal("hello.test-1",
        ask("ana", "POST", "/v1/tests", { plan = made.id, to = { row.upn } }).json.name)
      wait_for("/v1/campaigns/hello.test-1", function(found) return found.delivered == 1 end)
    end)

    it("takes a rate that is a number or a word, and shows nothing else", function()
      for _, rate in ipairs { {}, cjson.null, true } do
        local response = ask("bo", "POST", "/v1/campaigns/hello/rate", { rate = rate })
        assert.equal(400, response.status)
        assert.equal("rate: it is a number of messages a second, or full",
          response.json.error.message)
      end
      assert.equal(409, ask("bo", "POST", "/v1/campaigns/hello/rate", { rate = 10 }).status)
    end)

    it("takes no orders", function()
      local response = ask("bo", "POST", "/v1/campaigns/hello/pause", {})
      assert.equal(409, response.status)
      assert.equal("campaign hello is finished: there is nothing to change",
        response.json.error.message)
    end)
  end)

  it("tells why a script cannot be planned", function()
    local made = plan "bad.lua"
    assert.equal("failed", made.state)
    assert.is_not_nil(made.why:find("end it with `return crier.campaign", 1, true))
    assert.equal(409, ask("ana", "POST", "/v1/tests", { plan = made.id, to = { "x" } }).status)
  end)

  for _, name in ipairs { "../keys.json", "/etc/passwd", "nothing.lua", "", ".lua" } do
    it(("plans no script called %q"):format(name), function()
      local response = ask("ana", "POST", "/v1/plans", { script = name })
      assert.equal(404, response.status)
    end)
  end

  it("plans no script without a name", function()
    for _, name in ipairs { 1, true, {} } do
      local response = ask("ana", "POST", "/v1/plans", { script = name })
      assert.same({ 400, "script is the name of a file" },
        { response.status, response.json.error.message })
    end
  end)

  it("sends what is signed by somebody else than who starts it", function()
    local made = plan "signed.lua"
    assert.equal(202, ask("bo", "POST", "/v1/campaigns",
      { plan = made.id, digest = made.plan.digest }).status)
    local before = #cloud:deliveries()
    wait_for("/v1/campaigns/signed", function(found) return found.needs_approval end)
    assert.equal(before, #cloud:deliveries())
    local own = ask("bo", "POST", "/v1/campaigns/signed/approve", {})
    assert.equal(409, own.status)
    assert.equal("bo has begun it: somebody else has to approve it", own.json.error.message)
    own = ask("ana", "POST", "/v1/campaigns/signed/approve", {})
    assert.equal("ana has planned it: somebody else has to approve it", own.json.error.message)
    for _, comment in ipairs { 1, true, {} } do
      local odd = ask("cy", "POST", "/v1/campaigns/signed/approve", { comment = comment })
      assert.same({ 400, "comment is a text" }, { odd.status, odd.json.error.message })
    end
    local signed = ask("cy", "POST", "/v1/campaigns/signed/approve", {})
    assert.same({ 200, false, true },
      { signed.status, signed.json.needs_approval, signed.json.is_approved })
    assert.equal(202, ask("bo", "POST", "/v1/campaigns/signed/resume", {}).status)
    local ledger = wait_for("/v1/campaigns/signed", function(found)
      return found.state == "finished"
    end)
    assert.equal(before + ledger.delivered, #cloud:deliveries())
  end)

  it("tests what was planned, in a ledger of its own", function()
    local one = ask("vera", "GET", "/v1/campaigns/hello/people?state=delivered&most=1").json
      .people[1]
    local made = plan "tried.lua"
    local function test(who)
      local response = ask("ana", "POST", "/v1/tests", { plan = made.id, to = { who } })
      assert.equal(202, response.status, response.body)
      return response.json.name
    end
    assert.equal("tried.test-1", test(one.upn))
    local tried = wait_for("/v1/campaigns/tried.test-1", function(found)
      return found.state == "finished" and found.delivered == 1
    end)
    assert.equal("tried", tried.test_of)
    assert.equal("tried.test-2", test "nobody@nowhere.example")
    local ended = wait_for("/v1/campaigns/tried.test-2", function(found) return found.error end)
    assert.same({ "--to: nobody@nowhere.example is not in the directory", "nothing was sent" },
      { ended.error.message, ended.error.remedy })
  end)

  it("goes on at once with what was paused a moment ago", function()
    local made = plan "slow.lua"
    assert.equal(202, ask("bo", "POST", "/v1/campaigns",
      { plan = made.id, digest = made.plan.digest }).status)
    wait_for("/v1/campaigns/slow", function(found) return (found.delivered or 0) > 0 end)
    assert.equal(200, ask("bo", "POST", "/v1/campaigns/slow/pause", {}).status)
    local resumed = ask("bo", "POST", "/v1/campaigns/slow/resume", {})
    assert.equal(202, resumed.status, resumed.body)
    -- What was answered for is in the store, whatever dies now.
    assert.equal("running", ask("bo", "GET", "/v1/campaigns/slow").json.state)
    assert.equal(409, ask("bo", "POST", "/v1/campaigns/slow/resume", {}).status)
    assert.equal(200, ask("bo", "POST", "/v1/campaigns/slow/cancel", {}).status)
    wait_for("/v1/campaigns/slow", function(found)
      return found.state == "cancelled" and found.pending == 0
    end)
  end)

  it("lets an urgent run elsewhere go before what it carries out, and goes on", function()
    local made = plan "lent.lua"
    assert.equal(202, ask("bo", "POST", "/v1/campaigns",
      { plan = made.id, digest = made.plan.digest }).status)
    wait_for("/v1/campaigns/lent", function(found) return (found.delivered or 0) > 0 end)
    local normal = process.run("run campaigns/tried.lua", cloud.env, folder)
    assert.equal(78, normal.status)
    assert.matches("in use .- by campaign lent of a server, process %d+ on", normal.err)
    assert.matches("crier pause lent", normal.err)
    local urgent = process.run("run alert.lua --json", cloud.env, folder)
    assert.equal(0, urgent.status, urgent.err)
    local meanwhile = ask("vera", "GET", "/v1/campaigns/lent").json
    assert.is_true(meanwhile.delivered < cjson.decode(urgent.out).delivered)
    local ended = wait_for("/v1/campaigns/lent", function(found)
      return found.state == "finished"
    end)
    assert.equal(made.plan.audience.recipients, ended.delivered)
  end)

  it("sends one message once, whatever is asked twice", function()
    local one = ask("vera", "GET", "/v1/campaigns/hello/people?state=delivered&most=1").json
      .people[1]
    local before = #cloud:deliveries()
    local function send(body)
      return ask("bo", "POST", "/v1/messages", body or { to = one.id, text = "just you" },
        { ["Idempotency-Key"] = "k-1" })
    end
    assert.equal(202, send().status)
    assert.equal(200, send().status)
    assert.equal(200, send { to = one.id:upper(), text = "just you" }.status)
    assert.equal(409, send { to = one.id, text = "just them" }.status)
    assert.equal(400, send { to = one.id, activity = "{" }.status)
    client:wait_for("it is delivered", function()
      return ask("bo", "GET", "/v1/messages/k-1").json.state == "delivered"
    end, POLL_MS)
    assert.equal(before + 1, #cloud:deliveries())
    assert.equal(400, ask("bo", "POST", "/v1/messages", { to = one.id, text = "x" }).status)
    assert.equal(403, ask("ana", "GET", "/v1/messages/k-1").status)
    for _, each in ipairs(ask("vera", "GET", "/v1/campaigns").json.campaigns) do
      assert.not_equal("message", each.action)
    end
    for _, order in ipairs { "pause", "cancel", "resume" } do
      assert.equal(409, ask("bo", "POST", "/v1/campaigns/messages.1/" .. order, {}).status)
    end
  end)

  describe("for a page", function()
    -- crier's own transport keeps no cookies: bash speaks HTTP here.
    local function sign_in()
      local body = cjson.encode { key = keys.bo }
      local request = ("POST /v1/session HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n"
        .. "Content-Type: application/json\\r\\nContent-Length: %d\\r\\n\\r\\n%s"):format(#body,
        (body:gsub('"', '\\"')))
      local response = shell.run(("timeout 10 bash -c 'exec 3<>/dev/tcp/127.0.0.1/%s; printf"
        .. ' "%s" >&3; cat <&3\''):format(url:match ":(%d+)$", request))
      assert.is_not_nil(response:find "^HTTP/1.1 200")
      local cookie = response:match "[Ss]et%-[Cc]ookie: ([^\r\n]+)"
      assert.is_not_nil(cookie:find("HttpOnly; SameSite=Strict", 1, true))
      return cookie:match "^[^;]+"
    end

    it("takes a key once, and a cookie from then on", function()
      assert.equal("{}", ask(nil, "GET", "/v1/session").body)
      assert.equal("{}", ask("bo", "GET", "/v1/session").body) -- a key has no session
      local cookie = sign_in()
      assert.same({ "bo", true }, { ask(nil, "GET", "/v1/session", nil, { Cookie = cookie })
        .json.name, ask(nil, "GET", "/v1/session", nil, { Cookie = cookie }).json.session })
      local me = ask(nil, "GET", "/v1/me", nil, { Cookie = cookie }).json
      assert.equal("bo", me.name)
      assert.equal(64, #me.csrf)
      assert.is_nil(cookie:find(keys.bo, 1, true))
    end)

    it("takes no change without the page's own token", function()
      local cookie = sign_in()
      local me = ask(nil, "GET", "/v1/me", nil, { Cookie = cookie }).json
      local function pause(token)
        return ask(nil, "POST", "/v1/campaigns/nothing/pause", {},
          { Cookie = cookie, ["X-Crier-Csrf"] = token }).status
      end
      assert.equal(403, pause(nil))
      assert.equal(403, pause(("0"):rep(64)))
      assert.equal(404, pause(me.csrf))
    end)

    it("takes no form of another site for a sign-in", function()
      local response = ask(nil, "POST", "/v1/session", '{"key":"x"}',
        { ["Content-Type"] = "text/plain" })
      assert.equal(415, response.status)
      assert.same({ message = "the body must be JSON", code = "TYPE",
        remedy = "say Content-Type: application/json" }, response.json.error)
    end)
  end)

  it("knows a key that is made, and forgets one that is taken away, while it runs", function()
    key("cleo", " --role viewer")
    local function ask_until(is_known)
      return client:wait_for("the key", function()
        local status = ask("cleo", "GET", "/v1/me").status
        return (status == 200) == is_known and status
      end, POLL_MS)
    end
    assert.equal(200, ask_until(true))
    assert.equal(0, process.run("key remove cleo", cloud.env, folder).status)
    local status = ask_until(false)
    assert.is_true(status == 401 or status == 429) -- refused, maybe for having asked before
  end)

  it("loses patience with who guesses keys", function()
    local last
    for i = 1, 60 do
      last = ask("crier_guess" .. i, "GET", "/v1/me").status
      if last == 429 then
        break
      end
    end
    assert.equal(429, last)
    assert.equal(200, ask("vera", "GET", "/v1/me").status)
  end)

  it("knows after a restart what was planned before, and starts that alone", function()
    local made = plan "kept.lua"
    local unstarted = plan "agreed.lua"
    ask("bo", "POST", "/v1/campaigns", { plan = unstarted.id, digest = unstarted.plan.digest })
    wait_for("/v1/campaigns/agreed", function(found) return found.needs_approval end)
    assert.equal(200, ask("cy", "POST", "/v1/campaigns/agreed/approve", {}).status)
    serving:signal "TERM"
    assert.equal(0, serving:wait().status)
    serve()
    assert.same(made, ask("vera", "GET", "/v1/plans/" .. made.id).json)
    assert.equal(202, ask("bo", "POST", "/v1/campaigns",
      { plan = made.id, digest = made.plan.digest }).status)
    wait_for("/v1/campaigns/kept", function(found) return found.state == "finished" end)
    assert.equal("kept", ask("vera", "GET", "/v1/plans/" .. made.id).json.campaign)
    local agreed = ask("vera", "GET", "/v1/campaigns/agreed").json
    assert.same({ "stopped", true, 0 }, { agreed.state, agreed.is_approved, agreed.delivered })
    local events = ask("vera", "GET", "/v1/campaigns/kept/report").json.events
    assert.same({ "ana", "plan", "bo", "run" }, { events[1].user, events[1].command,
      events[2].user, events[2].command })
  end)
end)
