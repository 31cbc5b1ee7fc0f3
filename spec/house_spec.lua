local shell = require("support.shell")

local quote = shell.quote

--- The sorted lines that a command writes.
local function lines(command)
  local list = {}
  for line in shell.run(command .. " | LC_ALL=C sort"):gmatch("[^\n]+") do
    list[#list + 1] = line
  end
  return list
end

--- The globals that a file of settings defines.
local function load_lua(path)
  local globals = {}
  assert(loadfile(path, "t", globals))()
  return globals
end

-- The build under test keeps its flags to itself.
local clean_env = "env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS "

--- The files of a variable of the Makefile.
local function listed(variable)
  return lines(clean_env .. "make -s show WHAT=" .. variable .. " | tr ' ' '\\n'")
end

--- What another Lua finds in the modules of an installed tree.
local function loaded_from(tree)
  local script = ("cd / && LUA_PATH='@/share/lua/5.4/?.lua;"
    .. "@/share/lua/5.4/?/init.lua;;' LUA_CPATH='@/lib/lua/5.4/?.so;;' "):gsub("@", tree)
  return shell.run(script .. arg[-1]
    .. " -e 'print(type(require(\"crier\").campaign), "
    .. "type(require(\"crier.server\").listen), "
    .. "type(require(\"crier.archive\").read))' 2>&1")
end

describe("the Makefile #house", function()
  local text

  setup(function()
    local file = assert(io.open("Makefile"))
    text = file:read("*a")
    file:close()
  end)

  it("explains each target in a line above it", function()
    local names = text:match("%.PHONY: ([^\n]*)")
    local bare = {}
    for name in names:gmatch("%S+") do
      if not text:find("\n\n# [A-Z][^\n]+\n" .. name .. ":") then
        bare[#bare + 1] = name
      end
    end
    assert.same({}, bare)
  end)

  it("puts every C file of src into what it builds", function()
    assert.same(lines("find src -name '*.c'"), listed("SRCS"))
  end)
end)

describe("make install #house", function()
  local root

  setup(function()
    root = shell.run("mktemp -d")
    local output = shell.run(clean_env .. "make -s install PREFIX=/usr DESTDIR="
      .. quote(root) .. " 2>&1 || echo failed")
    assert.equal("", output)
  end)

  teardown(function()
    os.execute("rm -rf " .. quote(root))
  end)

  it("installs every Lua module", function()
    assert.same(lines("cd lua && find . -name '*.lua'"),
      lines("cd " .. quote(root) .. "/usr/share/lua/5.4 && find . -name '*.lua'"))
  end)

  it("installs the page, where it was built", function()
    assert.same(lines("cd build/page 2>/dev/null && find . -type f"),
      lines("cd " .. quote(root) .. "/usr/share/crier/page 2>/dev/null && find . -type f"))
  end)

  it("installs the examples and the licence", function()
    assert.same(lines("find LICENSE README.md examples -type f 2>/dev/null"),
      lines("cd " .. quote(root) .. "/usr/share/doc/crier && find . -type f"
        .. " | sed 's#^./##'"))
  end)

  it("installs a program that runs away from the checkout", function()
    local output = shell.run("cd / && env -i " .. quote(root)
      .. "/usr/bin/crier --help 2>&1; echo status $?")
    assert.matches("run.*status 0$", output)
  end)

  it("installs a module that any Lua 5.4 loads", function()
    assert.equal("function\tfunction\tfunction", loaded_from(root .. "/usr"))
  end)
end)

describe("the rockspec #house", function()
  it("lists the sources of crier.core", function()
    local spec = load_lua("rockspec/crier-dev-1.rockspec")
    local sources = spec.build.modules["crier.core"].sources
    assert.same(listed("CORE_SRCS"), sources)
  end)

  describe("in LuaRocks", function()
    local root, luarocks

    local function rock(command)
      local output = shell.run("cd " .. quote(root .. "/src") .. " && "
        .. clean_env .. "LUAROCKS_CONFIG=" .. quote(root .. "/config.lua") .. " "
        .. "luarocks --lua-version=5.4 --tree=" .. quote(root .. "/tree") .. " "
        .. command .. " >../log 2>&1 || cat ../log")
      assert.equal("", output)
    end

    setup(function()
      luarocks = shell.run("command -v luarocks")
      if luarocks == "" then
        return
      end
      root = shell.run("mktemp -d")
      os.execute("mkdir " .. quote(root .. "/src")
        .. " && cp -R Makefile src lua rockspec " .. quote(root .. "/src"))
      local file = assert(io.open(root .. "/config.lua", "w"))
      -- No server: what is not provided cannot be had.
      file:write([[
rocks_servers = {}
rocks_provided = { ["lua-cjson"] = "2.1.0-1" }
variables = { CFLAGS = "-O0 -fPIC" }
]])
      file:close()
    end)

    teardown(function()
      if root then
        os.execute("rm -rf " .. quote(root))
      end
    end)

    it("builds and installs the module offline", function()
      if luarocks == "" then
        return pending("luarocks is not installed")
      end
      rock("make")
      assert.same(lines("cd lua && find . -name '*.lua'"),
        lines("cd " .. quote(root) .. "/tree/share/lua/5.4 && find . -name '*.lua'"))
      local tree = root .. "/tree"
      rock("make rockspec/optional/crier-server-dev-1.rockspec")
      rock("make rockspec/optional/crier-archive-dev-1.rockspec")
      assert.equal("function\tfunction\tfunction", loaded_from(tree))
      -- An optional rock brings C alone, or it would overwrite the first.
      for _, name in ipairs({ "server", "archive" }) do
        local manifest = load_lua(tree .. "/lib/luarocks/rocks-5.4/crier-" .. name
          .. "/dev-1/rock_manifest").rock_manifest
        assert.is_nil(manifest.lua)
        assert.equal("string", type(manifest.lib.crier[name .. ".so"]))
      end
    end)
  end)
end)
