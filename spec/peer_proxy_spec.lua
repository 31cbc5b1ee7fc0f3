local authority = require "support.authority"
local nginx = require "support.nginx"
local place = require "support.place"
local sandbox = require "support.sandbox"
local tinyproxy = require "support.tinyproxy"

-- The proxy is tinyproxy; behind it nginx, which has a certificate for the
-- hosts' names. Program and proxy are told that those names are this machine.
describe("a proxy between", function()
  local NAMES = tinyproxy.names()
  if not NAMES then
    pending("cannot be had: names are made up with LD_PRELOAD, which is Linux's")
    return
  end

  local signer, pair, cloud, front, proxy, stage

  setup(function()
    signer = authority.new()
    pair = signer:certify "DNS:*.crier.test"
  end)

  teardown(function()
    signer:close()
  end)

  before_each(function()
    cloud = sandbox.start "--users 8 --installed 1"
    front = nginx.start { upstream = cloud.url, certificate = pair.certificate, key = pair.key }
  end)

  after_each(function()
    stage:close()
    front:stop()
    cloud:stop()
  end)

  local function host(name)
    return ("%s.crier.test:%d"):format(name, front.port)
  end

  -- Runs a campaign with these variables; gives its end, and how often the
  -- proxy was asked to connect, by host.
  local function run(env, configuration)
    proxy = tinyproxy.start(configuration)
    local all = {
      SSL_CERT_FILE = signer.file,
      LD_PRELOAD = NAMES,
      ASAN_OPTIONS = (os.getenv "ASAN_OPTIONS" or "") .. ":verify_asan_link_order=0",
      AZURE_AUTHORITY_HOST = "https://" .. host "login",
      CRIER_GRAPH_URL = "https://" .. host "graph",
      CRIER_CONNECTOR_URL = "https://" .. host "smba" .. "/teams/",
    }
    for _, more in ipairs { cloud.env, env } do
      for name, value in pairs(more) do
        all[name] = type(value) == "function" and value() or all[name] or value
      end
    end
    stage = place.new(all)
    local ran = stage:crier "run campaign.lua --yes --create-store"
    return ran, proxy:stop()
  end

  local function through(credentials)
    return function()
      return (proxy.url:gsub("//", "//" .. (credentials or "")))
    end
  end

  local function assert_everybody(ran)
    assert.equal(0, ran.status, ran.err)
    assert.same({}, stage:compare(cloud).problems)
    assert.equal(8, stage:status().delivered + stage:status().excluded)
  end

  it("carries everything: HTTPS_PROXY", function()
    local ran, asked = run { HTTPS_PROXY = through() }
    assert_everybody(ran)
    local hosts = 0
    for _, name in ipairs { "login", "graph", "smba" } do
      assert.is_true((asked[host(name)] or 0) >= 1)
    end
    for _ in pairs(asked) do
      hosts = hosts + 1
    end
    assert.equal(3, hosts)
  end)

  it("carries nothing that NO_PROXY exempts", function()
    local ran, asked = run { HTTPS_PROXY = through(), NO_PROXY = ".crier.test" }
    assert_everybody(ran)
    assert.same({}, asked)
  end)

  it("carries what NO_PROXY does not exempt", function()
    local ran, asked = run { HTTPS_PROXY = through(),
      NO_PROXY = "graph.crier.test,smba.crier.test" }
    assert_everybody(ran)
    assert.same({ [host "login"] = 1 }, asked)
  end)

  it("never carries what goes to this machine", function()
    local env = { NO_PROXY = "" }
    for _, name in ipairs { "HTTPS_PROXY", "https_proxy", "http_proxy", "ALL_PROXY" } do
      env[name] = through()
    end
    for _, name in ipairs { "AZURE_AUTHORITY_HOST", "CRIER_GRAPH_URL", "CRIER_CONNECTOR_URL" } do
      env[name] = function()
        return cloud.env[name]
      end
    end
    local ran, asked = run(env)
    assert_everybody(ran)
    assert.same({}, asked)
    assert.equal(0, #front:requests())
  end)

  describe("that wants a password", function()
    local WANTS = "BasicAuth someone s3cretword\n"

    it("is told it, and nobody else is", function()
      local ran, asked = run({ HTTPS_PROXY = through "someone:s3cretword@" }, WANTS)
      assert_everybody(ran)
      assert.is_true(asked[host "graph"] >= 1)
      assert.is_nil((ran.out .. ran.err):find("s3cretword", 1, true))
    end)

    it("and is not told it ends the run at once", function()
      local ran, asked = run({ HTTPS_PROXY = through() }, WANTS)
      assert.equal(77, ran.status)
      assert.same({ [host "login"] = 1 }, asked)
      assert.matches("\ncrier: [^\n]*407[^\n]*\n  The proxy asks for a name and password: put them"
        .. " into HTTPS_PROXY, or exempt the host with NO_PROXY\n$", ran.err)
      assert.equal(0, cloud:requests())
    end)

    it("and is told another one does not repeat it", function()
      local ran = run({ HTTPS_PROXY = through "someone:wr0ngword@" }, WANTS)
      assert.equal(77, ran.status)
      assert.is_nil((ran.out .. ran.err):find("wr0ngword", 1, true))
    end)
  end)
end)
