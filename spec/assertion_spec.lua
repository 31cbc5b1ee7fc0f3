local cjson = require "cjson"
local core = require "crier.core"
local certificates = require "support.certificates"
local encoding = require "crier.simulator.encoding"
local tokens = require "support.tokens"

local NOW_MS = 1893456000000 -- 2030-01-01

describe("a token by certificate", function()
  local folder

  setup(function()
    folder = certificates.folder()
    folder:make("bot", { days = 3650 })
  end)

  teardown(function()
    folder:close()
  end)

  -- The next request of a token, its form, and the parts of the assertion.
  local function asked(token, now_ms)
    local state, request = token:get(now_ms or NOW_MS)
    assert.equal("need", state)
    local form = tokens.form(request.body)
    local header, claims = form.client_assertion:match "^([^.]+)%.([^.]+)%."
    return form, cjson.decode((certificates.from_base64url(header))),
      cjson.decode((certificates.from_base64url(claims))), request
  end

  local function by_certificate(options, token_options)
    options = options or {}
    options.kind, options.path = "certificate", options.path or folder:file "bot.pem"
    return tokens.with(options, token_options)
  end

  local function thumbprint(digest)
    local hex = folder:openssl("x509 -in bot.crt -noout -fingerprint -" .. digest):match "=(.*)"
    return certificates.base64url((hex:gsub(":", ""):gsub("%x%x", function(byte)
      return string.char(tonumber(byte, 16))
    end)))
  end

  it("is asked for with an assertion, and no secret", function()
    local form, _, _, request = asked(by_certificate())
    assert.same({ "POST", tokens.URL, { ["Content-Type"] = "application/x-www-form-urlencoded" },
      "token", "token" }, { request.method, request.url, request.headers, request.service,
      request.operation })
    assert.matches("^grant_type=client_credentials&client_id=app%-id"
      .. "&scope=https%%3A%%2F%%2Fgraph.microsoft.com%%2F.default"
      .. "&client_assertion_type=urn%%3Aietf%%3Aparams%%3Aoauth%%3Aclient%-assertion%-type"
      .. "%%3Ajwt%-bearer&client_assertion=[%w._-]+$", request.body)
    assert.equal("urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
      form.client_assertion_type)
  end)

  it("is signed with PS256 under the SHA-256 thumbprint", function()
    local form, header = asked(by_certificate())
    assert.same({ alg = "PS256", typ = "JWT", ["x5t#S256"] = thumbprint "sha256" }, header)
    assert.is_true(folder:is_signed("bot", "PS256", form.client_assertion))
    assert.is_false((folder:is_signed("bot", "RS256", form.client_assertion)))
  end)

  it("is signed with RS256 under the SHA-1 thumbprint on demand", function()
    local form, header = asked(by_certificate { algorithm = "RS256" })
    assert.same({ alg = "RS256", typ = "JWT", x5t = thumbprint "sha1" }, header)
    assert.is_true(folder:is_signed("bot", "RS256", form.client_assertion))
  end)

  it("claims what Entra checks, for ten minutes from now", function()
    local _, _, claims = asked(by_certificate())
    assert.matches("^%x+%-%x+%-4%x+%-[89ab]%x+%-%x+$", claims.jti)
    assert.equal(36, #claims.jti)
    claims.jti = nil
    assert.same({ aud = tokens.URL, iss = "app-id", sub = "app-id", nbf = NOW_MS / 1000,
      iat = NOW_MS / 1000, exp = NOW_MS / 1000 + 600 }, claims)
  end)

  it("names the authority and the tenant that it is sent to", function()
    local _, _, claims, request = asked(by_certificate(nil, { authority = "http://127.0.0.1:9",
      tenant = "botframework.com", audience = "connector" }))
    assert.equal("http://127.0.0.1:9/botframework.com/oauth2/v2.0/token", claims.aud)
    assert.equal(claims.aud, request.url)
  end)

  it("is signed afresh each time", function()
    local token = by_certificate()
    local first, _, before = asked(token)
    token:receive(tokens.answer("", 503), NOW_MS)
    local second, _, after = asked(token, NOW_MS + 60000)
    assert.not_equal(first.client_assertion, second.client_assertion)
    assert.not_equal(before.jti, after.jti)
    assert.equal(before.iat + 60, after.iat)
  end)

  it("brings the chain along on demand, the leaf first", function()
    folder:make "root"
    folder:openssl("req -new -newkey rsa:2048 -nodes -subj /CN=leaf -keyout leaf.key -out leaf.csr")
    folder:openssl("x509 -req -in leaf.csr -CA root.crt -CAkey root.key -CAcreateserial -days 3650"
      .. " -out leaf.crt")
    local path = folder:join("chain.pem", "root.crt", "leaf.key", "leaf.crt")
    local form, header = asked(by_certificate { path = path, sends_chain = true })
    local function der(name)
      folder:openssl(("x509 -in %s.crt -outform DER -out %s.der"):format(name, name))
      return (encoding.to_base64(folder:read(name .. ".der")))
    end
    assert.same({ der "leaf", der "root" }, header.x5c)
    assert.is_true(folder:is_signed("leaf", "PS256", form.client_assertion))
    assert.is_nil(select(2, asked(by_certificate { path = path })).x5c)
  end)

  it("is one that our own key sets verify", function()
    local form = asked(by_certificate())
    local set = core.keyset.new('{"keys":[' .. core.certificate.jwk(folder:read "bot.crt") .. "]}")
    local _, claims = set:verify(form.client_assertion, { algorithms = { "PS256" } })
    assert.equal("app-id", cjson.decode(claims).iss)
  end)

  it("is read from a file of each form", function()
    folder:openssl "pkcs12 -export -in bot.crt -inkey bot.key -out open.pfx -passout pass:"
    folder:openssl "pkcs12 -export -in bot.crt -inkey bot.key -out locked.pfx -passout pass:pa+ss"
    folder:openssl "pkcs8 -topk8 -in bot.key -out pkcs8.key -passout pass:pa+ss"
    folder:openssl "rsa -in bot.key -traditional -out old.key"
    folder:openssl "rsa -in bot.key -traditional -aes128 -out locked.key -passout pass:pa+ss"
    folder:join("pkcs8.pem", "bot.crt", "pkcs8.key")
    folder:join("old.pem", "bot.crt", "old.key")
    folder:join("locked.pem", "locked.key", "bot.crt")
    for name, password in pairs { ["bot.pem"] = false, ["open.pfx"] = false, ["old.pem"] = false,
      ["locked.pfx"] = "pa+ss", ["pkcs8.pem"] = "pa+ss", ["locked.pem"] = "pa+ss" } do
      local form = asked(by_certificate { path = folder:file(name), password = password or nil })
      assert.is_true(folder:is_signed("bot", "PS256", form.client_assertion), name)
    end
    folder:write("unused.pem", "\r\n" .. folder:read "bot.pem":gsub("\n", "\r\n"))
    asked(by_certificate { path = folder:file "unused.pem", password = "not needed" })
  end)

  describe("is refused, in a line, when the file", function()
    local function refused(name, said, password)
      local path = folder:file(name)
      local made, message, code = core.credential.new { kind = "certificate", path = path,
        password = password }
      assert.is_nil(made)
      assert.equal(path .. " " .. said, message)
      assert.equal("CONFIG", code)
    end

    local BOTH = "put key and certificate into one file"

    it("is not there, or is none", function()
      refused("nowhere.pem", "No such file or directory")
      os.execute("mkdir -p " .. folder:file "folder")
      refused("folder", "Is a directory")
      refused("empty.pem", "is neither PEM nor PKCS#12 (.pfx)",
        folder:write("empty.pem", "") and nil)
      folder:write("text.pem", "not a certificate")
      refused("text.pem", "is neither PEM nor PKCS#12 (.pfx)")
      folder:write("large.pem", ("x"):rep(300000))
      refused("large.pem", "File too large")
    end)

    it("lacks the key or the certificate", function()
      refused("bot.crt", "holds no private key: " .. BOTH)
      refused("bot.key", "holds no certificate: " .. BOTH)
      folder:openssl "pkcs12 -export -nokeys -in bot.crt -out nokey.pfx -passout pass:"
      refused("nokey.pfx", "holds no private key: " .. BOTH)
      folder:openssl "pkcs12 -export -nocerts -inkey bot.key -out nocert.pfx -passout pass:"
      refused("nocert.pfx", "holds no certificate: " .. BOTH)
    end)

    it("holds the key of another certificate", function()
      folder:make "other"
      folder:join("mixed.pem", "other.key", "bot.crt")
      refused("mixed.pem", "holds a private key that belongs to no certificate in it")
    end)

    it("is locked", function()
      folder:openssl "pkcs12 -export -in bot.crt -inkey bot.key -out l.pfx -passout pass:right"
      folder:openssl "pkcs8 -topk8 -in bot.key -out l.key -passout pass:right"
      folder:join("l.pem", "bot.crt", "l.key")
      for _, name in ipairs { "l.pfx", "l.pem" } do
        refused(name, "is encrypted, and no password is set")
        refused(name, "does not open with the password that is set", "wrong")
        refused(name, "does not open with the password that is set", "")
        refused(name, "does not open with the password that is set", ("x"):rep(5000))
      end
    end)

    it("is locked with a cipher of long ago", function()
      folder:openssl("pkcs12 -export -legacy -certpbe PBE-SHA1-RC2-40 -keypbe PBE-SHA1-RC2-40"
        .. " -in bot.crt -inkey bot.key -out rc2.pfx -passout pass:right")
      refused("rc2.pfx", "is encrypted in a way that OpenSSL no longer reads: write it anew, with"
        .. " openssl pkcs12 -legacy -in OLD -nodes -out NEW.pem", "right")
      refused("rc2.pfx", "does not open with the password that is set", "wrong")
    end)

    it("holds a key that Entra does not take", function()
      local said = "holds a key that Entra does not take: it must be RSA of 2048 to 8192 bits"
      folder:make("curve", { key = "ec -pkeyopt ec_paramgen_curve:P-256" })
      refused("curve.pem", said)
      folder:make("short", { key = "rsa:1024" })
      refused("short.pem", said)
    end)

    it("holds a chain without end", function()
      folder:write("long.pem", folder:read "bot.pem" .. folder:read "bot.crt":rep(8))
      refused("long.pem", "holds more than eight certificates")
    end)

    it("is broken", function()
      local text = folder:read "bot.key"
      folder:write("broken.pem", text:sub(1, 200) .. "!" .. text:sub(201) .. folder:read "bot.crt")
      refused("broken.pem", "is neither PEM nor PKCS#12 (.pfx)")
    end)
  end)

  describe("that is out of its time", function()
    local ends_ms

    setup(function()
      ends_ms = core.credential.new { kind = "certificate", path = folder:file "bot.pem" }
        :info().expires_at_ms
    end)

    it("is known when it will be", function()
      local said = folder:openssl "x509 -in bot.crt -noout -enddate":match "=(.*)"
      local months = { Jan = 1, Feb = 2, Mar = 3, Apr = 4, May = 5, Jun = 6, Jul = 7, Aug = 8,
        Sep = 9, Oct = 10, Nov = 11, Dec = 12 }
      local month, day, clock, year = said:match "^(%a+)%s+(%d+) (%S+) (%d+) GMT$"
      assert.equal(("%s-%02d-%02dT%s"):format(year, months[month], day, clock),
        os.date("!%Y-%m-%dT%H:%M:%S", ends_ms // 1000))
    end)

    it("gives no request, but a line that says so", function()
      local token = by_certificate()
      assert.equal("need", (token:get(ends_ms - 1)))
      token:receive(tokens.answer("", 503), ends_ms - 1)
      local state, message, code = token:get(ends_ms)
      assert.is_nil(state)
      assert.equal(folder:file "bot.pem" .. " holds a certificate that expired on "
        .. os.date("!%Y-%m-%d %H:%M:%S UTC", ends_ms // 1000), message)
      assert.equal("CONFIG", code)
      state, message = token:get(0)
      assert.is_nil(state)
      assert.matches("holds a certificate that is not valid before 20%d%d%-", message)
    end)

    it("is read again, should the file have been replaced", function()
      folder:make("turn", { days = 1 })
      local token = by_certificate { path = folder:file "turn.pem" }
      asked(token, os.time() * 1000)
      token:receive(tokens.answer("", 503), os.time() * 1000)
      folder:make("turn", { days = 3650 })
      local form = asked(token, (os.time() + 3 * 24 * 3600) * 1000)
      assert.is_true(folder:is_signed("turn", "PS256", form.client_assertion))
    end)
  end)

  it("is signed with the new certificate when Entra refuses the old one", function()
    folder:make("turn", { days = 3650 })
    local old = folder:read "turn.crt"
    local token = by_certificate { path = folder:file "turn.pem" }
    asked(token)
    local outcome, goes_on = token:receive(tokens.refused(700027), NOW_MS)
    assert.same({ "misconfigured", "bad certificate", false },
      { outcome.kind, outcome.reason, goes_on })
    asked(token)
    folder:make("turn", { days = 3650 })
    assert.not_equal(old, folder:read "turn.crt")
    assert.is_true(select(2, token:receive(tokens.refused(700027), NOW_MS)))
    local form = asked(token)
    assert.is_true(folder:is_signed("turn", "PS256", form.client_assertion))
    assert.equal("ok", token:receive(tokens.granted(), NOW_MS).kind)
  end)

  it("never shows the key, the password or the assertion", function()
    folder:openssl "pkcs12 -export -in bot.crt -inkey bot.key -out s.pfx -passout pass:s3cretpass"
    local made = core.credential.new { kind = "certificate", path = folder:file "s.pfx",
      password = "s3cretpass" }
    assert.equal("crier.credential (certificate)", tostring(made))
    local token = tokens.with(made)
    local form = asked(token)
    local outcome = token:receive(tokens.answer('{"error":"invalid_client","error_description":"'
      .. form.client_assertion .. '"}', 401), NOW_MS)
    assert.equal("[removed]", outcome.text)
    local _, message = core.credential.new { kind = "certificate", path = folder:file "s.pfx",
      password = "s3cretpasz" }
    assert.is_nil(message:find "s3cret")
  end)
end)
