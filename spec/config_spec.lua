local config = require "crier.config"

local NEEDED = { AZURE_TENANT_ID = "contoso", AZURE_CLIENT_ID = "bot",
  AZURE_CLIENT_SECRET = "s3cret" }

-- Reads the settings of an environment that has what is needed, and `more`.
local function read(more, options)
  return config.read(options, function(name)
    if more and more[name] ~= nil then
      return more[name] or nil
    end
    return NEEDED[name]
  end)
end

local function refused(more, options)
  local found, message, code = read(more, options)
  assert.is_nil(found)
  assert.is_nil(message:find("s3cret", 1, true))
  return message, code
end

describe("crier.config", function()
  describe(".read()", function()
    it("needs tenant, client id and secret alone", function()
      local found = read()
      assert.equal("contoso", found.tenant)
      assert.equal("bot", found.client_id)
      assert.equal("public", found.cloud)
      assert.equal("teams", found.limits)
      assert.equal("warn", found.log)
      assert.equal("sqlite:crier.db", found.store)
      assert.equal("bot", found.app)
      assert.is_nil(found.app_id)
      assert.equal("https://graph.microsoft.com", found.info.graph)
      assert.equal("https://smba.trafficmanager.net/teams/", found.info.connector)
    end)

    it("names what is not set, and what to set it to", function()
      local cases = {
        { "AZURE_TENANT_ID", "AZURE_TENANT_ID is not set: set it to the"
          .. " customer's tenant id (Entra admin center > Overview)" },
        { "AZURE_CLIENT_ID", "AZURE_CLIENT_ID is not set: set it to the"
          .. " Application (client) ID of the bot's app registration" },
      }
      for _, case in ipairs(cases) do
        for _, value in ipairs { false, "" } do
          local message, code = refused { [case[1]] = value }
          assert.equal(case[2], message)
          assert.equal("CONFIG", code)
        end
      end
    end)

    it("reads how many broadcasts a person gets at most", function()
      assert.same({ most = 3, within = "7d" }, read({ CRIER_FATIGUE = "3/7d" }).fatigue)
      assert.is_nil(read().fatigue)
      for _, word in ipairs { "3", "/7d", "0/7d", "3/7", "3/0d", "3/7d ", "-3/7d", "3/7d/1" } do
        assert.equal("CRIER_FATIGUE is '" .. word .. "': it is messages/time, such as 3/7d",
          (refused { CRIER_FATIGUE = word }))
      end
    end)

    it("takes an empty variable for one that is not set", function()
      local found = read { CRIER_CLOUD = "", CRIER_STORE = "", CRIER_APP_ID = "",
        CRIER_LIMITS = "" }
      assert.equal("public", found.cloud)
      assert.equal("sqlite:crier.db", found.store)
      assert.is_nil(found.app_id)
    end)

    it("reads every variable", function()
      local found = read { AZURE_AUTHORITY_HOST = "http://127.0.0.1:1",
        CRIER_CLOUD = "gcc", CRIER_APP_ID = "app", CRIER_BOT_TENANT = "btenant",
        CRIER_BOT_CLIENT_ID = "bclient", CRIER_BOT_CLIENT_SECRET = "bsecret",
        CRIER_ASSERTION_ALG = "RS256",
        CRIER_GRAPH_URL = "http://127.0.0.1:2",
        CRIER_CONNECTOR_URL = "http://127.0.0.1:3/teams/", CRIER_LIMITS = "off",
        CRIER_BOT_OPENID_URL = "http://127.0.0.1:4/openid", CRIER_BOT_ENTRA_APPS = "a, b",
        CRIER_STORE = "sqlite:/x.db", CRIER_LOG = "debug" }
      assert.same({ "http://127.0.0.1:1", "gcc", "app", "btenant", "bclient",
        "RS256", "off", "sqlite:/x.db", "debug" }, { found.authority,
        found.cloud, found.app_id, found.bot_tenant, found.bot_client_id,
        found.assertion_algorithm, found.limits, found.store, found.log })
      assert.equal("bclient", found.app)
      assert.is_true(found.info.loopback)
      assert.same({ "https://api.botframework.com", "http://127.0.0.1:4/openid" },
        { found.info.issuer, found.info.openid })
      assert.same({ "a", "b" }, found.entra_apps)
      assert.same({}, read().entra_apps)
      assert.same({ "c" }, read({}, { entra_apps = { "c" } }).entra_apps)
    end)

    it("takes bot and registration for the same unless told", function()
      local found = read()
      assert.same({ "contoso", "bot" }, { found.bot_tenant, found.bot_client_id })
      assert.equal(found.credential, found.bot_credential)
    end)

    it("lets options override the environment", function()
      local found = read({ CRIER_STORE = "sqlite:env.db" },
        { store = "sqlite:option.db", tenant = "fabrikam" })
      assert.equal("sqlite:option.db", found.store)
      assert.equal("fabrikam", found.tenant)
      assert.equal("bot", found.client_id)
    end)

    it("refuses words that it does not know", function()
      local message, code = refused { CRIER_LIMITS = "none" }
      assert.equal("CRIER_LIMITS is 'none': it is teams or off", message)
      assert.equal("CONFIG", code)
      message, code = refused { CRIER_LOG = "loud" }
      assert.equal("CRIER_LOG is 'loud': it is debug, info, warn or error", message)
      assert.equal("CONFIG", code)
      message, code = refused { CRIER_ASSERTION_ALG = "HS256" }
      assert.equal("CRIER_ASSERTION_ALG is 'HS256': it is PS256 or RS256", message)
      assert.equal("CONFIG", code)
      assert.equal("CLOUD_UNKNOWN", select(2, refused { CRIER_CLOUD = "mars" }))
    end)

    it("holds no secret", function()
      local found = read { CRIER_BOT_CLIENT_SECRET = "s3cret-too",
        AZURE_CLIENT_CERTIFICATE_PASSWORD = "s3cret-pass", IDENTITY_HEADER = "s3cret-header" }
      for key, value in pairs(found) do
        assert.is_nil(tostring(value):find("s3cret", 1, true), key)
      end
    end)

    it("refuses a URL that a token may not go to", function()
      for _, name in ipairs { "AZURE_AUTHORITY_HOST", "CRIER_GRAPH_URL",
        "CRIER_CONNECTOR_URL", "CRIER_BOT_OPENID_URL" } do
        local message, code = refused { [name] = "http://graph.example" }
        assert.equal("URL_REFUSED", code)
        assert.equal(name .. ": must be an https URL, or http on loopback, without user, query or"
          .. " fragment", message)
      end
    end)

    it("lets the limits be off on loopback alone", function()
      local off = { CRIER_LIMITS = "off", CRIER_GRAPH_URL = "http://127.0.0.1:2" }
      local message, code = refused(off)
      assert.equal("CRIER_LIMITS=off is only for Graph and Connector on loopback:"
        .. " unset it", message)
      assert.equal("CONFIG", code)
      off.CRIER_CONNECTOR_URL = "http://127.0.0.1:3"
      assert.equal("off", read(off).limits)
    end)

    it("admits further hosts, as text or as a list", function()
      local urls = { "https://a.example/x", "https://b.example/x",
        "https://c.example/x" }
      local found = read { CRIER_ALLOW_HOSTS = "a.example, b.example" }
      local other = read(nil, { allow_hosts = { "a.example", "b.example" } })
      for i, url in ipairs(urls) do
        assert.equal(i < 3, found.endpoints:allows("connector", url))
        assert.equal(i < 3, other.endpoints:allows("connector", url))
      end
    end)

    it("raises for misuse", function()
      local cases = {
        { { tenat = "x" }, "crier.connect: unknown option 'tenat';"
          .. " did you mean 'tenant'?" },
        { { tenant = 7 }, "crier.connect: tenant must be a string" },
        { { limits = true }, "crier.connect: limits must be a string" },
        { { store = {} }, "crier.connect: store must be a string" },
        { "x", "crier.connect takes a table" },
      }
      for _, case in ipairs(cases) do
        local ok, message = pcall(function()
          local function connect() -- as crier.connect stands between
            local found = config.read(case[1])
            return found
          end
          local found = connect()
          return found
        end)
        assert.is_false(ok)
        assert.equal(case[2], message:match "config_spec%.lua:%d+: (.*)")
      end
    end)
  end)

  describe(".store()", function()
    it("needs nothing but the store's URL", function()
      local function nothing() end
      assert.equal("sqlite:crier.db", config.store({}, nothing))
      assert.equal("sqlite:a.db", config.store(nil, function(name)
        return name == "CRIER_STORE" and "sqlite:a.db" or nil
      end))
      assert.equal("sqlite:b.db", config.store({ store = "sqlite:b.db" }, nothing))
    end)
  end)
end)
