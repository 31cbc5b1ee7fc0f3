local cjson = require "cjson"
local place = require "support.place"
local sandbox = require "support.sandbox"

describe("crier run", function()
  local cloud, here

  after_each(function()
    cloud:stop()
    here:close()
  end)

  it("sends to everybody, once, and says so in one JSON line", function()
    cloud = sandbox.start "--users 120 --limits off --seed 3"
    here = place.new(cloud.env)
    local result = here:crier "run campaign.lua --json"
    assert.equal(0, result.status)
    local ledger = cjson.decode(result.out)
    assert.equal(1, select(2, result.out:gsub("\n", "")))
    assert.equal("finished", ledger.state)
    assert.equal("hello", ledger.name)
    assert.equal(120, ledger.targeted)
    assert.equal(120, ledger.delivered + ledger.excluded)
    assert.same({ 0, 0, 0, 0 },
      { ledger.failed, ledger.pending, ledger.unknown, ledger.throttled })
    assert.same({}, ledger.failures)
    assert.matches('"failures":%[%]', result.out)
    assert.equal(ledger.delivered, cloud:stats().deliveries)
    assert.same({ token = cloud:requests "token",
      graph = cloud:requests "users" + cloud:requests "catalog" + cloud:requests "install",
      connector = cloud:requests "create" + cloud:requests "send" }, ledger.calls)
    assert.equal(ledger.delivered, cloud:requests "send")
    assert.matches("^%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%d%.%d%d%dZ$", ledger.started_at)
    assert.is_true(ledger.finished_at >= ledger.started_at)
    assert.same(ledger, here:status())
  end)

  it("names tenant, app, cloud and store first", function()
    cloud = sandbox.start "--users 5 --limits off"
    here = place.new(cloud.env)
    local first = ("^hello: tenant %s, app %s, cloud public, store crier.db (new)\n")
      :format(cloud.env.AZURE_TENANT_ID, cloud.env.AZURE_CLIENT_ID)
      :gsub("[%-%.()]", "%%%0")
    assert.matches(first, here:crier("run campaign.lua").err)
    assert.equal("", here:crier("run campaign.lua").err)
  end)

  it("agrees with what arrived, person by person, with every fault on", function()
    cloud = sandbox.start("--users 2000 --seed 11 --limits off --latency 3:2 --faults "
      .. "429=0.001,503=0.01,500=0.01,412=0.005,408-after=0.005,502-after=0.01,cut-before=0.01,"
      .. "cut-after=0.01,blocked=0.02,policy=0.02,missing=0.01")
    here = place.new(cloud.env)
    local result = here:crier "run campaign.lua --json"
    assert.equal(2, result.status)
    local ledger = cjson.decode(result.out)
    assert.same({ "finished", 2000, 2000, 0 },
      { ledger.state, ledger.targeted, place.sum(ledger), ledger.pending })
    local found = here:compare(cloud)
    assert.same({}, found.problems)
    assert.equal(ledger.unknown, found.counts.unknown)
    assert.is_true(ledger.unknown > 0 and ledger.failed > 0 and ledger.throttled > 0)
    local stats = cloud:stats()
    assert.equal(stats.deliveries, stats.recipients)
  end)
end)
