local core = require "crier.core"
local tokens = require "support.tokens"

local CODE = '{"device_code":"device-code-1","user_code":"ABCD-EFGH",'
  .. '"verification_uri":"https://microsoft.com/devicelogin","expires_in":900,"interval":5,'
  .. '"message":"To sign in, open https://microsoft.com/devicelogin and enter ABCD-EFGH"}'
local FORM = { ["Content-Type"] = "application/x-www-form-urlencoded" }

local function new(options)
  options = options or {}
  return core.device_code.new {
    endpoints = core.cloud.endpoints { cloud = options.cloud or "public" },
    tenant = options.tenant or tokens.TENANT,
    client_id = "app id",
    scope = "AppCatalog.ReadWrite.All openid",
  }
end

local function need(code, now_ms)
  local state, request = code:get(now_ms)
  assert.equal("need", state)
  return request
end

-- A sign-in whose code was shown at 0.
local function shown(body)
  local code = new()
  need(code, 0)
  assert.equal("ok", code:receive(tokens.answer(body or CODE), 0).kind)
  return code
end

local function poll(code, at_ms, answer)
  need(code, at_ms)
  return code:receive(answer, at_ms)
end

local function pending(name)
  return tokens.answer(('{"error":"%s","error_description":"AADSTS70016: wait","error_codes":'
    .. '[70016]}'):format(name or "authorization_pending"), 400)
end

describe("crier.core.device_code", function()
  it("asks for a code", function()
    local code = new()
    assert.is_nil(code:prompt())
    assert.same({
      method = "POST",
      url = "https://login.microsoftonline.com/" .. tokens.TENANT .. "/oauth2/v2.0/devicecode",
      headers = FORM,
      body = "client_id=app+id&scope=AppCatalog.ReadWrite.All+openid",
      service = "token",
      operation = "device_code",
    }, need(code, 0))
    assert.same({ "wait", 0 }, { code:get(0) })
  end)

  it("asks in the tenant's cloud", function()
    assert.equal("https://login.microsoftonline.us/x/oauth2/v2.0/devicecode",
      need(new { cloud = "dod", tenant = "x" }, 0).url)
    local state, message, why = new { tenant = ".." }:get(0)
    assert.same({ nil, "an id may not be empty, nor '.' or '..'", "ID_REFUSED" },
      { state, message, why })
  end)

  it("tells what the person is to do", function()
    assert.same({ message = "To sign in, open https://microsoft.com/devicelogin and enter"
      .. " ABCD-EFGH", code = "ABCD-EFGH", url = "https://microsoft.com/devicelogin",
      expires_at_ms = 900000 }, shown():prompt())
    local prompt = shown('{"device_code":"d","user_code":"A\\u001b[1m","verification_url":'
      .. '"https://x/y"}'):prompt()
    assert.same({ message = "To sign in, open https://x/y and enter the code A?[1m",
      code = "A?[1m", url = "https://x/y", expires_at_ms = 900000 }, prompt)
  end)

  it("polls at the interval until the person has signed in", function()
    local code = shown()
    assert.same({ "wait", 5000 }, { code:get(4999) })
    assert.same({
      method = "POST",
      url = tokens.URL,
      headers = FORM,
      body = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code"
        .. "&client_id=app+id&device_code=device-code-1",
      service = "token",
      operation = "device_code",
    }, need(code, 5000))
    local outcome = code:receive(pending(), 6000)
    assert.same({ "ok", 400 }, { outcome.kind, outcome.status })
    assert.is_nil(outcome.remedy)
    assert.same({ "wait", 11000 }, { code:get(6000) })
    assert.is_nil(code:take())
    assert.equal(3611000, poll(code, 11000, tokens.granted "delegated").expires_at_ms)
    assert.equal("have", (code:get(11000)))
    local token = code:take()
    assert.equal("delegated", token:text())
    assert.is_nil(code:take())
  end)

  it("slows down when it is told to", function()
    local code = shown()
    assert.equal("ok", poll(code, 5000, pending "slow_down").kind)
    assert.same({ "wait", 15000 }, { code:get(5000) })
    poll(code, 15000, pending "slow_down")
    assert.same({ "wait", 30000 }, { code:get(15000) })
    poll(code, 30000, pending())
    assert.same({ "wait", 45000 }, { code:get(30000) })
  end)

  it("asks less often while nothing answers, and goes on", function()
    local code = shown()
    assert.equal("transient", poll(code, 5000, { sent = true, error = "OPERATION_TIMEDOUT" }).kind)
    assert.same({ "wait", 15000 }, { code:get(5000) })
    assert.equal("transient", poll(code, 15000, tokens.answer("", 503, { ["retry-after"] = "60" }))
      .kind)
    assert.same({ "wait", 75000 }, { code:get(15000) })
    assert.equal("throttled", poll(code, 75000, tokens.answer("", 429)).kind)
    assert.equal("ok", poll(code, 95000, tokens.granted()).kind)
  end)

  it("takes intervals and lifetimes as text, and within bounds", function()
    local body = '{"device_code":"d","user_code":"u","verification_uri":"https://x","interval":%s,'
      .. '"expires_in":%s}'
    for _, case in ipairs { { '"7"', '"60"', 7000, 60000 }, { "0", "0", 5000, 900000 },
      { "1e9", "1e9", 60000, 3600000 }, { "null", "{}", 5000, 900000 } } do
      local code = shown(body:format(case[1], case[2]))
      assert.same({ "wait", case[3] }, { code:get(0) })
      assert.equal(case[4], code:prompt().expires_at_ms)
    end
  end)

  it("finds an answer without a code unusable", function()
    for _, body in ipairs { "{}", '{"device_code":""}', '{"device_code":7}', '{"device_code":"d"}',
      '{"device_code":"d","user_code":"u"}', "[]",
      '{"device_code":"' .. ("d"):rep(5000) .. '","user_code":"u","verification_uri":"x"}' } do
      local code = new()
      assert.equal("transient", poll(code, 0, tokens.answer(body)).kind)
      assert.is_nil(code:prompt())
      assert.same({ "wait", 10000 }, { code:get(0) })
    end
  end)

  -- AADSTS number or name, reason, a part of the remedy
  local refusals = {
    { 53003, "conditional access", "blocks device code flow" },
    { 530032, "conditional access", "blocks device code flow" },
    { 530034, "conditional access", "blocks device code flow" },
    { 53000, "conditional access", "compliant devices" },
    { 53001, "conditional access", "compliant devices" },
    { 53002, "conditional access", "compliant devices" },
    { 50005, "conditional access", "compliant devices" },
    { 50097, "conditional access", "compliant devices" },
    { 50072, "second factor missing", "second factor" },
    { 50074, "second factor missing", "second factor" },
    { 50076, "second factor missing", "second factor" },
    { 50079, "second factor missing", "second factor" },
    { 50158, "second factor missing", "second factor" },
    { 50105, "not assigned", "assign you" },
    { 50020, "other tenant", "AZURE_TENANT_ID" },
    { 50034, "other tenant", "AZURE_TENANT_ID" },
    { 65001, "consent missing", "grant the app's permissions" },
    { 90094, "consent missing", "grant the app's permissions" },
    { 7000218, "no public client", "Allow public client flows" },
    { 70002, "no public client", "Allow public client flows" },
    { "authorization_declined", "sign-in declined", "declined" },
    { "access_denied", "sign-in declined", "declined" },
    { "expired_token", "sign-in expired", "try again" },
    { "code_expired", "sign-in expired", "try again" },
    { "bad_verification_code", "wrong code", "Sign in again" },
    { "invalid_client", "no public client", "Allow public client flows" },
    { "interaction_required", "conditional access", "administrator" },
  }
  for _, case in ipairs(refusals) do
    it("ends with " .. case[1] .. ": " .. case[2], function()
      local code = shown()
      local name = type(case[1]) == "string" and case[1] or "interaction_required"
      local number = type(case[1]) == "number" and case[1] or 70000
      local outcome = poll(code, 5000, tokens.refused(number, 400, name))
      assert.same({ "misconfigured", "tenant", case[2] },
        { outcome.kind, outcome.scope, outcome.reason })
      assert.truthy(outcome.remedy:find(case[3], 1, true), outcome.remedy)
      local state, message, why = code:get(5000)
      assert.same({ nil, "the sign-in is over", "SIGN_IN_OVER" }, { state, message, why })
      assert.is_nil(code:take())
    end)
  end

  it("gives up a minute after the code has expired", function()
    local code = shown()
    poll(code, 959999, pending())
    local state, _, why = code:get(960000)
    assert.same({ nil, "SIGN_IN_OVER" }, { state, why })
  end)

  it("never shows the device's code", function()
    local outcome = poll(shown(), 5000, tokens.answer('{"error":"invalid_grant",'
      .. '"error_description":"no device-code-1"}', 400))
    assert.equal("[removed]", outcome.text)
  end)

  it("gives a token that cannot be renewed", function()
    local code = shown()
    poll(code, 5000, tokens.granted())
    local token = code:take()
    assert.equal("have", (token:get(3304999)))
    for _, drop in ipairs { false, true } do
      if drop then
        token:refused(5000)
      end
      local state, message, why = token:get(drop and 5000 or 3605000)
      assert.same({ nil, "the sign-in is over: sign in again", "CONFIG" }, { state, message, why })
    end
  end)

  it("raises on misuse", function()
    for _, key in ipairs { "endpoints", "tenant", "client_id", "scope" } do
      local options = { endpoints = core.cloud.endpoints { cloud = "public" }, tenant = "t",
        client_id = "c", scope = "s" }
      options[key] = nil
      assert.has_error(function() core.device_code.new(options) end)
    end
    assert.has_error(function() new():get() end)
    assert.has_error(function() new():receive(nil, 0) end)
  end)
end)
