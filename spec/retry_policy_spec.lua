local detour = require "crier.campaign.detour"
local retry_policy = require "crier.campaign.retry_policy"
local retry = require "crier.retry"

local ROW = { key = "user:1", phase = "send", attempts = 2,
  fields = '{"id":"1","displayName":"Ana","userPrincipalName":"ana@x.example"}' }

local function outcome(changes)
  local made = { kind = "transient", reason = "service failed", status = 500,
    code = "ServiceError", scope = "app", phase = "send", text = "oops", remedy = "wait",
    generation = 3 }
  for name, value in pairs(changes or {}) do
    made[name] = value
  end
  return made
end

describe("crier.campaign.retry_policy.new() #portable", function()
  local function new(fn, definition)
    definition = definition or {}
    definition.retry = fn
    return retry_policy.new(definition)
  end

  local function answer(...)
    local results, count = { ... }, select("#", ...)
    return new(function()
      return (table.unpack or unpack)(results, 1, count) -- luacheck: ignore 113 143
    end)(outcome(), 1, ROW)
  end

  it("shows the script's function the outcome, the attempt and the person", function()
    local seen
    new(function(...)
      seen = { ... }
    end)(outcome { retry_after_ms = 2000, heals = true }, 4, ROW)
    assert.same({ kind = "transient", reason = "service failed", status = 500,
      code = "ServiceError", scope = "app", phase = "send", retry_after_ms = 2000,
      text = "oops", remedy = "wait", attempts = 2, heals = true }, seen[1])
    assert.equal(4, seen[2])
    assert.same({ "1", "Ana" }, { seen[3].id, seen[3].displayName })
  end)

  it("shows a copy, which the script may change", function()
    local made = outcome()
    new(function(shown)
      shown.kind, shown.reason = "ok", nil
    end)(made, 1, ROW)
    assert.same({ "transient", "service failed" }, { made.kind, made.reason })
  end)

  it("passes delays and reasons on", function()
    assert.equal(2.5, (answer(2.5)))
    assert.same({ nil, "enough" }, { answer(nil, "enough") })
    assert.same({ nil, "service failed" }, { answer(nil) })
    assert.same({ nil, "service failed" }, { answer() })
  end)

  it("takes a negative delay for none, and a week for the longest", function()
    assert.equal(0, (answer(-3)))
    assert.equal(7 * 24 * 3600, (answer(1e12)))
  end)

  it("fails with file and line at what is no answer", function()
    for value, shown in pairs { [false] = "a boolean", ["3"] = "a string",
      [math.huge] = "inf", [answer] = "a function", [{}] = "a table" } do
      local delay_s, reason, text = answer(value)
      assert.is_nil(delay_s)
      assert.equal("retry policy failed", reason)
      assert.matches("^spec/retry_policy_spec%.lua:%d+: it returned " .. shown
        .. ", and not seconds", text)
    end
    local _, reason, text = answer(0 / 0)
    assert.equal("retry policy failed", reason)
    assert.matches("it returned %-?nan, and not", text)
    text = select(3, answer(nil, 7))
    assert.matches("its reason is a number and not a text$", text)
  end)

  it("fails with file and line when the function raises", function()
    local delay_s, reason, text = new(function(shown)
      return shown.nothing.there
    end)(outcome(), 1, ROW)
    assert.is_nil(delay_s)
    assert.equal("retry policy failed", reason)
    assert.matches("^spec/retry_policy_spec%.lua:%d+: attempt to index", text)
  end)

  it("passes detours on that the campaign allows", function()
    local function reinstall() return detour.reinstall end
    assert.equal(detour.reinstall, (new(reinstall, { install = true })(outcome(), 1, ROW)))
    local delay_s, reason, text = new(reinstall)(outcome(), 1, ROW)
    assert.is_nil(delay_s)
    assert.equal("retry policy failed", reason)
    assert.matches("^spec/retry_policy_spec%.lua:%d+: crier%.reinstall needs a campaign with"
      .. " install = true$", text)
  end)

  it("gives up for the outcome's reason after 100 tries, whatever it answers", function()
    local always = new(function() return 0 end)
    assert.equal(0, (always(outcome(), 99, ROW)))
    assert.same({ nil, "service failed", "given up after 100 tries, the most that there are" },
      { always(outcome(), 100, ROW) })
  end)

  it("is the default where the script has none, and takes that from a script", function()
    for _, made in ipairs { retry_policy.new {}, new(retry.new {}) } do
      assert.is_true(made(outcome(), 1, ROW) >= 0.5)
      assert.is_nil((made(outcome { heals = true }, 1, ROW)))
      local delay_s, reason, text = made(outcome { kind = "blocked", reason = "blocked" }, 1, ROW)
      assert.same({ nil, "blocked", nil }, { delay_s, reason, text })
    end
  end)
end)
