--- Text as JavaScript counts it, in UTF-16 units. Text of ASCII alone, as most
-- is, is not taken apart.
-- @module crier.template.utf16
local utf8text = require "crier.template.utf8text"

local utf16 = {}

local byte, find, sub = string.byte, string.find, string.sub

-- Units of a text: characters, of which those beyond U+FFFF are two, the second
-- an empty string.
local function units(text)
  local out = {}
  for char in utf8text.repair(text):gmatch "[%z\1-\127\194-\244][\128-\191]*" do
    out[#out + 1] = char
    if #char == 4 then
      out[#out + 1] = ""
    end
  end
  return out
end

--- Counts UTF-16 units.
-- @tparam string text
-- @treturn integer
function utf16.length(text)
  return utf8text.utf16_units(text)
end

--- Cuts out units; half of a pair becomes U+FFFD.
-- @tparam string text
-- @tparam integer first from 0
-- @tparam integer last the first that is no longer wanted
-- @treturn string
function utf16.slice(text, first, last)
  if first >= last then
    return ""
  elseif not find(text, "[\128-\255]") then
    return sub(text, first + 1, last)
  end
  local all = units(text)
  if all[first + 1] == "" then
    all[first + 1] = utf8text.REPLACEMENT
  end
  if #(all[last] or "") == 4 then
    all[last] = utf8text.REPLACEMENT
  end
  return table.concat(all, "", math.floor(first + 1),
    math.floor(math.min(last, #all)))
end

--- Turns the units round; each pair falls apart.
-- @tparam string text
-- @treturn string
function utf16.reverse(text)
  if not find(text, "[\128-\255]") then
    return text:reverse()
  end
  local all, out = units(text), {}
  for i = 1, #all do
    local one = all[#all + 1 - i]
    out[i] = (one == "" or #one == 4) and utf8text.REPLACEMENT or one
  end
  return table.concat(out)
end

--- Counts the units before a byte.
-- @tparam string text
-- @tparam integer at byte offset
-- @treturn integer
function utf16.index(text, at)
  return utf8text.utf16_units(sub(text, 1, at - 1))
end

--- Lists the units; each half of a pair is U+FFFD.
-- @tparam string text
-- @treturn {string,...}
function utf16.list(text)
  local all = units(text)
  for i = 1, #all do
    if all[i] == "" or #all[i] == 4 then
      all[i] = utf8text.REPLACEMENT
    end
  end
  return all
end

--- Reads a code point.
-- @tparam string char one character of UTF-8
-- @treturn integer
function utf16.code(char)
  local a, b, c, d = byte(char, 1, 4)
  if #char == 1 then
    return a
  elseif #char == 2 then
    return (a - 0xC0) * 0x40 + b - 0x80
  elseif #char == 3 then
    return ((a - 0xE0) * 0x40 + b - 0x80) * 0x40 + c - 0x80
  end
  return (((a - 0xF0) * 0x40 + b - 0x80) * 0x40 + c - 0x80) * 0x40 + d - 0x80
end

return utf16
