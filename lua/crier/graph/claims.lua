--- What an access token says of the application that it was issued to.
--
-- To everybody but the service that it is for, a token is opaque: what is read
-- here helps a person to see what is missing, and decides nothing else.
-- @module crier.graph.claims
local cjson = require "cjson.safe"

local claims = {}

local ALPHABET =
  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

local VALUES = {}
for i = 1, #ALPHABET do
  VALUES[ALPHABET:byte(i)] = i - 1
end

-- RFC 4648 section 5, without padding; nil when it is not that.
local function decode(text)
  local bytes, bits, held = {}, 0, 0
  for i = 1, #text do
    local value = VALUES[text:byte(i)]
    if not value then
      return nil
    end
    held, bits = held * 64 + value, bits + 6
    if bits >= 8 then
      bits = bits - 8
      local unit = 2 ^ bits
      bytes[#bytes + 1] = string.char(math.floor(held / unit))
      held = held % unit
    end
  end
  return table.concat(bytes)
end

--- The application permissions in a token.
-- @tparam ?string token a JSON Web Token
-- @treturn ?{string,...} names, in order; empty when nothing was granted; nil
--   when the token does not tell
function claims.roles(token)
  local payload = (token or ""):match "^[^.]+%.([^.]+)%.[^.]*$"
  local found = payload and cjson.decode(decode(payload) or "")
  if type(found) ~= "table" then
    return nil
  end
  local roles = {}
  for _, role in ipairs(type(found.roles) == "table" and found.roles or {}) do
    if type(role) == "string" then
      roles[#roles + 1] = role
    end
  end
  table.sort(roles)
  return roles
end

return claims
