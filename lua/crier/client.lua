--- Calls to Microsoft's services: tokens, budgets, and one answer each.
--
-- `submit` and `reserve` are for who keeps many calls in flight (a campaign);
-- `client.graph` and `client.connector` are the same calls for code that reads
-- top to bottom: they wait for their budget, repeat once after a 401, and try
-- again by the retry policy. Those must be called inside a task of the loop.
-- @module crier.client
local core = require "crier.core"
local budget = require "crier.budget"
local connector = require "crier.connector"
local graph = require "crier.graph"
local waiting = require "crier.waiting"
local retry = require "crier.retry"

local client = {}

local client_methods = {}
local client_mt = { __name = "crier.client", __index = client_methods }

-- Nothing answered for this long before the first success: give up.
local UNREACHABLE_MS = 15000
-- What no waiting mends: give up at the first.
local LASTING = { ["certificate not trusted"] = true }

local function new_pacer(config, now_ms, is_rested)
  local pacer = core.pacer.new {
    now_ms = now_ms,
    fresh = is_rested and "empty" or "full",
  }
  if config.limits == "off" then
    pacer:off()
  end
  for class, definition in pairs(budget.classes) do
    pacer:define(class, {
      windows = definition.windows,
      smooth = definition.smooth,
      grace_ms = 0,
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
    credential = (bot and config.bot_credential or config.credential).handle,
  }
end

--- Creates a client.
-- @tparam table options
-- @tparam crier.loop options.loop
-- @tparam table options.config from `crier.config`
-- @tparam ?function options.log called with a table for each answered call
-- @tparam ?crier.metrics options.metrics counts each answered call
-- @tparam ?boolean options.is_rested nobody has used the budgets for half a
--   minute; otherwise they begin as if used up
-- @tparam ?function options.retry policy of `client.graph` and
--   `client.connector`; default `crier.retry`
-- @tparam[opt="report"] string options.on_unknown what these two do with a
--   message that may have arrived: `report` it as ambiguous, or `resend` it
-- @tparam ?crier.client options.beside one of the same settings and loop, whose tokens
--   and budgets this one shares; what it counts is its own
-- @treturn crier.client with `calls` (`token`, `graph`, `connector`), `used` (by
--   budget class) and `throttled` counted
function client.new(options)
  local config, loop, beside = options.config, options.loop, options.beside
  local tokens = beside and beside.tokens or {
    graph = new_token(config, "graph"),
    connector = new_token(config, "connector"),
  }
  local self = setmetatable({
    loop = loop,
    config = config,
    lane = config.app .. "/" .. config.tenant,
    log = options.log,
    metrics = options.metrics,
    retry = options.retry or retry.new(),
    on_unknown = options.on_unknown or "report",
    tokens = tokens,
    token_queue = beside and beside.token_queue or { graph = {}, connector = {} },
    pacer = beside and beside.pacer or new_pacer(config, loop:now(), options.is_rested),
    calls = { token = 0, graph = 0, connector = 0 },
    used = {}, -- calls by the class of `crier.budget` that they use first
    throttled = 0,
    first_at = nil, -- when the first call was made
    answered = false, -- whether any call was answered
    hopeless = false, -- whether none will be
    reached = false, -- whether any call has succeeded
    last_failure = nil, -- the latest outcome of a call that got no answer
    build = beside and beside.build or {
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
  self.graph = waiting.facade(self, "graph", graph)
  self.connector = waiting.facade(self, "connector", connector)
  return self
end

--- Shares the budgets of another from now on.
-- @tparam crier.client other of the same settings and loop
function client_methods:share(other)
  self.pacer = other.pacer
end

--- Begins the budgets anew, after somebody else had the lane.
-- @tparam boolean is_rested nobody has used them for half a minute
-- @tparam ?integer paused_until the service asks to be left alone so long
function client_methods:renew(is_rested, paused_until)
  local now = self.loop:now()
  self.pacer = new_pacer(self.config, now, is_rested)
  for _, operation in ipairs { "send", "install" } do
    if (paused_until or 0) > now then
      self.pacer:throttled(now, paused_until - now, budget.of[operation][1], self.lane)
    end
  end
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

--- Tells of an answered call: to the metrics and the log, where there are any.
-- @tparam table call `request`, and perhaps `key` and `attempt`
-- @tparam table outcome
-- @tparam table response
function client_methods:record(call, outcome, response)
  if self.metrics then
    self.metrics:call(call.request, outcome, response)
  end
  if not self.log then
    return
  end
  self.log {
    service = call.request.service,
    operation = call.request.operation,
    method = call.request.method,
    url = call.request.url,
    target = call.key,
    attempt = call.attempt,
    status = response.status,
    error = response.error,
    code = outcome.code,
    kind = outcome.kind,
    request_id = outcome.request_id,
    ms = response.total_ms,
  }
end

-- A try that our own patience cut off says nothing of the cause: it is told as
-- the failure before it.
local function explain(self, outcome, response, is_limited)
  local before = self.last_failure
  if response.status or outcome.kind ~= "transient" then
    return
  elseif is_limited and before and response.error == "OPERATION_TIMEDOUT" then
    outcome.text, outcome.reason = before.text, before.reason
    outcome.remedy = before.remedy
  else
    self.last_failure = outcome
  end
end

local function finish(call, response)
  local self, request = call.client, call.request
  local now = self.loop:now()
  local outcome = core.outcome.classify(request, response, now)
  explain(self, outcome, response, call.is_limited)
  if call.slot and response.status then
    self.pacer:answered(call.slot, now, response.total_ms
      and response.total_ms - (response.pretransfer_ms or 0))
  elseif call.slot then
    self.pacer:lost(call.slot, now)
  end
  outcome.generation = call.generation
  self.answered = self.answered or response.status ~= nil
  self.hopeless = self.hopeless or LASTING[outcome.reason]
  if outcome.kind == "ok" or outcome.kind == "already" then
    self.reached = true
  end
  if outcome.kind == "throttled" or outcome.retry_after_ms then
    -- 503 with Retry-After asks for the same patience as a 429.
    self.throttled = self.throttled + (outcome.kind == "throttled" and 1 or 0)
    local classes = budget.of[request.operation]
    if classes then
      self.pacer:throttled(now, outcome.retry_after_ms, classes[1], self.lane)
    end
  end
  self:record(call, outcome, response)
  call:on_done(outcome, response)
end

-- Before the first answer no call may outlast the hope for one. Tells whether
-- there was none yet.
local function limit_time(self, request)
  local hope_ms = self:hope_ms()
  if hope_ms then
    request.timeout_ms = math.min(request.timeout_ms or math.huge,
      math.max(1, math.ceil(hope_ms)))
  end
  return hope_ms ~= nil
end

local function send(self, call)
  local request = call.request
  call.is_limited = limit_time(self, request)
  if call.slot then
    self.pacer:departed(call.slot, self.loop:now())
  end
  self.calls[request.service] = self.calls[request.service] + 1
  local classes = budget.of[request.operation]
  if classes then
    self.used[classes[1]] = (self.used[classes[1]] or 0) + 1
  end
  local ticket, message, code = self.loop:submit(request, finish, call)
  if not ticket then
    -- It never left: answered here, as a refusal that says why.
    finish(call, { sent = false, error = code, message = message })
  end
end

local function fail_queue(self, audience, outcome)
  local queue = self.token_queue[audience]
  self.token_queue[audience] = {}
  for i = 1, #queue do
    if queue[i].slot then
      self.pacer:returned(queue[i].slot, self.loop:now())
    end
    queue[i]:on_done(outcome, { sent = false })
  end
end

local enqueue

local function flush_queue(self, audience)
  local queue = self.token_queue[audience]
  self.token_queue[audience] = {}
  for i = 1, #queue do
    enqueue(queue[i].client, queue[i])
  end
end

local function fetch_token(self, audience, request)
  local token = self.tokens[audience]
  self.calls.token = self.calls.token + 1
  local is_limited = limit_time(self, request)
  local function received(_, response)
    local outcome, goes_on = token:receive(response, self.loop:now())
    explain(self, outcome, response, is_limited)
    self.hopeless = self.hopeless or LASTING[outcome.reason]
    self:record({ request = request }, outcome, response)
    if outcome.kind == "ok" or goes_on then
      flush_queue(self, audience) -- the first in it takes the next step
    else
      fail_queue(self, audience, outcome)
    end
  end
  local ticket, message, code = self.loop:submit(request, received, true)
  if not ticket then
    received(true, { sent = false, error = code, message = message })
  end
end

-- Sends a call when there is a token, else lets it wait for one.
function enqueue(self, call)
  local audience, own = call.request.service, call.request.token
  if own and own ~= self.tokens[audience] then
    return send(self, call) -- with the token that a person signed in for
  end
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
--
-- Its outcome is that of the call or, when there was no token to be had, that
-- of the token request (the call then has not left).
-- @tparam table call `request` (from `client.build`), `on_done` (a method:
--   called with `(call, outcome, response)`, perhaps before this returns),
--   `slot` (from `reserve`), `key` and `attempt` (for the log)
function client_methods:submit(call)
  call.client = self
  self.first_at = self.first_at or self.loop:now()
  enqueue(self, call)
end

--- Tells whether a call that was answered 401 is to be sent once more, and
-- drops the token that was refused.
-- @tparam table request
-- @tparam integer generation of the token that was refused: the outcome's
-- @treturn boolean
function client_methods:repeat_due(request, generation)
  if request.token and request.token ~= self.tokens[request.service] then
    return false -- whoever signed in must do so again
  end
  return self.tokens[request.service]:refused(self.loop:now(), generation)
end

--- How long to go on hoping: until nothing has answered since the first call
-- for 15 s, or somebody whom nobody vouches for did.
-- @treturn ?number milliseconds, 0 when it is time to give up; nil once a call
--   was answered
function client_methods:hope_ms()
  if self.answered then
    return nil
  elseif self.hopeless then
    return 0
  end
  local now = self.loop:now()
  return math.max(0, UNREACHABLE_MS - (now - (self.first_at or now)))
end

--- Whether to stop hoping.
-- @treturn boolean
function client_methods:is_unreachable()
  return self:hope_ms() == 0
end

return client
