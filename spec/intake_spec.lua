-- `crier serve` at the end of a bad line, killed in the middle: see spec/bench/intake.lua,
-- which does the same at full rate.
local intake = require "support.intake"

describe("crier serve at the end of a bad line", function()
  local result

  setup(function()
    result = intake.run { rate = 400, events = 200, people = 40, latest_ms = 300, kills = 1,
      besiegers = 10000 }
  end)

  -- How many of a kind were told something.
  local function told(kind, answer)
    return result.answers[kind][answer]
  end

  it("has what it acknowledged once, worked on, and nothing of what it refused", function()
    assert.same({ lost = 0, twice = 0, idle = 0, refused = 0, strange = 0, state = 0,
      traces = 0, unexpected = 0 }, result.wrong, table.concat(result.unexpected, "\n"))
    assert.same({ 162, 162 }, { result.acknowledged, result.stored })
    assert.equal(0, result.exit)
  end)

  it("acknowledges copies, and what comes late or byte by byte", function()
    assert.same({ 138, 40, 20, 4 }, { told("good", "200"), told("copy", "200"),
      told("late", "200"), told("slow", "200") })
  end)

  it("refuses what is malformed, too large, or not believed", function()
    assert.same({ 5, 5, 5 }, { told("malformed", "400"), told("oversized", "413"),
      told("unbelieved", "401") })
    assert.equal(5, (told("half", "cut") or 0) + (told("half", "closed") or 0))
  end)

  it("answers beside thousands of connections on which nothing comes, in little memory", function()
    assert.is_true(result.besiegers > 900, result.besiegers) -- as the system allows
    assert.is_true(result.peak_kib < 400 * 1024, result.peak_kib) -- a sanitizer's own included
  end)

  it("is come back to after it was killed", function()
    assert.equal(1, result.killed)
    assert.is_true(told("good", "COULDNT_CONNECT") >= 1)
  end)
end)
