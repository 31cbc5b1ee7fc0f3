local breaker = require "crier.campaign.breaker"

-- Notes `count` outcomes; gives what was said, and after how many.
local function note(self, count, reason)
  for i = 1, count do
    local why = self:note(reason)
    if why then
      return why, i
    end
  end
end

describe("crier.campaign.breaker #portable", function()
  describe(":note()", function()
    it("stops when the first 20 all fail for one reason", function()
      local why, after = note(breaker.new(), 20, "blocked")
      assert.equal("the first 20 people all failed: blocked", why)
      assert.equal(20, after)
    end)

    it("goes on when one of the first 20 is delivered", function()
      local self = breaker.new()
      assert.is_nil(self:note(nil))
      assert.is_nil((note(self, 60, "blocked")))
    end)

    it("goes on when the first 20 fail for two reasons", function()
      local self = breaker.new()
      assert.is_nil(self:note("absent"))
      assert.is_nil((note(self, 60, "blocked")))
    end)

    it("stops when more than half of the last 200 fail for one reason", function()
      local self = breaker.new()
      assert.is_nil((note(self, 1000, nil)))
      local why, after = note(self, 200, "app disabled")
      assert.equal("101 of the last 200 people failed: app disabled", why)
      assert.equal(101, after)
    end)

    it("takes exactly half for ordinary", function()
      local self = breaker.new()
      for _ = 1, 500 do
        assert.is_nil(self:note(nil))
        assert.is_nil(self:note("blocked"))
      end
    end)

    it("does not add reasons up", function()
      local self = breaker.new()
      for _ = 1, 500 do
        for _, reason in ipairs { "blocked", "absent", "too large" } do
          assert.is_nil(self:note(reason))
        end
      end
    end)

    it("judges by the share only when 200 were seen", function()
      local self = breaker.new()
      assert.is_nil(self:note(nil))
      local why, after = note(self, 300, "blocked")
      assert.equal("199 of the last 200 people failed: blocked", why)
      assert.equal(199, after)
    end)

    it("forgets what lies further back than 200", function()
      local self = breaker.new()
      assert.is_nil(self:note(nil))
      assert.is_nil((note(self, 100, "blocked")))
      assert.is_nil((note(self, 200, nil)))
      assert.is_nil((note(self, 100, "blocked")))
      assert.equal("101 of the last 200 people failed: blocked",
        self:note("blocked"))
    end)
  end)
end)
