local tolerance = require "crier.campaign.tolerance"

describe("crier.campaign.tolerance #portable", function()
  it("takes counts and shares", function()
    for _, value in ipairs { {}, { failed = 0 }, { failed = "2%", unknown = 3 },
      { unknown = "0.5 %" }, { failed = "100%" } } do
      assert.is_nil(tolerance.check(value))
    end
    assert.is_nil(tolerance.check(nil))
  end)

  it("refuses what is neither", function()
    for _, value in ipairs { -1, 1.5, "2", "101%", "-1%", "%", true, math.huge, 0 / 0 } do
      assert.equal('tolerate: failed must be a count or a share, such as 3 or "2%"',
        tolerance.check { failed = value })
    end
    assert.equal('tolerate takes { failed = "2%", unknown = 3 }', tolerance.check(0.02))
    assert.equal("tolerate: unknown option 'fialed'; did you mean 'failed'?",
      tolerance.check { fialed = 1 })
  end)

  local function holds(tolerate, failed, unknown)
    return tolerance.holds(tolerate, { targeted = 220, excluded = 20, failed = failed,
      unknown = unknown })
  end

  it("reckons shares of those to be reached", function()
    assert.is_true(holds({ failed = "2%" }, 4, 0))
    assert.is_false(holds({ failed = "2%" }, 5, 0))
    assert.is_true(holds({ failed = "0.5%", unknown = 3 }, 1, 3))
    assert.is_false(holds({ failed = "0.5%", unknown = 3 }, 1, 4))
  end)

  it("tolerates nobody of whom it says nothing", function()
    assert.is_false(holds({ failed = "2%" }, 0, 1))
    assert.is_false(holds(nil, 1, 0))
    assert.is_true(holds(nil, 0, 0))
  end)
end)
