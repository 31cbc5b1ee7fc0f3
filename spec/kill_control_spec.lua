-- Each command that steers a campaign is killed in the middle, and taken up again.
local cjson = require "cjson"
local journal = require "crier.journal"
local pacing = require "support.pacing"
local place = require "support.place"
local sandbox = require "support.sandbox"

describe("killed and taken up again: #rounds", function()
  local cloud, here, draw

  after_each(function()
    cloud:stop()
    here:close()
  end)

  local function begin(users, more, faults)
    draw = pacing.random(users)
    cloud = sandbox.start(("--users %d --seed 5 --limits off --latency 4:3 --faults %s"):format(
      users, faults or "cut-after=0.01"))
    here = place.new(cloud.env, { ["campaign.lua"] = ([[
local crier = require "crier"
return crier.campaign { name = "hello", audience = crier.users {}, install = true,
  breaker = false, message = crier.text "Hello", %s }]]):format(more or "") })
  end

  -- Starts a command and kills it after so many requests more, or milliseconds.
  local function kill(command, requests, ms)
    local running = here:start(command)
    if requests then
      cloud:wait_for(cloud:requests() + requests, running)
    end
    for _ = 1, ms or 0 do
      cloud.transport:step(1)
    end
    running:signal "KILL"
    return running:wait().status
  end

  local function finish(command)
    local result = here:crier(command .. " --json")
    assert.not_equal("", result.out, result.err)
    return result.status, cjson.decode(result.out)
  end

  -- Nobody is lost, nobody got it twice, and the cloud agrees.
  local function agree(ledger)
    assert.equal(ledger.targeted, place.sum(ledger))
    local found, stats = here:compare(cloud), cloud:stats()
    assert.same({}, found.problems)
    assert.equal(stats.recipients, stats.deliveries)
  end

  it("pause, the run that it stops, and resume", function()
    begin(100)
    local running = here:start "run campaign.lua"
    cloud:wait_for(80, running)
    kill("pause hello", nil, math.floor(draw() * 60))
    running:signal "KILL"
    running:wait()
    local status, ledger = finish "pause hello"
    assert.same({ 0, "paused" }, { status, ledger.state })
    local calls = cloud:requests()
    assert.equal(3, here:crier("run campaign.lua").status)
    assert.equal(calls, cloud:requests())
    local left = ledger.pending
    assert.is_true(left > 0)
    assert.equal("signal 9", kill("resume hello", 20))
    status, ledger = finish "resume hello"
    assert.equal(ledger.unknown + ledger.failed > 0 and 2 or 0, status)
    assert.same({ "finished", 0 }, { ledger.state, ledger.pending })
    agree(ledger)
  end)

  it("cancel, and the run that it stops", function()
    begin(100)
    local running = here:start "run campaign.lua"
    cloud:wait_for(80, running)
    local store = assert(journal.open(here.path .. "/crier.db"))
    store.campaigns:set_state(1, "cancelled") -- by a cancel that got no further
    running:signal "KILL"
    running:wait()
    assert.is_true(store.targets:counts(1).pending > 0)
    local refused = here:crier "run campaign.lua"
    assert.equal(3, refused.status)
    assert.matches("crier cancel hello   does it to the end", refused.err, 1, true)
    kill("cancel hello", nil, math.floor(draw() * 60))
    if store.campaigns:find("hello").finished_at then
      store.db:exec "UPDATE campaign SET finished_at = NULL"
    end
    store:close()
    local status, ledger = finish "cancel hello"
    assert.same({ 0, "cancelled", 0 }, { status, ledger.state, ledger.pending })
    agree(ledger)
    assert.equal(65, here:crier("cancel hello").status)
  end)

  it("retry", function()
    begin(100, "retry = function() return nil end", "503=0.1")
    local status, ledger = finish "run campaign.lua"
    assert.equal(2, status)
    local failed = ledger.failed
    assert.is_true(failed > 5)
    assert.equal("signal 9", kill("retry hello", 12))
    assert.equal("signal 9", kill("resume hello", 2))
    status, ledger = finish "resume hello"
    assert.equal(2, status)
    assert.is_true(ledger.failed < failed)
    assert.same({ "finished", 0 }, { ledger.state, ledger.pending })
    agree(ledger)
  end)

  it("the hold of a canary", function()
    begin(60, "canary = { people = 10, hold = '1s' }", "slow=0")
    local store
    local function wait_for_hold(running)
      for _ = 1, 20000 do
        store = store or journal.open(here.path .. "/crier.db")
        local row = store and store.campaigns:find "hello"
        if row and row.state == "waiting" then
          return
        end
        assert.is_true(running:is_alive())
        cloud.transport:step(1)
      end
    end
    assert.equal("signal 9", kill("run campaign.lua", 8)) -- while they are sent to
    local running = here:start "run campaign.lua"
    wait_for_hold(running)
    running:signal "KILL"
    running:wait()
    local held_from = store.canaries:find(1).held_from
    assert.is_number(held_from)
    local calls = cloud:requests "send"
    assert.is_true(calls <= 10)
    local status, ledger = finish "run campaign.lua"
    assert.equal(ledger.unknown > 0 and 2 or 0, status)
    local row = store.canaries:find(1)
    assert.equal(held_from, row.held_from)
    assert.is_true(row.passed_at >= held_from + 1000)
    store:close()
    assert.same({ "finished", 0 }, { ledger.state, ledger.pending })
    agree(ledger)
  end)

  it("nothing: a guard holds under a supervisor that starts it again and again", function()
    begin(100, "guards = { { reason = 'blocked', rate = '20%', least = 10 } }", "blocked=0.5")
    local status, first = finish "run campaign.lua"
    assert.equal(3, status)
    assert.matches("^guard: ", first.why)
    local calls = cloud:requests()
    for _ = 1, 3 do
      local result = here:crier "run campaign.lua"
      assert.equal(3, result.status)
      assert.equal(("crier: campaign hello is paused: %s\n  crier resume hello   goes on with"
        .. " it\n"):format(first.why), result.err)
    end
    assert.equal(calls, cloud:requests())
    agree(first)
    local _, changed = finish "rate hello 7"
    assert.equal(7, changed.rate)
    assert.matches("rate 7 ", here:crier("log hello").out)
    local wrong = here:crier "rate hello fast"
    assert.same({ 64, "crier: rate: 'fast' is no rate: it is a number of messages a second,"
      .. " such as 10 (from 0.02 on), or full\n" }, { wrong.status, wrong.err })
  end)
end)
