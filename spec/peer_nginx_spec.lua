local authority = require "support.authority"
local nginx = require "support.nginx"
local place = require "support.place"
local sandbox = require "support.sandbox"
local shell = require "support.shell"

-- Two pages of people, of whom few are sent to.
local SALES = [[
local crier = require "crier"
return crier.campaign {
  name = "hello", install = true, message = crier.text "Hello",
  audience = crier.users {} * crier.users { filter = "department eq 'Sales'" },
}
]]

describe("behind nginx", function()
  local cloud, signer, other, good, front, stage

  setup(function()
    signer, other = authority.new(), authority.new()
    good = signer:certify()
  end)

  teardown(function()
    signer:close()
    other:close()
  end)

  after_each(function()
    stage:close()
    front:stop()
    cloud:stop()
  end)

  -- A sandbox, nginx in front of it, and a folder whose environment knows
  -- nginx alone.
  local function begin(options, pair, trusted, files)
    cloud = sandbox.start("--limits off " .. (options or ""))
    front = nginx.start { upstream = cloud.url, certificate = pair.certificate, key = pair.key }
    local env = { SSL_CERT_FILE = trusted.file }
    for name, value in pairs(cloud.env) do
      env[name] = value:gsub("^http://[^/]+", front.url)
    end
    stage = place.new(env, files)
  end

  -- How often nginx was asked for what, by which version of HTTP.
  local function asked()
    local times = {}
    for _, request in ipairs(front:requests()) do
      local what = ("%s %s %s %s"):format(request.version, request.method,
        request.path:match "[^/]*$", request.status)
      times[what] = (times[what] or 0) + 1
    end
    return times
  end

  -- Carries GETs in a process that trusts SSL_CERT_FILE; prints what came.
  local function get(times)
    return shell.child(([[
      local t = require("crier.core").transport.new({ timeout_ms = 5000 })
      for _ = 1, %d do
        assert(t:submit({ method = "GET", headers = {}, url = %q }))
      end
      while t:in_flight() > 0 do
        for _, completion in ipairs(assert(t:step(1000))) do
          local r = completion.response
          print(r.status or r.error, r.message)
        end
      end
    ]]):format(times, front.url .. "/_sandbox/stats"), "SSL_CERT_FILE=" .. signer.file .. " ")
  end

  it("many calls share one HTTP/2 connection, in which SSL_CERT_FILE trusts", function()
    begin("--users 1", good, signer)
    assert.equal(("200\tnil\n"):rep(20):sub(1, -2), get(20))
    assert.same({ ["HTTP/2.0 GET stats 200"] = 20 }, asked())
    local connections = {}
    for _, request in ipairs(front:requests()) do
      connections[request.connection] = true
    end
    assert.is_string(next(connections))
    assert.is_nil(next(connections, (next(connections))))
  end)

  it("a campaign reaches everybody, over pages, and sends by HTTP/1.1", function()
    begin("--users 1200", good, signer, { ["campaign.lua"] = SALES })
    local ran = stage:crier "run campaign.lua"
    assert.equal(0, ran.status, ran.err)
    local report = stage:compare(cloud)
    assert.same({}, report.problems)
    local ledger, times = stage:status(), asked()
    assert.is_true(ledger.delivered > 50)
    assert.equal(ledger.targeted, ledger.delivered + ledger.excluded)
    local installs = (times["HTTP/2.0 POST installedApps 201"] or 0)
      + (times["HTTP/1.1 POST installedApps 201"] or 0)
    assert.equal(ledger.delivered, installs)
    -- Once there are sends, what may be repeated goes on their connections too.
    for what in pairs(times) do
      if what:find " installedApps " or what:find " conversations " then
        times[what] = nil
      end
    end
    assert.same({ ["HTTP/2.0 POST token 200"] = 2, ["HTTP/2.0 GET teamsApps 200"] = 1,
      ["HTTP/2.0 GET users 200"] = 3, ["HTTP/1.1 POST activities 201"] = ledger.delivered },
      times)
  end)

  it("nobody gets a message twice when answers are lost behind it", function()
    begin("--users 60 --installed 1 --faults cut-after=0.06", good, signer)
    local ran = stage:crier "run campaign.lua"
    assert.equal(2, ran.status, ran.err)
    assert.same({}, stage:compare(cloud).problems)
    assert.is_true(stage:status().unknown > 0)
  end)

  local refusals = {
    ["of an unknown authority"] = { trusts = "other",
      says = "unable to get local issuer certificate" },
    ["that has expired"] = { days = -1, says = "certificate has expired" },
    ["for another name"] = { names = "DNS:localhost",
      says = "no alternative certificate subject name matches target host name '127.0.0.1'" },
  }
  for what, refusal in pairs(refusals) do
    it("a certificate " .. what .. " is refused at once, in one line", function()
      begin("--users 5", signer:certify(refusal.names, refusal.days),
        refusal.trusts and other or signer)
      local ran = stage:crier "run campaign.lua"
      assert.equal(69, ran.status)
      assert.equal("", ran.out)
      local lines = {}
      for line in ran.err:gmatch "[^\n]+" do
        lines[#lines + 1] = line
      end
      assert.equal(3, #lines)
      assert.matches("^crier: SSL.*" .. refusal.says:gsub("%p", "%%%0")
        .. " %(PEER_FAILED_VERIFICATION%)$", lines[2])
      assert.equal("  nothing was sent: The server's certificate is not trusted here: install the"
        .. " CA certificates (package ca-certificates), or set SSL_CERT_FILE to the proxy's CA",
        lines[3])
      assert.equal(0, #front:requests())
      assert.equal(0, cloud:requests())
    end)
  end
end)
