-- What crier costs in a gateway: wrk on the webhook and on the route that sends, in each
-- of the three, beside a route of the same gateway without crier; and how long that other
-- route has to wait meanwhile, which is the longest stall of the gateway's loop.
--
--   make && make LUA=luajit && make LUA=lua5.3
--   lua5.4 spec/bench/gateways.lua [SECONDS [RATE [GATEWAY...]]]     (default 5, 100, all)
--
-- Prints a JSON line for each: requests a second that were taken, and refused (503: Teams
-- comes again), latency in milliseconds, and that of the probe: 8 connections on the other
-- route, each 200 times a second. RATE is of requests a second; `flat out` is as fast as 8
-- connections ask, 64 in front of `crier serve`; `locked` is the webhook while somebody
-- else keeps the store from being written. The store lies on the disk of the working
-- folder: each event waits for that.
package.path = "lua/?.lua;lua/?/init.lua;spec/?.lua;" .. package.path
package.cpath = "build/?.so;" .. package.cpath

local cjson = require "cjson"
local gateways = require "support.gateways"
local json = require "crier.format.json"
local process = require "support.process"
local programs = require "support.gateway_programs"
local shell = require "support.shell"

local SECONDS, RATE = tonumber(arg[1]) or 5, tonumber(arg[2]) or 100
local CONNECTIONS, MANY, PROBE_MS = 8, 64, 5
local NAMES = { (table.unpack or unpack)(arg, 3) } -- luacheck: ignore 113 143
if not NAMES[1] then
  NAMES = { "nginx", "haproxy", "lighttpd" }
end

-- A route that answers 200 to whatever was posted, beside those of the example.
local PLAIN = {
  nginx = function()
    return "  location = /api/messages {", "  location = /plain { return 200; }\n%s"
  end,
  haproxy = function()
    return "  http-request deny deny_status 413",
      "  http-request return status 200 if { path /plain }\n%s"
  end,
  lighttpd = function(here)
    local path = here.folder .. "/plain.lua"
    local file = assert(io.open(path, "w"))
    file:write "return 200\n"
    file:close()
    return "server.max-request-size", ('$HTTP["url"] == "/plain" { magnet.attract-raw-url-to ='
      .. ' ( "%s" ) }\n'):format(path) .. "%s"
  end,
}

-- What wrk asks: each request has an id of its own.
local WRK = [[
local body, headers, path = %q, { ["Content-Type"] = "application/json", Authorization = %q }, %q
local count, who = 0, %q .. tostring({}):match "0x(%%w+)"
function request()
  count = count + 1
  return wrk.format("POST", path, headers, (body:gsub("ID", who .. count)))
end
local pause_ms = %s
if pause_ms > 0 then
  function delay()
    return pause_ms
  end
end
function done(summary, latency)
  local e = summary.errors
  io.write(('{"requests":%%d,"seconds":%%f,"refused":%%d,"p50":%%f,"p99":%%f,"max":%%f}\n'):format(
    summary.requests, summary.duration / 1e6, e.status + e.connect + e.read + e.write + e.timeout,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, latency.max / 1000))
end
]]

local runs = 0

local function wrk(here, route, connections, pause_ms)
  runs = runs + 1
  local body = route == "/say" and '{"id":"ID","to":"ann","text":"Your order is here"}'
    or cjson.encode(here:activity "ID")
  local path = ("%s/%d.lua"):format(here.folder, runs)
  local file = assert(io.open(path, "w"))
  file:write(WRK:format(body, "Bearer " .. here.made.good, route, "r" .. runs,
    tostring(pause_ms)))
  file:close()
  return assert(io.popen(("timeout -k 5 %d wrk -t1 -c%d -d%ds -s %s %s%s 2>&1"):format(SECONDS + 30,
    connections, SECONDS, path, here.url, route)))
end

local function result(pipe)
  local said = pipe:read "*a"
  pipe:close()
  return cjson.decode((assert(said:match "{.*}", said)))
end

local function rounded(ms)
  return math.floor(ms * 100 + 0.5) / 100
end

local ORDER = { "gateway", "mode", "route", "load", "taken_per_second", "refused_per_second",
  "median_ms", "p99_ms", "longest_ms", "probe_median_ms", "probe_p99_ms", "probe_longest_ms" }

-- One line: load on a route, and a probe on the other.
local function measure(here, name, mode, title, route, connections)
  local load = wrk(here, route, connections or CONNECTIONS,
    connections and 0 or 1000 * CONNECTIONS / RATE)
  local probe = result(wrk(here, "/plain", CONNECTIONS, PROBE_MS))
  local found = result(load)
  print(json.ordered({ gateway = name, mode = mode, route = title,
    load = connections and "flat out" or RATE,
    taken_per_second = rounded((found.requests - found.refused) / found.seconds),
    refused_per_second = rounded(found.refused / found.seconds), median_ms = rounded(found.p50),
    p99_ms = rounded(found.p99), longest_ms = rounded(found.max),
    probe_median_ms = rounded(probe.p50), probe_p99_ms = rounded(probe.p99),
    probe_longest_ms = rounded(probe.max) }, ORDER))
  io.stdout:flush()
end

local function start(name, mode)
  local here = gateways.new(shell.run "mktemp -d -p $PWD/build")
  local old, new = PLAIN[name](here)
  programs.start(name, here, mode, { [old] = new:format(old) })
  if mode == "forward" then
    here.serving = process.start("serve --json --listen unix:" .. here.folder .. "/serve.sock",
      { AZURE_TENANT_ID = here.made.tenant, AZURE_CLIENT_ID = here.made.client_id,
        AZURE_CLIENT_SECRET = "unused", CRIER_STORE = "sqlite:" .. here.folder .. "/crier.db" })
    assert(here.serving:line(), "crier serve does not start")
    os.execute(("chmod 777 %s/serve.sock"):format(here.folder))
  end
  assert(here:tell("warm").status == 200, "the gateway takes nothing")
  return here
end

local function journal(name)
  local here = start(name, "journal")
  measure(here, name, "journal", "without crier", "/plain")
  measure(here, name, "journal", "webhook", "/api/messages")
  measure(here, name, "journal", "say", "/say")
  measure(here, name, "journal", "webhook", "/api/messages", CONNECTIONS)
  assert(here.store.db:begin())
  measure(here, name, "journal", "webhook, locked", "/api/messages")
  here.store.db:rollback()
  here:close()
end

local function forward(name)
  local here = start(name, "forward")
  measure(here, name, "forward", "webhook", "/api/messages")
  measure(here, name, "forward", "webhook", "/api/messages", MANY)
  here.serving:signal "TERM"
  here.serving:wait()
  here:close()
end

for _, name in ipairs(NAMES) do
  assert(programs.is_ready(name))
  journal(name)
  forward(name)
end
