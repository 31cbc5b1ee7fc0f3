local canary = require "crier.campaign.canary"
local trial = require "support.trial"

local script = trial.script

describe("crier.campaign.canary.check()", function()
  it("takes what it is", function()
    for _, value in ipairs { { people = 50 }, { people = "1%" }, { people = 1, hold = "0s",
      failed = "2%", blocked = "0.5%", ask = true, seed = "x" } } do
      assert.is_nil(canary.check(value))
    end
  end)

  it("refuses what it is not", function()
    local people = 'canary: people must be a number such as 50, or a share such as "1%"'
    local cases = {
      { 50, 'canary takes { people = 50, hold = "30m" }' },
      { {}, people }, { { people = 0 }, people }, { { people = 1.5 }, people },
      { { people = "0%" }, people }, { { people = "50" }, people },
      { { people = 5, hold = 30 }, 'canary: hold must be a time such as "30m"' },
      { { people = 5, failed = 0.02 }, 'canary: failed must be a share such as "2%"' },
      { { people = 5, blocked = "2" }, 'canary: blocked must be a share such as "2%"' },
      { { people = 5, ask = "yes" }, "canary: ask must be true or false" },
      { { people = 5, seed = 7 }, "canary: seed must be a text" },
      { { people = 5, holds = "1h" }, "canary: unknown option 'holds'; did you mean 'hold'?" },
    }
    for _, case in ipairs(cases) do
      assert.equal(case[2], canary.check(case[1]))
    end
  end)
end)

describe("a campaign with a canary", function()
  local made, sent

  after_each(function() made.stage:close() end)

  local HOLD = 120000

  -- A campaign for 100 people; `refuse(ms)` tells whether everybody blocks the bot.
  local function new(options, started, refuse)
    sent = {}
    made = trial.new(script("install = true, breaker = false, canary = { " .. options .. " }"),
      { users = 100, started = started }, function(request, ms)
      if request.url:find "/activities" then
        sent[#sent + 1] = ms
        if refuse and refuse(ms) then
          return { status = 403, body = '{"error":{"code":"ForbiddenOperationException",'
            .. '"message":"x","innerHttpError":{"statusCode":403,"body":{"error":{"code":'
            .. '"MessageWritesBlocked","message":"x"}}}}}' }
        end
      end
    end)
  end

  local function look(fn)
    local store = made.stage:open()
    local result = fn(store, store.campaigns:find "hello")
    store:close()
    return result
  end

  -- Who is sent to first, by their keys.
  local function first()
    return look(function(store)
      local keys = {}
      for i, row in ipairs(store.db:rows "SELECT key FROM target WHERE canary = 1 ORDER BY 1") do
        keys[i] = row.key
      end
      return keys
    end)
  end

  it("sends to so many, waits, and goes on", function()
    local states = {}
    new("people = 10, hold = '2m'", trial.after(HOLD / 2, function()
      states[1] = look(function(_, row) return row end)
      states[2] = made.stage.work.waits_for
      states[3] = look(function(store) return store.lanes:is_held(1) end)
    end))
    local ending = made:run()
    assert.equal(0, ending.exit)
    assert.equal("finished", ending.ledger.state)
    assert.equal(ending.ledger.delivered, #sent)
    assert.is_true(sent[10] < 60000)
    assert.is_true(sent[11] >= sent[10] + HOLD and sent[11] < sent[10] + HOLD + 5000)
    assert.equal("waiting", states[1].state)
    assert.matches("^canary: the first 10 people were sent to, the rest waits until"
      .. " 2027%-01%-15 08:02:%d%d UTC$", states[1].why)
    assert.equal(states[1].why, states[2])
    assert.is_false(states[3]) -- others may send meanwhile
    assert.same({}, (made:compare()))
  end)

  it("draws the same people for the same seed, from all of the audience", function()
    new "people = '10%', ask = true"
    assert.equal(3, made:run().exit)
    local drawn = first()
    made.stage:close()
    new "people = '10%', ask = true"
    made:run()
    assert.same(drawn, first())
    made.stage:close()
    new "people = '10%', ask = true, seed = 'other'"
    made:run()
    local other = first()
    assert.equal(#drawn, #other)
    assert.is_false(drawn[1] == other[1] and drawn[5] == other[5])
    local places = look(function(store)
      return store.db:row("SELECT min(id) < 34 AS early, max(id) > 66 AS late FROM target"
        .. " WHERE canary = 1")
    end)
    assert.same({ early = 1, late = 1 }, places)
  end)

  it("pauses when too many fail, without a wait, until it is resumed", function()
    local bad = true
    new("people = 20, hold = '2m', failed = '10%'", nil, function() return bad and #sent <= 3 end)
    local ending = made:run()
    assert.equal(3, ending.exit)
    assert.equal("canary: 3 of the first 20 people failed (15%, the limit is 10%)", ending.why)
    assert.equal("crier resume hello   goes on with it", ending.remedy)
    assert.is_true(made:passed_ms() < 60000)
    assert.equal("paused", ending.ledger.state)
    for _ = 1, 3 do
      assert.equal(3, made:rerun().exit)
    end
    assert.equal(20, #sent)
    bad = false
    ending = made:run { stored = "hello", lift = true }
    assert.equal(2, ending.exit)
    assert.equal(3, ending.ledger.failed)
    assert.is_true(made:passed_ms() < 120000)
    assert.same({}, (made:compare()))
  end)

  it("tells who blocked the bot apart", function()
    new("people = 20, failed = '50%', blocked = '4%'", nil, function() return #sent <= 1 end)
    assert.equal("canary: 1 of the first 20 people failed: blocked (5%, the limit is 4%)",
      made:run().why)
  end)

  it("asks", function()
    new("people = 5, ask = true", nil)
    assert.equal("canary: the first 5 people were sent to, 0 failed; the rest waits to be told",
      made:run().why)
    assert.equal(5, #sent)
    -- a resume that died before it had let anybody go
    look(function(store) store.campaigns:lift(1, made.stage.clock.now_ms()) end)
    assert.equal(0, made:rerun().exit)
  end)

  it("takes everybody for the first when they are few", function()
    new "people = 1000, ask = true"
    assert.equal(0, made:run().exit)
  end)

  it("goes on with the hold after a stop and a pause, and holds who is new", function()
    new("people = 10, hold = '4m'", trial.after(HOLD, function(_, stage)
      stage.running:interrupt()
    end))
    assert.equal(3, made:run().exit)
    made.started = trial.after(HOLD / 4, function(_, stage)
      local store = stage:open()
      store.campaigns:set_state(1, "paused", "paused by an operator")
      store:close()
    end)
    assert.equal(3, made:run().exit)
    assert.equal(10, #sent)
    made.stage:write("campaign.lua", (script([[install = true, include = { "guest" },
      canary = { people = 10, hold = '4m' }]])))
    made.started = nil
    assert.equal(3, made:run({ update = true }).exit) -- it is paused
    look(function(store) store.campaigns:set_state(1, "stopped") end)
    local ending = made:run { update = true }
    assert.equal(0, ending.exit)
    assert.equal(#sent, ending.ledger.delivered)
    assert.is_true(sent[11] >= sent[10] + 2 * HOLD and sent[11] < sent[10] + 2 * HOLD + 5000)
  end)

  it("lets the rest go into the window that is open then", function()
    new([[people = 10, hold = '2m' }, window = { from = '08:04', to = '08:01', zone = 'UTC']])
    assert.equal(0, made:run().exit)
    assert.is_true(sent[10] < 60000)
    assert.is_true(sent[11] >= 240000 and sent[#sent] < 300000)
    assert.same({}, (made:compare()))
  end)

  it("leaves nobody held when it is cancelled", function()
    new("people = 10, hold = '4m'", trial.after(HOLD, function(_, stage)
      local store = stage:open()
      store.campaigns:set_state(1, "cancelled")
      store:close()
    end))
    local ending = made:run()
    assert.equal(3, ending.exit)
    assert.same({ "cancelled", 0, 10 },
      { ending.ledger.state, ending.ledger.pending, ending.ledger.delivered })
  end)
end)
