--- What values are and become in the language: JavaScript's rules where the
-- reference implementation leaves them to JavaScript.
-- @module crier.template.semantics
local value = require "crier.template.value"

local semantics = {}

local huge = math.huge
local null = value.null
-- Nesting beyond which values are taken for cycles.
local MAX_DEPTH = 64

--- Tells whether a value is a number other than NaN.
-- @param any
-- @treturn boolean
function semantics.is_number(any)
  return type(any) == "number" and any == any
end

--- Tells whether a value is a whole number.
-- @param any
-- @treturn boolean
function semantics.is_integer(any)
  return type(any) == "number" and any % 1 == 0 and any ~= huge and any ~= -huge
end

--- Tells whether a value is a list. An empty Lua table that nobody marked is
-- one, though it is `{}` where it is written.
-- @param any
-- @treturn boolean
function semantics.is_array(any)
  return type(any) == "table" and (value.is_array(any)
    or next(any) == nil and getmetatable(any) == nil)
end

--- Tells whether a value is undefined or null.
-- @param any
-- @treturn boolean
function semantics.is_nothing(any)
  return any == nil or any == null
end

--- Tells whether a value counts as true: all but false, null and undefined.
-- @param any
-- @treturn boolean
function semantics.is_true(any)
  return not (any == nil or any == false or any == null)
end

--- Writes a number as JavaScript does, infinite ones and NaN too.
-- @tparam number number
-- @treturn string
function semantics.number_text(number)
  return value.number_text(number) or (number ~= number and "NaN")
    or (number > 0 and "Infinity" or "-Infinity")
end

local function to_text(any, depth)
  local kind = type(any)
  if kind == "string" then
    return any
  elseif kind == "number" then
    return semantics.number_text(any)
  elseif kind == "boolean" then
    return tostring(any)
  elseif kind ~= "table" or depth > MAX_DEPTH then
    return nil
  elseif value.big_text(any) then
    return value.big_text(any)
  elseif value.bytes(any) then
    return (value.bytes(any):gsub(".", function(char)
      return char:byte() .. ","
    end):sub(1, -2))
  elseif not value.is_array(any) then
    return "[object Object]"
  end
  local out, size = {}, 0
  for i = 1, #any do
    local item = any[i]
    out[i] = item == null and "" or to_text(item, depth + 1)
    size = size + (out[i] and #out[i] or 0)
    if not out[i] or size > value.MAX_BYTES then
      return nil
    end
  end
  return table.concat(out, ",")
end

--- Writes a value as JavaScript's `toString` does.
-- @param any
-- @treturn ?string nil for null, undefined and what is no JSON value
function semantics.text(any)
  return to_text(any, 1)
end

--- Writes a value as JavaScript's `String` does.
-- @param any
-- @treturn string
function semantics.string(any)
  return any == nil and "undefined" or any == null and "null"
    or to_text(any, 1) or tostring(any)
end

--- Writes a value as `concat` does: nothing for null, objects as JSON.
-- @param any
-- @treturn[1] string
-- @treturn[2] nil
-- @treturn[2] string message
function semantics.joined(any)
  if any == nil or any == null then
    return ""
  elseif type(any) ~= "table" then
    return to_text(any, 1)
  end
  local text, err = value.encode(any, true)
  if not text then
    return nil, "a value " .. err
  end
  return (text:gsub("^['\"]+", ""):gsub("['\"]+$", ""))
end

--- Tells the keys of an object and their number.
-- @tparam table object
-- @treturn {string,...} empty if it has keys that are no text
function semantics.keys(object)
  return value.keys(object) or {}
end

local equal

local function equal_arrays(a, b, depth)
  if #a ~= #b then
    return false
  end
  for i = 1, #a do
    if not equal(a[i], b[i], depth + 1) then
      return false
    end
  end
  return true
end

local function equal_objects(a, b, depth)
  local keys = semantics.keys(a)
  if #keys ~= #semantics.keys(b) then
    return false
  end
  for _, key in ipairs(keys) do
    if b[key] == nil or not equal(a[key], b[key], depth + 1) then
      return false
    end
  end
  return true
end

function equal(a, b, depth)
  if semantics.is_nothing(a) or semantics.is_nothing(b) then
    return semantics.is_nothing(a) and semantics.is_nothing(b)
  elseif type(a) ~= type(b) then
    return false
  elseif type(a) == "number" then
    return a == b or math.abs(a - b) < 2 ^ -52
  elseif type(a) ~= "table" or depth > MAX_DEPTH then
    return a == b
  elseif value.big_text(a) or value.big_text(b) then
    return value.big_text(a) == value.big_text(b)
  elseif value.is_array(a) ~= value.is_array(b) then
    return false
  elseif value.is_array(a) then
    return equal_arrays(a, b, depth)
  end
  return equal_objects(a, b, depth)
end

--- Compares two values as `==` of the language does: deeply.
-- @param a
-- @param b
-- @treturn boolean
function semantics.equal(a, b)
  return equal(a, b, 1)
end

--- Orders texts by their bytes; Lua's own `<` follows the locale.
-- @tparam string a
-- @tparam string b
-- @treturn boolean a comes before b
function semantics.below(a, b)
  for i = 1, math.min(#a, #b) do
    local x, y = a:byte(i), b:byte(i)
    if x ~= y then
      return x < y
    end
  end
  return #a < #b
end

--- Writes a value for a message: short, and as one would write it.
-- @param any
-- @treturn string
function semantics.shown(any)
  local text = any == nil and "undefined" or value.encode(any) or tostring(any)
  return #text > 60 and text:sub(1, 57):gsub("[\128-\255]+$", "") .. "..." or text
end

--- Reads the number that a text begins with, as `parseFloat` does.
-- @tparam string text
-- @treturn ?number
function semantics.parse_float(text)
  text = text:match "^%s*(.*)$"
  local sign, word = text:match "^([+-]?)(Infinity)"
  if word then
    return sign == "-" and -huge or huge
  end
  local digits = text:match "^[+-]?%d+%.?%d*" or text:match "^[+-]?%.%d+"
  if not digits then
    return nil
  end
  local exponent = text:sub(#digits + 1):match "^[eE][+-]?%d+" or ""
  -- LuaJIT and old Luas read no leading plus.
  return tonumber((digits:gsub("^%+", "")) .. exponent) + 0.0
end

--- Reads the whole number that a text begins with, as `parseInt` does.
-- @tparam string text
-- @treturn ?number
function semantics.parse_int(text)
  local sign, digits = text:match "^%s*([+-]?)(%d+)"
  if not digits then
    return nil
  end
  local number = tonumber(digits .. ".0")
  return sign == "-" and -number or number
end

--- Takes so many steps from what an evaluation may use.
-- @tparam table env
-- @tparam integer steps
-- @treturn ?table message if there are none left
function semantics.spend(env, steps)
  env.steps = (env.steps or 0) + steps
  if env.steps > semantics.MAX_STEPS then
    return { fatal = true, message = ("more than %d steps"):format(
      semantics.MAX_STEPS) }
  end
end

--- Steps that one rendering may take: calls, and items that calls look at.
semantics.MAX_STEPS = 200000

--- What is said of text that grew beyond `value.MAX_BYTES`.
-- @treturn table message
function semantics.too_long()
  return { fatal = true,
    message = ("a text longer than %d bytes"):format(value.MAX_BYTES) }
end

--- The text of a message.
-- @tparam string|table message
-- @treturn string
function semantics.message(message)
  return type(message) == "table" and message.message or message
end

return semantics
