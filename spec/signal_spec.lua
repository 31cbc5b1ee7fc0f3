local core = require("crier.core")
local shell = require("support.shell")

local signal = core.signal

--- Sends this process a signal.  Not by os.execute, during which system(3)
-- ignores SIGINT.
local function send(name)
  shell.run("kill -" .. name .. " " .. ("%d"):format(core.fs.pid()))
end

describe("crier.core.signal", function()
  after_each(signal.unwatch)

  it("counts SIGINT and SIGTERM", function()
    signal.watch()
    assert.equal(0, signal.count())
    send("INT")
    assert.equal(1, signal.count())
    send("TERM")
    assert.equal(2, signal.count())
    assert.equal(2, signal.count())
  end)

  it("makes the descriptor readable", function()
    local fd = signal.watch()
    send("TERM")
    local path = ("/proc/%d/fd/%d"):format(core.fs.pid(), fd)
    assert.equal("1", shell.run("timeout 10 head -c 1 " .. path .. " | wc -c"))
    assert.equal(1, signal.count())
  end)

  it("watches once: a second call gives the same descriptor", function()
    local fd = signal.watch()
    assert.equal(fd, signal.watch())
  end)

  it("counts from 0 in a new watch", function()
    signal.watch()
    send("INT")
    signal.unwatch()
    signal.unwatch()
    signal.watch()
    assert.equal(0, signal.count())
  end)

  it("lets the third signal end the process", function()
    local output = shell.child([[
      local core = require "crier.core"
      core.signal.watch()
      for i = 1, 3 do
        print(i)
        io.stdout:flush()
        io.popen("kill -TERM " .. ("%d"):format(core.fs.pid())):close()
      end
      print "still here"]])
    assert.matches("^1\n2\n3", output)
    assert.is_nil(output:find "still here")
  end)

  it("takes over a signal that was ignored, and gives it back", function()
    local script = [[
      local core = require("crier.core")
      local kill = "kill -TERM " .. ("%d"):format(core.fs.pid())
      core.signal.watch()
      io.popen(kill):close()
      print(core.signal.count())
      core.signal.unwatch()
      io.popen(kill):close()
      print("alive")
    ]]
    assert.equal("1\nalive", shell.child(script, "trap '' TERM; "))
  end)

  it("restores the default action", function()
    local path = shell.script([[
      local core = require("crier.core")
      core.signal.watch()
      core.signal.unwatch()
      io.popen("kill -TERM " .. ("%d"):format(core.fs.pid())):close()
      print("alive")
    ]])
    local output = shell.run("exec 2>&-; " .. shell.lua(path) .. "; echo $?")
    os.remove(path)
    assert.equal("143", output) -- 128 + SIGTERM
  end)
end)
