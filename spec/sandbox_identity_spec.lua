local cjson = require "cjson"
local core = require "crier.core"
local encoding = require "crier.simulator.encoding"
local certificates = require "support.certificates"
local process = require "support.process"
local sandbox = require "support.sandbox"
local shell = require "support.shell"

local GRAPH = "https://graph.microsoft.com/.default"
local TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

describe("the identities of crier sandbox", function()
  local folder, running

  setup(function()
    folder = certificates.folder()
    folder:make "bot"
    folder:make "stranger"
  end)

  teardown(function()
    folder:close()
  end)

  after_each(function()
    if running then
      running:stop()
      running = nil
    end
  end)

  local function start(options)
    running = sandbox.start("--users 3 " .. options)
    return running.env
  end

  local function fetch(request)
    local response = running.client:ask(request)
    return response.status, cjson.decode((assert(response.body, response.message)))
  end

  local function exchange(env, changes)
    local fields = { grant_type = "client_credentials", client_id = env.AZURE_CLIENT_ID,
      scope = GRAPH }
    for name, value in pairs(changes) do
      fields[name] = value
    end
    local out = {}
    for name, value in pairs(fields) do
      out[#out + 1] = name .. "=" .. encoding.escape(value)
    end
    local status, body = fetch({ method = "POST", body = table.concat(out, "&"),
      url = env.AZURE_AUTHORITY_HOST .. "/" .. env.AZURE_TENANT_ID .. "/oauth2/v2.0/token",
      headers = { ["Content-Type"] = "application/x-www-form-urlencoded" } })
    return { status, body.error_codes and body.error_codes[1] }
  end

  local function assertion(env, name, algorithm, header, claims)
    local now_s = math.floor(core.clock.now_ms() / 1000)
    header.alg, header.typ = algorithm, "JWT"
    claims = claims or { iss = env.AZURE_CLIENT_ID, sub = env.AZURE_CLIENT_ID, jti = name,
      aud = env.AZURE_AUTHORITY_HOST .. "/" .. env.AZURE_TENANT_ID .. "/oauth2/v2.0/token" }
    claims.nbf, claims.exp = now_s, now_s + 600
    return { client_assertion_type = TYPE, client_assertion = folder:sign(name, algorithm,
      cjson.encode(header), cjson.encode(claims)) }
  end

  it("takes what a registered certificate has signed, and nothing else", function()
    local pem = folder:file "bot.pem"
    local env = start("--credential certificate --certificate " .. shell.quote(pem))
    assert.equal(pem, env.AZURE_CLIENT_CERTIFICATE_PATH)
    assert.is_nil(env.AZURE_CLIENT_SECRET)
    local jwk = cjson.decode((core.certificate.jwk(folder:read "bot.crt")))
    local s256, sha1 = { ["x5t#S256"] = jwk["x5t#S256"] }, { x5t = jwk.x5t }
    assert.same({ 200 }, exchange(env, assertion(env, "bot", "PS256", s256)))
    assert.same({ 200 }, exchange(env, assertion(env, "bot", "RS256", sha1)))
    local der = folder:read("bot.crt"):gsub("%-%-%-%-%-[%u ]+%-%-%-%-%-", ""):gsub("%s", "")
    assert.same({ 200 }, exchange(env, assertion(env, "bot", "PS256", { x5c = { der } })))
    assert.same({ 401, 700027 }, exchange(env, assertion(env, "stranger", "PS256", s256)))
    local other = cjson.decode((core.certificate.jwk(folder:read "stranger.crt")))
    assert.same({ 401, 700027 },
      exchange(env, assertion(env, "stranger", "RS256", { x5t = other.x5t })))
  end)

  it("takes the tokens of an issuer whose keys it was given", function()
    local jwk = cjson.decode((core.certificate.jwk(folder:read "bot.crt")))
    jwk.kid = "cluster"
    local jwks = folder:write("jwks.json", cjson.encode({ keys = { jwk } }))
    local env = start("--credential federated --token-file " .. folder:file "token"
      .. " --federated https://cluster.example system:serviceaccount:a:b " .. shell.quote(jwks))
    assert.equal(folder:file "token", env.AZURE_FEDERATED_TOKEN_FILE)
    local function token(name, subject)
      return assertion(env, name, "RS256", { kid = "cluster" }, { iss = "https://cluster.example",
        sub = subject, aud = "api://AzureADTokenExchange" })
    end
    assert.same({ 200 }, exchange(env, token("bot", "system:serviceaccount:a:b")))
    assert.same({ 401, 50013 }, exchange(env, token("stranger", "system:serviceaccount:a:b")))
    assert.same({ 401, 700213 }, exchange(env, token("bot", "system:serviceaccount:a:c")))
  end)

  it("writes a federated token of its own where no issuer is given", function()
    local path = folder:file "own"
    local env = start("--credential federated --token-file " .. shell.quote(path))
    assert.same({ 200 }, exchange(env, { client_assertion_type = TYPE,
      client_assertion = folder:read "own" }))
    assert.same({ 401, 50027 }, exchange(env, { client_assertion_type = TYPE,
      client_assertion = folder:read("own"):sub(2) }))
  end)

  it("has a managed identity where IDENTITY_ENDPOINT says", function()
    local env = start "--credential identity"
    local function ask(header)
      return fetch({ method = "GET", headers = { ["X-IDENTITY-HEADER"] = header },
        url = env.IDENTITY_ENDPOINT .. "?api-version=2019-08-01"
          .. "&resource=https%3A%2F%2Fgraph.microsoft.com" })
    end
    local status, body = ask(env.IDENTITY_HEADER)
    assert.equal(200, status)
    status = fetch({ method = "GET", url = env.CRIER_GRAPH_URL .. "/v1.0/users",
      headers = { Authorization = "Bearer " .. body.access_token } })
    assert.equal(200, status)
    assert.equal(401, (ask "guessed"))
  end)

  it("rotates its secrets", function()
    local env = start "--secrets 1"
    assert.same({ 200 }, exchange(env, { client_secret = env.AZURE_CLIENT_SECRET }))
    local _, rotated = fetch({ method = "POST", url = running.url .. "/_sandbox/rotate",
      headers = {}, body = "" })
    assert.same({ 401, 7000222 }, exchange(env, { client_secret = env.AZURE_CLIENT_SECRET }))
    assert.same({ 200 }, exchange(env, { client_secret = rotated.secrets[1] }))
  end)

  it("ends with 64 where a file is none of what it should be", function()
    local text = folder:write("text", "no certificate")
    for options, message in pairs({
      ["--certificate " .. folder:file "absent"] = folder:file "absent"
        .. ": No such file or directory",
      ["--certificate " .. text] = text .. ": the text holds no certificate",
      ["--federated a b " .. text] = text .. ": ",
    }) do
      local ended = process.run("sandbox " .. options)
      assert.equal(64, ended.status)
      local said = "crier sandbox: " .. message
      assert.equal(said, ended.err:sub(1, #said))
      assert.equal("", ended.out)
    end
  end)
end)
