--- The Bot Connector: 1:1 conversations, and messages into them.
-- A conversation's id is a function of the person (and of how often the chat
-- was deleted), so creating is idempotent and an id leads back to the person.
-- @module crier.simulator.connector
local cjson = require("cjson.safe").new()
cjson.decode_invalid_numbers(false)

local answers = require("crier.simulator.answers")
local encoding = require("crier.simulator.encoding")
local people = require("crier.simulator.people")
local random = require("crier.simulator.random")

local hash = random.hash

local connector = {}

local connector_methods = {}
local connector_mt = { __name = "crier.simulator.connector", __index = connector_methods }

-- "About 100 KB, measured in UTF-16".
local LARGEST_BYTES = 100 * 1024

--- What it answers; see `crier.simulator.router`.
connector.routes = {
  { operation = "create", service = "connector", method = "POST", path = "/teams/v3/conversations",
    budget = { "connector", "conversation" } },
  { operation = "send", service = "connector", method = "POST", budget = { "connector",
    "conversation" }, path = "/teams/v3/conversations/{conversation}/activities" },
}

--- Makes the connector.
-- @tparam crier.simulator simulator
-- @treturn crier.simulator.connector
function connector.new(simulator)
  return setmetatable({ seed = simulator.seed, tenant = simulator.tenant,
    client_id = simulator.client_id, people = simulator.people, faults = simulator.faults,
    installs = simulator.installs, deliveries = simulator.deliveries,
    offset = hash(simulator.seed, 905), deleted = {} }, connector_mt)
end

local function conversation_id(self, k, generation)
  return ("a:1%08x%x%07x%07x"):format(people.scramble(k, self.offset), generation,
    hash(self.seed, 906, k, generation), hash(self.seed, 907, k, generation))
end

--- Tells the id of person k's conversation as it is now.
-- @tparam number k
-- @treturn string
function connector_methods:conversation_id(k)
  return conversation_id(self, k, self.deleted[k] and 1 or 0)
end

--- Finds whose conversation an id names.
-- @tparam string id `a:1…`, or the chat id of Graph
-- @treturn ?number k, or nil when it is nobody's
-- @treturn ?number how often the chat had been deleted when the id was made;
-- nil for Graph's id, which does not change
function connector_methods:find(id)
  local first, generation = id:match("^a:1(%x%x%x%x%x%x%x%x)([01])")
  if first then
    local k = people.unscramble(tonumber(first, 16), self.offset)
    generation = tonumber(generation)
    if k >= 1 and k <= self.people.count and conversation_id(self, k, generation) == id then
      return k, generation
    end
    return nil
  end
  local user, bot = id:match("^19:([^_]+)_([^@]+)@unq%.gbl%.spaces$")
  return user and bot == self.client_id and self.people:find(user) or nil
end

-- Whom a body of `POST /v3/conversations` is about: the parsed body, or nil
-- when it is not a JSON object; and k, or nil.
local function member(self, body)
  local parsed = cjson.decode(body or "")
  if type(parsed) ~= "table" then
    return nil
  end
  local members = type(parsed.members) == "table" and parsed.members or {}
  local id = type(members[1]) == "table" and #members == 1 and members[1].id
  if type(id) ~= "string" or id:find("@", 1, true) then -- a UPN is not taken
    return parsed, nil
  end
  return parsed, self.people:find(id)
end

--- Tells whom a call is about.
-- @tparam table call
-- @tparam table request
function connector_methods:examine(call, request)
  if call.operation == "create" then
    call.parsed, call.k = member(self, request.body)
  else
    call.k, call.generation = self:find(call.ids.conversation)
  end
  call.key = call.k
end

local function bad(message)
  return answers.connector(400, "BadSyntax", message)
end

local function field(value, name)
  return type(value) == "table" and value[name] or nil
end

--- Answers `POST /v3/conversations`.
-- @tparam table call
-- @tparam table _ the request
-- @tparam number now_ms
-- @treturn table response
function connector_methods:create(call, _, now_ms)
  local parsed, k = call.parsed, call.k
  if not parsed then
    return bad("Invalid JSON in the request body.")
  end
  local bot = field(parsed.bot, "id")
  local tenant = field(field(parsed.channelData, "tenant"), "id") or parsed.tenantId
  if bot ~= self.client_id and bot ~= "28:" .. self.client_id then
    return bad("Bot id does not match the token.")
  elseif type(tenant) ~= "string" or tenant:lower() ~= self.tenant then
    return bad("Malformed tenant id.")
  elseif parsed.isGroup == true or parsed.activity ~= nil then
    return bad("Only 1:1 conversations without an activity are created here.")
  elseif not k then
    return bad("Bad user id in members: one Entra object id is expected.")
  elseif self.faults:has("bot-disabled", 0) then
    return answers.connector(403, "BotDisabledByAdmin", "The tenant admin disabled this bot")
  elseif not self.installs:is_visible(k, now_ms) then
    return answers.connector(403, "ForbiddenOperationException",
      "Bot is not installed in user's personal scope")
  end
  return answers.json(201, '{"id":"' .. self:conversation_id(k) .. '"}')
end

-- For Lua without the utf8 library; classes of bytes take 20 times as long.
local function is_utf8(text)
  if not text:find("[\128-\255]") then
    return true
  end
  local rest = text:gsub("[\194-\223][\128-\191]", " ")
  rest = rest:gsub("[\225-\239][\128-\191][\128-\191]", " ")
  rest = rest:gsub("\224[\160-\191][\128-\191]", " ")
  rest = rest:gsub("[\240-\244][\128-\191][\128-\191][\128-\191]", " ")
  return not rest:find("[\128-\255]")
end
is_utf8 = utf8 and utf8.len or is_utf8 -- luacheck: ignore 113

-- cjson reads `{}` and `[]` alike, so the text itself is asked.
local function is_object(body, name)
  local _, last = body:find('"' .. name .. '"', 1, true)
  return last ~= nil and body:find("^%s*:%s*{", last + 1) ~= nil
end

-- What is wrong with an activity, or nil.
local function flaw(body)
  if not is_utf8(body) then
    return "The request body is not UTF-8."
  end
  local activity = cjson.decode(body)
  if type(activity) ~= "table" or activity[1] ~= nil then
    return "Invalid JSON in the request body."
  elseif type(activity.type) ~= "string" then
    return "Missing activity type."
  elseif activity.attachments == nil then
    return nil
  elseif type(activity.attachments) ~= "table" or is_object(body, "attachments") then
    return "The attachments of an activity are an array."
  end
  for _, attachment in ipairs(activity.attachments) do
    if type(field(attachment, "contentType")) ~= "string" then
      return "An attachment needs a contentType."
    end
  end
  return nil
end

local function not_found()
  return answers.connector(404, "ConversationNotFound", "Conversation not found.")
end

-- A person who blocked the bot: the service says it in one of two ways.
local function blocked(self, k)
  if hash(self.seed, 909, k) % 2 == 0 then
    return answers.connector(403, "ConversationBlockedByUser",
      "User blocked the conversation with the bot.")
  end
  return answers.json(403, '{"errorCode":209,"message":'
    .. '"{\\"subCode\\":\\"MessageWritesBlocked\\",\\"details\\":null}"}')
end

--- Answers `POST /v3/conversations/{id}/activities`.
-- @tparam table call
-- @tparam table request
-- @tparam number now_ms
-- @treturn table response
function connector_methods:send(call, request, now_ms)
  local id, k, body = call.ids.conversation, call.k, request.body or ""
  if #body * 2 > LARGEST_BYTES and encoding.utf16_bytes(body) > LARGEST_BYTES then
    return answers.connector(413, "MessageSizeTooBig", "Message size too large.")
  end
  local wrong = flaw(body)
  if wrong then
    return bad(wrong)
  elseif self.faults:has("bot-disabled", 0) then
    return answers.connector(403, "BotDisabledByAdmin", "The tenant admin disabled this bot")
  elseif not k then
    return not_found()
  elseif call.generation == 0 and (self.deleted[k] or self.faults:has("stale", k)) then
    self.deleted[k] = true
    return not_found()
  elseif not self.installs:is_visible(k, now_ms) then
    return answers.connector(403, "BotNotInConversationRoster",
      "The bot is not part of the conversation roster.")
  elseif self.faults:has("blocked", k) then
    return blocked(self, k)
  end
  local activity_id = self.deliveries:add(k, self.people:id(k), id, body, now_ms)
  return answers.json(201, '{"id":"' .. activity_id .. '"}')
end

return connector
