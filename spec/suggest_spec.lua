local suggest = require "crier.suggest"

describe("crier.suggest #portable", function()
  describe(".nearest()", function()
    it("finds a word by edit distance, letter case aside", function()
      local words = { "audience", "message", "name" }
      assert.equal("audience", suggest.nearest("audeince", words))
      assert.equal("message", suggest.nearest("MESAGE", words))
      assert.equal("name", suggest.nearest("nam", words))
    end)

    it("suggests nothing that is further than a third of the word", function()
      assert.is_nil(suggest.nearest("nmae", { "name" }))
      assert.is_nil(suggest.nearest("xyz", { "name" }))
      assert.is_nil(suggest.nearest("", {}))
    end)

    it("takes the first in the alphabet of equally near ones", function()
      assert.equal("bat", suggest.nearest("zat", { "cat", "bat", "hat" }))
    end)
  end)

  describe(".unknown_key()", function()
    it("is silent about known keys", function()
      assert.is_nil(suggest.unknown_key("crier.x", { min = 1 }, { "min", "max" }))
    end)

    it("names the function and the key, and suggests a near one", function()
      assert.equal("crier.x: unknown option 'mim'; did you mean 'min'?",
        suggest.unknown_key("crier.x", { mim = 1 }, { "min", "max" }))
      assert.equal("crier.x: unknown option 'colour'",
        suggest.unknown_key("crier.x", { colour = 1 }, { "min", "max" }))
    end)

    it("takes a position in a list for a key", function()
      assert.equal("crier.x: unknown option '1'",
        suggest.unknown_key("crier.x", { "guest" }, { "min", "max" }))
    end)
  end)
end)
