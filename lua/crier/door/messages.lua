--- Single messages through the door: to one person, at most once for each key.
-- @module crier.door.messages
local door = require "crier.door"
local json = require "crier.format.json"
local single = require "crier.single"
local value = require "crier.template.value"

local messages = {}

local FORMATS = { plain = true, markdown = true, xml = true }

local function refuse(message)
  return door.refusal(400, message, nil, "MALFORMED")
end

-- No two pairs of a caller and a key make the same id.
local function id_of(call, key)
  return ("door.%d.%s.%s"):format(#call.who.name, call.who.name, key)
end

-- What is to be said, where `[]` stays `[]`; or nil and what is wrong.
local function message_of(call, key)
  local asked, problem = value.decode(call.request.body or "", "body")
  if type(asked) ~= "table" or value.is_array(asked) then
    return nil, problem or "the body is not a JSON object"
  end
  local message = { id = key }
  for name, any in pairs(asked) do
    message[name] = any
  end
  if message.format ~= nil and (type(message.text) ~= "string" or message.text == ""
    or not FORMATS[message.format]) then
    return nil, "format is that of a text: plain, markdown or xml"
  elseif message.format then
    message.activity = { type = "message", text = message.text, textFormat = message.format }
    message.text, message.format = nil, nil
  end
  return single.compose(message)
end

local function send(self, call)
  local key = call.request.headers["idempotency-key"]
  if not key or not key:find "^[%w_.:%-]+$" then
    return refuse("the header Idempotency-Key is needed: letters, digits, . : _ and -")
  end
  local message, flaw = message_of(call, key)
  if not message then
    return refuse(flaw)
  elseif message.kind ~= "user" then
    return refuse("to is the Entra object id of a person")
  end
  local worker = self.worker
  message.id = id_of(call, key)
  single.address(message, worker.journal, worker.lane)
  local is_new, problem, code = worker:say(message)
  if is_new == nil then
    return door.refusal(503, problem, nil, code)
  elseif not is_new and problem then
    return door.refusal(409, single.OTHER, nil, "CONFLICT")
  end
  return is_new and 202 or 200, json.encode { id = key, is_new = is_new }
end

local function show(self, call)
  local found = self.worker:find(id_of(call, call.named.id))
  if not found then
    return door.refusal(404, "there is no message with this key", nil, "UNKNOWN")
  end
  return 200, json.encode { id = call.named.id, state = found.state, reason = found.reason,
    remedy = found.remedy, activity_id = found.activity_id }
end

--- Adds the routes.
-- @tparam table self `door`, `worker`
function messages.add(self)
  self.door:on("POST", "/messages", "send", function(call) return send(self, call) end)
  self.door:on("GET", "/messages/{id}", "send", function(call) return show(self, call) end)
end

return messages
