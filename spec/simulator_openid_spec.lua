local cjson = require "cjson"
local core = require "crier.core"
local jwt = require "crier.simulator.jwt"
local simulated = require "support.simulated"

local SERVICE_URL = "https://smba.trafficmanager.net/emea/"

describe("crier.simulator.openid", function()
  local signers = {} -- a key takes a while to be made

  local function new(options)
    local made = 0
    options = options or {}
    options.new_signer = function()
      made = made + 1
      signers[made] = signers[made] or core.signer.new()
      return signers[made]
    end
    return simulated.new(options)
  end

  local function get(client, path)
    local response = client.call { method = "GET", path = path,
      headers = { host = "127.0.0.1:8080" } }
    assert.equal(200, response.status)
    return response.body
  end

  it("says where the key set is", function()
    local found = cjson.decode(get(new(), "/v1/.well-known/openidconfiguration"))
    assert.same({ "https://api.botframework.com", "http://127.0.0.1:8080/v1/.well-known/keys" },
      { found.issuer, found.jwks_uri })
  end)

  for cloud, issuer in pairs { gcc = "https://api.botframework.com",
    gcch = "https://api.botframework.us", dod = "https://api.botframework.us",
    china = "https://api.botframework.azure.cn" } do
    it("has the issuer of the cloud " .. cloud, function()
      assert.equal(issuer, cjson.decode(get(new { cloud = cloud },
        "/v1/.well-known/openidconfiguration")).issuer)
    end)
  end

  it("signs tokens with a key of the set, endorsed for Teams", function()
    local client = new()
    local token = client.sim.openid:token(SERVICE_URL, client.now_ms)
    local keys = get(client, "/v1/.well-known/keys")
    local _, claims = assert(core.keyset.new(keys)):verify(token, { algorithms = { "RS256" } })
    assert.same({ iss = "https://api.botframework.com", aud = client.sim.client_id,
      serviceurl = SERVICE_URL, nbf = 1700000000, exp = 1700003600 }, cjson.decode(claims))
    assert.same({ "msteams" }, cjson.decode(keys).keys[1].endorsements)
    assert.equal(cjson.decode(keys).keys[1].kid, jwt.read(token).kid)
  end)

  it("gives a token again for five minutes, for one service URL", function()
    local client = new()
    local openid, now = client.sim.openid, client.now_ms
    local token = openid:token(SERVICE_URL, now)
    assert.equal(token, openid:token(SERVICE_URL, now + 299999))
    assert.is_true(token ~= openid:token(SERVICE_URL, now + 300000))
    assert.is_true(token ~= openid:token("http://127.0.0.1/", now))
    for n = 1, 101 do
      openid:token("http://127.0.0.1/" .. n, now)
    end
    assert.is_true(openid.held <= 100)
  end)

  it("has the keys of the bot's own tenant, which speak for no channel", function()
    local client = new()
    local tenant = client.sim.tenant
    local path = "/" .. tenant .. "/discovery/v2.0/keys"
    assert.equal("http://127.0.0.1:8080" .. path, cjson.decode(get(client, "/" .. tenant
      .. "/v2.0/.well-known/openid-configuration")).jwks_uri)
    local keys = get(client, path)
    assert.is_nil(cjson.decode(keys).keys[1].endorsements)
    local token = client.sim.openid:tenant_token("app", client.now_ms)
    local _, claims = assert(core.keyset.new(keys)):verify(token, { algorithms = { "RS256" } })
    assert.same({ iss = "https://sts.windows.net/" .. tenant .. "/", tid = tenant, appid = "app",
      aud = client.sim.client_id, ver = "1.0", iat = 1700000000, nbf = 1700000000,
      exp = 1700003600 }, cjson.decode(claims))
  end)

  it("takes a new key, and lets the one before stand in the set", function()
    local client = new()
    local openid = client.sim.openid
    local kids = { jwt.read(openid:token(SERVICE_URL, client.now_ms)).kid }
    for nth = 2, 3 do
      local response = client.call { method = "POST", path = "/_sandbox/rekey" }
      kids[nth] = cjson.decode(response.body).kid
      assert.equal(kids[nth], jwt.read(openid:token(SERVICE_URL, client.now_ms)).kid)
    end
    local set = cjson.decode(get(client, "/v1/.well-known/keys")).keys
    assert.same({ kids[3], kids[2] }, { set[1].kid, set[2].kid })
    assert.equal(2, #set)
  end)

  it("has no key where none can be made", function()
    local client = simulated.new()
    assert.equal('{"keys":[]}', get(client, "/v1/.well-known/keys"))
    assert.equal(404, client.call({ method = "POST", path = "/_sandbox/rekey" }).status)
  end)

  it("is named by the environment", function()
    assert.equal("http://127.0.0.1:8080/v1/.well-known/openidconfiguration",
      simulated.new().sim:environment("http://127.0.0.1:8080").CRIER_BOT_OPENID_URL)
  end)
end)
