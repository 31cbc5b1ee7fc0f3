--- The simulator as a transport, under a virtual clock.
-- It has the methods of the real transport. Half of a request's latency
-- passes before it arrives, half after; time passes only in `step`, and then
-- at once.
-- @module crier.simulator.transport
local heap = require("crier.heap")
local random = require("crier.simulator.random")

local transport = {}

local transport_methods = {}
local transport_mt = { __name = "crier.simulator.transport", __index = transport_methods }

-- Nobody else has to have a turn while virtual time passes.
local LONGEST_STEP_MS = 24 * 60 * 60 * 1000

--- Makes a clock that stands still until it is set.
-- @tparam number now_ms Unix time in milliseconds
-- @treturn table `{ now_ms = function, set = function(now_ms) }`
function transport.clock(now_ms)
  local clock = {}
  function clock.now_ms()
    return now_ms
  end
  function clock.set(later_ms)
    now_ms = later_ms
  end
  return clock
end

--- Makes a transport.
-- @tparam table options
-- @tparam crier.simulator options.simulator
-- @tparam table options.clock see `clock`
-- @tparam[opt=30000] number options.timeout_ms how long a request may take
-- @tparam ?function options.bot answers what the simulator's webhook sends: called with
-- `{ method =, path =, headers = (lower-case names), body = }`, gives a response
-- @treturn crier.simulator.transport
function transport.new(options)
  return setmetatable({ simulator = options.simulator, clock = options.clock,
    timeout_ms = options.timeout_ms or 30000, bot = options.bot, events = heap.new(),
    longest_step_ms = LONGEST_STEP_MS, tickets = 0, flying = 0 }, transport_mt)
end

-- The simulator wants lower-case names, and a token's text, which a transport
-- of this process may have.
local function received(request)
  local headers = {}
  for name, value in pairs(request.headers or {}) do
    headers[name:lower()] = value
  end
  if request.token then
    local text = request.token:text()
    headers.authorization = text and "Bearer " .. text
  end
  return { method = request.method, url = request.url, headers = headers, body = request.body }
end

--- Takes a request.
-- @tparam table request
-- @treturn number its ticket
function transport_methods:submit(request)
  self.tickets = self.tickets + 1
  self.flying = self.flying + 1
  local now_ms, latency_ms = self.clock.now_ms(), self.simulator:draw_latency()
  self.events:push({ at_ms = now_ms + latency_ms / 2, latency_ms = latency_ms,
    ticket = self.tickets, submitted_ms = now_ms, request = received(request),
    timeout_ms = request.timeout_ms or self.timeout_ms })
  return self.tickets
end

-- A connection that closes: as libcurl tells it.  One that closes before the
-- work was, one time in two, never made.
local function cut(self, event, where)
  if where == "before" and random.hash(self.simulator.seed, 910, event.ticket) % 2 == 0 then
    return { sent = false, error = "COULDNT_CONNECT", message = "Couldn't connect to server" }
  end
  return { sent = true, error = "RECV_ERROR", message = "Recv failure: Connection reset by peer" }
end

local function arrive(self, event)
  local response, extra_ms, told = self.simulator:answer(event.request, event.at_ms)
  event.request = nil
  if self.bot then
    self.simulator.webhook:tell(told, event.at_ms)
  end
  if response.cut then
    response = cut(self, event, response.cut)
  else
    response.sent = true
  end
  local total_ms = event.latency_ms + extra_ms
  if total_ms > event.timeout_ms then
    total_ms = event.timeout_ms
    response = { sent = true, error = "OPERATION_TIMEDOUT", message = "Timeout was reached" }
  end
  response.total_ms, response.pretransfer_ms = total_ms, 0
  event.response = response
  event.at_ms = math.max(event.at_ms, event.submitted_ms + total_ms)
  self.events:push(event)
end

-- Tells the bot what it is due by a time; when that was, or nil.
local function tell(self, until_ms)
  local webhook = self.bot and self.simulator.webhook
  local next_ms = webhook and webhook:next_ms()
  if not next_ms or next_ms > until_ms then
    return nil
  end
  self.clock.set(math.max(next_ms, self.clock.now_ms()))
  local post = webhook:due(next_ms)
  local request = received(post.request)
  request.path = post.request.url:match("^%a+://[^/]+([^?]*)")
  webhook:answered(post, self.bot(request), next_ms)
  return next_ms
end

--- Lets time pass: to the next completion, or by the time-out when none is due
-- before.
-- @tparam ?number timeout_ms at most so long; nil: until the next completion
-- @treturn table completions, an array of `{ ticket =, response = }`
-- @treturn table the descriptors that became readable: none
function transport_methods:step(timeout_ms)
  local completions, now_ms = {}, self.clock.now_ms()
  local until_ms = timeout_ms and now_ms + timeout_ms or math.huge
  while true do
    local event = self.events:first()
    if tell(self, math.min(event and event.at_ms or math.huge, until_ms)) then
      now_ms = self.clock.now_ms() -- what comes of it may be due before the next event
    elseif not event or event.at_ms > until_ms then
      break
    elseif self.events:pop().response then
      now_ms = math.max(now_ms, event.at_ms)
      until_ms = now_ms -- what is due at the same time goes along
      completions[#completions + 1] = { ticket = event.ticket, response = event.response }
      self.flying = self.flying - 1
    else
      arrive(self, event)
    end
  end
  if until_ms ~= math.huge then
    self.clock.set(until_ms)
  end
  return completions, {}
end

--- Tells how many requests have not completed.
-- @treturn number
function transport_methods:in_flight()
  return self.flying
end

--- Forgets what is in flight.
function transport_methods:close()
  self.events, self.flying = heap.new(), 0
end

return transport
