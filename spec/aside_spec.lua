-- A paused campaign that sends again to those who failed, and to nobody else.
local trial = require "support.trial"

describe("a retry of a paused campaign", function()
  local made, mended, paused

  after_each(function() made.stage:close() end)

  -- From some time on everybody has blocked the bot, until that is mended.
  local function new(more)
    mended = false
    made = trial.new(trial.script([[install = true, breaker = false, guards = {
      { reason = "blocked", rate = "10%", least = 30 } }]] .. (more or "")),
      { users = 180 }, function(request, ms)
        if ms > 4000 and not mended and request.url:find "/activities" then
          return { status = 403, body = '{"error":{"code":"ForbiddenOperationException",'
            .. '"message":"x","innerHttpError":{"statusCode":403,"body":{"error":{"code":'
            .. '"MessageWritesBlocked","message":"x"}}}}}' }
        end
      end)
    paused = made:run()
    assert.equal("paused", paused.ledger.state)
    assert.is_true(paused.ledger.failed > 5 and paused.ledger.pending > 30)
    mended = true
  end

  local function retry(...)
    return made:run { stored = "hello", lift = true, again = { reasons = { ... } } }
  end

  local function check_paused(ending)
    assert.equal(3, ending.exit)
    assert.same({ "paused", paused.why, 0, paused.ledger.pending,
      paused.ledger.delivered + paused.ledger.failed },
      { ending.ledger.state, ending.ledger.why, ending.ledger.failed, ending.ledger.pending,
        ending.ledger.delivered + ending.ledger.unknown })
    assert.same({}, (made:compare()))
  end

  local function finish()
    local ending = made:run { stored = "hello", lift = true }
    assert.same({ "finished", 0, 0 },
      { ending.ledger.state, ending.ledger.pending, ending.ledger.failed })
    assert.same({}, (made:compare()))
  end

  it("sends to just those, and is paused again for the same reason", function()
    new()
    local ending = retry "blocked"
    check_paused(ending)
    assert.equal("campaign hello is still paused: " .. paused.why, ending.why)
    assert.equal("who failed was sent to again\n  crier resume hello   goes on with who is"
      .. " pending", ending.remedy)
    assert.equal(3, made:rerun().exit)
    finish()
  end)

  it("sends to just those after a death, too", function()
    new()
    made.started = trial.after(30, function() error("death", 0) end)
    assert.equal(1, retry().exit)
    local store = made.stage:open()
    assert.is_true(store.targets:counts(1).pending > paused.ledger.pending)
    store:close()
    check_paused(made:rerun())
    finish()
  end)

  it("is lifted by resume when it was stopped midway", function()
    new()
    made.started = trial.after(30, function(work)
      work:stop { exit = 3, state = "stopped", why = "stopped by a signal" }
    end)
    assert.equal("stopped", retry().ledger.state)
    made.started = nil
    finish()
  end)

  it("is paused for a new reason when that goes wrong", function()
    new ", canary = { people = 1, hold = '1s' }"
    mended = false
    local ending = retry()
    assert.same({ "paused", paused.ledger.pending, paused.ledger.failed },
      { ending.ledger.state, ending.ledger.pending, ending.ledger.failed })
    mended = true
    check_paused(retry())
    finish()
  end)

  it("keeps who is held by a canary", function()
    new ", canary = { people = 120, hold = '1s' }"
    check_paused(retry())
    finish()
  end)

  it("ends it when nobody else waits", function()
    new()
    local store = made.stage:open()
    store.targets:exclude_pending(1, "cancelled", 1)
    store:close()
    local ending = retry()
    assert.same({ 0, "finished" }, { ending.exit, ending.ledger.state })
  end)
end)
