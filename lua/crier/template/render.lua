--- Compiles a template for `template:render`, with the reference
-- implementation's results (npm: adaptivecards-templating 2.3):
--
--   * a string that is one hole takes the type of its value;
--   * a hole with no value, at the end of brackets, drops its member;
--   * an array loses its nulls, and takes in the items of an array inside it;
--   * `$data` and `$when` repeat and drop objects: see `crier.template.structure`.
--
-- Every part becomes literal JSON text or a closure that appends to `out`.
-- @module crier.template.render
local evaluate = require "crier.template.evaluate"
local semantics = require "crier.template.semantics"
local structure = require "crier.template.structure"
local value = require "crier.template.value"

local render = {}

--- Bytes of a result beyond which it is refused.
render.MAX_BYTES = 8 * 1024 * 1024

local function explain(hole, message)
  return ("%s: %s: %s"):format(hole.where, hole.source,
    semantics.message(message))
end

-- Constants and what is concatenated are text, also alone.
local function is_alone(node)
  return node.parts and #node.parts == 1 and not node.is_text
    and type(node.parts[1]) == "table"
    and not evaluate.is_text(node.parts[1].node)
end

local function add(program, piece)
  program[#program + 1] = piece
end

-- Makes neighbouring literals one.
local function merge(program)
  local merged, run_of_text = {}, {}
  local function flush()
    if run_of_text[1] then
      merged[#merged + 1] = table.concat(run_of_text)
      run_of_text = {}
    end
  end
  for i = 1, #program do
    if type(program[i]) == "string" then
      run_of_text[#run_of_text + 1] = program[i]
    else
      flush()
      merged[#merged + 1] = program[i]
    end
  end
  flush()
  return merged
end

local function append(env, out, text)
  out[#out + 1] = text
  env.bytes = (env.bytes or 0) + #text
  if env.bytes > render.MAX_BYTES then
    return ("the result is larger than %d bytes"):format(render.MAX_BYTES)
  end
end

local function run(program, env, out)
  for i = 1, #program do
    local piece = program[i]
    local err
    if type(piece) == "string" then
      err = append(env, out, piece)
    else
      err = piece(env, out)
    end
    if err then
      return err
    end
  end
end

local function text_hole(hole, escape, is_whole)
  local eval = evaluate.compile_text(hole.node, is_whole)
  return function(env, out)
    local text, err = eval(env)
    if text then
      err = append(env, out, escape(text))
    end
    return err and explain(hole, err)
  end
end

local function add_text(program, parts, escape)
  for i = 1, #parts do
    local part = parts[i]
    add(program, type(part) == "string" and escape(part)
      or text_hole(part, escape, #parts == 1))
  end
end

-- A hole alone: `write(env, out, any)` writes what it finds.
local function value_hole(hole, write)
  local eval = evaluate.compile(hole.node, true)
  return function(env, out)
    local any, err = eval(env)
    if not err then
      err = write(env, out, any)
    end
    return err and explain(hole, err)
  end
end

-- Numbers that were computed may be infinite, which JSON has no word for; data
-- may not.
local function append_json(env, out, prefix, any, is_computed)
  local text, err = value.encode(any, is_computed)
  if not text then
    return "the value " .. err
  end
  return append(env, out, prefix .. text)
end

local add_value

-- Members and items are written with a comma before each; the first one goes.
local function add_list(program, first, last, list)
  list = merge(list)
  add(program, first)
  if type(list[1]) == "string" then
    list[1] = list[1]:sub(2)
  end
  if #list == 0 or type(list[1]) == "string" then
    for i = 1, #list do
      add(program, list[i])
    end
  else
    add(program, function(env, out)
      local mark = #out + 1
      local err = run(list, env, out)
      if not err and out[mark] then
        out[mark] = out[mark]:sub(2)
      end
      return err
    end)
  end
  add(program, last)
end

local function add_member(list, member)
  local prefix = "," .. member.key.raw .. ":"
  if not is_alone(member.value) then
    add(list, prefix)
    return add_value(list, member.value)
  end
  local hole = member.value.parts[1]
  add(list, value_hole(hole, function(env, out, any)
    return any ~= nil and append_json(env, out, prefix, any, not hole.keys) or nil
  end))
end

local function append_items(hole)
  return function(env, out, any)
    if any == value.null then
      return nil
    elseif type(any) ~= "table" or not value.is_array(any) then
      return append_json(env, out, ",", any, not hole.keys)
    end
    for i = 1, #any do
      local err = append_json(env, out, ",", any[i], not hole.keys)
      if err then
        return err
      end
    end
  end
end

local function members_of(node)
  local list = {}
  for i = 1, #node do
    add_member(list, node[i])
  end
  local program = {}
  add_list(program, "{", "}", list)
  return merge(program)
end

-- Objects of `$data` and `$when`, with a comma before each.
local function repeated(node)
  local each, program = structure.compile(node), members_of(node)
  return function(env, out)
    return each(env, function()
      return append(env, out, ",") or run(program, env, out)
    end)
  end
end

-- The same as one value: null, an object, or a list of several.
local function repeated_value(node)
  local each, program = structure.compile(node), members_of(node)
  return function(env, out)
    local start, count = #out + 1, 0
    out[start] = ""
    local err = each(env, function()
      count = count + 1
      return count > 1 and append(env, out, ",") or run(program, env, out)
    end)
    if count ~= 1 then
      out[start] = count == 0 and "null" or "["
      out[#out + 1] = count > 1 and "]" or ""
    end
    return err
  end
end

local function add_item(list, node)
  if node.kind == "array" then
    for i = 1, #node do
      add_item(list, node[i])
    end
  elseif node.structure then
    add(list, repeated(node))
  elseif is_alone(node) then
    add(list, value_hole(node.parts[1], append_items(node.parts[1])))
  elseif node.raw ~= "null" then
    add(list, ",")
    add_value(list, node)
  end
end

local ADDERS = {}

function ADDERS.literal(program, node)
  add(program, node.raw)
end

function ADDERS.string(program, node)
  if not node.parts then
    add(program, node.raw)
  elseif is_alone(node) then
    local hole = node.parts[1]
    add(program, value_hole(hole, function(env, out, any)
      return append_json(env, out, "", any, not hole.keys)
    end))
  else
    add(program, '"')
    add_text(program, node.parts, value.escape)
    add(program, '"')
  end
end

function ADDERS.array(program, node)
  local list = {}
  add_item(list, node)
  add_list(program, "[", "]", list)
end

function ADDERS.object(program, node)
  if node.structure then
    return add(program, repeated_value(node))
  end
  for _, piece in ipairs(members_of(node)) do
    add(program, piece)
  end
end

function add_value(program, node)
  ADDERS[node.kind](program, node)
end

local function as_it_is(text)
  return text
end

--- Compiles a tree of `crier.template.document`.
-- @tparam table tree
-- @tparam boolean is_plain write text instead of JSON (a string node alone)
-- @treturn function `(env) -> text | nil, message`; the environment is that of
--   `crier.template.evaluate`
function render.compile(tree, is_plain)
  local program = {}
  if is_plain then
    add_text(program, tree.parts, as_it_is)
  else
    add_value(program, tree)
  end
  program = merge(program)
  return function(env)
    local out = {}
    local err = run(program, env, out)
    if err then
      return nil, err
    end
    return table.concat(out)
  end
end

return render
