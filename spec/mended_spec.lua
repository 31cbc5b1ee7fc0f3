-- A campaign that the breaker paused over a mistake in its script is mended under its name.
local summary = require "crier.report.summary"
local trial = require "support.trial"

describe("new content for a paused campaign", function()
  local made, paused

  before_each(function()
    made = trial.new(trial.script("install = true, data = function() return {} end",
      'crier.text "Hi ${data.office}"'),
      { users = 60 })
    paused = made:run()
    assert.matches("^breaker: the first 20 people all failed: missing data%.office$", paused.why)
    assert.is_true(paused.ledger.failed >= 20 and paused.ledger.pending > 5)
    made.stage:write("campaign.lua", trial.script "install = true")
  end)

  after_each(function() made.stage:close() end)

  local function update()
    local calls = made.stage:stats().operations.send
    local ending = made:run { update = true }
    assert.equal(calls, made.stage:stats().operations.send)
    return ending
  end

  it("is refused without --update, which is named", function()
    local ending = made:run()
    assert.equal(65, ending.exit)
    assert.matches("use %-%-update to put the new content in place for those not yet sent"
      .. " %(it stays paused%)", ending.remedy)
  end)

  it("is put in place and lifts no pause", function()
    local ending = update()
    assert.same({ 3, "campaign hello has its new content, and is still paused: " .. paused.why,
      ("crier resume hello   sends it to %d who are pending\n  crier retry hello   sends it to"
        .. " %d who failed"):format(paused.ledger.pending, paused.ledger.failed) },
      { ending.exit, ending.why, ending.remedy })
    assert.same({ "paused", paused.why, paused.ledger.pending, paused.ledger.failed },
      { ending.ledger.state, ending.ledger.why, ending.ledger.pending, ending.ledger.failed })
    assert.equal("campaign hello is paused: " .. paused.why, made:run().why)
    assert.equal(0, #made.stage:deliveries())
  end)

  it("is what those who failed get, and then the rest", function()
    update()
    local again = made:run { stored = "hello", lift = true, again = { reasons = {} } }
    assert.same({ "paused", 0, paused.ledger.failed, paused.ledger.pending },
      { again.ledger.state, again.ledger.failed, again.ledger.delivered, again.ledger.pending })
    local ending = made:run { stored = "hello", lift = true }
    assert.same({ 0, "finished", paused.ledger.failed + paused.ledger.pending },
      { ending.exit, ending.ledger.state, ending.ledger.delivered })
    for _, delivery in ipairs(made.stage:deliveries()) do
      assert.matches("^Hi %S", delivery.activity.text)
    end
  end)

  it("pauses again what was stopped in a retry of those who failed", function()
    made.started = trial.after(30, function(work)
      work:stop { exit = 3, state = "stopped", why = "stopped by a signal" }
    end)
    made:run { stored = "hello", lift = true, again = { reasons = {} } }
    made.started = nil
    local ending = update()
    assert.same({ 3, "paused", paused.why }, { ending.exit, ending.ledger.state,
      ending.ledger.why })
    assert.equal(0, made:run { stored = "hello", lift = true,
      again = { reasons = {} } }.ledger.failed)
    assert.equal(0, made:run { stored = "hello", lift = true }.exit)
    assert.equal(paused.ledger.failed + paused.ledger.pending, #made.stage:deliveries())
  end)

  it("is planned without a pause lifted", function()
    local found = made.stage:plan { update = true }
    assert.equal(3, found.exit)
    assert.matches("^campaign hello has its new content, and is still paused", found.why)
  end)

  it("is in the log", function()
    local ending = made:run { update = true, deed = { command = "run", options = "{}",
      version = "1", user = "ann" } }
    assert.equal(3, ending.exit)
    local store = made.stage:open()
    local events = store.events:list(1)
    store:close()
    assert.same({ 1, 3 }, { #events, events[1].exit_status })
  end)
end)

describe("new content for a paused campaign that talks", function()
  local made

  after_each(function() made.stage:close() end)

  local function begin(script)
    made = trial.new(script, { users = 60 })
    local paused = made:run()
    assert.matches("^breaker: the first 20 people all failed", paused.why)
    return paused
  end

  local function question(choice)
    return ('crier.poll { question = "Soup?", choices = { %s } }'):format(choice)
  end

  -- Nobody has begun: everybody gets the mended one.
  local function mend(paused, script)
    assert.matches("crier run FILE %-%-update", summary.next_steps(paused.ledger))
    made.stage:write("campaign.lua", script)
    assert.matches("^use %-%-update", made:run().remedy)
    assert.matches("is still paused", made:run({ update = true }).why)
    made:run { stored = "hello", lift = true, again = { reasons = {} } }
    local ending = made:run { stored = "hello", lift = true }
    assert.same({ 0, paused.ledger.targeted - paused.ledger.excluded },
      { ending.exit, ending.ledger.delivered })
    return made.stage:open()
  end

  it("is put in place of a dialog that nobody has begun", function()
    local script = '(function() local hi = crier.text "Hi"; return crier.dialog(function(d)'
      .. ' %s d:say(hi) end) end)()'
    local paused = begin(trial.script("install = true",
      script:format "local x = d.recipient.nothing.there"))
    local store = mend(paused, trial.script("install = true", script:format ""))
    assert.equal(paused.ledger.targeted - paused.ledger.excluded, store.dialogs:counts(1).open)
    store:close()
  end)

  it("leaves no poll behind where the new message is none", function()
    local store = mend(begin(trial.script("install = false", question '"Yes", "No"')),
      trial.script "install = true")
    assert.is_false(store.db:row "SELECT 1 FROM poll")
    store:close()
  end)

  it("is refused once somebody has begun", function()
    made = trial.new(trial.script("install = true", question '"Yes", "No"'), { users = 60 })
    made.started = trial.after(2000, function(work)
      work:stop { exit = 3, state = "stopped", why = "stopped by a signal" }
    end)
    local ledger = made:run().ledger
    assert.is_true(ledger.delivered > 0 and ledger.pending > 0)
    made.started = nil
    ledger.failed = 1
    assert.is_nil(summary.next_steps(ledger):find("--update", 1, true))
    made.stage:write("campaign.lua", trial.script("install = true", question '"Yes", "Never"'))
    local first, second = made:run(), made:run { update = true }
    assert.same({ first.why, first.remedy, 65 }, { second.why, second.remedy, second.exit })
    assert.matches("who have begun with other content: .*campaign.lua has changed$", first.why)
    local ending = made:run { stored = "hello", lift = true }
    assert.same({ 0, "finished" }, { ending.exit, ending.ledger.state })
  end)
end)
