local core = require "crier.core"
local shell = require "support.shell"
local stores = require "support.stores"

describe("crier.journal.lanes", function()
  local place, store

  before_each(function()
    place = stores.new()
    store = place:open()
  end)
  after_each(function() place:close() end)

  describe(":acquire()", function()
    it("raises the fencing number with each holder", function()
      assert.same({ id = 1, fence = 1 }, store.lanes:acquire("bot", "contoso"))
      store:close()
      assert.same({ id = 1, fence = 2 },
        place:open().lanes:acquire("bot", "contoso"))
    end)

    it("gives each app and tenant a lane of its own", function()
      assert.equal(1, store.lanes:acquire("bot", "contoso").id)
      assert.equal(2, store.lanes:acquire("bot", "fabrikam").id)
      assert.equal(3, store.lanes:acquire("other", "contoso").id)
    end)

    it("names the process that holds a lane", function()
      assert(store.lanes:acquire("bot", "contoso"))
      local lane, message, code = place:open().lanes:acquire("bot", "contoso")
      assert.is_nil(lane)
      assert.equal(("store %s is in use for this app and tenant by process %d"
        .. " on %s: wait for it, or stop it"):format(place.path, core.fs.pid(),
        core.fs.hostname()), message)
      assert.equal("HELD", code)
      assert.equal(1, store.db:row("SELECT fence FROM lane").fence)
    end)

    it("takes over from a process that died", function()
      local script = ("local store = assert(require('crier.journal').open(%q))"
        .. " print(store.lanes:acquire('bot', 'contoso').fence)"
        .. " io.stdout:flush() os.execute('kill -9 ' .. require('crier.core')"
        .. ".fs.pid())"):format(place.path)
      assert.matches("^1\n", shell.child(script, "cd . ; ") .. "\n")
      assert.equal(2, store.lanes:acquire("bot", "contoso").fence)
    end)
  end)

  describe(":is_held()", function()
    it("tells whether somebody holds a lane", function()
      local lane = store.lanes:acquire("bot", "contoso")
      local other = place:open()
      assert.is_true(store.lanes:is_held(lane.id))
      local is_held, holder = other.lanes:is_held(lane.id)
      assert.is_true(is_held)
      assert.equal(("process %d on %s"):format(core.fs.pid(), core.fs.hostname()), holder)
      assert.equal(lane.id, other.lanes:find("bot", "contoso").id)
      assert.is_nil(other.lanes:find("bot", "fabrikam"))
      store:close()
      assert.is_false(other.lanes:is_held(lane.id))
      assert.is_false(other.lanes:is_held(99))
    end)

    it("leaves no file behind and does not keep others out", function()
      assert.is_false(store.lanes:is_held(7))
      assert.is_false(core.fs.exists(place.path .. "-lane7.lock"))
      store.lanes:acquire("bot", "contoso")
      store:close()
      local other, third = place:open(), place:open()
      assert.is_false(other.lanes:is_held(1))
      assert.is_not_nil(third.lanes:acquire("bot", "contoso"))
    end)
  end)

  describe(":is_ours()", function()
    it("is false once somebody else has raised the fence", function()
      local lane = store.lanes:acquire("bot", "contoso")
      assert.is_true(store.lanes:is_ours(lane))
      place:open().db:exec("UPDATE lane SET fence = fence + 1")
      assert.is_false(store.lanes:is_ours(lane))
    end)
  end)
end)
