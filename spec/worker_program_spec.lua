-- The real programs: a gateway that knows the store alone, and a worker that does the rest.
local asking = require "support.asking"
local cjson = require "cjson"
local gateway = require "crier.gateway"
local journal = require "crier.journal"
local process = require "support.process"
local sandbox = require "support.sandbox"
local server = require "crier.server"
local shell = require "support.shell"

describe("crier worker", function()
  local folder, cloud, working, listener, client

  setup(function()
    folder = shell.folder()
    client = asking.new()
    listener = assert(server.listen {})
    cloud = sandbox.start(("--users 10 --webhook http://127.0.0.1:%d/api/messages"):format(
      listener:port()))
    cloud.env.CRIER_STORE = "sqlite:" .. folder .. "/crier.db"
  end)

  teardown(function()
    cloud:stop()
    listener:close()
    client:close()
    os.execute("rm -rf " .. folder)
  end)

  it("makes the store, and does what a gateway has left in it", function()
    local env = cloud.env
    local opened = assert(gateway.open { tenant = env.AZURE_TENANT_ID,
      client_id = env.AZURE_CLIENT_ID, store = env.CRIER_STORE,
      connector_url = env.CRIER_CONNECTOR_URL, openid_url = env.CRIER_BOT_OPENID_URL,
      graph_url = env.CRIER_GRAPH_URL, authority = env.AZURE_AUTHORITY_HOST })
    working = process.start("worker", env, folder)
    assert.matches("^working for app ", working:line())
    local store = assert(journal.open(folder .. "/crier.db"))

    -- Receives what the sandbox tells, until something has come true.
    local function wait_for(what, is_true)
      client:wait_for(what, function()
        for _, request in ipairs(assert(listener:run())) do
          local response = opened:receive(request)
          listener:respond(request.id, response.status, response.headers, response.body)
        end
        return is_true()
      end)
    end

    local person = require("crier.simulator").new({ users = 10 }).people:id(3)
    assert.equal(202, client:ask({ method = "POST", url = cloud.url .. "/_sandbox/add",
      body = cjson.encode { user = person } }).status)
    wait_for("the app is there", function()
      local row = store.db:row("SELECT state FROM contact WHERE target = ?", "user:" .. person)
      return row and row.state == "installed"
    end)

    assert.is_true(opened:say { id = "order-17", to = person, text = "It is here" })
    wait_for("it is delivered", function() return opened:find("order-17").state == "delivered" end)
    local found
    for _, delivery in ipairs(cloud:deliveries()) do
      found = delivery.activity_id == opened:find("order-17").activity_id and delivery or found
    end
    assert.same({ person, "It is here" }, { found.recipient, found.activity.text })

    working:signal "TERM"
    assert.equal(0, working:wait().status)
    opened:close()
    store:close()
  end)

  it("says what it cannot begin without", function()
    local result = process.run("worker", { AZURE_TENANT_ID = "t", AZURE_CLIENT_ID = "a",
      AZURE_CLIENT_SECRET = "s", CRIER_STORE = "sqlite:none.db" }, folder)
    assert.equal(78, result.status)
    assert.equal("crier: there is no store none.db: check CRIER_STORE, or say --create-store\n",
      result.err)
  end)
end)
