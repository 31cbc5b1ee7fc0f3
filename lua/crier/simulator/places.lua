--- Where an app can be installed: for a person, in a team, in a group chat.
-- @module crier.simulator.places
local answers = require("crier.simulator.answers")

local places = {}

local APPS = "TeamsAppInstallation."

-- The rights for one kind of place: to its own app, to any; with consent.
local function rights(kind)
  local own, any = APPS .. "ReadWriteSelfFor" .. kind .. ".All",
    APPS .. "ReadWriteFor" .. kind .. ".All"
  local own_consent, any_consent = APPS .. "ReadWriteAndConsentSelfFor" .. kind .. ".All",
    APPS .. "ReadWriteAndConsentFor" .. kind .. ".All"
  local selected = APPS .. "ReadWriteSelectedForUser.All"
  local write = { own, own_consent, any, any_consent, kind == "User" and selected or nil }
  local read = { APPS .. "ReadFor" .. kind .. ".All", own, own_consent, any, any_consent,
    kind == "User" and selected or nil }
  return { read = read, write = write, consent = { own_consent, any_consent },
    any_read = { read[1], any, any_consent, write[5] }, any_write = { any, any_consent,
    write[5] } }
end

--- The kinds by name: `path` of the installations, the `rights` by name
-- (`read`, `write`, `consent`; `any_read`, `any_write`: of other apps too),
-- `scope` in the manifest, `suffix` of the resource-specific permissions,
-- `budget` of the place itself.
places.kinds = {
  user = { path = "/v1.0/users/{user}/teamwork/installedApps", rights = rights("User"),
    scope = "personal", suffix = "User", name = "user" },
  team = { path = "/v1.0/teams/{team}/installedApps", rights = rights("Team"), scope = "team",
    suffix = "Group", budget = "team", name = "team" },
  chat = { path = "/v1.0/chats/{chat}/installedApps", rights = rights("Chat"),
    scope = "groupchat", suffix = "Chat", budget = "chat", name = "chat" },
}

--- Finds the place that a call names.
-- @tparam crier.simulator simulator
-- @tparam table ids of the call
-- @treturn table `{ kind =, asked = as asked for, key =, id =, k = }`; without
-- `key` when there is no such place.  A person's key is the number, another's
-- its id.
function places.find(simulator, ids)
  local organization = simulator.organization
  if ids.user then
    local k = simulator.people:find(ids.user)
    return { kind = places.kinds.user, asked = ids.user, key = k, k = k,
      id = k and simulator.people:id(k) }
  elseif ids.team then
    local team = organization:team(ids.team)
    return { kind = places.kinds.team, asked = ids.team, key = team and team.id,
      id = team and team.id, team = team }
  end
  local k = organization:chat(ids.chat)
  return { kind = places.kinds.chat, asked = ids.chat, key = k and ids.chat, id = ids.chat }
end

local MISSING = { user = "User %s could not be found.", chat = "No chat found with id %s",
  team = "No team found with Group Id %s" }

-- In government clouds an application may not ("Microsoft Teams API
-- implementation differences in national clouds").
local function unsupported(simulator, call)
  if call.place.kind.name ~= "user" or call.token.delegated then
    return nil
  elseif simulator.cloud == "gcch" then
    return answers.graph(412, "PreconditionFailed",
      "Requested API is not supported in application-only context")
  elseif simulator.cloud == "dod" then
    return answers.graph(403, "Forbidden",
      "Requested API is not supported in application-only context")
  end
end

--- Tells why nothing can be done in a call's place.
-- @tparam crier.simulator simulator
-- @tparam table call with `place`
-- @treturn ?table the response that refuses
function places.refusal(simulator, call)
  local place = call.place
  local response = unsupported(simulator, call)
  if response then
    return response
  elseif not place.key or place.k and simulator.faults:has("missing", place.k) then
    return answers.graph(404, "NotFound", (MISSING[place.kind.name]:gsub("%%s", function()
      return place.asked
    end)))
  end
end

return places
