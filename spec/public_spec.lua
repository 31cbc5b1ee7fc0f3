local crier = require "crier"
local sandbox = require "support.sandbox"

-- What `crier` has, and where it comes from.
local PUBLIC = {
  activity = "crier.campaign.message", campaign = "crier.campaign",
  card = "crier.campaign.message", connect = "crier", csv = "crier.audience",
  channel = "crier.audience", chat = "crier.audience", delta = "crier.audience",
  dialog = "crier.dialog",
  group = "crier.audience", jsonl = "crier.audience", list = "crier.audience",
  mention = "crier.campaign.message", previous = "crier.audience",
  poll = "crier.dialog.poll",
  reinstall = "crier.campaign.detour", reroute = "crier.campaign.detour",
  retry = "crier.retry", run = "crier", team = "crier.audience",
  text = "crier.campaign.message", today = "crier", users = "crier.audience",
  variants = "crier.campaign.message", version = "crier",
}

local function read_source(module)
  local path = assert(package.searchpath(module, package.path)) -- luacheck: ignore 143
  local file = assert(io.open(path))
  local text = file:read "*a"
  file:close()
  return text
end

-- What a function raises, without the place in this file, which must be there.
local function raised(fn)
  local ok, message = pcall(fn)
  assert.is_false(ok)
  return (assert(message:match "public_spec%.lua:%d+: (.*)", message))
end

describe("crier", function()
  it("has these names and no others", function()
    for name in pairs(crier) do
      assert.is_not_nil(PUBLIC[name], name)
    end
    for name in pairs(PUBLIC) do
      assert.is_not_nil(crier[name], name)
    end
  end)

  it("documents each of them", function()
    local text = read_source "crier"
    for name in pairs(PUBLIC) do
      local form = text:find("\n%-%-%- [^\n]+\ncrier%." .. name .. " = ")
        or text:find("\n%-%-%- [^\n]+\n%-%-.-\nfunction crier%." .. name .. "%(")
      assert.is_not_nil(form, name)
    end
  end)

  it("names, for each that lies elsewhere, one that is documented there", function()
    local text = read_source "crier"
    for name, module in pairs(PUBLIC) do
      if module ~= "crier" then
        local there = text:match("%-%-%- See `" .. module:gsub("%p", "%%%0")
          .. "%.(%w+)`%.\ncrier%." .. name .. " = ")
        local source = read_source(module)
        local last = module:match "%w+$"
        local kept = source:find("\n%-%-%- [^\n]+\n" .. last .. "%." .. there .. " = ")
        assert.is_not_nil(kept or source:find("\n%-%-%- [^\n]+\n%-%-.-\nfunction "
          .. last .. "%." .. there .. "%("), name)
        assert.equal(require(module)[there], crier[name])
      end
    end
  end)

  it("makes no globals", function()
    local before = {}
    for name in pairs(_G) do
      before[name] = true
    end
    local loaded = package.loaded.crier
    package.loaded.crier = nil
    require "crier"
    package.loaded.crier = loaded
    for name in pairs(_G) do
      assert.is_true(before[name], name)
    end
  end)

  it("loads neither the core nor templates before they are needed", function()
    local kept = {}
    local function forget(into)
      for name, module in pairs(package.loaded) do
        if name:find "^crier" then
          into[name], package.loaded[name] = module, nil
        end
      end
    end
    finally(function()
      forget {}
      for name, module in pairs(kept) do
        package.loaded[name] = module
      end
    end)
    forget(kept)
    require "crier"
    assert.is_not_nil(package.loaded["crier.campaign"])
    assert.is_nil(package.loaded["crier.core"])
    assert.is_nil(package.loaded["crier.template"])
  end)

  describe(".run()", function()
    it("gives arguments in and results out", function()
      local results = { n = select("#", crier.run(function(...)
        return ..., nil
      end, 1, 2)), crier.run(function(...) return ... end, "a", nil, "c") }
      assert.equal(2, results.n)
      assert.same({ "a", nil, "c" }, { results[1], results[2], results[3] })
    end)

    it("raises what the function raised, and can be used again", function()
      local problem = {}
      local ok, message = pcall(crier.run, function() error(problem) end)
      assert.is_false(ok)
      assert.equal(problem, message)
      assert.equal(1, crier.run(function() return 1 end))
    end)

    it("raises for misuse, at the line of the caller", function()
      assert.equal("crier.run takes a function", raised(function()
        local result = crier.run {}
        return result
      end))
      assert.equal("crier.run inside crier.run", raised(function()
        crier.run(function()
          local result = crier.run(function() end)
          return result
        end)
      end))
    end)
  end)

  describe(".connect()", function()
    local served, options

    setup(function()
      served = sandbox.start "--users 5"
      options = { tenant = served.env.AZURE_TENANT_ID,
        client_id = served.env.AZURE_CLIENT_ID,
        client_secret = served.env.AZURE_CLIENT_SECRET,
        authority = served.env.AZURE_AUTHORITY_HOST,
        graph_url = served.env.CRIER_GRAPH_URL,
        connector_url = served.env.CRIER_CONNECTOR_URL,
        app_id = served.env.CRIER_APP_ID }
    end)
    teardown(function() served:stop() end)

    it("gives a client whose calls read top to bottom", function()
      local chat, sent, id = crier.run(function()
        local client = assert(crier.connect(options))
        local people = assert(client.graph:users { select = "id,displayName" })
        assert.equal(5, #people.value)
        for _, person in ipairs(people.value) do
          if client.graph:install(person.id) == "ok" then
            client.loop:sleep(400)
            local made = assert(client.connector:create(person.id))
            return made, assert(client.connector:send(made,
              { type = "message", text = "Hello" })), person.id
          end
        end
      end)
      local delivered = served:deliveries()
      assert.equal(1, #delivered)
      assert.equal(id, delivered[1].recipient)
      assert.equal(chat.id, delivered[1].conversation_id)
      assert.equal(sent.id, delivered[1].activity_id)
      assert.equal("Hello", delivered[1].activity.text)
    end)

    it("says that the app is not set, or not there", function()
      local results = crier.run(function()
        local without = assert(crier.connect { app_id = "", tenant = options.tenant,
          client_id = options.client_id, client_secret = options.client_secret,
          authority = options.authority, graph_url = options.graph_url,
          connector_url = options.connector_url })
        local found = { without.graph:install "person" }
        without.config.app_id = "nothing"
        return { found, { without.graph:install "person" } }
      end)
      assert.is_nil(results[1][1])
      assert.matches("^CRIER_APP_ID is not set", results[1][2])
      assert.equal("CONFIG", results[1][3])
      assert.matches("no Teams app with the id nothing is in", results[2][2], 1, true)
      assert.equal("APP_UNKNOWN", results[2][3])
    end)

    it("gives a refusal as nil, message, code and outcome", function()
      local found, message, code, outcome = crier.run(function()
        return assert(crier.connect(options)).graph:user("nobody@x", "id")
      end)
      assert.is_nil(found)
      assert.equal("Request_ResourceNotFound", code)
      assert.equal("absent", outcome.kind)
      assert.equal(outcome.text, message)
    end)

    it("says what is not set", function()
      local client, message, code = crier.run(function()
        return crier.connect { tenant = "contoso", client_id = "" }
      end)
      assert.is_nil(client)
      assert.matches("^AZURE_CLIENT_ID is not set: ", message)
      assert.equal("CONFIG", code)
    end)

    it("raises for misuse, at the line of the caller", function()
      assert.equal("crier.connect is called inside crier.run(function() … end)",
        raised(function()
          local client = crier.connect(options)
          return client
        end))
      assert.equal("crier.connect: unknown option 'tennant'; did you mean"
        .. " 'tenant'?", raised(function()
        crier.run(function()
          local client = crier.connect { tennant = "x" }
          return client
        end)
      end))
    end)

    it("takes what to do with a message that may have arrived", function()
      local function never() end
      local with = { on_unknown = "resend", retry = never }
      for name, value in pairs(options) do
        with[name] = value
      end
      local client = crier.run(function() return crier.connect(with) end)
      assert.equal("resend", client.on_unknown)
      assert.equal(never, client.retry)
      assert.equal("report", crier.run(function()
        return crier.connect(options)
      end).on_unknown)
      for message, wrong in pairs {
        ['crier.connect: on_unknown must be "report" or "resend"'] = { on_unknown = true },
        ["crier.connect: retry must be a function"] = { retry = 3 },
      } do
        assert.equal(message, raised(function()
          crier.run(function()
            local made = crier.connect(wrong)
            return made
          end)
        end))
      end
    end)

    it("gives a client that waits nowhere else", function()
      local client = crier.run(function() return crier.connect(options) end)
      assert.matches("^this call waits: make it inside crier%.run", raised(function()
        local found = client.graph:user("x", "id")
        return found
      end))
    end)
  end)
end)
