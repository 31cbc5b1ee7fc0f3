local rate = require "crier.campaign.rate"
local trial = require "support.trial"

describe("crier.campaign.rate", function()
  it("spaces evenly from the last message on", function()
    local pace = rate.new(10)
    assert.is_true(pace:next_ms() <= 100)
    pace:took(5000)
    assert.equal(5100, pace:next_ms())
    assert.is_true(pace:set(0.5))
    assert.is_false(pace:set(0.5))
    assert.equal(7000, pace:next_ms())
    assert.is_true(pace:set(nil))
    assert.equal(0, pace:next_ms())
  end)

  it("reads what is typed", function()
    assert.equal(10, rate.parse "10")
    assert.equal(0.5, rate.parse "0.5")
    local full, problem = rate.parse "full"
    assert.same({}, { full, problem })
    for _, word in ipairs { "0", "0.01", "-1", "ten", "1e3", "0x10", "100000", "", "inf",
      ("1"):rep(2 ^ 18) .. "x" } do
      local wrong, why = rate.parse(word)
      assert.is_false(wrong)
      assert.equal(("'%s' is no rate: it is a number of messages a second, such as 10 (from"
        .. " 0.02 on), or full"):format(word), why)
    end
  end)

  it("says what a script may say", function()
    assert.is_nil(rate.check(nil))
    assert.is_nil(rate.check(0.5))
    for _, value in ipairs { 0, -1, 0 / 0, math.huge, "10", true } do
      assert.equal("rate must be a number of messages a second, such as 10, from 0.02 on",
        rate.check(value))
    end
  end)
end)

describe("a campaign's rate", function()
  local made, sent

  after_each(function() made.stage:close() end)

  local function new(script, options)
    sent = {}
    made = trial.new(script, options, function(request, ms)
      if request.url:find "/activities" then
        sent[#sent + 1] = ms
      end
    end)
  end

  -- How many were sent from one time up to another, and the least time between two.
  local function between(from, to)
    local count, least = 0, math.huge
    for i, ms in ipairs(sent) do
      if ms >= from and ms < to then
        count = count + 1
        if sent[i - 1] and sent[i - 1] >= from then
          least = math.min(least, ms - sent[i - 1])
        end
      end
    end
    return count, least
  end

  local function change(ms, per_second)
    return trial.after(ms, function(_, stage)
      local store = stage:open()
      assert(store.campaigns:set_rate(1, per_second))
      store:close()
    end)
  end

  it("is kept to, evenly", function()
    new(trial.script "install = true, rate = 4", { users = 60 })
    local ending = made:run()
    assert.equal(0, ending.exit)
    assert.equal(4, ending.ledger.rate)
    local all, least = between(0, math.huge)
    assert.equal(ending.ledger.delivered, all)
    assert.is_true(least >= 249, least)
    assert.equal((all - 1) * 250, math.floor(sent[#sent] - sent[1] + 0.5))
  end)

  it("never lifts Teams' limits", function()
    new(trial.script "install = true, rate = 1000", { users = 120 })
    assert.equal(0, made:run().exit)
    for name, count in pairs(made.stage:stats().violations) do
      assert.equal(0, count, name)
    end
    for from = 0, 10000, 500 do
      assert.is_true(between(from, from + 1000) <= 50)
    end
  end)

  it("changes while a run is under way, within a moment, down and up", function()
    new(trial.script "install = true, rate = 0.02", { users = 80, started = function(...)
      change(5000, 2)(...)
      change(15000, nil)(...)
    end })
    local ending = made:run()
    assert.equal(0, ending.exit)
    assert.is_nil(ending.ledger.rate)
    assert.equal(1, (between(0, 5000)))
    assert.equal(20, (between(5000, 15000)))
    assert.is_true(between(15000, 18000) == #sent - 21)
    assert.same({}, (made:compare()))
  end)

  it("holds over a stop and a script that is changed", function()
    local script = trial.script "install = true, rate = 2"
    new(script, { users = 40, started = function(...)
      change(3000, 5)(...)
      trial.after(6000, function(_, stage) stage.running:interrupt() end)(...)
    end })
    assert.equal(3, made:run().exit)
    local before = #sent
    made.stage:write("campaign.lua", (script:gsub("Hi", "Hello")))
    made.started = nil
    local ending = made:run { update = true }
    assert.equal(0, ending.exit)
    assert.equal(5, ending.ledger.rate)
    for i = before + 2, #sent do
      assert.is_true(sent[i] - sent[i - 1] >= 199)
    end
  end)

  it("spaces what an uninstall does", function()
    new(trial.script "install = true", { users = 20 })
    assert.equal(0, made:run().exit)
    made.stage:write("campaign.lua", (trial.script "rate = 1":gsub("hello", "away")))
    local from = made:passed_ms()
    local ending = made:run { action = "uninstall" }
    assert.equal(0, ending.exit)
    assert.is_true(made:passed_ms() - from >= (ending.ledger.delivered - 1) * 1000)
  end)
end)
