--- Single messages as programs give them: judged, and made ready for the journal. The
-- gateway and the door take the same.
-- @module crier.single
local activities = require "crier.activity"
local suggest = require "crier.suggest"

local single = {}

local LONGEST_ID, LONGEST_TARGET = 200, 1024
local TARGETS = { user = true, chat = true, channel = true }
local FIELDS = { "id", "to", "text", "activity" }

--- What is told of an id that was used for another message.
single.OTHER = "this id was used for another message: give each message its own"

-- Object ids are GUIDs, whose case tells nothing (RFC 9562, section 4).
local function folded(id)
  local is_guid = #id == 36 and id:find "^%x+%-%x+%-%x+%-%x+%-%x+$"
  return is_guid and id:lower() or id
end

local function key_of(to)
  if type(to) ~= "string" or to == "" or #to > LONGEST_TARGET or to:find "%c" then
    return nil
  end
  local kind, id = to:match "^(%l+):(.+)$"
  if not (kind and TARGETS[kind]) then
    if to:find "[@:]" then
      return nil
    end
    kind, id = "user", to
  end
  id = kind == "user" and folded(id) or id
  return kind .. ":" .. id, kind, id
end

-- What is wrong with a message that a program gives.
local function flaw(message)
  local unknown = suggest.unknown_key("a message", message, FIELDS)
  if unknown then
    return unknown
  elseif type(message.id) ~= "string" or not message.id:find "^[%w_.:%-]+$"
    or #message.id > LONGEST_ID then
    return "id is needed: letters, digits, . : _ and -, 200 at most"
  elseif not key_of(message.to) then
    return "to is the Entra object id of a person, or user:ID, chat:ID, channel:ID"
  elseif (message.text == nil) == (message.activity == nil) then
    return "say either text or activity"
  elseif message.text ~= nil and (type(message.text) ~= "string" or message.text == "") then
    return "text is a text"
  end
end

--- Makes a message ready.
-- @tparam table message `id`, `to`, and `text` or `activity`, see `crier.gateway.say`
-- @treturn[1] table for `crier.journal.messages`, with `kind` of its target
-- @treturn[2] nil
-- @treturn[2] string what is wrong
-- @treturn[2] string code: `MESSAGE`, or that of `crier.activity`
function single.compose(message)
  local wrong = flaw(message)
  if wrong then
    return nil, wrong, "MESSAGE"
  end
  local key, kind, id = key_of(message.to)
  local any = message.activity or { type = "message", text = message.text }
  local text, problem, code = activities.prepare(any, { is_group = kind ~= "user" })
  if not text then
    return nil, problem, code
  end
  return { id = message.id, key = key, kind = kind, activity = text, phase = "send",
    conversation_id = kind ~= "user" and id or nil }
end

--- Says where a message goes: into the chat that is known, or one to be made.
-- @tparam table row from `compose`; changed
-- @tparam crier.journal journal
-- @tparam table lane `app`, `tenant`, `host`
function single.address(row, journal, lane)
  local known = not row.conversation_id and journal.conversations:find(lane, row.key)
  if known then
    row.conversation_id, row.service_url = known.conversation_id, known.service_url
  elseif not row.conversation_id then
    row.phase = "create"
  end
end

return single
