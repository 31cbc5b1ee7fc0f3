local cases = require "verifier_cases"
local certificates = require "support.certificates"
local cjson = require "cjson"
local core = require "crier.core"
local node = require "support.node"
local verifier = require "crier.verifier"

-- Microsoft's own library is the judge: what it takes is taken, what it refuses is
-- refused, but where the list of cases says why not.
describe("crier.verifier, beside botframework-connector,", function()
  local is_ready, reason = node.is_ready()
  if not is_ready then
    pending(reason)
    return
  end

  local made = cases.new(1800000000)
  local verifiers, compared, verdicts = {}, {}, nil

  -- A key set with one more key, and a token that it signs as RS512.
  local function add_long()
    local folder = certificates.folder()
    folder:make "long"
    local jwk = core.certificate.jwk(folder:read "long.crt"):gsub('"kid":"[^"]+"', '"kid":"long"')
    local keys = made.jwks:gsub("%]}$", "," .. jwk .. "]}")
    local text = certificates.base64url(made:head { alg = '"RS512"', kid = '"long"' }) .. "."
      .. certificates.base64url(made:claims())
    folder:write("signed", text)
    folder:openssl "dgst -sha512 -sign long.key -out signature signed"
    compared[#compared + 1] = { name = "a token that is signed as RS512", setup = "public",
      judge = "it takes RS384 and RS512 too, which nothing sends", activity = made:activity(),
      header = "Bearer " .. text .. "." .. certificates.base64url(folder:read "signature") }
    folder:close()
    return keys
  end

  for _, case in ipairs(made.list) do
    if case.judge ~= false then
      compared[#compared + 1] = case
    end
  end
  local keys = add_long()

  setup(function()
    local asked = {}
    for i, case in ipairs(compared) do
      local name = case.setup
      verifiers[name] = verifiers[name] or assert(verifier.new(made.setups[name]))
      asked[i] = { header = case.header, activity = case.activity,
        issuer = core.cloud.endpoints({ cloud = name }):info().issuer }
    end
    local name = os.tmpname()
    local file = assert(io.open(name, "wb"))
    file:write(cjson.encode { client = made.client_id, now_s = made.now_s, keys = keys,
      cases = asked })
    file:close()
    verdicts = node.run("verifier.mjs", { file = name })
    os.remove(name)
    verifiers.public:set_keys(keys)
  end)

  it("is asked about at least 80 tokens", function()
    assert.equal(#compared, #verdicts)
    assert.is_true(#compared >= 80)
  end)

  for i, case in ipairs(compared) do
    local name = case.judge and ("differs on %s: %s"):format(case.name, case.judge)
      or ("agrees on %s"):format(case.name)
    it(name, function()
      local ours = verifiers[case.setup]:verify(case.header, case.activity) ~= nil
      local theirs = verdicts[i].accepted
      assert.equal(case.judge == nil, ours == theirs, verdicts[i].why)
    end)
  end
end)
