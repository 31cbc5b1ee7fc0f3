local cjson = require "cjson"
local journal = require "crier.journal"
local place = require "support.place"
local sandbox = require "support.sandbox"

describe("crier run, stopped by a signal", function()
  local cloud, here, users

  after_each(function()
    cloud:stop()
    here:close()
  end)

  local function begin(count, options)
    users = count
    cloud = sandbox.start(("--users %d --limits off "):format(count) .. options)
    here = place.new(cloud.env)
  end

  local function intents()
    local store = assert(journal.open(here.path .. "/crier.db"))
    local row = store.db:row "SELECT count(*) AS n FROM target WHERE phase = 'intent'"
    store:close()
    return row.n
  end

  local function finish()
    local result = here:crier "run campaign.lua --json"
    local ledger = cjson.decode(result.out)
    assert.same({ "finished", users, users, 0 },
      { ledger.state, ledger.targeted, place.sum(ledger), ledger.pending })
    assert.same({}, here:compare(cloud).problems)
    assert.equal(cloud:stats().recipients, cloud:stats().deliveries)
    return result, ledger
  end

  for _, signal in ipairs { "INT", "TERM" } do
    it("awaits what is in flight, ends with 3 and goes on, SIG" .. signal, function()
      begin(300, "--latency 60:20")
      local running = here:start "run campaign.lua --json"
      assert.is_true(cloud:wait_for(40, running, "send"))
      running:signal(signal)
      local result = running:wait()
      assert.equal(3, result.status)
      assert.matches("crier: stopped by a signal\n  run it again to go on\n", result.err)
      local ledger = cjson.decode(result.out)
      assert.same({ "stopped", users, 0, 0 },
        { ledger.state, place.sum(ledger), ledger.unknown, ledger.failed })
      assert.is_true(ledger.pending > 0)
      assert.equal(0, intents())
      assert.equal(cloud:stats().deliveries, ledger.delivered)
      assert.same(ledger, here:status())
      local calls = cloud:requests()
      assert.equal(0, (finish()).status)
      assert.is_true(cloud:requests() > calls)
    end)
  end

  it("does not lose the journal at a second signal", function()
    begin(120, "--latency 20 --faults slow=0.03 --seed 5")
    local running = here:start "run campaign.lua --json"
    assert.is_true(cloud:wait_for(60, running, "send"))
    running:signal "INT"
    running:signal "TERM"
    local result = running:wait()
    assert.equal(3, result.status)
    local ledger = cjson.decode(result.out)
    assert.same({ "stopped", users }, { ledger.state, place.sum(ledger) })
    assert.equal(0, intents())
    local again = select(2, finish())
    assert.equal(ledger.unknown, again.unknown)
    assert.equal(0, again.failed)
  end)

  it("leaves nothing behind when the plan was not complete", function()
    begin(100, "--latency 400")
    local running = here:start "run campaign.lua"
    assert.is_true(cloud:wait_for(1, running, "users"))
    running:signal "TERM"
    local result = running:wait()
    assert.equal(3, result.status)
    assert.equal("", result.out)
    assert.equal(3, select(2, result.err:gsub("\n", "")))
    assert.matches("crier: interrupted before the plan was complete\n"
      .. "  nothing was sent; run it again to go on\n$", result.err)
    assert.equal(0, cloud:requests "install")
    local status = here:crier "status hello"
    assert.is_true(status.status == 65 or status.status == 78)
  end)
end)
