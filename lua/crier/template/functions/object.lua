--- Objects. The reference implementation changes the object it is given; here
-- each result is a copy, and data stay as they are.
-- @module crier.template.functions.object
local access = require "crier.template.access"
local semantics = require "crier.template.semantics"
local value = require "crier.template.value"

local group = {}

local null = value.null

local function is_list(any)
  return type(any) == "table" and value.is_array(any)
end

local shown = semantics.shown

-- Misuse that JavaScript itself would raise.
local function raised(message)
  return nil, { message = message }
end

local function set(object, name, any)
  local copy, keys = value.copy(object)
  if copy[name] == nil then
    keys[#keys + 1] = name
  end
  copy[name] = any
  return copy
end

-- A list stays as it is.
local function set_property(any, name, new)
  if type(any) ~= "table" then
    return nil, shown(any) .. " is not an object"
  elseif is_list(any) then
    return any
  end
  return set(any, name, new)
end

group.setProperty = { least = 3, most = 3, returns = "o", takes = "oso",
  fn = function(args)
    return set_property(args[1], semantics.string(args[2]), args[3])
  end }

group.addProperty = { least = 3, most = 3, returns = "o", takes = "oso",
  fn = function(args)
    local any, name = args[1], semantics.string(args[2])
    if type(any) ~= "table" then
      return nil, shown(any) .. " is not an object"
    elseif access.own(any, name) ~= nil then
      return nil, name .. " already exists"
    end
    return set_property(any, name, args[3])
  end }

group.removeProperty = { least = 2, most = 2, returns = "o", takes = "os",
  fn = function(args)
    local any, name = args[1], semantics.string(args[2])
    if semantics.is_nothing(any) then
      return nil, "null has no fields to remove"
    elseif type(any) ~= "table" or is_list(any) then
      return any
    end
    local copy = set(any, name, nil)
    local keys = value.keys(copy)
    for i = #keys, 1, -1 do
      if keys[i] == name then
        table.remove(keys, i)
      end
    end
    return copy
  end }

group.merge = { least = 1, most = math.huge, returns = "o",
  fn = function(args, _, n)
    local merged, keys = {}, {}
    local function take(object)
      for _, key in ipairs(semantics.keys(object)) do
        if merged[key] == nil then
          keys[#keys + 1] = key
        end
        merged[key] = object[key]
      end
    end
    for i = 1, n do
      local any = args[i]
      if type(any) ~= "table" then
        return nil, shown(any) .. " is neither an object nor a list"
      end
      for _, one in ipairs(is_list(any) and any or { any }) do
        if one ~= null and (type(one) ~= "table" or is_list(one)) then
          return nil, shown(one) .. " in the list is not an object"
        elseif one ~= null then
          take(one)
        end
      end
    end
    return value.object(keys, merged)
  end }

-- The first argument alone is a path in the data.
group.getProperty = { least = 1, most = 2, returns = "o", takes = "os",
  special = function(node, compile, is_filling, look_up)
    local instance = compile(node[1], is_filling)
    local name = node[2] and compile(node[2], is_filling)
    return function(env)
      local any, err = instance(env)
      local property = any
      if not err and name then
        property, err = name(env)
        if not err and semantics.is_nothing(property) then
          return raised "a field needs a name"
        end
      end
      if err then
        return nil, err
      elseif not name and type(any) ~= "string" then
        return nil, shown(any) .. " is not a text"
      end
      return look_up(env, semantics.string(property), is_filling,
        name and { instance = any } or nil)
    end
  end }

-- Data stay as they are: the result is the value alone.
group.setPathToValue = { least = 2, most = 2, returns = "o",
  check = function(args)
    local node = args[1]
    while node.kind == "accessor" or node.kind == "element" do
      node = node.instance
      if not node then
        return nil
      end
    end
    return "setPathToValue takes a path"
  end, special = function(node, compile, is_filling)
    return compile(node[2], is_filling)
  end }

return group
