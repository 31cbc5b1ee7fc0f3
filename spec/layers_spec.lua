local shell = require("support.shell")

-- What lies in lua/crier, folders and single files, the ground first: each may require
-- what stands in an earlier line. `crier` is what `require "crier"` gives.
local LAYERS = {
  { "archive", "core", "server" }, -- of C
  { "budget", "credential", "foreign", "format", "heap", "hmac", "operator", "suggest",
    "version" },
  { "config", "journal", "loop", "misuse", "retry", "simulator", "template", "verifier" },
  { "activity", "bot", "metrics", "waiting" },
  { "connector", "graph", "signin", "single" },
  { "audience", "client", "package" },
  { "campaign" },
  { "dialog", "doctor", "report", "worker" },
  { "crier", "gateway", "preview" },
  { "door" },
  { "serve" },
  { "cli" },
}

-- What src/bind includes of the system.
local SYSTEM = { errno = true, lauxlib = true, limits = true, lua = true, lualib = true,
  math = true, stddef = true, stdint = true, stdlib = true, string = true, unistd = true }

local RANKS = {}
for rank, names in ipairs(LAYERS) do
  for _, name in ipairs(names) do
    RANKS[name] = rank
  end
end

-- The folder, or the single file, of lua/crier that a path is of.
local function place_of(path)
  local inside = path:match("^lua/crier/(.+)%.lua$")
  return inside == "init" and "crier" or inside:match("^[^/]+")
end

-- Code without comments and long strings, its lines where they were.
local function bare(text)
  return (text:gsub("%[(=*)%[(.-)%]%1%]", function(_, inside)
    return (inside:gsub("[^\n]+", ""))
  end):gsub("%-%-[^\n]*", ""))
end

--- What a file requires that it may not: `file:line: place requires place`.
local function upward(path, text)
  local own, found, number = place_of(path), {}, 0
  for line in bare(text):gmatch("([^\n]*)\n?") do
    number = number + 1
    for name in line:gmatch("require[%s(,]*[\"'](crier[%w_.]*)[\"']") do
      local other = name == "crier" and name or name:match("^crier%.([%w_]+)")
      local rank = RANKS[other]
      if other ~= own and not (rank and RANKS[own] and rank < RANKS[own]) then
        found[#found + 1] = ("%s:%d: %s requires %s"):format(path, number, own, other)
      end
    end
  end
  return found
end

local function files(command)
  return shell.run(command .. " | LC_ALL=C sort"):gmatch("[^\n]+")
end

local function read(path)
  local file = assert(io.open(path))
  local text = file:read("*a")
  file:close()
  return text
end

--- What the C files of a folder include and may not: `file: "header"`.
-- @tparam string folder
-- @tparam {string,...} homes of the headers in quotes, as they are written
-- @tparam function may_angle told the name of a header in angles
local function included(folder, homes, may_angle)
  local found = {}
  local function is_at_home(name)
    for _, home in ipairs(homes) do
      local file = name:sub(1, #home) == home and not name:find("/", #home + 1, true)
        and io.open(folder .. "/" .. name)
      if file then
        return file:close()
      end
    end
  end
  for path in files("find " .. folder .. " -name '*.[ch]'") do
    for header, close in read(path):gmatch("# *include *([\"<][^\">]+)([\">])") do
      if not (close == '"' and is_at_home or may_angle)(header:sub(2)) then
        found[#found + 1] = path .. ": " .. header .. close
      end
    end
  end
  return found
end

describe("the layers of lua/crier #house", function()
  it("have a place for everything, and nothing else", function()
    local there = { archive = true, core = true, server = true }
    for path in files("find lua/crier -name '*.lua'") do
      there[place_of(path)] = true
    end
    for name in pairs(there) do
      assert.is_not_nil(RANKS[name], name .. " has no place in LAYERS")
    end
    for name in pairs(RANKS) do
      assert.is_true(there[name], name .. " is in LAYERS alone")
    end
  end)

  it("require nothing above", function()
    local all = {}
    for path in files("find lua/crier -name '*.lua'") do
      for _, found in ipairs(upward(path, read(path))) do
        all[#all + 1] = found
      end
    end
    assert.same({}, all)
  end)

  it("are told from one that does, wherever it does it", function()
    local text = [==[
-- require "crier.cli" is said here, and in text = [[ require "crier.cli" ]]
local graph = require "crier.graph"
local text = [[
  local crier = require "crier"
]]
local function late()
  local found = require("crier.cli.run") or pcall(require, "crier.serve")
  return require "crier", require 'crier.report.row', require "crier.campaign.run"
end
local another = require "crier.nowhere"
]==]
    assert.same({
      "lua/crier/campaign/x.lua:7: campaign requires cli",
      "lua/crier/campaign/x.lua:7: campaign requires serve",
      "lua/crier/campaign/x.lua:8: campaign requires crier",
      "lua/crier/campaign/x.lua:8: campaign requires report",
      "lua/crier/campaign/x.lua:10: campaign requires nowhere",
    }, upward("lua/crier/campaign/x.lua", text))
    assert.same({ "lua/crier/report/x.lua:1: report requires dialog" },
      upward("lua/crier/report/x.lua", 'local x = require("crier.dialog")'))
    assert.same({}, upward("lua/crier/init.lua", 'local x = require "crier.dialog"'))
  end)
end)

describe("the layers of src #house", function()
  it("keep Lua out of the core", function()
    assert.same({}, included("src/core", { "" }, function(name)
      return not name:find("^lua") and name ~= "lauxlib.h"
    end))
  end)

  it("let what Lua sees know the core alone", function()
    assert.same({}, included("src/bind", { "", "../core/" }, function(name)
      return SYSTEM[name:match("^(.*)%.h$")]
    end))
  end)
end)
