local cjson = require "cjson"
local core = require "crier.core"
local certificates = require "support.certificates"

describe("crier.core.signer", function()
  local signer, jwk

  setup(function()
    signer = assert(core.signer.new())
    jwk = cjson.decode(signer:jwk())
  end)

  it("has an RSA key of its own, named by its thumbprint", function()
    assert.same({ "RSA", "AQAB", "sig", 342 }, { jwk.kty, jwk.e, jwk.use, #jwk.n })
    local folder = certificates.folder()
    folder:write("key", ('{"e":"AQAB","kty":"RSA","n":"%s"}'):format(jwk.n))
    folder:openssl "dgst -sha256 -binary -out digest key"
    assert.equal(certificates.base64url(folder:read "digest"), jwk.kid)
    folder:close()
    assert.is_nil(jwk.d)
    assert.is_true(cjson.decode(assert(core.signer.new()):jwk()).n ~= jwk.n)
  end)

  it("signs in either way what a key set verifies", function()
    local keys = core.keyset.new('{"keys":[' .. signer:jwk() .. "]}")
    for _, algorithm in ipairs { "RS256", "PS256" } do
      local head = ('{"alg":"%s","kid":"%s"}'):format(algorithm, jwk.kid)
      local text = certificates.base64url(head) .. "." .. certificates.base64url '{"iss":"me"}'
      local header, claims = keys:verify(text .. "." .. signer:sign(text, algorithm),
        { algorithms = { algorithm } })
      assert.same({ head, '{"iss":"me"}' }, { header, claims })
    end
    assert.equal(342, #signer:sign "")
    assert.equal(signer:sign "text", signer:sign("text", "RS256"))
  end)

  it("raises on misuse", function()
    assert.has_error(function() signer:sign() end)
    assert.has_error(function() signer:sign("text", "HS256") end)
  end)
end)
