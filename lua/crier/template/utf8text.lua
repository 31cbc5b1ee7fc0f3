--- UTF-8 for the Lua versions that have no `utf8` library or a lenient one.
-- @module crier.template.utf8text
local utf8text = {}

local find, sub, byte, char = string.find, string.sub, string.byte, string.char

--- U+FFFD, what stands for bytes that are no text.
utf8text.REPLACEMENT = "\239\191\189"

-- The well-formed sequences by their first byte (Unicode, table 3-7).
local TAIL = "[\128-\191]"
local SEQUENCES = {}
local function sequence(first, last, pattern)
  for lead = first, last do
    SEQUENCES[lead] = "^." .. pattern
  end
end
sequence(0xC2, 0xDF, TAIL)
sequence(0xE0, 0xE0, "[\160-\191]" .. TAIL)
sequence(0xE1, 0xEF, TAIL .. TAIL)
sequence(0xED, 0xED, "[\128-\159]" .. TAIL)
sequence(0xF0, 0xF0, "[\144-\191]" .. TAIL .. TAIL)
sequence(0xF1, 0xF3, TAIL .. TAIL .. TAIL)
sequence(0xF4, 0xF4, "[\128-\143]" .. TAIL .. TAIL)

-- COMPAT: Lua 5.4's own check is strict and fast; 5.3's lets surrogates pass.
local native = rawget(_G, "utf8")
local native_len = native and not native.len("\237\160\128") and native.len

--- Finds the first byte that is not UTF-8.
-- @tparam string text
-- @treturn ?integer its offset, or nil if the text is well formed
function utf8text.first_invalid(text)
  if native_len then
    local length, bad = native_len(text)
    return not length and bad or nil
  end
  local at = find(text, "[\128-\255]")
  while at do
    local pattern = SEQUENCES[byte(text, at)]
    local _, stop = find(text, pattern or "^$", at)
    if not stop then
      return at
    end
    at = find(text, "[\128-\255]", stop + 1)
  end
  return nil
end

--- Puts U+FFFD in the place of each byte that is not UTF-8.
-- @tparam string text
-- @treturn string well-formed text; the same string if it was already
function utf8text.repair(text)
  if native_len and native_len(text) then
    return text
  end
  local bad = utf8text.first_invalid(text)
  if not bad then
    return text
  end
  local out, pos = { sub(text, 1, bad - 1) }, bad
  while pos <= #text do
    local pattern = SEQUENCES[byte(text, pos)]
    local _, stop = find(text, "^[%z\1-\127]+", pos)
    if not stop and pattern then
      _, stop = find(text, pattern, pos)
    end
    out[#out + 1] = stop and sub(text, pos, stop) or utf8text.REPLACEMENT
    pos = (stop or pos) + 1
  end
  return table.concat(out)
end

--- Counts the characters of well-formed text.
-- @tparam string text
-- @treturn integer
function utf8text.length(text)
  local _, tails = text:gsub(TAIL, "")
  return #text - tails
end

--- Cuts text to a number of characters.
-- @tparam string text well-formed UTF-8
-- @tparam integer limit characters to keep
-- @treturn string
function utf8text.cut(text, limit)
  if #text <= limit then
    return text
  end
  local pos = 1
  for _ = 1, limit do
    pos = find(text, "[%z\1-\127\192-\255]", pos + 1)
    if not pos then
      return text
    end
  end
  return sub(text, 1, pos - 1)
end

--- Counts UTF-16 code units.
-- @tparam string text well-formed UTF-8
-- @treturn integer
function utf8text.utf16_units(text)
  if not find(text, "[\128-\255]") then
    return #text
  end
  local _, tails = text:gsub(TAIL, "")
  local _, astral = text:gsub("[\240-\244]", "")
  return #text - tails + astral
end

--- Encodes one code point.
-- @tparam integer code
-- @treturn string
function utf8text.char(code)
  local floor = math.floor
  local function tail(value)
    return 0x80 + value % 0x40
  end
  if code < 0x80 then
    return char(code)
  elseif code < 0x800 then
    return char(0xC0 + floor(code / 0x40), tail(code))
  elseif code < 0x10000 then
    return char(0xE0 + floor(code / 0x1000), tail(floor(code / 0x40)),
      tail(code))
  end
  return char(0xF0 + floor(code / 0x40000), tail(floor(code / 0x1000)),
    tail(floor(code / 0x40)), tail(code))
end

return utf8text
