local cjson = require "cjson"
local json = require "crier.format.json"

describe("crier.format.json", function()
  describe(".encode()", function()
    it("writes every kind of value", function()
      local cases = { { "a\"\n\0é", '"a\\"\\n\\u0000é"' }, { true, "true" },
        { false, "false" }, { 0, "0" }, { -7, "-7" }, { 1.0, "1" },
        { 1800000000000, "1800000000000" }, { 2 ^ 52, "4503599627370496" },
        { 0.5, "0.5" }, { 1e300, "1e+300" }, { {}, "[]" }, { { 1, {} }, "[1,[]]" },
        { { b = 1, a = { c = false } }, '{"a":{"c":false},"b":1}' } }
      for _, case in ipairs(cases) do
        assert.equal(case[2], json.encode(case[1]))
      end
      assert.equal("null", json.encode(nil))
    end)

    it("stays on one line and is read back the same", function()
      local value = { text = "a\r\n\226\128\168b", list = { "x", 2 }, n = 3 }
      local line = json.encode(value)
      assert.is_nil(line:find "[\r\n]")
      assert.same(value, cjson.decode(line))
    end)

    it("writes no number that is not JSON", function()
      assert.equal("null", json.encode(0 / 0))
      assert.equal("null", json.encode(math.huge))
      assert.equal("null", json.encode(-math.huge))
    end)
  end)

  describe(".ordered()", function()
    it("keeps the order and writes null for what is absent", function()
      assert.equal('{"b":1,"a":null,"c":[]}',
        json.ordered({ b = 1, c = {}, d = 9 }, { "b", "a", "c" }))
    end)
  end)
end)
