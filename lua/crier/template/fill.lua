--- Compiles a template for `template:fill`: literal text with slots, as strict
-- as a campaign has to be. Nothing that was literal changes.
--
-- A slot is filled by a path of the scope, by an expression (`eval`), or by what
-- `$data` and `$when` make of objects (`write`).
-- @module crier.template.fill
local evaluate = require "crier.template.evaluate"
local render = require "crier.template.render"
local structure = require "crier.template.structure"
local utf8text = require "crier.template.utf8text"
local value = require "crier.template.value"

local fill = {}

local concat, find, gsub = table.concat, string.find, string.gsub
local SAFE, escape = value.SAFE, value.escape
local escape_unsafe = value.escape_unsafe

-- How a name is written in a mention.
local XML = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;" }

-- A field of these may be absent: people have no phone, or no office.
local LENIENT = { recipient = true, campaign = true }

local function add_literal(program, text)
  table.insert(program.pending, text)
end

local function flush(program)
  if program.pending[1] then
    table.insert(program.out, concat(program.pending))
    program.pending = {}
  end
end

local function add_slot(program, hole)
  flush(program)
  hole.slot = #program.out + 1
  program.out[hole.slot] = ""
  table.insert(program.holes, hole)
end

-- A path of the scope is followed without ceremony.
local function path_hole(keys)
  local hole = { root = keys[1] }
  for i = 2, #keys do
    local key = keys[i]
    if type(key) == "number" then
      key = key + 1 -- the language counts from 0, Lua from 1
    end
    if i == 2 then
      hole.field = key
    else
      hole.rest = hole.rest or {}
      hole.rest[i - 2] = key
    end
  end
  return hole
end

local function add_hole(program, part, is_alone)
  local keys = part.keys
  local is_path = keys and not program.is_inside and keys[1]:sub(1, 1) ~= "$"
  local hole = is_path and path_hole(keys)
    or { eval = evaluate.compile(part.node, true) }
  hole.part, hole.path, hole.is_alone = part, part.path, is_alone
  -- Characters of a value; a name is never taken as it is.
  hole.limit = part.is_name and -1 or part.limit or math.huge
  hole.is_name = part.is_name
  add_slot(program, hole)
end

local function add_parts(program, parts, write)
  for i = 1, #parts do
    if type(parts[i]) == "string" then
      add_literal(program, write(parts[i]))
    else
      add_hole(program, parts[i], false)
    end
  end
end

-- One concatenation of a known number of parts costs a quarter of
-- table.concat, which lets its buffer grow; most messages have few parts.
local SHORT = 16

local function join(o)
  return o[1] .. o[2] .. o[3] .. o[4] .. o[5] .. o[6] .. o[7] .. o[8] .. o[9]
    .. o[10] .. o[11] .. o[12] .. o[13] .. o[14] .. o[15] .. o[16]
end

local WRITERS = {}

local function write_any(program, node)
  WRITERS[node.kind](program, node)
end

function WRITERS.literal(program, node)
  add_literal(program, node.raw)
end

function WRITERS.string(program, node)
  if not node.parts then
    add_literal(program, node.raw)
  elseif #node.parts == 1 and not node.is_text
      and type(node.parts[1]) == "table" then
    add_hole(program, node.parts[1], true)
  else
    add_literal(program, '"')
    add_parts(program, node.parts, escape)
    add_literal(program, '"')
  end
end

local function add_members(program, node)
  add_literal(program, "{")
  for i = 1, #node do
    add_literal(program, (i > 1 and "," or "") .. node[i].key.raw .. ":")
    write_any(program, node[i].value)
  end
  add_literal(program, "}")
end

local function finish(program)
  flush(program)
  if #program.out <= SHORT then
    for i = #program.out + 1, SHORT do
      program.out[i] = ""
    end
    program.is_short = true
  end
  return program
end

-- What stands in an object that is written for each item of a list.
local function inside(write, node)
  local program = { out = {}, holes = {}, pending = {}, is_inside = true }
  write(program, node)
  return finish(program)
end

-- Appends to `texts` what a program makes of the environment's data.
local function write_text(program, env, texts)
  local text, message, code = fill.run(program, nil, env)
  if not text then
    return { message = message, code = code }
  end
  texts[#texts + 1] = text
  env.bytes = env.bytes + #text
  if env.bytes > render.MAX_BYTES then
    return { message = ("the message is larger than %d bytes")
      :format(render.MAX_BYTES), code = "TYPE" }
  end
end

local function repeated(node)
  local each, program = structure.compile(node), inside(add_members, node)
  return function(env, texts)
    return each(env, function()
      return write_text(program, env, texts)
    end)
  end
end

-- A list with such objects: what is not kept is not in it.
local function list_writer(node)
  local pieces = {}
  for i = 1, #node do
    local program = not node[i].structure and inside(write_any, node[i])
    pieces[i] = program and function(env, texts)
      return write_text(program, env, texts)
    end or repeated(node[i])
  end
  return function(env)
    local texts = {}
    for i = 1, #pieces do
      local err = pieces[i](env, texts)
      if err then
        return nil, err
      end
    end
    return "[" .. concat(texts, ",") .. "]"
  end
end

-- Such an object as one value: null, an object, or a list of several.
local function object_writer(node)
  local write = repeated(node)
  return function(env)
    local texts = {}
    local err = write(env, texts)
    if err then
      return nil, err
    elseif #texts == 1 then
      return texts[1]
    end
    return #texts == 0 and "null" or "[" .. concat(texts, ",") .. "]"
  end
end

function WRITERS.array(program, node)
  for i = 1, #node do
    if node[i].structure then
      return add_slot(program, { write = list_writer(node) })
    end
  end
  add_literal(program, "[")
  for i = 1, #node do
    if i > 1 then
      add_literal(program, ",")
    end
    write_any(program, node[i])
  end
  add_literal(program, "]")
end

function WRITERS.object(program, node)
  if node.structure then
    return add_slot(program, { write = object_writer(node) })
  end
  add_members(program, node)
end

--- Compiles a tree of `crier.template.document`.
-- @tparam table tree
-- @tparam boolean is_plain write text instead of JSON (a string node alone)
-- @treturn table program, for `run`
function fill.compile(tree, is_plain)
  local program = { out = {}, holes = {}, pending = {}, is_plain = is_plain }
  if is_plain then
    add_parts(program, tree.parts, function(text)
      return text
    end)
  else
    write_any(program, tree)
  end
  return finish(program)
end

--- Tells whether a program needs more than its scope.
-- @tparam table program
-- @treturn boolean
function fill.is_computed(program)
  for i = 1, #program.holes do
    if not program.holes[i].root then
      return true
    end
  end
  return false
end

local function descend(any, rest)
  for i = 1, #rest do
    if type(any) ~= "table" then
      return nil
    end
    any = any[rest[i]]
  end
  return any
end

local function wrong_type(hole, what)
  return nil, hole.path .. " " .. what, "TYPE"
end

-- Text and JSON of everything that is not a plain string. The second result
-- tells that the text needs quotes where the hole stands alone.
local function convert(hole, any, is_empty_allowed)
  local kind = type(any)
  if any == nil and not (is_empty_allowed or hole.eval or LENIENT[hole.root]) then
    return nil, hole.path, "MISSING"
  elseif any == nil or any == value.null then
    return "", true
  elseif kind == "string" then
    any = utf8text.repair(any)
    return hole.is_name and gsub(any, "[&<>]", XML)
      or utf8text.cut(any, hole.limit), true
  elseif kind == "boolean" then
    return tostring(any)
  elseif kind == "number" then
    local text = value.number_text(any)
    if not text then
      return wrong_type(hole, "is not a finite number")
    end
    return text
  elseif value.big_text(any) then
    return value.big_text(any), true
  elseif not hole.is_alone then
    return wrong_type(hole, "is a " .. kind .. " and cannot stand inside text")
  end
  local text, err = value.encode(any)
  if not text then
    return wrong_type(hole, err)
  end
  return text
end

local function convert_slot(program, hole, any, is_empty_allowed)
  local text, needs_quotes, code = convert(hole, any, is_empty_allowed)
  if not text then
    return nil, needs_quotes, code
  elseif hole.is_alone then
    return needs_quotes and '"' .. escape(text) .. '"' or text
  end
  return program.is_plain and text or escape(text)
end

-- What went wrong in an expression, or in what is written for several items.
local function failure(hole, err)
  if type(err) ~= "table" then
    return nil, hole.part and ("%s: %s: %s"):format(hole.part.where,
      hole.part.source, err) or err, "TYPE"
  elseif err.missing then
    return nil, err.missing, "MISSING"
  elseif err.code then
    return nil, err.message, err.code
  end
  return failure(hole, err.message)
end

local function compute(program, hole, env)
  local any, err
  if hole.write then
    any, err = hole.write(env)
    if any then
      return any
    end
  else
    any, err = hole.eval(env)
  end
  if err then
    return failure(hole, err)
  end
  return convert_slot(program, hole, any, env.is_empty_allowed)
end

local function follow(hole, any)
  if type(any) ~= "table" then
    return nil
  end
  any = any[hole.field]
  if hole.rest then
    return descend(any, hole.rest)
  end
  return any
end

--- Fills the slots of a program.
-- @tparam table program
-- @tparam ?table scope what paths begin in
-- @tparam table env of `crier.template.evaluate`, strict, for all else
-- @treturn[1] string
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string `MISSING` or `TYPE`
function fill.run(program, scope, env)
  local out, holes, is_plain = program.out, program.holes, program.is_plain
  for i = 1, #holes do
    local hole = holes[i]
    local root = hole.root
    local any = root and scope[root]
    if hole.field then
      any = follow(hole, any)
    end
    if root and type(any) == "string" and #any <= hole.limit then
      if not is_plain and not find(any, SAFE) then
        any = escape_unsafe(any)
      end
      out[hole.slot] = hole.is_alone and '"' .. any .. '"' or any
    else
      local text, message, code
      if root then
        text, message, code =
          convert_slot(program, hole, any, env.is_empty_allowed)
      else
        text, message, code = compute(program, hole, env)
      end
      if not text then
        return nil, message, code
      end
      out[hole.slot] = text
    end
  end
  return program.is_short and join(out) or concat(out)
end

return fill
