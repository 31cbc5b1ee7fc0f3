local trial = require "support.trial"

local after, script = trial.after, trial.script

describe("crier.campaign.dispatch, broken off by", function()
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

  describe("somebody else", function()
    it("pauses a run within a moment; resumed, it goes on", function()
      local ending = run(script "install = true", { users = 200,
        started = after(3000, function(_, self)
          local store = self:open()
          store.campaigns:set_state(1, "paused", "paused by an operator")
          store:close()
        end) })
      assert.equal(3, ending.exit)
      assert.equal("paused", ending.ledger.state)
      assert.is_true(made:passed_ms() < 6000)
      agree()
      assert.is_true(ending.ledger.pending > 50)
      assert.equal(0, ending.ledger.unknown)
      assert.equal(3, made:rerun().exit)
      ending = made:run { stored = "hello", lift = true }
      assert.equal(0, ending.exit)
      assert.equal("finished", ending.ledger.state)
      agree()
    end)

    it("cancels a run: who waits is excluded", function()
      local ending = run(script "install = true", { users = 200,
        started = after(3000, function(_, self)
          local store = self:open()
          store.campaigns:set_state(1, "cancelled")
          store:close()
        end) })
      assert.equal(3, ending.exit)
      assert.equal("cancelled", ending.ledger.state)
      assert.equal(0, ending.ledger.pending)
      assert.is_true(made:reasons("excluded")["cancelled"] > 50)
      agree()
    end)

    it("takes the lane over: nothing more is sent", function()
      local ending = run(script "install = true", { users = 200,
        started = after(3000, function(_, self)
          local store = self:open()
          store.db:exec "UPDATE lane SET fence = fence + 1"
          store:close()
        end) })
      assert.equal(78, ending.exit)
      assert.equal("another process has taken over this app and tenant", ending.why)
      assert.is_true(agree().pending > 50)
    end)
  end)

  describe("a stop", function()
    local function stop_after(ms)
      return after(ms, function(_, self) self.running:interrupt() end)
    end

    it("awaits what is in flight, and leaves no intent", function()
      for _, ms in ipairs { 300, 700, 2000, 2013 } do
        local ending = run(script "install = true", { users = 100,
          latency = { ms = 120, jitter_ms = 20 }, started = stop_after(ms) })
        assert.equal(3, ending.exit)
        assert.equal("stopped", ending.ledger.state)
        assert.equal(0, ending.ledger.unknown)
        agree()
        assert.equal(0, made:rerun().exit)
        agree()
        made.stage:close()
      end
      made = nil
    end)

    it("takes back what a 429 holds back", function()
      local throttled
      local ending = run(script "install = true", { users = 100,
        started = stop_after(4000) }, function(request, ms)
        if not throttled and ms > 3500 and request.url:find "/activities" then
          throttled = true
          return { status = 429, headers = { ["retry-after"] = "60" }, body = "" }
        end
      end)
      assert.is_true(throttled)
      assert.equal(3, ending.exit)
      assert.is_true(made:passed_ms() < 10000)
      assert.equal(0, ending.ledger.unknown)
      local before = agree()
      assert.is_true(before.pending > 10)
      for _, row in ipairs(made.stage:rows "hello") do
        if row.state == "pending" then
          assert.is_true(row.attempts == 0 or row.status == 429)
        end
      end
      assert.equal(0, made:rerun().exit)
      agree()
    end)

    it("takes back what a 429 holds back without limits", function()
      local throttled
      local ending = run(script "install = true", { users = 100, limits = "off",
        env = { CRIER_LIMITS = "off" }, started = stop_after(4000) },
        function(request)
          if not throttled and request.url:find "/activities" then
            throttled = true
            return { status = 429, headers = { ["retry-after"] = "60" }, body = "" }
          end
        end)
      assert.is_true(throttled)
      assert.equal(3, ending.exit)
      assert.is_true(made:passed_ms() < 5000)
      assert.equal(0, ending.ledger.unknown)
      assert.is_true(agree().pending > 10)
      assert.equal(0, made:rerun().exit)
      agree()
    end)

    it("waits no longer than 20 s, and no longer when hurried", function()
      for _, case in ipairs { { { 3000 }, 20000 }, { { 3000, 3500 }, 500 } } do
        new(script "install = true", { users = 60, started = function(work, self)
          for _, ms in ipairs(case[1]) do
            stop_after(ms)(work, self)
          end
        end })
        local slow = made.stage.simulator
        made.stage.transport.simulator = setmetatable({ draw_latency = function()
          return made:passed_ms() > 2000 and 25000 or 50
        end, answer = function(_, ...) return slow:answer(...) end },
          { __index = slow })
        local ending = made:run()
        assert.equal(3, ending.exit)
        local stopped_ms = made:passed_ms() - 3000
        assert.is_true(stopped_ms >= case[2] and stopped_ms < case[2] + 1500)
        -- What was under way then is not heard of any more.
        assert.is_true(agree().unknown > 0)
        assert.equal(agree().unknown, ending.ledger.unknown)
        made.stage.transport.simulator = slow
        assert.equal(2, made:rerun().exit)
        agree()
        made.stage:close()
      end
      made = nil
    end)
  end)
end)
