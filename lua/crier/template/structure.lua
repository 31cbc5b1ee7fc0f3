--- What `$data` and `$when` make of an object: it is written for each item of
-- its data, and not at all where its condition does not hold.
--
-- A structured node has `structure = { data = node | nil, when = node | nil }`,
-- and its members are those that are written.
-- @module crier.template.structure
local evaluate = require "crier.template.evaluate"
local json = require "crier.template.json_tree"
local semantics = require "crier.template.semantics"
local value = require "crier.template.value"

local structure = {}

--- What the language gives a meaning to, or drops, in an object.
structure.RESERVED = {
  ["$data"] = true, ["$when"] = true, ["$index"] = true, ["$root"] = true,
  ["$host"] = true, ["$_acTemplateVersion"] = true,
}

local function explain(node, err)
  if type(err) == "table" and err.missing then
    return err
  end
  return ("%s: %s"):format(node.parts[1].where or "",
    node.parts[1].source .. ": " .. semantics.message(err))
end

local function hole_of(node)
  local part = node.parts and #node.parts == 1 and node.parts[1]
  return type(part) == "table" and part or nil
end

-- A string with holes as a value.
local function compile_text(node)
  local pieces = {}
  for i, part in ipairs(node.parts) do
    pieces[i] = type(part) == "table" and evaluate.compile_text(part.node) or part
  end
  return function(env)
    local out = {}
    for i = 1, #pieces do
      local text, err = pieces[i], nil
      if type(text) == "function" then
        text, err = text(env)
      end
      if err then
        return nil, explain(node, err)
      end
      out[i] = text
    end
    return table.concat(out)
  end
end

local compile_data

-- An object or a list written in the template, with expressions in it.
local function compile_literal(node)
  local closures, keys = {}, node.kind == "object" and {} or nil
  for i = 1, #node do
    closures[i] = compile_data(keys and node[i].value or node[i])
    if keys then
      keys[i] = json.decode_string(node[i].key.raw)
    end
  end
  return function(env)
    local made = {}
    for i = 1, #closures do
      local any, err = closures[i](env)
      if err then
        return nil, err
      end
      made[keys and keys[i] or i] = any == nil and value.null or any
    end
    return keys and value.object(keys, made) or value.array(made)
  end
end

function compile_data(node)
  local hole = hole_of(node)
  if hole and not evaluate.is_text(hole.node) then
    local run = evaluate.compile(hole.node, true)
    return function(env)
      local any, err = run(env)
      return any, err and explain(node, err)
    end
  elseif node.parts then
    return compile_text(node)
  elseif node.kind == "object" or node.kind == "array" then
    return compile_literal(node)
  end
  local any = value.from_node(node)
  return function()
    return any
  end
end

-- JavaScript's idea of what is false.
local FALSE = { ["false"] = true, ["null"] = true, ['""'] = true }

local function is_falsy(node)
  return FALSE[node.raw] or node.kind == "literal" and tonumber(node.raw) == 0
end

local function compile_when(node)
  local hole = hole_of(node)
  if hole and not evaluate.is_text(hole.node) then
    local run = evaluate.compile(hole.node, false)
    return function(env)
      local any, err = run(env)
      if type(err) == "table" then
        return nil, explain(node, err)
      end
      return not err and any == true
    end
  end
  local result = not node.parts and is_falsy(node) or false
  return function()
    return result
  end
end

local function always()
  return true
end

-- The values that an object is written for, and whether each has an index.
local function contexts(env, data)
  local any, err = data(env)
  if err then
    return nil, err
  elseif semantics.is_array(any) then
    return any, nil, true
  elseif env.strict and semantics.is_nothing(any) then
    return {}, nil, true
  end
  return { any }
end

--- Compiles the structure of a node.
-- @tparam table node
-- @treturn function `(env, body) -> nil | message`: calls `body()` in the data
--   of each object that is written; what `body` returns ends it
function structure.compile(node)
  local data = node.structure.data and compile_data(node.structure.data)
  local when = node.structure.when and compile_when(node.structure.when) or always
  return function(env, body)
    local list, err, is_list = { false }, nil, false
    if data then
      list, err, is_list = contexts(env, data)
    end
    local outer, index = env.data, env.index
    for i = 1, err and 0 or math.max(#list, is_list and 0 or 1) do
      if is_list then
        env.index = i - 1
      end
      if data and list[i] ~= nil then
        env.data = list[i]
      end
      local is_kept
      is_kept, err = when(env)
      err = err or semantics.spend(env, 1) or is_kept and body() or nil
      if err then
        break
      end
    end
    env.data, env.index = outer, index
    return err
  end
end

return structure
