-- The program proves itself to the sandbox in every way that there is.
local certificates = require "support.certificates"
local place = require "support.place"
local sandbox = require "support.sandbox"
local shell = require "support.shell"

local SCRIPT = [[
local crier = require "crier"
return crier.campaign {
  name = "hello", audience = crier.users {}, message = crier.text "Hello",
}
]]

describe("crier run against the sandbox proves itself by", function()
  local folder, cloud, here

  setup(function()
    folder = certificates.folder()
    folder:make "bot"
  end)

  teardown(function()
    folder:close()
  end)

  after_each(function()
    cloud:stop()
    here:close()
  end)

  local function start(options)
    cloud = sandbox.start("--users 20 --installed 1 --limits off " .. options)
    here = place.new(cloud.env)
    here:write("campaign.lua", SCRIPT)
  end

  local function run(env)
    local result = here:crier("run campaign.lua --json --verbose", env)
    assert.equal(0, result.status, result.err)
    assert.is_true(cloud:stats().deliveries > 10)
    assert.equal(0, cloud:stats().replayed_assertions)
    for _, secret in ipairs { "PRIVATE KEY", "eyJ", cloud.env.AZURE_CLIENT_SECRET } do
      assert.is_nil((result.out .. result.err):find(secret, 1, true))
    end
  end

  local certificate = "--credential certificate --certificate "

  it("a secret", function()
    start ""
    run()
  end)

  for _, algorithm in ipairs { "PS256", "RS256" } do
    it("a certificate, with " .. algorithm, function()
      start(certificate .. shell.quote(folder:file "bot.pem"))
      run { CRIER_ASSERTION_ALG = algorithm }
    end)
  end

  it("a federated token in a file", function()
    start("--credential federated --token-file " .. shell.quote(folder:file "token"))
    run()
  end)

  for kind, what in pairs { identity = "the managed identity of an app service",
    machine = "the managed identity of a machine",
    assertion = "the token of a managed identity as assertion" } do
    it(what, function()
      start("--credential " .. kind)
      run()
    end)
  end

  it("a certificate, and says so when it is not registered", function()
    folder:make "other"
    start(certificate .. shell.quote(folder:file "bot.pem"))
    local result = here:crier("run campaign.lua",
      { AZURE_CLIENT_CERTIFICATE_PATH = folder:file "other.pem" })
    assert.equal(77, result.status)
    assert.matches("AADSTS700027", result.err)
    assert.equal(0, cloud:stats().deliveries)
  end)

  it("a certificate that ends soon, and says so", function()
    folder:make("short", { days = 10 })
    start(certificate .. shell.quote(folder:file "short.pem"))
    local result = here:crier "run campaign.lua"
    assert.equal(0, result.status, result.err)
    assert.matches("crier: the certificate expires on %d+%-%d%d%-%d%d, in %d+ days: upload a new",
      result.err)
  end)

  it("the second secret of a file, while the first has expired", function()
    start ""
    local secret = cloud.env.AZURE_CLIENT_SECRET
    local file = folder:write("secrets", "expired-long-ago\n" .. secret .. "\n")
    run { AZURE_CLIENT_SECRET = false, AZURE_CLIENT_SECRET_FILE = file }
  end)

  it("nothing, and ends with 78 and what to set", function()
    start ""
    local result = here:crier("run campaign.lua", { AZURE_CLIENT_SECRET = false,
      AZURE_POD_IDENTITY_AUTHORITY_HOST = "http://127.0.0.1:9" })
    assert.equal(78, result.status, result.err)
    assert.is_true(select(2, result.err:gsub("\n", "")) <= 4)
    assert.matches("AZURE_CLIENT_SECRET", result.err)
  end)
end)
