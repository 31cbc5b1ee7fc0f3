--- What people do in Teams, on demand: each a `POST` of JSON with `user` (an object id or
-- a user principal name), answered 202 with the id of the activity that the bot is told.
--
--     /_sandbox/say      text                       writes to the bot
--     /_sandbox/submit   value, reply_to            Action.Submit of a card
--     /_sandbox/execute  verb, data, reply_to       Action.Execute of a card; with
--                        trigger = "automatic" its refresh
--     /_sandbox/react    reply_to, type, removed    a reaction, `like` unless told
--     /_sandbox/read     message_id                 has read up to that message
--     /_sandbox/edit     message_id, text           changes what they wrote
--     /_sandbox/add                                 installs the app for themselves
--     /_sandbox/remove                              takes it off
-- @module crier.simulator.doors
local cjson = require("cjson.safe")

local answers = require("crier.simulator.answers")
local encoding = require("crier.simulator.encoding")
local telling = require("crier.simulator.telling")

local doors = {}

local doors_methods = {}
local doors_mt = { __name = "crier.simulator.doors", __index = doors_methods }

--- What it answers; see `crier.simulator.router`.
doors.routes = {}
for _, name in ipairs({ "say", "submit", "execute", "react", "read", "edit", "add", "remove" }) do
  doors.routes[#doors.routes + 1] = { operation = name, service = "sandbox", method = "POST",
    path = "/_sandbox/" .. name }
end

--- Makes the noun.
-- @tparam crier.simulator simulator
-- @treturn crier.simulator.doors
function doors.new(simulator)
  return setmetatable({ simulator = simulator }, doors_mt)
end

local function refuse(status, message)
  return answers.json(status, encoding.json({ error = message }) .. "\n")
end

-- What was asked for, and about whom; or nil and the refusal.
local function read(self, request)
  local asked = cjson.decode(request.body or "")
  local user = type(asked) == "table" and asked.user
  local k = type(user) == "string" and self.simulator.people:find(user)
  if not self.simulator.webhook.url then
    return nil, refuse(404, "The sandbox was started without --webhook.")
  elseif not k then
    return nil, refuse(400, "The body is JSON with the user who does it.")
  end
  return asked, k
end

local function accepted(activity)
  return answers.json(202, encoding.json({ id = activity and activity.id }) .. "\n")
end

-- A door through which one who has the app does something: `fields` makes of what was
-- asked for what the activity says.
local function door(kind, fields)
  return function(self, _, request, now_ms)
    local asked, k = read(self, request)
    local simulator = self.simulator
    if not asked then
      return k
    elseif not simulator.installs:is_visible(k, now_ms) then
      return refuse(409, "This person has not got the app.")
    end
    local activity = telling.by_person(simulator, kind, k, fields(asked), now_ms)
    simulator.webhook:say(activity, now_ms)
    return accepted(activity)
  end
end

--- Answers `POST /_sandbox/say`.
-- @function doors_methods:say
doors_methods.say = door("message", function(asked)
  return { text = asked.text or "", textFormat = "plain", replyToId = asked.reply_to }
end)

--- Answers `POST /_sandbox/submit`.
-- @function doors_methods:submit
doors_methods.submit = door("message", function(asked)
  return { text = "", value = asked.value or {}, replyToId = asked.reply_to }
end)

--- Answers `POST /_sandbox/execute`.
-- @function doors_methods:execute
doors_methods.execute = door("invoke", function(asked)
  return { name = "adaptiveCard/action", replyToId = asked.reply_to,
    value = { action = { type = "Action.Execute", verb = asked.verb, data = asked.data or {} },
      trigger = asked.trigger or "manual" } }
end)

--- Answers `POST /_sandbox/react`.
-- @function doors_methods:react
doors_methods.react = door("messageReaction", function(asked)
  return { replyToId = asked.reply_to, [asked.removed and "reactionsRemoved"
    or "reactionsAdded"] = { { type = asked.type or "like" } } }
end)

--- Answers `POST /_sandbox/read`.
-- @function doors_methods:read
doors_methods.read = door("event", function(asked)
  return { name = "application/vnd.microsoft.readReceipt",
    value = { lastReadMessageId = asked.message_id } }
end)

--- Answers `POST /_sandbox/edit`.
-- @function doors_methods:edit
doors_methods.edit = door("messageUpdate", function(asked)
  return { id = asked.message_id, text = asked.text or "" }
end)

--- Answers `POST /_sandbox/add`.
-- @tparam table _ the call
-- @tparam table request
-- @tparam number now_ms
-- @treturn table response
function doors_methods:add(_, request, now_ms)
  local asked, k = read(self, request)
  if not asked then
    return k
  end
  self.simulator.webhook:tell(self.simulator.installs:put(k, now_ms), now_ms)
  return accepted()
end

--- Answers `POST /_sandbox/remove`.
-- @tparam table _ the call
-- @tparam table request
-- @tparam number now_ms
-- @treturn table response
function doors_methods:remove(_, request, now_ms)
  local asked, k = read(self, request)
  if not asked then
    return k
  elseif not self.simulator.installs:is_visible(k, now_ms) then
    return refuse(409, "This person has not got the app.")
  end
  self.simulator.webhook:tell(self.simulator.installs:take(k), now_ms)
  return accepted()
end

return doors
