--- What each type of activity changes in the journal.
--
-- A handler is called inside a transaction with `(context, activity)`; the context
-- has `journal`, `lane` (`app`, `tenant`, `host`), `at` (when it happened), `now`,
-- `key` (of the target it belongs to, or nil), `person` (key of the sender, or nil)
-- and `row` of the inbox, whose `is_secret` a handler sets when nothing of it is to stay
-- even if it is given up. It returns nil, message, code when it failed: it is tried
-- again later. All of them may be called twice.
-- @module crier.bot.handlers
local envelope = require "crier.bot.envelope"
local places = require "crier.bot.places"
local presence = require "crier.bot.presence"

local table_in, text_in = envelope.table_in, envelope.text_in

local handlers = {}

local READ = "application/vnd.microsoft.readReceipt"

local function both(first, second, ...)
  local ok, message, code = first(...)
  if not ok then
    return nil, message, code
  end
  return second(...)
end

local INSTALLS = { add = true, ["add-upgrade"] = true }
local REMOVALS = { remove = true, ["remove-upgrade"] = true }

local function has(context, activity)
  return presence.has(context, activity, true)
end

local function note_removed(context, activity)
  return places.note(context, activity, true)
end

--- The app was put somewhere, or taken off.
function handlers.installationUpdate(context, activity)
  if INSTALLS[activity.action] then
    return both(has, places.note, context, activity)
  elseif REMOVALS[activity.action] then
    return both(presence.has_not, note_removed, context, activity)
  end
  return true
end

-- Whether the bot is among some members, and whether anybody else is.
local function members(context, activity, name)
  local has_bot, has_others = false, false
  for _, member in ipairs(table_in(activity, name) or {}) do
    if envelope.is_bot(activity, member, context.lane.app) then
      has_bot = true
    elseif type(member) == "table" then
      has_others = true
    end
  end
  return has_bot, has_others
end

--- Somebody came or went, or a team or a channel changed.
function handlers.conversationUpdate(context, activity)
  if members(context, activity, "membersAdded") then
    return both(has, places.note, context, activity)
  end
  local is_off, is_gone = members(context, activity, "membersRemoved")
  if is_off then
    return both(presence.has_not, note_removed, context, activity)
  elseif is_gone and context.key and context.key:find "^user:" then
    return presence.has_not(context, activity, true) -- deleted from the tenant for good
  end
  return places.note(context, activity)
end

--- Somebody wrote, or answered a card: whoever does has the app.
function handlers.message(context, activity)
  return both(presence.has, places.note, context, activity)
end

local REACTIONS = { { "reactionsAdded", 1 }, { "reactionsRemoved", 0 } }

--- Somebody reacted to a message whose campaign notes it.
function handlers.messageReaction(context, activity)
  local message_id, ok, message, code = text_in(activity, "replyToId"), true, nil, nil
  local echoes = context.journal.echoes
  if not message_id or not context.person or not context.key
    or not echoes:is_tracked(context.lane, "reactions", context.key, message_id) then
    return true
  end
  local conversation_id = activity.conversation.id:match "^(.-);messageid="
    or activity.conversation.id
  for _, list in ipairs(REACTIONS) do
    for _, reaction in ipairs(table_in(activity, list[1]) or {}) do
      local kind = text_in(reaction, "type", 64)
      if ok and kind then
        ok, message, code = echoes:react(context.lane, {
          conversation_id = conversation_id, message_id = message_id,
          key = context.person, kind = kind, is_there = list[2], at = context.at })
      end
    end
  end
  return ok and true or nil, message, code
end

--- Somebody has read a personal chat, where a campaign notes it.
function handlers.event(context, activity)
  local id = text_in(table_in(activity, "value"), "lastReadMessageId")
  if activity.name ~= READ or not id or not context.person
    or not context.journal.echoes:is_tracked(context.lane, "reads", context.person) then
    return true
  end
  local ok, message, code = context.journal.echoes:read(context.lane, {
    conversation_id = activity.conversation.id, key = context.person, message_id = id,
    at = context.at })
  return ok and true or nil, message, code
end

return handlers
