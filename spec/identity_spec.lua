local core = require "crier.core"
local tokens = require "support.tokens"

local GRAPH = "https%3A%2F%2Fgraph.microsoft.com"
local IMDS = "http://169.254.169.254/metadata/identity/oauth2/token"
  .. "?api-version=2018-02-01&resource="

local function identity(options)
  options = options or {}
  options.kind = "managed identity"
  return options
end

local function app_service(options)
  options = identity(options)
  options.endpoint = options.endpoint or "http://127.0.0.1:41741/msi/token/"
  options.header = "853b9a84-5bfa-4b22-a3f3-0b9a43d9ad8a"
  return options
end

local function asked(token, now_ms)
  local state, request = token:get(now_ms or 0)
  assert.equal("need", state)
  return request
end

describe("a managed identity's token", function()
  describe("on a virtual machine", function()
    it("is asked for at IMDS, by no proxy", function()
      assert.same({
        method = "GET",
        url = IMDS .. GRAPH .. "&client_id=app%20id%2F1",
        headers = { Metadata = "true" },
        direct = true,
        service = "token",
        operation = "identity",
      }, asked(tokens.with(identity { client_id = "app id/1", is_known = true })))
    end)

    it("is the system's own when no client id is given", function()
      assert.equal(IMDS .. GRAPH, asked(tokens.with(identity())).url)
    end)

    it("is asked for by resource, in every cloud", function()
      local cases = {
        { "public", "graph", GRAPH },
        { "public", "connector", "https%3A%2F%2Fapi.botframework.com" },
        { "gcch", "graph", "https%3A%2F%2Fgraph.microsoft.us" },
        { "dod", "graph", "https%3A%2F%2Fdod-graph.microsoft.us" },
        { "dod", "connector", "https%3A%2F%2Fapi.botframework.us" },
        { "china", "connector", "https%3A%2F%2Fapi.botframework.azure.cn" },
      }
      for _, case in ipairs(cases) do
        assert.equal(IMDS .. case[3], asked(tokens.with(identity(),
          { cloud = case[1], audience = case[2] })).url)
      end
    end)

    it("can be asked for elsewhere: on loopback, or at that address", function()
      for base, url in pairs { ["http://127.0.0.1:9"] = "http://127.0.0.1:9",
        ["http://localhost:9/"] = "http://localhost:9",
        ["http://169.254.169.254"] = "http://169.254.169.254" } do
        local request = asked(tokens.with(identity { host = base }))
        assert.equal(url .. "/metadata/identity/oauth2/token?api-version=2018-02-01&resource="
          .. GRAPH, request.url)
      end
      for _, base in ipairs { "http://10.0.0.1", "https://evil.example", "x",
        "http://127.0.0.1:9/#", "http://me@127.0.0.1" } do
        local made, message, code = core.credential.new(identity { host = base })
        assert.same({ nil, "AZURE_POD_IDENTITY_AUTHORITY_HOST must be http://169.254.169.254, or"
          .. " on loopback", "CONFIG" }, { made, message, code })
      end
    end)

    it("lasts as long as the strings of the answer say", function()
      local function lasts(body)
        local token = tokens.with(identity())
        asked(token, 1700000000000)
        return token:receive(tokens.answer(body), 1700000000000).expires_at_ms
      end
      assert.equal(1700003599000, lasts('{"access_token":"abc","refresh_token":"",'
        .. '"expires_in":"3599","expires_on":"1700003600","not_before":"1699999700",'
        .. '"resource":"https://graph.microsoft.com","token_type":"Bearer"}'))
      assert.equal(1700086400000, lasts '{"access_token":"abc","expires_on":"1700086400"}')
      assert.equal(1700000600000, lasts '{"access_token":"abc"}')
      for _, long in ipairs { '"expires_on":"1700086401"', '"expires_on":"1e300"',
        '"expires_in":"86401"', '"expires_in":4102444800' } do
        assert.equal(1700086400000, lasts('{"access_token":"abc",' .. long .. '}'))
      end
      assert.is_nil(lasts '{"access_token":"abc","expires_on":"1699999999"}')
    end)
  end)

  describe("in App Service", function()
    it("is asked for at its endpoint, with its header, by no proxy", function()
      assert.same({
        method = "GET",
        url = "http://127.0.0.1:41741/msi/token/?resource=" .. GRAPH
          .. "&api-version=2019-08-01&client_id=app-id",
        headers = { ["X-IDENTITY-HEADER"] = "853b9a84-5bfa-4b22-a3f3-0b9a43d9ad8a" },
        direct = true,
        service = "token",
        operation = "identity",
      }, asked(tokens.with(app_service { client_id = "app-id" })))
      assert.equal("http://169.254.130.5:8081/msi?a=1&resource=" .. GRAPH
        .. "&api-version=2019-08-01", asked(tokens.with(app_service {
          endpoint = "http://169.254.130.5:8081/msi?a=1" })).url)
    end)

    it("is not asked for elsewhere, nor with an odd header", function()
      for _, endpoint in ipairs { "ftp://x", "//x", "http://me:pw@x/", "http://x y/", "file:///x",
        "http://x/#y" } do
        local made, message, code = core.credential.new(app_service { endpoint = endpoint })
        assert.same({ nil, "IDENTITY_ENDPOINT must be an http or https URL", "CONFIG" },
          { made, message, code })
      end
      local _, message = core.credential.new { kind = "managed identity",
        endpoint = "http://127.0.0.1:1", header = "a\r\nb" }
      assert.equal("IDENTITY_ENDPOINT needs an IDENTITY_HEADER of printable characters", message)
      _, message = core.credential.new { kind = "managed identity",
        endpoint = "http://127.0.0.1:1" }
      assert.equal("IDENTITY_ENDPOINT needs IDENTITY_HEADER", message)
    end)

    it("never repeats the header", function()
      local token = tokens.with(app_service())
      asked(token)
      local outcome = token:receive(tokens.answer('{"statusCode":400,"message":'
        .. '"bad 853b9a84-5bfa-4b22-a3f3-0b9a43d9ad8a"}', 400), 0)
      assert.equal("[removed]", outcome.text)
    end)
  end)

  -- Status, body, kind, reason
  local refusals = {
    { 400, '{"error":"invalid_resource","error_description":"no such resource"}',
      "misconfigured", "bad identity request" },
    { 400, '{"error":"bad_request_102","error_description":"Required metadata header"}',
      "misconfigured", "bad identity request" },
    { 400, '{"error":"invalid_request","error_description":"Identity not found"}',
      "misconfigured", "identity not found" },
    { 400, '{"statusCode":400,"message":"No User Assigned or Delegated Managed Identity found for'
      .. ' specified ClientId/ResourceId/PrincipalId."}', "misconfigured", "identity not found" },
    { 401, '{"error":"unknown_source","error_description":"?"}', "misconfigured",
      "identity refused" },
    { 401, '{"error":"unauthorized_client","error_description":"?"}', "misconfigured",
      "identity refused" },
    { 403, "", "misconfigured", "identity refused" },
    { 404, '{"error":"not_found"}', "transient", "identity service updating" },
    { 410, "", "transient", "identity service updating" },
    { 429, "", "throttled", "throttled" },
    { 500, '{"error":"unknown","error_description":"Failed to retrieve token"}', "transient",
      "service error" },
    { 503, "", "transient", "service unavailable" },
  }
  for _, case in ipairs(refusals) do
    it(("reads a refusal: %d %s"):format(case[1], case[2]:sub(1, 40)), function()
      local token = tokens.with(app_service())
      asked(token)
      local outcome, goes_on = token:receive(tokens.answer(case[2], case[1]), 0)
      assert.same({ case[3], "run", case[4], false },
        { outcome.kind, outcome.scope, outcome.reason, goes_on })
      assert.equal("string", type(outcome.remedy))
      assert.equal("need", (token:get(0)))
    end)
  end

  describe("that nobody has promised", function()
    local function probed(answer)
      local proof = core.credential.new(identity())
      local token = tokens.with(proof)
      assert.equal(1000, asked(token).timeout_ms)
      return proof, token, token:receive(answer, 0)
    end

    it("is waited for one second, once", function()
      local proof, token = probed(tokens.granted())
      assert.equal("have", (token:get(0)))
      assert.is_nil(asked(tokens.with(proof)).timeout_ms)
    end)

    it("is there when the service answers in JSON, whatever it says", function()
      for _, answer in ipairs { tokens.answer('{"error":"x"}', 404), tokens.answer("", 500),
        tokens.answer('{"error":"too_many","error_description":"?"}', 429),
        tokens.answer("", 410) } do
        local proof, _, outcome = probed(answer)
        assert.not_equal("no credential", outcome.reason)
        assert.is_nil(asked(tokens.with(proof)).timeout_ms)
      end
    end)

    it("is not there when nothing answers, or something else", function()
      for _, answer in ipairs { { sent = false, error = "COULDNT_CONNECT" },
        { sent = true, error = "OPERATION_TIMEDOUT" }, tokens.answer("", 401),
        tokens.answer("<html><title>404 - Not Found</title>", 404),
        tokens.answer("", 404), tokens.answer("<?xml?>", 200),
        tokens.answer('{"error":"invalid_request","error_description":"Identity not found"}',
          400) } do
        local proof, token, outcome = probed(answer)
        assert.same({ "misconfigured", "run", "no credential", "CONFIG" },
          { outcome.kind, outcome.scope, outcome.reason, outcome.code })
        assert.matches("^Set AZURE_CLIENT_SECRET, ", outcome.remedy)
        for _, each in ipairs { token, tokens.with(proof, { audience = "connector" }) } do
          local state, message, code = each:get(0)
          assert.same({ nil, "no managed identity answers on this machine", "CONFIG" },
            { state, message, code })
        end
      end
    end)
  end)
end)

describe("a managed identity's token as assertion", function()
  local function as_assertion(options)
    return tokens.with(identity { as_assertion = true, is_known = true,
      client_id = "identity-id" }, options)
  end

  it("takes two steps", function()
    local token = as_assertion()
    assert.same({
      method = "GET",
      url = IMDS .. "api%3A%2F%2FAzureADTokenExchange&client_id=identity-id",
      headers = { Metadata = "true" },
      direct = true,
      service = "token",
      operation = "identity",
    }, asked(token))
    assert.equal("wait", (token:get(0)))
    local outcome, goes_on = token:receive(tokens.granted "eyJ.mi.token", 0)
    assert.same({ "ok", true }, { outcome.kind, goes_on })
    assert.is_nil(outcome.expires_at_ms)
    assert.is_nil(token:text())
    local request = asked(token)
    assert.equal("wait", (token:get(0)))
    assert.same({
      method = "POST",
      url = tokens.URL,
      headers = { ["Content-Type"] = "application/x-www-form-urlencoded" },
      body = "grant_type=client_credentials&client_id=app-id"
        .. "&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default"
        .. "&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3A"
        .. "jwt-bearer&client_assertion=eyJ.mi.token",
      service = "token",
      operation = "token",
    }, request)
    outcome, goes_on = token:receive(tokens.granted "graph-token", 0)
    assert.same({ "ok", false, 3600000 }, { outcome.kind, goes_on, outcome.expires_at_ms })
    assert.equal("graph-token", token:text())
  end)

  it("is for the exchange of its cloud", function()
    for cloud, audience in pairs { gcc = "api%3A%2F%2FAzureADTokenExchange",
      gcch = "api%3A%2F%2FAzureADTokenExchangeUSGov", dod = "api%3A%2F%2FAzureADTokenExchangeUSGov",
      china = "api%3A%2F%2FAzureADTokenExchangeChina" } do
      assert.equal(IMDS .. audience .. "&client_id=identity-id",
        asked(as_assertion { cloud = cloud }).url)
    end
  end)

  it("begins again at the first step after a failure of either", function()
    local token = as_assertion()
    for _, answer in ipairs { tokens.answer("", 500), tokens.answer '{"access_token":""}',
      { sent = true, error = "OPERATION_TIMEDOUT" } } do
      assert.equal("identity", asked(token).operation)
      local outcome, goes_on = token:receive(answer, 0)
      assert.same({ "transient", false }, { outcome.kind, goes_on })
    end
    asked(token)
    token:receive(tokens.granted "eyJ.mi.token", 0)
    asked(token)
    local outcome, goes_on = token:receive(tokens.refused(700213), 0)
    assert.same({ "misconfigured", "bad federated credential", false },
      { outcome.kind, outcome.reason, goes_on })
    assert.equal("identity", asked(token).operation)
  end)

  it("never shows the identity's token", function()
    local token = as_assertion()
    asked(token)
    token:receive(tokens.granted "opaque.identity.token", 0)
    asked(token)
    local outcome = token:receive(tokens.answer('{"error":"invalid_client",'
      .. '"error_description":"opaque.identity.token"}', 401), 0)
    assert.equal("[removed]", outcome.text)
  end)
end)
