--- Calls to Microsoft's services: tokens, budgets, and one answer each.
--
-- `submit` and `reserve` are for who keeps many calls in flight (a campaign);
-- `client.graph` and `client.connector` are the same calls for code that reads
-- top to bottom: they wait for their budget, repeat once after a 401, and try
-- again by the retry policy. Those must be called inside a task of the loop.
-- @module crier.client
local cjson = require "cjson.safe"
local core = require "crier.core"
local budget = require "crier.budget"
local retry = require "crier.retry"

local client = {}

local client_methods = {}
local client_mt = { __name = "crier.client", __index = client_methods }

-- Nothing answered for this long before the first success: give up.
local UNREACHABLE_MS = 15000
-- The longest pause between two tries while nothing answers.
local OUTAGE_PAUSE_MS = 5000
-- Slots are booked this far ahead, so that a group can be committed first.
client.HORIZON_MS = 25

local function new_pacer(config, now_ms)
  local pacer = core.pacer.new { now_ms = now_ms, fresh = "full" }
  if config.limits == "off" then
    pacer:off()
  end
  for class, definition in pairs(budget.classes) do
    pacer:define(class, {
      windows = definition.windows,
      smooth = definition.smooth,
    })
  end
  return pacer
end

local function new_token(config, audience)
  local bot = audience == "connector"
  return core.token.new {
    endpoints = config.endpoints,
    audience = audience,
    tenant = bot and config.bot_tenant or config.tenant,
    client_id = bot and config.bot_client_id or config.client_id,
    secret = bot and config.bot_client_secret or config.client_secret,
  }
end

--- Creates a client.
-- @tparam table options
-- @tparam crier.loop options.loop
-- @tparam table options.config from `crier.config`
-- @tparam ?function options.log called with a table for each answered call
-- @tparam ?function options.retry policy of `client.graph` and
--   `client.connector`; default `crier.retry`
-- @treturn crier.client with `calls` (`token`, `graph`, `connector`) and
--   `throttled` counted
function client.new(options)
  local config, loop = options.config, options.loop
  local tokens = {
    graph = new_token(config, "graph"),
    connector = new_token(config, "connector"),
  }
  local self = setmetatable({
    loop = loop,
    config = config,
    lane = config.app .. "/" .. config.tenant,
    log = options.log or function() end,
    retry = options.retry or retry.new(),
    tokens = tokens,
    token_queue = { graph = {}, connector = {} },
    pacer = new_pacer(config, loop:now()),
    calls = { token = 0, graph = 0, connector = 0 },
    throttled = 0,
    started_at = loop:now(),
    reached = false, -- whether any call has succeeded
    build = {
      graph = core.graph.new {
        endpoints = config.endpoints,
        token = tokens.graph,
      },
      connector = core.connector.new {
        endpoints = config.endpoints,
        token = tokens.connector,
        client_id = config.bot_client_id,
        tenant = config.tenant,
      },
    },
  }, client_mt)
  self.graph = client.facade(self, "graph")
  self.connector = client.facade(self, "connector")
  return self
end

local function key_of(self, class, conversation)
  if budget.classes[class].per == "lane" then
    return self.lane
  end
  return conversation
end

--- Books a slot for one call in every budget that it uses.
-- @tparam string operation such as `send`
-- @tparam ?string conversation key of the conversation's own budget
-- @tparam[opt=0] number horizon_ms how far ahead the slot may lie
-- @treturn[1] integer slot
-- @treturn[1] number at_ms when the call may leave
-- @treturn[2] nil
-- @treturn[2] number not before this time
-- @treturn[2] string the class of budget that it waits for
function client_methods:reserve(operation, conversation, horizon_ms)
  local classes = budget.of[operation]
  local first, second = classes[1], classes[2]
  local now = self.loop:now()
  if second and conversation then
    return self.pacer:reserve(now, horizon_ms or 0, first, self.lane, second,
      key_of(self, second, conversation))
  end
  return self.pacer:reserve(now, horizon_ms or 0, first, self.lane)
end

--- Until when a 429 has paused the lane's budgets that a call uses.
-- @tparam string operation
-- @treturn number milliseconds since 1970; the past when nothing is paused
function client_methods:paused_until(operation)
  return self.pacer:paused_until(budget.of[operation][1], self.lane) or 0
end

local function finish(self, call, response)
  local now, request = self.loop:now(), call.request
  local outcome = core.outcome.classify(request, response, now)
  if call.slot then
    local service_ms = response.total_ms
      and response.total_ms - (response.pretransfer_ms or 0)
    self.pacer:answered(call.slot, now, response.status and service_ms or nil)
  end
  outcome.generation = call.generation
  if outcome.kind == "throttled" then
    self.throttled = self.throttled + 1
    self.pacer:throttled(now, outcome.retry_after_ms,
      budget.of[request.operation][1], self.lane)
  elseif outcome.kind == "ok" or outcome.kind == "already" then
    self.reached = true
  end
  self.log {
    service = request.service,
    operation = request.operation,
    target = call.who and call.who.key,
    attempt = call.who and call.who.attempt,
    status = response.status,
    error = response.error,
    code = outcome.code,
    kind = outcome.kind,
    request_id = outcome.request_id,
    ms = response.total_ms,
  }
  call.on_done(outcome, response)
end

local function send(self, call)
  local request = call.request
  if call.slot then
    self.pacer:departed(call.slot, self.loop:now())
  end
  self.calls[request.service] = self.calls[request.service] + 1
  local ticket, message, code = self.loop:submit(request, function(response)
    finish(self, call, response)
  end)
  if not ticket then
    -- It never left: answered here, as a refusal that says why.
    finish(self, call, { sent = false, error = code, message = message })
  end
end

local function fail_queue(self, audience, outcome)
  local queue = self.token_queue[audience]
  self.token_queue[audience] = {}
  for i = 1, #queue do
    if queue[i].slot then
      self.pacer:returned(queue[i].slot)
    end
    queue[i].on_done(outcome, { sent = false })
  end
end

local enqueue

local function flush_queue(self, audience)
  local queue = self.token_queue[audience]
  self.token_queue[audience] = {}
  for i = 1, #queue do
    enqueue(self, queue[i])
  end
end

local function fetch_token(self, audience, request)
  local token = self.tokens[audience]
  self.calls.token = self.calls.token + 1
  local function received(response)
    local outcome = token:receive(response, self.loop:now())
    self.log {
      service = "token",
      operation = "token",
      status = response.status,
      error = response.error,
      code = outcome.code,
      kind = outcome.kind,
      request_id = outcome.request_id,
      ms = response.total_ms,
    }
    if outcome.kind == "ok" then
      flush_queue(self, audience)
    else
      fail_queue(self, audience, outcome)
    end
  end
  local ticket, message, code = self.loop:submit(request, received)
  if not ticket then
    received { sent = false, error = code, message = message }
  end
end

-- Sends a call when there is a token, else lets it wait for one.
function enqueue(self, call)
  local audience = call.request.service
  local state, detail, code = self.tokens[audience]:get(self.loop:now())
  if state == "have" then
    call.generation = detail
    return send(self, call)
  end
  local queue = self.token_queue[audience]
  queue[#queue + 1] = call
  if state == "need" then
    fetch_token(self, audience, detail)
  elseif not state then
    fail_queue(self, audience, {
      kind = "misconfigured",
      scope = "run",
      reason = "no token",
      text = detail,
      code = code,
    })
  end
end

--- Sends one call, without waiting.
-- The callback's outcome is that of the call, or, when there was no token to
-- be had, that of the token request (the call then has not left).
-- @tparam table request from `client.build`
-- @tparam function on_done called with `(outcome, response)`; may be called
--   before this returns
-- @tparam ?integer slot from `reserve`
-- @tparam ?table who `{ key =, attempt = }` for the log
function client_methods:submit(request, on_done, slot, who)
  enqueue(self, { request = request, on_done = on_done, slot = slot, who = who })
end

--- Tells whether a call that was answered 401 is to be sent once more, and
-- drops the token that was refused.
-- @tparam table request
-- @tparam integer generation of the token that was refused: the outcome's
-- @treturn boolean
function client_methods:repeat_due(request, generation)
  return self.tokens[request.service]:refused(self.loop:now(), generation)
end

--- Whether to stop hoping: nothing has answered since the start.
-- @treturn boolean
function client_methods:is_unreachable()
  return not self.reached
    and self.loop:now() - self.started_at >= UNREACHABLE_MS
end

--- How long to wait before a service that does not answer is tried again.
-- @tparam integer failures in a row
-- @treturn number milliseconds
function client.outage_pause_ms(failures)
  return math.min(OUTAGE_PAUSE_MS, 250 * 2 ^ math.min(failures, 8))
end

local function wait_for_slot(self, operation)
  while true do
    local slot, at_ms = self:reserve(operation, nil, client.HORIZON_MS)
    if slot then
      if at_ms > self.loop:now() then
        self.loop:park(at_ms)
      end
      return slot
    end
    self.loop:park(at_ms)
  end
end

local function once(self, request)
  local slot = wait_for_slot(self, request.operation)
  local task, loop = self.loop:task(), self.loop
  local answer, waiting
  self:submit(request, function(outcome, response)
    answer = { outcome, response }
    if waiting then
      loop:unpark(task)
    end
  end, slot)
  waiting = true
  while not answer do
    loop:park()
  end
  return answer[1], answer[2]
end

-- Whether the failed call may be repeated: true and the delay in ms.
local function try_again(self, request, outcome, tries, silent)
  if outcome.kind == "throttled" then
    return true, outcome.retry_after_ms or 1000
  elseif outcome.kind == "unauthorized" then
    return self:repeat_due(request, outcome.generation), 0
  elseif outcome.kind == "transient" and silent > 0 then
    return not self:is_unreachable(), client.outage_pause_ms(silent)
  end
  local delay_s = self.retry(outcome, tries)
  return delay_s and not self:is_unreachable(), (delay_s or 0) * 1000
end

--- Sends a call and waits for its final outcome: inside its budget, repeated
-- once after a 401, after a pause when throttled, and by the retry policy.
-- @tparam table request from `client.build`
-- @treturn table outcome
-- @treturn table response
function client_methods:fetch(request)
  local tries, silent = 0, 0
  while true do
    local outcome, response = once(self, request)
    if outcome.kind == "ok" or outcome.kind == "already" then
      return outcome, response
    end
    if outcome.kind == "transient" and not response.sent then
      silent = silent + 1
    elseif outcome.kind == "transient" or outcome.kind == "ambiguous" then
      tries, silent = tries + 1, 0
    end
    local again, delay_ms = try_again(self, request, outcome, tries, silent)
    if not again then
      return outcome, response
    end
    self.waiting_for = outcome
    self.loop:sleep(delay_ms)
    self.waiting_for = nil
  end
end

-- What a method of client.graph or client.connector gives back.
local RESULTS = {
  create = function(outcome)
    return { id = outcome.id, service_url = outcome.service_url }
  end,
  send = function(outcome)
    return { id = outcome.id }
  end,
  install = function(outcome)
    return outcome.kind
  end,
}

local function decoded(_, response)
  local document, message = cjson.decode(response.body or "")
  if type(document) ~= "table" then
    return nil, "the answer is not JSON: " .. tostring(message), "NOT_JSON"
  end
  return document
end

--- The calls of one service as methods that wait: the same names and
-- arguments as `core.graph` and `core.connector`.
--
-- `create` gives `{ id =, service_url = }`, `send` `{ id = }`, `install` "ok"
-- or "already", the others the decoded JSON document.
-- @tparam crier.client self
-- @tparam string service `graph` or `connector`
-- @treturn table
function client.facade(self, service)
  local builder = self.build[service]
  return setmetatable({}, {
    __index = function(methods, name)
      local function method(_, ...)
        local request, message, code = builder[name](builder, ...)
        if not request then
          return nil, message, code
        end
        local outcome, response = self:fetch(request)
        if outcome.kind == "ok" or outcome.kind == "already" then
          return (RESULTS[name] or decoded)(outcome, response)
        end
        return nil, outcome.text, outcome.code or outcome.kind, outcome
      end
      rawset(methods, name, method)
      return method
    end,
  })
end

return client
