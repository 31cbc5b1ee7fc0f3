local progress = require "crier.cli.progress"
local text = require "crier.format.text"
local time = require "crier.format.time"

local function bare(line)
  return (line:gsub("\27%[%d*%a", ""))
end

local function is_whole_utf8(line)
  return utf8 == nil or utf8.len(line) ~= nil -- luacheck: ignore 113
end

describe("crier.format.text #portable", function()
  it("writes numbers with thousands separators", function()
    local cases = { { 0, "0" }, { 999, "999" }, { 1000, "1,000" }, { 12345, "12,345" },
      { 1234567, "1,234,567" }, { -1500, "-1,500" }, { 49.6, "50" } }
    for _, case in ipairs(cases) do
      assert.equal(case[2], text.number(case[1]))
    end
  end)

  it("counts nouns", function()
    assert.equal("1 call", text.count(1, "call"))
    assert.equal("2,000 people", text.count(2000, "person", "people"))
  end)

  it("counts columns, not bytes", function()
    assert.equal(5, text.width "hello")
    assert.equal(6, text.width "Köln ▏")
    assert.equal(4, text.width "東京")
    assert.equal(1, text.width "e\204\129")
  end)

  it("cuts without splitting a character", function()
    assert.equal("Kö", text.cut("Köln", 2))
    assert.equal("K…", text.cut("Köln", 2, "…"))
    assert.equal("東", text.cut("東京", 3))
    assert.equal("Köln", text.cut("Köln", 4, "…"))
  end)

  it("wraps between words", function()
    assert.same({ "  one two", "  three" }, text.wrap("one two three", 10, "  "))
    assert.same({ "incomprehensible", "it is" }, text.wrap("incomprehensible it is", 8))
    assert.same({}, text.wrap("", 8))
  end)

  it("reads the locale in the order of POSIX", function()
    local function locale(values)
      return text.is_utf8(function(name) return values[name] end)
    end
    assert.is_true(locale { LANG = "de_DE.UTF-8" })
    assert.is_true(locale { LC_ALL = "", LC_CTYPE = "C.utf8", LANG = "C" })
    assert.is_false(locale { LC_ALL = "C", LANG = "de_DE.UTF-8" })
    assert.is_false(locale {})
  end)
end)

describe("crier.format.time #portable", function()
  it("leaves the seconds of an estimate out from ten minutes on", function()
    assert.equal("9 min 59 s", time.about(599))
    assert.equal("42 min", time.about(42 * 60 + 7))
    assert.equal("2 h 10 min", time.about(7800))
  end)

  it("writes an instant for people", function()
    assert.equal("2027-01-15 08:00:00 UTC", time.stamp "2027-01-15T08:00:00.123Z")
  end)
end)

describe("crier.cli.progress #portable", function()
  local function facts(more)
    local made = { phase = "installing", done = 2200, total = 4620, delivered = 2140, failed = 40,
      unknown = 20, rate = 49.2, allowed = 50, throttled = 0, seconds_left = 125 }
    for name, value in pairs(more or {}) do
      made[name] = value
    end
    return made
  end
  local OUTAGE = { is_open = true, text = "no answer from graph (Zeitüberschreitung) for 12 s",
    short = "no answer from graph for 12 s" }

  it("says everything where there is room", function()
    assert.equal("installing ███████████▍░░░░░░░░░░░░ 2,200/4,620  delivered 2,140,"
      .. " failed 40, unknown 20  49 of 50 calls/s  2 min 05 s left",
      progress.line(facts(), 140, { utf8 = true }))
  end)

  it("draws the bar with # where the locale is not UTF-8", function()
    assert.matches("^installing ###########%.+ 2,200/4,620  delivered",
      progress.line(facts(), 140))
  end)

  it("says less where there is less room", function()
    assert.equal("installing ###..... 2,200/4,620  delivered 2,140, failed 40, unknown 20"
      .. "  49 of 50/s  2 min 05 s left", progress.line(facts(), 100))
    assert.equal("installing 2,200/4,620  2,140 delivered, 40 failed, 20 unknown"
      .. "  2 min 05 s left", progress.line(facts(), 80))
    assert.equal("installing 2,200/4,620  no answer from graph (Zeitüberschreitung) for 12 s",
      progress.line(facts { waiting = OUTAGE, rate = false, seconds_left = false }, 80))
    assert.equal("2,200/4,620  no answer from graph for 12 s",
      progress.line(facts { waiting = OUTAGE, rate = false, seconds_left = false }, 50))
  end)

  it("fits every width, with whole characters", function()
    for _, more in ipairs { {}, { waiting = OUTAGE }, { delivered = 2200, failed = 0, unknown = 0 },
      { total = 1234567, done = 1234567, throttled = 9 }, { total = 0, done = 0 } } do
      for width = 1, 200 do
        local line = progress.line(facts(more), width, { utf8 = true })
        assert.is_true(text.width(line) <= width)
        assert.is_true(is_whole_utf8(line))
      end
    end
  end)

  it("colours without changing what is said", function()
    local plain = progress.line(facts { waiting = OUTAGE }, 180)
    local coloured = progress.line(facts { waiting = OUTAGE }, 180, { colour = true })
    assert.is_nil(plain:find "\27")
    assert.truthy(coloured:find("\27[31m", 1, true))
    assert.equal(plain, bare(coloured))
  end)

  it("says why it is slow, and no limit where there is none", function()
    assert.matches("3 of 50 calls/s %(1,200 throttled%)",
      progress.line(facts { rate = 3, throttled = 1200 }, 140))
    assert.matches("  4,321 calls/s  ",
      progress.plain(facts { rate = 4321, allowed = false }))
  end)

  it("gives a share instead of a bar in plain lines", function()
    assert.equal("installing 47 %  2,200/4,620  delivered 2,140, failed 40, unknown 20"
      .. "  49 of 50 calls/s  2 min 05 s left", progress.plain(facts()))
  end)
end)
