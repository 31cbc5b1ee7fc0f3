local guards = require "crier.campaign.guards"
local trial = require "support.trial"

describe("crier.campaign.guards", function()
  local NOW = 1800000000000

  local function new(changes)
    local one = { reason = "blocked", rate = "5%" }
    for name, value in pairs(changes or {}) do
      one[name] = value
    end
    return guards.new({ one }, false)
  end

  -- Notes `count` outcomes at one time; gives what was said, and after how many.
  local function note(self, count, reason, at_ms)
    for i = 1, count do
      local why = self:note(reason, at_ms or NOW)
      if why then
        return why, i
      end
    end
  end

  it("stops when more than its share fails for the reason", function()
    local self = new()
    assert.is_nil(note(self, 95))
    local why, after = note(self, 10, "blocked")
    assert.equal("guard: 6 of the 101 people of the last 10 minutes failed: blocked"
      .. " (5.9%, the limit is 5%)", why)
    assert.equal(6, after)
  end)

  it("says nothing of few people", function()
    assert.is_nil(note(new(), 19, "blocked"))
    assert.is_not_nil(note(new(), 20, "blocked"))
    local _, after = note(new { least = 3 }, 20, "blocked")
    assert.equal(3, after)
  end)

  it("takes the beginning of a reason, and no other reason", function()
    assert.is_not_nil(note(new(), 20, "blocked by policy"))
    assert.is_nil(note(new(), 100, "no such user"))
    local why = note(guards.new({ { rate = "50%", least = 2 } }, false), 2, "absent")
    assert.equal("guard: 2 of the 2 people of the last 10 minutes failed (100%, the limit"
      .. " is 50%)", why)
  end)

  it("forgets what lies further back than its window", function()
    local self = new { over = "1h" }
    assert.is_nil(note(self, 19, "blocked"))
    assert.is_nil(note(self, 1, "blocked", NOW + 3600000))
    assert.is_nil(note(self, 18, "blocked", NOW + 3600000))
    local why = note(self, 1, "blocked", NOW + 3600000 + 59 * 60000)
    assert.equal("guard: 20 of the 20 people of the last 1 hour failed: blocked (100%, the"
      .. " limit is 5%)", why)
    assert.is_nil(note(self, 19, "blocked", NOW + 10 * 3600000))
  end)

  it("watches beside the breaker", function()
    local both = guards.new({ { rate = "100%" } })
    local why = note(both, 20, "blocked")
    assert.equal("breaker: the first 20 people all failed: blocked", why)
    assert.is_nil(note(guards.new(nil, false), 300, "blocked"))
  end)

  it("refuses what is no guard", function()
    local shape = 'guards takes a list: { { reason = "blocked", rate = "5%" } }'
    local cases = {
      { "blocked", shape }, { { reason = "blocked", rate = "5%" }, shape }, { { "5%" }, shape },
      { { { rate = "5" } }, 'guards, number 1: rate must be a share such as "5%"' },
      { { { rate = "5%" }, {} }, 'guards, number 2: rate must be a share such as "5%"' },
      { { { rate = "5%", reason = 403 } },
        'guards, number 1: reason must be a text such as "blocked"' },
      { { { rate = "5%", over = "30s" } },
        'guards, number 1: over must be a time such as "10m", from "60s" on' },
      { { { rate = "5%", least = 0 } }, "guards, number 1: least must be a number of people" },
      { { { rate = "5%", reasn = "x" } },
        "guards, number 1: unknown option 'reasn'; did you mean 'reason'?" },
    }
    for _, case in ipairs(cases) do
      assert.equal(case[2], guards.check(case[1]))
    end
    assert.is_nil(guards.check(nil))
    assert.is_nil(guards.check { { rate = "5%" },
      { reason = "blocked", rate = "0.5%", over = "60s", least = 1 } })
  end)
end)

describe("a campaign with guards", function()
  local made

  after_each(function() made.stage:close() end)

  local SCRIPT = trial.script [[install = true, breaker = false, guards = {
    { reason = "blocked", rate = "10%", over = "10m", least = 30 } }]]

  -- From some time on everybody has blocked the bot.
  local function new(from_ms)
    made = trial.new(SCRIPT, { users = 300 }, function(request, ms)
      if ms > from_ms and request.url:find "/activities" then
        return { status = 403, body = '{"error":{"code":"ForbiddenOperationException",'
          .. '"message":"x","innerHttpError":{"statusCode":403,"body":{"error":{"code":'
          .. '"MessageWritesBlocked","message":"x"}}}}}' }
      end
    end)
  end

  it("pauses, says why, and stays so for every run until it is resumed", function()
    new(4000)
    local ending = made:run()
    assert.equal(3, ending.exit)
    assert.matches("^guard: %d+ of the %d+ people of the last 10 minutes failed: blocked"
      .. " %([%d.]+%%, the limit is 10%%%)$", ending.why)
    assert.matches("crier resume hello   goes on with it$", ending.remedy)
    assert.equal("paused", ending.ledger.state)
    assert.equal(ending.why, ending.ledger.why)
    local pending, asked = ending.ledger.pending, #made.stage:deliveries()
    assert.is_true(pending > 100)
    for _ = 1, 3 do
      local again = made:rerun()
      assert.equal(3, again.exit)
      assert.equal("campaign hello is paused: " .. ending.why, again.why)
      assert.equal(pending, again.ledger.pending)
    end
    assert.equal(asked, #made.stage:deliveries())
  end)

  it("begins anew when it is resumed", function()
    new(4000)
    local failed = made:run().ledger.failed
    local ending = made:run { stored = "hello", lift = true }
    assert.equal(3, ending.exit)
    assert.matches("^guard: %d+ of the (%d+) people", ending.why)
    local seen = tonumber(ending.why:match "of the (%d+) people")
    assert.equal(30, seen)
    assert.is_true(ending.ledger.failed - failed >= 30)
  end)

  it("knows after a death what it had seen before", function()
    new(4000)
    made.started = trial.after(4150, function() error("death", 0) end)
    assert.equal(1, made:run().exit)
    local store = made.stage:open()
    local failed = store.targets:count_failed(1)
    local seen = failed + store.targets:counts(1).delivered
    assert.is_true(failed > 0 and failed <= seen * 0.1)
    store:close()
    local ending = made:rerun()
    assert.equal(3, ending.exit)
    local now_failed, now_seen = ending.why:match "guard: (%d+) of the (%d+) people"
    assert.is_true(tonumber(now_failed) > failed and tonumber(now_seen) > seen)
    assert.is_true(now_failed / now_seen < 0.2)
  end)

  it("sends to nobody when what it had seen before is too much", function()
    new(4000)
    assert.equal(3, made:run().exit)
    local store = made.stage:open() -- killed before it could write its pause down
    store.campaigns:set_state(1, "running")
    store:close()
    local calls = made.stage:stats().requests
    local ending = made:rerun()
    assert.equal(3, ending.exit)
    assert.matches("^guard: ", ending.why)
    assert.equal("paused", ending.ledger.state)
    assert.equal(calls, made.stage:stats().requests)
  end)
end)
