--- Parses what stands between `${` and `}`.
--
-- The result is a small tree; `crier.template.evaluate` has a compiler for each
-- kind of node:
--
--     { kind = "constant", value = "name" | 0 | true | null | nil }
--     { kind = "accessor", name = "givenName", [instance = node] }
--     { kind = "element",  instance = node, index = node }
--     { kind = "call",     name = "toUpper", def = <function>, [1] = node, ... }
--
-- Operators are calls, of `+` and the like. The grammar is that of Adaptive
-- Expressions, in which `==` binds tighter than `<`, and a sign tighter than `^`.
-- `crier.template.functions` says what may be called with what.
-- @module crier.template.expression
local functions = require "crier.template.functions"
local lexer = require "crier.template.lexer"
local suggest = require "crier.suggest"
local value = require "crier.template.value"

local expression = {}

--- Nodes of one expression beyond which it is refused.
expression.MAX_NODES = 1000
--- Nesting beyond which an expression is refused.
expression.MAX_DEPTH = 64

local PRECEDENCE = {
  ["?"] = 1, ["??"] = 2, ["||"] = 3, ["&&"] = 4,
  ["<"] = 5, ["<="] = 5, [">"] = 5, [">="] = 5, ["&"] = 6,
  ["=="] = 7, ["!="] = 7, ["<>"] = 7, ["+"] = 8, ["-"] = 8,
  ["*"] = 9, ["/"] = 9, ["%"] = 9, ["^"] = 10,
}

local function made(state, node)
  state.nodes = state.nodes + 1
  if state.nodes > expression.MAX_NODES then
    state:fail(("more than %d steps"):format(expression.MAX_NODES))
  end
  return node
end

local function constant(state, any)
  return made(state, { kind = "constant", value = any })
end

-- A call is judged where it stands: name, number and types of its arguments.
local function call(state, name, at, args)
  local def = functions.all[name]
  if not def then
    local near = suggest.nearest(name, functions.names())
    state:fail(("there is no function %s%s"):format(name,
      near and "; did you mean " .. near .. "?" or ""), at)
  end
  args.kind, args.name, args.def = "call", name, def
  local message = functions.judge(def, args, expression.text)
  if message then
    state:fail(message, at)
  end
  return made(state, args)
end

local parse_expression

local function expect(state, text)
  if not state:accept(text) then
    state:fail(state.kind == "end" and text .. " is missing"
      or ("%s was expected instead of %s"):format(text, state.text))
  end
end

local function parse_arguments(state, close)
  local args = {}
  if state:accept(close) then
    return args
  end
  repeat
    local node = parse_expression(state, 1)
    if state.text == "=>" and node.kind == "accessor" and not node.instance then
      state:next()
      args[#args + 1] = node
      node = parse_expression(state, 1)
    end
    args[#args + 1] = node
  until not state:accept(",")
  expect(state, close)
  return args
end

local function parse_object(state)
  local at = state.at
  state:next()
  local node = call(state, "json", at, { constant(state, "{}") })
  if state:accept("}") then
    return node
  end
  repeat
    local key = state.text
    if state.kind == "string" then
      key = key:sub(2, -2)
    elseif state.kind ~= "identifier" then
      state:fail("a key was expected")
    end
    state:next()
    expect(state, ":")
    node = call(state, "setProperty", at,
      { node, constant(state, key), parse_expression(state, 1) })
  until not state:accept(",")
  expect(state, "}")
  return node
end

local WORDS = { ["true"] = true, ["false"] = false, null = value.null }

local function parse_word(state)
  local name = state.text
  state:next()
  if WORDS[name] ~= nil then
    return constant(state, WORDS[name])
  elseif name == "undefined" then
    return constant(state, nil)
  end
  return made(state, { kind = "accessor", name = name })
end

local STARTS = { identifier = parse_word, ["{"] = parse_object }

function STARTS.string(state)
  local text = lexer.string_text(state.text)
  state:next()
  return constant(state, text)
end

function STARTS.number(state)
  local number = tonumber(state.text) + 0.0
  state:next()
  return constant(state, number)
end

STARTS["("] = function(state)
  state:next()
  local node = parse_expression(state, 1)
  expect(state, ")")
  return node
end

STARTS["["] = function(state)
  local at = state.at
  state:next()
  return call(state, "createArray", at, parse_arguments(state, "]"))
end

local function parse_member(state, instance)
  state:next()
  if state.kind ~= "identifier" then
    state:fail("a name was expected after the point")
  end
  local name = state.text
  state:next()
  if functions.is_scalar(instance) then
    state:fail(expression.text(instance) .. " has no fields")
  end
  return made(state, { kind = "accessor", name = name, instance = instance })
end

local function parse_element(state, instance)
  state:next()
  local index = parse_expression(state, 1)
  expect(state, "]")
  return made(state, { kind = "element", instance = instance, index = index })
end

local function parse_primary(state)
  local at, parse = state.at, STARTS[state.kind]
  if not parse then
    state:fail(state.kind == "end" and "a name is missing"
      or "a name was expected instead of " .. state.text)
  end
  local node = parse(state)
  while true do
    if state.kind == "." then
      node = parse_member(state, node)
    elseif state.kind == "[" then
      node = parse_element(state, node)
    elseif state.kind == "(" then
      local name = state.source:sub(at, state.at - 1):gsub("%s", "")
      state:next()
      node = call(state, name, at, parse_arguments(state, ")"))
    else
      return node
    end
  end
end

local function parse_unary(state)
  local sign, at = state.text, state.at
  if state.kind ~= "operator" or not (sign == "!" or sign == "-"
      or sign == "+") then
    return parse_primary(state)
  end
  state.depth = state.depth + 1
  if state.depth > expression.MAX_DEPTH then
    state:fail(("nested deeper than %d levels"):format(expression.MAX_DEPTH))
  end
  state:next()
  local operand = parse_unary(state)
  state.depth = state.depth - 1
  return call(state, sign, at,
    sign == "!" and { operand } or { constant(state, 0), operand })
end

function parse_expression(state, least)
  state.depth = state.depth + 1
  if state.depth > expression.MAX_DEPTH then
    state:fail(("nested deeper than %d levels"):format(expression.MAX_DEPTH))
  end
  local left = parse_unary(state)
  while true do
    local operator, at = state.text, state.at
    local level = state.kind == "operator" and PRECEDENCE[operator]
    if not level or level < least then
      state.depth = state.depth - 1
      return left
    end
    state:next()
    if operator == "?" then
      local middle = parse_expression(state, 1)
      expect(state, ":")
      left = call(state, "if", at,
        { left, middle, parse_expression(state, 2) })
    else
      left = call(state, operator, at, { left,
        parse_expression(state, operator == "^" and level or level + 1) })
    end
  end
end

local function parse_whole(state)
  state:next()
  local node = parse_expression(state, 1)
  if state.kind ~= "end" then
    state:fail("unexpected " .. state.text)
  end
  return node
end

--- Parses an expression.
-- @tparam string source without `${` and `}`
-- @treturn[1] table node
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] integer byte offset in the source
function expression.parse(source)
  local state = lexer.new((source:gsub("^(%s*)=", "%1 ")))
  state.nodes, state.depth = 0, 0
  local ok, result = pcall(parse_whole, state)
  if ok then
    return result
  elseif type(result) ~= "table" then
    error(result, 0)
  end
  return nil, result.message, result.at
end

local function constant_text(any)
  if any == nil then
    return "undefined"
  elseif any == value.null then
    return "null"
  elseif type(any) == "number" then
    return value.number_text(any)
  elseif type(any) ~= "string" then
    return tostring(any)
  end
  return "'" .. any:gsub("\\", "\\\\"):gsub("'", "\\'") .. "'"
end

--- Writes a node as an expression, as the reference implementation does.
-- @tparam table node
-- @treturn string
function expression.text(node)
  if node.kind == "constant" then
    return constant_text(node.value)
  elseif node.kind == "element" then
    return expression.text(node.instance) .. "[" .. expression.text(node.index)
      .. "]"
  elseif node.kind == "accessor" then
    return (node.instance and expression.text(node.instance) .. "." or "")
      .. node.name
  end
  local args, name = {}, node.def.type
  for i = 1, #node do
    args[i] = expression.text(node[i])
  end
  if #args >= 2 and not name:find("^%a") then
    return "(" .. table.concat(args, " " .. name .. " ") .. ")"
  end
  return name .. "(" .. table.concat(args, ", ") .. ")"
end

--- Lists the keys of a path: names, and whole numbers counted from 0.
-- @tparam table node
-- @treturn ?{string|integer,...} nil if the node is no path
function expression.keys(node)
  local keys = {}
  while node do
    local key = node.name
    if node.kind == "element" and node.index.kind == "constant" then
      key = node.index.value
    elseif node.kind ~= "accessor" then
      return nil
    end
    if type(key) == "number" and key % 1 == 0 and key >= 0 then
      key = math.floor(key)
    elseif type(key) ~= "string" then
      return nil
    end
    table.insert(keys, 1, key)
    node = node.instance
  end
  return keys
end

local function gather(node, locals, found)
  local keys = expression.keys(node)
  if keys then
    if not locals[keys[1]] then
      found[#found + 1] = keys
    end
    return
  end
  local inner = locals
  if node.kind == "call" and node.def.is_lambda then
    gather(node[1], locals, found)
    inner = setmetatable({ [node[2].name] = true }, { __index = locals })
    return gather(node[3], inner, found)
  end
  for i = 1, #node do
    gather(node[i], inner, found)
  end
  if node.instance then
    gather(node.instance, inner, found)
  end
  if node.index then
    gather(node.index, inner, found)
  end
end

--- Lists the paths that an expression reads.
-- @tparam table node
-- @treturn {table,...} each as `keys` gives it
function expression.paths(node)
  local found = {}
  gather(node, {}, found)
  return found
end

--- Writes keys as a path, with brackets where a key is not a name.
-- @tparam {string|integer,...} keys
-- @treturn string
function expression.path(keys)
  local out = {}
  for i = 1, #keys do
    local key = keys[i]
    if type(key) == "string" and lexer.is_name(key) then
      out[i] = (i > 1 and "." or "") .. key
    else
      out[i] = "[" .. constant_text(key) .. "]"
    end
  end
  return table.concat(out)
end

return expression
