local retry = require "crier.retry"

local function always(value)
  return function() return value end
end

local transient = { kind = "transient", reason = "service failed" }

-- The delays of the tries in turn, until the policy gives up.
local function delays(policy, outcome)
  local found = {}
  for attempt = 1, 20 do
    local delay_s, reason = policy(outcome, attempt)
    if not delay_s then
      return found, reason
    end
    found[attempt] = delay_s
  end
  return found
end

describe("crier.retry #portable", function()
  describe(".new()", function()
    it("tries six times with ceilings of 1, 2, 4, 8, 16 s", function()
      local found, reason = delays(retry.new { random = always(1) }, transient)
      assert.same({ 1, 2, 4, 8, 16 }, found)
      assert.equal("service failed", reason)
    end)

    it("spreads each delay from half a second to its ceiling", function()
      assert.same({ 0.5, 0.5, 0.5, 0.5, 0.5 },
        (delays(retry.new { random = always(0) }, transient)))
      assert.same({ 0.5, 1, 2, 4, 8 },
        (delays(retry.new { random = always(0.5) }, transient)))
    end)

    it("takes attempts, first ceiling, growth and largest ceiling", function()
      assert.same({ 2, 6, 10, 10 }, (delays(retry.new { attempts = 5, base_s = 2,
        factor = 3, cap_s = 10, random = always(1) }, transient)))
    end)

    it("stays at the largest ceiling however many tries there are", function()
      local policy = retry.new { attempts = 5000, random = always(1) }
      assert.equal(60, policy(transient, 4999))
    end)

    it("never undercuts Retry-After", function()
      local policy = retry.new { random = always(0) }
      assert.equal(17, policy({ kind = "transient", retry_after_ms = 17000 }, 1))
      assert.equal(0.5, policy({ kind = "transient", retry_after_ms = 100 }, 1))
    end)

    it("tries an ambiguous outcome again when it is asked", function()
      assert.equal(1, retry.new { random = always(1) }(
        { kind = "ambiguous", reason = "no answer" }, 1))
    end)

    it("gives up at once where another try cannot help", function()
      local policy = retry.new()
      for _, kind in ipairs { "ok", "already", "throttled", "blocked", "absent",
        "stale", "too_large", "refused", "unauthorized", "misconfigured" } do
        local delay_s, reason = policy({ kind = kind, reason = "why " .. kind }, 1)
        assert.is_nil(delay_s)
        assert.equal("why " .. kind, reason)
      end
    end)

    it("tries once when there is one attempt", function()
      assert.is_nil((retry.new { attempts = 1 }(transient, 1)))
    end)

    it("draws its own random numbers", function()
      local policy = retry.new()
      for attempt = 1, 5 do
        local delay_s = policy(transient, attempt)
        assert.is_true(delay_s >= 0.5 and delay_s <= 2 ^ (attempt - 1))
      end
    end)

    it("raises for misuse, at the line of the caller", function()
      local cases = {
        { 6, "crier.retry takes a table" },
        { { attemps = 3 }, "crier.retry: unknown option 'attemps';"
          .. " did you mean 'attempts'?" },
        { { attempts = "3" }, "crier.retry: attempts must be a number from 0 on" },
        { { base_s = -1 }, "crier.retry: base_s must be a number from 0 on" },
        { { cap_s = 0 / 0 }, "crier.retry: cap_s must be a number from 0 on" },
        { { random = 4 }, "crier.retry: random must be a function" },
      }
      for _, case in ipairs(cases) do
        local ok, message = pcall(function()
          local policy = retry.new(case[1])
          return policy
        end)
        assert.is_false(ok)
        assert.equal(case[2], message:match "retry_spec%.lua:%d+: (.*)")
      end
    end)
  end)
end)
