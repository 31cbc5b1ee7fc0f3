--- New identifiers.
-- @module crier.package.guid
local guid = {}

local VARIANTS = { "8", "9", "a", "b" }

--- Makes a random GUID (RFC 9562, version 4).
-- @tparam function random_hex gives the hexadecimal digits of so many random
--   bytes: `core.text.random_hex`
-- @treturn string
function guid.new(random_hex)
  local digits = random_hex(16)
  local variant = VARIANTS[tonumber(digits:sub(17, 17), 16) % 4 + 1]
  return table.concat({ digits:sub(1, 8), digits:sub(9, 12), "4" .. digits:sub(14, 16),
    variant .. digits:sub(18, 20), digits:sub(21, 32) }, "-")
end

return guid
