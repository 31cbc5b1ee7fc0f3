local campaign = require "crier.campaign"
local script = require "crier.campaign.script"

-- Files of a campaign, by name; "hello.lua" is the script.
local function files(texts)
  local read = {}
  return { script = "hello.lua", shown = "dir/hello.lua", files = read,
    read = function(_, path)
      read[#read + 1] = path
      if texts[path] then
        return texts[path]
      end
      return nil, "cannot read " .. path, "FILE"
    end }
end

local function load_text(text, more)
  local texts = { ["hello.lua"] = text }
  for name, each in pairs(more or {}) do
    texts[name] = each
  end
  return script.load(files(texts))
end

-- What is said of a script that is refused: one line.
local function refused(text, more)
  local result, message, code = load_text(text, more)
  assert.is_nil(result)
  assert.equal("SCRIPT", code)
  assert.is_nil(message:find "\n")
  return message
end

local HELLO = 'local crier = require "crier"\nreturn crier.campaign {'
  .. ' name = "hello", audience = crier.users {}, message = crier.text "Hi" }'

describe("crier.campaign.script", function()
  describe(".load()", function()
    it("gives the campaign that the script returns", function()
      local made = load_text(HELLO)
      assert.is_true(campaign.is(made))
      assert.equal("hello", made.name)
    end)

    it("takes a byte-order mark and a first line for the shell", function()
      assert.equal("hello", load_text("\239\187\191" .. HELLO).name)
      assert.equal("hello", load_text("#!/usr/bin/env crier\n" .. HELLO).name)
    end)

    it("gives crier.today the clock it is told, and no zone is an error", function()
      local text = HELLO:gsub('"hello"', '"hello-" .. crier.today "Pacific/Auckland"')
      local made = assert(script.load(files { ["hello.lua"] = text },
        function() return 1800000000000 end)) -- 2027-01-15 08:00 UTC
      assert.equal("hello-2027-01-15", made.name)
      made = assert(script.load(files { ["hello.lua"] = text },
        function() return 1800000000000 + 3 * 3600000 end))
      assert.equal("hello-2027-01-16", made.name)
      assert.equal("dir/hello.lua:2: crier.today takes a time zone: crier.today"
        .. " \"Europe/Berlin\"", refused((text:gsub('today "Pacific/Auckland"', "today()"))))
      assert.matches("crier.today: 'Mars' is no time zone",
        refused((text:gsub("Pacific/Auckland", "Mars"))))
    end)

    it("refuses a script that cannot be read", function()
      local result, message, code = script.load(files {})
      assert.is_nil(result)
      assert.equal("cannot read hello.lua", message)
      assert.equal("SCRIPT", code)
    end)

    it("refuses what is not Lua, and names the line", function()
      assert.matches("^dir/hello%.lua:2: .*near 'is'$",
        refused("local x = 1\nthis is no Lua"))
    end)

    it("refuses precompiled code", function()
      assert.matches("attempt to load a binary chunk",
        refused(string.dump(function() end)))
    end)

    it("refuses a script that returns something else", function()
      local advice = ": end it with `return crier.campaign { … }`"
      assert.equal("dir/hello.lua returned nothing" .. advice, refused "x = 1")
      assert.equal("dir/hello.lua returned a table" .. advice,
        refused "return {}")
    end)

    it("says in one line what a script raised", function()
      assert.equal("dir/hello.lua:2: boom", refused "\nerror 'boom\\nstack'")
      assert.equal("dir/hello.lua:3: boom", refused "\n\nerror('boom', 0)")
      assert.equal("dir/hello.lua:1: an error that is not a text", refused "error {}")
      assert.equal("dir/hello.lua:1: an error that is not a text", refused "error(nil)")
      assert.equal("dir/hello.lua:1: told", refused
        "error(setmetatable({}, { __tostring = function() return 'told' end }))")
    end)

    it("tells what of crier was probably meant", function()
      for name, said in pairs { pol = "; did you mean 'poll'?", xyzzy = "",
        usres = "", Text = "; did you mean 'text'?" } do
        assert.equal(("dir/hello.lua:2: crier has no '%s'%s"):format(name, said),
          refused("local crier = require 'crier'\nreturn crier." .. name .. " {}"))
      end
    end)

    it("names the line of a description that is wrong", function()
      local begin = 'local crier = require "crier"\n\n'
      assert.equal("dir/hello.lua:3: crier.campaign: unknown option 'mesage';"
        .. " did you mean 'message'?",
        refused(begin .. 'return crier.campaign {\n mesage = "",\n}'))
      assert.equal("dir/hello.lua:4: crier.users: filter must be a string",
        refused(begin .. "local a = \ncrier.users { filter = 1 }"))
      assert.equal("dir/hello.lua:3: crier.card takes a file name, or one for each language",
        refused(begin .. "return crier.card()"))
      assert.equal("dir/hello.lua:3: crier.retry: attempts must be a number"
        .. " from 0 on", refused(begin .. "x = crier.retry { attempts = 'a' }"))
    end)

    it("does not let a script end crier", function()
      local said = "a script does not end crier: it returns a campaign"
      for _, call in ipairs { "os.exit(0)", "_G.os.exit()", "require 'os'.exit(0)" } do
        assert.equal("dir/hello.lua:2: " .. said, refused("\n" .. call))
      end
      local made = load_text((HELLO:gsub('"Hi" }',
        '"Hi", data = function() os.exit(0) end }')))
      local ok, message = pcall(made.data)
      assert.is_false(ok)
      assert.matches(said, message, 1, true)
      assert.equal("hello-" .. os.date "%Y", load_text((HELLO:gsub('"hello"',
        '"hello-" .. os.date "%%Y"'))).name)
    end)

    it("leaves the hook of a debugger in place", function()
      local hook = function() end
      debug.sethook(hook, "c", 0)
      local loaded = load_text(HELLO)
      local found = debug.gethook()
      debug.sethook()
      assert.equal("hello", loaded.name)
      assert.equal(hook, found)
    end)
  end)

  describe("globals", function()
    it("belong to the script alone", function()
      assert.is_not_nil(load_text("helper = 1; print = nil\n"
        .. "assert(_G.helper == 1)\n" .. HELLO))
      assert.is_nil(rawget(_G, "helper"))
      assert.equal("function", type(print))
      assert.matches("attempt to compare", refused("return helper < 1"))
    end)

    it("are shared with the modules of the script's folder", function()
      assert.is_not_nil(load_text("shared = 7\nassert(require 'lib' == 7)\n"
        .. HELLO, { ["lib.lua"] = "return shared" }))
    end)
  end)

  describe("require", function()
    it("looks in the script's folder first", function()
      assert.equal("mine", load_text('local crier = require "crier"\n'
        .. 'return crier.campaign { name = require "cjson".name,'
        .. ' audience = crier.users {}, message = crier.text "Hi" }',
        { ["cjson.lua"] = 'return { name = "mine" }' }).name)
    end)

    it("knows folders, and init.lua", function()
      assert.is_not_nil(load_text("assert(require 'a.b' == 'a.b')\n"
        .. "assert(require 'c' == 'in c')\n" .. HELLO,
        { ["a/b.lua"] = "return (...)", ["c/init.lua"] = "return 'in c'" }))
    end)

    it("loads a module once, and true for one that returns nothing", function()
      assert.is_not_nil(load_text("assert(require 'm' == require 'm')\n"
        .. "assert(require 'n' == true)\n" .. HELLO,
        { ["m.lua"] = "return {}", ["n.lua"] = "" }))
    end)

    it("ends a circle", function()
      assert.is_not_nil(load_text("assert(require 'm' == 'm')\n" .. HELLO,
        { ["m.lua"] = "assert(require 'n' == true) return 'm'",
          ["n.lua"] = "require 'm'" }))
    end)

    it("finds what is installed, and crier itself only there", function()
      assert.is_not_nil(load_text("assert(require('cjson').encode)\n" .. HELLO,
        { ["crier.lua"] = "error 'not this'" }))
    end)

    it("finds a module whose name begins like crier's", function()
      assert.is_not_nil(load_text("assert(require 'crier_names' == 1)\n" .. HELLO,
        { ["crier_names.lua"] = "return 1" }))
    end)

    it("leaves no module behind for others", function()
      load_text("require 'm'\n" .. HELLO, { ["m.lua"] = "return 1" })
      assert.is_nil(package.loaded.m)
    end)

    it("never leaves the folder", function()
      local source = files { ["hello.lua"] = "require '../secret'" }
      local _, message = script.load(source)
      assert.matches("^dir/hello%.lua:1: module '../secret' not found$", message)
      assert.same({ "hello.lua" }, source.files)
    end)

    it("says in one line, with the script's, what is not found", function()
      assert.equal("dir/hello.lua:2: module 'nowhere' not found",
        refused "\nlocal x = require 'nowhere'")
      assert.equal("dir/hello.lua:2: module 'nowhere' not found",
        refused "\nreturn require 'nowhere'")
    end)

    it("says where a module of the folder is wrong", function()
      assert.equal("lib.lua:2: oops", refused("require 'lib'",
        { ["lib.lua"] = "\nerror 'oops'" }))
      assert.matches("lib%.lua:1: .* near", refused("require 'lib'",
        { ["lib.lua"] = "x x" }))
    end)

    it("raises when it is given no name", function()
      assert.equal("dir/hello.lua:1: require takes a module's name",
        refused "local x = require(nil)")
    end)
  end)
end)
