--- The Bot Connector for code that reads top to bottom: what
-- `client.connector` makes of the calls of `core.connector`.
--
-- A conversation is its id, or what `create` or `post` returned. An activity is
-- a table or JSON text; it is judged before it leaves (see `crier.activity`).
-- The last argument may be a table of options, or a service URL alone:
--
--     service_url   where the conversation was met; only an allowed host
--     split, large  see `crier.activity`
--     page_size, continuation   of `members`
--
-- @module crier.connector
local activity = require "crier.activity"
local core = require "crier.core"
local misusing = require "crier.misuse"
local suggest = require "crier.suggest"
local waiting = require "crier.waiting"

local connector = {}

--- What a caller may give in a handier form; see `crier.graph`.
connector.arguments = {}

--- What a method gives back in place of the decoded answer.
connector.results = {}

--- Methods that take several calls.
connector.methods = {}

local arguments, results, methods =
  connector.arguments, connector.results, connector.methods

local OPTIONS = { "continuation", "large", "page_size", "service_url", "split" }

local function misuse(message)
  misusing.raise("client.connector: " .. message)
end

local function options_of(any)
  if any == nil or type(any) == "string" then
    return { service_url = any }
  elseif type(any) ~= "table" then
    misuse "options are a table, or a service URL"
  end
  local message = suggest.unknown_key("options", any, OPTIONS)
  if message then
    misuse(message)
  end
  return any
end

local function id_of(any)
  local id = any
  if type(any) == "table" then
    id = any.conversation_id or any.id
  end
  return type(id) == "string" and id
    or misuse "an id is a text, or what `create` or `post` returned"
end

-- The id of a message, which may be what `send` or `post` returned.
local function message_of(any)
  local id = any
  if type(any) == "table" then
    id = any.id
  end
  return type(id) == "string" and id
    or misuse "a message is its id, or what `send` or `post` returned"
end

-- An id, where it was met, and the options.
local function target(any, more)
  local options = options_of(more)
  local met = type(any) == "table" and any.service_url or nil
  return id_of(any), options.service_url or met, options
end

-- Everything but a 1:1 chat, whose ids are `a:1…` here and
-- `19:…@unq.gbl.spaces` in Graph.
local function is_group(id)
  return type(id) == "string" and id:find "^19:" ~= nil
    and not id:find "@unq%.gbl%.spaces$"
end

local function prepare(any, options, to_group)
  if type(any) ~= "table" and type(any) ~= "string" then
    misuse "an activity is a table or JSON text"
  end
  return activity.prepare(any, { split = options.split, large = options.large,
    is_group = to_group })
end

--- The id of a thread in a channel: what a reply is sent to.
-- @tparam string channel its id
-- @tparam string root the id of the message that began the thread
-- @treturn string
function connector.thread(channel, root)
  return channel:match "^[^;]*" .. ";messageid=" .. root
end

--- What a call's own budget is kept for, where there is one: the chat, the
-- channel with all its threads, or for `create` the person.
-- @tparam string _ the operation
-- @param conversation the method's first argument
-- @treturn ?string
function connector.conversation(_, conversation)
  local id = conversation
  if type(id) == "table" then
    id = id.conversation_id or id.id
  end
  return type(id) == "string" and id:match "^[^;]*" or nil
end

function arguments.send(_, conversation, any, more)
  local id, service_url, options = target(conversation, more)
  local text, message, code = prepare(any, options, is_group(id))
  if not text then
    return nil, message, code
  end
  return id, text, service_url
end

function arguments.post(_, channel, any, more)
  local id, service_url, options = target(channel, more)
  local text, message, code = prepare(any, options, true)
  if not text then
    return nil, message, code
  end
  return id, text, service_url
end

function arguments.reply(_, conversation, to, any, more)
  local id, service_url, options = target(conversation, more)
  local text, message, code = prepare(any, options, is_group(id))
  if not text then
    return nil, message, code
  end
  return id, message_of(to), text, service_url
end

arguments.update = arguments.reply

function arguments.typing(_, conversation, more)
  local id, service_url = target(conversation, more)
  return id, service_url
end

arguments.create = arguments.typing
arguments.team_details = arguments.typing
arguments.team_channels = arguments.typing
arguments.sending_state = arguments.typing
arguments.cancel_sending = arguments.typing

function arguments.delete(_, conversation, which, more)
  local id, service_url = target(conversation, more)
  return id, message_of(which), service_url
end

arguments.member = arguments.delete

function arguments.members(_, conversation, more)
  local id, service_url, options = target(conversation, more)
  return id, options.page_size, options.continuation, service_url
end

function arguments.failed_entries(_, sending, continuation, more)
  local id, service_url = target(sending, more)
  return id, continuation, service_url
end

local function batch(to_group)
  return function(_, ids, any, more)
    local options = options_of(more)
    if type(ids) ~= "table" then
      misuse "a batch takes a list of ids"
    end
    local text, message, code = prepare(any, options, to_group)
    if not text then
      return nil, message, code
    end
    return ids, text, options.service_url
  end
end

arguments.send_to_users = batch(false)
arguments.send_to_channels = batch(true)

function arguments.send_to_team(_, team, any, more)
  local id, service_url, options = target(team, more)
  local text, message, code = prepare(any, options, false)
  if not text then
    return nil, message, code
  end
  return id, text, service_url
end

function arguments.send_to_tenant(_, any, more)
  local options = options_of(more)
  local text, message, code = prepare(any, options, false)
  if not text then
    return nil, message, code
  end
  return text, options.service_url
end

local function kind(outcome)
  return outcome.kind
end

results.delete, results.typing, results.cancel_sending = kind, kind, kind

function results.create(outcome)
  return { id = outcome.id, service_url = outcome.service_url }
end

function results.post(outcome)
  return { id = outcome.id, conversation_id = outcome.conversation_id,
    service_url = outcome.service_url }
end

function results.send(outcome)
  return { id = outcome.id }
end

results.reply, results.update = results.send, results.send

local function sending(_, response)
  return { id = core.connector.read_sending(response) }
end

results.send_to_users, results.send_to_channels = sending, sending
results.send_to_tenant, results.send_to_team = sending, sending

function results.sending_state(_, response)
  return core.connector.read_state(response)
end

function results.failed_entries(_, response)
  return core.connector.read_failures(response)
end

local function text_or_nil(any)
  return type(any) == "string" and any ~= "" and any or nil
end

-- Teams writes the Entra object id under one of two names.
local function with_object_id(member)
  member.aadObjectId = text_or_nil(member.aadObjectId)
    or text_or_nil(member.objectId)
  return member
end

local function list_of(any)
  local list = {}
  for i, item in ipairs(type(any) == "table" and any or {}) do
    list[i] = type(item) == "table" and item or {}
  end
  return list
end

function results.member(_, response)
  local member, message, code = waiting.document(response)
  return member and with_object_id(member), message, code
end

function results.members(_, response)
  local page, message, code = waiting.document(response)
  if not page then
    return nil, message, code
  end
  local members = list_of(page.members)
  for _, member in ipairs(members) do
    with_object_id(member)
  end
  return { members = members,
    continuation = text_or_nil(page.continuationToken) }
end

function results.team_channels(_, response)
  local answer, message, code = waiting.document(response)
  if not answer then
    return nil, message, code
  end
  local channels = list_of(answer.conversations)
  for _, channel in ipairs(channels) do
    channel.name = text_or_nil(channel.name)
  end
  return channels
end

--- Replies in a thread of a channel: sends to `{channel};messageid={root}`.
-- @tparam crier.client client
-- @param channel its id, or what `post` returned
-- @tparam string root the id of the message that began the thread
-- @param any the activity
-- @param[opt] more options
-- @treturn table `{ id = }`, or nil, message, code, outcome
function methods.reply_in_channel(client, channel, root, any, more)
  local options = options_of(more)
  return client.connector:send({
    id = connector.thread(id_of(channel), root),
    service_url = options.service_url
      or type(channel) == "table" and channel.service_url or nil,
  }, any, options)
end

--- Reads all members of a conversation, page by page.
-- @tparam crier.client client
-- @param conversation its id, or what `create` returned
-- @param[opt] more options; `page_size` is 500 unless given
-- @treturn {table,...} members, or nil, message, code, outcome
function methods.roster(client, conversation, more)
  local options, all, last = options_of(more), {}, nil
  repeat
    local page, message, code, outcome = client.connector:members(conversation, {
      page_size = options.page_size or 500,
      continuation = last,
      service_url = options.service_url,
    })
    if not page then
      return nil, message, code, outcome
    elseif last and page.continuation == last then
      return nil, "the service names the same page again", "PAGING"
    end
    for _, member in ipairs(page.members) do
      all[#all + 1] = member
    end
    last = page.continuation
  until not last
  return all
end

return connector
