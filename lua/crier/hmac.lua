--- HMAC-SHA256 (RFC 2104).
-- @module crier.hmac
local core = require "crier.core"

local hmac = {}

local BLOCK = 64

local function bytes(hex)
  return (hex:gsub("%x%x", function(pair) return string.char(tonumber(pair, 16)) end))
end

local function xor(a, b)
  local result, bit = 0, 1
  while a > 0 or b > 0 do
    if a % 2 ~= b % 2 then
      result = result + bit
    end
    a, b, bit = math.floor(a / 2), math.floor(b / 2), bit * 2
  end
  return result
end

local function padded(key, pad)
  local out = {}
  for i = 1, BLOCK do
    out[i] = string.char(xor(key:byte(i) or 0, pad))
  end
  return table.concat(out)
end

--- Makes a signer.
-- @tparam string key
-- @treturn function text -> hexadecimal HMAC-SHA256
function hmac.new(key)
  if #key > BLOCK then
    key = bytes(core.text.sha256(key))
  end
  local inner, outer = padded(key, 0x36), padded(key, 0x5c)
  return function(text)
    return core.text.sha256(outer .. bytes(core.text.sha256(inner .. text)))
  end
end

return hmac
