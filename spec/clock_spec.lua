local clock = require("crier.core").clock

describe("crier.core.clock", function()
  describe("wall_ms()", function()
    it("is the Unix time in milliseconds", function()
      local before = os.time()
      local now = clock.wall_ms()
      local after = os.time()
      assert.equal("number", type(now))
      assert.is_true(now >= before * 1000)
      assert.is_true(now < (after + 1) * 1000)
    end)
  end)

  describe("now_ms()", function()
    it("starts at the wall time", function()
      local apart = clock.now_ms() - clock.wall_ms()
      assert.is_true(math.abs(apart) < 60000)
    end)

    it("never goes back", function()
      local last = clock.now_ms()
      for _ = 1, 10000 do
        local now = clock.now_ms()
        assert.is_true(now >= last)
        last = now
      end
    end)

    it("tells moments within a millisecond apart", function()
      local fraction = false
      for _ = 1, 1000 do
        fraction = fraction or clock.now_ms() % 1 ~= 0
      end
      assert.is_true(fraction)
    end)
  end)

  describe("read()", function()
    it("takes an instant as HTTP and as Teams write it", function()
      assert.equal(784111777000, clock.read "Sun, 06 Nov 1994 08:49:37 GMT")
      assert.equal(784111777000, clock.read "1994-11-06T08:49:37Z")
    end)

    it("gives nil for anything else", function()
      assert.is_nil(clock.read "yesterday")
      assert.is_nil(clock.read "")
    end)
  end)
end)
