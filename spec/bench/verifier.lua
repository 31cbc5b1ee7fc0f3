-- What verifying the token of one activity costs: crier beside Microsoft's library,
-- in one run.
--
--   lua5.4 spec/bench/verifier.lua [ROUNDS]
--
-- The library needs the packages of spec/peers in build/npm (.ci/deps test).
package.path = "lua/?.lua;lua/?/init.lua;spec/?.lua;" .. package.path
package.cpath = "build/?.so;" .. package.cpath

local cases = require "verifier_cases"
local cjson = require "cjson"
local core = require "crier.core"
local node = require "support.node"
local verifier = require "crier.verifier"

local rounds = tonumber(arg and arg[1]) or 20000
local NAMES = { "a good token", "a good token that is just not too large", "an end an hour ago",
  "the key of a stranger", "a kid that is not in the set", "the algorithm none", "two parts",
  "no header" }

local made = cases.new(1800000000)
local checked = assert(verifier.new(made.setups.public))
local by_name = {}
for _, case in ipairs(made.list) do
  by_name[case.name] = case
end

local function cost(work, times)
  for _ = 1, times / 10 do
    work()
  end
  collectgarbage()
  local start = os.clock()
  for _ = 1, times do
    work()
  end
  return (os.clock() - start) / times * 1e6
end

local function reference(case)
  if not node.is_ready() then
    return nil
  end
  local name = os.tmpname()
  local file = assert(io.open(name, "wb"))
  file:write(cjson.encode { client = made.client_id, now_s = made.now_s, keys = made.jwks,
    rounds = math.max(1, math.floor(rounds / 10)), cases = { { header = case.header,
    activity = case.activity,
    issuer = core.cloud.endpoints({ cloud = "public" }):info().issuer } } })
  file:close()
  local lines = node.run("verifier.mjs", { file = name })
  os.remove(name)
  return lines[2].us
end

print(("%-42s %10s %14s"):format("token", "crier us", "Microsoft us"))
for _, name in ipairs(NAMES) do
  local case = by_name[name]
  local us = cost(function()
    checked:verify(case.header, case.activity)
  end, rounds)
  local theirs = reference(case)
  print(("%-42s %10.1f %14s"):format(name, us, theirs and ("%.1f"):format(theirs) or "-"))
end
print(("%-42s %10.1f"):format("a key set of 11 keys, read anew", cost(function()
  checked:set_keys(made.jwks)
end, rounds / 100)))
