--- What Teams tells a bot, as requests; with a verifier that needs no keys.
local cjson = require "cjson"
local bot = require "crier.bot"
local config = require "crier.config"
local stores = require "support.stores"

local events = {}

events.NOW = 1800000000000
events.APP, events.TENANT = "bot-app", "contoso-id"
events.SERVICE_URL = "https://smba.trafficmanager.net/emea/"
events.LANE = { app = events.APP, tenant = events.TENANT,
  host = "https://smba.trafficmanager.net/teams/" }

--- Believes the token "good" alone.
events.verifier = {}
function events.verifier.verify(_, authorization)
  if authorization == "Bearer good" then
    return { iss = "https://api.botframework.com" }
  end
  return nil, "the signature is wrong", "SIGNATURE"
end

local function settings()
  local values = { AZURE_TENANT_ID = events.TENANT, AZURE_CLIENT_ID = events.APP,
    AZURE_CLIENT_SECRET = "s" }
  return assert(config.read({}, function(name) return values[name] end))
end

--- A bot on a store of its own: `ears.bot`, `ears.store`, `ears.logged` (entries of
-- its log), `ears.now_ms`.
function events.ears(options)
  local place = stores.new()
  local ears = { place = place, store = place:open(), logged = {}, now_ms = events.NOW }
  ears.store.db:script "PRAGMA synchronous = OFF"
  local made = { journal = ears.store, config = settings(), verifier = events.verifier,
    now = function() return ears.now_ms end,
    log = function(entry) ears.logged[#ears.logged + 1] = entry end }
  for name, value in pairs(options or {}) do
    made[name] = value
  end
  ears.bot = bot.new(made)

  --- Sends an activity; the status.
  function ears.tell(activity, changes)
    return ears.bot:receive(events.request(activity, changes)).status
  end

  --- Sends activities and does all their work.
  function ears.hear(...)
    for _, activity in ipairs { ... } do
      assert(ears.tell(activity) == 200)
    end
    repeat until assert(ears.bot:work()) == 0
  end

  function ears.count(noun)
    return ears.store.db:row("SELECT count(*) AS n FROM " .. noun).n
  end

  function ears.close()
    place:close()
  end

  return ears
end

--- A request with an activity, or with a body that is a text.
function events.request(activity, changes)
  local request = { method = "POST", path = "/api/messages", headers = {
    ["content-type"] = "application/json; charset=utf-8", authorization = "Bearer good" },
    body = type(activity) == "table" and cjson.encode(activity) or activity }
  for name, value in pairs(changes or {}) do
    if name == "headers" then
      for header, text in pairs(value) do
        request.headers[header] = text or nil
      end
    else
      request[name] = value
    end
  end
  return request
end

local function iso(ms)
  return os.date("!%Y-%m-%dT%H:%M:%S", math.floor(ms / 1000)) .. (".%03dZ"):format(ms % 1000)
end

--- An activity in Ann's personal chat, `seconds` before now, with more fields.
function events.activity(kind, id, more, seconds)
  local made = { type = kind, id = id, channelId = "msteams", serviceUrl = events.SERVICE_URL,
    timestamp = iso(events.NOW - (seconds or 0) * 1000), locale = "en-GB",
    from = { id = "29:ann", aadObjectId = "ann" },
    recipient = { id = "28:" .. events.APP, name = "Bot" },
    conversation = { id = "a:ann", conversationType = "personal", tenantId = events.TENANT },
    channelData = { tenant = { id = events.TENANT } } }
  for name, value in pairs(more or {}) do
    made[name] = value
  end
  return made
end

--- An install (`add`) or removal (`remove`) of the app.
function events.install(action, id, seconds, more)
  more = more or {}
  more.action = action
  return events.activity("installationUpdate", id, more, seconds)
end

--- The same as members of the conversation: `membersAdded`, `membersRemoved`.
function events.members(name, id, seconds, list)
  return events.activity("conversationUpdate", id, { [name] = list
    or { { id = "28:" .. events.APP } } }, seconds)
end

--- An activity of a team's channel.
function events.of_team(kind, id, more, event, seconds)
  local made = events.activity(kind, id, more, seconds)
  made.conversation = { id = "19:general@thread.tacv2", conversationType = "channel",
    tenantId = events.TENANT, isGroup = true }
  made.channelData = { tenant = { id = events.TENANT }, eventType = event,
    team = { id = "19:general@thread.tacv2", aadGroupId = "group-1", name = "Sales" } }
  return made
end

return events
