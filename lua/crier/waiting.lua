--- Calls for code that reads top to bottom: each waits for its budget and for
-- its final outcome.
-- @module crier.waiting
local budget = require "crier.budget"
local cjson = require "cjson.safe"
local misuse = require "crier.misuse"

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

--- Waits for a slot in the budgets that a call uses.
-- @tparam crier.client self
-- @tparam string operation
-- @tparam ?string conversation whose own budget the call uses as well
-- @treturn ?integer slot; nil when the operation has no budget
function waiting.slot(self, operation, conversation)
  while budget.of[operation] do
    local slot, at_ms =
      self:reserve(operation, conversation, waiting.HORIZON_MS)
    if slot then
      if at_ms > self.loop:now() then
        self.loop:park(at_ms)
      end
      return slot
    end
    self.loop:park(at_ms)
  end
end

--- Sends a call once, inside its budget, and waits for its outcome.
-- @tparam crier.client self
-- @tparam table request from `client.build`
-- @tparam ?string conversation whose own budget the call uses as well
-- @treturn table outcome
-- @treturn table response
function waiting.once(self, request, conversation)
  local slot = waiting.slot(self, request.operation, conversation)
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

--- Tells whether a call that failed is to be repeated.
-- @tparam crier.client self
-- @tparam table request
-- @tparam table outcome
-- @tparam integer tries that used up an attempt
-- @tparam integer silent tries in a row that did not leave
-- @treturn ?boolean
-- @treturn ?number after how long, milliseconds
function waiting.try_again(self, request, outcome, tries, silent)
  if outcome.kind == "throttled" then
    return true, outcome.retry_after_ms or 1000
  elseif outcome.kind == "unauthorized" then
    return self:repeat_due(request, outcome.generation), 0
  elseif outcome.kind == "ambiguous" and self.on_unknown ~= "resend" then
    return false
  elseif outcome.kind == "transient" and silent > 0 then
    local hope_ms = self:hope_ms()
    return hope_ms ~= 0,
      math.min(waiting.outage_pause_ms(silent), hope_ms or math.huge)
  end
  local delay_s = self.retry(outcome, tries)
  return delay_s and not self:is_unreachable(), (delay_s or 0) * 1000
end

--- Sends a call and waits for its final outcome: inside its budget, repeated
-- once after a 401, after a pause when throttled, and by the retry policy. What
-- may have been delivered is sent again only by a client whose `on_unknown` is
-- `resend`.
-- @tparam crier.client self
-- @tparam table request from `client.build`
-- @tparam ?string conversation whose own budget the call uses as well
-- @treturn table outcome
-- @treturn table response
function waiting.fetch(self, request, conversation)
  local tries, silent = 0, 0
  while true do
    local outcome, response = waiting.once(self, request, conversation)
    if outcome.kind == "ok" or outcome.kind == "already" then
      return outcome, response
    end
    if outcome.kind == "transient" and not response.sent then
      silent = silent + 1
    elseif outcome.kind == "transient" or outcome.kind == "ambiguous" then
      tries, silent = tries + 1, 0
    end
    local again, delay_ms =
      waiting.try_again(self, request, outcome, tries, silent)
    if not again then
      return outcome, response
    end
    self.waiting_for = outcome
    self.loop:sleep(delay_ms)
    self.waiting_for = nil
    if self:is_unreachable() then
      return outcome, response
    end
  end
end

--- Reads an answer's body.
-- @tparam table response
-- @treturn[1] table the JSON document
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code `NOT_JSON`
function waiting.document(response)
  local document, message = cjson.decode(response.body or "")
  if type(document) ~= "table" then
    return nil, "the answer is not JSON: " .. tostring(message), "NOT_JSON"
  end
  return document
end

--- What a call that failed returns.
-- @tparam table outcome
-- @treturn nil
-- @treturn string message
-- @treturn string code
-- @treturn table the outcome
function waiting.failure(outcome)
  return nil, outcome.text or outcome.reason, outcome.code or outcome.kind, outcome
end

local function finish(builder, name, count, first, message, ...)
  if first == nil and message ~= nil then
    return nil, message, ...
  end
  return misuse.build(builder, name, count, first, message, ...)
end

--- Makes the request of a method of `client.graph` or `client.connector`.
-- @tparam crier.client self
-- @tparam table service `crier.graph` or `crier.connector`
-- @param builder what makes that service's requests
-- @tparam string name of the method
-- @param ... its arguments
-- @treturn ?table request, or nil, message, code and perhaps an outcome
function waiting.build(self, service, builder, name, ...)
  local adapt = service.arguments[name]
  if adapt then
    -- What it adds comes of the last argument.
    return finish(builder, name, math.max(1, select("#", ...)), adapt(self, ...))
  end
  return misuse.build(builder, name, math.huge, ...)
end

--- The calls of one service as methods that wait: those of `core.graph` or
-- `core.connector`, and what `crier.graph` or `crier.connector` makes of them.
-- Must be called inside a task. A method returns what the service answered, or
-- nil, message, code, and the outcome if a call has failed.
-- @tparam crier.client self
-- @tparam string name `graph` or `connector`
-- @tparam table service `crier.graph` or `crier.connector`
-- @treturn table
function waiting.facade(self, name, service)
  local builder = self.build[name]
  local function simple(operation)
    return function(_, ...)
      self.loop:task_to_wait_in(3)
      local request, message, code, failed =
        waiting.build(self, service, builder, operation, ...)
      if not request then
        return nil, message, code, failed
      end
      local outcome, response = waiting.fetch(self, request,
        service.conversation and service.conversation(operation, ...))
      if outcome.kind == "ok" or outcome.kind == "already" then
        local result = service.results[operation]
        if result then
          return result(outcome, response)
        end
        return waiting.document(response)
      end
      return waiting.failure(outcome)
    end
  end
  local function composed(method)
    return function(_, ...)
      self.loop:task_to_wait_in(3)
      return method(self, ...)
    end
  end
  return setmetatable({}, {
    __index = function(methods, key)
      local found = service.methods[key] and composed(service.methods[key])
        or builder[key] and simple(key)
      if found then
        rawset(methods, key, found)
      end
      return found
    end,
  })
end

return waiting
