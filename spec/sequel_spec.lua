-- What is done to a campaign that was sent.
local faults = require "crier.simulator.faults"
local ledger = require "crier.campaign.ledger"
local summary = require "crier.report.summary"
local trial = require "support.trial"

local script = trial.script
local MENDED = 'crier.text "Mended for ${recipient.givenName}"'

describe("crier.campaign.sequel", function()
  local made

  after_each(function()
    made.stage:close()
  end)

  -- A campaign that was sent to `users` people.
  local function sent(users, more, options)
    options = options or {}
    options.users = users
    made = trial.new(script("install = true, breaker = false" .. (more or "")), options)
    return made:run().ledger
  end

  local function recall(more)
    local options = { action = "recall", parent = "hello" }
    for name, value in pairs(more or {}) do
      options[name] = value
    end
    return made:run(options)
  end

  local function amend(message)
    made.stage:write("campaign.lua", script("install = true, breaker = false", message or MENDED))
    return made:run { action = "amend", parent = "hello" }
  end

  local function texts()
    local found = {}
    for _, delivery in ipairs(made.stage:deliveries()) do
      local text = delivery.deleted_at and "deleted" or delivery.activity.text:match "^%a+"
      found[text] = (found[text] or 0) + 1
    end
    return found
  end

  describe("a recall", function()
    it("deletes what everybody got, in a ledger of its own", function()
      local before = sent(60)
      local ending = recall()
      assert.equal(0, ending.exit, ending.why)
      assert.equal("hello.recall-1", ending.ledger.name)
      assert.equal("recall", ending.ledger.action)
      assert.equal(before.delivered, ending.ledger.delivered)
      assert.same({ deleted = before.delivered }, texts())
      local row = made.stage:rows("hello.recall-1")[1]
      assert.matches("%d", row.activity_id)
    end)

    it("is over when it is over, and begins anew when more was sent", function()
      local before = sent(60)
      recall()
      local again = recall()
      assert.is_true(again.is_over)
      assert.equal("hello.recall-1", again.ledger.name)
      local store = made.stage:open()
      assert.equal(3, store.db:exec("DELETE FROM target WHERE id IN (SELECT t.id FROM target t"
        .. " JOIN campaign c ON c.id = t.campaign WHERE c.name = 'hello.recall-1' LIMIT 3)"))
      store:close()
      again = recall()
      assert.equal("hello.recall-2", again.ledger.name)
      assert.equal(3, again.ledger.targeted)
      assert.is_true(before.delivered > 20)
    end)

    it("does not claim to have reached a message without an id", function()
      sent(200, nil, { faults = "502-after=0.1" })
      local _, counts = made:compare()
      assert.is_true(counts.unknown > 5)
      local ending = recall()
      assert.equal(counts.delivered, ending.ledger.delivered)
      assert.equal(2, ending.exit)
      assert.equal(counts.unknown, ending.ledger.unknown)
      assert.same({ 1, "no activity id", counts.unknown }, { #ending.ledger.unknowns,
        ending.ledger.unknowns[1].reason, ending.ledger.unknowns[1].count })
      assert.matches("ask the person", ending.ledger.unknowns[1].remedy)
    end)

    it("says what it cannot take back, and is told of by the ledger of what was sent", function()
      local before = sent(60)
      assert.is_nil(before.recalls)
      local ending = recall()
      assert.matches("\nToasts and mail notices that Teams has shown cannot be taken back%.\n",
        summary.text(ending.ledger, true))
      local store = made.stage:open()
      local after = ledger.read(store, store.campaigns:find "hello")
      store:close()
      assert.same({ { name = "hello.recall-1", count = before.delivered } }, after.recalls)
      assert.matches(("%d  delivered .-\n +%d  of these   recalled by hello%%.recall%%-1\n")
        :format(before.delivered, before.delivered), summary.text(after, true))
      assert.matches('"recalls":%[{"count":%d+,"name":"hello.recall%-1"}%]', summary.json(after))
      assert.is_nil(summary.text(after, true):find("Toasts", 1, true))
    end)

    it("leaves nothing to amend", function()
      sent(30)
      assert.equal(0, amend().exit)
      recall()
      local ending = amend()
      assert.same({ 65, "nobody has the message of campaign hello any more: hello.recall-1"
        .. " recalled it", "give the new content a campaign of its own" },
        { ending.exit, ending.why, ending.remedy })
    end)

    it("goes on after a stop, by the same command or by resume", function()
      local before = sent(200, nil, { latency = { ms = 100 } })
      made.started = trial.after(500, function(work)
        work:stop { exit = 3, state = "stopped", why = "stopped by a signal" }
      end)
      assert.equal(3, recall().exit)
      made.started = trial.after(500, function(work)
        work:stop { exit = 3, state = "paused", why = "guard" }
      end)
      assert.equal(3, made:run { stored = "hello.recall-1", lift = true }.exit)
      made.started = nil
      assert.equal(3, recall().exit) -- paused: only resume lifts it
      local ending = made:run { stored = "hello.recall-1", lift = true }
      assert.equal(0, ending.exit, ending.why)
      assert.equal(before.delivered, ending.ledger.delivered)
      assert.same({ deleted = before.delivered }, texts())
    end)

    it("reaches everybody with everything going wrong", function()
      local before = sent(200)
      made.stage.simulator.faults = faults.parse(
        "429=0.05,503=0.05,cut-after=0.05,502-after=0.05", 3)
      local ending = recall()
      assert.equal(0, ending.exit, ending.why)
      assert.equal(before.delivered, ending.ledger.delivered)
    end)

    it("needs a campaign that sent", function()
      sent(10)
      assert.equal(65, made:run({ action = "recall", parent = "other" }).exit)
      recall()
      local ending = made:run { action = "recall", parent = "hello.recall-1" }
      assert.equal(65, ending.exit)
      assert.matches("sent nothing: its action is %l+$", ending.why)
    end)
  end)

  describe("an amendment", function()
    it("changes what everybody has, rendered for each", function()
      local before = sent(60)
      local ending = amend()
      assert.equal(0, ending.exit, ending.why)
      assert.equal("hello.amend-1", ending.ledger.name)
      assert.equal(before.delivered, ending.ledger.delivered)
      assert.same({ Mended = before.delivered }, texts())
      assert.equal(before.delivered, #made.stage:deliveries())
    end)

    it("is over when it is over; other content is the next", function()
      sent(30)
      amend()
      assert.is_true(amend().is_over)
      assert.equal("hello.amend-2", amend('crier.text "Again"').ledger.name)
    end)

    it("with other content waits until the last is over", function()
      sent(100, nil, { latency = { ms = 100 } })
      made.started = trial.after(300, function(work)
        work:stop { exit = 3, state = "stopped", why = "stopped by a signal" }
      end)
      assert.equal(3, amend().exit)
      made.started = nil
      local ending = amend 'crier.text "Again"'
      assert.equal(65, ending.exit)
      assert.equal("crier resume hello.amend-1   goes on with it;"
        .. " crier cancel hello.amend-1   ends it", ending.remedy)
    end)

    it("does not bring back what was recalled", function()
      sent(30)
      recall()
      assert.same({ 65 }, { amend().exit })
      local store = made.stage:open()
      assert.is_false(store.campaigns:find "hello.amend-1")
      store:close()
    end)

    it("fails for whom the new message cannot be made", function()
      local before = sent(30)
      local ending = amend 'crier.text "${data.x}", data = function() return {} end'
      assert.equal(2, ending.exit)
      assert.equal(before.delivered, ending.ledger.failed)
    end)
  end)
end)
