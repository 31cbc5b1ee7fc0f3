--- Microsoft Graph for code that reads top to bottom: what `client.graph` makes
-- of the calls of `core.graph`.
--
-- A place is where an app is installed: a user's id or UPN, or a table
-- `{ user = id }`, `{ team = id }`, `{ chat = id }`.
-- @module crier.graph
local app = require "crier.graph.app"
local batch = require "crier.graph.batch"
local changes = require "crier.graph.changes"
local chats = require "crier.graph.chats"
local listing = require "crier.graph.listing"
local misuse = require "crier.misuse"
local value = require "crier.template.value"
local waiting = require "crier.waiting"

local graph = {}

--- What a caller may leave out, or give in a handier form: functions of the
-- client and the arguments, which return those of the builder, or nil, message,
-- code and perhaps an outcome.
graph.arguments = {}

--- What a method gives back in place of the decoded answer: functions of the
-- outcome and the response.
graph.results = {}

--- Methods that take several calls: functions of the client and the arguments.
graph.methods = {}

-- `graph:installation(place)` means the app that `CRIER_APP_ID` names unless a
-- catalog id follows; so does `graph:install(place)`, which then consents to
-- what that app declares.
function graph.arguments.installation(client, place, catalog_id)
  if catalog_id then
    return place, catalog_id
  end
  local id, message, code, outcome = app.find(client)
  if not id then
    return nil, message, code, outcome
  end
  return place, id
end

function graph.arguments.install(client, place, catalog_id, options)
  if catalog_id then
    return place, catalog_id, options
  end
  local found, message, code, outcome = app.details(client)
  if not found then
    return nil, message, code, outcome
  end
  return place, found.id, options or { permissions = found.permissions }
end

-- A notification as a table, or as JSON text.
local function with_notification(_, to, notification)
  if type(notification) ~= "table" then
    return to, notification
  end
  local text, message = value.encode(notification)
  if not text then
    return nil, "a value in the notification " .. message, "NOTIFICATION"
  end
  return to, text
end

graph.arguments.notify = with_notification
graph.arguments.notify_many = with_notification

-- Calls without a document to answer with: how it went, `ok` or `already`.
local function kind_of(outcome)
  return outcome.kind
end

for _, name in ipairs { "install", "upgrade", "uninstall", "update_app", "review",
  "unpublish", "notify", "notify_many" } do
  graph.results[name] = kind_of
end

local function build(client, name, ...)
  local builder = client.build.graph
  if type(name) ~= "string" or not builder[name] then
    misuse.raise("Graph has no listing " .. tostring(name))
  end
  return waiting.build(client, graph, builder, name, ...)
end

-- Splits the function off the end of the arguments of a listing.
local function read(client, visit, name, ...)
  local request, message, code, outcome = build(client, name, ...)
  if not request then
    return nil, message, code, outcome
  end
  return listing.read(client, request, visit)
end

local function with_visit(client, make, ...)
  local count = select("#", ...)
  local visit = select(count, ...)
  if count < 2 or type(visit) ~= "function" then
    error("a listing ends with a function that takes what is listed", 2)
  end
  local arguments = { ... }
  return read(client, make(visit),
    (table.unpack or unpack)(arguments, 1, count - 1)) -- luacheck: ignore 113 143
end

--- Reads a listing to its last page and calls a function for each page:
-- `client.graph:pages("users", { select = "id" }, function(items) … end)`.
--
-- The name is that of a call whose answer has a list: `users`, `delta`,
-- `groups`, `group_members`, `teams`, `team_members`, `channels`, `catalog`,
-- `installation`, `find_chat`; its arguments follow. The function gets the
-- items and the whole answer, may wait, and stops the reading by returning
-- false.
-- @function graph.methods.pages
-- @tparam crier.client client
-- @tparam string name
-- @param ... the call's arguments, then the function
-- @treturn[1] table the last answer that was read
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code
-- @treturn[2] ?table the outcome of the call that failed
function graph.methods.pages(client, ...)
  return with_visit(client, function(visit) return visit end, ...)
end

--- As `pages`, with a function that gets one item at a time.
-- @function graph.methods.each
-- @tparam crier.client client
-- @param ... see `pages`
-- @return see `pages`
function graph.methods.each(client, ...)
  return with_visit(client, function(visit)
    return function(items)
      for _, item in ipairs(items) do
        local go_on, message, code = visit(item)
        if go_on == false then
          return false, message, code
        end
      end
    end
  end, ...)
end

graph.methods.changes = changes.read
graph.methods.chat_of = chats.of
graph.methods.find_chat = chats.find
graph.methods.batch = batch.send

return graph
