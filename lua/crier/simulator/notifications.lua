--- Graph's `sendActivityNotification`: entries of the activity feed.
-- To a person, to a team, to a chat; and to up to 100 people at once.  The app
-- must be installed there, and its manifest must declare the type of activity
-- (`systemDefault` is always there).
-- @module crier.simulator.notifications
local cjson = require("cjson.safe")

local answers = require("crier.simulator.answers")
local encoding = require("crier.simulator.encoding")
local places = require("crier.simulator.places")
local random = require("crier.simulator.random")

local notifications = {}

local notifications_methods = {}
local notifications_mt = { __name = "crier.simulator.notifications",
  __index = notifications_methods }

local MOST_RECIPIENTS = 100
local LEAST_LIFE_MS = 45 * 60000
local ROLES = { "TeamsActivity.Send" }

local function route(path, budget, suffix)
  return { operation = "notify", service = "graph", method = "POST",
    path = "/v1.0/" .. path .. "/sendActivityNotification", budget = budget, roles = ROLES,
    resource_specific = "TeamsActivity.Send." .. suffix }
end

--- What it answers; see `crier.simulator.router`.
notifications.routes = {
  route("users/{user}/teamwork", "notify", "User"),
  route("teams/{team}", { "notify", "team" }, "Group"),
  route("chats/{chat}", { "notify", "chat" }, "Chat"),
  { operation = "notify_many", service = "graph", method = "POST", budget = "notify_many",
    path = "/v1.0/teamwork/sendActivityNotificationToRecipients", roles = ROLES },
}

--- Makes the noun.
-- @tparam crier.simulator simulator
-- @treturn crier.simulator.notifications
function notifications.new(simulator)
  return setmetatable({ simulator = simulator, people = simulator.people,
    installs = simulator.installs, catalog = simulator.catalog,
    organization = simulator.organization, count = 0, lines = {} }, notifications_mt)
end

--- Tells where a call is about.
-- @tparam table call
function notifications_methods:examine(call)
  if call.operation == "notify_many" then
    return
  end
  call.place = places.find(self.simulator, call.ids)
  call.k = call.place.k
  call.key = call.place.kind.budget and call.place.key
  call.target = call.k or random.text(call.place.asked)
end

local function bad(message)
  return answers.graph(400, "BadRequest", message)
end

local function field(value, name)
  return type(value) == "table" and value[name] or nil
end

-- The app that may notify: the calling registration's.
local function app_of(self, call, body)
  for _, app in ipairs(self.catalog.apps) do
    if app.client_id == call.token.client_id and app.version
      and (body.teamsAppId == nil or body.teamsAppId == app.id) then
      return app
    end
  end
end

local function flaw(body, app)
  local topic, kind = field(body, "topic"), field(body, "activityType")
  local source, parameters = field(topic, "source"), field(body, "templateParameters")
  if source ~= "text" and source ~= "entityUrl" then
    return "Topic is required, with a source of text or entityUrl."
  elseif type(topic.value) ~= "string" or topic.value == "" then
    return "Topic value is required."
  elseif source == "text" and type(topic.webUrl) ~= "string" then
    return "Topic webUrl is required when the source is text."
  elseif source == "entityUrl" and not topic.value:find("^https?://[^/]+/v1%.0/") then
    return "Topic value must be the URL of an entity of Microsoft Graph."
  elseif type(kind) ~= "string" or kind ~= "systemDefault" and app and not app.activities[kind] then
    return "Activity type must be declared in the Teams app manifest."
  elseif type(field(field(body, "previewText"), "content")) ~= "string" then
    return "Preview text is required."
  end
  for _, parameter in ipairs(type(parameters) == "table" and parameters or {}) do
    if type(field(parameter, "name")) ~= "string"
      or type(field(parameter, "value")) ~= "string" then
      return "Template parameters are pairs of a name and a value."
    end
  end
end

local function not_authorized(call)
  return answers.graph(403, "Forbidden", "Application with AAD App Id '" .. call.token.client_id
    .. "' is not authorized to generate custom text notifications about '" .. call.path
    .. "' to the recipient. Ensure that the expected Teams app is installed in the target scope"
    .. " (user, team, or chat).")
end

-- An app that a person has twice, as an own one and in a team, is ambiguous
-- unless the topic names the installation.
local function is_ambiguous(self, call, body, now_ms)
  if not call.k or body.topic.source == "entityUrl" then
    return false
  end
  for _, team in ipairs(self.organization.teams) do
    if self.installs:is_visible(team.id, now_ms) and team.member(self.people, call.k) then
      return true
    end
  end
  return false
end

local function note(self, place, body, now_ms)
  self.count = self.count + 1
  if self.simulator.deliveries.is_kept then
    self.lines[self.count] = ('{"recipient":%s,"at":"%s","notification":%s}\n'):format(
      encoding.quote(place.id), encoding.iso_time(now_ms), (body:gsub("[\r\n]", " ")))
  end
end

--- What the feeds say, as JSON lines.
-- @treturn string
function notifications_methods:text()
  return table.concat(self.lines)
end

--- Answers `POST …/sendActivityNotification`.
-- @tparam table call
-- @tparam table request
-- @tparam number now_ms
-- @treturn table response
function notifications_methods:notify(call, request, now_ms)
  local body = cjson.decode(request.body or "")
  if type(body) ~= "table" then
    return bad("Invalid JSON in the request body.")
  end
  local app = app_of(self, call, body)
  local wrong, response = flaw(body, app), places.refusal(self.simulator, call)
  if wrong then
    return bad(wrong)
  elseif response then
    return response
  elseif not app or not self.installs:has(app, call.place.key, now_ms) then
    return not_authorized(call)
  elseif is_ambiguous(self, call, body, now_ms) then
    return answers.graph(409, "Conflict", "Found multiple applications with the same AAD App Id '"
      .. call.token.client_id .. "'.")
  end
  note(self, call.place, request.body, now_ms)
  return { status = 204, headers = {} }, { { kind = "notified", [call.place.kind.name .. "_id"] =
    call.place.id } }
end

local function recipients_flaw(list)
  if type(list) ~= "table" or #list == 0 or #list > MOST_RECIPIENTS then
    return ("Recipients must be 1 to %d."):format(MOST_RECIPIENTS)
  end
  for _, recipient in ipairs(list) do
    local kind = tostring(field(recipient, "@odata.type")):gsub("^#", "")
    if kind ~= "microsoft.graph.aadUserNotificationRecipient"
      or type(recipient.userId) ~= "string" then
      return "Only recipients of type aadUserNotificationRecipient are supported."
    end
  end
end

--- Answers `POST /teamwork/sendActivityNotificationToRecipients`: who does not
-- have the app is passed over in silence.
-- @tparam table call
-- @tparam table request
-- @tparam number now_ms
-- @treturn table response
function notifications_methods:notify_many(call, request, now_ms)
  local body = cjson.decode(request.body or "")
  if type(body) ~= "table" then
    return bad("Invalid JSON in the request body.")
  end
  local app = app_of(self, call, body)
  local wrong = flaw(body, app) or recipients_flaw(body.recipients)
  if wrong then
    return bad(wrong)
  elseif (call.token.expires_ms or 1 / 0) - now_ms < LEAST_LIFE_MS then
    return answers.graph(412, "PreconditionFailed", "The token expires within 45 minutes.")
  elseif not app then
    return not_authorized(call)
  end
  local events = {}
  for _, recipient in ipairs(body.recipients) do
    local k = self.people:find(recipient.userId)
    if k and self.installs:has(app, k, now_ms) then
      note(self, { id = self.people:id(k) }, request.body, now_ms)
      events[#events + 1] = { kind = "notified", user_id = self.people:id(k) }
    end
  end
  return { status = 202, headers = {} }, events
end

return notifications
