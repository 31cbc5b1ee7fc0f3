--- Compiles a template for `template:fill`: literal text with slots, as strict
-- as a campaign has to be. Nothing that was literal changes.
-- @module crier.template.fill
local expression = require "crier.template.expression"
local utf8text = require "crier.template.utf8text"
local value = require "crier.template.value"

local fill = {}

local concat, find, gsub = table.concat, string.find, string.gsub
local UNSAFE, escape = value.UNSAFE, value.escape
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

local function add_hole(program, hole, is_alone)
  local keys = expression.keys(hole.node)
  flush(program)
  local slot = #program.out + 1
  program.out[slot] = ""
  local rest
  for i = 2, #keys do
    if type(keys[i]) == "number" then
      keys[i] = keys[i] + 1 -- the language counts from 0, Lua from 1
    end
    if i > 2 then
      rest = rest or {}
      rest[i - 2] = keys[i]
    end
  end
  table.insert(program.holes, {
    slot = slot,
    root = keys[1],
    field = keys[2],
    rest = rest,
    path = hole.path,
    is_alone = is_alone,
    -- Characters of a value; a name is never taken as it is.
    limit = hole.is_name and -1 or hole.limit or math.huge,
    is_name = hole.is_name,
  })
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

function WRITERS.array(program, node)
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
  add_literal(program, "{")
  for i = 1, #node do
    add_literal(program, (i > 1 and "," or "") .. node[i].key.raw .. ":")
    write_any(program, node[i].value)
  end
  add_literal(program, "}")
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
  flush(program)
  if #program.out <= SHORT then
    for i = #program.out + 1, SHORT do
      program.out[i] = ""
    end
    program.is_short = true
  end
  return program
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
  if any == nil and not (is_empty_allowed or LENIENT[hole.root]) then
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

--- Fills the slots of a program.
-- @tparam table program
-- @tparam table scope
-- @tparam boolean is_empty_allowed an absent field renders empty
-- @treturn[1] string
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string `MISSING` or `TYPE`
function fill.run(program, scope, is_empty_allowed)
  local out, holes, is_plain = program.out, program.holes, program.is_plain
  for i = 1, #holes do
    local hole = holes[i]
    local any = scope[hole.root]
    if hole.field then
      if type(any) == "table" then
        any = any[hole.field]
      else
        any = nil
      end
      if hole.rest then
        any = descend(any, hole.rest)
      end
    end
    if type(any) == "string" and #any <= hole.limit then
      if not is_plain and find(any, UNSAFE) then
        any = escape_unsafe(any)
      end
      out[hole.slot] = hole.is_alone and '"' .. any .. '"' or any
    else
      local text, message, code =
        convert_slot(program, hole, any, is_empty_allowed)
      if not text then
        return nil, message, code
      end
      out[hole.slot] = text
    end
  end
  return program.is_short and join(out) or concat(out)
end

return fill
