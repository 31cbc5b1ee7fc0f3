local cases = require "verifier_cases"
local cjson = require "cjson"
local core = require "crier.core"
local issuer = require "support.issuer"
local verifier = require "crier.verifier"

local NOW_S = 1800000000

local made = cases.new(NOW_S)

-- How often an activity is read until a token is refused; malformed claims may be found
-- before and after that.
local READ = { HEADER_MISSING = 0, HEADER_MALFORMED = 0, TOO_LARGE = 0, ALGORITHM_REFUSED = 0,
  CRITICAL_REFUSED = 0, ISSUER_REFUSED = 0, KEY_UNKNOWN = 0, SIGNATURE_WRONG = 0,
  AUDIENCE_REFUSED = 0, EXPIRED = 0, NOT_YET_VALID = 0, ACTIVITY_MALFORMED = 1,
  NOT_ENDORSED = 1, CHANNEL_REFUSED = 1, SERVICE_URL_WRONG = 1, HOST_REFUSED = 1,
  TENANT_REFUSED = 1, APP_REFUSED = 1 }

describe("crier.verifier #embedded", function()
  local function new(changes, setup)
    local options = {}
    for name, value in pairs(made.setups[setup or "public"]) do
      options[name] = value
    end
    for name, value in pairs(changes or {}) do
      options[name] = value
    end
    return verifier.new(options)
  end

  describe(":verify()", function()
    local verifiers = {}

    setup(function()
      for name in pairs(made.setups) do
        verifiers[name] = assert(new(nil, name))
      end
    end)

    it("is tried with every name once", function()
      local names = {}
      for _, case in ipairs(made.list) do
        assert.is_nil(names[case.name], case.name)
        names[case.name] = true
      end
      assert.is_true(#made.list >= 80)
    end)

    for _, case in ipairs(made.list) do
      it((case.code and "refuses " or "takes ") .. case.name, function()
        local claims, message, code = verifiers[case.setup]:verify(case.header, case.activity)
        assert.equal(case.code, code)
        if case.code then
          assert.is_nil(claims)
          assert.equal("string", type(message))
        else
          assert.equal("table", type(claims))
          assert.is_true(claims.aud == made.client_id or claims.aud[2] == made.client_id)
        end
      end)
    end

    it("gives the claims as they are", function()
      local claims = verifiers.public:verify("Bearer " .. made.good, made:activity())
      assert.same({ iss = "https://api.botframework.com", aud = made.client_id,
        serviceurl = made.service_url, nbf = NOW_S - 60, exp = NOW_S + 3540 }, claims)
    end)

    it("judges whatever a header and an activity are, and never raises", function()
      local odd = { 7, true, {}, print, coroutine.create(print), cjson.null,
        setmetatable({}, { __index = function() error "looked" end }) }
      for i, value in ipairs(odd) do
        local claims, _, code = verifiers.public:verify(value, made:activity())
        assert.is_nil(claims)
        assert.equal("HEADER_MALFORMED", code, tostring(i))
        claims, _, code = verifiers.public:verify("Bearer " .. made.good, value)
        assert.is_nil(claims)
        assert.equal("ACTIVITY_MALFORMED", code)
      end
      assert.equal("HEADER_MISSING", select(3, verifiers.public:verify()))
      assert.equal("ACTIVITY_MALFORMED", select(3, verifiers.public:verify("Bearer "
        .. made.good)))
    end)

    it("has the activity read when the token has held by itself, once", function()
      for _, case in ipairs(made.list) do
        local count = 0
        local claims, _, code = verifiers[case.setup]:verify(case.header, function()
          count = count + 1
          return case.activity
        end)
        assert.equal(case.code, code, case.name)
        if READ[code] then
          assert.equal(READ[code], count, case.name)
        end
        assert.is_true(count == 1 or not claims and count == 0, case.name)
      end
    end)

    it("raises what a function that reads the activity raises, and goes on", function()
      local public, header, raised = verifiers.public, "Bearer " .. made.good, {}
      local ok, problem = pcall(public.verify, public, header, function() error(raised) end)
      assert.same({ false, true }, { ok, rawequal(problem, raised) })
      ok, problem = pcall(public.verify, public, header, function()
        return public:verify(header, made:activity())
      end)
      assert.is_false(ok)
      assert.matches("verifier is at work", problem)
      assert.equal("ACTIVITY_MALFORMED", select(3, public:verify(header, function() end)))
      assert.is_table(public:verify(header, made:activity()))
    end)

    it("reads the activity, not what stands behind it", function()
      local behind = setmetatable({}, { __index = made:activity() })
      assert.equal("ACTIVITY_MALFORMED",
        select(3, verifiers.public:verify("Bearer " .. made.good, behind)))
    end)

    it("says nothing of the token to the log", function()
      for _, case in ipairs(made.list) do
        local _, message = verifiers[case.setup]:verify(case.header, case.activity)
        if message then
          assert.is_nil(message:find("%c"), message)
          assert.is_true(#message < 100)
          assert.is_nil(message:find(made.client_id, 1, true))
        end
      end
    end)

    it("asks for the time at each call", function()
      local now = NOW_S
      local checked = new { now = function() return now end }
      local header, activity = "Bearer " .. made.good, made:activity()
      assert.equal("table", type(checked:verify(header, activity)))
      now = NOW_S + 3540 + 299
      assert.equal("table", type(checked:verify(header, activity)))
      now = now + 1
      assert.equal("EXPIRED", select(3, checked:verify(header, activity)))
      now = NOW_S - 361
      assert.equal("NOT_YET_VALID", select(3, checked:verify(header, activity)))
      now = NOW_S + 0.5
      assert.equal("table", type(checked:verify(header, activity)))
    end)

    it("takes the wall clock's time unless told", function()
      local checked = assert(verifier.new { client_id = made.client_id, jwks = made.jwks })
      local function code(changes)
        return (select(3, checked:verify("Bearer " .. made:token(changes), made:activity())))
      end
      assert.is_nil(code { nbf = "1", exp = "1e12" })
      assert.equal("EXPIRED", code { nbf = "1", exp = "1" })
      assert.equal("NOT_YET_VALID", code { nbf = "1e12", exp = "1e12" })
    end)
  end)

  describe(":set_keys()", function()
    local HEADER = "Bearer "

    it("replaces the key set, as a rotation does", function()
      local bot = issuer.new()
      local token = bot:sign(made:head { kid = '"next"' }, made:claims())
      local set = '{"keys":[' .. bot:jwk("next", ',"endorsements":["msteams"]') .. "]}"
      local checked = new()
      assert.equal("KEY_UNKNOWN", select(3, checked:verify(HEADER .. token, made:activity())))
      assert.is_true(checked:set_keys(set))
      assert.equal("table", type(checked:verify(HEADER .. token, made:activity())))
      assert.equal("KEY_UNKNOWN",
        select(3, checked:verify(HEADER .. made.good, made:activity())))
    end)

    it("keeps the old one when the new one is none", function()
      local checked = new()
      for text, code in pairs { [""] = "MALFORMED", ["{}"] = "MALFORMED", ["[]"] = "MALFORMED",
        ['{"keys":[]}'] = "NO_KEYS", [(" "):rep(256 * 1024 + 1)] = "TOO_LARGE",
        ["<html>"] = "MALFORMED" } do
        local ok, message, found = checked:set_keys(text)
        assert.is_nil(ok)
        assert.equal(code, found)
        assert.equal("the key set: ", message:sub(1, 13))
      end
      assert.equal("table", type(checked:verify(HEADER .. made.good, made:activity())))
    end)

    it("keeps the two sides apart", function()
      local checked = new({ entra = { tenant = made.tenant } }, "entra")
      local v1 = made:token({ iss = '"https://sts.windows.net/' .. made.tenant .. '/"',
        tid = '"' .. made.tenant .. '"', appid = '"' .. made.client_id .. '"' },
        { kid = '"entra"' }, made.stranger)
      assert.equal("KEY_UNKNOWN", select(3, checked:verify(HEADER .. v1, made:activity())))
      assert.is_true(checked:set_keys('{"keys":[' .. made.stranger:jwk "entra" .. "]}", "entra"))
      assert.equal("table", type(checked:verify(HEADER .. v1, made:activity())))
      assert.equal("table", type(checked:verify(HEADER .. made.good, made:activity())))
      assert.has_error(function() checked:set_keys(made.jwks, "both") end)
    end)
  end)

  describe(".new()", function()
    it("takes further hosts, endpoints and channels", function()
      local url = "https://gateway.example/teams"
      local token = "Bearer " .. made:token { serviceurl = cjson.encode(url) }
      local activity = made:activity { serviceUrl = url }
      assert.equal("HOST_REFUSED", select(3, new():verify(token, activity)))
      assert.equal("table", type(new({ hosts = { "gateway.example" } }):verify(token, activity)))
      local endpoints = core.cloud.endpoints { cloud = "public",
        connector = "https://gateway.example/x" }
      assert.equal("table", type(new({ endpoints = endpoints }):verify(token, activity)))
      activity.channelId = "directline"
      assert.equal("table", type(new({ endpoints = endpoints, channels = { "directline" } })
        :verify(token, activity)))
    end)

    it("takes any issuer that is listed, on hosts of the public cloud", function()
      local checked = new { issuers = { "https://issuer.example", "https://second.example" } }
      local token = "Bearer " .. made:token { iss = '"https://second.example"' }
      assert.equal("table", type(checked:verify(token, made:activity())))
      assert.equal("ISSUER_REFUSED",
        select(3, checked:verify("Bearer " .. made.good, made:activity())))
    end)

    it("refuses what is no key set, no cloud and no host", function()
      assert.same({ nil, "the key set: the key set holds no RSA key to verify with", "NO_KEYS" },
        { new { jwks = '{"keys":[]}' } })
      assert.equal("MALFORMED",
        select(3, new { entra = { tenant = made.tenant, jwks = "{}" } }))
      assert.equal("CLOUD_UNKNOWN", select(3, new { cloud = "mars" }))
      assert.equal("URL_REFUSED", select(3, new { hosts = { "http://gateway.example" } }))
      assert.equal("LIST_FULL", select(3, new { issuers = { ("x"):rep(513) } }))
      assert.equal("LIST_FULL", select(3, new { client_id = "a\0b" }))
      local many = {}
      for i = 1, 65 do
        many[i] = "tenant-" .. i
      end
      local checked, message, code = new { tenants = many }
      assert.is_nil(checked)
      assert.equal("LIST_FULL", code)
      assert.equal("tenants: 'tenant-65' is more than is kept of its kind, or too long", message)
    end)

    it("raises on misuse, where it was called", function()
      local entra = { tenant = made.tenant }
      for message, changes in pairs {
        ["client_id must be the bot's client id"] = { client_id = "" },
        ["jwks must be the text of a key set"] = { jwks = {} },
        ["now must be a function"] = { now = 7 },
        ["issuers must be an array of texts"] = { issuers = {} },
        ["channels must be an array of texts"] = { channels = "msteams" },
        ["tenants must be an array of texts"] = { tenants = { 7 } },
        ["hosts must be an array of texts"] = { hosts = { "" } },
        ["unknown option 'issuer'; did you mean 'issuers'?"] = { issuer = "x" },
        ["entra must be a table with the tenant"] = { entra = {} },
        ["entra.jwks must be the text of a key set"] =
          { entra = { tenant = entra.tenant, jwks = 7 } },
        ["entra.apps must be an array of texts"] = { entra = { tenant = "x", apps = {} } },
        ["entra: unknown option 'app'; did you mean 'apps'?"] =
          { entra = { tenant = "x", app = "y" } },
      } do
        local ok, found = pcall(new, changes)
        assert.is_false(ok)
        assert.is_truthy(found:find("crier.verifier", 1, true))
        assert.is_truthy(found:find(message, 1, true), found)
      end
      assert.has_error(function() verifier.new() end)
    end)
  end)

  it("answers the same to everybody who is refused", function()
    local refusal = verifier.refusal()
    assert.same({ status = 401, headers = { ["www-authenticate"] = "Bearer" }, body = "" }, refusal)
    assert.same(refusal, new():refusal())
    assert.is_true(refusal ~= verifier.refusal())
  end)
end)

describe("crier.core.verifier #embedded", function()
  it("raises on misuse", function()
    local checked = core.verifier.new "bot"
    assert.has_error(function() core.verifier.new() end)
    assert.has_error(function() checked:allow("friends", "x") end)
    assert.has_error(function() checked:allow("issuers") end)
    assert.has_error(function() checked:allow_hosts "evil.example" end)
    assert.has_error(function() checked:set_keys("bot") end)
    assert.has_error(function() checked:verify("Bearer x", {}) end)
    assert.has_error(function() checked:verify("Bearer x", {}, -1) end)
  end)

  it("allows nothing until told", function()
    local checked = core.verifier.new(made.client_id)
    local function code()
      return (select(3, checked:verify("Bearer " .. made.good, made:activity(), NOW_S)))
    end
    assert.equal("ISSUER_REFUSED", code())
    assert.is_true(checked:allow("issuers", "https://api.botframework.com"))
    assert.equal("KEY_UNKNOWN", code())
    assert.is_true(checked:set_keys("bot", made.jwks))
    assert.equal("CHANNEL_REFUSED", code())
    assert.is_true(checked:allow("channels", "msteams"))
    assert.equal("HOST_REFUSED", code())
    for _ = 1, 5 do
      assert.is_true(checked:allow_hosts(core.cloud.endpoints { cloud = "public" }))
    end
    assert.is_nil(code())
    assert.equal("LIST_FULL",
      select(3, checked:allow_hosts(core.cloud.endpoints { cloud = "public" })))
  end)
end)
