-- Sending again to those who failed.
local faults = require "crier.simulator.faults"
local trial = require "support.trial"

local script = trial.script

describe("sending again to who failed", function()
  local made

  after_each(function()
    made.stage:close()
  end)

  local function again(...)
    return made:run { stored = "hello", lift = true, again = { reasons = { ... } } }
  end

  it("reaches those whose cause is mended, and nobody twice", function()
    made = trial.new(script "install = true, breaker = false",
      { users = 120, faults = "blocked=0.1,policy=0.1", seed = 3 })
    assert.equal(2, made:run().exit)
    local _, before = made:compare()
    local reasons = made:reasons "failed"
    assert.is_true(reasons["blocked by policy"] > 3 and reasons.blocked > 3)
    -- the administrator has changed the policy; blocks stay
    local mended = faults.parse("blocked=0.1", 3)
    for _, noun in ipairs { made.stage.simulator, made.stage.simulator.installs,
      made.stage.simulator.connector } do
      noun.faults = mended
    end
    local ending = again "blocked by pol"
    assert.equal(2, ending.exit)
    local problems, counts = made:compare()
    assert.same({}, problems)
    assert.equal("finished", ending.ledger.state)
    assert.is_true(counts.delivered > before.delivered)
    assert.is_nil(made:reasons("failed")["blocked by policy"])
    assert.is_true(made:reasons("failed").blocked >= reasons.blocked)
  end)

  it("goes on with who was pending, and takes all reasons when none is named", function()
    made = trial.new(script "breaker = false", { users = 60 })
    assert.equal(2, made:run().exit) -- nobody has the app
    made.stage.simulator.installs.is_installed = nil
    local failed = made:reasons("failed")["not installed"]
    assert.is_true(failed > 20)
    local ending = again()
    assert.equal(failed, ending.ledger.failed) -- nothing was mended
    assert.equal(0, #made.stage:deliveries())
  end)

  it("leaves who is unknown alone", function()
    made = trial.new(script "install = true, breaker = false",
      { users = 100, faults = "502-after=0.1,blocked=0.1" })
    made:run()
    local _, before = made:compare()
    again()
    local problems, counts = made:compare()
    assert.same({}, problems)
    assert.equal(before.unknown, counts.unknown)
    assert.is_true(before.unknown > 2)
  end)

  it("does not lift a cancel", function()
    made = trial.new(script "breaker = false", { users = 20 })
    made:run()
    local store = made.stage:open()
    store.campaigns:set_state(1, "cancelled")
    store:close()
    assert.equal(3, again().exit)
  end)
end)
