--- Which calls a token may make.
-- @module crier.simulator.permissions
local answers = require("crier.simulator.answers")

local permissions = {}

--- The least privileged application roles for all that crier does: what the
-- simulated tenant grants unless it is told otherwise.
permissions.least = { "AppCatalog.Read.All", "Channel.ReadBasic.All", "Chat.ReadBasic.All",
  "GroupMember.Read.All", "Team.ReadBasic.All", "TeamMember.Read.All", "TeamsActivity.Send",
  "TeamsAppInstallation.ReadWriteAndConsentSelfForChat.All",
  "TeamsAppInstallation.ReadWriteAndConsentSelfForTeam.All",
  "TeamsAppInstallation.ReadWriteAndConsentSelfForUser.All",
  "TeamsAppInstallation.ReadWriteSelfForChat.All",
  "TeamsAppInstallation.ReadWriteSelfForTeam.All",
  "TeamsAppInstallation.ReadWriteSelfForUser.All", "User.Read.All" }

--- Makes the set of granted roles.
-- @tparam ?table list names; nil: `permissions.least`
-- @treturn table the set
function permissions.set(list)
  local set = {}
  for _, name in ipairs(list or permissions.least) do
    set[name] = true
  end
  return set
end

local function has_one(names, set)
  for _, name in ipairs(names) do
    if set and set[name] then
      return true
    end
  end
  return false
end

--- Tells whether a token has one of several rights.
-- @tparam table token
-- @tparam {string,...} names of application roles
-- @treturn boolean
function permissions.has(token, names)
  return has_one(names, token.roles)
end

local function sorted(set)
  local names = {}
  for name in pairs(set or {}) do
    names[#names + 1] = name
  end
  table.sort(names)
  return table.concat(names, ", ")
end

-- The directory says it in its own way, and does not say what is missing.
local function is_of_directory(route)
  return route.path:find("^/v1%.0/users/?[^/]*$") or route.path:find("^/v1%.0/groups")
    or route.path:find("^/v1%.0/directoryObjects")
end

local function refuse(route, names, set)
  if is_of_directory(route) then
    return answers.graph(403, "Authorization_RequestDenied",
      "Insufficient privileges to complete the operation.")
  end
  return answers.graph(403, "Forbidden", ("Missing role permissions on the request. API requires"
    .. " one of '%s'. Roles on the request '%s'."):format(table.concat(names, ", "), sorted(set)))
end

--- Tells why a token may not make a call.
-- @tparam crier.simulator simulator
-- @tparam table call with `route` and `token`
-- @treturn ?table the response 403; nil when it may
function permissions.refusal(simulator, call)
  local route, token = call.route, call.token
  if route.scopes and token.delegated then
    return not has_one(route.scopes, token.scopes) and refuse(route, route.scopes, token.scopes)
      or nil
  elseif route.roles then
    if has_one(route.roles, token.roles) or (route.resource_specific
      and simulator.installs:consents(call, route.resource_specific)) then
      return nil
    end
    return refuse(route, route.roles, token.roles)
  elseif route.scopes then
    return answers.graph(403, "Forbidden",
      "Requested API is not supported in application-only context")
  end
  return nil
end

return permissions
