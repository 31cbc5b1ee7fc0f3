local cjson = require "cjson"
local core = require "crier.core"
local certificates = require "support.certificates"

local BOTH = { algorithms = { "RS256", "PS256" } }
local base64url = certificates.base64url

describe("crier.core.keyset #embedded", function()
  local folder, jwk, other

  setup(function()
    folder = certificates.folder()
    folder:make "bot"
    folder:make "other"
    folder:make("short", { key = "rsa:1024" })
    folder:make("curve", { key = "ec -pkeyopt ec_paramgen_curve:P-256" })
    jwk = cjson.decode((core.certificate.jwk(folder:read "bot.crt")))
    other = cjson.decode((core.certificate.jwk(folder:read "other.crt")))
  end)

  teardown(function()
    folder:close()
  end)

  local function set_of(...)
    return cjson.encode { keys = { ... } }
  end

  local function changed(key, changes)
    local copy = {}
    for name, value in pairs(key) do
      copy[name] = value
    end
    for name, value in pairs(changes) do
      copy[name] = value or nil
    end
    return copy
  end

  local function token(header, algorithm, name)
    return folder:sign(name or "bot", algorithm or "PS256", header, '{"iss":"app","n":1}')
  end

  local function verify(set, text, options)
    return assert(core.keyset.new(set)):verify(text, options or BOTH)
  end

  local function refused(code, ...)
    local header, message, found = verify(...)
    assert.is_nil(header)
    assert.equal(code, found)
    assert.equal("string", type(message))
    return message
  end

  describe(".new()", function()
    it("takes the RSA keys for signatures and passes over the rest", function()
      local set = core.keyset.new(set_of(jwk, { kty = "EC", crv = "P-256", x = "AA", y = "AA" },
        { kty = "oct", k = "c2VjcmV0" }, changed(jwk, { use = "enc" }),
        changed(jwk, { n = "AQAB" }), changed(jwk, { n = 7 }), changed(jwk, { e = "AAAA" }),
        changed(jwk, { use = false }), 7))
      assert.equal(2, set:count())
    end)

    it("takes the first 64 keys", function()
      local list = {}
      for i = 1, 70 do
        list[i] = jwk
      end
      assert.equal(64, core.keyset.new(cjson.encode { keys = list }):count())
    end)

    it("refuses what is no key set", function()
      for _, text in ipairs { "", "[]", "null", "{}", '{"keys":{}}', '{"keys":[]', '{"keys":7}',
        '{"keys":[],"keys":[]}' } do
        local set, message, code = core.keyset.new(text)
        assert.is_nil(set)
        assert.equal("is not what it should be", message)
        assert.equal("MALFORMED", code)
      end
    end)

    it("refuses a set without a key to verify with", function()
      local short = cjson.decode((core.certificate.jwk(folder:read "short.crt")))
      for _, text in ipairs { '{"keys":[]}', '{"keys":[{}]}', set_of(short),
        set_of(changed(jwk, { n = ("A"):rep(9000) })),
        set_of(changed(jwk, { e = "AQABA===" })), set_of(changed(jwk, { n = jwk.n .. "=" })) } do
        local set, message, code = core.keyset.new(text)
        assert.is_nil(set)
        assert.equal("the key set holds no RSA key to verify with", message)
        assert.equal("NO_KEYS", code)
      end
    end)

    it("refuses a set above 256 KiB", function()
      local set, message, code = core.keyset.new((" "):rep(256 * 1024 + 1))
      assert.same({ nil, "is larger than is read", "TOO_LARGE" }, { set, message, code })
    end)
  end)

  describe(":verify()", function()
    it("gives header and claims of what openssl has signed", function()
      for _, algorithm in ipairs { "RS256", "PS256" } do
        local text = ('{"alg":"%s","kid":"%s"}'):format(algorithm, jwk.kid)
        local header, claims = verify(set_of(other, jwk), token(text, algorithm))
        assert.equal(text, header)
        assert.equal('{"iss":"app","n":1}', claims)
      end
    end)

    it("finds the key by any of its names, or by trying", function()
      for _, names in ipairs { "", ',"kid":"' .. jwk.kid .. '"', ',"x5t":"' .. jwk.x5t .. '"',
        ',"x5t#S256":"' .. jwk["x5t#S256"] .. '"' } do
        assert.equal("string", type(verify(set_of(other, jwk), token('{"alg":"PS256"' .. names
          .. "}"))))
      end
    end)

    it("tells a key that is not in the set from a wrong signature", function()
      assert.equal("the token names a key that is not in the set",
        refused("KEY_UNKNOWN", set_of(jwk), token '{"alg":"PS256","kid":"another"}'))
      assert.equal("the token's signature does not match", refused("SIGNATURE_WRONG", set_of(other),
        token '{"alg":"PS256"}'))
      refused("KEY_UNKNOWN", set_of(changed(jwk, { alg = "RS256" })), token '{"alg":"PS256"}')
    end)

    it("refuses what was changed after it was signed", function()
      local text = token '{"alg":"PS256"}'
      local head, body, signature = text:match "^(.-)%.(.-)%.(.-)$"
      local forged = base64url '{"iss":"evil"}'
      refused("SIGNATURE_WRONG", set_of(jwk), head .. "." .. forged .. "." .. signature)
      refused("SIGNATURE_WRONG", set_of(jwk), head .. "." .. body .. "."
        .. (signature:sub(1, 1) == "A" and "B" or "A") .. signature:sub(2))
      refused("SIGNATURE_WRONG", set_of(jwk), head .. "." .. body .. ".AAAA")
      refused("SIGNATURE_WRONG", set_of(jwk), base64url '{"alg":"RS256"}' .. "." .. body .. "."
        .. signature)
    end)

    it("takes the algorithms that the caller allows, and no others", function()
      local rs = { algorithms = { "RS256" } }
      assert.equal("string", type(verify(set_of(jwk), token('{"alg":"RS256"}', "RS256"), rs)))
      refused("ALGORITHM_REFUSED", set_of(jwk), token '{"alg":"PS256"}', rs)
      for _, algorithm in ipairs { '"none"', '"None"', '"HS256"', '"RS512"', '"PS384"', '"rs256"',
        "7", "null", '["RS256"]' } do
        local text = '{"alg":' .. algorithm .. "}"
        refused("ALGORITHM_REFUSED", set_of(jwk), token(text, "RS256"))
        refused("ALGORITHM_REFUSED", set_of(jwk), token(text, "RS256"),
          { algorithms = { "none", "HS256", "RS512", "PS384" } })
      end
      refused("ALGORITHM_REFUSED", set_of(jwk), token("{}", "RS256"))
    end)

    it("refuses a MAC keyed with the public key", function()
      local head = base64url '{"alg":"HS256"}' .. "." .. base64url '{"iss":"app"}'
      refused("ALGORITHM_REFUSED", set_of(jwk), head .. "." .. base64url(("m"):rep(32)))
    end)

    it("refuses critical headers", function()
      refused("CRITICAL_REFUSED", set_of(jwk), token '{"alg":"PS256","crit":["exp"]}')
      refused("CRITICAL_REFUSED", set_of(jwk), token '{"alg":"PS256","crit":[]}')
      refused("CRITICAL_REFUSED", set_of(jwk), token '{"alg":"PS256","b64":false}')
    end)

    it("does not look at keys that the token brings along", function()
      local mine = cjson.encode(other)
      local text = folder:sign("other", "PS256", '{"alg":"PS256","jwk":' .. mine
        .. ',"jku":"https://evil.example/keys","x5c":["AAAA"]}', '{"iss":"evil"}')
      refused("SIGNATURE_WRONG", set_of(jwk), text)
      assert.equal("string", type(verify(set_of(other), text)))
    end)

    it("refuses what is no token", function()
      local text = token '{"alg":"PS256"}'
      local head, rest = text:match "^(.-)(%..*)$"
      local malformed = { "", ".", "..", "...", "a.b", head, text .. ".", text .. "=", text .. "\n",
        " " .. text, text:gsub("%.", "..", 1), text .. ".AAAA", base64url "no JSON" .. rest,
        base64url "[]" .. rest, base64url '"PS256"' .. rest, base64url "" .. rest,
        base64url '{"alg":"PS256","alg":"none"}' .. rest, "A" .. rest, "\0" .. text,
        text:gsub("%.", "\0", 1), folder:sign("bot", "PS256", '{"alg":"PS256"}', "[1]"),
        folder:sign("bot", "PS256", '{"alg":"PS256"}', "claims"),
        folder:sign("bot", "PS256", '{"alg":"PS256"}', '{"a":1,"a":2}'),
        folder:sign("bot", "PS256", '{"alg":"PS256"}', '{"a":"\255"}') }
      for _, each in ipairs(malformed) do
        assert.equal("is not what it should be", refused("MALFORMED", set_of(jwk), each))
      end
      refused("TOO_LARGE", set_of(jwk), ("a"):rep(16 * 1024 + 1))
    end)

    it("raises on misuse", function()
      local set = core.keyset.new(set_of(jwk))
      for _, options in ipairs { {}, { algorithms = "RS256" }, { algorithms = {} },
        { algorithms = { 7 } }, { algorithms = { "a", "b", "c", "d", "e" } } } do
        assert.has_error(function() set:verify("a.b.c", options) end)
      end
      assert.has_error(function() set:verify("a.b.c") end)
      assert.has_error(function() set:verify(nil, BOTH) end)
      assert.has_error(function() core.keyset.new() end)
    end)
  end)
end)

describe("crier.core.certificate", function()
  describe(".jwk()", function()
    local folder

    setup(function()
      folder = certificates.folder()
      folder:make "bot"
      folder:make("curve", { key = "ec -pkeyopt ec_paramgen_curve:P-256" })
    end)

    teardown(function()
      folder:close()
    end)

    it("gives the public key as openssl has it", function()
      local jwk = cjson.decode((core.certificate.jwk(folder:read "bot.crt")))
      local modulus = folder:openssl "x509 -in bot.crt -noout -modulus"
      local function hex(text)
        return (certificates.from_base64url(text):gsub(".", function(c)
          return ("%02X"):format(c:byte())
        end))
      end
      local function print_of(digest)
        return folder:openssl("x509 -in bot.crt -noout -fingerprint -" .. digest)
          :match("=(.*)"):gsub(":", "")
      end
      assert.equal(modulus, "Modulus=" .. hex(jwk.n))
      assert.equal("010001", hex(jwk.e))
      assert.equal(print_of "sha1", hex(jwk.x5t))
      assert.equal(print_of "sha256", hex(jwk["x5t#S256"]))
      assert.same({ "RSA", "sig", jwk.x5t }, { jwk.kty, jwk.use, jwk.kid })
    end)

    it("passes over what stands before the certificate, and never gives the key", function()
      local jwk = core.certificate.jwk(folder:read "bot.pem")
      assert.equal(core.certificate.jwk(folder:read "bot.crt"), jwk)
      assert.is_nil((cjson.decode(jwk).d))
    end)

    it("refuses what is no RSA certificate", function()
      local cases = {
        { "", "the text holds no certificate: put key and certificate into one file" },
        { folder:read "bot.key",
          "the text holds no certificate: put key and certificate into one file" },
        { folder:read "curve.crt", "the text holds a key that Entra does not take: it must be RSA"
          .. " of 2048 to 8192 bits" },
      }
      for _, case in ipairs(cases) do
        local jwk, message, code = core.certificate.jwk(case[1])
        assert.is_nil(jwk)
        assert.equal(case[2], message)
        assert.equal("CERTIFICATE", code)
      end
    end)
  end)
end)
