-- The ways besides the usual one, against the simulated tenant.
local trial = require "support.trial"

local script = trial.script

describe("a campaign that finds chats by Graph", function()
  local made

  after_each(function()
    made.stage:close()
  end)

  local function run(more, options)
    options = options or {}
    options.users = options.users or 80
    made = trial.new(script('conversation = "graph", ' .. more), options)
    return made:run()
  end

  it("looks for the app, installs it, looks again, takes its chat, sends", function()
    local ending = run "install = true"
    assert.equal(0, ending.exit, ending.why)
    local problems, counts = made:compare()
    assert.same({}, problems)
    local calls = made.stage:stats().operations
    assert.is_nil(calls.create)
    assert.equal(counts.delivered, calls.install["201"])
    assert.equal(counts.delivered, calls.chat["200"])
    assert.equal(counts.delivered, calls.send["201"])
    assert.is_true(calls.installation["200"] >= 2 * counts.delivered)
    for _, row in ipairs(made.stage:rows "hello") do
      if row.state == "delivered" then
        assert.matches("^19:.+@unq%.gbl%.spaces$", row.conversation_id)
        assert.is_true(row.installed)
      end
    end
  end)

  it("waits for an installation that does not show yet, and not for ever", function()
    local ending = run("install = true, breaker = false", { users = 30,
      faults = "404=0.05" })
    assert.is_true(ending.exit == 0 or ending.exit == 2)
    assert.same({}, (made:compare()))
  end)

  it("fails who lacks the app when it may not install", function()
    assert.equal(2, run("breaker = false", { installed = 0.5 }).exit)
    local _, counts = made:compare()
    assert.is_true(counts.delivered > 10)
    assert.same({ ["not installed"] = counts.failed }, made:reasons "failed")
    assert.is_nil(made.stage:stats().operations.install)
  end)

  it("is as safe as the other way with everything going wrong", function()
    local ending = run("install = true, breaker = false", { users = 300, faults =
      "429=0.02,503=0.02,502-after=0.02,cut-after=0.02,cut-before=0.02,blocked=0.02,stale=0.02" })
    assert.equal(2, ending.exit)
    local problems, counts = made:compare()
    assert.same({}, problems)
    assert.is_true(counts.delivered > 200)
    for budget, count in pairs(made.stage:stats().violations) do
      assert.equal(0, count, budget)
    end
  end)

  it("needs the app's id", function()
    made = trial.new(script 'conversation = "graph"', { users = 5 })
    made.stage.env.CRIER_APP_ID = nil
    assert.equal(78, made:run().exit)
  end)
end)

describe("an upgrade", function()
  local made

  after_each(function()
    made.stage:close()
  end)

  local function new(options)
    made = trial.new([[local crier = require "crier"
return crier.campaign { name = "hello", audience = crier.users {}, breaker = false }]], options)
    return made
  end

  it("leaves out who has the newest version, or none", function()
    local ending = new({ users = 60, installed = 0.5 }):run { action = "upgrade" }
    assert.equal(0, ending.exit, ending.why)
    local reasons = made:reasons "excluded"
    assert.is_true(reasons["up to date"] > 10)
    assert.is_true(reasons["not installed"] > 10)
    assert.equal(0, ending.ledger.delivered)
    assert.equal("upgrade", ending.ledger.action)
  end)

  it("is another thing than a campaign of the same name that sends", function()
    new({ users = 20, installed = 1 }):run { action = "upgrade" }
    local ending = made:run()
    assert.equal(65, ending.exit)
    assert.matches("message is missing", ending.why)
    made.stage:write("campaign.lua", script "install = true")
    ending = made:run()
    assert.equal(65, ending.exit)
    assert.equal("campaign hello was planned to upgrade, not to send", ending.why)
  end)

  it("resumes as what it is", function()
    local stopped = trial.after(300, function(work)
      work:stop { exit = 3, state = "stopped", why = "stopped by a signal" }
    end)
    new { users = 200, installed = 1, latency = { ms = 100 }, started = stopped }
    assert.equal(3, made:run { action = "upgrade" }.exit)
    made.started = nil
    local ending = made:run { stored = "hello", lift = true }
    assert.equal(0, ending.exit, ending.why)
    assert.equal("upgrade", ending.ledger.action)
    assert.equal(0, #made.stage:deliveries())
  end)
end)

describe("an uninstall", function()
  it("removes the app from who has it, once", function()
    local made = trial.new([[local crier = require "crier"
return crier.campaign { name = "hello", audience = crier.users {}, breaker = false }]],
      { users = 60, installed = 0.5, faults = "cut-after=0.05,503=0.05" })
    local ending = made:run { action = "uninstall" }
    assert.equal(0, ending.exit, ending.why)
    local removed = ending.ledger.delivered
    assert.is_true(removed > 10)
    assert.is_true(made:reasons("excluded")["not installed"] > 10)
    made.stage:write("campaign.lua", [[local crier = require "crier"
return crier.campaign { name = "again", audience = crier.users {}, breaker = false }]])
    ending = made:run { action = "uninstall" }
    assert.equal(0, ending.ledger.delivered)
    made.stage:close()
  end)
end)
