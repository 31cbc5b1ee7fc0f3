--- Numbers that look random and are a function of what they are asked for.
-- The simulator has no random state: everything it decides is a hash of the
-- seed and of what the decision is about, so the order in which requests
-- arrive changes nothing.  Only sums, products and remainders below 2^53 are
-- used, which LuaJIT, Lua 5.3 and Lua 5.4 compute alike.
-- @module crier.simulator.random
local random = {}

-- A prime below 2^26, so that the product of two residues stays below 2^53.
-- P - 1 is not a multiple of 3, which makes cubing a permutation of the
-- residues; cubing twice after each word spreads neighbours apart.  Without
-- a division integers stay integers, which is four times as fast in Lua 5.4.
local P = 67108859
local WORD = 4294967296 -- 2^32
local HALF = 65536

--- The numbers that `hash` returns are below this one.
random.limit = P

--- Hashes up to four whole numbers.
-- @tparam number a whole, 0 to 2^32-1, as are the others
-- @tparam[opt=0] number b
-- @tparam[opt=0] number c
-- @tparam[opt=0] number d
-- @treturn number whole, 0 to `limit` - 1
function random.hash(a, b, c, d)
  local h = (a * 8191 + 40503) % P
  h = h * h % P * h % P + 12345 + (b or 0)
  h = h % P
  h = h * h % P * h % P + 54321
  h = h % P
  h = h * h % P * h % P + 67890 + (c or 0) * 4099
  h = h % P
  h = h * h % P * h % P + 98765
  h = h % P
  h = h * h % P * h % P + 31415 + (d or 0) * 7919
  h = h % P
  h = h * h % P * h % P + 27182
  h = h % P
  return h * h % P * h % P
end
local hash = random.hash

--- As `hash`, but a number in [0, 1).
-- @tparam number a
-- @tparam[opt=0] number b
-- @tparam[opt=0] number c
-- @tparam[opt=0] number d
-- @treturn number
function random.unit(a, b, c, d)
  return hash(a, b, c, d) / P
end

--- Hashes a text.
-- @tparam string text
-- @treturn number 0 to `limit` - 1
function random.text(text)
  local h = #text
  for i = 1, #text do
    h = (h * 65599 + text:byte(i)) % WORD
  end
  return hash(h)
end

--- Multiplies two 32-bit numbers, keeping the low 32 bits.
-- @tparam number a 0 to 2^32-1
-- @tparam number b 0 to 2^32-1
-- @treturn number
function random.multiply(a, b)
  local low = a % HALF
  return ((a - low) / HALF * b % HALF * HALF + low * b) % WORD
end

--- Makes a GUID of which the first eight digits are given.
-- @tparam number first 0 to 2^32-1
-- @tparam number seed
-- @tparam number k
-- @treturn string
function random.guid(first, seed, k)
  local a, b, c, d = hash(seed, k, 11), hash(seed, k, 12), hash(seed, k, 13), hash(seed, k, 14)
  return ("%08x-%04x-4%03x-%x%03x-%06x%06x"):format(first, a % HALF, b % 4096,
    8 + c % 4, (a + b) % 4096, c % 16777216, d % 16777216)
end

local ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

--- Makes text of the characters that base64url uses.
-- @tparam number length
-- @tparam number seed
-- @tparam number k
-- @treturn string
function random.letters(length, seed, k)
  local out = {}
  for i = 1, length do
    local at = hash(seed, k, i) % 64 + 1
    out[i] = ALPHABET:sub(at, at)
  end
  return table.concat(out)
end

return random
