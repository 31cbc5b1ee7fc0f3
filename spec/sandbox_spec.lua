local argparse = require "argparse"
local cjson = require "cjson"
local config = require "crier.config"
local core = require "crier.core"
local encoding = require "crier.simulator.encoding"
local sandbox = require "crier.cli.sandbox"
local shell = require "support.shell"

local PROGRAM = [[
local sandbox = require("crier.cli.sandbox")
local parser = require("argparse")("crier sandbox")
sandbox.define(parser)
os.exit(sandbox.run(parser:parse(arg)))
]]

describe("crier sandbox", function()
  local script, running

  setup(function() script = shell.script(PROGRAM) end)
  teardown(function() os.remove(script) end)

  -- Starts the command. It is known by the shell's own process number, which
  -- it takes over; reading its line waits until it is ready.
  local function start(options)
    local pipe = assert(io.popen("echo $$; exec " .. shell.lua(script) .. " " .. options, "r"))
    running = { pipe = pipe, pid = pipe:read("l") }
    running.line = pipe:read("l")
    local ready = cjson.decode(running.line)
    return ready.url, ready.env
  end

  local function stop(signal)
    os.execute("kill -" .. signal .. " " .. running.pid)
    local _, how, status = running.pipe:close()
    running = nil
    return how, status
  end

  after_each(function()
    if running then
      stop("TERM")
    end
  end)

  local function fetch(request)
    local transport = core.transport.new({})
    request.headers = request.headers or {}
    request.method = request.method or "GET"
    assert(transport:submit(request))
    local response
    for _ = 1, 100 do
      local done = transport:step(200)
      if done[1] then
        response = done[1].response
        break
      end
    end
    transport:close()
    return assert(response, "no answer within 20 s")
  end

  local function token(env, scope)
    local response = fetch({ method = "POST",
      url = env.AZURE_AUTHORITY_HOST .. "/" .. env.AZURE_TENANT_ID .. "/oauth2/v2.0/token",
      headers = { ["Content-Type"] = "application/x-www-form-urlencoded" },
      body = "grant_type=client_credentials&client_id=" .. env.AZURE_CLIENT_ID
        .. "&client_secret=" .. encoding.escape(env.AZURE_CLIENT_SECRET)
        .. "&scope=" .. encoding.escape(scope) })
    assert.equal(200, response.status)
    return "Bearer " .. cjson.decode(response.body).access_token
  end

  local function send(env, bot, conversation, body)
    return fetch({ method = "POST", body = body, headers = { Authorization = bot },
      url = env.CRIER_CONNECTOR_URL .. "v3/conversations/" .. encoding.escape(conversation)
        .. "/activities" })
  end

  local function create(env, bot, id)
    return fetch({ method = "POST", headers = { Authorization = bot },
      url = env.CRIER_CONNECTOR_URL .. "v3/conversations",
      body = ('{"bot":{"id":"28:%s"},"members":[{"id":"%s"}],"tenantId":"%s"}')
        :format(env.AZURE_CLIENT_ID, id, env.AZURE_TENANT_ID) })
  end

  -- An enabled member of the first page that is not empty.
  local function somebody(env, graph)
    local url = env.CRIER_GRAPH_URL .. "/v1.0/users?$select=id,displayName,assignedPlans"
      .. "&$filter=" .. encoding.escape("userType eq 'Member' and accountEnabled eq true")
    for _ = 1, 10 do
      local response = fetch({ url = url, headers = { Authorization = graph } })
      assert.equal(200, response.status)
      local page = cjson.decode(response.body)
      for _, user in ipairs(page.value) do
        if user.assignedPlans and #user.assignedPlans == 3 then
          return user.id
        end
      end
      url = page["@odata.nextLink"]
    end
    error("nobody")
  end

  it("prints one line when ready, with all that a run needs", function()
    local url, env = start("--users 10")
    assert.is_truthy(url:find("^http://127%.0%.0%.1:%d+$"))
    assert.equal('{"url":"' .. url .. '","env":{', running.line:sub(1, #url + 17))
    assert.equal(url, env.AZURE_AUTHORITY_HOST)
    assert.equal(url, env.CRIER_GRAPH_URL)
    assert.equal(url .. "/teams/", env.CRIER_CONNECTOR_URL)
    local metadata = cjson.decode(fetch({ url = env.CRIER_BOT_OPENID_URL }).body)
    assert.equal(1, core.keyset.new(fetch({ url = metadata.jwks_uri }).body):count())
    for _, name in ipairs({ "AZURE_TENANT_ID", "AZURE_CLIENT_ID", "CRIER_APP_ID" }) do
      assert.equal(36, #env[name])
    end
    assert.is_nil(env.CRIER_LIMITS)
  end)

  it("prints lines for a shell, which leave nothing of another environment", function()
    local pipe = assert(io.popen("echo $$; exec " .. shell.lua(script) .. " --users 1 --shell"))
    running = { pipe = pipe, pid = pipe:read("l") }
    local said, unset = {}, {}
    for name in pipe:read("l"):gsub("^unset ", ""):gmatch("%S+") do
      unset[name] = true
    end
    os.execute("kill -TERM " .. running.pid)
    for line in pipe:lines() do
      local name, value = line:match("^export ([%w_]+)='(.*)'$")
      said[name] = value
    end
    pipe:close()
    running = nil
    assert.equal("sqlite:sandbox.db", said.CRIER_STORE)
    local left = {}
    config.store({}, function(name)
      if not unset[name] and not said[name] then
        left[#left + 1] = name
      end
    end)
    table.sort(left)
    assert.same({ "CRIER_FATIGUE", "CRIER_LOG", "CRIER_POLICY" }, left)
  end)

  it("takes a person from the list to a delivered message", function()
    local url, env = start("--users 10 --seed 3 --limits off")
    assert.equal("off", env.CRIER_LIMITS)
    local graph = token(env, "https://graph.microsoft.com/.default")
    local bot = token(env, "https://api.botframework.com/.default")
    local id = somebody(env, graph)
    local catalog = fetch({ headers = { Authorization = graph }, url = env.CRIER_GRAPH_URL
      .. "/v1.0/appCatalogs/teamsApps?$filter=externalId%20eq%20'" .. env.CRIER_APP_ID .. "'" })
    local app = cjson.decode(catalog.body).value[1].id
    local function install()
      return fetch({ method = "POST", headers = { Authorization = graph },
        url = env.CRIER_GRAPH_URL .. "/v1.0/users/" .. id .. "/teamwork/installedApps",
        body = '{"teamsApp@odata.bind":"' .. env.CRIER_GRAPH_URL
          .. "/v1.0/appCatalogs/teamsApps/" .. app .. '"}' })
    end
    assert.equal(201, install().status)
    assert.equal(409, install().status)
    local created
    for _ = 1, 20000 do -- it shows after 300 ms at most
      created = create(env, bot, id)
      if created.status == 201 then
        break
      end
      assert.equal(403, created.status)
    end
    local conversation = cjson.decode(created.body).id
    local sent = send(env, bot, conversation, '{"type":"message","text":"Grüße"}')
    assert.equal(201, sent.status)
    local line = fetch({ url = url .. "/_sandbox/deliveries" }).body
    assert.equal('{"recipient":"' .. id .. '","conversation_id":"' .. conversation
      .. '","activity_id":"' .. cjson.decode(sent.body).id .. '","at":"', line:match('^(.-"at":")'))
    assert.equal(',"activity":{"type":"message","text":"Grüße"}}\n', line:match(',"activity".*$'))
    local stats = cjson.decode(fetch({ url = url .. "/_sandbox/stats" }).body)
    assert.equal(1, stats.deliveries)
    assert.equal(1, stats.operations.send["201"])
    assert.equal(2, stats.operations.token["200"])
  end)

  it("closes the connection where a fault takes the answer away", function()
    local url, env = start("--users 10 --installed 1 --faults cut-after=1")
    local bot = token(env, "https://api.botframework.com/.default")
    local response = send(env, bot, "a:1", "{}")
    assert.is_nil(response.status)
    assert.is_true(response.sent)
    local stats = cjson.decode(fetch({ url = url .. "/_sandbox/stats" }).body)
    assert.same({ ["cut-after"] = 1 }, stats.operations.send)
  end)

  it("ends with 0 at SIGTERM and at SIGINT", function()
    for _, signal in ipairs({ "TERM", "INT" }) do
      start("--users 1")
      assert.same({ "exit", 0 }, { stop(signal) })
    end
  end)

  it("takes the port that it is told, and ends with 78 when that is taken", function()
    local url = start("--users 1")
    local port = url:match(":(%d+)$")
    local pipe = io.popen(shell.lua(script) .. " --port " .. port .. " 2>&1")
    local text = pipe:read("a")
    local _, how, status = pipe:close()
    assert.same({ "exit", 78 }, { how, status })
    assert.is_truthy(text:find("^crier sandbox: cannot listen on 127%.0%.0%.1:" .. port
      .. ": [^\n]+\n$"))
    stop("TERM")
    assert.equal(url, (start("--users 1 --port " .. port)))
  end)

  describe("reading options", function()
    local function read(line)
      local parser = argparse("crier sandbox")
      sandbox.define(parser)
      local words = {}
      for word in line:gmatch("%S+") do
        words[#words + 1] = word
      end
      return sandbox.read(parser:parse(words))
    end

    it("has a default for each", function()
      assert.same({ port = 0, users = 500, seed = 1, limits = "teams", window = "bucket",
        latency = { ms = 0, jitter_ms = 0 }, installed = 0, secrets = 1, keep_deliveries = true,
        cloud = "public", spelling = "plain" }, read(""))
    end)

    it("takes the forms that the help shows", function()
      assert.same({ port = 80, users = 9, seed = 7, limits = "off", window = "fixed",
        latency = { ms = 120, jitter_ms = 20.5 }, faults = "429=0.02", installed = 0.5,
        secrets = 3, roles = { "User.Read.All", "AppCatalog.Read.All" },
        keep_deliveries = false, cloud = "gcch", resource_specific = { "TeamsActivity.Send.User" },
        installed_version = "1.0.0", propagation_ms = 60000, region = "amer", spelling = "js" },
        read("--port 80 --users 9 --seed 7 --limits off --window fixed --latency 120:20.5"
          .. " --faults 429=0.02 --installed .5 --no-deliveries"
          .. " --secrets 3 --roles User.Read.All,AppCatalog.Read.All --cloud gcch"
          .. " --declares TeamsActivity.Send.User --installed-version 1.0.0 --propagation 60"
          .. " --region amer --spelling js"))
    end)

    it("says in one line what it does not take", function()
      local cases = {
        ["--port 65536"] = "--port must be a whole number from 0 to 65535, not '65536'",
        ["--port x"] = "--port must be a whole number from 0 to 65535, not 'x'",
        ["--users 1e3"] = "--users must be a whole number, not '1e3'",
        ["--seed 1.5"] = "--seed must be a whole number, not '1.5'",
        ["--latency 1:2:3"] = "--latency must be MS or MS:JITTER in milliseconds, not '1:2:3'",
        ["--latency ms"] = "--latency must be MS or MS:JITTER in milliseconds, not 'ms'",
        ["--secrets x"] = "--secrets must be a whole number, not 'x'",
        ["--credential certificate"] = "--credential certificate needs --certificate FILE",
        ["--credential federated"] = "--credential federated needs --token-file FILE",
        ["--propagation x"] = "--propagation must be whole seconds, not 'x'",
        ["--installed x"] = "--installed must be a share from 0 to 1, not 'x'",
      }
      for line, message in pairs(cases) do
        assert.same({ nil, message }, { read(line) })
      end
    end)

    it("ends with 64", function()
      for line, message in pairs({
        ["--window round"] = "crier sandbox: window must be bucket, fixed or sliding\n",
        ["--faults blokced=1"] =
          "crier sandbox: unknown fault 'blokced'; did you mean 'blocked'?\n" }) do
        local pipe = io.popen(shell.lua(script) .. " " .. line .. " 2>&1")
        assert.equal(message, pipe:read("a"))
        local _, how, status = pipe:close()
        assert.same({ "exit", 64 }, { how, status })
      end
    end)
  end)
end)
