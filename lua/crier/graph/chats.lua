--- A person's chat with the bot, by Graph alone.
-- @module crier.graph.chats
local app = require "crier.graph.app"
local listing = require "crier.graph.listing"
local misuse = require "crier.misuse"

local chats = {}

-- An install shows after a while: how long to wait before each new look.
local WAITS_MS = { 0, 1000, 2000, 4000, 8000 }

local function wanted(client, options)
  if options.catalog_id then
    return { id = options.catalog_id, permissions = {} }
  end
  return app.details(client)
end

-- The installation's id, or false when there is none.
local function installed(client, user, found)
  local document, message, code, outcome =
    client.graph:installation(user, found.id)
  if not document then
    return nil, message, code, outcome
  end
  local first = type(document.value) == "table" and document.value[1]
  return type(first) == "table" and type(first.id) == "string" and first.id or false
end

-- The chat of an installation, or false when it does not show yet.
local function look(client, user, found)
  local id, message, code, outcome = installed(client, user, found)
  if not id then
    return id, message, code, outcome
  end
  local chat
  chat, message, code, outcome = client.graph:chat(user, id)
  if chat then
    return { id = chat.id, installation_id = id }
  elseif outcome and outcome.kind == "absent" then
    return false, message, code, outcome
  end
  return nil, message, code, outcome
end

-- Looks until what was just installed shows.
local function look_out(client, user, found)
  for _, wait_ms in ipairs(WAITS_MS) do
    client.loop:sleep(wait_ms)
    local chat, message, code, outcome = look(client, user, found)
    if chat then
      chat.installed = true
      return chat
    elseif chat == nil then
      return nil, message, code, outcome
    end
  end
  return nil, ("the app was installed for %s but does not show there yet: try again"
    .. " in a minute"):format(user), "NOT_VISIBLE"
end

--- Finds a person's chat as "Proactive installation of apps using Graph API to
-- send messages" describes: looks for the installation, installs where it is
-- missing, looks again for 15 s at most, and asks for its chat. Call inside a
-- task.
-- @tparam crier.client client
-- @tparam string user object id or UPN
-- @tparam ?table options `install = false`: install nothing; `catalog_id`:
--   another app than `CRIER_APP_ID`'s
-- @treturn[1] table `id` (the conversation's), `installation_id`, `installed`
--   (true when it was missing before)
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code: `NOT_INSTALLED`, `NOT_VISIBLE`, or the service's
-- @treturn[2] ?table the outcome of the call that failed
function chats.of(client, user, options)
  options = misuse.options("graph:chat_of", options, { "catalog_id", "install" })
  local found, message, code, outcome = wanted(client, options)
  if not found then
    return nil, message, code, outcome
  end
  local id
  id, message, code, outcome = installed(client, user, found)
  if id == nil then
    return nil, message, code, outcome
  elseif id then
    local chat
    chat, message, code, outcome = client.graph:chat(user, id)
    return chat and { id = chat.id, installation_id = id, installed = false },
      message, code, outcome
  elseif options.install == false then
    return nil, "the app is not installed for " .. user, "NOT_INSTALLED"
  end
  local kind
  kind, message, code, outcome =
    client.graph:install(user, found.id, { permissions = found.permissions })
  if not kind then
    return nil, message, code, outcome
  end
  return look_out(client, user, found)
end

--- Finds a person's chat again among all of theirs, by the app that is in it:
-- the way of 2020, which "List chats" does not document and which needs to read
-- chats. Call inside a task.
-- @tparam crier.client client
-- @tparam string user object id or UPN
-- @tparam ?string catalog_id default: that of `CRIER_APP_ID`'s app
-- @treturn[1] table the chat of two, as Graph describes it
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code: `NO_CHAT`, or the service's
-- @treturn[2] ?table the outcome of the call that failed
function chats.find(client, user, catalog_id)
  local found, message, code, outcome = wanted(client, { catalog_id = catalog_id })
  if not found then
    return nil, message, code, outcome
  end
  local request
  request, message, code = client.build.graph:find_chat(user, found.id)
  if not request then
    return nil, message, code
  end
  local chat, read
  read, message, code, outcome = listing.read(client, request, function(page)
    for _, one in ipairs(page) do
      if type(one) == "table" and type(one.id) == "string"
        and (one.chatType or "oneOnOne") == "oneOnOne" then
        chat = one
        return false
      end
    end
  end)
  if not read then
    return nil, message, code, outcome
  elseif not chat then
    return nil, ("%s has no chat with the app"):format(user), "NO_CHAT"
  end
  return chat
end

return chats
