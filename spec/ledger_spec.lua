local cjson = require "cjson"
local rehearsal = require "support.rehearsal"

local SCRIPT = [[
local crier = require "crier"
return crier.campaign {
  name = "all", audience = crier.users {}, install = true,
  message = crier.text "Hello ${recipient.givenName}",
  on_unknown = "%s",
}
]]

local FAULTS = "408=0.005,412=0.005,429=0.01,500=0.01,502=0.005,503=0.01,504=0.005,"
  .. "408-after=0.005,500-after=0.005,502-after=0.005,503-after=0.005,504-after=0.005,"
  .. "cut-before=0.01,cut-after=0.01,slow=0.005,"
  .. "blocked=0.02,policy=0.02,stale=0.02,missing=0.01"

describe("the ledger", function()
  local stage

  after_each(function()
    stage:close()
  end)

  local function run(seed, on_unknown, users)
    stage = rehearsal.new({ ["campaign.lua"] = SCRIPT:format(on_unknown) }, {
      users = users, seed = seed, latency = { ms = 100, jitter_ms = 30 },
      faults = FAULTS, installed = 0.3,
    })
    local ending = stage:run()
    assert.is_nil(ending.why)
    assert.equal(2, ending.exit)
    return ending.ledger
  end

  local function check_sum(ledger, users)
    assert.equal("finished", ledger.state)
    assert.equal(users, ledger.targeted)
    assert.equal(users,
      ledger.delivered + ledger.failed + ledger.excluded + ledger.unknown)
    assert.equal(0, ledger.pending)
  end

  for seed = 1, 10 do
    it(("agrees with what arrived under every fault, seed %d%s"):format(seed, seed > 2
      and " #rounds" or ""), function()
      local ledger = run(seed, "report", 2000)
      check_sum(ledger, 2000)
      local found, stats = stage:compare "all", stage:stats()
      assert.same({}, found.problems)
      assert.same({ ledger.delivered, ledger.failed, ledger.excluded, ledger.unknown },
        { found.counts.delivered, found.counts.failed, found.counts.excluded,
          found.counts.unknown })
      assert.equal(stats.deliveries, stats.recipients)
      assert.is_true(ledger.delivered > 1500 and ledger.unknown > 0)
    end)
  end

  for seed = 11, 12 do
    it("has unknown under `resend` only who was refused after a lost answer, seed "
      .. seed, function()
      local ledger = run(seed, "resend", 400)
      check_sum(ledger, 400)
      local found = stage:compare("all", function(row) return row.attempts end)
      assert.same({}, found.problems)
      for _, row in ipairs(stage:rows "all") do
        assert.is_true(row.state ~= "unknown" or row.attempts > 1 and row.status ~= cjson.null)
      end
      assert.is_true(ledger.unknown <= 2, ledger.unknown .. " unknown")
    end)
  end

  it("calls nobody cancelled whose message may have arrived", function()
    stage = rehearsal.new({ ["campaign.lua"] = SCRIPT:format "resend" }, {
      users = 100, installed = 1, latency = { ms = 50 },
      started = function(work)
        work.loop:at(work.loop:now() + 3000, function()
          work:stop { exit = 3, state = "cancelled" }
        end)
      end,
    })
    stage.simulator.faults.draw = function(_, operation)
      return operation == "send" and "502-after" or nil
    end
    local ending = stage:run()
    assert.equal(3, ending.exit)
    local ledger = ending.ledger
    assert.same({ "cancelled", 0, 0 }, { ledger.state, ledger.pending, ledger.delivered })
    assert.equal(stage:stats().recipients, ledger.unknown)
    assert.is_true(ledger.unknown > 20)
    assert.same({}, stage:compare("all", function(row) return row.attempts end).problems)
  end)
end)
