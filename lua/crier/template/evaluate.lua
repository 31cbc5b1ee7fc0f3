--- Compiles expressions to closures, with the results of the reference
-- implementation (npm: adaptive-expressions 4.23), its surprises included:
--
--   * names are found whatever their letter case, the first of several wins;
--   * a path of names that leads nowhere gives its own text, `${a.b}`; a bracket
--     that leads nowhere at the end of a path gives nothing;
--   * an index outside an array is an error.
--
-- A closure takes `env = { root =, data =, host =, index = }` and returns a
-- value (nil: undefined; `value.null`: null), or nil and a message.
-- @module crier.template.evaluate
local expression = require "crier.template.expression"
local value = require "crier.template.value"

local evaluate = {}

-- What `Array.prototype.join` and `toString` make of a value in JavaScript.
local function to_text(any, depth)
  local kind = type(any)
  if kind == "string" then
    return any
  elseif kind == "number" then
    return value.number_text(any)
  elseif kind == "boolean" then
    return tostring(any)
  elseif kind ~= "table" or depth > 64 then
    return nil
  elseif not value.is_array(any) then
    return "[object Object]"
  end
  local out = {}
  for i = 1, #any do
    local item = any[i]
    out[i] = item == value.null and "" or to_text(item, depth + 1)
    if not out[i] then
      return nil
    end
  end
  return table.concat(out, ",")
end

--- Writes a value as text, as JavaScript's `toString` does.
-- @param any
-- @treturn ?string nil for null, undefined and what is no JSON value
function evaluate.text(any)
  return to_text(any, 1)
end

-- accessIndex of the reference; `index` counts from 0.
local function item_at(instance, index)
  if instance == nil or instance == value.null then
    return nil
  elseif type(instance) ~= "table" or not value.is_array(instance) then
    return nil, ("there is no list to take item %d from"):format(index)
  elseif index >= #instance then
    return nil, ("there is no item %d, the list has %d"):format(index, #instance)
  end
  return instance[index + 1]
end

-- accessProperty of the reference.
local function property(instance, name)
  local index = name:find("^%d+$") and tonumber(name) + 1
  if type(instance) == "string" and index and index <= #instance then
    return instance:sub(index, index) -- a byte: the reference's unit for ASCII
  elseif type(instance) ~= "table" then
    return nil
  elseif value.is_array(instance) then
    return instance[index or 0]
  elseif not value.has_order(instance) and instance[name] ~= nil then
    return instance[name]
  end
  local keys = value.keys(instance)
  local lower = name:lower()
  for i = 1, keys and #keys or 0 do
    if keys[i]:lower() == lower then
      return instance[keys[i]]
    end
  end
  return nil
end

-- The memory of a template: names without `$` are fields of the data.
local ROOTS = { ["$root"] = "root", ["$data"] = "data", ["$host"] = "host",
  ["$index"] = "index" }

local function start(env, first)
  if first:sub(1, 1) ~= "$" then
    return property(env.data, first)
  end
  return env[ROOTS[first:lower()] or ""]
end

-- The reference writes a path as text and splits it again at points and
-- brackets, also inside quotes.
local function split(path)
  local parts = {}
  for part in path:gmatch("[^%.%[%]]+") do
    parts[#parts + 1] = part:match("^'(.*)'$") or part:match('^"(.*)"$') or part
  end
  return parts
end

local function path_text(node)
  if not node.instance then
    return node.name
  elseif node.kind == "accessor" then
    return path_text(node.instance) .. "." .. node.name
  end
  local index = node.index.value
  if type(index) == "number" or index:find("^%s*[-+]?%d") then
    return path_text(node.instance) .. "[" .. index .. "]"
  end
  return path_text(node.instance) .. "['" .. index .. "']"
end

local compilers = {}

function compilers.accessor(node)
  local path = path_text(node)
  local parts = split(path)
  return function(env)
    local result, err = start(env, parts[1]), nil
    for i = 2, #parts do
      local index = tonumber(parts[i]:match("^%s*(%d+)"))
      if index and type(result) == "table" and value.is_array(result) then
        result, err = item_at(result, index)
      else
        result = property(result, parts[i])
      end
      if err then
        break
      end
    end
    if result == nil then
      return "${" .. path .. "}"
    end
    return result
  end
end

function compilers.element(node)
  local instance = evaluate.compile(node.instance)
  local index = node.index.value
  local access = type(index) == "number" and item_at or property
  return function(env)
    local holder, err = instance(env)
    if err then
      return nil, err
    end
    return access(holder, index)
  end
end

--- Compiles a node of `crier.template.expression`.
-- @tparam table node
-- @treturn function `(env) -> value | nil, message`
function evaluate.compile(node)
  return compilers[node.kind](node)
end

--- Compiles a node that stands inside text. What fails there gives its own
-- text; null and undefined are an error, as in the reference.
-- @tparam table node
-- @treturn function `(env) -> string | nil, message`
function evaluate.compile_text(node)
  local run = evaluate.compile(node)
  local source = "${" .. expression.text(node) .. "}"
  return function(env)
    local result, err = run(env)
    if err then
      return source
    end
    local text = evaluate.text(result)
    if text then
      return text
    elseif result == nil or result == value.null then
      return nil, "null cannot stand inside text"
    end
    return nil, "this value cannot stand inside text"
  end
end

return evaluate
