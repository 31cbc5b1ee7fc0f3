--- What an app was consented to when it is installed.
--
-- An app declares resource-specific permissions in its manifest.  Where some
-- are for the application, who installs or upgrades it consents to exactly
-- that set, and needs the right to ("consentedPermissionSet" of "Add app to
-- team").
-- @module crier.simulator.consent
local answers = require("crier.simulator.answers")

local consent = {}

local NOT_CONSENTED = "The required permissions have not been consented to by the caller."

--- Reads declared permissions.
-- @tparam ?{string,...} names such as `TeamsActivity.Send.User`; one of a
-- signed-in user is written `ChannelMeeting.ReadBasic.Group:Delegated`
-- @treturn table array of `{ permissionValue =, permissionType = }`
function consent.read(names)
  local declared = {}
  for i, text in ipairs(names or {}) do
    local value, kind = text:match("^([^:]+):(%a+)$")
    declared[i] = { permissionValue = value or text, permissionType = kind or "Application" }
  end
  return declared
end

--- Tells whether an app declares a permission for the application.
-- @tparam table declared of `read`
-- @tparam string name
-- @treturn boolean
function consent.has(declared, name)
  for _, permission in ipairs(declared) do
    if permission.permissionValue == name and permission.permissionType == "Application" then
      return true
    end
  end
  return false
end

local function key(permission)
  return tostring(permission.permissionValue) .. "/"
    .. tostring(permission.permissionType):lower()
end

-- The set of a body as keys, or nil when there is none.
local function given(body)
  local set = type(body) == "table" and body.consentedPermissionSet
  local list = type(set) == "table" and set.resourceSpecificPermissions
  if type(list) ~= "table" then
    return nil
  end
  local keys = {}
  for _, permission in ipairs(list) do
    keys[#keys + 1] = key(type(permission) == "table" and permission or {})
  end
  table.sort(keys)
  return keys
end

--- Tells why a consent is not the one that an app needs.
-- @tparam table declared of `read`
-- @tparam ?table body parsed
-- @tparam boolean may_consent whether the token has the right to
-- @tparam table roles the rights that would do, for the message
-- @treturn ?table the response that refuses
function consent.refusal(declared, body, may_consent, roles)
  local wanted, needs_consent = {}, false
  for i, permission in ipairs(declared) do
    wanted[i] = key(permission)
    needs_consent = needs_consent or permission.permissionType == "Application"
  end
  table.sort(wanted)
  local keys = given(body)
  if not keys and not needs_consent then
    return nil
  elseif not keys or table.concat(keys, " ") ~= table.concat(wanted, " ") then
    return answers.graph(400, "BadRequest", NOT_CONSENTED, "InvalidRequest")
  elseif needs_consent and not may_consent then
    return answers.graph(403, "Forbidden", "Missing role permissions on the request. API requires"
      .. " one of '" .. table.concat(roles, ", ") .. "' to consent to resource-specific"
      .. " permissions.")
  end
  return nil
end

return consent
