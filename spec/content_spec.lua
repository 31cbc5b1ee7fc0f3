local content = require "crier.campaign.content"
local core = require "crier.core"

describe("crier.campaign.content", function()
  local folder

  before_each(function()
    folder = os.tmpname()
    os.remove(folder)
    assert(os.execute("mkdir -m 700 " .. folder))
  end)
  after_each(function() os.execute("rm -rf " .. folder) end)

  local function write(name, text)
    local file = assert(io.open(folder .. "/" .. name, "wb"))
    file:write(text)
    file:close()
  end

  local function on_disk()
    return content.on_disk(folder .. "/hello.lua")
  end

  -- All that a csv's reader gives.
  local function drain(read)
    local pieces = {}
    for piece in read do
      pieces[#pieces + 1] = piece
    end
    return table.concat(pieces)
  end

  describe(":read()", function()
    it("reads files of the script's folder, byte for byte", function()
      write("card.json", "\0\r\n{}\255")
      local files = on_disk()
      assert.equal("\0\r\n{}\255", files:read "card.json")
      assert.same({ { path = "card.json", content = "\0\r\n{}\255",
        digest = core.text.sha256 "\0\r\n{}\255" } }, files:list())
    end)

    it("reads a file once", function()
      write("card.json", "old")
      local files = on_disk()
      files:read "card.json"
      write("card.json", "new")
      assert.equal("old", files:read "card.json")
    end)

    it("reads an empty file and an absolute path", function()
      write("empty", "")
      assert.equal("", on_disk():read "empty")
      assert.equal("", on_disk():read(folder .. "/empty"))
    end)

    it("says why a file cannot be read", function()
      local text, message, code = on_disk():read "gone.json"
      assert.is_nil(text)
      assert.equal("cannot read " .. folder .. "/gone.json: No such file or"
        .. " directory", message)
      assert.equal("FILE", code)
      assert(os.execute("mkdir " .. folder .. "/sub"))
      text, message, code = on_disk():read "sub"
      assert.is_nil(text)
      assert.equal("cannot read " .. folder .. "/sub: it is not a regular file", message)
      assert.equal("FILE", code)
    end)

    it("refuses more than 8 MiB", function()
      write("large", ("x"):rep(8 * 1024 * 1024))
      assert.equal(8 * 1024 * 1024, #on_disk():read "large")
      write("large", ("x"):rep(8 * 1024 * 1024 + 1))
      local text, message, code = on_disk():read "large"
      assert.is_nil(text)
      assert.equal(folder .. "/large is larger than 8 MiB", message)
      assert.equal("FILE", code)
    end)
  end)

  describe(":open_csv()", function()
    it("reads in pieces and keeps no content", function()
      local text = ("id\n" .. ("x,"):rep(100000))
      write("people.csv", text)
      local files = on_disk()
      assert.equal(text, drain(files:open_csv "people.csv"))
      local entry = files:list()[1]
      assert.equal("people.csv", entry.path)
      assert.is_nil(entry.content)
    end)

    it("makes the file part of the digest", function()
      local seen = {}
      for _, text in ipairs { "id\na\n", "id\nb\n", "" } do
        write("people.csv", text)
        local files = on_disk()
        drain(files:open_csv "people.csv")
        local digest = files:digest()
        assert.is_nil(seen[digest])
        seen[digest] = true
      end
    end)

    it("gives nothing more after the end", function()
      write("people.csv", "id\n")
      local read = on_disk():open_csv "people.csv"
      assert.equal("id\n", read())
      assert.is_nil(read())
      assert.is_nil(read())
    end)

    it("says why a file cannot be read", function()
      local read, message, code = on_disk():open_csv "gone.csv"
      assert.is_nil(read)
      assert.equal("cannot read " .. folder .. "/gone.csv: No such file or"
        .. " directory", message)
      assert.equal("FILE", code)
      assert(os.execute("mkdir " .. folder .. "/sub"))
      read, message, code = on_disk():open_csv "sub"
      assert.is_nil(read)
      assert.equal("cannot read " .. folder .. "/sub: it is not a regular file", message)
      assert.equal("FILE", code)
    end)
  end)

  describe(":digest()", function()
    it("does not depend on the order of reading", function()
      write("a", "1")
      write("b", "2")
      local one, other = on_disk(), on_disk()
      one:read "a"
      one:read "b"
      other:read "b"
      other:read "a"
      assert.equal(one:digest(), other:digest())
      assert.equal(64, #one:digest())
    end)

    it("changes with a name and with a content", function()
      write("a", "1")
      write("b", "1")
      local seen = {}
      for _, names in ipairs { { "a" }, { "b" }, { "a", "b" }, {} } do
        local files = on_disk()
        for _, name in ipairs(names) do
          files:read(name)
        end
        assert.is_nil(seen[files:digest()])
        seen[files:digest()] = true
      end
    end)
  end)

  describe(".stored()", function()
    local files = content.stored("hello.lua", {
      { path = "hello.lua", digest = "x", content = "return 1" },
      { path = "people.csv", digest = "y" } })

    it("reads what was stored", function()
      assert.equal("return 1", files:read "hello.lua")
      assert.equal("hello.lua", files.script)
    end)

    it("never reads the disk", function()
      write("card.json", "{}")
      for _, path in ipairs { "card.json", folder .. "/card.json", "people.csv" } do
        local text, message, code = files:read(path)
        assert.is_nil(text)
        assert.equal(path .. " is not among the files stored with the campaign",
          message)
        assert.equal("FILE", code)
      end
      local read, message, code = files:open_csv "people.csv"
      assert.is_nil(read)
      assert.equal("people.csv: csv files are not stored with a campaign", message)
      assert.equal("FILE", code)
    end)
  end)
end)
