-- Whole campaigns by the real program, with each way to prove who sends.
local cjson = require "cjson"
local certificates = require "support.certificates"
local place = require "support.place"
local sandbox = require "support.sandbox"

describe("crier run, proved by", function()
  local folder, cloud, here

  setup(function()
    folder = certificates.folder()
    folder:make "lasting"
    folder:make("short", { days = 10 })
  end)

  teardown(function()
    folder:close()
  end)

  after_each(function()
    cloud:stop()
    here:close()
  end)

  local function start(options)
    cloud = sandbox.start("--users 12 --limits off " .. options)
    here = place.new(cloud.env)
  end

  -- Everybody got it, and no private key or token shows in what was written.
  local function sent(result)
    assert.equal(0, result.status, result.err)
    assert.is_true(cjson.decode(result.out).delivered > 3)
    for _, secret in ipairs { "PRIVATE KEY", "eyJ" } do
      assert.is_nil((result.out .. result.err):find(secret, 1, true))
    end
    return result
  end

  it("a certificate, by either algorithm", function()
    start("--credential certificate --certificate " .. folder:file "lasting.pem")
    assert.is_nil(cloud.env.AZURE_CLIENT_SECRET)
    assert.equal("", sent(here:crier "run campaign.lua --json").err:match "expires.*" or "")
    here:write("campaign.lua", (place.HELLO:gsub('"hello"', '"again"')))
    sent(here:crier("run campaign.lua --json", { CRIER_ASSERTION_ALG = "RS256" }))
  end)

  it("a certificate that expires soon, and says so", function()
    start("--credential certificate --certificate " .. folder:file "short.pem")
    assert.matches("\ncrier: the certificate expires on %d+%-%d%d%-%d%d, in %d+ days: upload a new",
      sent(here:crier "run campaign.lua --json").err)
  end)

  it("a federated token", function()
    start("--credential federated --token-file " .. folder:file "token")
    sent(here:crier "run campaign.lua --json --verbose")
  end)

  it("a managed identity", function()
    start "--credential identity"
    sent(here:crier "run campaign.lua --json --verbose")
  end)

  it("a managed identity's token as the assertion of a federated credential", function()
    start "--credential identity"
    local result = sent(here:crier("run campaign.lua --json --verbose",
      { CRIER_ASSERTION_IDENTITY = "system" }))
    assert.is_nil((result.out .. result.err):find(cloud.env.IDENTITY_HEADER, 1, true))
    assert.equal(4, cjson.decode(result.out).calls.token)
  end)

  it("the second secret of a file, while the first has expired", function()
    start "--secrets 1"
    local secret = cloud.env.AZURE_CLIENT_SECRET
    local file = folder:write("secrets", "expired-long-ago\n" .. secret .. "\n")
    local result = here:crier("run campaign.lua --json",
      { AZURE_CLIENT_SECRET = false, AZURE_CLIENT_SECRET_FILE = file })
    sent(result)
    assert.is_nil((result.out .. result.err):find(secret, 1, true))
  end)

  it("nothing ends with 78 and the whole chain", function()
    start ""
    local result = here:crier("run campaign.lua", { AZURE_CLIENT_SECRET = false,
      AZURE_POD_IDENTITY_AUTHORITY_HOST = "http://127.0.0.1:9" })
    assert.equal(78, result.status, result.err)
    assert.is_true(select(2, result.err:gsub("\n", "")) <= 4)
    assert.matches("\ncrier: there is no credential: none is set, and no managed identity answers"
      .. " here[^\n]*\n  Set AZURE_CLIENT_SECRET, [^\n]*\n$", result.err)
  end)
end)
