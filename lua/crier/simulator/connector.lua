--- The Bot Connector: who may call where, and new conversations.
-- After "Send proactive messages" and the table of status codes in "Bot
-- conversation messages".
--
--     /teams/…              the cloud's own address, good for every tenant
--     /gcc/teams/…          the address of GCC
--     /<region>/…           an address that a conversation came with; another
--     /<region>/<tenant>/…  region than the tenant's is refused
-- @module crier.simulator.connector
local activities = require("crier.simulator.activities")
local answers = require("crier.simulator.answers")
local conversations = require("crier.simulator.conversations")
local encoding = require("crier.simulator.encoding")
local random = require("crier.simulator.random")

local connector = {}

local connector_methods = {}
local connector_mt = { __name = "crier.simulator.connector", __index = connector_methods }

-- Of the tenant, for every call.
local FAULTS = { "no-bot", "no-teams-channel", "multi-tenant", "gcc", "bot-disabled" }
local BASES = { "/teams", "/{region}", "/{region}/{area}" }

--- Adds a route of the connector under each of its addresses.
-- @tparam table routes where it is added
-- @tparam table route its `path` without the address, such as `/v3/conversations`
function connector.add_route(routes, route)
  for _, base in ipairs(BASES) do
    routes[#routes + 1] = { operation = route.operation, service = "connector",
      method = route.method, path = base .. route.path, answer = route.answer,
      budget = route.budget, cost = route.cost }
  end
end

--- What it answers; see `crier.simulator.router`.
connector.routes = {}

connector.add_route(connector.routes, { operation = "create", method = "POST",
  path = "/v3/conversations", budget = { "connector", "conversation" } })

--- Makes the connector.
-- @tparam crier.simulator simulator
-- @tparam table options
-- @tparam ?string options.region of the tenant, such as `amer`: `create` then
-- tells its address; nil: `emea`, and it does not
-- @treturn crier.simulator.connector
function connector.new(simulator, options)
  local is_open = true
  for _, name in ipairs(FAULTS) do
    is_open = is_open and not simulator.faults:has(name, 0)
  end
  return setmetatable({ simulator = simulator, is_open = is_open, seed = simulator.seed,
    tenant = simulator.tenant, client_id = simulator.client_id, faults = simulator.faults,
    people = simulator.people, conversations = conversations.new(simulator),
    deliveries = simulator.deliveries, region = options.region or "emea",
    tells_region = options.region ~= nil }, connector_mt)
end

--- Tells the id of person k's conversation as it is now.
-- @tparam number k
-- @treturn string
function connector_methods:conversation_id(k)
  return self.conversations:id(k)
end

local function bad(message)
  return answers.connector(400, "BadSyntax", message)
end

local function denied()
  return answers.json(401, '{"message":"Authorization has been denied for this request."}')
end

local function field(value, name)
  return type(value) == "table" and value[name] or nil
end

local function text_field(value, name)
  local found = field(value, name)
  return type(found) == "string" and found or nil
end

-- What is wrong with the address that was called.
local function address_refusal(self, call)
  local region = call.ids.region
  local is_gcc = region == "gcc" or call.origin:find(".gcc.teams.", 1, true) ~= nil
  if self.faults:has("gcc", 0) and not is_gcc then
    return answers.connector(403, "InvalidBotApiHost", "The bot API host is not valid for this"
      .. " tenant. Use https://smba.infra.gcc.teams.microsoft.com/teams")
  elseif not region or is_gcc or region:lower() == self.region then
    return nil
  elseif call.operation == "create" or call.operation == "post" then
    return answers.connector(403, "ForbiddenOperationException",
      "Wrong geo: the tenant is in a different region.")
  end
  return answers.connector(400, "BadArgument", "Wrong geo: the tenant is in a different region.")
end

--- Tells what is wrong with the bot's registration, or with the address.
-- @tparam table call
-- @treturn ?table the response; nil when nothing is
function connector_methods:unregistered(call)
  local faults = self.faults
  if faults:has("no-bot", 0) then
    return answers.connector(401, "BotNotRegistered", "No registration found for this bot.")
  elseif faults:has("no-teams-channel", 0)
    or faults:has("multi-tenant", 0) and call.token.tenant == self.tenant then
    return denied()
  end
  return address_refusal(self, call)
end

--- Tells why the bot may not call at all.
-- @tparam table call
-- @treturn ?table the response; nil when it may
function connector_methods:refusal(call)
  if self.is_open and not call.ids.region then
    return nil
  end
  local refusal = self:unregistered(call)
  if not refusal and self.faults:has("bot-disabled", 0) then
    return answers.connector(403, "BotDisabledByAdmin", "The tenant admin disabled this bot")
  end
  return refusal
end

local function not_found()
  return answers.connector(404, "ConversationNotFound", "Conversation not found.")
end

-- A person who blocked the bot: the service says it in one of two ways.
local function blocked(self, k)
  if random.hash(self.seed, 909, k) % 2 == 0 then
    return answers.connector(403, "ConversationBlockedByUser",
      "User blocked the conversation with the bot.")
  end
  return answers.json(403, '{"errorCode":209,"message":'
    .. '"{\\"subCode\\":\\"MessageWritesBlocked\\",\\"details\\":null}"}')
end

--- Tells why the bot does not reach a conversation.
-- @tparam ?table place of `crier.simulator.conversations`; nil: unknown
-- @tparam number now_ms
-- @treturn ?table the response; nil when it does
function connector_methods:unreached(place, now_ms)
  local k = place and place.k
  if not place then
    return not_found()
  elseif place.generation == 0 and (self.conversations.deleted[k]
    or self.faults:has("stale", k)) then
    self.conversations:delete(k)
    return not_found()
  elseif not self.simulator.installs:is_visible(place.installed, now_ms)
    or place.channel and place.channel.kind == "private" then -- bots are in none
    return answers.connector(403, "BotNotInConversationRoster",
      "The bot is not part of the conversation roster.")
  end
  return nil
end

--- Tells why a message does not get into a conversation.
-- @tparam ?table place
-- @tparam number now_ms
-- @treturn ?table the response; nil when it does
function connector_methods:unwritable(place, now_ms)
  local refusal = self:unreached(place, now_ms)
  if not refusal and place.k and self.faults:has("blocked", place.k) then
    return blocked(self, place.k)
  end
  return refusal
end

--- Tells whom a call is about: the one member, or the channel.
-- @tparam table call
-- @tparam table request
function connector_methods:examine(call, request)
  local parsed = activities.object(request.body)
  local channel = text_field(field(field(parsed, "channelData"), "channel"), "id")
  local members = field(parsed, "members")
  call.parsed = parsed
  if parsed and parsed.isGroup == true and channel then
    call.operation, call.place = "post", self.conversations:find(channel)
    call.key, call.target = channel, random.text(channel)
    return
  end
  local id = field(members, 2) == nil and text_field(field(members, 1), "id")
  call.k = id and self.conversations:person(id) or nil
  call.key = call.k
end

--- Tells which conversation a call is about.
-- @tparam table call
function connector_methods:examine_place(call)
  local place = self.conversations:find(call.ids.conversation)
  call.place, call.k = place, place and place.k
  if place and not call.k then
    call.key, call.target = place.id, random.text(place.id)
  else
    call.key = call.k
  end
end

--- Delivers an activity.
-- @tparam table place where it can be delivered
-- @tparam table activity
-- @tparam string body the same as it was written
-- @tparam number now_ms
-- @treturn ?string its id; nil when Teams tells none: of typing, and of what
-- it splits into two messages
function connector_methods:deliver(place, activity, body, now_ms)
  if activity.type == "typing" then
    return nil
  elseif not activities.is_split(activity) then
    return self.deliveries:add({ place = place, activity = body }, now_ms)
  end
  for part = 1, 2 do
    self.deliveries:add({ place = place, activity = body, part = part }, now_ms)
  end
  return nil
end

-- Why a create is not as it must be.
local function create_flaw(self, parsed)
  local bot = text_field(field(parsed, "bot"), "id")
  local tenant = text_field(field(field(parsed, "channelData"), "tenant"), "id")
    or text_field(parsed, "tenantId")
  if not parsed then
    return "Invalid JSON in the request body."
  elseif bot ~= self.client_id and bot ~= "28:" .. self.client_id then
    return "Bot id does not match the token."
  elseif not tenant or tenant:lower() ~= self.tenant then
    return "Malformed tenant id."
  end
  return nil
end

-- The activity that comes along, as it was written, and read; or nil and what
-- is wrong with it.
local function first_activity(call, request)
  local body = activities.cut(request.body, "activity")
  local activity, wrong = activities.read(body or "")
  if activities.is_too_large(body or "") then
    return nil, answers.connector(413, "MessageSizeTooBig", "Message size too large.")
  elseif not activity then
    return nil, bad(call.parsed.activity == nil and "An activity is expected." or wrong)
  end
  return body, activity
end

local function created(self, call, id, activity_id)
  return answers.json(201, encoding.json({ id = id, activityId = activity_id,
    serviceUrl = self.tells_region and call.origin .. "/" .. self.region .. "/" or nil }))
end

--- Answers `POST /v3/conversations` with one member: their conversation, and
-- the activity in it if one comes along.
-- @tparam table call
-- @tparam table request
-- @tparam number now_ms
-- @treturn table response
function connector_methods:create(call, request, now_ms)
  if call.operation == "post" then
    return self:post(call, request, now_ms)
  end
  local parsed, k = call.parsed, call.k
  local wrong = create_flaw(self, parsed)
  if wrong then
    return bad(wrong)
  elseif parsed.isGroup == true then
    return bad("Bots cannot create group chats.")
  end
  local refusal = self:unregistered(call)
  if not refusal and not k then
    return bad("Bad user id in members: one Entra object id is expected.")
  end
  refusal = refusal or self:refusal(call)
  if refusal then
    return refusal
  elseif not self.simulator.installs:is_visible(k, now_ms) then
    return answers.connector(403, "ForbiddenOperationException",
      "Bot is not installed in user's personal scope")
  end
  local id, activity_id = self.conversations:id(k), nil
  if parsed.activity ~= nil then
    local body, activity = first_activity(call, request)
    local place = self.conversations:find(id)
    refusal = not body and activity or self:unwritable(place, now_ms)
    if refusal then
      return refusal
    end
    activity_id = self:deliver(place, activity, body, now_ms)
  end
  return created(self, call, id, activity_id)
end

--- Answers `POST /v3/conversations` with a channel: begins a thread in it.
-- @tparam table call
-- @tparam table request
-- @tparam number now_ms
-- @treturn table response
function connector_methods:post(call, request, now_ms)
  local refusal = self:refusal(call)
  if refusal then
    return refusal
  end
  local parsed, place = call.parsed, call.place
  local tenant = text_field(field(parsed.channelData, "tenant"), "id")
    or text_field(parsed, "tenantId") or self.tenant
  if tenant:lower() ~= self.tenant then
    return bad("Malformed tenant id.")
  end
  local body, activity = first_activity(call, request)
  if not body then
    return activity
  end
  refusal = self:unwritable(place and place.kind == "channel" and place or nil, now_ms)
  if refusal then
    return refusal
  end
  local root = self:deliver(place, activity, body, now_ms)
  return created(self, call, place.recipient .. (root and ";messageid=" .. root or ""), root)
end

return connector
