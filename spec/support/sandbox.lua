-- A real `crier sandbox` in a process of its own.
local asking = require "support.asking"
local cjson = require "cjson"
local process = require "support.process"

local sandbox = {}

local sandbox_methods = {}
local sandbox_mt = { __index = sandbox_methods }

--- Starts one on a free port and waits until it is ready. It need not be the program
-- under test (CRIER_SANDBOX_BIN).
-- @tparam string options of the command line
-- @treturn table with `url` and `env`
function sandbox.start(options)
  local running = process.start("sandbox --port 0 " .. options, nil, nil,
    os.getenv "CRIER_SANDBOX_BIN")
  local ready = cjson.decode(running:line())
  local client = asking.new()
  return setmetatable({ running = running, url = ready.url, env = ready.env, client = client,
    transport = client.transport }, sandbox_mt)
end

--- Fetches a path of the sandbox's own.
function sandbox_methods:get(path)
  local response = self.client:ask { url = self.url .. path }
  return (assert(response.body, response.message))
end

--- What happened: counts by operation and status, violations, deliveries.
function sandbox_methods:stats()
  return cjson.decode(self:get "/_sandbox/stats")
end

--- What arrived.
function sandbox_methods:deliveries()
  local found = {}
  for line in self:get("/_sandbox/deliveries"):gmatch "[^\n]+" do
    found[#found + 1] = cjson.decode(line)
  end
  return found
end

--- How many requests there were; with an operation, how many of that.
function sandbox_methods:requests(operation)
  local sum = 0
  for name, counts in pairs(self:stats().operations) do
    for _, count in pairs(counts) do
      sum = sum + ((operation or name) == name and count or 0)
    end
  end
  return sum
end

--- Waits until a number of requests have arrived, or a process has ended.
-- @tparam integer count requests since the sandbox began
-- @tparam table running from `support.process`
-- @tparam ?string operation counts that one alone
-- @treturn boolean whether they have arrived
function sandbox_methods:wait_for(count, running, operation)
  for _ = 1, 20000 do
    if self:requests(operation) >= count then
      return true
    elseif not running:is_alive() then
      return false
    end
    self.transport:step(4)
  end
  error("nothing more happens")
end

--- Ends it.
function sandbox_methods:stop()
  self.transport:close()
  self.running:signal "TERM"
  self.running:wait()
end

return sandbox
