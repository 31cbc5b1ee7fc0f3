-- What a card costs: crier beside the reference implementation, in one run.
--
--   lua5.4 spec/bench/template.lua [ROUNDS]
--
-- The reference needs the packages of spec/peers in build/npm (.ci/deps test).
package.path = "lua/?.lua;lua/?/init.lua;spec/?.lua;" .. package.path
package.cpath = "build/?.so;" .. package.cpath

local cjson = require "cjson"
local template = require "crier.template"

local rounds = tonumber(arg and arg[1]) or 20000

local CARDS = {
  { "paths", [[{"type":"AdaptiveCard","version":"1.5","body":[
    {"type":"TextBlock","text":"Dear ${recipient.givenName},","wrap":true},
    {"type":"FactSet","facts":[{"title":"Office","value":"${data.office}"},
    {"title":"Until","value":"${data.until}"}]}],"actions":[]}]] },
  { "expressions", [[{"type":"AdaptiveCard","version":"1.5","body":[
    {"type":"TextBlock","text":"Dear ${toUpper(recipient.givenName)},","wrap":true},
    {"type":"TextBlock","text":"${if(data.days > 1, string(data.days) & ' days', 'today')}"},
    {"type":"TextBlock","text":"${formatDateTime(data.until, 'dddd, d MMMM yyyy')}"},
    {"type":"TextBlock","$when":"${data.days < 3}","text":"Hurry"}]}]] },
  { "a list of ten", [[{"type":"AdaptiveCard","version":"1.5","body":[
    {"type":"TextBlock","$data":"${data.items}","$when":"${open}","text":"${name}: ${count}"}]}]] },
}

local scope = { recipient = { givenName = "Zoë" }, campaign = { name = "x" },
  data = { office = "Zürich", ["until"] = "2027-03-28T09:30:00.000Z", days = 2, items = {} } }
for i = 1, 10 do
  scope.data.items[i] = { name = "Thing " .. i, count = i, open = i % 5 ~= 0 }
end

local function cost(work)
  for _ = 1, rounds / 10 do
    work()
  end
  collectgarbage()
  local start = os.clock()
  for _ = 1, rounds do
    work()
  end
  return (os.clock() - start) / rounds * 1e6
end

local function reference(card)
  local input = os.tmpname()
  local file = assert(io.open(input, "w"))
  file:write(cjson.encode { card = card, data = scope, rounds = rounds })
  file:close()
  local pipe = assert(io.popen("node --preserve-symlinks --preserve-symlinks-main"
    .. " build/npm/vectors/bench.mjs < " .. input .. " 2>/dev/null"))
  local us = tonumber(pipe:read "*a")
  pipe:close()
  os.remove(input)
  return us
end

print(("%-16s %10s %10s %12s %8s"):format("card", "fill us", "render us", "reference us", "ratio"))
for _, card in ipairs(CARDS) do
  local compiled = assert(template.compile(card[2]))
  assert(compiled:fill(scope))
  local fill = cost(function() compiled:fill(scope) end)
  local render = cost(function() compiled:render { data = scope } end)
  local theirs = reference(card[2])
  print(("%-16s %10.1f %10.1f %12s %8s"):format(card[1], fill, render,
    theirs and ("%.1f"):format(theirs) or "-", theirs and ("%.2f"):format(render / theirs) or "-"))
end
