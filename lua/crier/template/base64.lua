--- Base64 as the reference implementation has it: text is encoded as UTF-8, and
-- decoded a byte a character.
-- @module crier.template.base64
local utf8text = require "crier.template.utf8text"

local base64 = {}

local LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
local LETTER, DIGIT = {}, { ["-"] = 62, ["_"] = 63 }
for i = 1, 64 do
  LETTER[i - 1] = LETTERS:sub(i, i)
  DIGIT[LETTER[i - 1]] = i - 1
end

local floor = math.floor

--- Encodes bytes.
-- @tparam string bytes
-- @treturn string
function base64.encode(bytes)
  local out = {}
  for i = 1, #bytes, 3 do
    local a, b, c = bytes:byte(i, i + 2)
    local all = a * 0x10000 + (b or 0) * 0x100 + (c or 0)
    out[#out + 1] = LETTER[floor(all / 0x40000)]
      .. LETTER[floor(all / 0x1000) % 64]
      .. (b and LETTER[floor(all / 0x40) % 64] or "=")
      .. (c and LETTER[all % 64] or "=")
  end
  return table.concat(out)
end

--- Decodes to text; what is no Base64 is passed over.
-- @tparam string text up to the first `=`
-- @treturn string each byte as the character of its number
function base64.to_text(text)
  local out, all, bits = {}, 0, 0
  for char in text:match("^[^=]*"):gmatch "." do
    local digit = DIGIT[char]
    if digit then
      all, bits = all % 0x10000 * 64 + digit, bits + 6
      if bits >= 8 then
        bits = bits - 8
        out[#out + 1] = utf8text.char(floor(all / 2 ^ bits) % 256)
      end
    end
  end
  return table.concat(out)
end

return base64
