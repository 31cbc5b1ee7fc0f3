-- A folder with a campaign and its store, in which the real program runs.
local cjson = require "cjson"
local compare = require "support.compare"
local process = require "support.process"
local shell = require "support.shell"

local place = {}

local place_methods = {}
local place_mt = { __index = place_methods }

--- A script that sends a text to everybody, without the fields given.
place.HELLO = [[
local crier = require "crier"
return crier.campaign {
  name = "hello", audience = crier.users {}, install = true,
  message = crier.text "Hello ${recipient.givenName}",
}
]]

--- Makes a folder.
-- @tparam table env of the programs that run in it
-- @tparam ?table files by name; default: campaign.lua, which is HELLO
-- @tparam ?string folder in its place, an empty one
function place.new(env, files, folder)
  local self = setmetatable({ env = {}, path = folder or shell.folder() }, place_mt)
  for name, value in pairs(env) do
    self.env[name] = value
  end
  for name, text in pairs(files or { ["campaign.lua"] = place.HELLO }) do
    self:write(name, text)
  end
  return self
end

--- Writes a file of the folder.
function place_methods:write(name, text)
  local file = assert(io.open(self.path .. "/" .. name, "wb"))
  file:write(text)
  file:close()
end

local function with(self, env)
  local all = {}
  for name, value in pairs(self.env) do
    all[name] = value
  end
  for name, value in pairs(env or {}) do
    all[name] = value or nil
  end
  return all
end

--- Runs `crier ARGUMENTS` in the folder.
-- @tparam ?table env over the folder's; false unsets
function place_methods:crier(arguments, env, wrapper)
  return process.run(arguments, with(self, env), self.path, wrapper)
end

--- Starts `crier ARGUMENTS` in the folder.
function place_methods:start(arguments, env)
  return process.start(arguments, with(self, env), self.path)
end

--- The JSON lines that a command prints.
function place_methods:lines(arguments)
  local result, found = self:crier(arguments), {}
  assert(result.status == 0, result.err)
  for line in result.out:gmatch "[^\n]+" do
    found[#found + 1] = cjson.decode(line)
  end
  return found
end

--- A campaign's ledger, as `status --json` prints it.
function place_methods:status(name)
  return self:lines("status " .. (name or "hello") .. " --json")[1]
end

--- A campaign's rows, as `export` prints them.
function place_methods:export(name)
  return self:lines("export " .. (name or "hello"))
end

--- Ledger against deliveries.
-- @tparam table cloud from `support.sandbox`
-- @tparam ?function most see `support.compare`
function place_methods:compare(cloud, most, name)
  return compare.rows(self:export(name), cloud:deliveries(), most)
end

--- Removes the folder.
function place_methods:close()
  os.execute("rm -rf " .. shell.quote(self.path))
end

--- The sum of a ledger's states.
function place.sum(ledger)
  return ledger.delivered + ledger.failed + ledger.excluded + ledger.pending
    + ledger.unknown
end

return place
