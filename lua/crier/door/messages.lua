--- Single messages through the door: to one person, at most once for each key.
-- @module crier.door.messages
local cjson = require "cjson.safe"
local core = require "crier.core"
local door = require "crier.door"
local json = require "crier.report.json"

local messages = {}

local LONGEST_KEY = 200

-- What is to be said, as an activity; or nil and what is wrong.
local function activity_of(body)
  if type(body.text) == "string" and body.text ~= "" and body.activity == nil then
    return cjson.encode { type = "message", text = body.text, textFormat = body.format }
  elseif type(body.activity) == "table" and body.text == nil then
    local text = cjson.encode(body.activity)
    local ok, flaw = core.activity.check(text)
    return ok and text or nil, flaw
  end
  return nil, "say either text or activity"
end

local function refuse(message)
  return door.refusal(400, message, nil, "MALFORMED")
end

local function send(self, call)
  local key, to = call.request.headers["idempotency-key"], call.body.to
  if not key or #key > LONGEST_KEY or key:find "[^%w_.:%-]" then
    return refuse("the header Idempotency-Key is needed: letters, digits, . : _ and -")
  elseif type(to) ~= "string" or to == "" or #to > 200 then
    return refuse("to is the Entra object id of a person")
  end
  local activity, flaw = activity_of(call.body)
  if not activity then
    return refuse(flaw)
  end
  local worker, target = self.worker, "user:" .. to
  local known = worker.journal.conversations:find(worker.lane, target)
  local id = ("door.%s.%s"):format(call.who.name, key)
  local is_new, problem, code = worker:say { id = id, key = target, activity = activity,
    phase = known and "send" or "create", conversation_id = known and known.conversation_id,
    service_url = known and known.service_url }
  if is_new == nil then
    return door.refusal(503, problem, nil, code)
  end
  return is_new and 202 or 200, json.encode { id = key, is_new = is_new }
end

local function show(self, call)
  local found = self.worker:find(("door.%s.%s"):format(call.who.name, call.named.id))
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
