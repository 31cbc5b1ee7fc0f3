--- What Teams tells a bot, written as activities ("Conversation events in your Teams
-- bot", "Activity" of the Bot Framework's schema).
-- @module crier.simulator.telling
local encoding = require("crier.simulator.encoding")

local telling = {}

-- From where, to whom, through which address.
local function envelope(simulator, kind, place, now_ms)
  local connector = simulator.connector
  local nth = simulator.webhook:next_nth()
  return { type = kind, id = ("f:%08x-%d"):format(simulator.seed, nth), channelId = "msteams",
    timestamp = encoding.iso_time(now_ms + simulator.skew_ms), locale = "en-US",
    serviceUrl = simulator.webhook.origin
      .. (connector.tells_region and "/" .. connector.region .. "/" or "/teams/"),
    recipient = { id = "28:" .. simulator.client_id, name = "Bot" },
    conversation = { id = place.id, conversationType = place.kind, tenantId = simulator.tenant,
      isGroup = place.kind ~= "personal" or nil },
    channelData = { tenant = { id = simulator.tenant } } }
end

--- The account of a person.
-- @tparam crier.simulator simulator
-- @tparam number k
-- @treturn table
function telling.account(simulator, k)
  return { id = simulator.connector.conversations:account(k),
    name = simulator.people:value(k, "displayName"), aadObjectId = simulator.people:id(k) }
end

--- An activity of a person in the chat with the bot.
-- @tparam crier.simulator simulator
-- @tparam string kind such as `message`
-- @tparam number k
-- @tparam table fields more of it
-- @tparam number now_ms
-- @treturn table
function telling.by_person(simulator, kind, k, fields, now_ms)
  local activity = envelope(simulator, kind, { kind = "personal",
    id = simulator.connector:conversation_id(k) }, now_ms)
  activity.from = telling.account(simulator, k)
  for name, value in pairs(fields) do
    activity[name] = value
  end
  return activity
end

-- Where an event of `crier.simulator.installs` took place.
local function place_of(simulator, event)
  if event.chat_id then
    return { kind = "groupChat", id = event.chat_id }
  end
  local team = simulator.organization:team(event.team_id)
  local general = simulator.organization:channels(team)[1]
  return { kind = "channel", id = general.id, team = { id = general.id, aadGroupId = team.id,
    name = team.name }, channel = { id = general.id, name = general.name } }
end

local function shared(simulator, kind, event, now_ms)
  local place = place_of(simulator, event)
  local activity = envelope(simulator, kind, place, now_ms)
  activity.from = telling.account(simulator, 1)
  activity.channelData.team, activity.channelData.channel = place.team, place.channel
  return activity
end

local ACTIONS = { installed = { "add", "membersAdded", "teamMemberAdded" },
  uninstalled = { "remove", "membersRemoved", "teamMemberRemoved" } }

--- What an event is told as.
-- @tparam crier.simulator simulator
-- @tparam table event `kind` (`installed`, `uninstalled`; others are told to nobody) and
--   `user_id`, `team_id` or `chat_id`
-- @tparam number now_ms
-- @treturn {table,...} activities
function telling.activities(simulator, event, now_ms)
  local words = ACTIONS[event.kind]
  if not words then
    return {}
  end
  local function make(kind, fields)
    if event.user_id then
      return telling.by_person(simulator, kind, simulator.people:find(event.user_id, true),
        fields, now_ms)
    end
    local activity = shared(simulator, kind, event, now_ms)
    for name, value in pairs(fields) do
      activity[name] = value
    end
    return activity
  end
  local updated = make("conversationUpdate",
    { [words[2]] = { { id = "28:" .. simulator.client_id } } })
  updated.channelData.eventType = event.team_id and words[3] or nil
  return { make("installationUpdate", { action = words[1] }), updated }
end

return telling
