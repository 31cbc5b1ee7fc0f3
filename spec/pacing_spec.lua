-- The pacer judged by what arrives: a sender, a path and a service in virtual
-- time, see support/pacing.lua.

local core = require("crier.core")
local pacing = require("support.pacing")

local CONNECTOR = {
  windows = { { limit = 50, period_ms = 1000 } },
  smooth = true,
}
local THREAD = {
  windows = {
    { limit = 7, period_ms = 1000 },
    { limit = 8, period_ms = 2000 },
    { limit = 60, period_ms = 30000 },
    { limit = 1800, period_ms = 3600000 },
  },
}

local function copy(from, changes)
  local to = {}
  for _, fields in ipairs({ from, changes or {} }) do
    for key, value in pairs(fields) do
      to[key] = value
    end
  end
  return to
end

local function new(fresh, changes)
  local p = core.pacer.new({ now_ms = 0, fresh = fresh or "empty" })
  p:define("connector", copy(CONNECTOR, changes))
  p:define("thread", THREAD)
  return p
end

local function lane()
  return { "connector", "tenant/app" }
end

local function chat()
  return { "thread", "a:chat" }
end

--- A path whose parts vary evenly by as much as given, independently.
local function jittered(forward_ms, back_ms)
  local random = pacing.random(7)
  return function()
    return 60 + forward_ms * (2 * random() - 1),
      60 + back_ms * (2 * random() - 1)
  end
end

local function steady()
  return 60, 60
end

--- Runs one lane with all referees watching.
local function watched(options, changes)
  local watch = pacing.watch(pacing.referees(50, 1000))
  local run = pacing.run(copy({
    pacer = new("empty", changes), budgets = lane, path = steady,
    admit = watch.admit, until_ms = 60000,
  }, options))
  return run, watch.refused
end

--- Runs one lane with a service that means it.
local function refereed(path, admit)
  return pacing.run({
    pacer = new(), budgets = lane, path = path, admit = admit,
    until_ms = 60000,
  })
end

describe("what the pacer lets through", function()
  describe("a lane of 50 in a second", function()
    it("uses 98 % without jitter and exceeds nothing", function()
      local run, refused = watched({})
      assert.equal(0, refused)
      assert.is_true(run.share >= 0.98)
    end)

    it("uses 98 % and exceeds nothing when arrivals vary by 3 ms", function()
      for _, path in ipairs({ jittered(3, 0), jittered(0, 3), jittered(3, 3) }) do
        local run, refused = watched({ path = path })
        assert.equal(0, refused)
        assert.is_true(run.share >= 0.98)
      end
    end)

    it("uses 98 % of a bucket when the round trip varies by 20 ms", function()
      for _, path in ipairs({ jittered(20, 0), jittered(0, 20), jittered(10, 10) }) do
        local run = refereed(path, pacing.bucket(50, 1000))
        assert.equal(0, run.refused)
        assert.is_true(run.share >= 0.98)
      end
    end)

    it("uses 98 % of fixed windows when the answers vary by 20 ms", function()
      local run = refereed(jittered(0, 20), pacing.fixed(50, 1000, 300))
      assert.equal(0, run.refused)
      assert.is_true(run.share >= 0.98)
    end)

    it("is hardly refused by fixed windows when arrivals vary by 20 ms", function()
      for _, path in ipairs({ jittered(20, 0), jittered(10, 10) }) do
        local run = refereed(path, pacing.fixed(50, 1000, 300))
        assert.is_true(run.refused <= run.sent / 1000)
        assert.is_true(run.share >= 0.975)
      end
    end)

    it("keeps near the best constant rate under a sliding window", function()
      local best = 1000 / (1000 + 40)
      for _, path in ipairs({ jittered(20, 0), jittered(10, 10) }) do
        local run = refereed(path, pacing.sliding(50, 1000))
        assert.is_true(run.refused <= run.sent / 1000)
        assert.is_true(run.share >= best - 0.02)
      end
    end)

    it("exceeds nothing without grace, above the best constant rate", function()
      for _, path in ipairs({ jittered(20, 0), jittered(10, 10) }) do
        local run, refused = watched({ path = path }, { grace_ms = 0 })
        assert.equal(0, refused)
        assert.is_true(run.share >= 1000 / (1000 + 40))
      end
    end)

    it("exceeds nothing when the path stalls for 300 ms", function()
      local path = function(now)
        local phase = (now + 60) % 4000
        return phase < 300 and 360 - phase or 60, 60
      end
      local run, refused = watched({ path = path }, { grace_ms = 0 })
      assert.equal(0, refused)
      assert.is_true(run.share >= 0.92)
    end)

    it("exceeds nothing when the sender stalls for 300 ms", function()
      local run, refused = watched({
        path = jittered(3, 3),
        stall = function(now)
          local phase = now % 4000
          return phase < 300 and now + 300 - phase or now
        end,
      })
      assert.equal(0, refused)
      assert.is_true(run.share >= 0.92)
    end)

    it("is not slowed down by single slow or lost answers", function()
      local run, refused = watched({
        path = function(_, i)
          if i % 29 == 0 then
            return 60, nil
          end
          return 60, i % 10 == 0 and 3000 or 60
        end,
      })
      assert.equal(0, refused)
      assert.is_true(run.share >= 0.975)
    end)

    it("goes on at a lower rate when no answer comes at all", function()
      local run, refused = watched({ path = function() return 60, nil end })
      assert.equal(0, refused)
      assert.is_true(run.share >= 0.7)
    end)
  end)

  describe("a budget of several windows", function()
    it("lets bursts through and exceeds none of the windows", function()
      local referees = {}
      for _, window in ipairs(THREAD.windows) do
        referees[#referees + 1] = pacing.sliding(window.limit, window.period_ms)
      end
      local watch = pacing.watch(referees)
      local run = pacing.run({
        pacer = new(), budgets = chat, path = jittered(15, 5),
        admit = watch.admit, until_ms = 2 * 3600000,
      })
      assert.equal(0, watch.refused)
      assert.is_true(run.delivered >= 2 * 1800 * 0.98)
    end)
  end)

  describe("two budgets at once", function()
    it("keep their own windows", function()
      local on_lane = pacing.watch(pacing.referees(50, 1000))
      local chats = {}
      for i = 0, 4 do
        chats[i] = pacing.watch({ pacing.sliding(7, 1000), pacing.sliding(8, 2000) })
      end
      local run = pacing.run({
        pacer = new(),
        path = jittered(3, 3),
        budgets = function(i)
          return { "connector", "k", "thread", "chat " .. i % 5 }
        end,
        admit = function(now, names)
          on_lane.admit(now)
          return chats[tonumber(names[4]:match("%d"))].admit(now)
        end,
        until_ms = 60000,
      })
      assert.equal(0, on_lane.refused)
      for i = 0, 4 do
        assert.equal(0, chats[i].refused)
      end
      assert.is_true(run.delivered > 5 * 60)
    end)
  end)

  describe("a fresh pacer", function()
    it("waits for a period and exceeds nothing with its predecessor", function()
      local watch = pacing.watch(pacing.referees(50, 1000))
      for i = -60, 0 do
        watch.admit(i * 20.2 + 60)
      end
      assert.equal(0, watch.refused)
      local run = pacing.run({
        pacer = new("full"), budgets = lane, path = steady,
        admit = watch.admit, until_ms = 5000,
      })
      assert.equal(0, watch.refused)
      assert.equal(195, run.delivered)
    end)

    it("paces a conversation evenly for its short windows", function()
      local watch = pacing.watch({ pacing.sliding(60, 30000) })
      for i = -60, 0 do
        watch.admit(i * 501 + 60)
      end
      local run = pacing.run({
        pacer = new("full"), budgets = chat, path = steady,
        admit = watch.admit, until_ms = 30000,
      })
      assert.equal(0, watch.refused)
      assert.equal(58, run.delivered)
    end)
  end)
end)
