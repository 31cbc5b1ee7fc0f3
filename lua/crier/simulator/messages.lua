--- Messages of the bot: sent, answered, changed, deleted.
-- After "Send and receive messages with a bot" and "Update and delete messages
-- sent from bot". A bot changes and deletes its own messages only; ids below
-- 1600000000000 are messages that people wrote.
-- @module crier.simulator.messages
local activities = require("crier.simulator.activities")
local answers = require("crier.simulator.answers")
local connector = require("crier.simulator.connector")

local messages = {}

local messages_methods = {}
local messages_mt = { __name = "crier.simulator.messages", __index = messages_methods }

local PEOPLE_BEFORE = 1600000000000

-- An activity that Teams splits counts twice.
local function cost(call)
  return call.cost or 1
end

--- What it answers; see `crier.simulator.router`.
messages.routes = {}

local function add(operation, method, path)
  connector.add_route(messages.routes, { operation = operation, method = method, cost = cost,
    path = "/v3/conversations/{conversation}/activities" .. path,
    budget = { "connector", "conversation" } })
end

add("send", "POST", "")
add("reply", "POST", "/{activity}")
add("update", "PUT", "/{activity}")
add("delete", "DELETE", "/{activity}")

--- Makes the noun.
-- @tparam crier.simulator simulator with its connector
-- @treturn crier.simulator.messages
function messages.new(simulator)
  return setmetatable({ connector = simulator.connector, deliveries = simulator.deliveries },
    messages_mt)
end

--- Tells which conversation a call is about, and reads the activity.
-- @tparam table call
-- @tparam table request
function messages_methods:examine(call, request)
  self.connector:examine_place(call)
  if call.operation ~= "delete" then
    call.activity, call.wrong = activities.read(request.body or "")
    call.cost = call.activity and activities.is_split(call.activity) and 2 or 1
    if call.activity and call.operation == "send" and call.activity.type == "typing" then
      call.operation = "typing"
    end
  end
end

-- Why an activity is not taken: by its form, then by where it should go.
local function activity_refusal(self, call, body, now_ms)
  if activities.is_too_large(body) then
    return answers.connector(413, "MessageSizeTooBig", "Message size too large.")
  elseif call.wrong then
    return answers.connector(400, "BadSyntax", call.wrong)
  end
  return self.connector:refusal(call) or self.connector:unwritable(call.place, now_ms)
end

--- Answers `POST /v3/conversations/{id}/activities`.
-- @tparam table call
-- @tparam table request
-- @tparam number now_ms
-- @treturn table response
function messages_methods:send(call, request, now_ms)
  local body = request.body or ""
  local refusal = activity_refusal(self, call, body, now_ms)
  if refusal then
    return refusal
  end
  local activity_id = self.connector:deliver(call.place, call.activity, body, now_ms)
  return answers.json(201, activity_id and '{"id":"' .. activity_id .. '"}' or "{}")
end

-- Whether a message is there to be answered or changed: nil, or the refusal.
local function unfound(self, call, is_own)
  local activity_id = call.ids.activity
  if activity_id:match("^%d+$") and tonumber(activity_id) < PEOPLE_BEFORE then
    return is_own and answers.connector(403, "NotEnoughPermissions",
      "The bot may not change a message that it did not send.") or nil
  elseif not self.deliveries:find(activity_id, call.place) then
    return answers.connector(404, "ActivityNotFoundInConversation",
      "The activity was not found in the conversation.")
  end
  return nil
end

--- Answers `POST /v3/conversations/{id}/activities/{id}`.
-- @tparam table call
-- @tparam table request
-- @tparam number now_ms
-- @treturn table response
function messages_methods:reply(call, request, now_ms)
  local refusal = activity_refusal(self, call, request.body or "", now_ms)
    or unfound(self, call, false)
  return refusal or self:send(call, request, now_ms)
end

--- Answers `PUT /v3/conversations/{id}/activities/{id}`.
-- @tparam table call
-- @tparam table request
-- @tparam number now_ms
-- @treturn table response
function messages_methods:update(call, request, now_ms)
  local body = request.body or ""
  local refusal = activity_refusal(self, call, body, now_ms) or unfound(self, call, true)
  if refusal then
    return refusal
  end
  self.deliveries:update(call.ids.activity, body, now_ms)
  return answers.json(200, '{"id":"' .. call.ids.activity .. '"}')
end

--- Answers `DELETE /v3/conversations/{id}/activities/{id}`.
-- @tparam table call
-- @tparam table _ the request
-- @tparam number now_ms
-- @treturn table response
function messages_methods:delete(call, _, now_ms)
  local refusal = self.connector:refusal(call) or self.connector:unwritable(call.place, now_ms)
    or unfound(self, call, true)
  if refusal then
    return refusal
  end
  self.deliveries:delete(call.ids.activity, now_ms)
  return { status = 200, headers = {} }
end

return messages
