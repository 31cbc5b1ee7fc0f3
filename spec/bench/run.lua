-- The numbers of the README, side by side in one run, against the sandbox.
--
--   lua5.4 spec/bench/run.lua [PEOPLE]        (make bench; default 10000)
--
-- Machines differ and are noisy: what counts are the ratios.
package.path = "lua/?.lua;lua/?/init.lua;spec/?.lua;" .. package.path
package.cpath = "build/?.so;" .. package.cpath

local cjson = require "cjson"
local message = require "crier.template.message"

local people = tonumber(arg and arg[1]) or 10000
local ROUNDS = 3
local IN_FLIGHT = 64

local folder = os.tmpname()
os.remove(folder)
assert(os.execute("mkdir -m 700 " .. folder))

local function write(name, text)
  local file = assert(io.open(folder .. "/" .. name, "wb"))
  file:write(text)
  file:close()
  return folder .. "/" .. name
end

local function read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read "*a"
  file:close()
  return text
end

local function sh(command)
  local pipe = assert(io.popen(command, "r"))
  local text = pipe:read "*a"
  pipe:close()
  return text
end

-- Starts a sandbox and gives `{ pid =, env = "NAME='…' …", url = }`.
local function start(options)
  local ready = folder .. "/ready"
  os.remove(ready)
  local pid = sh(("build/bin/crier sandbox --port 0 %s > %s & echo $!")
    :format(options, ready)):match "%d+"
  local line
  for _ = 1, 200 do
    sh "sleep 0.1"
    local file = io.open(ready, "rb")
    line = file and file:read "*l"
    if file then
      file:close()
    end
    if line then
      break
    end
  end
  assert(line, "the sandbox did not start")
  local found = cjson.decode(line)
  local parts = { "env" }
  for name, value in pairs(found.env) do
    parts[#parts + 1] = ("%s='%s'"):format(name, (value:gsub("'", "'\\''")))
  end
  return { pid = pid, env = table.concat(parts, " "), url = found.url,
    settings = found.env }
end

local function stop(sandbox)
  os.execute("kill " .. sandbox.pid)
end

local function campaign(sandbox, store, name, install)
  write("hello.json", read "examples/hello.json")
  local script = write(name .. ".lua", ([[
local crier = require "crier"
return crier.campaign { name = %q, audience = crier.users {},
  message = crier.card "hello.json", install = %s,
  data = function(r) return { office = r.officeLocation or "here" } end }
]]):format(name, tostring(install)))
  return cjson.decode(sh(("%s CRIER_STORE=sqlite:%s/%s.db lua5.4"
    .. " spec/bench/campaign.lua %s"):format(sandbox.env, folder, store,
    script)))
end

local function post(sandbox, path, body, headers)
  local fetch = require "support.fetch"
  return fetch.get(sandbox.url .. path,
    { method = "POST", body = body, headers = headers })
end

local function escape(text)
  return (text:gsub("[^%w]", function(c)
    return ("%%%02X"):format(c:byte())
  end))
end

-- A token, a conversation and a rendered message for the bare loop.
local function prepare_bare(sandbox, store)
  local env = sandbox.settings
  local answer = post(sandbox, "/" .. env.AZURE_TENANT_ID
    .. "/oauth2/v2.0/token", "grant_type=client_credentials&client_id="
    .. env.AZURE_CLIENT_ID .. "&client_secret="
    .. escape(env.AZURE_CLIENT_SECRET) .. "&scope="
    .. escape "https://api.botframework.com/.default",
    { ["Content-Type"] = "application/x-www-form-urlencoded" })
  write("token", cjson.decode(answer.body).access_token)
  local rows = sh(("CRIER_STORE=sqlite:%s/%s.db build/bin/crier export cold"
    .. " | grep '\"delivered\"' | head -1"):format(folder, store))
  local compiled = assert(message.card(read "examples/hello.json", "hello.json"))
  write("body", compiled:fill {
    recipient = { givenName = "Anneliese", department = "Human Resources",
      jobTitle = "Senior Coordinator" },
    data = { office = "Building 7, Rotterdam" },
    campaign = { name = "cold" },
  })
  return ("%s/teams/v3/conversations/%s/activities"):format(sandbox.url,
    escape(cjson.decode(rows).conversation_id))
end

local function bare(url, count)
  return cjson.decode(sh(("build/bench/bare '%s' %d %d @%s/body @%s/token")
    :format(url, count, IN_FLIGHT, folder, folder)))
end

local function median(values)
  table.sort(values)
  return values[math.floor((#values + 1) / 2)]
end

local function warm_and_bare(sandbox)
  local ratios, ours, theirs, rates, peaks = {}, {}, {}, {}, {}
  local url = prepare_bare(sandbox, "bench")
  for round = 1, ROUNDS do
    local warm = campaign(sandbox, "bench", "warm" .. round, false)
    local yard = bare(url, warm.delivered)
    ours[round] = warm.send_cpu_s / warm.delivered * 1e6
    theirs[round] = yard.cpu_us_per_request
    ratios[round] = ours[round] / theirs[round]
    rates[round] = warm.delivered / warm.send_s
    peaks[round] = warm.peak_kb / 1024
    print(("warm %d   %6.1f us a message, bare %6.1f us, ratio %.2f,"
      .. " %.0f messages/s, peak %.1f MiB, plan %.1f us a person")
      :format(round, ours[round], theirs[round], ratios[round], rates[round],
        peaks[round], warm.plan_cpu_s / people * 1e6))
  end
  print(("median   %6.1f us a message, bare %6.1f us, ratio %.2f,"
    .. " %.0f messages/s, peak %.1f MiB"):format(median(ours), median(theirs),
    median(ratios), median(rates), median(peaks)))
  return median(theirs)
end

-- The share of the connector's budget, from its first call to its last.
local function share()
  local sandbox = start "--users 500 --latency 40:10"
  local cold = campaign(sandbox, "share", "cold", true)
  local stats = cjson.decode(require("support.fetch")
    .get(sandbox.url .. "/_sandbox/stats").body)
  stop(sandbox)
  local worst = 0
  for _, count in pairs(stats.violations) do
    worst = worst + count
  end
  local calls = 0
  for _, operation in ipairs { "create", "send" } do
    for _, count in pairs(stats.operations[operation]) do
      calls = calls + count
    end
  end
  print(("paced    %d cold people in %.1f s: %d connector calls, %.1f %% of 50"
    .. " a second over the whole run; limits exceeded %d times")
    :format(cold.delivered, cold.send_s, calls,
      calls / cold.send_s / 50 * 100, worst))
end

local sandbox = start(("--users %d --limits off --no-deliveries"):format(people))
local cold = campaign(sandbox, "bench", "cold", true)
print(("cold     %d people, %.1f us CPU a person (install, create, send),"
  .. " peak %.1f MiB"):format(cold.delivered,
  cold.send_cpu_s / cold.delivered * 1e6, cold.peak_kb / 1024))
local yard = warm_and_bare(sandbox)
print(("cold     ratio to three bare requests %.2f")
  :format(cold.send_cpu_s / cold.delivered * 1e6 / (3 * yard)))
stop(sandbox)
share()
os.execute("rm -rf " .. folder)
