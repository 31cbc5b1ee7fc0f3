local archive = require "crier.archive"
local shell = require "support.shell"
local zip = require "support.zip"

local MIB = 1024 * 1024

--- What reading a zip file fails with.
local function refusal(bytes)
  local entries, message, code = archive.read(bytes)
  assert.is_nil(entries)
  return message, code
end

local function file_of(bytes)
  local path = os.tmpname()
  local file = assert(io.open(path, "wb"))
  file:write(bytes)
  file:close()
  return path
end

describe("crier.archive", function()
  describe(".read()", function()
    it("gives names and contents in the file's order", function()
      local long = ("all work and no play "):rep(500)
      local entries = assert(archive.read(zip.make {
        { name = "b/zwölf.json", data = '{"a":\0}' },
        { name = "folder/" },
        { name = "a", data = long, is_deflated = true },
        { name = "empty" },
      }))
      assert.same({ { name = "b/zwölf.json", data = '{"a":\0}' },
        { name = "a", data = long }, { name = "empty", data = "" } }, entries)
    end)

    it("refuses a file without entries", function()
      local message, code = refusal(zip.make {})
      assert.equal("it has no entries", message)
      assert.equal("EMPTY", code)
    end)

    it("refuses what is no zip file", function()
      for _, bytes in ipairs { "", "{}", "PK", ("x"):rep(1000), "PK\3\4" .. ("\0"):rep(200) } do
        local message, code = refusal(bytes)
        assert.equal("it is not a zip file, or not the whole of one", message)
        assert.equal("NOT_ZIP", code)
      end
    end)

    it("refuses a file that was cut, wherever", function()
      local whole = zip.make { { name = "a", data = "hello" }, { name = "b", data = "there" } }
      for length = 0, #whole - 1 do
        local _, code = refusal(whole:sub(1, length))
        assert.is_not_nil(code == "NOT_ZIP" or code == "DAMAGED" or nil, length)
      end
    end)

    it("refuses a sum that is wrong", function()
      local message, code = refusal(zip.make { { name = "good", data = "x" },
        { name = "bad", data = "hello", wrong = { crc = "\1\2\3\4" } } })
      assert.equal("bad: it is damaged", message)
      assert.equal("DAMAGED", code)
    end)

    it("refuses a size that is wrong", function()
      for _, size in ipairs { 4, 6, 60000 } do
        local _, code = refusal(zip.make { { name = "a", data = "hello", is_deflated = true,
          wrong = { size = size } } })
        assert.equal("DAMAGED", code)
      end
    end)

    it("refuses names that lead out of a folder", function()
      for _, name in ipairs { "../a", "a/../../b", "a/..", "..", "/etc/passwd", "//a", "a//b",
        "./a", "a/./b", "C:/a", "C:a", "..\\a", "a\\b", "a\nb", "/" } do
        local message, code = refusal(zip.make { { name = "x" }, { name = name, data = "1" } })
        assert.equal("NAME_REFUSED", code)
        assert.equal(name:gsub("%c", "?")
          .. ": a name must be a relative path of 255 bytes at most, without"
          .. " '..', empty parts, backslashes and control characters", message)
      end
    end)

    it("takes names that only look like it", function()
      for _, name in ipairs { "..a", "a..", "a/...", ".hidden", "a b", ("n"):rep(255) } do
        assert.equal(name, archive.read(zip.make { { name = name } })[1].name)
      end
    end)

    it("refuses an empty name and a huge one", function()
      local _, code = refusal(zip.make { { name = "" } })
      assert.equal("NAME_REFUSED", code)
      local message
      message, code = refusal(zip.make { { name = ("n"):rep(60000) } })
      assert.equal("NAME_REFUSED", code)
      assert.equal(("n"):rep(255) .. ": a name", message:sub(1, 263))
    end)

    it("refuses two entries of one name", function()
      local message, code = refusal(zip.make { { name = "a", data = "1" },
        { name = "b" }, { name = "a", data = "2" } })
      assert.equal("DUPLICATE", code)
      assert.equal("two entries have the same name", message)
    end)

    it("decodes names as zip files mean them, and compares them so", function()
      assert.equal("a\226\134\144[2J", archive.read(zip.make { { name = "a\27[2J" } })[1].name)
      assert.equal("NOT_ZIP", select(2, refusal(zip.make { { name = "a\27[2J", flags = 2048 } })))
      -- "é" in code page 437, and as UTF-8 where the eleventh flag says so
      assert.equal("\195\169", archive.read(zip.make { { name = "\130" } })[1].name)
      local _, code = refusal(zip.make { { name = "\130" }, { name = "\195\169", flags = 2048 } })
      assert.equal("DUPLICATE", code)
    end)

    it("refuses more than 64 entries", function()
      local entries = {}
      for i = 1, 64 do
        entries[i] = { name = ("%d"):format(i) }
      end
      assert.equal(64, #archive.read(zip.make(entries)))
      entries[65] = { name = "65" }
      local _, code = refusal(zip.make(entries))
      assert.equal("TOO_MANY", code)
    end)

    it("refuses a number of entries that is wrong", function()
      for _, count in ipairs { 0, 2, 65535 } do
        local _, code = refusal(zip.make({ { name = "a", data = "x" } }, count))
        assert.equal("NOT_ZIP", code)
      end
    end)

    it("refuses what would unpack to more than 8 MiB, before it does", function()
      local seven = { name = "a", data = ("\0"):rep(60000), is_deflated = true,
        wrong = { size = 9 * MIB } }
      local message, code = refusal(zip.make { seven })
      assert.equal("TOO_LARGE", code)
      assert.equal("a: it is larger than 8 MiB, packed or unpacked", message)
      assert.equal("TOO_LARGE", select(2, refusal(("x"):rep(8 * MIB + 1))))
    end)

    it("counts all entries together", function()
      local entries = {}
      for i = 1, 5 do
        entries[i] = { name = ("%d"):format(i), data = ("\0123456789abcdef"):rep(4000),
          is_deflated = true, wrong = { size = 2 * MIB, packed = ("x"):rep(20000) } }
      end
      local message, code = refusal(zip.make(entries))
      assert.equal("TOO_LARGE", code)
      assert.matches("^5: ", message)
    end)

    it("refuses a bomb by how far it unpacks", function()
      local message, code = refusal(zip.make { { name = "bomb", data = ("\0"):rep(4 * MIB),
        is_deflated = true } })
      assert.equal("RATIO", code)
      assert.equal("bomb: it unpacks to more than 200 times its size", message)
      local small = ("\0"):rep(64 * 1024)
      assert.equal(small, archive.read(zip.make { { name = "a", data = small,
        is_deflated = true } })[1].data)
    end)

    it("refuses encryption and other ways of packing", function()
      local _, code = refusal(zip.make { { name = "a", data = ("x"):rep(40), flags = 1 } })
      assert.equal("UNSUPPORTED", code)
      _, code = refusal(zip.make { { name = "a", data = "hello", wrong = { method = 12 } } })
      assert.equal("UNSUPPORTED", code)
    end)
  end)

  describe(".write()", function()
    local entries = { { name = "manifest.json", data = '{"a":1}\n' },
      { name = "i/color.png", data = "\137PNG\r\n\26\n\0" }, { name = "empty", data = "" } }

    it("writes what .read() gives back", function()
      assert.same(entries, archive.read(archive.write(entries)))
    end)

    it("writes the same bytes for the same entries, whatever the time zone", function()
      local first = archive.write(entries)
      local path = file_of(first)
      local elsewhere = shell.child(([[
        local archive = require "crier.archive"
        local file = io.open(%q, "rb")
        local bytes = file:read "*a"
        print(archive.write(archive.read(bytes)) == bytes)]]):format(path),
        "TZ=Asia/Tokyo SOURCE_DATE_EPOCH=1 ")
      os.remove(path)
      assert.equal("true", elsewhere)
      assert.equal(first, archive.write(entries))
    end)

    it("writes what an independent reader accepts", function()
      local path = file_of(archive.write(entries))
      local listed = shell.run("python3 -c 'import sys, zipfile; z = zipfile.ZipFile("
        .. "sys.argv[1]); print(z.testzip(), [(i.filename, i.file_size, i.date_time[0])"
        .. " for i in z.infolist()])' " .. shell.quote(path) .. " 2>&1")
      os.remove(path)
      if listed:find "not found" then
        return pending "python3 is not installed"
      end
      assert.equal("None [('manifest.json', 8, 1980), ('i/color.png', 9, 1980),"
        .. " ('empty', 0, 1980)]", listed)
    end)

    it("refuses what .read() would", function()
      local function failure(given)
        local bytes, message, code = archive.write(given)
        assert.is_nil(bytes)
        return code, message
      end
      local code, message = failure { { name = "a/../b", data = "" } }
      assert.equal("NAME_REFUSED", code)
      assert.matches("^a/%.%./b: a name must be", message)
      assert.equal("EMPTY", (failure {}))
      assert.equal("DUPLICATE", (failure { { name = "a", data = "1" },
        { name = "a", data = "2" } }))
      assert.equal("TOO_LARGE", (failure { { name = "a", data = ("x"):rep(5 * MIB) },
        { name = "b", data = ("x"):rep(5 * MIB) } }))
    end)

    it("raises for misuse", function()
      assert.has_error(function() archive.write() end)
      assert.has_error(function() archive.write { "a" } end)
      assert.has_error(function() archive.write { { name = "a" } } end)
      assert.has_error(function() archive.write { { name = "a\0b", data = "" } } end)
      local many = {}
      for i = 1, 65 do
        many[i] = { name = ("%d"):format(i), data = "" }
      end
      assert.has_error(function() archive.write(many) end)
    end)
  end)

  describe(".draw()", function()
    it("draws the two icons that Teams asks for", function()
      assert.same({ width = 192, height = 192, is_transparent = false, is_visible = true,
        is_white = false, is_framed = true }, archive.inspect(archive.draw("color", 0x4464ee)))
      assert.same({ width = 32, height = 32, is_transparent = true, is_visible = true,
        is_white = true, is_framed = false }, archive.inspect(archive.draw("outline")))
    end)

    it("draws the same picture each time, and another in another colour", function()
      assert.equal(archive.draw("color", 0x4464ee), archive.draw("color", 0x4464ee))
      assert.is_false(archive.draw("color", 0x4464ee) == archive.draw("color", 0x118811))
    end)

    it("raises for misuse", function()
      assert.has_error(function() archive.draw "round" end)
      assert.has_error(function() archive.draw("color", -1) end)
      assert.has_error(function() archive.draw("color", 0x1000000) end)
    end)
  end)

  describe(".inspect()", function()
    local png = archive.draw("outline")

    local function failure(bytes)
      local facts, message, code = archive.inspect(bytes)
      assert.is_nil(facts)
      return code, message
    end

    it("refuses what is no PNG, or not all of it", function()
      for _, bytes in ipairs { "", "GIF89a", "\137PNG\r\n\26\n", png:sub(1, 40),
        png:sub(1, -60), png:sub(1, 50) .. "xxxx" .. png:sub(55) } do
        local code, message = failure(bytes)
        assert.equal("NOT_PNG", code)
        assert.equal("it is not a PNG picture, or not the whole of one", message)
      end
    end)

    it("refuses a picture that is too large, before it is unpacked", function()
      assert.equal("TOO_LARGE", (failure(("x"):rep(MIB + 1))))
      -- IHDR of a picture of 4096 x 4096 with its CRC-32, and no more
      assert.equal("TOO_LARGE", (failure("\137PNG\r\n\26\n\0\0\0\13IHDR\0\0\16\0\0\0\16\0"
        .. "\8\6\0\0\0\242\163\36\23" .. png:sub(34))))
    end)
  end)
end)
