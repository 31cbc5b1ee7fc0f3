-- The file of the door's keys: what it may hold, and what follows when it changes.
local cjson = require "cjson"
local keys = require "crier.door.keys"
local process = require "support.process"
local shell = require "support.shell"

describe("crier.door.keys", function()
  local folder, path

  before_each(function()
    folder = shell.run "mktemp -d"
    path = folder .. "/keys.json"
  end)

  after_each(function()
    os.execute("rm -rf " .. folder)
  end)

  local function write(entries)
    local file = assert(io.open(path .. ".new", "wb"))
    file:write(cjson.encode(entries))
    file:close()
    assert(os.rename(path .. ".new", path))
  end

  local function entry(name)
    local key, digest = keys.make()
    return { name = name, roles = { "viewer" }, sha256 = digest }, key
  end

  it("opens nothing to anybody once its file is gone, until there is one", function()
    local ana, key = entry "ana"
    write { ana }
    local found = assert(keys.open(path))
    assert.equal("ana", found:of_key(key).name)
    assert(os.remove(path))
    assert.same({ nil, path .. " is gone: no key opens anything", "GONE" }, { found:refresh() })
    assert.is_nil(found:of_key(key))
    assert.is_true(found:refresh()) -- told once
    write { ana }
    assert.is_true(found:refresh())
    assert.equal("ana", found:of_key(key).name)
  end)

  it("keeps what it knows while its file is unreadable", function()
    local ana, key = entry "ana"
    write { ana }
    local found = assert(keys.open(path))
    write { { name = "" } }
    assert.is_nil(found:refresh())
    assert.equal("ana", found:of_key(key).name)
  end)

  it("has names that can be shown", function()
    for _, name in ipairs { "", " ", "a\nb", "a\27[2J", ("x"):rep(65) } do
      local found, problem = keys.read(cjson.encode { (entry(name)) })
      assert.is_nil(found, name)
      assert.equal('entry 1 needs a "name" (1 to 64 printable characters), or a "user"', problem)
    end
    assert.is_table(keys.read(cjson.encode { (entry "Zoë, at night") }))
  end)

  it("refuses a name that could not be read again, and writes nothing", function()
    local result = process.run("key new '' --role viewer", { CRIER_KEYS = path }, folder)
    assert.equal(64, result.status)
    assert.equal("crier: the name of a key is 1 to 64 printable characters\n", result.err)
    assert.is_nil(io.open(path))
  end)

  it("lists whose they are, and what for", function()
    local bo = entry "bo"
    bo.roles[2] = "approver"
    write { (entry "ana"), bo, { user = "cy@contoso.com", roles = { "author" } } }
    local result = process.run("key list", { CRIER_KEYS = path }, folder)
    assert.equal(("%-24s %s\n%-24s %s\n%-24s %s\n"):format("ana", "viewer",
      "bo", "viewer, approver", "cy@contoso.com", "author"), result.out)
  end)
end)
