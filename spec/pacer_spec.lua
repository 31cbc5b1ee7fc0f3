local core = require("crier.core")

local CONNECTOR = {
  windows = { { limit = 50, period_ms = 1000 } },
  smooth = true,
}
local THREAD = {
  windows = {
    { limit = 7, period_ms = 1000 },
    { limit = 8, period_ms = 2000 },
    { limit = 60, period_ms = 30000 },
    { limit = 1800, period_ms = 3600000 },
  },
}

local function copy(from, changes)
  local to = {}
  for _, fields in ipairs({ from, changes or {} }) do
    for key, value in pairs(fields) do
      to[key] = value
    end
  end
  return to
end

local function new(fresh, changes)
  local p = core.pacer.new({ now_ms = 0, fresh = fresh or "empty" })
  p:define("connector", copy(CONNECTOR, changes))
  p:define("thread", THREAD)
  return p
end

--- Books, departs and is answered at once.
local function use(p, now, ...)
  local slot, at = p:reserve(now, 0, ...)
  if slot then
    p:departed(slot, at)
    p:answered(slot, at, 0)
  end
  return slot, at
end

local function count_ready(p, now, ...)
  local count = 0
  while use(p, now, ...) do
    count = count + 1
  end
  return count
end

describe("crier.core.pacer", function()
  describe("a smooth budget", function()
    it("spaces requests evenly", function()
      local p, last = new(), nil
      for _ = 1, 120 do
        local slot, at = p:reserve(last or 0, 30, "connector", "k")
        p:departed(slot, at)
        p:answered(slot, at + 1, 1)
        if last then
          assert.is_true(math.abs(at - last - 20.2) < 0.002)
        end
        last = at
      end
    end)
  end)

  describe("a budget of several windows", function()
    it("books seven at once, the eighth a second later", function()
      local p = new()
      assert.equal(7, count_ready(p, 0, "thread", "c"))
      local slot, ask, class = p:reserve(0, 0, "thread", "c")
      assert.is_nil(slot)
      assert.equal(1010, ask)
      assert.equal("thread", class)
      assert.equal(1, count_ready(p, 1010, "thread", "c"))
      assert.equal(6, count_ready(p, 2010, "thread", "c"))
    end)

    it("keeps to the hour", function()
      local p, sent = new(), 0
      for second = 0, 3600 do
        sent = sent + count_ready(p, second * 1000, "thread", "c")
      end
      assert.equal(1800, sent)
    end)
  end)

  describe("two budgets at once", function()
    it("name the one that holds a request and book in neither", function()
      local p = new()
      count_ready(p, 0, "thread", "c")
      local slot, ask, class = p:reserve(500, 20, "connector", "k", "thread", "c")
      assert.is_nil(slot)
      assert.equal(990, ask)
      assert.equal("thread", class)
      assert.equal(0, p:state("connector", "k", 500).used)
      slot, ask, class = p:reserve(990, 20, "connector", "k", "thread", "c")
      assert.equal("number", type(slot))
      assert.equal(1010, ask)
      assert.is_nil(class)
    end)
  end)

  describe("a fresh pacer", function()
    it("starts at once when nothing was used before", function()
      local _, at = new("empty"):reserve(5, 0, "connector", "k")
      assert.equal(5, at)
    end)
  end)

  describe(":throttled()", function()
    it("pauses for as long as told, and no shorter", function()
      local p = new()
      p:throttled(1000, 4321, "thread", "c")
      assert.equal(5321, p:paused_until("thread", "c"))
      p:throttled(1200, 100, "thread", "c")
      assert.equal(5321, p:paused_until("thread", "c"))
      local slot, ask = p:reserve(5300, 20, "thread", "c")
      assert.is_nil(slot)
      assert.equal(5301, ask)
      assert.equal(5321, select(2, p:reserve(5301, 20, "thread", "c")))
      assert.equal(0, p:paused_until("thread", "another"))
    end)

    it("pauses for a second when nothing is told", function()
      local p = new()
      p:throttled(1000, nil, "connector", "k")
      assert.equal(2000, p:paused_until("connector", "k"))
    end)

    it("halves the rate once a pause and no lower than a sixteenth", function()
      local p = new("empty", { grace_ms = 0 })
      local full = p:state("connector", "k", 0).full_rate
      local now, shares = 0, {}
      for i = 1, 6 do
        p:throttled(now, 1000, "connector", "k")
        p:throttled(now + 500, 500, "connector", "k")
        shares[i] = p:state("connector", "k", now).rate / full
        now = now + 1000
      end
      assert.same({ 1 / 2, 1 / 4, 1 / 8, 1 / 16, 1 / 16, 1 / 16 }, shares)
    end)

    it("lets the rate recover by a twentieth a second after the pause", function()
      local p = new("empty", { grace_ms = 0 })
      p:throttled(0, 3000, "connector", "k")
      for _, case in ipairs({ { 3, 0.5 }, { 5, 0.6 }, { 12, 0.95 }, { 13, 1 }, { 20, 1 } }) do
        local state = p:state("connector", "k", case[1] * 1000)
        assert.is_true(math.abs(state.rate / state.full_rate - case[2]) < 1e-6)
      end
    end)

    it("allows half as many while the rate is halved", function()
      local p = new("empty", { grace_ms = 0 })
      p:throttled(0, 0, "connector", "k")
      use(p, 0, "connector", "k")
      assert.equal(40.4, (select(2, p:reserve(0, 50, "connector", "k"))))
      p:throttled(0, 0, "thread", "c")
      assert.equal(3, count_ready(p, 0, "thread", "c"))
    end)

    it("takes the grace first and then the rate", function()
      local p = new()
      local full = p:state("connector", "k", 0).full_rate
      p:throttled(0, 1000, "connector", "k")
      assert.equal(full, p:state("connector", "k", 0).rate)
      p:throttled(1500, 1000, "connector", "k")
      assert.equal(full / 2, p:state("connector", "k", 1500).rate)
    end)
  end)

  describe("a slot", function()
    it("that is returned as the newest was never used", function()
      local p = new()
      local first = p:reserve(0, 0, "connector", "k", "thread", "c")
      p:departed(first, 0)
      local second, at = p:reserve(0, 50, "connector", "k", "thread", "c")
      p:returned(second, 1)
      assert.equal(1, p:state("thread", "c", 1).used)
      assert.equal(at, (select(2, p:reserve(1, 50, "connector", "k"))))
    end)

    it("that is returned later counts as used", function()
      local p = new()
      local first = p:reserve(0, 0, "thread", "c")
      p:departed(p:reserve(0, 0, "thread", "c"), 0)
      p:returned(first, 1)
      assert.equal(2, p:state("thread", "c", 1).used)
    end)

    it("that has not left keeps its place", function()
      local p = new()
      local held = p:reserve(0, 0, "thread", "c")
      assert.equal(6, count_ready(p, 0, "thread", "c"))
      assert.equal(1, count_ready(p, 1500, "thread", "c"))
      p:departed(held, 1500)
      p:answered(held, 1600, 100)
      assert.equal(5, count_ready(p, 2509, "thread", "c"))
    end)

    it("is concluded once", function()
      local p = new()
      local slot = p:reserve(0, 0, "connector", "k")
      p:lost(slot, 5)
      for _, verb in ipairs({ "departed", "answered", "lost", "returned" }) do
        assert.has_error(function() p[verb](p, slot, 6) end,
          "pacer: no such slot, or it was concluded before")
      end
    end)
  end)

  describe(":state()", function()
    it("tells the fullest window, the rates and the wait", function()
      local p = new()
      use(p, 0, "connector", "k")
      local state = p:state("connector", "k", 5)
      assert.is_true(math.abs(state.rate - 50 / 1.01) < 0.001)
      assert.equal(state.rate, state.full_rate)
      state.rate, state.full_rate = nil, nil
      assert.same({ limit = 50, period_ms = 1000, used = 1, paused_until = 0,
        waiting_ms = 15.2 }, state)
      count_ready(p, 0, "thread", "c")
      assert.equal(7, p:state("thread", "c", 10).used)
      use(p, 1500, "thread", "c")
      assert.equal(2000, p:state("thread", "c", 1600).period_ms)
    end)
  end)

  describe("time", function()
    it("that goes back stands still", function()
      local p = new()
      local slot, at = p:reserve(1000, 0, "connector", "k")
      p:departed(slot, 400)
      p:answered(slot, 300, 0)
      assert.equal(1000, at)
      assert.equal(1020.2, (select(2, p:reserve(10, 30, "connector", "k"))))
    end)
  end)

  describe("memory", function()
    it("stays flat over a million conversations", function()
      local p, most = new(), 0
      for i = 1, 1000000 do
        local now = i * 20.2
        local slot = assert(p:reserve(now, 20, "connector", "k", "thread", "c" .. i))
        p:departed(slot, now)
        p:answered(slot, now + 10, 10)
        most = math.max(most, p:size())
      end
      assert.is_true(most < 6000, most)
    end)

    it("forgets a conversation only when that changes nothing", function()
      local function forgotten(sent, idle_ms)
        local p, now = new(), 0
        for i = 1, sent do
          now = i * 1010
          assert(use(p, now, "thread", "c"))
        end
        for _ = 1, 100 do
          use(p, now + idle_ms, "connector", "k")
        end
        return p:size() == 1
      end
      assert.is_false(forgotten(1, 29000))
      assert.is_true(forgotten(1, 31000))
      assert.is_true(forgotten(15, 31000))
      assert.is_false(forgotten(16, 31000))
      assert.is_true(forgotten(16, 33000))
    end)

    it("keeps what is paused or open", function()
      local p = new()
      p:throttled(0, 100000, "thread", "paused")
      p:reserve(0, 0, "thread", "open")
      for _ = 1, 100 do
        use(p, 90000, "connector", "k")
      end
      assert.equal(3, p:size())
    end)
  end)

  describe("without limits", function()
    it("lets everything depart at once", function()
      local p = core.pacer.new({ now_ms = 0, limits = "off" })
      for i = 1, 1000 do
        local slot, at = p:reserve(i, 0, "connector", "k", "thread", "c")
        assert.equal(i, at)
        p:departed(slot, i)
        p:answered(slot, i, 1)
      end
      assert.equal(0, p:size())
    end)

    it("keeps a pause that the service asked for", function()
      local p = new()
      p:off()
      p:throttled(1000, 30000, "connector", "k")
      local slot, ask, class = p:reserve(1000, 25, "thread", "c", "connector", "k")
      assert.is_nil(slot)
      assert.equal(30975, ask)
      assert.equal("connector", class)
      assert.equal(31000, select(2, p:reserve(30975, 25, "connector", "k")))
      assert.equal(30975, select(2, p:reserve(30975, 0, "connector", "another")))
      assert.equal(30975, select(2, p:reserve(30975, 0, "thread", "c")))
      for now = 31000, 32000 do
        assert.equal(now, select(2, p:reserve(now, 0, "connector", "k")))
      end
    end)

    it("ends what is open", function()
      local p = new()
      local slot = p:reserve(0, 0, "connector", "k")
      p:off()
      p:departed(slot, 0)
      p:lost(slot, 1)
      assert.equal(1, select(2, p:reserve(1, 0, "connector", "k")))
    end)
  end)

  describe("misuse", function()
    it("raises", function()
      local p = new()
      assert.has_error(function() p:reserve(0, 0, "mail", "k") end,
        "pacer: no such class of budgets")
      assert.has_error(function() p:define("thread", THREAD) end,
        "pacer: this class of budgets is defined already")
      assert.has_error(function() p:define("x", { windows = {} }) end)
      assert.has_error(function() p:define("x", {}) end)
      assert.has_error(function()
        p:define("x", { windows = { { limit = 0, period_ms = 1000 } } })
      end)
      assert.has_error(function() p:reserve(-1, 0, "thread", "c") end)
      assert.has_error(function() p:reserve(0, 0, "thread") end)
      assert.has_error(function() core.pacer.new({}) end)
      assert.has_error(function() core.pacer.new({ now_ms = 0, fresh = "no" }) end)
    end)

    it("of a closed pacer raises", function()
      local p = new()
      assert.equal("crier.pacer (open)", tostring(p))
      p:close()
      p:close()
      assert.equal("crier.pacer (closed)", tostring(p))
      assert.has_error(function() p:size() end)
    end)
  end)
end)
