--- Who signs tokens in specs: keys, key sets, and tokens as wrong as wanted.
local core = require "crier.core"
local jwt = require "crier.simulator.jwt"

local issuer = {}

local methods = {}
local mt = { __index = methods }

--- Makes one, with keys of its own; that takes a while.
function issuer.new()
  return setmetatable({ signer = assert(core.signer.new()) }, mt)
end

--- Its key as a JWK: JSON text.
-- @tparam string kid
-- @tparam ?string more members, such as `,"endorsements":["msteams"]`
function methods:jwk(kid, more)
  local numbers = self.signer:jwk():match '"n":"[^"]+","e":"[^"]+"'
  return ('{"kty":"RSA","use":"sig","kid":"%s",%s%s}'):format(kid, numbers, more or "")
end

--- The number that makes its key, base64url.
function methods:modulus()
  return self.signer:jwk():match '"n":"([^"]+)"'
end

--- Writes members, each JSON text, as an object; in order of their names.
function issuer.object(members)
  local names, out = {}, {}
  for name, value in pairs(members) do
    if value then
      names[#names + 1] = name
    end
  end
  table.sort(names)
  for i, name in ipairs(names) do
    out[i] = ('"%s":%s'):format(name, members[name])
  end
  return "{" .. table.concat(out, ",") .. "}"
end

--- Signs.
-- @tparam string header JSON text, or anything else
-- @tparam string claims the same
-- @tparam ?string algorithm how it is signed, whatever the header says
-- @treturn string
function methods:sign(header, claims, algorithm)
  local text = jwt.encode(header) .. "." .. jwt.encode(claims)
  return text .. "." .. self.signer:sign(text, algorithm)
end

local function der(tag, content)
  local length = #content
  local size = length < 128 and string.char(length)
    or "\130" .. string.char(math.floor(length / 256), length % 256)
  return tag .. size .. content
end

--- Its public key as PEM (RFC 8017, appendix A.1.1): what programs that confuse
-- algorithms take for the secret of a MAC.
function methods:pem()
  local encoding = require "crier.simulator.encoding"
  local n = encoding.from_base64((self:modulus():gsub("[-_]", { ["-"] = "+", ["_"] = "/" })))
  local body = encoding.to_base64(der("\48", der("\2", "\0" .. n) .. der("\2", "\1\0\1")))
  local lines = {}
  for from = 1, #body, 64 do
    lines[#lines + 1] = body:sub(from, from + 63)
  end
  return "-----BEGIN RSA PUBLIC KEY-----\n" .. table.concat(lines, "\n")
    .. "\n-----END RSA PUBLIC KEY-----\n"
end

local function bytes_of(hex)
  return (hex:gsub("%x%x", function(two) return string.char(tonumber(two, 16)) end))
end

-- Exclusive or of each byte with one; the operator is not in every Lua.
local function mask(text, with)
  return (text:gsub(".", function(c)
    local a, b, sum, place = c:byte(), with, 0, 1
    for _ = 1, 8 do
      if a % 2 ~= b % 2 then
        sum = sum + place
      end
      a, b, place = math.floor(a / 2), math.floor(b / 2), place * 2
    end
    return string.char(sum)
  end))
end

--- A token with a MAC (HS256, RFC 7518 section 3.2).
function issuer.mac(key, header, claims)
  local function sha256(text)
    return bytes_of(core.text.sha256(text))
  end
  local text = jwt.encode(header) .. "." .. jwt.encode(claims)
  key = #key > 64 and sha256(key) or key
  key = key .. ("\0"):rep(64 - #key)
  return text .. "."
    .. jwt.encode(sha256(mask(key, 0x5c) .. sha256(mask(key, 0x36) .. text)))
end

return issuer
