local core = require("crier.core")

local SECRET = "s3cr+t/=~& value"
local TENANT = "11111111-2222-3333-4444-555555555555"

local function new_token(options)
  options = options or {}
  return core.token.new({
    endpoints = core.cloud.endpoints({ cloud = options.cloud or "public",
      authority = options.authority }),
    audience = options.audience or "graph",
    tenant = options.tenant or TENANT,
    client_id = options.client_id or "app-id",
    secret = options.secret or SECRET,
  })
end

local function answer(body, status, headers)
  return { status = status or 200, sent = true, body = body,
    headers = headers or { ["content-type"] = "application/json" } }
end

local function granted(text, expires_in)
  return answer(('{"token_type":"Bearer","expires_in":%s,"access_token":"%s"}')
    :format(expires_in or "3600", text or "opaque-1"))
end

local function held(text, expires_in)
  local token = new_token()
  assert.equal("need", (token:get(0)))
  assert.equal("ok", token:receive(granted(text, expires_in), 0).kind)
  return token
end

describe("crier.core.token", function()
  describe(":get()", function()
    it("asks Entra with the client's secret, escaped as a form", function()
      local state, request = new_token():get(0)
      assert.equal("need", state)
      assert.same({
        method = "POST",
        url = "https://login.microsoftonline.com/" .. TENANT .. "/oauth2/v2.0/token",
        headers = { ["Content-Type"] = "application/x-www-form-urlencoded" },
        body = "grant_type=client_credentials&client_id=app-id"
          .. "&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default"
          .. "&client_secret=s3cr%2Bt%2F%3D%7E%26+value",
        service = "token",
        operation = "token",
      }, request)
    end)

    it("asks for the bot's scope, at the authority that is set", function()
      local _, request = new_token({ audience = "connector", tenant = "botframework.com",
        authority = "http://127.0.0.1:9/login" }):get(0)
      assert.equal("http://127.0.0.1:9/login/botframework.com/oauth2/v2.0/token", request.url)
      assert.truthy(request.body:find(
        "&scope=https%3A%2F%2Fapi.botframework.com%2F.default&", 1, true))
    end)

    it("refuses a tenant that would leave its path", function()
      for _, tenant in ipairs({ "", ".", ".." }) do
        local state, err, code = new_token({ tenant = tenant }):get(0)
        assert.is_nil(state)
        assert.equal("an id may not be empty, nor '.' or '..'", err)
        assert.equal("ID_REFUSED", code)
      end
      local _, request = new_token({ tenant = "a/b?c" }):get(0)
      assert.equal("https://login.microsoftonline.com/a%2Fb%3Fc/oauth2/v2.0/token", request.url)
    end)

    it("lets one caller fetch while the others wait", function()
      local token = new_token()
      assert.equal("need", (token:get(0)))
      assert.equal("wait", (token:get(0)))
      assert.equal("wait", (token:get(119999)))
      token:receive(granted(), 119999)
      assert.equal("have", (token:get(119999)))
    end)

    it("offers a fetch again that nobody brought back for two minutes", function()
      local token = new_token()
      token:get(0)
      assert.equal("need", (token:get(120000)))
      assert.equal("wait", (token:get(120000)))
    end)

    it("renews five minutes before the end, one caller at a time", function()
      local token = held("opaque-1", "3600")
      assert.equal("have", (token:get(3299999)))
      assert.equal("need", (token:get(3300000)))
      assert.equal("have", (token:get(3300000)))
      assert.equal("have", (token:get(3300001)))
      token:receive(granted("opaque-2"), 3300500)
      assert.equal("opaque-2", token:text())
      assert.equal("have", (token:get(3600000)))
    end)

    it("renews a short-lived token at 80 %", function()
      local token = held("opaque-1", "100")
      assert.equal("have", (token:get(79999)))
      assert.equal("need", (token:get(80000)))
    end)

    it("waits for the renewal once the token has expired", function()
      local token = held("opaque-1", "100")
      token:get(80000)
      assert.equal("have", (token:get(99999)))
      assert.equal("wait", (token:get(100000)))
    end)

    it("counts the tokens that it received", function()
      local token = held()
      local _, generation = token:get(1)
      assert.equal(1, generation)
      token:get(3400000)
      token:receive(granted(), 3400000)
      _, generation = token:get(3400000)
      assert.equal(2, generation)
    end)
  end)

  describe(":receive()", function()
    it("tells when the token ends", function()
      local token = new_token()
      token:get(1000)
      local outcome = token:receive(granted("abc", "3599"), 2000)
      assert.same({ kind = "ok", scope = "recipient", status = 200, expires_at_ms = 3601000 },
        outcome)
      assert.equal("abc", token:text())
    end)

    it("takes a lifetime that is a string", function()
      assert.equal(3599000, (function()
        local token = new_token()
        token:get(0)
        return token:receive(granted("abc", '"3599"'), 0).expires_at_ms
      end)())
    end)

    it("takes ten minutes when no lifetime is stated", function()
      local token = new_token()
      token:get(0)
      local outcome = token:receive(answer('{"access_token":"abc"}'), 0)
      assert.equal(600000, outcome.expires_at_ms)
    end)

    it("bounds an absurd lifetime", function()
      local token = new_token()
      token:get(0)
      assert.equal(24 * 3600 * 1000, token:receive(granted("abc", "1e300"), 0).expires_at_ms)
    end)

    local unusable = {
      { "the answer is no JSON object", "" },
      { "the answer is no JSON object", "null" },
      { "the answer is no JSON object", "[]" },
      { "the answer is no JSON object", '{"access_token":"abc"' },
      { "the answer holds no access token", "{}" },
      { "the answer holds no access token", "{broken}" },
      { "the answer holds no access token", '{"access_token":""}' },
      { "the answer holds no access token", '{"access_token":12}' },
      { "the answer holds no access token", '{"access_token":"a\\r\\nX-Evil: 1"}' },
      { "the answer holds no access token", '{"access_token":"a\\u0000b"}' },
      { "the answer holds no access token", '{"access_token":"\195\164"}' },
      { "the answer holds an access token that has expired",
        '{"access_token":"abc","expires_in":0}' },
      { "the answer holds an access token that has expired",
        '{"access_token":"abc","expires_in":"soon"}' },
      { "the answer holds an access token that is too long",
        '{"access_token":"' .. ("a"):rep(70000) .. '"}' },
    }
    for i, case in ipairs(unusable) do
      it(("finds answer %d unusable: %s"):format(i, case[1]), function()
        local token = new_token()
        token:get(0)
        local outcome = token:receive(answer(case[2]), 0)
        assert.equal("transient", outcome.kind)
        assert.equal("run", outcome.scope)
        assert.equal("unusable answer", outcome.reason)
        assert.equal(case[1], outcome.text)
        assert.is_nil(token:text())
        assert.equal("need", (token:get(0)))
      end)
    end

    it("takes a page with status 200 for a proxy's", function()
      local token = new_token()
      token:get(0)
      local outcome = token:receive(answer("<html><title>Sign in to Wi-Fi</title>"), 0)
      assert.equal("transient", outcome.kind)
      assert.equal("answered by a proxy", outcome.reason)
      assert.equal("Sign in to Wi-Fi", outcome.text)
    end)

    it("can be asked again after a failure", function()
      local token = new_token()
      token:get(0)
      local outcome = token:receive(answer("", 503, { ["retry-after"] = "7" }), 0)
      assert.equal("transient", outcome.kind)
      assert.equal("run", outcome.scope)
      assert.equal(7000, outcome.retry_after_ms)
      assert.equal("need", (token:get(7000)))
      outcome = token:receive({ sent = false, error = "COULDNT_CONNECT" }, 7000)
      assert.equal("transient", outcome.kind)
      assert.equal("need", (token:get(7001)))
    end)

    it("keeps a valid token when its renewal fails, and pauses renewals", function()
      local token = held("opaque-1", "3600")
      token:get(3300000)
      assert.equal("transient", token:receive(answer("", 500), 3300000).kind)
      assert.equal("opaque-1", token:text())
      assert.equal("have", (token:get(3329999)))
      assert.equal("need", (token:get(3330000)))
      token:receive(answer("", 429, { ["retry-after"] = "60" }), 3330000)
      assert.equal("have", (token:get(3389999)))
      assert.equal("need", (token:get(3390000)))
    end)

    it("prints the page for the administrator's consent", function()
      local token = new_token({ client_id = "app id" })
      token:get(0)
      local outcome = token:receive(answer(
        '{"error":"invalid_grant","error_codes":[65001],"error_description":"AADSTS65001: no"}',
        400), 0)
      assert.equal("misconfigured", outcome.kind)
      assert.equal("tenant", outcome.scope)
      assert.equal("consent missing", outcome.reason)
      assert.equal("AADSTS65001", outcome.code)
      local url = "https://login.microsoftonline.com/" .. TENANT
        .. "/adminconsent?client_id=app%20id"
      assert.equal("Have an administrator grant the app's permissions: Entra > App registrations"
        .. " > (the app) > API permissions > Grant admin consent, or open " .. url,
        outcome.remedy)
      assert.equal(url, token:consent_url())
    end)

    it("never repeats the secret as JSON or a form would escape it, nor as a code", function()
      for _, said in ipairs { [["error_description":"no: \u0070lain\u002Dsecre\u0074/\\~"]],
        [["error_description":"no: pl\/ plain-secret\/\\~"]],
        [["error_description":"client_secret=plain%2Dsecret%2f%5C%7E"]],
        [["message":"{\"x\":\"\\u0070lain-secret\\/\\\\~\"}"]],
        [["error":"plain-secret/\\~"]] } do
        local token = new_token({ secret = "plain-secret/\\~" })
        token:get(0)
        local outcome = token:receive(answer(("{%s}"):format(said), 401), 0)
        assert.equal("[removed]", outcome.text, said)
        assert.is_nil(outcome.code, said)
      end
    end)

    it("never repeats the secret", function()
      local token = new_token({ secret = "plain-secret" })
      token:get(0)
      local outcome = token:receive(answer(
        '{"error":"invalid_client","error_description":"you sent plain-secret"}', 401), 0)
      assert.equal("[removed]", outcome.text)
      assert.equal("bad secret", outcome.reason)
    end)
  end)

  describe(":refused()", function()
    it("drops the token and grants one repeat", function()
      local token = held()
      assert.is_true(token:refused(1000))
      assert.is_nil(token:text())
      assert.equal("need", (token:get(1000)))
    end)

    it("grants none when the fresh token is refused at once", function()
      local token = held()
      token:refused(1000)
      token:get(1000)
      token:receive(granted("opaque-2"), 1500)
      assert.is_false(token:refused(2000))
      assert.is_nil(token:text())
    end)

    it("grants one again when the fresh token had served for a while", function()
      local token = held()
      token:refused(1000)
      token:get(1000)
      token:receive(granted("opaque-2"), 1000)
      assert.is_true(token:refused(301000))
    end)

    it("forgets the refusal with the next token that was not", function()
      local token = held()
      token:refused(1000)
      token:get(1000)
      token:receive(granted("opaque-2", "100"), 1000)
      token:get(90000)
      token:receive(granted("opaque-3"), 90000)
      assert.is_true(token:refused(90001))
    end)

    it("decides once for all requests that carried the same token", function()
      local token = held()
      local _, generation = token:get(1)
      assert.is_true(token:refused(1000, generation))
      assert.is_true(token:refused(1001, generation))
      token:get(1002)
      assert.is_true(token:refused(1003, generation))
      token:receive(granted("opaque-2"), 1004)
      assert.is_true(token:refused(1005, generation))
      assert.equal("opaque-2", token:text())
      assert.is_false(token:refused(1006, generation + 1))
      assert.is_false(token:refused(1007, generation + 1))
    end)

    it("finds a repeat due when there was no token yet", function()
      assert.is_true(new_token():refused(0))
    end)
  end)

  it("shows its state as text, never the token", function()
    local token = new_token()
    assert.equal("crier.token (empty)", tostring(token))
    assert.equal("crier.token (held)", tostring(held("opaque-1")))
  end)

  it("raises on misuse", function()
    local endpoints = core.cloud.endpoints({ cloud = "public" })
    local good = { endpoints = endpoints, audience = "graph", tenant = "t", client_id = "c",
      secret = "s" }
    for _, key in ipairs({ "endpoints", "audience", "tenant", "client_id", "secret" }) do
      local bad = {}
      for k, v in pairs(good) do
        bad[k] = v
      end
      bad[key] = nil
      assert.has_error(function() core.token.new(bad) end)
    end
    good.audience = "authority"
    assert.has_error(function() core.token.new(good) end)
    assert.has_error(function() new_token():get("now") end)
    assert.has_error(function() new_token():get(0 / 0) end)
    assert.has_error(function() new_token():receive("no table", 0) end)
  end)
end)
