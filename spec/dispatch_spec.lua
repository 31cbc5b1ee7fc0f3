local trial = require "support.trial"

local START_MS, after, script = trial.START_MS, trial.after, trial.script

describe("crier.campaign.dispatch", function()
  local made

  after_each(function()
    if made then
      made.stage:close()
      made = nil
    end
  end)

  local function new(...)
    made = trial.new(...)
    return made
  end

  local function run(...)
    return new(...):run()
  end

  -- Ledger and cloud agree about everybody; how many are in each state.
  local function agree(most)
    local problems, counts = made:compare(most)
    assert.same({}, problems)
    return counts
  end

  it("delivers to everybody, cold, and again, warm", function()
    assert.equal(0, run(script "install = true", { users = 120 }).exit)
    local counts = agree()
    assert.equal(120, counts.delivered + counts.excluded)
    made.stage:write("campaign.lua", (script():gsub("hello", "again")))
    local ending = made:run()
    assert.equal(0, ending.exit)
    assert.equal(counts.delivered, ending.ledger.calls.connector)
  end)

  it("counts each call that it made", function()
    local ending = run(script "install = true", { users = 60, faults = "429=0.05" })
    local operations = made.stage:stats().operations
    local counted = { token = 0, graph = 0, connector = 0 }
    local service = { token = "token", create = "connector", send = "connector" }
    for operation, statuses in pairs(operations) do
      local name = service[operation] or "graph"
      for _, count in pairs(statuses) do
        counted[name] = counted[name] + count
      end
    end
    assert.same(counted, ending.ledger.calls)
  end)

  describe("without limits", function()
    for _, case in ipairs { { 429, "30", 30000 }, { 503, "30", 30000 },
      { 429, "86400", 3600000 } } do
      it(("keeps the pause of a %d after %s s"):format(case[1], case[2]), function()
        local refused_ms, early, late, commits = nil, 0, 0, 0
        local function count(work)
          local group = work.group
          local commit = group.commit
          function group.commit(...)
            commits = commits + 1
            assert(commits < 100, "it spins")
            return commit(...)
          end
          local client, asked = work.client, 0
          local reserve = client.reserve
          function client.reserve(...)
            asked = asked + 1
            assert(asked < 5000, "it spins")
            return reserve(...)
          end
        end
        local ending = run(script "install = true", { users = 120, limits = "off",
          env = { CRIER_LIMITS = "off" }, started = count }, function(request, ms)
          if not request.url:find "/activities" then
            return nil
          elseif not refused_ms then
            refused_ms = ms
            return { status = case[1], headers = { ["retry-after"] = case[2] },
              body = "" }
          elseif ms > refused_ms + 1000 and ms < refused_ms + case[3] then
            early = early + 1
          elseif ms >= refused_ms + case[3] then
            late = late + 1
          end
        end)
        assert.equal(0, ending.exit)
        agree()
        assert.equal(0, early)
        assert.is_true(late > 0)
        assert.equal(0, ending.ledger.pending + ending.ledger.failed)
        assert.is_true(made:passed_ms() < refused_ms + case[3] + 60000)
      end)
    end
  end)

  it("fails who lacks the app when it may not install", function()
    assert.equal(2, run(script "breaker = false", { users = 60 }).exit)
    assert.is_true(next(made:reasons "failed") ~= nil)
    assert.equal(0, #made.stage:deliveries())
  end)

  describe("an outage", function()
    it("is waited out, with few calls and nobody failed", function()
      local asked = 0
      new(script "install = true", { users = 100 }, function(request, ms)
        if ms > 2000 and ms < 600000 and request.url:find "/teams/v3/" then
          asked = asked + 1
          return { cut = "before" }
        end
      end)
      -- Nothing leaves this machine.
      local step = made.stage.transport.step
      made.stage.transport.step = function(...)
        local completions, ready = step(...)
        for _, each in ipairs(completions) do
          each.response.sent = each.response.status ~= nil
        end
        return completions, ready
      end
      assert.equal(0, made:run().exit)
      agree()
      assert.is_true(asked > 100 and asked < 128 + 600000 / 5000 * 10)
    end)

    it("from the beginning ends the run after 15 s", function()
      local ending = run(script(), { users = 10 }, function()
        return { cut = "before" }
      end)
      assert.equal(69, ending.exit)
      assert.is_nil(ending.ledger)
    end)
  end)

  describe("a 404 of an install", function()
    it("fails the people whom the service does not know", function()
      assert.equal(2, run(script("install = true, breaker = false"),
        { users = 150, faults = "missing=0.4" }).exit)
      local found = made:reasons "failed"
      assert.is_true(found["no such user"] > 10)
      agree()
    end)

    it("asks once about the app for all who wait", function()
      run(script("install = true, breaker = false"),
        { users = 60, faults = "missing=1", latency = { ms = 2000 } })
      local asked = made.stage:stats().operations.catalog["200"]
      assert.is_true(asked >= 2 and asked < 10)
    end)

    -- Answers the look-ups of the app that follow the first.
    local function later(body)
      local nth = 0
      return function(request)
        if request.url:find "/appCatalogs/" then
          nth = nth + 1
          return nth > 1 and { status = 200, body = body } or nil
        end
      end
    end

    it("stops the run when the app is gone", function()
      local ending = run(script "install = true", { users = 60, faults = "missing=1" },
        later '{"value":[]}')
      assert.equal(78, ending.exit)
      assert.equal("the Teams app is not in the organisation's catalog any more",
        ending.why)
      assert.equal(0, #made.stage:deliveries())
      assert.is_nil(agree().failed)
    end)

    it("stops the run when the app cannot be asked about", function()
      local ending = run(script "install = true", { users = 60, faults = "missing=1" },
        later "<html>")
      assert.equal(1, ending.exit)
      assert.equal("a page in HTML", ending.why)
      assert.is_nil(agree().failed)
    end)
  end)

  describe("a token", function()
    it("that is refused is replaced, and the call repeated", function()
      local refused = 0
      assert.equal(0, run(script "install = true", { users = 40 },
        function(request, ms)
          if refused < 1 and ms > 100 and request.url:find "/teams/v3/" then
            refused = refused + 1
            return { status = 401, body = "" }
          end
        end).exit)
      assert.is_nil(agree().pending)
    end)

    it("that is refused again stops the run, and leaves who waits", function()
      local ending = run(script "install = true", { users = 40 }, function(request)
        if request.url:find "/teams/v3/" then
          return { status = 401, body = "" }
        end
      end)
      assert.equal(77, ending.exit)
      local counts = agree()
      assert.is_true(counts.pending > 30)
      assert.is_nil(counts.failed)
      made.stage.transport.simulator = made.stage.simulator
      assert.equal(0, made:run().exit)
      agree()
    end)

    it("is replaced before it expires", function()
      local ending = run(script "install = true",
        { users = 600, token_lifetime_s = 10 })
      assert.equal(0, ending.exit)
      assert.is_true(ending.ledger.calls.token > 3)
      assert.is_nil(made.stage:stats().operations.send["401"])
    end)
  end)

  describe("a script's functions", function()
    it("fail one person when data raises", function()
      assert.equal(2, run(script([[install = true, breaker = false,
        data = function(recipient)
          if recipient.displayName:find "a" then error "no office" end
          return { office = "Oslo" }
        end]], 'crier.text "${data.office}"'), { users = 60 }).exit)
      assert.is_true(made:reasons("failed")["data function failed"] > 0)
      agree()
    end)

    it("fail one person for whom data is missing", function()
      assert.equal(2, run(script([[install = true, breaker = false,
        data = function(recipient)
          return { office = not recipient.displayName:find "a" and "Oslo" or nil }
        end]], 'crier.text "${data.office}"'), { users = 60 }).exit)
      assert.is_true(made:reasons("failed")["missing data.office"] > 0)
      agree()
    end)

    it("fail one person when the retry policy raises", function()
      assert.equal(2, run(script [[install = true, breaker = false,
        retry = function() error "oops" end]],
        { users = 60, faults = "412=0.2" }).exit)
      assert.is_true(made:reasons("failed")["retry policy failed"] > 0)
      agree()
    end)

    it("decide how often to try", function()
      run(script [[install = true, breaker = false, retry = function(_, attempt)
        if attempt < 3 then return 1 end
        return nil, "enough" end]], { users = 40, faults = "412=0.7" })
      assert.is_true(made:reasons("failed")["enough"] > 0)
      agree()
    end)
  end)

  describe("the breaker", function()
    it("pauses a run that fails for everybody", function()
      local ending = run(script "install = true", { users = 300, faults = "blocked=1" })
      assert.equal(3, ending.exit)
      assert.equal("paused", ending.ledger.state)
      assert.matches("^breaker: the first 20 people all failed: ", ending.why)
      assert.is_true(ending.ledger.failed >= 20 and ending.ledger.failed < 20 + 128)
      assert.is_true(ending.ledger.pending > 50)
      agree()
    end)

    it("lets it fail for all when it is off", function()
      local ending = run(script "install = true, breaker = false",
        { users = 60, faults = "blocked=1" })
      assert.equal(2, ending.exit)
      assert.equal(0, ending.ledger.pending)
    end)
  end)

  describe("a lost answer", function()
    it("is reported and never sent again", function()
      assert.equal(2, run(script "install = true, breaker = false",
        { users = 80, faults = "cut-after=0.2" }).exit)
      local counts = agree()
      assert.is_true(counts.unknown > 5)
    end)

    it("is sent again when the script says so", function()
      local ending = run(script 'install = true, on_unknown = "resend"',
        { users = 80, faults = "cut-after=0.2" })
      assert.equal(0, ending.exit)
      agree(function() return 6 end)
    end)
  end)

  describe("a conversation", function()
    it("that is deleted is made anew, once", function()
      assert.equal(0, run(script "install = true", { users = 60,
        faults = "stale=0.5" }).exit)
      agree()
    end)

    it("that the store has lost is made anew", function()
      run(script "install = true", { users = 100, started = after(4000,
        function(work) work:stop { exit = 3, state = "stopped" } end) })
      local store = made.stage:open()
      store.db:exec "UPDATE target SET conversation_id = NULL WHERE phase = 'send'"
      store:close()
      assert.equal(0, made:rerun().exit)
      agree()
    end)

    it("at a URL that is not allowed is used at the configured one", function()
      local ending = run(script "install = true", { users = 40 },
        function(request, ms)
          assert.is_nil(request.url:find "evil")
          if request.method == "POST" and request.url:find "/v3/conversations$" then
            local response = made.stage.simulator:answer(request, START_MS + ms)
            response.body = response.body:gsub('"serviceUrl":"[^"]*"',
              '"serviceUrl":"https://evil.example/"')
            return response
          end
        end)
      assert.equal(0, ending.exit)
      agree()
    end)

    it("whose URL is not allowed any more is made anew", function()
      run(script "install = true", { users = 100, started = after(4000,
        function(work) work:stop { exit = 3, state = "stopped" } end) })
      local store = made.stage:open()
      store.db:exec "UPDATE target SET service_url = 'https://evil.example/'"
      store:close()
      assert.equal(0, made:rerun().exit)
      agree()
    end)
  end)
end)
