--- JSON text as a tree: a strict reader that keeps every literal as it was written.
--
-- `cjson` loses what a card may not lose: `[]` becomes `{}`, numbers keep 14
-- digits, keys change their order. This reader gives a tree instead:
--
--     { kind = "literal", at = n, raw = "12.50" }      true, false, null, numbers
--     { kind = "string",  at = n, raw = '"a\u00e9"' }
--     { kind = "array",   at = n, [1] = node, ... }
--     { kind = "object",  at = n, [1] = { key = node, value = node }, ... }
--
-- `at` is the byte offset in the source. RFC 8259 to the letter; duplicate
-- keys are kept, a byte order mark is dropped.
-- @module crier.template.json_tree
local utf8text = require "crier.template.utf8text"

local json = {}

local find, sub, match, byte = string.find, string.sub, string.match, string.byte

--- Nesting beyond which a document is refused.
json.MAX_DEPTH = 64
--- Size in bytes beyond which a template is refused.
json.MAX_BYTES = 1024 * 1024

--- Names a place for people: `name:line:column`, columns in characters. The
-- source keeps where it counted to, so that places in order cost one pass.
-- @tparam table source `{ name =, text = }`
-- @tparam integer at byte offset in the text
-- @treturn string
function json.place(source, at)
  local text, from = source.text, source.from
  if not from or from.at > at then
    from = { at = 1, line = 1, column = 1 }
    source.from = from
  end
  while true do
    local newline = find(text, "\n", from.at, true)
    if not newline or newline >= at then
      break
    end
    from.at, from.line, from.column = newline + 1, from.line + 1, 1
  end
  from.column = from.column + utf8text.length(sub(text, from.at, at - 1))
  from.at = at
  return ("%s:%d:%d"):format(source.name, from.line, from.column)
end

local function fail(at, message)
  error({ at = at, message = message }, 0)
end

local function describe(text, at)
  local char = match(text, "^[%z\1-\127\194-\244][\128-\191]*", at)
  if not char then
    return "the end of the text"
  elseif find(char, "^%c") then
    return ("the control character %d"):format(byte(char))
  end
  return '"' .. char .. '"'
end

local function skip_space(text, at)
  return match(text, "^[ \n\r\t]*()", at)
end

local ESCAPES = {
  ['"'] = '"', ["\\"] = "\\", ["/"] = "/", b = "\b", f = "\f", n = "\n",
  r = "\r", t = "\t",
}

local function read_string(text, at)
  local pos = at + 1
  while true do
    local stop = find(text, '["\\%z\1-\31]', pos)
    if not stop then
      fail(at, "this string has no end")
    end
    local char = sub(text, stop, stop)
    if char == '"' then
      return { kind = "string", at = at, raw = sub(text, at, stop) }, stop + 1
    elseif char ~= "\\" then
      fail(stop, char == "\n" and "a line break inside a string is written \\n"
        or ("the control character %d inside a string is written \\u%04x")
          :format(byte(char), byte(char)))
    elseif ESCAPES[sub(text, stop + 1, stop + 1)] then
      pos = stop + 2
    elseif find(text, "^u%x%x%x%x", stop + 1) then
      pos = stop + 6
    else
      fail(stop, "unknown escape \\" .. (match(text, "^[!-~]", stop + 1) or ""))
    end
  end
end

local function read_literal(text, at)
  local word = match(text, "^%a+", at)
  if word == "true" or word == "false" or word == "null" then
    return { kind = "literal", at = at, raw = word }, at + #word
  elseif word then
    fail(at, "unknown word " .. sub(word, 1, 40) .. " (a string needs double quotes)")
  end
  local stop = match(text, "^%-?0()", at) or match(text, "^%-?[1-9]%d*()", at)
  if not stop then
    fail(at, "expected a value, found " .. describe(text, at))
  end
  stop = match(text, "^%.%d+()", stop) or stop
  stop = match(text, "^[eE][+-]?%d+()", stop) or stop
  if find(text, "^[%w.+-]", stop) then
    fail(at, "this is not a JSON number")
  end
  return { kind = "literal", at = at, raw = sub(text, at, stop - 1) }, stop
end

local read_value

local function read_array(text, at, depth)
  local node = { kind = "array", at = at }
  local pos = skip_space(text, at + 1)
  if sub(text, pos, pos) == "]" then
    return node, pos + 1
  end
  while true do
    node[#node + 1], pos = read_value(text, pos, depth)
    pos = skip_space(text, pos)
    local char = sub(text, pos, pos)
    if char == "]" then
      return node, pos + 1
    elseif char ~= "," then
      fail(pos, 'expected "," or "]", found ' .. describe(text, pos))
    end
    pos = skip_space(text, pos + 1)
  end
end

local function read_member(text, at, depth)
  if sub(text, at, at) ~= '"' then
    fail(at, "expected a key in double quotes, found " .. describe(text, at))
  end
  local key, pos = read_string(text, at)
  pos = skip_space(text, pos)
  if sub(text, pos, pos) ~= ":" then
    fail(pos, 'expected ":", found ' .. describe(text, pos))
  end
  local value
  value, pos = read_value(text, skip_space(text, pos + 1), depth)
  return { key = key, value = value }, skip_space(text, pos)
end

local function read_object(text, at, depth)
  local node = { kind = "object", at = at }
  local pos = skip_space(text, at + 1)
  if sub(text, pos, pos) == "}" then
    return node, pos + 1
  end
  while true do
    node[#node + 1], pos = read_member(text, pos, depth)
    local char = sub(text, pos, pos)
    if char == "}" then
      return node, pos + 1
    elseif char ~= "," then
      fail(pos, 'expected "," or "}", found ' .. describe(text, pos))
    end
    pos = skip_space(text, pos + 1)
  end
end

function read_value(text, at, depth)
  if depth > json.MAX_DEPTH then
    fail(at, ("nested deeper than %d levels"):format(json.MAX_DEPTH))
  end
  local char = sub(text, at, at)
  if char == '"' then
    return read_string(text, at)
  elseif char == "{" then
    return read_object(text, at, depth + 1)
  elseif char == "[" then
    return read_array(text, at, depth + 1)
  end
  return read_literal(text, at)
end

local function read_document(text)
  local bad = utf8text.first_invalid(text)
  if bad then
    fail(bad, "this is not UTF-8 (is the file saved in another encoding?)")
  end
  local node, pos = read_value(text, skip_space(text, 1), 1)
  pos = skip_space(text, pos)
  if pos <= #text then
    fail(pos, "expected the end of the text, found " .. describe(text, pos))
  end
  return node
end

--- Reads a JSON text.
-- @tparam string text
-- @tparam string name what errors call it, such as a file's name
-- @treturn[1] table the tree
-- @treturn[1] table the source, for `place`
-- @treturn[2] nil
-- @treturn[2] string message with line and column
function json.parse(text, name)
  local source = { name = name, text = (text:gsub("^\239\187\191", "")) }
  local ok, result = pcall(read_document, source.text)
  if ok then
    return result, source
  elseif type(result) ~= "table" then
    error(result, 0)
  end
  return nil, json.place(source, result.at) .. ": " .. result.message
end

local function unescape(raw, at)
  local char = sub(raw, at + 1, at + 1)
  if char ~= "u" then
    return ESCAPES[char], 2
  end
  local code = tonumber(sub(raw, at + 2, at + 5), 16)
  if code < 0xD800 or code > 0xDFFF then
    return utf8text.char(code), 6
  end
  local low = match(raw, "^\\u([dD][c-fC-F]%x%x)", at + 6)
  if code > 0xDBFF or not low then
    return utf8text.REPLACEMENT, 6 -- half of a surrogate pair
  end
  code = 0x10000 + (code - 0xD800) * 0x400 + tonumber(low, 16) - 0xDC00
  return utf8text.char(code), 12
end

--- Decodes a JSON string.
-- @tparam string raw with its quotes
-- @treturn string
function json.decode_string(raw)
  if not find(raw, "\\", 1, true) then
    return sub(raw, 2, -2)
  end
  local out, pos = {}, 2
  while true do
    local at = find(raw, "\\", pos, true) or #raw
    out[#out + 1] = sub(raw, pos, at - 1)
    if at == #raw then
      return table.concat(out)
    end
    local text, size = unescape(raw, at)
    out[#out + 1] = text
    pos = at + size
  end
end

--- Finds half of a surrogate pair, which many readers refuse (RFC 8259, section
-- 8.2), in a JSON string.
-- @tparam string raw with its quotes
-- @treturn ?integer its offset in `raw`
function json.half_pair(raw)
  local at = find(raw, "\\u[dD][89a-fA-F]") and find(raw, "\\", 1, true)
  while at do
    local text, size = unescape(raw, at)
    if size == 6 and text == utf8text.REPLACEMENT
      and not find(raw, "^[fF][fF][fF][dD]", at + 2) then
      return at
    end
    at = find(raw, "\\", at + size, true)
  end
end

--- What is wrong with such a half.
json.HALF_PAIR = "this is half of a character, which is written \\uD83D\\uDE00"

--- Tells where bytes of a decoded string come from.
-- @tparam string raw with its quotes
-- @tparam {integer,...} offsets ascending offsets in the decoded text
-- @treturn {integer,...} their offsets in `raw`
function json.raw_offsets(raw, offsets)
  local found, length, pos = {}, 0, 2
  local at, size, text
  for i = 1, #offsets do
    while true do
      at = at or find(raw, "\\", pos, true) or #raw
      if length + at - pos >= offsets[i] then
        found[i] = pos + offsets[i] - length - 1
        break
      elseif at == #raw then
        found[i] = at
        break
      end
      text, size = unescape(raw, at)
      if length + at - pos + #text >= offsets[i] then
        found[i] = at
        break
      end
      length, pos, at = length + at - pos + #text, at + size, nil
    end
  end
  return found
end

return json
