local listening = require "support.listening"
local rehearsal = require "support.rehearsal"

local SCRIPT = [[
local crier = require "crier"
return crier.campaign { name = "hello", audience = crier.users {}, install = true,
  message = crier.text "Hi", breaker = false, %s }]]

describe("a campaign whose bot listens", function()
  local stage, ears

  -- Runs a campaign on a store that may have heard of something before.
  local function run(more, options, is_deaf)
    options = options or {}
    options.users = options.users or 150
    options.latency = { ms = 120, jitter_ms = 20 }
    if not options.no_webhook then
      listening.options(options)
    end
    stage = rehearsal.new({ ["campaign.lua"] = SCRIPT:format(more or "") }, options)
    if not is_deaf then
      ears = listening.start(stage)
    end
    local ending = stage:run()
    return ending, stage:stats()
  end

  after_each(function()
    if ears then
      ears.close()
      ears = nil
    end
    stage:close()
  end)

  local function sum(counts)
    local total = 0
    for _, count in pairs(counts or {}) do
      total = total + count
    end
    return total
  end

  -- How many calls of each kind there were.
  local function calls(stats)
    return { install = sum(stats.operations.install), create = sum(stats.operations.create),
      send = sum(stats.operations.send) }
  end

  it("takes two calls a person, and the whole rate of installs", function()
    local ending, stats = run('conversation = "webhook"')
    assert.equal(0, ending.exit)
    local people = ending.ledger.delivered
    assert.is_true(people > 100)
    assert.same({ install = people, create = 0, send = people }, calls(stats))
    assert.same({}, stage:compare("hello").problems)
    local seconds = (stage.clock.now_ms() - 1800000000000) / 1000
    assert.is_true(seconds < people / 30 + 3, seconds .. " s for " .. people)
  end)

  it("learns from what it hears that it may wait", function()
    local ending, stats = run()
    assert.equal(0, ending.exit)
    local found = calls(stats)
    assert.is_true(found.create < 30, found.create .. " were created")
    assert.equal(ending.ledger.delivered, found.send)
  end)

  it("creates what nobody tells of in a few seconds", function()
    local ending, stats = run('conversation = "webhook"', { users = 20 }, true)
    assert.equal(0, ending.exit)
    local people = ending.ledger.delivered
    assert.same({ install = people, create = people, send = people }, calls(stats))
    assert.is_true(stage.clock.now_ms() - 1800000000000 > 5000)
  end)

  it("does not wait where nothing was ever heard", function()
    local ending = run(nil, { users = 20, no_webhook = true }, true)
    assert.equal(0, ending.exit)
    assert.is_true(stage.clock.now_ms() - 1800000000000 < 4000)
  end)

  it("reaches everybody although events are lost, late and doubled", function()
    local ending, stats = run('conversation = "webhook"',
      { faults = "event-lost=0.3,event-late=0.3,event-twice=0.3" })
    assert.equal(0, ending.exit)
    local people, found = ending.ledger.delivered, calls(stats)
    assert.same({ people, people }, { found.install, found.send })
    assert.is_true(found.create > 0 and found.create < people / 3, found.create)
    assert.same({}, stage:compare("hello").problems)
  end)

  it("gives up to wait when many wait in vain", function()
    local ending, stats = run(nil, { faults = "event-lost=0.999" })
    assert.equal(0, ending.exit)
    assert.equal(ending.ledger.delivered, calls(stats).send)
    assert.is_true(stage.clock.now_ms() - 1800000000000 < 20000)
  end)

  it("knows the next time whom the bot has heard of", function()
    run('conversation = "webhook"', { users = 20 })
    stage:write("campaign.lua", (SCRIPT:format(""):gsub("hello", "again")))
    local before = calls(stage:stats())
    assert.equal(0, stage:run().exit)
    local after = calls(stage:stats())
    assert.same({ before.install, before.create }, { after.install, after.create })
  end)

  it("tells its own installs from those of people", function()
    local told = {}
    stage = rehearsal.new({ ["campaign.lua"] = SCRIPT:format "" },
      listening.options { users = 20 })
    ears = listening.start(stage, function(found)
      found.installed = function(context, _, key)
        told[#told + 1] = { context.journal.traces:installed(context.lane, key, context.at), key }
        return true
      end
    end)
    local ending = stage:run()
    assert.equal(ending.ledger.delivered, #told)
    for _, one in ipairs(told) do
      assert.is_true(one[1])
    end
  end)
end)
