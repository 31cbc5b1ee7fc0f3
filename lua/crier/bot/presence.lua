--- Who has the app: what installs, removals and every sign of life tell.
--
-- Teams tells an install twice, as `installationUpdate` and `conversationUpdate`, in
-- any order; both end in the same rows.
-- @module crier.bot.presence
local envelope = require "crier.bot.envelope"

local presence = {}

local table_in, text_in = envelope.table_in, envelope.text_in

--- The key of a person.
-- @tparam table context `journal`, `lane`
-- @tparam ?table account such as an activity's `from`
-- @treturn ?string such as `user:<Entra object id>`
function presence.person(context, account)
  local id = text_in(account, "aadObjectId")
  if id then
    return "user:" .. id
  end
  local teams_id = text_in(account, "id")
  return teams_id and context.journal.contacts:key_of(context.lane, teams_id)
end

-- The one person of a personal conversation: the sender, or a member who is not
-- the bot.
local function person_of(context, activity)
  local from = table_in(activity, "from")
  if from and not envelope.is_bot(activity, from, context.lane.app) then
    return presence.person(context, from), from
  end
  for _, name in ipairs { "membersAdded", "membersRemoved" } do
    for _, member in ipairs(table_in(activity, name) or {}) do
      if not envelope.is_bot(activity, member, context.lane.app) then
        return presence.person(context, member), member
      end
    end
  end
end

--- Which target a conversation is, and the id to send to.
-- @tparam table context
-- @tparam table activity
-- @treturn ?string key; nil when nobody can tell
-- @treturn ?string conversation_id, of a channel without the thread
-- @treturn ?table account of the person
function presence.target(context, activity)
  local conversation = activity.conversation
  local id, kind = conversation.id, conversation.conversationType
  if kind == "channel" then
    id = id:match "^(.-);messageid=" or id
    return "channel:" .. id, id
  elseif kind == "groupChat" then
    return "chat:" .. id, id
  end
  local key, account = person_of(context, activity)
  return key, id, account
end

local function note(context, activity, state, is_install)
  local key, id, account = presence.target(context, activity)
  if not key then
    return false
  end
  local is_newest, message, code = context.journal.contacts:note(context.lane, key, {
    state = state,
    at = context.at,
    is_install = is_install,
    teams_id = text_in(account, "id"),
    locale = text_in(activity, "locale", 64),
  }, context.now)
  return is_newest, message, code, key, id
end

--- Notes that a target has the app: it was put there, or somebody writes.
-- @tparam table context `journal`, `lane`, `at`, `now`, and perhaps `installed` (called
--   with the key of a person to whom the app is new)
-- @tparam table activity
-- @tparam ?boolean is_install
-- @treturn boolean true; or nil, message, code
function presence.has(context, activity, is_install)
  local key = presence.target(context, activity)
  local before = key and context.journal.contacts:find(context.lane, key)
  local is_newest, message, code, _, id = note(context, activity, "installed", is_install)
  if not is_newest then
    return is_newest == false or nil, message, code
  end
  local ok
  ok, message, code = context.journal.conversations:keep(context.lane, key, id,
    activity.serviceUrl, context.now)
  if not ok then
    return nil, message, code
  end
  local is_new = is_install and (not before or before.state ~= "installed")
  if is_new and context.installed then
    return context.installed(context, activity, key)
  end
  return true
end

--- Notes that a target has the app no more.
-- @tparam table context
-- @tparam table activity
-- @tparam ?boolean is_gone it is the person who is gone, not the app
-- @treturn boolean true; or nil, message, code
function presence.has_not(context, activity, is_gone)
  local journal, lane = context.journal, context.lane
  local is_newest, message, code, key = note(context, activity, "removed")
  if not is_newest then
    return is_newest == false or nil, message, code
  end
  local ok
  ok, message, code = journal.conversations:forget(lane, key)
  if ok and key:find "^user:" and not is_gone
    and not journal.traces:uninstalled(lane, key, context.at) then
    ok, message, code = journal.removals:add(lane, key, context.at)
  end
  return ok and true or nil, message, code
end

return presence
