local authority = require "support.authority"
local core = require "crier.core"
local node = require "support.node"
local place = require "support.place"
local sandbox = require "support.sandbox"
local tokens = require "support.tokens"

-- The issuer of tokens is oidc-provider, certified to conform to OAuth 2.0 and
-- RFC 7523: it knows nothing of crier, and refuses what Entra would.
describe("a standards-conforming OAuth server", function()
  local is_ready, reason = node.is_ready()
  if not is_ready then
    pending(reason)
    return
  end

  local SECRET = "s3cr&t+ /=%"
  local PASSWORD = "pa55"
  local SCOPES = { graph = "https://graph.microsoft.com/.default",
    connector = "https://api.botframework.com/.default" }
  local signer, app, other, server, url, transport

  setup(function()
    signer = authority.new()
    app, other = signer:enroll(PASSWORD), signer:enroll()
    server = node.start("oauth.mjs", { tenant = tokens.TENANT,
      scopes = { SCOPES.graph, SCOPES.connector }, clients = {
        { id = "plain", secret = SECRET },
        { id = "PS256", certificate = app.certificate, algorithm = "PS256" },
        { id = "RS256", certificate = app.certificate, algorithm = "RS256" },
      } }, "^listening on (%d+)$")
    url = "http://127.0.0.1:" .. server.ready[1]
    transport = core.transport.new { timeout_ms = 10000 }
  end)

  teardown(function()
    transport:close()
    server:stop()
    signer:close()
  end)

  -- The answer, and what the server says of it.
  local function carry(request)
    local ticket = assert(transport:submit(request))
    for _ = 1, 100 do
      local completion = assert(transport:step(1000))[1]
      if completion then
        assert.equal(ticket, completion.ticket)
        return completion.response, server:line()
      end
    end
    error("no answer")
  end

  local function certificate(options)
    local proof = { kind = "certificate", path = app.file }
    for name, value in pairs(options or {}) do
      proof[name] = value
    end
    return proof
  end

  -- Asks for a token once. `late_ms` is what the clock here is wrong by;
  -- `authority` another one that the request is made for.
  local function ask(client_id, proof, options)
    options = options or {}
    local token = tokens.with(proof, { client_id = client_id, audience = options.audience,
      authority = options.authority or url })
    local now_ms = core.clock.now_ms() + (options.late_ms or 0)
    local state, request = token:get(now_ms)
    assert.equal("need", state, request)
    request.url = request.url:gsub("^%a+://[^/]+", url)
    local response, said = carry(request)
    local outcome, goes_on = token:receive(response, now_ms)
    return { token = token, outcome = outcome, goes_on = goes_on, said = said,
      request = request }
  end

  local function assert_granted(asked)
    assert.equal("200", asked.said)
    assert.equal("ok", asked.outcome.kind)
    assert.is_true(#asked.token:text() > 20)
    assert.is_true(asked.outcome.expires_at_ms > core.clock.now_ms() + 3500000)
  end

  local function assert_refused(why, asked)
    assert.equal("401 invalid_client: " .. why, asked.said)
    assert.equal("misconfigured", asked.outcome.kind)
    assert.equal("invalid_client", asked.outcome.code)
    assert.is_false(asked.goes_on)
    assert.is_nil(asked.token:text())
  end

  describe("issues a token", function()
    it("for a secret, whatever characters are in it, and each audience", function()
      for audience in pairs(SCOPES) do
        assert_granted(ask("plain", { kind = "secret", secret = SECRET }, { audience = audience }))
      end
    end)

    it("for the second secret of a file when the first is refused", function()
      local path = signer.folder .. "/secrets"
      local file = assert(io.open(path, "w"))
      file:write("an old one\n", SECRET, "\n")
      file:close()
      local first = ask("plain", { kind = "secret file", path = path })
      assert.equal("401 invalid_client: invalid secret provided", first.said)
      assert.is_true(first.goes_on)
      local now_ms = core.clock.now_ms()
      local state, request = first.token:get(now_ms)
      assert.equal("need", state)
      local response, said = carry(request)
      assert.equal("200", said)
      assert.equal("ok", first.token:receive(response, now_ms).kind)
    end)

    it("for an assertion signed with PS256", function()
      assert_granted(ask("PS256", certificate()))
      assert_granted(ask("PS256", certificate { algorithm = "PS256" }))
    end)

    it("for one signed with RS256", function()
      assert_granted(ask("RS256", certificate { algorithm = "RS256" }))
    end)

    it("for one that brings its certificates along", function()
      assert_granted(ask("PS256", certificate { sends_chain = true }))
    end)

    it("for one signed with the key in a PKCS#12 file", function()
      assert_granted(ask("PS256", certificate { path = app.archive, password = PASSWORD }))
    end)

    it("for one that somebody else signed, read from its file each time", function()
      local path = signer.folder .. "/federated"
      local function put(client_id)
        local made = tokens.with(certificate(), { client_id = client_id, authority = url })
        local _, request = made:get(core.clock.now_ms())
        local file = assert(io.open(path, "w"))
        file:write(tokens.form(request.body).client_assertion, "\n")
        file:close()
      end
      put "PS256"
      local first = ask("PS256", { kind = "federated token", path = path })
      assert_granted(first)
      put "PS256"
      local late_ms = core.clock.now_ms() + 3600000
      local state, request = first.token:get(late_ms)
      assert.equal("need", state)
      local response, said = carry(request)
      assert.equal("200", said)
      assert.equal("ok", first.token:receive(response, late_ms).kind)
    end)

    it("for the program, which has nothing but its settings", function()
      local cloud = sandbox.start "--users 1"
      local env = { AZURE_AUTHORITY_HOST = url, AZURE_TENANT_ID = tokens.TENANT,
        AZURE_CLIENT_ID = "RS256", AZURE_CLIENT_CERTIFICATE_PATH = app.archive,
        AZURE_CLIENT_CERTIFICATE_PASSWORD = PASSWORD, CRIER_ASSERTION_ALG = "RS256" }
      for name, value in pairs(cloud.env) do
        if name ~= "AZURE_CLIENT_SECRET" then
          env[name] = env[name] or value
        end
      end
      local stage = place.new(env)
      local ran = stage:crier "run campaign.lua"
      assert.equal("200", server:line())
      -- The sandbox knows this token as little as Graph would.
      assert.equal(77, ran.status, ran.err)
      assert.equal("200", server:line())
      assert.is_nil((ran.out .. ran.err):find(PASSWORD, 1, true))
      stage:close()
      cloud:stop()
    end)
  end)

  describe("refuses", function()
    it("a wrong secret", function()
      assert_refused("invalid secret provided",
        ask("plain", { kind = "secret", secret = SECRET .. "x" }))
    end)

    it("an assertion signed with another key", function()
      assert_refused("signature verification failed",
        ask("PS256", certificate { path = other.file }))
    end)

    it("one signed in another way than was agreed", function()
      assert_refused("alg mismatch", ask("PS256", certificate { algorithm = "RS256" }))
      assert_refused("alg mismatch", ask("RS256", certificate { algorithm = "PS256" }))
    end)

    it("one that has expired", function()
      assert_refused("jwt expired", ask("PS256", certificate(), { late_ms = -3600000 }))
    end)

    it("one that is not valid yet", function()
      assert_refused("jwt not active yet", ask("PS256", certificate(), { late_ms = 3600000 }))
    end)

    it("one for another server", function()
      assert_refused("audience (aud) must equal the endpoint url, issuer identifier or token"
        .. " endpoint url",
        ask("PS256", certificate(), { authority = "https://login.microsoftonline.com" }))
    end)

    it("one a second time: each request has its own", function()
      local asked = ask("PS256", certificate())
      assert_granted(asked)
      local response, said = carry(asked.request)
      assert.equal(401, response.status)
      assert.equal("401 invalid_client: client assertion tokens must only be used once", said)
    end)
  end)
end)
