local campaign = require "crier.campaign"
local variant = require "crier.campaign.variant"

local EVEN = { { name = "a", weight = 1 }, { name = "b", weight = 1 } }
local TENTH = { { name = "a", weight = 90 }, { name = "b", weight = 10 } }

local function key(i)
  return ("user:%08x-0000-4000-8000-000000000000"):format(i)
end

local NONE_OF_B = { { name = "a", weight = 1 }, { name = "b", weight = 0 } }
local ALL_OF_B = { { name = "a", weight = 0 }, { name = "b", weight = 3 } }

local function share(each, seed, name, people)
  local count = 0
  for i = 1, people do
    count = count + (variant.of(each, seed, key(i)) == name and 1 or 0)
  end
  return count / people
end

describe("crier.campaign.variant", function()
  it("shares people out by weight", function()
    -- Four standard deviations of a fair draw of 4,000.
    assert.near(0.5, share(EVEN, "hello", "b", 4000), 0.032)
    assert.near(0.1, share(TENTH, "hello", "b", 4000), 0.019)
    assert.equal(0, share(NONE_OF_B, "x", "b", 200))
    assert.equal(1, share(ALL_OF_B, "x", "b", 200))
  end)

  it("gives a person the same each time, whatever the letter case of the id", function()
    for i = 1, 50 do
      local found = variant.of(EVEN, "hello", key(i))
      assert.equal(found, variant.of(EVEN, "hello", key(i)))
      assert.equal(found, variant.of(EVEN, "hello", key(i):upper()))
    end
  end)

  it("gives another seed another share, and keeps apart from :sample", function()
    local core = require "crier.core"
    local moved, first = 0, 0
    for i = 1, 2000 do
      local found = variant.of(EVEN, "hello", key(i))
      moved = moved + (found ~= variant.of(EVEN, "hello-2", key(i)) and 1 or 0)
      -- Whom `:sample(n, "hello")` would draw among the first.
      local is_drawn = core.text.sha256("hello\0" .. key(i)) < "8"
      first = first + (is_drawn and found == "a" and 1 or 0)
    end
    assert.near(1000, moved, 90)
    assert.near(500, first, 80)
  end)

  it("moves only as many as the weights changed by", function()
    local moved = 0
    for i = 1, 2000 do
      local before, after = variant.of(EVEN, "x", key(i)), variant.of(
        { { name = "a", weight = 60 }, { name = "b", weight = 40 } }, "x", key(i))
      assert.is_false(before == "a" and after == "b")
      moved = moved + (before ~= after and 1 or 0)
    end
    assert.near(200, moved, 54)
  end)
end)

describe("crier.variants #portable", function()
  local A, B = campaign.text "A", campaign.card { en = "b.json" }

  it("holds messages by name, evenly or by weight", function()
    local made = campaign.variants { b = B, a = A }
    assert.same({ "variants", "a", 1, "b", 1 }, { made.kind, made.each[1].name,
      made.each[1].weight, made.each[2].name, made.each[2].weight })
    assert.equal(B, made.each[2].message)
    made = campaign.variants({ b = B, a = A }, { weights = { a = 9, b = 1 }, seed = "spring" })
    assert.same({ "spring", 9, 1 }, { made.seed, made.each[1].weight, made.each[2].weight })
  end)

  it("is refused where it is wrong, at the line of the caller", function()
    local cases = {
      { "Hi", nil, 'it takes messages by name: { a = crier.card "a.json", b = … }' },
      { A, nil, 'it takes messages by name: { a = crier.card "a.json", b = … }' },
      { { A, B }, nil, "each message has a name: { a = …, b = … }" },
      { { a = A }, nil, "it takes two messages or more" },
      { { a = A, ["b b"] = B }, nil, "'b b': a name begins with a letter or digit and holds only"
        .. " these, '_' and '-', at most 32" },
      { { a = A, b = "b.json" }, nil, "b must be crier.card, crier.text or crier.activity" },
      { { a = A, b = campaign.variants { c = A, d = A } }, nil,
        "b must be crier.card, crier.text or crier.activity" },
      { { a = A, b = B }, 5, "options must be a table" },
      { { a = A, b = B }, { weigths = {} },
        "options: unknown option 'weigths'; did you mean 'weights'?" },
      { { a = A, b = B }, { seed = 7 }, "seed must be a text" },
      { { a = A, b = B }, { weights = 5 }, "weights takes { a = 90, b = 10 }" },
      { { a = A, b = B }, { weights = { a = 1 } }, "weights: b must be a number, 0 or more" },
      { { a = A, b = B }, { weights = { a = 1, b = -1 } },
        "weights: b must be a number, 0 or more" },
      { { a = A, b = B }, { weights = { a = 1, b = 0 / 0 } },
        "weights: b must be a number, 0 or more" },
      { { a = A, b = B }, { weights = { a = 0, b = 0 } }, "weights: they add up to nothing" },
      { { a = A, b = B }, { weights = { a = 1, b = 1, control = 1 } },
        "weights: unknown option 'control'" },
    }
    for _, case in ipairs(cases) do
      local ok, message = pcall(function()
        local made = campaign.variants(case[1], case[2])
        return made
      end)
      assert.is_false(ok)
      assert.equal("crier.variants: " .. case[3], message:match "^spec/variant_spec%.lua:%d+: (.*)")
    end
  end)
end)
