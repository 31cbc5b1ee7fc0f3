--- Calls for code that reads top to bottom: each waits for its budget and for
-- its final outcome.
-- @module crier.waiting
local cjson = require "cjson.safe"
local app = require "crier.app"
local value = require "crier.template.value"

local waiting = {}

-- The longest pause between two tries while nothing answers.
local OUTAGE_PAUSE_MS = 5000

--- Slots are booked this far ahead, so that a group can be committed first.
waiting.HORIZON_MS = 25

--- How long to wait before a service that does not answer is tried again.
-- @tparam integer failures in a row
-- @treturn number milliseconds
function waiting.outage_pause_ms(failures)
  return math.min(OUTAGE_PAUSE_MS, 250 * 2 ^ math.min(failures, 8))
end

local function wait_for_slot(self, operation)
  while true do
    local slot, at_ms = self:reserve(operation, nil, waiting.HORIZON_MS)
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
  local answer, parked
  self:submit {
    request = request,
    slot = slot,
    on_done = function(_, outcome, response)
      answer = { outcome, response }
      if parked then
        loop:unpark(task)
      end
    end,
  }
  parked = true
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
    local hope_ms = self:hope_ms()
    return hope_ms ~= 0,
      math.min(waiting.outage_pause_ms(silent), hope_ms or math.huge)
  end
  local delay_s = self.retry(outcome, tries)
  return delay_s and not self:is_unreachable(), (delay_s or 0) * 1000
end

--- Sends a call and waits for its final outcome: inside its budget, repeated
-- once after a 401, after a pause when throttled, and by the retry policy.
-- @tparam crier.client self
-- @tparam table request from `client.build`
-- @treturn table outcome
-- @treturn table response
function waiting.fetch(self, request)
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

-- What a caller may leave out, or give in a handier form.
local ARGUMENTS = {}

local function with_app(self, user, catalog_id)
  if catalog_id then
    return user, catalog_id
  end
  local id, message, code, outcome = app.find(self)
  if not id then
    return nil, message, code, outcome
  end
  return user, id
end

ARGUMENTS.install, ARGUMENTS.installation = with_app, with_app

function ARGUMENTS.send(_, conversation, activity, service_url)
  if type(conversation) == "table" then
    conversation, service_url = conversation.id, conversation.service_url
  end
  if type(activity) == "table" then
    local text, message = value.encode(activity)
    if not text then
      return nil, "a value in the activity " .. message, "ACTIVITY"
    end
    activity = text
  end
  return conversation, activity, service_url
end

local function decoded(_, response)
  local document, message = cjson.decode(response.body or "")
  if type(document) ~= "table" then
    return nil, "the answer is not JSON: " .. tostring(message), "NOT_JSON"
  end
  return document
end

local function finish(builder, name, first, message, ...)
  if first == nil and message ~= nil then
    return nil, message, ...
  end
  return builder[name](builder, first, message, ...)
end

local function build(self, builder, name, ...)
  local adapt = ARGUMENTS[name]
  if adapt then
    return finish(builder, name, adapt(self, ...))
  end
  return builder[name](builder, ...)
end

--- The calls of one service as methods that wait: the same names and
-- arguments as `core.graph` and `core.connector`.
--
-- `graph:install(user)` and `graph:installation(user)` mean the app that
-- `CRIER_APP_ID` names unless a catalog id follows; `connector:send` takes the
-- conversation's id or what `create` gave, and the activity as JSON text or as
-- a table.
--
-- `create` gives `{ id =, service_url = }`, `send` `{ id = }`, `install` "ok"
-- or "already", the others the decoded JSON document.
-- @tparam crier.client self
-- @tparam string service `graph` or `connector`
-- @treturn table
function waiting.facade(self, service)
  local builder = self.build[service]
  return setmetatable({}, {
    __index = function(methods, name)
      if not builder[name] then
        return nil
      end
      local function method(_, ...)
        self.loop:task_to_wait_in(3)
        local request, message, code, failed = build(self, builder, name, ...)
        if not request then
          return nil, message, code, failed
        end
        local outcome, response = waiting.fetch(self, request)
        if outcome.kind == "ok" or outcome.kind == "already" then
          return (RESULTS[name] or decoded)(outcome, response)
        end
        return nil, outcome.text or outcome.reason,
          outcome.code or outcome.kind, outcome
      end
      rawset(methods, name, method)
      return method
    end,
  })
end

return waiting
