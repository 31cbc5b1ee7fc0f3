-- Retry policies of scripts, in whole runs.
local cjson = require "cjson"
local summary = require "crier.report.summary"
local trial = require "support.trial"

describe("a campaign's retry policy", function()
  local made

  after_each(function()
    made.stage:close()
  end)

  -- Runs a script with a policy; `body` is that function's, as Lua.
  local function run(body, options, answer, more)
    made = trial.new(trial.script(("install = true, breaker = false, %s\n"
      .. "retry = function(outcome, attempt, recipient) %s end"):format(more or "", body)),
      options, answer)
    return made:run()
  end

  -- Ledger and cloud agree about everybody; how many are in each state.
  local function agree(most)
    local problems, counts = made:compare(most)
    assert.same({}, problems)
    return counts
  end

  local function texts(state)
    local found, store = {}, made.stage:open()
    for _, row in ipairs(store.targets:page(store.campaigns:find("hello").id, 0, 500)) do
      if row.state == state then
        found[row.text or ""] = (found[row.text or ""] or 0) + 1
      end
    end
    store:close()
    return found
  end

  it("sees what becomes of each person, and names the reason", function()
    assert.equal(2, run([[
      if outcome.kind == "blocked" and not outcome.heals then
        return nil, "said no: " .. recipient.userPrincipalName
      end]], { users = 60, faults = "blocked=0.4,429=0.1" }).exit)
    local count = 0
    for reason, n in pairs(made:reasons "failed") do
      assert.matches("^said no: %S+@", reason)
      count = count + n
    end
    assert.is_true(count >= 5)
    agree()
  end)

  it("cannot write to the terminal by a reason, nor fill it", function()
    local ending = run([[
      return nil, "\27]0;title\7\27[2J\226\128\174no\nforged: 100 delivered" .. ("x"):rep(5000)]],
      { users = 4 }, function(request)
        if request.url:find("/activities", 1, true) then
          return { status = 400, body = "{}" }
        end
      end)
    assert.equal(1, #ending.ledger.failures)
    local reason = ending.ledger.failures[1].reason
    assert.equal("?]0;title??[2J?no forged: 100 delivered", reason:sub(1, 39))
    assert.equal(200, #reason)
  end)

  it("has a call repeated that nothing else would repeat", function()
    local refused = {}
    local ending = run("return outcome.status == 400 and attempt < 3 and 60 or nil",
      { users = 20 }, function(request)
        local chat = request.url:match "/conversations/([^/]+)/activities"
        if chat and (refused[chat] or 0) < 2 then
          refused[chat] = (refused[chat] or 0) + 1
          return { status = 400, body = "{}" }
        end
      end)
    assert.equal(0, ending.exit)
    assert.is_true(made:passed_ms() >= 120000)
    agree()
  end)

  it("that says 0 for ever ends after 100 tries", function()
    local asked = {}
    local ending = run("return 0", { users = 4, limits = "off", env = { CRIER_LIMITS = "off" } },
      function(request)
        local chat = request.url:match "/conversations/([^/]+)/activities"
        if chat then
          asked[chat] = (asked[chat] or 0) + 1
          return { status = 400, body = "{}" }
        end
      end)
    assert.equal(2, ending.exit)
    assert.is_true(ending.ledger.failed > 0)
    for _, count in pairs(asked) do
      assert.equal(100, count)
    end
    assert.same({ ["given up after 100 tries, the most that there are"] = ending.ledger.failed },
      texts "failed")
  end)

  it("sends nothing again that may have arrived", function()
    run("return 0", { users = 40, faults = "502-after=0.3,cut-after=0.2" })
    local counts = agree()
    assert.is_true(counts.unknown >= 5)
    assert.is_nil(counts.failed)
  end)

  it("installs the app again, once a person, and sends then", function()
    local failed = {}
    local ending = run("return crier.reinstall", { users = 30 }, function(request)
      local chat = request.url:match "/conversations/([^/]+)/activities"
      if chat and not failed[chat] then
        failed[chat] = true
        return { status = 400, body = "{}" }
      end
    end)
    assert.equal(0, ending.exit, ending.why)
    agree()
    local operations = made.stage:stats().operations
    local delivered = ending.ledger.delivered
    assert.same({ delivered, 2 * delivered },
      { operations.uninstall["204"], operations.install["201"] })
  end)

  describe("that reroutes", function()
    local NOTIFY = [[notify = { title = "News", text = "For ${recipient.displayName}",
      url = "https://teams.microsoft.com/l/app/1" },]]

    local function notifications()
      local found = {}
      local text = made.stage.simulator.notifications:text()
      for line in text:gmatch "[^\n]+" do
        found[#found + 1] = cjson.decode(line)
      end
      return found
    end

    -- The rows of the ledger that went to the feed, by id.
    local function rerouted()
      local found = {}
      for _, row in ipairs(made.stage:rows "hello") do
        if row.via == "activity feed" then
          found[row.id] = row
        end
      end
      return found
    end

    it("tells in the activity feed whom no message reaches", function()
      local ending = run('if outcome.kind == "blocked" then return crier.reroute end',
        { users = 80, faults = "blocked=0.3" }, nil, NOTIFY)
      assert.equal(0, ending.exit, ending.why)
      local rows, sent = rerouted(), notifications()
      assert.is_true(#sent >= 5)
      for _, each in ipairs(sent) do
        local row = rows[each.recipient]
        rows[each.recipient] = nil
        assert.same({ "delivered", cjson.null, cjson.null, 204 },
          { row.state, row.reason, row.activity_id, row.status })
        assert.same({ topic = { source = "text", value = "News",
            webUrl = "https://teams.microsoft.com/l/app/1" },
          activityType = "systemDefault", previewText = { content = "For " .. row.name },
          templateParameters = { { name = "systemDefaultText", value = "News" } } },
          each.notification)
      end
      assert.same({}, rows)
      assert.equal(ending.ledger.delivered, #sent + #made.stage:deliveries())
      assert.equal(#sent, ending.ledger.rerouted)
      assert.matches("\n +" .. #sent .. "  of these   by the activity feed\n",
        summary.text(ending.ledger, true))
    end)

    it("keeps at most once, also in the feed", function()
      local asked = 0
      run('return outcome.kind == "blocked" and crier.reroute or 0',
        { users = 60, faults = "blocked=0.5" }, function(request)
          if request.url:find "sendActivityNotification" then
            asked = asked + 1
            return { cut = "after" }
          end
        end, NOTIFY)
      local count = 0
      for _, row in pairs(rerouted()) do
        assert.equal("unknown", row.state)
        count = count + 1
      end
      assert.is_true(count >= 5)
      assert.equal(count, asked)
    end)

    it("may fail there, too, and says where", function()
      local ending = run("return crier.reroute", { users = 40 }, function(request)
        if request.url:find "/activities$" or request.url:find "sendActivityNotification" then
          return { status = 400, body = "{}" }
        end
      end, NOTIFY)
      assert.equal(2, ending.exit)
      for text in pairs(texts "failed") do
        assert.matches("^crier%.reroute: the activity feed was tried already", text)
      end
      assert.is_true(next(rerouted()) ~= nil)
    end)

    it("needs a campaign that says what to tell", function()
      run("return crier.reroute", { users = 30, faults = "blocked=0.9" })
      for text in pairs(texts "failed") do
        assert.matches("^%S*campaign%.lua:%d+: crier%.reroute needs a campaign with notify =", text)
      end
      assert.is_true(made:reasons("failed")["retry policy failed"] >= 5)
    end)

    it("leaves in the feed what a recall would take back", function()
      run('if outcome.kind == "blocked" then return crier.reroute end',
        { users = 60, faults = "blocked=0.3" }, nil, NOTIFY)
      local told = #notifications()
      local ending = made:run { action = "recall", parent = "hello" }
      assert.equal(2, ending.exit, ending.why)
      assert.same({ { reason = "activity feed", count = told,
        remedy = "It cannot be changed or deleted: tell the person" } }, ending.ledger.failures)
    end)
  end)

  for what, case in pairs {
    ["raises"] = { "return outcome.none.there", "attempt to index" },
    ["returns rubbish"] = { "return {}", "it returned a table, and not seconds" },
  } do
    it("that " .. what .. " fails that person, with file and line", function()
      local ending = run('if recipient.department ~= "Sales" then return nil end ' .. case[1],
        { users = 40, faults = "blocked=0.9" })
      assert.equal(2, ending.exit)
      local found = made:reasons "failed"
      assert.is_true(found["retry policy failed"] > 0 and found.blocked > 0)
      for text in pairs(texts "failed") do
        assert.is_true(text:find "campaign%.lua:%d+: " ~= nil and text:find(case[2], 1, true) ~= nil
          or text:find "locked" ~= nil, text)
      end
      agree()
    end)
  end
end)
