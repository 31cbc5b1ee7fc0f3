-- How many events `crier serve` takes: RATE a second for SECONDS, one in ten twice, of
-- one connection each for 64 senders, signed as Teams' are.
--
--   lua5.4 spec/bench/intake.lua [RATE [SECONDS]]       (default 1000, 60)
--
-- Prints one JSON line: sent, answers by status, how long they took (milliseconds), the
-- CPU of `crier serve` for each event, and what the store holds; fails when that is not
-- each acknowledged event once.
package.path = "lua/?.lua;lua/?/init.lua;spec/?.lua;" .. package.path
package.cpath = "build/?.so;" .. package.cpath

local cjson = require "cjson"
local core = require "crier.core"
local journal = require "crier.journal"
local json = require "crier.format.json"
local process = require "support.process"
local server = require "crier.server"
local shell = require "support.shell"
local simulator = require "crier.simulator"

local RATE, SECONDS = tonumber(arg[1]) or 1000, tonumber(arg[2]) or 60
local PEOPLE, MOST = 5000, 200 -- requests under way at once

local folder = shell.run "mktemp -d"
local transport = core.transport.new { max_connections = 64 }
local cloud = assert(simulator.new { users = PEOPLE, webhook = "http://127.0.0.1/",
  new_signer = function() return assert(core.signer.new()) end })

-- The keys and the token that they sign, served to `crier serve`.
local keys_server = assert(server.listen {})
local origin = ("http://127.0.0.1:%d"):format(keys_server:port())
cloud.webhook.origin = origin

local function serve_keys()
  for _, request in ipairs(assert(keys_server:run())) do
    local response = cloud:step(request, core.clock.now_ms())
    keys_server:respond(request.id, response.status, response.headers, response.body)
  end
end

local env = cloud:environment(origin)
env.CRIER_STORE = "sqlite:" .. folder .. "/crier.db"
local listening = process.start("serve --json --listen 127.0.0.1:0", env, folder)
local url = cjson.decode(listening:line()).url

local function wait(ms)
  local done = transport:step(ms, { keys_server:fd() })
  serve_keys()
  return done
end

local sent, statuses, took, acknowledged = 0, {}, {}, {}
local flying, under_way = {}, 0

local function collect(done)
  for _, completion in ipairs(done) do
    local one, response = flying[completion.ticket], completion.response
    flying[completion.ticket], under_way = nil, under_way - 1
    local status = response.status or response.error
    statuses[tostring(status)] = (statuses[tostring(status)] or 0) + 1
    took[#took + 1] = response.total_ms
    if status == 200 then
      acknowledged[one.id] = true
    end
  end
end

local function post(one)
  local ticket = assert(transport:submit { method = "POST", url = url, body = one.body,
    headers = { ["Content-Type"] = "application/json", Authorization = one.authorization } })
  flying[ticket], under_way = one, under_way + 1
  sent = sent + 1
end

local telling = require "crier.simulator.telling"

local function event(nth)
  local activity = telling.by_person(cloud, "message", nth % PEOPLE + 1, { text = "hello " .. nth },
    core.clock.now_ms())
  return { id = activity.id, body = cjson.encode(activity),
    authorization = "Bearer " .. cloud.openid:token(activity.serviceUrl, core.clock.now_ms()) }
end

-- Until it has its keys.
local ready = false
while not ready do
  local ticket = assert(transport:submit { method = "GET", headers = {},
    url = (url:gsub("/api/messages", "/readyz")) })
  local answered
  while not answered do
    for _, completion in ipairs(wait(10)) do
      answered = completion.ticket == ticket
      ready = completion.response.status == 200
    end
  end
end

local function cpu_ms()
  local stat = process.read("/proc/" .. listening.pid .. "/stat")
  local user, system = stat:match "%) %S+ %S+ %S+ %S+ %S+ %S+ %S+ %S+ %S+ %S+ %S+ (%d+) (%d+)"
  return (tonumber(user) + tonumber(system)) * 10
end

local before_ms = cpu_ms()
local began, made, last = core.clock.now_ms(), 0, nil
local total = RATE * SECONDS
while made < total do
  local due = math.min(total, math.floor((core.clock.now_ms() - began) / 1000 * RATE))
  while made < due and under_way < MOST do
    made = made + 1
    if made % 10 == 0 and last then
      post(last) -- a copy, perhaps before the first was answered
    else
      last = event(made)
      post(last)
    end
  end
  collect(wait(1))
end
while next(flying) do
  collect(wait(50))
end
local seconds = (core.clock.now_ms() - began) / 1000
local used_ms = cpu_ms() - before_ms

local store = assert(journal.open(folder .. "/crier.db"))
repeat
  wait(50)
until store.inbox:counts() == 0
listening:signal "TERM"
listening:wait()

local copies, stored = {}, 0
for _, row in ipairs(store.db:rows "SELECT activity_id AS id FROM inbox") do
  copies[row.id], stored = (copies[row.id] or 0) + 1, stored + 1
end
local count, missing = 0, 0
for id in pairs(acknowledged) do
  count = count + 1
  missing = missing + (copies[id] == 1 and 0 or 1)
end
store:close()
os.execute("rm -rf " .. folder)
table.sort(took)
local function share(part)
  return math.floor(took[math.max(1, math.ceil(#took * part))] * 10) / 10
end
print(json.ordered({ sent = sent, per_second = math.floor(sent / seconds), statuses = statuses,
  median_ms = share(0.5), p99_ms = share(0.99), longest_ms = share(1),
  cpu_us = math.floor(used_ms * 1000 / sent), acknowledged = count, stored = stored,
  wrong = missing }, { "sent", "per_second", "statuses", "median_ms", "p99_ms", "longest_ms",
  "cpu_us", "acknowledged", "stored", "wrong" }))
os.exit(missing == 0 and stored == count and 0 or 1)
