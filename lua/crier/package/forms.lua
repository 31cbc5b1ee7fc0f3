--- The forms of single texts in a Teams app's manifest: each function tells
-- what is wrong with a text, or gives nil.
-- @module crier.package.forms
local check = require "crier.package.check"

local forms = {}

local EMPTY_GUID = "00000000-0000-0000-0000-000000000000"
local GUID = "^" .. ("%x"):rep(8) .. ("%-" .. ("%x"):rep(4)):rep(3) .. "%-" .. ("%x"):rep(12) .. "$"

--- What a GUID looks like, for people.
forms.GUID = "a GUID: 8-4-4-4-12 hexadecimal digits"

local function not_filled_in(text)
  return text:find "^<.*>$" and "is still to be filled in" or nil
end

--- A GUID.
-- @tparam string text
-- @treturn ?string
function forms.guid(text)
  if text == EMPTY_GUID then
    return "is the empty GUID"
  elseif not text:find(GUID) then
    return not_filled_in(text) or check.shown(text) .. " is not a GUID"
  end
end

local function is_host(host)
  return #host <= 253 and host:find "^%w" and host:find "%w$" and not host:find "%.%."
    and not host:find "[^%w.-]" and not host:find "%-%." and not host:find "%.%-"
end

--- A host name, such as `bot.contoso.com`.
-- @tparam string text
-- @treturn ?string
function forms.host(text)
  local host, port = text:match "^([^:]+):(%d+)$"
  if not is_host(host or text) or not text:find "%." and text ~= "localhost"
    or port and (#port > 5 or tonumber(port) > 65535) then
    return check.shown(text) .. " is not a host name"
  end
end

--- A host name of `validDomains`, perhaps with a wildcard.
-- @tparam string text
-- @treturn ?string
function forms.domain(text)
  local rest = text:match "^%*%.(.*)$"
  if text:find "^%a[%w+.-]*://" then
    return check.shown(text) .. " is a URL"
  elseif text:find "/" then
    return check.shown(text) .. " has a path"
  elseif rest and not rest:find "%." then
    return check.shown(text) .. " stands for too many hosts"
  end
  return forms.host(rest or text) and check.shown(text) .. " is not a host name" or nil
end

--- An https URL.
-- @tparam string text
-- @treturn ?string
function forms.url(text)
  local authority = text:match "^[Hh][Tt][Tt][Pp][Ss]://([^/?#]+)"
  if not authority then
    return not_filled_in(text) or check.shown(text) .. " is not an https URL"
  elseif text:find "[%s%c\127<>\"]" or forms.host(authority) then
    return check.shown(text) .. " is not a URL"
  end
end

--- Three numbers, as Semantic Versioning writes them.
-- @tparam string text
-- @treturn ?string
function forms.version(text)
  local parts = { text:match "^(%d+)%.(%d+)%.(%d+)$" }
  for i = 1, 3 do
    if not parts[i] or parts[i]:find "^0%d" or #parts[i] > 9 then
      return check.shown(text) .. " is not a version"
    end
  end
end

--- A colour.
-- @tparam string text
-- @treturn ?string
function forms.colour(text)
  return not text:find("^#" .. ("%x"):rep(6) .. "$") and check.shown(text) .. " is not a colour"
    or nil
end

--- The name of a file of the package.
-- @tparam string text
-- @treturn ?string
function forms.path(text)
  if text:find "^/" or text:find "[\\:%c\127]" or ("/" .. text .. "/"):find "/%.?%.?/" then
    return check.shown(text) .. " is not the name of a file in the package"
  elseif #text > 255 then
    return "has more than 255 bytes"
  end
end

--- The tag of a language (RFC 5646, as far as the manifest goes).
-- @tparam string text
-- @treturn ?string
function forms.language(text)
  for part in (text .. "-"):gmatch "(.-)%-" do
    if #part > 8 or not part:find "^%w+$" then
      return check.shown(text) .. " is not the tag of a language"
    end
  end
end

local RESOURCES = { Group = true, Chat = true, User = true }

--- The name of a resource-specific permission.
-- @tparam string text
-- @treturn ?string
function forms.permission(text)
  local resource = text:match "^%a%w*%.%w+[%w.]*%.(%a+)$"
  if resource == "All" then
    return check.shown(text) .. " is for the whole tenant: it belongs to the app registration"
  elseif not RESOURCES[resource] then
    return check.shown(text) .. " is not a resource-specific permission"
  end
end

return forms
