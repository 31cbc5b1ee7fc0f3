local amount = require "crier.format.amount"

describe("crier.format.amount #portable", function()
  describe(".ms()", function()
    it("reads seconds, minutes, hours and days", function()
      local cases = { ["0s"] = 0, ["90s"] = 90000, ["30m"] = 1800000, ["2 h"] = 7200000,
        ["7d"] = 604800000, ["366d"] = 366 * 86400000 }
      for value, ms in pairs(cases) do
        assert.equal(ms, amount.ms(value))
      end
    end)

    it("takes nothing else", function()
      for _, value in ipairs { "", "30", "m", "-1m", "1.5h", "1w", "30 M", "367d", "1h30m",
        30, true, {} } do
        assert.is_nil(amount.ms(value))
      end
    end)
  end)

  describe(".share()", function()
    it("reads per cent", function()
      local cases = { ["0%"] = 0, ["2%"] = 0.02, ["0.5%"] = 0.005, ["100 %"] = 1 }
      for value, share in pairs(cases) do
        assert.equal(share, amount.share(value))
      end
    end)

    it("takes nothing else", function()
      for _, value in ipairs { "", "2", "%", "-1%", "101%", "1e1%", "2%%", 0.02, true } do
        assert.is_nil(amount.share(value))
      end
    end)
  end)

  it("says spans in the unit that they were meant in", function()
    local cases = { [604800000] = "7 days", [86400000] = "1 day", [5400000] = "90 minutes",
      [3600000] = "1 hour", [1000] = "1 second", [1500] = "2 seconds" }
    for ms, said in pairs(cases) do
      assert.equal(said, amount.span(ms))
    end
  end)

  it("says shares with one decimal at most", function()
    assert.same({ "2%", "0.5%", "33.3%", "100%" }, { amount.percent(0.02),
      amount.percent(0.005), amount.percent(1 / 3), amount.percent(1) })
  end)
end)
