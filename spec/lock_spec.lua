local core = require("crier.core")
local shell = require("support.shell")

local lock = core.lock
local quote = shell.quote

describe("crier.core.lock", function()
  local folder, path

  before_each(function()
    folder = shell.run("mktemp -d")
    path = folder .. "/store.lock"
  end)

  after_each(function()
    os.execute("rm -rf " .. quote(folder))
  end)

  local function read()
    local f = assert(io.open(path, "rb"))
    local text = f:read("*a")
    f:close()
    return text
  end

  describe("acquire()", function()
    it("writes the holder into a file of mode 600", function()
      local held = assert(lock.acquire(path, "pid 1 on here"))
      assert.equal("pid 1 on here", read())
      assert.equal("600", shell.run("stat -c %a " .. quote(path)))
      held:release()
    end)

    it("tells who holds it, in the same process too", function()
      local held = assert(lock.acquire(path, "first"))
      local second, holder, code = lock.acquire(path, "second")
      assert.is_nil(second)
      assert.equal("first", holder)
      assert.equal("HELD", code)
      assert.equal("first", read())
      held:release()
    end)

    it("replaces what the last holder wrote", function()
      assert(lock.acquire(path, "a longer line")):release()
      assert.equal("a longer line", read())
      local held = assert(lock.acquire(path, "short"))
      assert.equal("short", read())
      held:release()
    end)

    it("keeps the first 256 bytes of the holder's line", function()
      local held = assert(lock.acquire(path, ("x"):rep(300)))
      local _, holder = lock.acquire(path, "")
      assert.equal(("x"):rep(256), holder)
      held:release()
    end)

    it("excludes another process", function()
      local script = ([[
        local lock = require("crier.core").lock
        print((select(2, lock.acquire(%q, "child"))))
      ]]):format(path)
      local held = assert(lock.acquire(path, "parent"))
      assert.equal("parent", shell.child(script))
      held:release()
      assert.equal("nil", shell.child(script):match("nil"))
      assert.equal("child", read())
    end)

    it("is free once its holder was killed", function()
      local script = shell.script(([[
        local core = require("crier.core")
        local pid = ("%%d"):format(core.fs.pid())
        local held = assert(core.lock.acquire(%q, pid))
        print(pid)
        io.stdout:flush()
        os.execute("kill -STOP " .. pid .. " 2>&-")
      ]]):format(path))
      local child = io.popen("exec " .. shell.lua(script))
      local pid = child:read("*l")
      local second, holder, code = lock.acquire(path, "parent")
      shell.run("kill -KILL " .. pid)
      child:close()
      os.remove(script)
      assert.is_nil(second)
      assert.equal(pid, holder)
      assert.equal("HELD", code)
      assert(lock.acquire(path, "parent")):release()
    end)

    it("is not inherited by a program that the holder starts", function()
      local held = assert(lock.acquire(path, "parent"))
      local child = io.popen("read line", "w")
      held:release()
      assert(lock.acquire(path, "again")):release()
      child:close()
    end)

    it("refuses what is not a regular file", function()
      local place = quote(path)
      local target = quote(folder .. "/target")
      local made = {
        ["mkdir " .. place] = "Is a directory",
        ["touch " .. target .. " && ln -s " .. target .. " " .. place] =
          "Too many levels of symbolic links",
        ["mkfifo " .. place] = "Invalid argument",
      }
      for command, why in pairs(made) do
        shell.run(command)
        local held, message, code = lock.acquire(path, "me")
        assert.is_nil(held)
        assert.equal(path .. ": " .. why, message)
        assert.equal("UNUSABLE", code)
        shell.run("rm -rf " .. place)
      end
    end)

    it("says why the file cannot be made", function()
      local there = folder .. "/none/store.lock"
      local held, message, code = lock.acquire(there, "me")
      assert.is_nil(held)
      assert.equal(there .. ": No such file or directory", message)
      assert.equal("UNUSABLE", code)
    end)
  end)

  describe(":say()", function()
    it("puts another line in the place of the holder's", function()
      local held = assert(lock.acquire(path, "a line of some length"))
      assert.is_true(held:say "short")
      assert.equal("short", read())
      local second, holder = lock.acquire(path, "second")
      assert.is_nil(second)
      assert.equal("short", holder)
      held:say(("x"):rep(300))
      assert.equal(("x"):rep(256), read())
      held:release()
    end)

    it("is for who holds it", function()
      local held = assert(lock.acquire(path, "me"))
      held:release()
      assert.error_matches(function() held:say "you" end, "the lock was released")
      assert.equal("me", read())
    end)
  end)

  describe(":release()", function()
    it("may be repeated, leaves the file, and shows in tostring", function()
      local held = assert(lock.acquire(path, "me"))
      assert.equal("crier.lock (held)", tostring(held))
      held:release()
      held:release()
      assert.equal("crier.lock (released)", tostring(held))
      assert.equal("me", read())
    end)

    it("happens when the lock is collected", function()
      assert(lock.acquire(path, "me"))
      collectgarbage()
      collectgarbage()
      assert(lock.acquire(path, "you")):release()
    end)
  end)
end)
