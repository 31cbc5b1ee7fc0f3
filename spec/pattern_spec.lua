local core = require "crier.core"
local patterns = require "crier.template.patterns"

local find = core.pattern.find

describe("crier.core.pattern", function()
  it("tells where the whole and each group match", function()
    assert.same({ 2, 3, 2, 2, 3, 3 }, find("(b)(c)", "", "abcd"))
    assert.same({ 1, 1, false, false, 1, 1 }, find("(b)|(a)", "", "a"))
    assert.same({ 3, 2 }, find("$", "", "ab"))
    assert.same({ 4, 6 }, find("abc", "", "abcabc", 2))
    assert.is_false(find("x", "", "abc"))
    assert.is_false(find("a", "", "abc", 4))
  end)

  it("means what JavaScript means", function()
    assert.is_false(find("a$", "", "a\n"))
    assert.same({ 1, 1 }, find("a$", "m", "a\n"))
    assert.is_false(find("a.b", "", "a\rb"))
    assert.same({ 1, 3 }, find("a.b", "s", "a\nb"))
    assert.same({ 1, 2 }, find("É", "i", "é"))
    assert.is_false(find("[]", "", "a"))
    assert.same({ 1, 1 }, find("\\u0041", "", "A"))
  end)

  it("says what is wrong with a pattern, and where", function()
    assert.same({ nil, "missing closing parenthesis (at byte 2)", "INVALID" },
      { find("(", "", "a") })
    assert.same({ nil, "longer than 4096 bytes", "INVALID" },
      { find(("a"):rep(4097), "", "a") })
    assert.equal("INVALID", select(3, find("\255", "", "a")))
    assert.equal("INVALID", select(3, find("\\C", "", "a")))
  end)

  it("gives up on a pattern that takes too long", function()
    assert.same({ nil, "this regular expression takes too many steps", "LIMIT" },
      { find("^(a+)+$", "", ("a"):rep(60) .. "b") })
  end)

  it("finds nothing in what is no UTF-8", function()
    assert.is_false(find(".", "", "\255"))
  end)

  it("raises for an offset outside of the text", function()
    assert.has_error(function() find("a", "", "a", 3) end)
    assert.has_error(function() find("a", "", "a", 0) end)
  end)
end)

describe("crier.template.patterns", function()
  it("refuses what not all implementations have", function()
    for pattern, what in pairs { ["(?=a)"] = "(?=", ["(?<!a)"] = "(?<", ["\\bx"] = "\\b",
      ["(a)\\1"] = "\\1", ["(?#x)"] = "(?#" } do
      assert.same({ nil, what .. " is not part of the patterns of templates" },
        { patterns.match(find, pattern, "", "a") })
    end
    assert.is_true(patterns.match(find, "(?<name>a)(?:b)\\.\\d\\101", "", "ab.1A"))
  end)

  it("replaces every match, with groups", function()
    local function replace(pattern, text, new)
      return patterns.replace(find, pattern, "i", text, new, 1000)
    end
    assert.equal("<A><a>b", replace("a", "Aab", "<$&>"))
    assert.equal("ba $ $x $3", replace("(a)(b)", "ab", "$2$1 $$ $x $3"))
    assert.equal("-é-😀-", replace("x*", "é😀", "-"))
    assert.equal("[|b]b", replace("a", "ab", "[$`|$']"))
    assert.equal("$0 ", replace("(x)|a", "a", "$0 $1"))
    assert.same({ nil, "the text would be longer than 1000 bytes" },
      { replace("a", ("a"):rep(100), ("b"):rep(100)) })
  end)
end)
