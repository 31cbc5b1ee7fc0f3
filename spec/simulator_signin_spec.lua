local cjson = require "cjson"
local encoding = require "crier.simulator.encoding"
local jwt = require "crier.simulator.jwt"
local simulated = require "support.simulated"

local DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
local SCOPE = "https://graph.microsoft.com/AppCatalog.Submit offline_access openid"

local function post(sim, path, fields)
  local out = {}
  for name, value in pairs(fields) do
    out[#out + 1] = name .. "=" .. encoding.escape(value)
  end
  local response = sim.call({ method = "POST", url = "https://login.example/" .. path,
    body = table.concat(out, "&") })
  return response.status, cjson.decode(response.body)
end

local function ask(sim, changes, tenant)
  local fields = { client_id = sim.sim.client_id, scope = SCOPE }
  for name, value in pairs(changes or {}) do
    fields[name] = value ~= "" and value or nil
  end
  return post(sim, (tenant or sim.sim.tenant) .. "/oauth2/v2.0/devicecode", fields)
end

local function poll(sim, device_code, wait_s)
  sim.now_ms = sim.now_ms + (wait_s or 5) * 1000
  return post(sim, sim.sim.tenant .. "/oauth2/v2.0/token", { grant_type = DEVICE,
    client_id = sim.sim.client_id, device_code = device_code })
end

local function decide(sim, verb, query)
  local response = sim.call({ method = "POST", path = "/_sandbox/" .. verb, query = query })
  return response.status, cjson.decode(response.body)
end

describe("crier.simulator.signin #portable", function()
  local sim, asked

  before_each(function()
    sim = simulated.new()
    local status
    status, asked = ask(sim)
    assert.equal(200, status)
  end)

  it("tells a person where to go and what to enter", function()
    assert.equal(900, asked.expires_in)
    assert.equal(5, asked.interval)
    assert.equal("https://login.example/_sandbox/approve", asked.verification_uri)
    assert.equal(9, #asked.user_code)
    assert.equal("To sign in, use a web browser to open the page " .. asked.verification_uri
      .. " and enter the code " .. asked.user_code .. " to authenticate.", asked.message)
    local page = sim.call({ method = "GET", url = asked.verification_uri })
    assert.equal("text/html; charset=utf-8", page.headers["content-type"])
  end)

  it("goes from pending to a person's token", function()
    local status, pending = poll(sim, asked.device_code)
    assert.same({ 400, "authorization_pending" }, { status, pending.error })
    assert.same({ 200, { approved = 1 } }, { decide(sim, "approve",
      "code=" .. asked.user_code:lower()) })
    local body
    status, body = poll(sim, asked.device_code)
    assert.equal(200, status)
    assert.equal("AppCatalog.Submit", body.scope)
    assert.equal(3599, body.expires_in)
    local _, claims = jwt.read(body.access_token)
    assert.same({ "AppCatalog.Submit", "user", "admin@northwind.example" },
      { claims.scp, claims.idtyp, claims.upn })
    local token = sim.sim.identity:check("Bearer " .. body.access_token, "graph", sim.now_ms)
    assert.is_true(token.delegated)
    assert.same({ ["AppCatalog.Submit"] = true }, token.scopes)
    local _, gone = poll(sim, asked.device_code)
    assert.equal("bad_verification_code", gone.error)
  end)

  it("asks a hasty client to slow down, by 5 s each time", function()
    poll(sim, asked.device_code)
    local function error_after(seconds)
      local _, body = poll(sim, asked.device_code, seconds)
      return body.error
    end
    assert.equal("slow_down", error_after(4))
    assert.equal("slow_down", error_after(9))
    assert.equal("slow_down", error_after(14))
    assert.equal("authorization_pending", error_after(20))
  end)

  it("ends when the person declines, or does nothing for 15 minutes", function()
    assert.same({ 200, { declined = 1 } }, { decide(sim, "decline") })
    local _, body = poll(sim, asked.device_code)
    assert.equal("authorization_declined", body.error)
    local _, other = ask(sim)
    _, body = poll(sim, other.device_code, 899)
    assert.equal("authorization_pending", body.error)
    _, body = poll(sim, other.device_code, 1)
    assert.same({ "expired_token", 70019 }, { body.error, body.error_codes[1] })
    assert.same({ 404, { approved = 0 } }, { decide(sim, "approve") })
  end)

  it("is refused by a policy, or where it is not allowed at all", function()
    sim = simulated.new({ faults = "conditional-access=1" })
    local _, answer = ask(sim)
    decide(sim, "approve")
    local status, body = poll(sim, answer.device_code)
    assert.same({ 400, "invalid_grant", 53003 }, { status, body.error, body.error_codes[1] })
    sim = simulated.new({ faults = "declined=1" })
    _, answer = ask(sim)
    _, body = poll(sim, answer.device_code)
    assert.equal("authorization_declined", body.error)
    _, body = ask(simulated.new({ faults = "no-public-client=1" }))
    assert.same({ 7000218 }, body.error_codes)
  end)

  it("refuses a wrong request with its AADSTS code", function()
    local function code(...)
      local _, body = ask(sim, ...)
      return body.error_codes[1]
    end
    assert.equal(900144, code({ scope = "" }))
    assert.equal(70011, code({ scope = "openid" }))
    assert.equal(70011, code({ scope = "https://graph.microsoft.com/a'b" }))
    assert.equal(900144, code({ client_id = "" }))
    assert.equal(700016, code({ client_id = "nobody" }))
    assert.equal(50194, code({}, "common"))
    assert.equal(90002, code({}, "elsewhere"))
    local _, body = poll(sim, "made-up")
    assert.same({ "bad_verification_code", 70018 }, { body.error, body.error_codes[1] })
  end)

  it("renews the token of whoever asked for offline access", function()
    decide(sim, "approve")
    local _, first = poll(sim, asked.device_code)
    local function renew(refresh)
      return post(sim, sim.sim.tenant .. "/oauth2/v2.0/token", { grant_type = "refresh_token",
        client_id = sim.sim.client_id, refresh_token = refresh })
    end
    local status, second = renew(first.refresh_token)
    assert.equal(200, status)
    assert.are_not.equal(first.access_token, second.access_token)
    local _, used = renew(first.refresh_token)
    assert.same({ 700082 }, used.error_codes)
    local _, online = ask(sim, { scope = "User.Read" })
    decide(sim, "approve")
    local _, body = poll(sim, online.device_code)
    assert.is_nil(body.refresh_token)
  end)
end)

describe("crier.simulator.managed #portable", function()
  local MACHINE, APP = "/metadata/identity/oauth2/token", "/msi/token"
  local GRAPH_QUERY = "&resource=https%3A%2F%2Fgraph.microsoft.com%2F"

  local function get(sim, path, query, headers)
    local response = sim.call({ method = "GET", path = path, query = query, headers = headers })
    return response.status, cjson.decode(response.body)
  end

  it("issues a token to a machine, every value a text", function()
    local sim = simulated.new()
    local status, body = get(sim, MACHINE, "api-version=2018-02-01" .. GRAPH_QUERY,
      { metadata = "true" })
    assert.equal(200, status)
    assert.same({ "86399", "1700086400", "1700000000", "https://graph.microsoft.com/", "Bearer",
      "" }, { body.expires_in, body.expires_on, body.not_before, body.resource, body.token_type,
        body.refresh_token })
    assert.equal(200, sim.get("users", nil, { authorization = "Bearer " .. body.access_token })
      .status)
  end)

  it("issues a token to an app service, without expires_in", function()
    local sim = simulated.new()
    local status, body = get(sim, APP, "api-version=2019-08-01"
      .. "&resource=https://api.botframework.com&client_id=" .. sim.sim.client_id,
      { ["x-identity-header"] = sim.sim.managed.header })
    assert.equal(200, status)
    assert.is_nil(body.expires_in)
    assert.equal("1700086400", body.expires_on)
    assert.equal(sim.sim.client_id, body.client_id)
    assert.is_table(sim.sim.identity:check("Bearer " .. body.access_token, "connector",
      sim.now_ms))
  end)

  it("refuses what is not asked for in its way", function()
    local sim = simulated.new()
    local function refusal(path, query, headers)
      local status, body = get(sim, path, query, headers)
      return { status, body.error }
    end
    local header = { metadata = "true" }
    assert.same({ 400, "bad_request_102" },
      refusal(MACHINE, "api-version=2018-02-01" .. GRAPH_QUERY))
    assert.same({ 400, "bad_request" }, refusal(MACHINE, "api-version=2018-02-01" .. GRAPH_QUERY,
      { metadata = "true", ["x-forwarded-for"] = "10.0.0.1" }))
    assert.same({ 400, "invalid_request" }, refusal(MACHINE, GRAPH_QUERY, header))
    assert.same({ 400, "invalid_request" }, refusal(MACHINE, "api-version=2018-02-01", header))
    assert.same({ 400, "invalid_resource" },
      refusal(MACHINE, "api-version=2018-02-01&resource=https://elsewhere.example", header))
    assert.same({ 400, "invalid_request" }, refusal(MACHINE, "api-version=2018-02-01&client_id=x"
      .. GRAPH_QUERY, header))
    assert.same({ 401, "unauthorized_client" }, refusal(APP, "api-version=2019-08-01"
      .. GRAPH_QUERY))
    assert.same({ 400, "invalid_request" }, refusal(APP, "api-version=2017-09-01" .. GRAPH_QUERY,
      { ["x-identity-header"] = sim.sim.managed.header }))
    sim = simulated.new({ faults = "no-identity=1" })
    assert.same({ 400, "invalid_request" },
      refusal(MACHINE, "api-version=2018-02-01" .. GRAPH_QUERY, header))
  end)

  it("fails as the metadata service does when it is updated or overrun", function()
    for _, status in ipairs({ 404, 410, 429, 500 }) do
      local sim = simulated.new({ faults = ("identity:%d=1"):format(status) })
      assert.equal(status, (get(sim, MACHINE, "api-version=2018-02-01" .. GRAPH_QUERY,
        { metadata = "true" })))
      assert.equal(200, sim.get("users").status)
    end
  end)

  it("issues what the bot's registration takes as an assertion", function()
    local sim = simulated.new()
    local function exchange(assertion)
      local status, body = post(sim, sim.sim.tenant .. "/oauth2/v2.0/token", {
        grant_type = "client_credentials", client_id = sim.sim.client_id,
        scope = "https://graph.microsoft.com/.default", client_assertion = assertion,
        client_assertion_type = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" })
      return { status, body.error_codes and body.error_codes[1] }
    end
    local function token(resource)
      local _, body = get(sim, MACHINE, "api-version=2018-02-01&client_id="
        .. sim.sim.managed.client_id .. "&resource=" .. resource, { metadata = "true" })
      return body.access_token
    end
    assert.same({ 200 }, exchange(token("api://AzureADTokenExchange")))
    assert.same({ 401, 700212 }, exchange(token("https://graph.microsoft.com")))
    local _, asked = ask(sim)
    decide(sim, "approve")
    local _, person = poll(sim, asked.device_code)
    assert.same({ 401, 700229 }, exchange(person.access_token))
    local late = token("api://AzureADTokenExchange")
    sim.now_ms = sim.now_ms + (86400 + 300) * 1000
    assert.same({ 401, 700024 }, exchange(late))
  end)
end)
