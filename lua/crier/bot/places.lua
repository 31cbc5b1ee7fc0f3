--- Teams and channels: what events tell of them. After "Conversation events in your
-- Teams bot".
-- @module crier.bot.places
local envelope = require "crier.bot.envelope"

local places = {}

local table_in, text_in = envelope.table_in, envelope.text_in

local OF_TEAM = { teamRenamed = "there", teamUnarchived = "there", teamRestored = "there",
  teamArchived = "archived", teamDeleted = "deleted", teamHardDeleted = "deleted" }
local OF_CHANNEL = { channelCreated = "there", channelRenamed = "there",
  channelRestored = "there", channelDeleted = "deleted" }

local function note_team(context, team, state)
  return context.journal.places:note_team(context.lane, {
    id = team.id,
    group_id = text_in(team, "aadGroupId"),
    name = text_in(team, "name"),
    state = state,
  }, context.at)
end

local function note_channel(context, team, channel, state)
  return context.journal.places:note_channel(context.lane, {
    id = channel.id,
    team = team.id,
    name = text_in(channel, "name"),
    state = state,
  }, context.at)
end

--- Notes the team and the channel that an activity is about.
-- @tparam table context `journal`, `lane`, `at`
-- @tparam table activity
-- @tparam ?boolean is_removed the app has been taken off the team
-- @treturn boolean true; or nil, message, code
function places.note(context, activity, is_removed)
  local data = table_in(activity, "channelData")
  local team, channel = table_in(data, "team"), table_in(data, "channel")
  if not team or not text_in(team, "id") then
    return true
  end
  local kind = text_in(data, "eventType") or ""
  local ok, message, code = true, nil, nil
  if channel and text_in(channel, "id") then
    ok, message, code = note_channel(context, team, channel, OF_CHANNEL[kind] or "there")
  end
  local known = context.journal.places:team(context.lane, team.id)
  if ok then
    -- An event about something else tells nothing of an archived team's state.
    local state = is_removed and "removed" or OF_TEAM[kind]
      or known and known.state == "archived" and "archived" or "there"
    ok, message, code = note_team(context, team, state)
  end
  return ok and true or nil, message, code
end

return places
