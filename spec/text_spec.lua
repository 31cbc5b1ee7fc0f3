local text = require("crier.core").text

local REPLACEMENT = "\239\191\189" -- U+FFFD

-- Bytes that are no character: RFC 3629, section 4.
local invalid = {
  { "\128", 1, "a lone continuation" },
  { "\192\175", 2, "an overlong slash" },
  { "\224\128\175", 3, "a longer overlong slash" },
  { "\237\160\128", 3, "a surrogate" },
  { "\244\144\128\128", 4, "beyond the last character" },
  { "\245\128\128\128", 4, "a lead byte that never was" },
  { "\226\130", 2, "a character cut short" },
  { "\255\254", 2, "a byte order mark of UTF-16" },
}

describe("crier.core.text #embedded", function()
  describe("utf16_units()", function()
    it("counts what Teams counts", function()
      assert.equal(0, text.utf16_units(""))
      assert.equal(3, text.utf16_units("abc"))
      assert.equal(1, text.utf16_units("\0"))
      assert.equal(1, text.utf16_units("\195\188")) -- U+00FC
      assert.equal(1, text.utf16_units("\226\130\172")) -- U+20AC
      assert.equal(2, text.utf16_units("\240\159\145\139")) -- U+1F44B
      assert.equal(6, text.utf16_units("a\195\188\240\159\145\139\226\130\172b"))
    end)

    for _, case in ipairs(invalid) do
      it("counts a unit a byte for " .. case[3], function()
        assert.equal(case[2], text.utf16_units(case[1]))
        assert.equal(case[2] + 2, text.utf16_units("a" .. case[1] .. "b"))
      end)
    end

    it("raises on what is no text", function()
      assert.has_error(function() text.utf16_units({}) end)
    end)
  end)

  describe("json_string()", function()
    it("quotes plain text and leaves it alone", function()
      assert.equal('""', text.json_string(""))
      assert.equal('"a/b \127"', text.json_string("a/b \127"))
      assert.equal('"\195\188\240\159\145\139"',
        text.json_string("\195\188\240\159\145\139"))
    end)

    it("escapes what JSON forbids", function()
      assert.equal([["a\"b\\c"]], text.json_string([[a"b\c]]))
      assert.equal([["\b\f\n\r\t"]], text.json_string("\b\f\n\r\t"))
      assert.equal([["\u0000\u001f\u000b"]], text.json_string("\0\31\11"))
    end)

    for _, case in ipairs(invalid) do
      it("replaces " .. case[3], function()
        assert.equal('"a' .. REPLACEMENT:rep(case[2]) .. 'b"',
          text.json_string("a" .. case[1] .. "b"))
      end)
    end

    it("copes with text of any size", function()
      for _, size in ipairs({ 2045, 2046, 2047, 100000 }) do
        assert.equal('"' .. ("x"):rep(size) .. '"',
          text.json_string(("x"):rep(size)))
        assert.equal('"' .. ("\\n"):rep(size) .. '"',
          text.json_string(("\n"):rep(size)))
      end
    end)

    it("writes each byte so that JSON gives back the text", function()
      local cjson = require("cjson")
      for byte = 0, 127 do
        local s = string.char(byte) .. "x"
        assert.equal(s, cjson.decode("[" .. text.json_string(s) .. "]")[1])
      end
    end)
  end)

  describe("printable()", function()
    it("leaves text alone that fits", function()
      assert.equal("h\195\188 \226\130\172", text.printable("h\195\188 \226\130\172"))
      assert.equal("", text.printable(""))
    end)

    it("makes white space a space and the rest '?'", function()
      assert.equal("a b c  d", text.printable("a\nb\tc\r\nd"))
      assert.equal("?[31m?", text.printable("\27[31m\0"))
      assert.equal("??", text.printable("\127\194\155")) -- DEL, CSI
      assert.equal("a?b", text.printable("a\226\128\174b")) -- U+202E
      assert.equal("a??", text.printable("a\255\128"))
    end)

    it("cuts between characters", function()
      local s = "a\226\130\172b"
      assert.equal("", text.printable(s, 0))
      assert.equal("a", text.printable(s, 1))
      assert.equal("a", text.printable(s, 2))
      assert.equal("a", text.printable(s, 3))
      assert.equal("a\226\130\172", text.printable(s, 4))
      assert.equal(s, text.printable(s, 5))
      assert.equal(s, text.printable(s, 500))
      assert.equal(("x"):rep(3000), text.printable(("x"):rep(5000), 3000))
    end)

    it("raises on a negative size", function()
      assert.has_error(function() text.printable("x", -1) end)
    end)
  end)

  describe("sha256()", function()
    it("agrees with FIPS 180-2, appendix B", function()
      assert.equal(
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        text.sha256("abc"))
      assert.equal(
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        text.sha256(""))
    end)
  end)

  describe("random_hex()", function()
    it("gives two digits a byte", function()
      for _, count in ipairs({ 1, 16, 256 }) do
        local hex = text.random_hex(count)
        assert.equal(2 * count, #hex)
        assert.is_nil(hex:find("[^0-9a-f]"))
      end
    end)

    it("does not repeat itself", function()
      assert.is_true(text.random_hex(16) ~= text.random_hex(16))
    end)

    it("raises on other numbers", function()
      for _, count in ipairs({ 0, -1, 257 }) do
        assert.has_error(function() text.random_hex(count) end)
      end
    end)
  end)
end)
