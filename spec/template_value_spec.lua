local json = require "crier.template.json_tree"
local suggest = require "crier.suggest"
local utf8text = require "crier.template.utf8text"
local value = require "crier.template.value"

describe("crier.template.value #portable", function()
  it("writes numbers as JavaScript does", function()
    local cases = {
      { 0, "0" }, { 1, "1" }, { -1, "-1" }, { 100.0, "100" }, { 1.5, "1.5" },
      { 0.1, "0.1" }, { 1 / 3, "0.3333333333333333" }, { 1e15, "1000000000000000" },
      { 2 ^ 53 - 1, "9007199254740991" }, { 2 ^ 60, "1152921504606847000" },
      { 1e20, "100000000000000000000" }, { 1e21, "1e+21" }, { -1.25e30, "-1.25e+30" },
      { 1e-6, "0.000001" }, { 1e-7, "1e-7" }, { 1.5e-10, "1.5e-10" },
      { 123456.789, "123456.789" }, { 1e300, "1e+300" },
      { 1.7976931348623157e308, "1.7976931348623157e+308" },
    }
    for _, case in ipairs(cases) do
      assert.equal(case[2], value.number_text(case[1]))
    end
    assert.equal("0", value.number_text(-0.0))
    assert.equal("5e-324", value.number_text(2 ^ -1074))
    for _, number in ipairs { 0 / 0, 1 / 0, -1 / 0 } do
      assert.is_nil(value.number_text(number))
    end
  end)

  it("writes numbers that read back the same", function()
    local seed = 42
    for _ = 1, 500 do
      seed = seed * 16807 % 2147483647
      local number = (seed - 1e9) * 10 ^ (seed % 40 - 20) / 7
      assert.equal(number, tonumber(value.number_text(number)) + 0.0)
    end
  end)

  it("reads JSON with exact halves of surrogate pairs", function()
    assert.equal("é😀\239\191\189x\239\191\189",
      value.decode('"\\u00e9\\uD83D\\uDE00\\ud83dx\\ude00"', "data"))
    assert.equal(0xE9, #value.decode('"' .. ("\\u0041"):rep(0xE9) .. '"', "data"))
  end)

  it("takes the last of equal keys, at the place of the first", function()
    assert.equal('{"a":3,"b":2}', value.encode(value.decode('{"a":1,"b":2,"a":3}', "data")))
  end)
end)

describe("crier.template.utf8text #portable", function()
  it("cuts and counts characters", function()
    assert.equal("é😀", utf8text.cut("é😀x", 2))
    assert.equal("é😀x", utf8text.cut("é😀x", 3))
    assert.equal("", utf8text.cut("é😀x", 0))
    assert.equal(3, utf8text.length("é😀x"))
    assert.equal(4, utf8text.utf16_units("é😀x"))
  end)

  it("encodes code points", function()
    assert.equal("$é€😀", utf8text.char(0x24) .. utf8text.char(0xE9)
      .. utf8text.char(0x20AC) .. utf8text.char(0x1F600))
  end)
end)

describe("crier.template.json_tree #portable", function()
  it("finds where bytes of a decoded string come from", function()
    local raw = '"a\\n\\u00e9\\ud83d\\ude00z"'
    assert.equal("a\né😀z", json.decode_string(raw))
    assert.same({ 2, 3, 5, 5, 11, 11, 23 }, json.raw_offsets(raw, { 1, 2, 3, 4, 5, 8, 9 }))
  end)
end)

describe("crier.suggest #portable", function()
  it("finds the nearest word within a third of its length", function()
    assert.equal("givenName", suggest.nearest("givenname", { "surname", "givenName" }))
    assert.equal("audience", suggest.nearest("audiance", { "message", "audience" }))
    assert.is_nil(suggest.nearest("shoeSize", { "surname", "givenName" }))
    assert.is_nil(suggest.nearest("x", {}))
    assert.equal("aa", suggest.nearest("ab", { "ac", "aa" }))
  end)
end)
