local shell = require("support.shell")

local quote = shell.quote
local program = os.getenv("CRIER_BIN") or "build/bin/crier"

-- An installed tree with a crier.cli of the test's own.
describe("the crier program", function()
  local root

  local function write(path, text)
    os.execute("mkdir -p " .. quote((root .. "/" .. path):match("^(.*)/")))
    local file = assert(io.open(root .. "/" .. path, "w"))
    file:write(text)
    file:close()
  end

  local function cli(body)
    write("share/lua/5.4/crier/cli.lua",
      "return { main = function(arg) " .. body .. " end }")
  end

  --- Gives what `command` wrote to both streams and its exit status.
  local function run(command)
    local text = shell.run("cd " .. quote(root) .. " && { " .. command
      .. "; } 2>&1; echo \"status $?\"")
    local output, status = text:match("^(.-)\n?status (%d+)$")
    return output, tonumber(status)
  end

  before_each(function()
    root = shell.run("mktemp -d")
    os.execute("mkdir " .. quote(root .. "/bin") .. " && cp " .. quote(program)
      .. " " .. quote(root .. "/bin/crier"))
  end)

  after_each(function()
    os.execute("rm -rf " .. quote(root))
  end)

  it("exits with the status that crier.cli returns", function()
    cli("return 65")
    assert.same({ "", 65 }, { run("bin/crier") })
  end)

  it("passes its arguments in arg", function()
    cli("io.write(arg[0], '|', table.concat(arg, '|'), '|', #arg) return 0")
    assert.same({ "bin/crier|run|a b||3", 0 }, { run("bin/crier run 'a b' ''") })
  end)

  it("finds its modules from any folder and through a link", function()
    cli("return 7")
    write("elsewhere/file", "")
    local _, status = run("cd elsewhere && ln -s ../bin/crier c && PATH=. c")
    assert.equal(7, status)
  end)

  it("finds its modules in a checkout", function()
    write("lua/crier/cli.lua", "return { main = function() return 8 end }")
    local _, status = run("mkdir -p build && mv bin build && build/bin/crier")
    assert.equal(8, status)
  end)

  it("looks for C modules beside its own first", function()
    cli("io.write(package.cpath:match('^[^;]*')) return 0")
    assert.equal(shell.run("cd " .. quote(root) .. " && pwd -P")
      .. "/lib/lua/5.4/?.so", (run("bin/crier")))
  end)

  it("lets LUA_PATH add modules but not replace its own", function()
    cli("return require('extra')")
    write("other/crier/cli.lua", "error('shadowed')")
    write("other/extra.lua", "return 9")
    local output, status =
      run("LUA_PATH='./other/?.lua;;' LUA_INIT='error()' bin/crier")
    assert.same({ "", 9 }, { output, status })
  end)

  it("reports an uncaught error in one line", function()
    cli("error('the cause\\nand more')")
    local output, status = run("env -u CRIER_DEBUG bin/crier")
    assert.matches("^crier: internal error: [^\n]*the cause$", output)
    assert.equal(1, status)
  end)

  it("adds the stack when CRIER_DEBUG is set", function()
    cli("error('the cause')")
    local output, status = run("CRIER_DEBUG=1 bin/crier")
    assert.matches("the cause\nstack traceback:\n", output)
    assert.equal(1, status)
  end)

  it("reports an error that is not text", function()
    cli("error(setmetatable({}, { __tostring = function() return 'odd' end }))")
    assert.same({ "crier: internal error: odd", 1 }, { run("bin/crier") })
  end)

  it("reports a main that returns no status", function()
    cli("return 'fine'")
    assert.same({ "crier: internal error: crier.cli.main returned no exit status",
      1 }, { run("bin/crier") })
  end)

  it("survives a reader that goes away", function()
    cli([[
      for _ = 1, 1000 do
        if not io.write(("x"):rep(4096)) then return 6 end
      end
      return 0]])
    assert.equal("6", (run("{ bin/crier; echo $? >&2; } | true")))
  end)
end)
