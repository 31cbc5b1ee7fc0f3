--- What names mean: the names of lambdas, `$root` and the like, fields of the data.
-- @module crier.template.memory
local access = require "crier.template.access"
local value = require "crier.template.value"

local memory = {}

local null = value.null
local DOLLAR = ("$"):byte()

-- The memory of a template: names without `$` are fields of the data.
local ROOTS = { ["$root"] = "root", ["$data"] = "data", ["$host"] = "host",
  ["$index"] = "index" }

-- A field of these may be absent: people have no phone, or no office.
local LENIENT = { recipient = true, campaign = true }

local function exact_property(instance, name)
  local any = access.own(instance, name)
  if any == nil and type(instance) ~= "table" then
    return access.property(instance, name)
  end
  return any
end

local function follow_local(env, parts, property)
  local layer = env.locals
  while layer do
    local is_same = layer.name == parts[1]
      or not env.strict and layer.name:lower() == parts[1]:lower()
    local any = is_same and access.follow(layer.item, parts, 2, property)
    if any ~= nil and is_same then
      return any
    end
    layer = layer.outer
  end
end

--- How a field is taken.
-- @tparam table env
-- @treturn function `(instance, name) -> field`
function memory.property(env)
  return env.strict and exact_property or access.property
end

-- What a path leads to, or nil.
local function find(env, parts)
  local property = memory.property(env)
  local any = env.locals and follow_local(env, parts, property)
  if any ~= nil then
    return any
  end
  local first = parts[1]
  if first:byte() == DOLLAR then
    return access.follow(env[ROOTS[first:lower()] or ""], parts, 2, property)
  end
  return access.follow(env.data, parts, 1, property)
end

-- What a path that leads nowhere gives.
local function missing(env, path, parts, is_filling)
  if not is_filling then
    return nil
  elseif not env.strict then
    return "${" .. path .. "}"
  elseif env.is_empty_allowed or LENIENT[parts[1]]
    or parts[1]:lower() == "$root" and LENIENT[parts[2]] then
    return nil
  end
  return nil, { missing = path, message = path }
end

local function settled(env, any, path, parts, is_filling)
  if any == nil then
    return missing(env, path, parts, is_filling)
  elseif any == null and env.strict then
    return nil
  end
  return any
end

--- Finds what a path leads to.
-- @tparam table env
-- @tparam {string,...} parts
-- @tparam string path as it is written
-- @tparam boolean is_filling a path that leads nowhere gives its own text, or in
--   a campaign an error
-- @return[1] the value
-- @treturn[2] nil
-- @treturn[2] ?table message
function memory.find(env, parts, path, is_filling)
  return settled(env, find(env, parts), path, parts, is_filling)
end

--- Finds what a path leads to that was computed.
-- @tparam table env
-- @tparam string path
-- @tparam boolean is_filling as of `find`
-- @tparam[opt] table inside `{ instance = value }`: where the path begins
-- @return[1] the value
-- @treturn[2] nil
-- @treturn[2] ?table message
function memory.look_up(env, path, is_filling, inside)
  local parts = access.split(path)
  local any
  if inside then
    any = access.follow(inside.instance, parts, 1, memory.property(env))
  elseif parts[1] then
    any = find(env, parts)
  end
  return settled(env, any, path, { parts[1] or "" }, is_filling)
end

return memory
