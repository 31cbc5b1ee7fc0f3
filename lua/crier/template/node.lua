--- Nodes of a template's tree, as `crier.template.json_tree` and
-- `crier.template.document` give them: made, found, and written.
-- @module crier.template.node
local json = require "crier.template.json_tree"
local value = require "crier.template.value"

local node = {}

--- Makes a string of literal text.
-- @tparam string text
-- @treturn table
function node.text(text)
  return { kind = "string", raw = '"' .. value.escape(text) .. '"' }
end

--- Makes `true` or `false`.
-- @tparam boolean any
-- @treturn table
function node.boolean(any)
  return { kind = "literal", raw = tostring(any) }
end

--- Makes a member of an object.
-- @tparam string key
-- @tparam table any its value, a node
-- @treturn table
function node.member(key, any)
  return { key = node.text(key), value = any }
end

--- Finds a member of an object: the last of its name, as in every JSON reader.
-- @tparam table object
-- @tparam string key
-- @treturn ?table its value, a node
function node.find(object, key)
  local found
  for i = 1, #object do
    if json.decode_string(object[i].key.raw) == key then
      found = object[i].value
    end
  end
  return found
end

--- Tells whether a node is this literal text.
-- @tparam ?table any
-- @tparam string text
-- @treturn boolean
function node.is_text(any, text)
  return any ~= nil and any.kind == "string" and not any.parts
    and json.decode_string(any.raw) == text
end

--- The parts of a string: literal text and holes.
-- @tparam table any
-- @treturn table
function node.parts(any)
  return any.parts or { (json.decode_string(any.raw)) }
end

local function write(any, out)
  if any.kind == "literal" or any.kind == "string" and not any.parts then
    out[#out + 1] = any.raw
    return
  elseif any.kind == "string" then
    local text = {}
    for i, part in ipairs(any.parts) do
      text[i] = type(part) == "string" and part or "${" .. part.path .. "}"
    end
    out[#out + 1] = '"' .. value.escape(table.concat(text)) .. '"'
    return
  end
  local is_object = any.kind == "object"
  out[#out + 1] = is_object and "{" or "["
  for i = 1, #any do
    out[#out + 1] = (i > 1 and "," or "")
      .. (is_object and any[i].key.raw .. ":" or "")
    write(is_object and any[i].value or any[i], out)
  end
  out[#out + 1] = is_object and "}" or "]"
end

--- Writes a tree as JSON text in which each hole is `${path}`.
-- @tparam table any
-- @treturn string
function node.write(any)
  local out = {}
  write(any, out)
  return table.concat(out)
end

--- The node that a JSON Pointer leads to or, where that has no place in the
-- source, the last on the way that has one.
-- @tparam table tree
-- @tparam string pointer
-- @treturn ?integer its byte offset in the source
function node.offset(tree, pointer)
  local any, at = tree, tree.at
  for step in pointer:gmatch "/([^/]*)" do
    if any and any.kind == "object" then
      any = node.find(any, step)
    elseif any and any.kind == "array" then
      any = any[tonumber(step) + 1]
    end
    at = any and any.at or at
  end
  return at
end

return node
