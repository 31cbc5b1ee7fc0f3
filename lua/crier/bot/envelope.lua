--- What an activity says of itself: which one it is, where it belongs, who sent it.
-- After "Activity", the Bot Framework's schema, and "Conversation events in your
-- Teams bot".
-- @module crier.bot.envelope
local cjson = require "cjson.safe"
local core = require "crier.core"
local time = require "crier.format.time"

local envelope = {}

-- As deep as a card's data gets; the decoder calls itself for each level.
local MOST_DEPTH = 64
local LONGEST = { type = 64, id = 512, conversation = 1024, url = 2048, person = 512 }
-- What the bot has work with. Anything else is acknowledged and not kept.
local KNOWN = { conversationUpdate = true, installationUpdate = true, message = true,
  messageUpdate = true, messageDelete = true, messageReaction = true, event = true,
  invoke = true }
-- These have the id of the message that they are about, however often it changes.
local OF_MESSAGE = { messageUpdate = true, messageDelete = true }

local function table_in(value, name)
  local found = type(value) == "table" and value[name]
  return type(found) == "table" and found or nil
end

local function text_in(value, name, longest)
  local found = type(value) == "table" and value[name]
  return type(found) == "string" and found ~= "" and #found <= (longest or LONGEST.person)
    and found or nil
end

envelope.table_in, envelope.text_in = table_in, text_in

--- Makes a reader of JSON that refuses what is too deep.
-- @treturn function text -> table, or nil
function envelope.decoder()
  local own = cjson.new()
  own.decode_max_depth(MOST_DEPTH)
  own.decode_invalid_numbers(false)
  return function(text)
    local value = text:find "^%s*{" and own.decode(text)
    return type(value) == "table" and value or nil
  end
end

--- The tenant that an activity names; two that differ are none.
-- @tparam table activity
-- @treturn ?string
function envelope.tenant(activity)
  local first = text_in(table_in(activity, "conversation"), "tenantId")
  local second = text_in(table_in(table_in(activity, "channelData"), "tenant"), "id")
  if first and second and first:lower() ~= second:lower() then
    return nil
  end
  return first or second
end

-- Teams sends the same activity again under the same id. Without an id the same
-- text is the same activity.
local function id_of(activity, body)
  local id = text_in(activity, "id", LONGEST.id)
  if not id then
    return "sha256:" .. core.text.sha256(body)
  elseif OF_MESSAGE[activity.type] then
    return id .. " " .. (text_in(activity, "timestamp", 64) or core.text.sha256(body))
  end
  return id
end

--- Tells what is wrong with an activity.
-- @tparam table activity
-- @treturn ?string reason, for the log; nil when nothing is
function envelope.flaw(activity)
  if not text_in(activity, "type", LONGEST.type) then
    return "no type"
  elseif not text_in(table_in(activity, "conversation"), "id", LONGEST.conversation) then
    return "no conversation"
  elseif not text_in(activity, "serviceUrl", LONGEST.url) then
    return "no service URL"
  elseif activity.type == "invoke" and not text_in(activity, "name") then
    return "no name of the invoke"
  end
  return nil
end

--- Reads an activity without a flaw.
-- @tparam table activity
-- @tparam string body the same as it came
-- @treturn table `conversation_id`, `activity_id` (which copies share), `type`,
--   `is_known`, `body`
function envelope.read(activity, body)
  return {
    conversation_id = activity.conversation.id,
    activity_id = id_of(activity, body),
    type = activity.type,
    is_known = KNOWN[activity.type] or false,
    body = body,
  }
end

--- When it happened.
-- @tparam table activity
-- @tparam integer received_at what holds when the activity does not say, and what
--   it cannot be later than
-- @treturn integer milliseconds since 1970
function envelope.at(activity, received_at)
  return math.min(time.parse(activity.timestamp) or received_at, received_at)
end

--- Whether an account is the bot's own.
-- @tparam table activity
-- @tparam table account such as one of `membersAdded`
-- @tparam string app the bot's client id
-- @treturn boolean
function envelope.is_bot(activity, account, app)
  local id = text_in(account, "id")
  local own = text_in(table_in(activity, "recipient"), "id")
  return id ~= nil and (id == own or id:lower() == "28:" .. app:lower())
end

return envelope
