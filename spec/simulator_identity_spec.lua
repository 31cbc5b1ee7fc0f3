local cjson = require "cjson"
local encoding = require "crier.simulator.encoding"
local jwt = require "crier.simulator.jwt"
local simulated = require "support.simulated"

local GRAPH = "https://graph.microsoft.com/.default"
local TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
local ORIGIN = "https://login.example"

-- A signature that says which key made it is good for that key alone.
local function signed_by(key)
  return function(text, algorithms)
    assert.same({ "PS256", "RS256" }, algorithms)
    return text:match("%.([^.]+)$") == key or nil
  end
end

local function form(fields)
  local out = {}
  for name, value in pairs(fields) do
    if value ~= "" then
      out[#out + 1] = name .. "=" .. encoding.escape(value)
    end
  end
  return table.concat(out, "&")
end

local function merged(base, changes)
  local out = {}
  for name, value in pairs(base) do out[name] = value end
  for name, value in pairs(changes or {}) do
    if value == cjson.null then
      value = nil
    end
    out[name] = value
  end
  return out
end

local function result(response)
  local body = cjson.decode(response.body)
  return { response.status, body.error, body.error_codes and body.error_codes[1] }
end

describe("crier.simulator.identity #portable", function()
  local function post(sim, path, fields)
    return sim.call({ method = "POST", url = ORIGIN .. "/" .. path, body = form(fields) })
  end

  local function exchange(sim, assertion, changes)
    local fields = merged({ grant_type = "client_credentials", client_id = sim.sim.client_id,
      scope = GRAPH, client_assertion_type = TYPE, client_assertion = assertion }, changes)
    return post(sim, sim.sim.tenant .. "/oauth2/v2.0/token", fields)
  end

  describe("a certificate's assertion", function()
    local sim, now_s

    before_each(function()
      sim = simulated.new({ certificates = { { x5t = "t1", x5t_s256 = "t256", der = "QUJD",
        verify = signed_by("key") } } })
      now_s = sim.now_ms / 1000
    end)

    local function assertion(header, claims, signature)
      return jwt.write(merged({ alg = "PS256", typ = "JWT", ["x5t#S256"] = "t256" }, header),
        merged({ iss = sim.sim.client_id, sub = sim.sim.client_id, jti = "one", nbf = now_s,
          iat = now_s, exp = now_s + 600,
          aud = ORIGIN .. "/" .. sim.sim.tenant .. "/oauth2/v2.0/token" }, claims),
        signature or "key")
    end

    local function refusal(...)
      return result(exchange(sim, assertion(...)))
    end

    it("is taken as PS256 and as RS256, by either thumbprint or by x5c", function()
      for _, header in ipairs({ {}, { alg = "RS256", ["x5t#S256"] = cjson.null, x5t = "t1" },
        { ["x5t#S256"] = cjson.null, x5c = { "QUJD", "REVG" } } }) do
        local response = exchange(sim, assertion(header))
        assert.equal(200, response.status)
        local _, claims = jwt.read(cjson.decode(response.body).access_token)
        assert.equal("2", claims.appidacr)
      end
    end)

    it("is refused with the service's code", function()
      local null = cjson.null
      assert.same({ 401, "invalid_client", 700027 }, refusal({ ["x5t#S256"] = "other" }))
      assert.same({ 401, "invalid_client", 700027 }, refusal({}, {}, "forged"))
      assert.same({ 401, "invalid_client", 50027 }, refusal({ ["x5t#S256"] = null }))
      assert.same({ 401, "invalid_client", 50027 }, refusal({ x5c = "QUJD" }))
      assert.same({ 401, "invalid_client", 50027 }, refusal({ x5c = { "not base64-" } }))
      assert.same({ 401, "invalid_client", 50027 }, refusal({ alg = "none" }))
      assert.same({ 401, "invalid_client", 50027 }, refusal({ alg = "HS256" }))
      assert.same({ 401, "invalid_client", 50027 }, refusal({}, { exp = null }))
      assert.same({ 401, "invalid_client", 50027 }, refusal({}, { exp = 1e300 }))
      assert.same({ 401, "invalid_client", 50027 }, refusal({}, { nbf = "now" }))
      assert.same({ 401, "invalid_client", 50048 }, refusal({}, { sub = "somebody" }))
      assert.same({ 401, "invalid_client", 700021 }, refusal({}, { iss = "x", sub = "x" }))
      assert.same({ 401, "invalid_client", 700023 }, refusal({}, { aud = ORIGIN .. "/" }))
      assert.same({ 401, "invalid_client", 700023 },
        refusal({}, { aud = ORIGIN .. "/another/oauth2/v2.0/token" }))
    end)

    it("is good from nbf to exp, five minutes give or take", function()
      assert.equal(200, exchange(sim, assertion({}, { exp = now_s - 299 })).status)
      assert.same({ 401, "invalid_client", 700024 }, refusal({}, { exp = now_s - 300 }))
      assert.equal(200, exchange(sim, assertion({}, { nbf = now_s + 300 })).status)
      assert.same({ 401, "invalid_client", 700024 }, refusal({}, { nbf = now_s + 301 }))
    end)

    it("is refused once the certificate has expired", function()
      sim = simulated.new({ faults = "expired-certificate=1", certificates = { {
        x5t_s256 = "t256", verify = signed_by("key") } } })
      assert.same({ 401, "invalid_client", 700027 }, refusal())
    end)

    it("is refused when it is no token, and without its type", function()
      for _, text in ipairs({ "x", "x.y.z", "..", "eyJ9.eyJ9.x", ("a"):rep(20000) }) do
        assert.same({ 401, "invalid_client", 50027 }, result(exchange(sim, text)))
      end
      assert.same({ 400, "invalid_request", 900144 },
        result(exchange(sim, assertion(), { client_assertion_type = "" })))
    end)

    it("is taken again, and that is counted", function()
      local text = assertion()
      assert.equal(200, exchange(sim, text).status)
      assert.equal(0, sim.sim.identity.assertions.replayed)
      assert.equal(200, exchange(sim, text).status)
      assert.equal(200, exchange(sim, assertion({}, { jti = "two" })).status)
      assert.equal(1, sim.sim.identity.assertions.replayed)
    end)

    it("is unknown where no certificate is registered", function()
      sim = simulated.new()
      assert.same({ 401, "invalid_client", 700027 }, refusal())
    end)
  end)

  describe("a federated token", function()
    local sim, now_s

    before_each(function()
      sim = simulated.new({ federated = { issuer = "https://cluster.example",
        subject = "system:serviceaccount:crier:sender", verify = signed_by("cluster") } })
      now_s = sim.now_ms / 1000
    end)

    local function token(claims, signature)
      return jwt.write({ alg = "RS256", kid = "1" }, merged({ iss = "https://cluster.example",
        sub = "system:serviceaccount:crier:sender", aud = { "api://AzureADTokenExchange" },
        exp = now_s + 600 }, claims), signature or "cluster")
    end

    it("is taken, its audience a text or an array of one", function()
      assert.equal(200, exchange(sim, token()).status)
      assert.equal(200, exchange(sim, token({ aud = "api://AzureADTokenExchange" })).status)
    end)

    it("must match issuer, subject and audience exactly", function()
      local function refusal(...)
        return result(exchange(sim, token(...)))
      end
      assert.same({ 401, "invalid_client", 700211 }, refusal({ iss = "https://Cluster.example" }))
      assert.same({ 401, "invalid_client", 700213 },
        refusal({ sub = "system:serviceaccount:crier:Sender" }))
      assert.same({ 401, "invalid_client", 700212 },
        refusal({ aud = "api://AzureADTokenExchangeUSGov" }))
      assert.same({ 401, "invalid_client", 700212 },
        refusal({ aud = { "api://AzureADTokenExchange", "other" } }))
      assert.same({ 401, "invalid_client", 50013 }, refusal({}, "forged"))
      assert.same({ 401, "invalid_client", 700024 }, refusal({ exp = now_s - 300 }))
      assert.same({ 401, "invalid_client", 50027 }, refusal({ exp = cjson.null }))
    end)

    it("has no issuer that is trusted unless one is named", function()
      sim = simulated.new()
      assert.same({ 401, "invalid_client", 700211 }, result(exchange(sim, token())))
    end)
  end)

  describe("secrets", function()
    local function try(sim, secret)
      return result(post(sim, sim.sim.tenant .. "/oauth2/v2.0/token",
        merged(sim.credentials(GRAPH), { client_secret = secret })))[3]
    end

    it("are several at a time, and rotate", function()
      local sim = simulated.new({ secrets = 2 })
      local first, second = sim.sim.identity.secrets[1], sim.sim.identity.secrets[2]
      assert.equal(first, sim.sim.secret)
      assert.is_nil(try(sim, first))
      assert.is_nil(try(sim, second))
      local rotated = cjson.decode(sim.call({ method = "POST", path = "/_sandbox/rotate" }).body)
      assert.equal(2, #rotated.secrets)
      assert.equal(second, rotated.secrets[2])
      assert.equal(7000222, try(sim, first))
      assert.is_nil(try(sim, second))
      assert.is_nil(try(sim, rotated.secrets[1]))
      assert.equal(7000215, try(sim, "never"))
    end)
  end)

  it("puts into a token what a person who reads it looks for", function()
    local sim = simulated.new({ roles = { "User.Read.All", "AppCatalog.Read.All" } })
    local header, claims = jwt.read(sim.graph_token:sub(8))
    assert.equal("JWT", header.typ)
    assert.same({ "AppCatalog.Read.All", "User.Read.All" }, claims.roles)
    assert.equal("https://graph.microsoft.com", claims.aud)
    assert.equal(sim.sim.client_id, claims.appid)
    assert.equal(sim.sim.tenant, claims.tid)
    assert.equal(1700000000 + 3599, claims.exp)
    assert.equal("app", claims.idtyp)
    header, claims = jwt.read(sim.bot_token:sub(8))
    assert.equal("RS256", header.alg)
    assert.equal("https://api.botframework.com", claims.aud)
    assert.is_nil(claims.roles)
    local _, bare = jwt.read(simulated.new({ faults = "consent=1" }).graph_token:sub(8))
    assert.is_nil(bare.roles)
  end)

  it("knows the tenant by its domain too", function()
    local sim = simulated.new()
    assert.equal(200, sim.form(sim.credentials(GRAPH), "Northwind.example").status)
  end)

  it("answers as a registration that is not in order", function()
    local cases = {
      ["single-tenant"] = { 400, "unauthorized_client", 700016 },
      ["app-disabled"] = { 400, "unauthorized_client", 7000112 },
      ["no-principal"] = { 401, "unauthorized_client", 7000229 },
      ["app-conditional-access"] = { 400, "invalid_grant", 53003 },
    }
    for fault, expected in pairs(cases) do
      local sim = simulated.new({ faults = fault .. "=1" })
      assert.same(expected, result(sim.form(
        sim.credentials("https://api.botframework.com/.default"), "botframework.com")))
    end
  end)
end)
