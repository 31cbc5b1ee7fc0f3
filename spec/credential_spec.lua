local cjson = require "cjson"
local core = require "crier.core"
local config = require "crier.config"
local credential = require "crier.credential"
local certificates = require "support.certificates"
local tokens = require "support.tokens"

local IDS = { AZURE_TENANT_ID = "contoso", AZURE_CLIENT_ID = "app" }
local NOW_MS = os.time() * 1000

local function read(env, options, now_ms)
  return config.read(options, function(name)
    if env[name] ~= nil then
      return env[name] or nil
    end
    return IDS[name]
  end, now_ms or NOW_MS)
end

local UNSET = {
  "secret: AZURE_CLIENT_SECRET is not set",
  "secret file: AZURE_CLIENT_SECRET_FILE is not set",
  "certificate: AZURE_CLIENT_CERTIFICATE_PATH is not set",
  "federated token: AZURE_FEDERATED_TOKEN_FILE is not set",
  "managed identity as assertion: CRIER_ASSERTION_IDENTITY is not set",
}

-- What is skipped when the nth kind, of this name, is the only one that is set.
local function skipped(nth, name)
  local list = {}
  for i, line in ipairs(UNSET) do
    if i ~= nth then
      list[#list + 1] = line
    end
  end
  list[#list + 1] = nth <= 5 and ("managed identity: %s comes first"):format(name) or nil
  return list
end

describe("crier.credential", function()
  local folder, secrets, pem, federated

  setup(function()
    folder = certificates.folder()
    secrets = folder:write("secrets", "one\ntwo\n")
    federated = folder:write("federated", "eyJ.a.b")
    pem = folder:make("bot", { days = 100 })
  end)

  teardown(function()
    folder:close()
  end)

  describe(".resolve()", function()
    it("takes what is set, and says so", function()
      local thumbprint = folder:openssl "x509 -in bot.crt -noout -fingerprint -sha1"
        :match("=(.*)"):gsub(":", "")
      local cases = {
        { { AZURE_CLIENT_SECRET = "s" }, "secret", "client secret (AZURE_CLIENT_SECRET)", 1,
          "secret" },
        { { AZURE_CLIENT_SECRET_FILE = secrets }, "secret file",
          "client secret in " .. secrets .. " (AZURE_CLIENT_SECRET_FILE)", 2, "secret file" },
        { { AZURE_CLIENT_CERTIFICATE_PATH = pem }, "certificate", "certificate " .. pem
          .. " (AZURE_CLIENT_CERTIFICATE_PATH), thumbprint " .. thumbprint .. ", valid until "
          .. os.date("!%Y-%m-%d", NOW_MS // 1000 + 100 * 24 * 3600), 3, "certificate" },
        { { AZURE_FEDERATED_TOKEN_FILE = federated }, "federated token", "federated token in "
          .. federated .. " (AZURE_FEDERATED_TOKEN_FILE)", 4, "federated token" },
        { { CRIER_ASSERTION_IDENTITY = "mi" }, "managed identity", "federated credential, by the"
          .. " token of the managed identity mi (CRIER_ASSERTION_IDENTITY)", 5,
          "managed identity as assertion" },
        { { IDENTITY_ENDPOINT = "http://127.0.0.1:1/msi", IDENTITY_HEADER = "h" },
          "managed identity", "managed identity of App Service (IDENTITY_ENDPOINT), client id app"
          .. " (AZURE_CLIENT_ID)", 6 },
        { {}, "managed identity", "managed identity of this machine (IMDS), if there is one,"
          .. " client id app (AZURE_CLIENT_ID)", 6 },
      }
      for _, case in ipairs(cases) do
        local found = read(case[1])
        assert.equal(case[2], found.credential.kind)
        assert.equal(case[3], found.credential.took)
        assert.same(skipped(case[4], case[5]), found.credential.skipped)
        assert.equal("crier.credential (" .. case[2] .. ")", tostring(found.credential.handle))
        assert.equal(found.credential, found.bot_credential)
      end
    end)

    it("names the host that an identity is asked of in clear, when it is far", function()
      local function took(endpoint, assertion)
        return read({ IDENTITY_ENDPOINT = endpoint, IDENTITY_HEADER = "h",
          CRIER_ASSERTION_IDENTITY = assertion }).credential.took
      end
      local said = "App Service %(IDENTITY_ENDPOINT, http to "
      assert.matches(said .. "evil%.example:81, not this machine%)", took "http://evil.example:81")
      assert.matches(said .. "127%.evil%.example, not", took "http://127.evil.example")
      assert.matches("of the managed identity mi %(CRIER_ASSERTION_IDENTITY%), of " .. said
        .. "evil%.example, ", took("http://evil.example/", "mi"))
      for _, near in ipairs { "http://localhost:1/", "http://[::1]:1/", "http://169.254.129.2:81/",
        "https://far.example/" } do
        assert.matches("App Service %(IDENTITY_ENDPOINT%),", took(near))
      end
    end)

    it("takes the first of several, in the order of the Azure SDKs", function()
      local env = { AZURE_CLIENT_SECRET = "s", AZURE_CLIENT_SECRET_FILE = secrets,
        AZURE_CLIENT_CERTIFICATE_PATH = pem, AZURE_FEDERATED_TOKEN_FILE = federated,
        CRIER_ASSERTION_IDENTITY = "system" }
      local order = { { "AZURE_CLIENT_SECRET", "secret" },
        { "AZURE_CLIENT_SECRET_FILE", "secret file" },
        { "AZURE_CLIENT_CERTIFICATE_PATH", "certificate" },
        { "AZURE_FEDERATED_TOKEN_FILE", "federated token" },
        { "CRIER_ASSERTION_IDENTITY", "managed identity" } }
      for _, next_one in ipairs(order) do
        assert.equal(next_one[2], read(env).credential.kind)
        env[next_one[1]] = nil
      end
    end)

    it("says in one line what it took and why not the others", function()
      local found = read { AZURE_CLIENT_SECRET_FILE = secrets, AZURE_FEDERATED_TOKEN_FILE = "/f" }
      assert.equal("client secret in " .. secrets .. " (AZURE_CLIENT_SECRET_FILE); not taken:"
        .. " secret: AZURE_CLIENT_SECRET is not set,"
        .. " certificate: AZURE_CLIENT_CERTIFICATE_PATH is not set,"
        .. " federated token: secret file comes first,"
        .. " managed identity as assertion: CRIER_ASSERTION_IDENTITY is not set,"
        .. " managed identity: secret file comes first", credential.explain(found.credential))
    end)

    it("signs as the settings say", function()
      local function header(env)
        env.AZURE_CLIENT_CERTIFICATE_PATH = pem
        local token = tokens.with(read(env).credential.handle)
        local _, request = token:get(NOW_MS)
        local assertion = tokens.form(request.body).client_assertion
        return cjson.decode((certificates.from_base64url(assertion:match "^[^.]+")))
      end
      for _, word in ipairs { "1", "true", "TRUE" } do
        local found = header { AZURE_CLIENT_SEND_CERTIFICATE_CHAIN = word,
          CRIER_ASSERTION_ALG = "RS256" }
        assert.same({ "RS256", "string", 1 }, { found.alg, type(found.x5t), #found.x5c })
      end
      for _, word in ipairs { "", "0", "false" } do
        local found = header { AZURE_CLIENT_SEND_CERTIFICATE_CHAIN = word }
        assert.same({ "PS256", "string" }, { found.alg, type(found["x5t#S256"]) })
        assert.is_nil(found.x5c)
      end
    end)

    it("names the variable of a file that cannot be used", function()
      local locked = folder:file "locked.pfx"
      folder:openssl("pkcs12 -export -in bot.crt -inkey bot.key -out locked.pfx"
        .. " -passout pass:pass")
      local cases = {
        { { AZURE_CLIENT_SECRET_FILE = "/nowhere" },
          "AZURE_CLIENT_SECRET_FILE: /nowhere No such file or directory" },
        { { AZURE_CLIENT_CERTIFICATE_PATH = secrets },
          "AZURE_CLIENT_CERTIFICATE_PATH: " .. secrets .. " is neither PEM nor PKCS#12 (.pfx)" },
        { { AZURE_CLIENT_CERTIFICATE_PATH = locked }, "AZURE_CLIENT_CERTIFICATE_PATH: " .. locked
          .. " is encrypted, and no password is set: set AZURE_CLIENT_CERTIFICATE_PASSWORD" },
        { { AZURE_CLIENT_CERTIFICATE_PATH = locked, AZURE_CLIENT_CERTIFICATE_PASSWORD = "no" },
          "AZURE_CLIENT_CERTIFICATE_PATH: " .. locked
          .. " does not open with the password that is set" },
      }
      for _, case in ipairs(cases) do
        local found, message, code = read(case[1])
        assert.same({ nil, case[2], "CONFIG" }, { found, message, code })
      end
      assert.equal("certificate", read { AZURE_CLIENT_CERTIFICATE_PATH = locked,
        AZURE_CLIENT_CERTIFICATE_PASSWORD = "pass" }.credential.kind)
    end)

    it("refuses a certificate that is out of its time", function()
      local env = { AZURE_CLIENT_CERTIFICATE_PATH = pem }
      local found, message, code = read(env, nil, NOW_MS + 101 * 24 * 3600 * 1000)
      assert.is_nil(found)
      assert.matches("^AZURE_CLIENT_CERTIFICATE_PATH: .* holds a certificate that expired on %d",
        message)
      assert.equal("CONFIG", code)
      found, message = read(env, nil, NOW_MS - 24 * 3600 * 1000)
      assert.is_nil(found)
      assert.matches("that is not valid before %d", message)
    end)

    it("lets a credential among the options shut out the environment's", function()
      local env = { AZURE_CLIENT_SECRET = "s", CRIER_BOT_CLIENT_SECRET = "b" }
      local found = read(env, { certificate_path = pem })
      assert.equal("certificate", found.credential.kind)
      assert.equal("secret", found.bot_credential.kind)
      assert.equal("client secret (CRIER_BOT_CLIENT_SECRET)", found.bot_credential.took)
      assert.equal("secret file", read(env, { client_secret_file = secrets }).credential.kind)
      assert.equal("managed identity", read(env, { client_secret = "" }).credential.kind)
    end)

    it("does with the system's own identity when the bot has an id", function()
      local env = { AZURE_CLIENT_ID = false }
      local found, message = read(env)
      assert.is_nil(found)
      assert.matches("^AZURE_CLIENT_ID is not set: ", message)
      env.CRIER_BOT_CLIENT_ID, env.CRIER_BOT_CLIENT_SECRET = "bot", "s"
      found = read(env)
      assert.equal("managed identity of this machine (IMDS), if there is one, the system's own",
        found.credential.took)
      assert.equal("client secret (CRIER_BOT_CLIENT_SECRET)", found.bot_credential.took)
      assert.equal("bot", found.app)
      for _, more in ipairs { { "AZURE_CLIENT_SECRET", "s" }, { "CRIER_ASSERTION_IDENTITY", "mi" },
        { "AZURE_FEDERATED_TOKEN_FILE", federated } } do
        env[more[1]] = more[2]
        found, message = read(env)
        assert.is_nil(found)
        assert.matches("^AZURE_CLIENT_ID is not set: ", message)
        env[more[1]] = nil
      end
    end)
  end)

  describe(".resolve() for a bot that is another registration", function()
    it("takes its own secret, or file of secrets", function()
      local found = read { AZURE_CLIENT_SECRET = "s", CRIER_BOT_CLIENT_ID = "bot",
        CRIER_BOT_CLIENT_SECRET_FILE = secrets }
      assert.equal("client secret (AZURE_CLIENT_SECRET)", found.credential.took)
      assert.equal("client secret in " .. secrets .. " (CRIER_BOT_CLIENT_SECRET_FILE)",
        found.bot_credential.took)
      assert.equal("secret: AZURE_CLIENT_SECRET is that of AZURE_CLIENT_ID",
        found.bot_credential.skipped[1])
    end)

    it("takes no secret of the other registration", function()
      local env = { AZURE_CLIENT_SECRET = "s", CRIER_BOT_CLIENT_ID = "bot" }
      local found = read(env)
      assert.equal("secret", found.credential.kind)
      assert.equal("managed identity of this machine (IMDS), if there is one, client id bot"
        .. " (CRIER_BOT_CLIENT_ID)", found.bot_credential.took)
      assert.same({ "secret: AZURE_CLIENT_SECRET is that of AZURE_CLIENT_ID", UNSET[2]:gsub(
        "AZURE", "CRIER_BOT", 1), UNSET[3], UNSET[4], UNSET[5] }, found.bot_credential.skipped)
      env.AZURE_CLIENT_CERTIFICATE_PATH = pem
      assert.equal("certificate", read(env).bot_credential.kind)
    end)

    it("knows the same registration in other letters", function()
      local found = read { AZURE_CLIENT_SECRET = "s", CRIER_BOT_CLIENT_ID = "APP" }
      assert.equal(found.credential, found.bot_credential)
    end)
  end)

  describe(".warning()", function()
    local DAY_MS = 24 * 3600 * 1000

    it("warns of a certificate's end 30 days before", function()
      local found = read { AZURE_CLIENT_CERTIFICATE_PATH = pem }
      local ends_ms = found.credential.expires_at_ms
      assert.is_nil(credential.warning(found, ends_ms - 30 * DAY_MS))
      local text = "the certificate expires on " .. os.date("!%Y-%m-%d", ends_ms // 1000)
        .. ", in %s: upload a new one to the app's registration, then replace the file that"
        .. " AZURE_CLIENT_CERTIFICATE_PATH names"
      assert.equal(text:format "29 days", credential.warning(found, ends_ms - 30 * DAY_MS + 1))
      assert.equal(text:format "1 day", credential.warning(found, ends_ms - DAY_MS))
      assert.equal(text:format "0 days", credential.warning(found, ends_ms + DAY_MS))
    end)

    it("has nothing to say of what has no end that is known", function()
      assert.is_nil(credential.warning(read { AZURE_CLIENT_SECRET = "s" }, NOW_MS))
    end)
  end)
end)

describe("crier.core.credential", function()
  it("raises on misuse", function()
    for _, options in ipairs { {}, { kind = "password" }, { kind = "secret" },
      { kind = "secret file" }, { kind = "certificate" }, { kind = "federated token" },
      { kind = "secret", secret = 7 }, { kind = "managed identity", client_id = 7 },
      { kind = "certificate", path = "x", algorithm = "none" } } do
      assert.has_error(function() core.credential.new(options) end)
    end
    local made = core.credential.new { kind = "secret", secret = "s" }
    assert.has_error(function() made:check() end)
    assert.has_error(function()
      core.token.new { endpoints = core.cloud.endpoints { cloud = "public" }, audience = "graph",
        tenant = "t", client_id = "c", credential = "s" }
    end)
  end)

  it("tells what it is, and nothing secret", function()
    assert.same({ kind = "secret" },
      core.credential.new { kind = "secret", secret = "s3cret" }:info())
    local made, message = core.credential.new { kind = "secret", secret = ("s"):rep(20000) }
    assert.is_nil(made)
    assert.equal("the client secret is too long", message)
  end)
end)
