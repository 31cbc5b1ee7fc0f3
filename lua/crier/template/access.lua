--- Reaching into values: fields, items, paths.
-- @module crier.template.access
local semantics = require "crier.template.semantics"
local utf16 = require "crier.template.utf16"
local value = require "crier.template.value"

local access = {}

local null = value.null

--- Takes an item of a list.
-- @param instance undefined and null have undefined items
-- @tparam integer index from 0
-- @return[1] the item
-- @treturn[2] nil
-- @treturn[2] string message
function access.item(instance, index)
  if instance == nil or instance == null then
    return nil
  elseif not semantics.is_array(instance) then
    return nil, ("there is no list to take item %d from"):format(index)
  elseif index < 0 or index >= #instance then
    return nil, ("there is no item %d, the list has %d"):format(index, #instance)
  end
  return instance[index + 1]
end

--- Takes a field, in whatever letter case; the first of several wins.
-- @param instance object, list (by index) or text (a character by index)
-- @tparam string name
-- @return the field, or nil
function access.property(instance, name)
  if type(instance) == "string" then
    local index = name:find "^%d+$" and #name < 10 and tonumber(name)
    return index and index < utf16.length(instance)
      and utf16.slice(instance, index, index + 1) or nil
  elseif type(instance) ~= "table" then
    return nil
  elseif value.is_array(instance) then
    return name:find "^%d+$" and instance[tonumber(name) + 1] or nil
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

--- Takes a field by its exact name.
-- @param instance
-- @tparam string name
-- @return the field, or nil
function access.own(instance, name)
  if type(instance) == "table" and not value.is_array(instance) then
    return instance[name]
  end
  return nil
end

--- Splits a path at points and brackets, also inside quotes, as the reference
-- implementation does.
-- @tparam string path
-- @treturn {string,...}
function access.split(path)
  local parts = {}
  for part in path:gmatch "[^%.%[%]]+" do
    parts[#parts + 1] = part:match "^'(.*)'$" or part:match '^"(.*)"$' or part
  end
  return parts
end

--- Follows a path.
-- @param instance
-- @tparam {string,...} parts
-- @tparam integer first where in `parts` to begin
-- @tparam function property how a field is taken
-- @return what is there, or nil
function access.follow(instance, parts, first, property)
  for i = first, #parts do
    local part = parts[i]
    local index = part:find "^%s*[+-]?%d" and semantics.is_array(instance)
      and semantics.parse_int(part)
    if index then
      instance = access.item(instance, index)
    else
      instance = property(instance, part)
    end
    if instance == nil then
      return nil
    end
  end
  return instance
end

--- What lambdas go through: a list, or an object's members.
-- @param any
-- @treturn ?table list of values
function access.items(any)
  if semantics.is_array(any) then
    return any
  elseif type(any) ~= "table" then
    return nil
  end
  local list = {}
  for i, key in ipairs(semantics.keys(any)) do
    list[i] = value.object({ "key", "value" }, { key = key, value = any[key] })
  end
  return list
end

return access
