local campaign_run = require "crier.campaign.run"

describe("crier.campaign.run", function()
  describe(".safe_policy()", function()
    local outcome = { kind = "transient", reason = "service failed" }

    local function answer(...)
      local results, count = { ... }, select("#", ...)
      return campaign_run.safe_policy(function()
        return (table.unpack or unpack)(results, 1, count) -- luacheck: ignore 113 143
      end)(outcome, 1)
    end

    it("passes delays and reasons on", function()
      assert.equal(2.5, (answer(2.5)))
      assert.same({ n = 2, nil, "enough" }, { n = select("#", answer(nil, "enough")),
        answer(nil, "enough") })
    end)

    it("takes a negative delay for none", function()
      assert.equal(0, (answer(-3)))
    end)

    it("gives up for the outcome's reason at what is no delay", function()
      for _, value in ipairs { false, "3", 0 / 0, math.huge, {} } do
        local delay_s, reason = answer(value, 7)
        assert.is_nil(delay_s)
        assert.equal("service failed", reason)
      end
      assert.is_nil((answer()))
    end)

    it("gives up when the policy raises", function()
      local delay_s, reason = campaign_run.safe_policy(error)(outcome, 1)
      assert.is_nil(delay_s)
      assert.equal("retry policy failed", reason)
    end)
  end)
end)
