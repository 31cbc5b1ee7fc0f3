local core = require "crier.core"
local journal = require "crier.journal"
local place = require "support.place"
local sandbox = require "support.sandbox"
local shell = require "support.shell"

describe("crier run and its store:", function()
  local cloud, here

  setup(function()
    cloud = sandbox.start "--users 150 --limits off --latency 30"
  end)

  teardown(function()
    cloud:stop()
  end)

  before_each(function()
    here = place.new(cloud.env)
  end)

  after_each(function()
    here:close()
  end)

  local function refuse(said, env)
    local calls = cloud:requests()
    local result = here:crier("run campaign.lua --json", env)
    assert.equal(78, result.status, result.err)
    assert.equal("", result.out)
    assert.is_true(select(2, result.err:gsub("\n", "")) <= 2, result.err)
    assert.matches("^crier: " .. said, result.err)
    assert.equal(calls, cloud:requests())
  end

  it("a place where no file can be made is refused", function()
    for _, path in ipairs { "/proc/none/crier.db", "campaign.lua/crier.db", "none/crier.db" } do
      refuse("store " .. path:gsub("%p", "%%%0") .. " cannot be made: ",
        { CRIER_STORE = "sqlite:" .. path })
    end
  end)

  it("a folder is refused", function()
    os.execute("mkdir " .. here.path .. "/crier.db")
    refuse "store crier%.db: "
  end)

  it("a text file is refused and stays as it is", function()
    local text = ("this is a letter to my aunt\n"):rep(100)
    here:write("crier.db", text)
    refuse "store crier%.db: it is not a crier store"
    local file = io.open(here.path .. "/crier.db")
    assert.equal(text, file:read "*a")
    file:close()
  end)

  it("another program's database is refused and stays as it is", function()
    local db = assert(core.sqlite.open(here.path .. "/crier.db", { create = true }))
    assert(db:script "CREATE TABLE letters (a); INSERT INTO letters VALUES ('dear aunt');")
    db:close()
    refuse "store crier%.db: it is a database of something else"
    db = assert(core.sqlite.open(here.path .. "/crier.db", {}))
    assert.same({ { name = "letters" } }, db:rows "SELECT name FROM sqlite_master")
    db:close()
  end)

  it("one of a newer crier is refused", function()
    journal.open(here.path .. "/crier.db", { create = true }):close()
    local db = assert(core.sqlite.open(here.path .. "/crier.db", {}))
    assert(db:exec "UPDATE store SET value = '99' WHERE key = 'schema'")
    db:close()
    refuse "store crier%.db: it was made by another version of crier %(schema 99"
  end)

  it("one on a network file system is refused", function()
    local real = core.fs.type
    for kind, refused in pairs { nfs4 = true, cifs = true, ext4 = false } do
      core.fs.type = function() return kind end
      local exists, message, code = journal.exists(here.path .. "/crier.db")
      core.fs.type = real
      if refused then
        assert.same({ nil, "STORE" }, { exists, code })
        assert.matches("lies on a network file system %(" .. kind .. "%)", message)
      else
        assert.is_false(exists)
      end
    end
  end)

  it("a second run at once is refused and names the holder", function()
    local running = here:start "run campaign.lua --json"
    assert.is_true(cloud:wait_for(cloud:requests "install" + 10, running, "install"))
    running:signal "STOP" -- however long the second takes to begin
    local second = here:crier "run campaign.lua"
    running:signal "CONT"
    assert.equal(78, second.status)
    assert.matches("^crier: store crier%.db is in use for this app and tenant by process "
      .. running.pid .. " on [^\n]+\n$", second.err)
    assert.equal(0, running:wait().status)
    assert.equal(0, here:crier("run campaign.lua").status)
  end)

  it("its files are the owner's alone", function()
    local running = here:start "run campaign.lua --json"
    assert.is_true(cloud:wait_for(cloud:requests "send" + 5, running, "send"))
    local modes = shell.run("cd " .. here.path .. " && stat -c '%a %n' crier.db*")
    assert.equal(0, running:wait().status)
    for _, suffix in ipairs { "", "-wal", "-lane1.lock" } do
      assert.matches("600 crier%.db" .. suffix:gsub("%-", "%%-") .. "\n", modes .. "\n")
    end
    assert.is_nil(("\n" .. modes):find "\n[^6]")
    assert.is_nil(("\n" .. modes):find "\n6[^0]")
  end)
end)

describe("commands that look at a store", function()
  it("say that there is none, or no such campaign", function()
    local here = place.new {}
    for _, line in ipairs { "status", "status x", "export x", "why x y", "pause x",
      "cancel x", "resume x" } do
      local result = here:crier(line)
      assert.equal(78, result.status)
      assert.matches("^crier: there is no store crier%.db: set CRIER_STORE[^\n]+\n$", result.err)
    end
    journal.open(here.path .. "/crier.db", { create = true }):close()
    for _, line in ipairs { "status x", "export x", "why x y", "pause x", "cancel x",
      "resume x" } do
      local result = here:crier(line)
      assert.same({ 65, "" }, { result.status, result.out })
      assert.matches("^crier: there is no campaign x in store crier%.db\n", result.err)
    end
    assert.same({ 0, "" }, { here:crier("status --json").status,
      here:crier("status --json").out })
    here:close()
  end)

  -- Neither the file nor its folder can be written; root could, were it not
  -- for the wrapper.
  it("read one that cannot be written, and only they do", function()
    local here = place.new {}
    local path = here.path .. "/crier.db"
    local wrapper = shell.run "id -u" == "0"
      and "setpriv --bounding-set=-dac_override,-dac_read_search" or nil
    local function locked(line)
      os.execute(("chmod 400 %s; chmod 500 %s"):format(path, here.path))
      local result = here:crier(line, nil, wrapper)
      os.execute(("chmod 700 %s; chmod 600 %s"):format(here.path, path))
      return result
    end
    journal.open(path, { create = true }):close()
    local read = locked "status"
    assert.same({ 0, "no campaigns yet in store crier.db\n", "" },
      { read.status, read.out, read.err })
    assert.equal(65, locked("export x").status)
    assert.equal("crier: store crier.db: the database cannot be written: Permission denied\n",
      locked("pause x").err)
    local db = assert(core.sqlite.open(path, {}))
    assert(db:exec "UPDATE store SET value = '1' WHERE key = 'schema'")
    db:close()
    assert.equal("crier: store crier.db: it was made by an older version of crier (schema 1): it"
      .. " has to be brought up to date first, and the database cannot be written:"
      .. " Permission denied\n",
      locked("status").err)
    here:close()
  end)
end)
