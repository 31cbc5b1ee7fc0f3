-- The real programs: a sandbox that tells `crier serve` what Teams would.
local asking = require "support.asking"
local cjson = require "cjson"
local process = require "support.process"
local sandbox = require "support.sandbox"
local server = require "crier.server"
local shell = require "support.shell"

describe("crier serve", function()
  local folder, port, cloud, listening, client

  before_each(function()
    folder = shell.folder()
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

  it("welcomes who installs the app", function()
    start_cloud "--users 10"
    local file = assert(io.open(folder .. "/welcome.txt", "w"))
    file:write "Welcome to the team!"
    file:close()
    local line = cjson.decode(start("--welcome " .. folder .. "/welcome.txt"))
    assert.equal(("http://127.0.0.1:%d/api/messages"):format(port), line.url)
    assert.equal(cloud.env.AZURE_CLIENT_ID, line.app)
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
    assert.same({ 78, "crier: --campaigns is for who has a key, and CRIER_KEYS is not set" },
      refused("--create-store --campaigns .", env))
    env.CRIER_KEYS = "keys.json"
    process.run("key new ana --role author", env, folder)
    assert.same({ 65, "crier: cannot read the folder gone: No such file or directory" },
      refused("--create-store --campaigns gone", env))
    env.CRIER_POLICY = "policy.json"
    assert.same({ 78, "crier: CRIER_POLICY policy.json: policy.json: No such file or directory" },
      refused("--create-store", env))
    env.CRIER_POLICY = nil
    local held = assert(server.listen {})
    assert.same({ 78, ("crier: cannot listen on 127.0.0.1:%d: another program listens there")
      :format(held:port()) }, refused("--create-store --listen 127.0.0.1:" .. held:port(), env))
    held:close()
  end)
end)
