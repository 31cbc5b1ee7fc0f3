--- Lua values to text and to JSON text.
--
-- How a value is told apart: a table made by `value.array`, by `value.decode`
-- from a `[...]`, or one whose first element is there, is an array; every other
-- table is an object, an empty one too. `cjson.null` is null; where the
-- installed cjson has `empty_array` and `array_mt`, they count.
-- @module crier.template.value
local cjson = require "cjson"

local json = require "crier.template.json_tree"
local utf8text = require "crier.template.utf8text"

local value = {}

local find, format, gsub = string.find, string.format, string.gsub
local huge = math.huge
-- COMPAT: LuaJIT has one number type and no math.type.
local math_type = rawget(math, "type") or function()
  return "float"
end

--- What stands for JSON's null.
value.null = cjson.null
--- JSON text beyond which an inserted table is refused, bytes.
value.MAX_BYTES = 1024 * 1024

local array_mt = cjson.array_mt or {}
-- Whole numbers beyond what a number holds, as text: `ticks` gives them.
local big_mt = {}

--- Marks a table as an array, so that an empty one becomes `[]`.
-- @tparam table items
-- @treturn table the same table
function value.array(items)
  return setmetatable(items, array_mt)
end

--- Tells whether a table is an array.
-- @tparam table items
-- @treturn boolean
function value.is_array(items)
  return getmetatable(items) == array_mt or items[1] ~= nil
end

--- Makes an object that remembers the order of its keys.
-- @tparam {string,...} keys
-- @tparam table fields
-- @treturn table `fields`
function value.object(keys, fields)
  return setmetatable(fields, { keys = keys })
end

--- Copies an object, and the order of its keys.
-- @tparam table object
-- @treturn table an object made by `value.object`
-- @treturn {string,...} its keys, to be added to
function value.copy(object)
  local keys, fields = {}, {}
  for i, key in ipairs(value.keys(object) or {}) do
    keys[i], fields[key] = key, object[key]
  end
  return value.object(keys, fields), keys
end

--- Makes a whole number of any size, which is a string in JSON.
-- @tparam string digits
-- @treturn table
function value.big(digits)
  return setmetatable({ written = digits }, big_mt)
end

--- The digits of what `value.big` made.
-- @param any
-- @treturn ?string nil for any other value
function value.big_text(any)
  return getmetatable(any) == big_mt and any.written or nil
end

--- Makes a binary value: an object of bytes by their index.
-- @tparam string bytes
-- @treturn table
function value.binary(bytes)
  local keys, fields = {}, {}
  for i = 1, #bytes do
    keys[i] = format("%d", i - 1)
    fields[keys[i]] = bytes:byte(i)
  end
  return setmetatable(fields, { keys = keys, bytes = bytes })
end

--- The bytes of what `value.binary` made.
-- @param any
-- @treturn ?string nil for any other value
function value.bytes(any)
  local mt = type(any) == "table" and getmetatable(any)
  return type(mt) == "table" and mt.bytes or nil
end

local function shortest(number)
  -- Below 2^-1022 doubles have fewer digits than 15.
  local least = number > -2 ^ -1022 and number < 2 ^ -1022 and 1 or 15
  for digits = least, 17 do
    local text = format("%." .. digits - 1 .. "e", number)
    if digits == 17 or tonumber(text) == number then
      return text
    end
  end
end

--- Writes a number the way JavaScript does: whole numbers without a point, others
-- in the fewest digits that read back the same, an exponent from 1e21 on.
-- @tparam number number
-- @treturn[1] string
-- @treturn[2] nil if it is infinite or not a number
function value.number_text(number)
  if number ~= number or number == huge or number == -huge then
    return nil
  elseif math_type(number) == "integer"
      or (number % 1 == 0 and number > -2 ^ 53 and number < 2 ^ 53) then
    return format("%d", number)
  end
  -- A locale may write the decimal point as another character.
  local sign, first, rest, exponent =
    shortest(number):match("^(%-?)(%d)%D?(%d*)e(.+)$")
  local digits = (first .. rest):gsub("0+$", "")
  local point = tonumber(exponent) + 1 -- digits before the point
  if point > 21 or point < -5 then
    local tail = #digits > 1 and "." .. digits:sub(2) or ""
    return format("%s%s%se%+d", sign, first, tail, point - 1)
  elseif point <= 0 then
    return sign .. "0." .. ("0"):rep(-point) .. digits
  elseif #digits <= point then
    return sign .. digits .. ("0"):rep(point - #digits)
  end
  return sign .. digits:sub(1, point) .. "." .. digits:sub(point + 1)
end

local ESCAPED = { ['"'] = '\\"', ["\\"] = "\\\\" }
for code = 0, 31 do
  ESCAPED[string.char(code)] = format("\\u%04x", code)
end
for char, escaped in ("\b\\b\f\\f\n\\n\r\\r\t\\t"):gmatch("(%c)(\\%a)") do
  ESCAPED[char] = escaped
end

--- What a string matches that `escape` leaves as it is: printable ASCII, `]` to `~`,
-- space, `!`, `#` to `[`. One repetition, begun once, is quicker than a look for what
-- is not in it.
value.SAFE = "^[]-~ !#-[]*$"

--- Does the work of `escape` for a string that does not match `SAFE`.
-- @tparam string text
-- @treturn string
function value.escape_unsafe(text)
  if find(text, '[%c"\\]') then
    text = gsub(text, '[%c"\\]', ESCAPED)
  end
  return utf8text.repair(text)
end

--- Writes a string as the inside of a JSON string. Bytes that are no UTF-8
-- become U+FFFD.
-- @tparam string text
-- @treturn string
function value.escape(text)
  return find(text, value.SAFE) and text or value.escape_unsafe(text)
end

local function quote(text)
  return '"' .. value.escape(text) .. '"'
end

local encode_any

local function push(out, text)
  out[#out + 1] = text
  out.bytes = out.bytes + #text
  if out.bytes > value.MAX_BYTES then
    return ("is larger than %d bytes"):format(value.MAX_BYTES)
  end
end

local function encode_array(out, items, depth)
  local size = 0
  for key in pairs(items) do
    if type(key) ~= "number" or key < 1 or key % 1 ~= 0 then
      return "mixes array items with the key " .. tostring(key)
    end
    size = math.max(size, key)
  end
  if size > #items then
    return "is an array with gaps"
  end
  local err = push(out, "[")
  for i = 1, size do
    err = err or (i > 1 and push(out, ",")) or encode_any(out, items[i], depth)
    if err then
      return err
    end
  end
  return push(out, "]")
end

local function sorted_keys(object)
  local keys = {}
  for key in pairs(object) do
    if type(key) ~= "string" then
      return nil, "has a key that is no string: " .. tostring(key)
    end
    keys[#keys + 1] = key
  end
  table.sort(keys)
  return keys
end

--- Tells whether `decode` made this object, so that its keys have an order.
-- @tparam table object
-- @treturn boolean
function value.has_order(object)
  local mt = getmetatable(object)
  return type(mt) == "table" and mt.keys ~= nil
end

--- Lists the keys of an object: of one that `decode` made in the order of its
-- text, of any other sorted.
-- @tparam table object
-- @treturn[1] {string,...}
-- @treturn[2] nil
-- @treturn[2] string message
function value.keys(object)
  if value.has_order(object) then
    return getmetatable(object).keys
  end
  return sorted_keys(object)
end

local function encode_object(out, object, depth)
  local keys, err = value.keys(object)
  if not keys then
    return err
  end
  err = push(out, "{")
  local comma = ""
  for i = 1, #keys do
    local key = keys[i]
    if object[key] ~= nil then
      err = err or push(out, comma .. quote(key) .. ":")
        or encode_any(out, object[key], depth)
      comma = ","
    end
    if err then
      return err
    end
  end
  return push(out, "}")
end

function encode_any(out, any, depth)
  local kind = type(any)
  if kind == "string" then
    return push(out, quote(any))
  elseif kind == "number" then
    local text = value.number_text(any) or out.is_lenient and "null"
    if not text then
      return "is not a finite number"
    end
    return push(out, text)
  elseif kind == "boolean" then
    return push(out, tostring(any))
  elseif any == nil or any == value.null then
    return push(out, "null")
  elseif any == cjson.empty_array then
    return push(out, "[]")
  elseif kind ~= "table" then
    return "is a " .. kind
  elseif value.big_text(any) then
    return push(out, quote(any.written))
  elseif depth >= json.MAX_DEPTH then
    return ("is nested deeper than %d levels, or contains itself")
      :format(json.MAX_DEPTH)
  elseif value.is_array(any) then
    return encode_array(out, any, depth + 1)
  end
  return encode_object(out, any, depth + 1)
end

--- Writes a value as JSON text.
-- @param any string, number, boolean, `cjson.null`, nil or table of these
-- @tparam[opt] boolean is_lenient a number that is not finite becomes null
-- @treturn[1] string
-- @treturn[2] nil
-- @treturn[2] string what the value is instead, as "is a function"
function value.encode(any, is_lenient)
  local out = { bytes = 0, is_lenient = is_lenient }
  local err = encode_any(out, any, 0)
  if err then
    return nil, err
  end
  return table.concat(out)
end

--- Turns a tree of `json.parse` into Lua values.
-- @tparam table node
-- @return the value
function value.from_node(node)
  if node.kind == "string" then
    return (json.decode_string(node.raw))
  elseif node.kind == "array" then
    local items = {}
    for i = 1, #node do
      items[i] = value.from_node(node[i])
    end
    return value.array(items)
  elseif node.kind == "literal" then
    if node.raw == "null" then
      return value.null
    elseif node.raw == "true" or node.raw == "false" then
      return node.raw == "true"
    end
    return tonumber(node.raw) + 0.0 -- the same number in every Lua
  end
  local object, keys = {}, {}
  for i = 1, #node do
    local key = json.decode_string(node[i].key.raw)
    if object[key] == nil then
      keys[#keys + 1] = key
    end
    object[key] = value.from_node(node[i].value)
  end
  return setmetatable(object, { keys = keys })
end

--- Reads JSON text; arrays, also empty ones, and the order of keys stay known.
-- @tparam string text
-- @tparam string name what errors call it
-- @return[1] the value
-- @treturn[2] nil
-- @treturn[2] string message with line and column
function value.decode(text, name)
  local node, err = json.parse(text, name)
  if not node then
    return nil, err
  end
  return value.from_node(node)
end

return value
