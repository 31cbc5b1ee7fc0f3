--- JSON Web Tokens as text: parts apart and together, no signature judged.
-- @module crier.simulator.jwt
local cjson = require("cjson.safe").new()
cjson.decode_invalid_numbers(false)

local encoding = require("crier.simulator.encoding")

local jwt = {}

local TO_URL = { ["+"] = "-", ["/"] = "_", ["="] = "" }
local FROM_URL = { ["-"] = "+", ["_"] = "/" }
local LONGEST_BYTES = 16 * 1024

--- Encodes as base64url without padding (RFC 7515 section 2).
-- @tparam string text
-- @treturn string
function jwt.encode(text)
  return (encoding.to_base64(text):gsub("[+/=]", TO_URL))
end

--- Writes a token.
-- @tparam table header
-- @tparam table claims
-- @tparam string signature as it shall stand there
-- @treturn string
function jwt.write(header, claims, signature)
  return jwt.encode(encoding.json(header)) .. "." .. jwt.encode(encoding.json(claims)) .. "."
    .. signature
end

local function read_part(text)
  local json = encoding.from_base64((text:gsub("[-_]", FROM_URL)))
  local value = json:find("^%s*{") and cjson.decode(json)
  return type(value) == "table" and value or nil
end

--- Reads a token, whoever signed it.
-- @tparam string text
-- @treturn ?table header; nil when the text is no token
-- @treturn ?table claims
function jwt.read(text)
  local header, claims = text:match("^([%w_-]+)%.([%w_-]+)%.[%w_-]+$")
  if not header or #text > LONGEST_BYTES then
    return nil
  end
  header, claims = read_part(header), read_part(claims)
  if not header or not claims then
    return nil
  end
  return header, claims
end

return jwt
