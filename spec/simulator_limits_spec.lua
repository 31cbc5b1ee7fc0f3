local faults = require "crier.simulator.faults"
local limits = require "crier.simulator.limits"
local windows = require "crier.simulator.windows"

describe("crier.simulator.windows #portable", function()
  -- How many of `count` requests, one each `gap_ms`, are let in from `now_ms`.
  local function admitted(window, now_ms, count, gap_ms)
    local n = 0
    for i = 0, count - 1 do
      local at_ms = now_ms + i * gap_ms
      if window:wait_ms(at_ms, 1) == 0 then
        window:take(at_ms, 1)
        n = n + 1
      end
    end
    return n
  end

  it("bucket is full at first and refills evenly", function()
    local window = windows.new("bucket", 50, 1000)
    assert.equal(50, admitted(window, 0, 60, 0))
    assert.equal(20, window:wait_ms(0, 1))
    assert.is_true(math.abs(window:wait_ms(19.9, 1) - 0.1) < 1e-9)
    assert.equal(0, window:wait_ms(20, 1))
    assert.equal(25, admitted(window, 500, 60, 0))
    assert.equal(50, admitted(window, 9000, 60, 0))
  end)

  it("bucket lets an exact pace through for ever, thirds included", function()
    local window = windows.new("bucket", 30, 1000)
    assert.equal(30, admitted(window, 0, 30, 0))
    assert.equal(30000, admitted(window, 1000 / 30, 30000, 1000 / 30))
  end)

  it("fixed starts anew at whole multiples of the window", function()
    local window = windows.new("fixed", 7, 1000)
    assert.equal(7, admitted(window, 999, 9, 0))
    assert.equal(1, window:wait_ms(999, 1))
    assert.equal(7, admitted(window, 1000, 9, 0))
    assert.equal(1000, window:wait_ms(1000, 1))
    assert.equal(0.5, window:wait_ms(1999.5, 1))
    assert.equal(0, window:wait_ms(2000, 1))
  end)

  it("sliding never holds more than the limit in any stretch", function()
    local window = windows.new("sliding", 3, 1000)
    assert.equal(3, admitted(window, 0, 3, 100))
    assert.equal(700, window:wait_ms(300, 1))
    assert.equal(0.5, window:wait_ms(999.5, 1))
    assert.equal(0, window:wait_ms(1000, 1))
    window:take(1000, 1)
    assert.equal(100, window:wait_ms(1000, 1))
    assert.equal(0, window:wait_ms(1100, 1))
  end)

  it("sliding lets the exact pace through for ever, and no faster one", function()
    assert.equal(500, admitted(windows.new("sliding", 50, 1000), 0, 500, 20))
    assert.is_true(admitted(windows.new("sliding", 50, 1000), 0, 500, 19) < 500)
  end)

  it("waits for as much as a costly request needs", function()
    local sliding = windows.new("sliding", 10, 1000)
    sliding:take(0, 4)
    sliding:take(100, 4)
    assert.equal(0, sliding:wait_ms(200, 2))
    assert.equal(800, sliding:wait_ms(200, 3))
    assert.equal(900, sliding:wait_ms(200, 7))
    local bucket = windows.new("bucket", 10, 1000)
    bucket:take(0, 8)
    assert.equal(300, bucket:wait_ms(0, 5))
  end)

  it("refuses another kind", function()
    assert.has_error(function() windows.new("round", 1, 1) end,
      "window must be bucket, fixed or sliding")
  end)
end)

describe("crier.simulator.limits #portable", function()
  local SEND = { "connector", "conversation" }

  local function make(window, users)
    return limits.new({ users = users or 100, window = window })
  end

  it("holds all four windows of a conversation", function()
    for window, in_first_second in pairs({ bucket = 7, fixed = 7, sliding = 7 }) do
      local budget = make(window)
      for _ = 1, in_first_second do
        assert.is_nil(budget:admit(0, SEND, 1, 5))
      end
      assert.same({ 1, "conversation" }, { budget:admit(0, SEND, 1, 5) })
      assert.is_nil(budget:admit(0, SEND, 1, 6))
    end
    local sliding = make("sliding")
    for _ = 1, 7 do sliding:admit(0, SEND, 1, 5) end
    assert.is_nil(sliding:admit(1000, SEND, 1, 5)) -- 8 in 2 s
    assert.same({ 1, "conversation" }, { sliding:admit(1001, SEND, 1, 5) })
    assert.is_nil(sliding:admit(2000, SEND, 1, 5))
  end)

  it("holds 60 in 30 s and 1800 in an hour", function()
    local budget = make("sliding")
    local now_ms, admitted = 0, 0
    for _ = 1, 60 do
      assert.is_nil(budget:admit(now_ms, SEND, 1, 5))
      now_ms, admitted = now_ms + 260, admitted + 1
    end
    assert.same({ 15, "conversation" }, { budget:admit(now_ms, SEND, 1, 5) })
    while admitted < 1800 do
      now_ms = now_ms + 500
      if not budget:admit(now_ms, SEND, 1, 5) then
        admitted = admitted + 1
      end
    end
    assert.is_true(now_ms < 1000000)
    local wait_s = budget:admit(now_ms + 60000, SEND, 1, 5)
    assert.equal(math.ceil((3600000 - now_ms - 60000) / 1000), wait_s)
    assert.is_nil(budget:admit(3600000, SEND, 1, 5))
  end)

  it("remembers a conversation with one message as well as one with many", function()
    local budget = make("sliding")
    for i = 0, 6 do
      assert.is_nil(budget:admit(i, SEND, 1, 9))
    end
    assert.equal(1, (budget:admit(999, SEND, 1, 9)))
    assert.equal(8, budget.highest.conversation)
  end)

  it("spends nothing on what it refuses, of either budget", function()
    local budget = make("sliding")
    for _ = 1, 7 do budget:admit(0, SEND, 1, 1) end
    for _ = 1, 100 do assert.equal(1, (budget:admit(0, SEND, 1, 1))) end
    for k = 2, 44 do assert.is_nil(budget:admit(0, SEND, 1, k)) end
    assert.same({ 1, "connector" }, { budget:admit(0, SEND, 1, 45) })
    assert.equal(100, budget.violations.conversation)
    assert.equal(1, budget.violations.connector)
    assert.equal(151, budget.highest.connector)
  end)

  it("holds installs and reads of apps to 30 a second", function()
    for _, name in ipairs({ "install", "apps_read" }) do
      local budget = make("fixed")
      for _ = 1, 30 do assert.is_nil(budget:admit(0, name)) end
      assert.same({ 1, name }, { budget:admit(0, name) })
    end
  end)

  it("holds resource units by the size of the tenant", function()
    for users, units in pairs({ [49] = 3500, [50] = 5000, [500] = 5000, [501] = 8000 }) do
      local budget = make("fixed", users)
      for _ = 1, units / 2 do assert.is_nil(budget:admit(1, "users_units", 2)) end
      assert.same({ 10, "users_units" }, { budget:admit(1, "users_units", 1) })
    end
  end)

  it("never tells to come earlier than it would let in", function()
    for _, window in ipairs(windows.kinds) do
      local budget = make(window)
      local now_ms = 0
      for i = 1, 500 do
        now_ms = now_ms + (i % 7)
        local wait_s = budget:admit(now_ms, SEND, 1, i % 3)
        if wait_s then
          now_ms = now_ms + wait_s * 1000
          assert.is_nil(budget:admit(now_ms, SEND, 1, i % 3))
        end
      end
    end
  end)
end)

describe("crier.simulator.faults #portable", function()
  it("reads names and shares", function()
    local drawn = faults.parse(" 429=0.02, cut-after=.5,blocked=1", 1)
    assert.same({ ["429"] = 0.02, ["cut-after"] = 0.5, blocked = 1 }, drawn.shares)
    assert.same({}, faults.parse("", 1).shares)
    assert.same({}, faults.parse(nil, 1).shares)
  end)

  it("refuses everything else, in one line", function()
    local cases = {
      ["429"] = "fault '429' is not name=probability",
      ["429=2"] = "fault '429': probability '2' is not between 0 and 1",
      ["429=-1"] = "fault '429': probability '-1' is not between 0 and 1",
      ["429=x"] = "fault '429': probability 'x' is not between 0 and 1",
      ["429=."] = "fault '429': probability '.' is not between 0 and 1",
      ["429=0x1"] = "fault '429': probability '0x1' is not between 0 and 1",
      ["429="] = "fault '429': probability '' is not between 0 and 1",
      ["cut-afer=0.1"] = "unknown fault 'cut-afer'; did you mean 'cut-after'?",
      ["200=0.1"] = "unknown fault '200'; did you mean '500'?",
      ["429=0.1,429=0.1"] = "fault '429' is there twice",
      ["429=0.6,500=0.6"] = "the faults of requests add up to more than 1",
      ["429=0.6,send:500=0.6"] = "the faults of requests add up to more than 1",
      ["send:503=1,send:503=1"] = "fault 'send:503' is there twice",
    }
    for spec, message in pairs(cases) do
      assert.same({ nil, message, "FAULTS_REFUSED" }, { faults.parse(spec, 1) }, spec)
    end
    local _, message = faults.parse("earthquake=1", 1)
    assert.is_truthy(message:find("unknown fault 'earthquake'; there are 408, 412,", 1, true))
  end)

  it("befall one operation alone, whatever it is, when it is named", function()
    local drawn = assert(faults.parse("identity:410=1,send:429=1,blocked=0.5", 1))
    assert.equal("410", drawn:draw("identity", 0))
    assert.equal("429", drawn:draw("send", 5))
    assert.is_nil(drawn:draw("token", 0))
    assert.is_nil(drawn:draw("create", 5))
    local everywhere = assert(faults.parse("410=1", 1))
    assert.equal("410", everywhere:draw("send", 5))
    assert.is_nil(everywhere:draw("identity", 0))
    assert.equal("FAULTS_REFUSED", select(3, faults.parse("send:blocked=1", 1)))
  end)

  it("befall the share of requests that was asked for", function()
    local drawn = faults.parse("429=0.02,cut-after=0.01,500=0.1", 7)
    local counts = { none = 0 }
    for k = 1, 20000 do
      local name = drawn:draw("send", k) or "none"
      counts[name] = (counts[name] or 0) + 1
    end
    assert.is_true(math.abs(counts["429"] - 400) < 80)
    assert.is_true(math.abs(counts["cut-after"] - 200) < 60)
    assert.is_true(math.abs(counts["500"] - 2000) < 200)
  end)

  it("are decided anew at each attempt, for each operation and seed", function()
    local function pattern(seed, operation, target)
      local drawn = faults.parse("500=0.5", seed)
      local out = ""
      for _ = 1, 40 do
        out = out .. (drawn:draw(operation, target) and "x" or ".")
      end
      return out
    end
    local first = pattern(1, "send", 1)
    assert.equal(first, pattern(1, "send", 1))
    assert.is_truthy(first:find("x", 1, true) and first:find(".", 1, true))
    assert.are_not.equal(first, pattern(1, "create", 1))
    assert.are_not.equal(first, pattern(1, "send", 2))
    assert.are_not.equal(first, pattern(2, "send", 1))
  end)

  it("spare the token endpoint all but 429, 5xx, cut-before and slow", function()
    for name, befalls in pairs({ ["429"] = true, ["503"] = true, ["cut-before"] = true,
      slow = true, ["408"] = false, ["412"] = false, ["502-after"] = false,
      ["cut-after"] = false }) do
      local drawn = faults.parse(name .. "=1", 1)
      assert.equal(befalls and name or nil, (drawn:draw("token", 0)))
      assert.equal(name, (drawn:draw("send", 0)))
    end
  end)

  it("of people strike the same people always", function()
    local drawn = faults.parse("blocked=0.2,policy=0.2", 1)
    local blocked, both = 0, 0
    for k = 1, 10000 do
      local is_blocked = drawn:has("blocked", k)
      assert.equal(is_blocked, drawn:has("blocked", k))
      blocked = blocked + (is_blocked and 1 or 0)
      both = both + (is_blocked and drawn:has("policy", k) and 1 or 0)
      assert.is_false(drawn:has("stale", k))
    end
    assert.is_true(math.abs(blocked - 2000) < 200)
    assert.is_true(math.abs(both - 400) < 100)
  end)
end)
