-- The real programs: a sandbox that tells `crier serve` what Teams would.
local asking = require "support.asking"
local cjson = require "cjson"
local journal = require "crier.journal"
local process = require "support.process"
local sandbox = require "support.sandbox"
local server = require "crier.server"
local shell = require "support.shell"

local PEOPLE = 60

describe("crier serve", function()
  local folder, port, cloud, listening, client

  before_each(function()
    folder = shell.run "mktemp -d"
    local held = assert(server.listen {})
    port = held:port()
    held:close()
    client = asking.new()
  end)

  after_each(function()
    if listening then
      listening:signal "KILL"
      listening:wait()
      listening = nil
    end
    if cloud then
      cloud:stop()
      cloud = nil
    end
    client:close()
    os.execute("rm -rf " .. folder)
  end)

  local function start_cloud(options)
    cloud = sandbox.start(("--webhook http://127.0.0.1:%d/api/messages %s"):format(port,
      options or ""))
    cloud.env.CRIER_STORE = "sqlite:" .. folder .. "/crier.db"
  end

  local function start(options)
    listening = process.start(("serve --json --listen 127.0.0.1:%d %s"):format(port,
      options or ""), cloud.env, folder)
    return listening:line()
  end

  local function ask(method, url, body)
    return client:ask { method = method, url = url, body = body }
  end

  -- What the bot was told, as the sandbox knows it.
  local function told()
    local found = {}
    for line in cloud:get("/_sandbox/told"):gmatch "[^\n]+" do
      found[#found + 1] = cjson.decode(line)
    end
    return found
  end

  it("loses and doubles nothing that it has acknowledged, killed in the middle", function()
    start_cloud(("--users %d --faults event-twice=0.3"):format(PEOPLE))
    local line = cjson.decode(start())
    assert.equal(("http://127.0.0.1:%d/api/messages"):format(port), line.url)
    assert.equal(cloud.env.AZURE_CLIENT_ID, line.app)
    local simulator = require("crier.simulator").new { users = PEOPLE }
    for k = 1, PEOPLE do
      assert.equal(202, ask("POST", cloud.url .. "/_sandbox/add", cjson.encode {
        user = simulator.people:id(k) }).status)
      if k == PEOPLE / 2 then
        client:wait_for("a third is taken", function()
          return cloud:stats().webhook.taken >= PEOPLE / 3
        end)
        listening:signal "KILL"
        assert.equal("signal 9", listening:wait().status)
        start()
      end
    end
    client:wait_for("everything is taken", function()
      local posts = told()
      for _, post in ipairs(posts) do
        if post.status ~= 200 then
          return false
        end
      end
      return #posts > 2 * PEOPLE
    end)
    local store = assert(journal.open(folder .. "/crier.db"))
    local acknowledged, seen = {}, 0
    for _, post in ipairs(told()) do
      if post.status == 200 then
        acknowledged[post.activity.id] = true
      end
    end
    for id in pairs(acknowledged) do
      seen = seen + 1
      assert.equal(1, store.db:row("SELECT count(*) AS n FROM inbox WHERE activity_id = ?", id).n)
    end
    assert.equal(2 * PEOPLE, seen)
    client:wait_for("the inbox is empty", function() return store.inbox:counts() == 0 end)
    assert.equal(PEOPLE, store.db:row(
      "SELECT count(*) AS n FROM contact WHERE state = 'installed'").n)
    store:close()
    listening:signal "TERM"
    assert.equal(0, listening:wait().status)
    listening = nil
  end)

  it("welcomes who installs the app", function()
    start_cloud "--users 10"
    local file = assert(io.open(folder .. "/welcome.txt", "w"))
    file:write "Welcome to the team!"
    file:close()
    start("--welcome " .. folder .. "/welcome.txt")
    local simulator = require("crier.simulator").new { users = 10 }
    assert.equal(202, ask("POST", cloud.url .. "/_sandbox/add", cjson.encode {
      user = simulator.people:id(3) }).status)
    client:wait_for("something arrives", function() return #cloud:deliveries() > 0 end)
    local deliveries = cloud:deliveries()
    assert.equal(1, #deliveries)
    assert.equal(simulator.people:id(3), deliveries[1].recipient)
    assert.equal("Welcome to the team!", deliveries[1].activity.text)
  end)

  it("is told apart from who knocks, and says whether it is well", function()
    start_cloud "--users 10"
    start()
    local base = ("http://127.0.0.1:%d"):format(port)
    client:wait_for("it is ready", function()
      return ask("GET", base .. "/readyz").status == 200
    end)
    assert.same({ ready = true, checks = { store = "ok", keys = "ok" } },
      cjson.decode(ask("GET", base .. "/readyz").body))
    assert.equal(413, ask("POST", base .. "/api/messages", ("x"):rep(300 * 1024)).status)
    assert.equal(415, ask("POST", base .. "/api/messages", "{}").status)
    assert.equal("ok\n", ask("GET", base .. "/healthz").body)
    listening:signal "TERM"
    local result = listening:wait()
    listening = nil
    assert.equal(0, result.status)
    assert.matches("refused: status=415 reason=content type", result.err)
  end)

  it("says what it cannot start with", function()
    local function refused(arguments, env)
      local result = process.run("serve " .. arguments, env, folder)
      return { result.status, (result.err:match "^[^\n]+") }
    end
    local env = { AZURE_TENANT_ID = "t", AZURE_CLIENT_ID = "a", AZURE_CLIENT_SECRET = "s" }
    assert.same({ 64, "crier: --listen must be HOST:PORT with an address, or unix:PATH, not 'x'" },
      refused("--listen x", env))
    assert.same({ 78, "crier: there is no store crier.db: check CRIER_STORE, or say"
      .. " --create-store" }, refused("", env))
    local held = assert(server.listen {})
    assert.same({ 78, ("crier: cannot listen on 127.0.0.1:%d: another program listens there")
      :format(held:port()) }, refused("--create-store --listen 127.0.0.1:" .. held:port(), env))
    held:close()
  end)
end)
