--- Serves the simulator over HTTP on loopback.
-- Everything that touches the outside comes in as an argument; the machine
-- itself stays deterministic but for the times at which requests arrive.
-- @module crier.simulator.server
local heap = require("crier.heap")

local server = {}

local server_methods = {}
local server_mt = { __name = "crier.simulator.server", __index = server_methods }

local LONGEST_WAIT_MS = 1000

--- Makes a server of one simulator.
-- @tparam table options
-- @tparam crier.simulator options.simulator
-- @param options.listener an open listener of `crier.server`
-- @param options.poller waits for descriptors: `step(self, timeout_ms, fds)`, and
-- carries what the bot is told: `submit(self, request)`; such as `crier.core`'s
-- transport
-- @param options.clock anything with `now_ms()`
-- @treturn crier.simulator.server
function server.new(options)
  return setmetatable({ simulator = options.simulator, listener = options.listener,
    poller = options.poller, clock = options.clock, due = heap.new(), told = {} }, server_mt)
end

local function reply(self, id, response)
  if response.cut then
    self.listener:drop(id)
  else
    self.listener:respond(id, response.status, response.headers, response.body)
  end
end

local function flush(self, now_ms)
  local due, count = self.due, 0
  while due:first() and due:first().at_ms <= now_ms do
    local item = due:pop()
    reply(self, item.id, item.response)
    count = count + 1
  end
  return count
end

-- Lets go what the bot is told by now.
local function tell(self, now_ms)
  local webhook = self.simulator.webhook
  local post = webhook:due(now_ms)
  while post do
    local ticket, message = self.poller:submit(post.request)
    if ticket then
      self.told[ticket] = post
    else
      webhook:answered(post, { message = message }, now_ms)
    end
    post = webhook:due(now_ms)
  end
end

local function hear(self, completions, now_ms)
  for _, completion in ipairs(completions or {}) do
    self.simulator.webhook:answered(self.told[completion.ticket], completion.response, now_ms)
    self.told[completion.ticket] = nil
  end
end

local function wait_ms(self)
  local wait = self.listener:timeout_ms() or LONGEST_WAIT_MS
  local first = self.due:first()
  local next_ms = self.simulator.webhook:next_ms()
  if first or next_ms then
    wait = math.min(wait, math.min(first and first.at_ms or math.huge, next_ms or math.huge)
      - self.clock.now_ms())
  end
  return math.max(0, math.min(wait, LONGEST_WAIT_MS))
end

--- Waits for requests, at most until the next answer is due, and serves them.
-- All requests of one turn arrive at the same time: when the wait ended.
-- @tparam ?{number,...} fds other descriptors that end the wait
-- @treturn table the set of those that can be read
function server_methods:step(fds)
  local watched = { self.listener:fd() }
  for i = 1, #(fds or {}) do
    watched[i + 1] = fds[i]
  end
  tell(self, self.clock.now_ms())
  local completions, ready = self.poller:step(wait_ms(self), watched)
  local now_ms = self.clock.now_ms()
  hear(self, completions, now_ms)
  local requests = assert(self.listener:run())
  for i = 1, #requests do
    local request = requests[i]
    local response, delay_ms, events = self.simulator:step(request, now_ms)
    self.simulator.webhook:tell(events, now_ms)
    if delay_ms > 0 then
      self.due:push({ at_ms = now_ms + delay_ms, id = request.id, response = response })
    else
      reply(self, request.id, response)
    end
  end
  flush(self, self.clock.now_ms())
  return ready or {}
end

return server
