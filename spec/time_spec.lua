local time = require "crier.format.time"

describe("crier.format.time #portable", function()
  describe(".iso()", function()
    it("writes an instant in UTC with milliseconds", function()
      assert.equal("1970-01-01T00:00:00.000Z", time.iso(0))
      assert.equal("2027-01-15T08:00:00.000Z", time.iso(1800000000000))
      assert.equal("2027-01-15T08:00:00.007Z", time.iso(1800000000007))
      assert.equal("2027-01-15T08:00:00.999Z", time.iso(1800000000999.75))
    end)

    it("leaves nil as it is", function()
      assert.is_nil(time.iso(nil))
    end)
  end)

  describe(".span()", function()
    it("writes the two largest units that matter", function()
      local cases = { { 0, "0 s" }, { 0.2, "1 s" }, { 42, "42 s" },
        { 59.5, "1 min 00 s" }, { 185, "3 min 05 s" }, { 3599, "59 min 59 s" },
        { 3600, "1 h 00 min" }, { 7800, "2 h 10 min" }, { 360000, "100 h 00 min" } }
      for _, case in ipairs(cases) do
        assert.equal(case[2], time.span(case[1]))
      end
    end)
  end)
end)
