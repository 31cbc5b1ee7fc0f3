--- The bot's ear: takes what Teams sends, however it was brought here.
--
--     request -> form -> token -> tenant, host -> inbox -> 200
--                                                  \-> work, afterwards
--
-- `receive` touches nothing but the journal: any server can call it. What it has
-- acknowledged is in the journal, once; what it refuses is nowhere.
-- @module crier.bot
local envelope = require "crier.bot.envelope"
local form = require "crier.bot.request"
local invokes = require "crier.bot.invokes"
local trust = require "crier.bot.trust"
local work = require "crier.bot.work"

local bot = {}

local bot_methods = {}
local bot_mt = { __name = "crier.bot", __index = bot_methods }

local CHANNEL = "msteams"
-- What a caller is told. Why is told to the log alone.
local ANSWERS = { [400] = "bad request", [401] = "unauthorized", [404] = "not found",
  [405] = "method not allowed", [413] = "too large", [415] = "unsupported media type",
  [500] = "failed", [501] = "not implemented", [503] = "try again" }
local JSON = "application/json; charset=utf-8"

--- Creates a bot.
-- @tparam table options
-- @tparam crier.journal options.journal
-- @tparam table options.config from `crier.config`
-- @tparam function options.now the time, milliseconds since 1970
-- @tparam[opt=crier.bot.trust] table options.verifier anything with
--   `verify(authorization, read)`, such as `crier.verifier`: `read()` gives the activity, or
--   nil, and is called when the token has held by itself; and perhaps `awaits()`: whether
--   newer keys are on their way, so that Teams is to come again
-- @tparam ?string options.path where Teams sends to; default `/api/messages`
-- @tparam ?function options.log called with a table for what is refused, or fails
-- @tparam ?function options.installed called by the work with `(context, activity, key)`
--   when the app is new to a target; returns nil, message, code when it failed
-- @treturn crier.bot with `counts` (by what became of requests)
function bot.new(options)
  local config = options.config
  return setmetatable({
    journal = options.journal,
    config = config,
    lane = { app = config.app, tenant = config.tenant, host = config.info.connector },
    now = options.now,
    verifier = options.verifier or trust.new { journal = options.journal, config = config,
      now = options.now },
    path = options.path or form.PATH,
    logger = options.log,
    installed = options.installed,
    handlers = {}, -- type -> array of functions
    invokes = {}, -- name -> function
    counts = { accepted = 0, duplicate = 0, ignored = 0, answered = 0, refused = 0,
      failed = 0 },
    decode = envelope.decoder(),
  }, bot_mt)
end

--- Adds work for a type of activity: done after the journal's own.
-- @tparam string kind such as `message`; see `crier.bot.handlers` for what a handler
--   is told and returns
-- @tparam function handler
function bot_methods:on(kind, handler)
  local list = self.handlers[kind] or {}
  self.handlers[kind] = list
  list[#list + 1] = handler
end

--- Answers invokes of a name.
-- @tparam string name such as `adaptiveCard/action`
-- @tparam function handler called with `(context, activity)` inside a transaction;
--   returns a status, a body (a table is written as JSON) and perhaps true: the invoke is
--   then worked on as well, by the handlers of the type `invoke`; or false: nothing has
--   happened, so nothing of it is kept, and a copy is answered anew; or nil and why it failed
function bot_methods:on_invoke(name, handler)
  self.invokes[name] = handler
end

--- Used by the files of this folder: tells the log.
function bot_methods:log(entry)
  if self.logger then
    self.logger(entry)
  end
end

local function answer(status, body)
  return { status = status, headers = { ["Content-Type"] = body and JSON or "text/plain" },
    body = body or ANSWERS[status] or "" }
end

local function refuse(self, status, reason, detail)
  self.counts.refused = self.counts.refused + 1
  self:log { event = "refused", status = status, reason = reason, detail = detail }
  local refused = answer(status)
  if status == 405 then
    refused.headers.Allow = "POST"
  elseif status == 401 then
    refused.headers["WWW-Authenticate"] = "Bearer"
  end
  return refused
end

-- Why a verified activity is none for this bot.
local function stranger(self, activity)
  local tenant = envelope.tenant(activity)
  if activity.channelId ~= CHANNEL then
    return "not from Teams", tostring(activity.channelId)
  elseif not tenant or tenant:lower() ~= self.lane.tenant:lower() then
    return "another tenant", tenant
  elseif not self.config.endpoints:allows("connector", activity.serviceUrl) then
    return "service URL not allowed", activity.serviceUrl
  end
end

-- The activity of a body; or nil and what is wrong.
local function read(self, body)
  if not form.is_text(body) then
    return nil, "not UTF-8"
  end
  local activity = self.decode(body)
  if not activity then
    return nil, "not JSON"
  end
  local flaw = envelope.flaw(activity)
  return not flaw and activity or nil, flaw
end

-- A believed request: activity, event; or nil and the response. A body is read for a good
-- token alone: some take a while.
local function judge(self, request)
  local status, reason = form.refusal(request, self.path)
  if status then
    return nil, refuse(self, status, reason)
  end
  local verifier, activity, flaw = self.verifier, nil, nil
  local function take()
    activity, flaw = read(self, request.body or "")
    return activity
  end
  local claims, message, code = verifier:verify(request.headers.authorization, take)
  if claims and not activity then
    take()
  end
  if flaw then
    return nil, refuse(self, 400, flaw)
  elseif not claims then
    local is_coming = code == "KEYS_MISSING"
      or code == "KEY_UNKNOWN" and verifier.awaits and verifier:awaits()
    return nil, refuse(self, is_coming and 503 or 401, code, message)
  end
  local detail
  reason, detail = stranger(self, activity)
  if reason then
    return nil, refuse(self, 401, reason, detail)
  end
  return activity, envelope.read(activity, request.body)
end

-- Inside a transaction: the response; or nil, message, code.
local function store(self, activity, event, now_ms)
  if event.type == "invoke" then
    local status, body, code = invokes.answer(self, activity, event, now_ms)
    if not status then
      return nil, body, code
    end
    return answer(status, body), "answered"
  elseif not event.is_known then
    return answer(200), "ignored"
  end
  local is_new, message, code = self.journal.inbox:add(self.lane, event, now_ms, now_ms)
  if is_new == nil then
    return nil, message, code
  end
  return answer(200), is_new and "accepted" or "duplicate"
end

local function store_all(self, believed, responses)
  local now_ms = math.floor(self.now())
  local ok, message, code = self.journal:transaction(function()
    for _, one in ipairs(believed) do
      local response, kind, why = store(self, one.activity, one.event, now_ms)
      if not response then
        return nil, kind, why
      end
      responses[one.nth], one.kind = response, kind
    end
  end)
  for _, one in ipairs(believed) do
    local kind = ok and one.kind or "failed"
    self.counts[kind] = self.counts[kind] + 1
    responses[one.nth] = ok and responses[one.nth] or answer(503)
  end
  if not ok then
    self:log { event = "store failed", problem = message, code = code }
  end
end

--- Takes several requests, whose activities share one transaction.
-- @tparam {table,...} requests as of `receive`
-- @treturn {table,...} a response each
function bot_methods:receive_all(requests)
  local responses, believed = {}, {}
  for nth, request in ipairs(requests) do
    local activity, event = judge(self, request)
    if activity then
      believed[#believed + 1] = { nth = nth, activity = activity, event = event }
    else
      responses[nth] = event
    end
  end
  if #believed > 0 then
    store_all(self, believed, responses)
  end
  return responses
end

--- Takes one request: judged, stored, answered.
-- @tparam table request `method`, `path`, `headers` (lower-case names), `body`
-- @treturn table `{ status =, headers =, body = }`
function bot_methods:receive(request)
  return self:receive_all({ request })[1]
end

--- Judges a request that somebody else will take; touches nothing.
-- @tparam table request as of `receive`
-- @treturn ?table the response of one that is refused; nil when it may be handed over
function bot_methods:refusal(request)
  local activity, refused = judge(self, request)
  return not activity and refused or nil
end

--- Works on what was acknowledged, a bounded share of it.
-- @treturn integer how many activities there were; 0 when nothing is due; or nil,
--   message, code when the store failed
function bot_methods:work()
  return work.turn(self, math.floor(self.now()))
end

return bot
