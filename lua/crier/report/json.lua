--- JSON for programs that read crier's output: one line, keys in order, an
-- empty list as `[]`.
-- @module crier.report.json
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

return json
