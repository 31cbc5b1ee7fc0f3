--- JSON as crier writes it, for programs: one line, keys in order, an empty list as
-- `[]`.
-- @module crier.format.json
local core = require "crier.core"

local json = {}

local function number(value)
  if value ~= value or value == math.huge or value == -math.huge then
    return "null" -- JSON has no such number
  end
  if value % 1 == 0 and value > -2 ^ 53 and value < 2 ^ 53 then
    return ("%.0f"):format(value)
  end
  return ("%.14g"):format(value)
end

local encode

local function list(values)
  local parts = {}
  for i, value in ipairs(values) do
    parts[i] = encode(value)
  end
  return "[" .. table.concat(parts, ",") .. "]"
end

local function object(fields)
  local parts, names = {}, {}
  for name in pairs(fields) do
    names[#names + 1] = name
  end
  table.sort(names)
  for i, name in ipairs(names) do
    parts[i] = core.text.json_string(name) .. ":" .. encode(fields[name])
  end
  return "{" .. table.concat(parts, ",") .. "}"
end

function encode(value)
  local kind = type(value)
  if kind == "string" then
    return core.text.json_string(value)
  elseif kind == "number" then
    return number(value)
  elseif kind == "boolean" then
    return tostring(value)
  elseif kind == "table" then
    return (value[1] ~= nil or next(value) == nil) and list(value)
      or object(value)
  end
  return "null"
end

--- Encodes a value; an empty table is a list.
-- @param value strings, numbers, booleans, tables of them
-- @treturn string one line
function json.encode(value)
  return encode(value)
end

--- Encodes a table as an object with its keys in a given order; an absent
-- value is `null`.
-- @tparam table fields
-- @tparam {string,...} order
-- @treturn string one line
function json.ordered(fields, order)
  local parts = {}
  for i, name in ipairs(order) do
    parts[i] = core.text.json_string(name) .. ":" .. encode(fields[name])
  end
  return "{" .. table.concat(parts, ",") .. "}"
end

-- What stands between strings: punctuation gets line breaks around it.
local function indented(piece, state)
  return (piece:gsub("%s+", ""):gsub("[%[%]{},:]", function(mark)
    if mark == ":" then
      return ": "
    elseif mark == "," then
      return ",\n" .. ("  "):rep(state.depth)
    end
    local is_open = mark == "[" or mark == "{"
    state.depth = math.max(state.depth + (is_open and 1 or -1), 0)
    local line = "\n" .. ("  "):rep(state.depth)
    return is_open and mark .. line or line .. mark
  end):gsub("([%[{])%s+([%]}])", "%1%2"))
end

local function string_end(text, pos)
  while true do
    pos = text:find('["\\]', pos + 1)
    if not pos or text:sub(pos, pos) == '"' then
      return pos or #text
    end
    pos = pos + 1 -- what a backslash escapes
  end
end

--- Writes JSON text over several lines; its members keep their order.
-- @tparam string text well-formed JSON
-- @treturn string
function json.pretty(text)
  local parts, state, pos = {}, { depth = 0 }, 1
  while true do
    local from = text:find('"', pos, true)
    parts[#parts + 1] = indented(text:sub(pos, (from or 0) - 1), state)
    if not from then
      return table.concat(parts)
    end
    local to = string_end(text, from)
    parts[#parts + 1] = text:sub(from, to)
    pos = to + 1
  end
end

return json
