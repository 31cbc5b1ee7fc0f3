--- Parses what stands between `${` and `}`.
--
-- The result is a small tree; `crier.template.evaluate` has a compiler for each
-- kind of node:
--
--     { kind = "constant", value = "name" | 0 }
--     { kind = "accessor", name = "givenName", [instance = node] }
--     { kind = "element",  instance = node, index = node }
--
-- For now the language is paths: `name`, `a.b`, `a['b c']`, `a[0]`, `$root.a`.
-- Grammar and lexical rules are those of Adaptive Expressions.
-- @module crier.template.expression
local expression = {}

local find, match, sub = string.find, string.match, string.sub

--- Path elements and brackets beyond which an expression is refused.
expression.MAX_STEPS = 64

local IDENTIFIER = "^@?[A-Za-z_#@$%%][A-Za-z0-9_]*"
local OPERATORS = {
  "^==", "^!=", "^<>", "^&&?", "^||", "^<=?", "^>=?", "^%?%??", "^[-+*/^%%!]",
}

local function fail(lexer, message)
  error({ at = lexer.at, message = message }, 0)
end

-- The next token is lexer.kind and lexer.text, from lexer.at to lexer.stop - 1.
local function advance(lexer)
  local text, at = lexer.source, lexer.stop
  repeat
    local start = at
    at = match(text, "^[ \t\r\n]*()", at)
    at = match(text, "^\194\160()", at) or match(text, "^\239\187\191()", at)
      or at
  until at == start
  lexer.at = at
  local function take(kind, token)
    lexer.kind, lexer.text, lexer.stop = kind, token, at + #token
  end
  if at > #text then
    return take("end", "")
  end
  local char = sub(text, at, at)
  if char == "'" or char == '"' then
    local stop = expression.string_end(text, at)
    if not stop then
      fail(lexer, "this string has no end")
    end
    return take("string", sub(text, at, stop))
  end
  local token = match(text, IDENTIFIER, at)
  if token and not (token == "%" or token == "@@") then
    return take("identifier", token)
  end
  token = match(text, "^%d+%.%d+", at) or match(text, "^%d+", at)
  if token then
    return take("number", token)
  end
  for i = 1, #OPERATORS do
    token = match(text, OPERATORS[i], at)
    if token then
      return take("operator", token)
    end
  end
  return take(char, match(text, "^[%z\1-\127\194-\244][\128-\191]*", at) or char)
end

--- Finds the closing quote of a string.
-- @tparam string text
-- @tparam integer at offset of the opening quote
-- @treturn ?integer offset of the closing quote
function expression.string_end(text, at)
  local quote = sub(text, at, at)
  local pos = at + 1
  while true do
    local stop = find(text, "[\\" .. quote .. "]", pos)
    if not stop then
      return nil
    elseif sub(text, stop, stop) == quote then
      return stop
    end
    local next_char = sub(text, stop + 1, stop + 1)
    pos = stop + ((next_char == quote or next_char == "\\") and 2 or 1)
  end
end

local STRING_ESCAPES = { n = "\n", r = "\r", t = "\t", ["\\"] = "\\" }

local function string_constant(token)
  local quote = sub(token, 1, 1)
  local text = sub(token, 2, -2):gsub("\\" .. quote, quote)
  text = text:gsub("\\(.)", STRING_ESCAPES)
  return { kind = "constant", value = text }
end

-- What the full language has at the start of an operand and paths have not.
local UNSUPPORTED = {
  operator = "operators are not supported yet: ",
  string = "a constant is not supported yet outside brackets: ",
  number = "a constant is not supported yet outside brackets: ",
  ["("] = "parentheses are not supported yet: ",
  ["["] = "a list is not supported yet: ",
  ["{"] = "an object is not supported yet: ",
  ["`"] = "an inner template is not supported yet: ",
}
local CONSTANTS = { ["true"] = true, ["false"] = true, null = true,
  undefined = true }

local function refuse(lexer)
  local reason = UNSUPPORTED[lexer.kind]
  if reason then
    fail(lexer, reason .. lexer.text)
  elseif lexer.kind == "end" then
    fail(lexer, "a name is missing")
  end
  fail(lexer, "a name was expected instead of " .. lexer.text)
end

local function parse_root(lexer)
  if lexer.kind ~= "identifier" then
    refuse(lexer)
  elseif CONSTANTS[lexer.text] then
    fail(lexer, UNSUPPORTED.string .. lexer.text)
  elseif lexer.text:lower() == "$index" then
    fail(lexer, "$index is not supported yet")
  end
  local node = { kind = "accessor", name = lexer.text }
  advance(lexer)
  return node
end

local function parse_member(lexer, instance)
  advance(lexer)
  if lexer.kind ~= "identifier" then
    fail(lexer, "a name was expected after the point")
  end
  local node = { kind = "accessor", name = lexer.text, instance = instance }
  advance(lexer)
  return node
end

local function parse_element(lexer, instance)
  advance(lexer)
  local index
  if lexer.kind == "string" then
    index = string_constant(lexer.text)
  elseif lexer.kind == "number" and find(lexer.text, "^%d+$")
      and #lexer.text <= 9 then
    index = { kind = "constant", value = tonumber(lexer.text) }
  elseif lexer.kind == "identifier" or lexer.kind == "operator" then
    fail(lexer, "a computed index is not supported yet: " .. lexer.text)
  else
    fail(lexer, "a whole number or a 'name' was expected in the brackets")
  end
  advance(lexer)
  if lexer.kind ~= "]" then
    fail(lexer, "] was expected")
  end
  advance(lexer)
  return { kind = "element", instance = instance, index = index }
end

local POSTFIX = {
  ["."] = parse_member,
  ["["] = parse_element,
  ["("] = function(lexer, instance)
    fail(lexer, "functions are not supported yet: "
      .. expression.text(instance) .. "()")
  end,
}

local function parse_whole(lexer)
  advance(lexer)
  local node = parse_root(lexer)
  local steps = 1
  while POSTFIX[lexer.kind] do
    node = POSTFIX[lexer.kind](lexer, node)
    steps = steps + 1
    if steps > expression.MAX_STEPS then
      fail(lexer, ("more than %d steps"):format(expression.MAX_STEPS))
    end
  end
  if lexer.kind == "operator" then
    refuse(lexer)
  elseif lexer.kind ~= "end" then
    fail(lexer, "unexpected " .. lexer.text)
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
  local lexer = { source = source, at = 1, stop = 1 }
  local ok, result = pcall(parse_whole, lexer)
  if ok then
    return result
  elseif type(result) ~= "table" then
    error(result, 0)
  end
  return nil, result.message, result.at
end

local function constant_text(node)
  if type(node.value) ~= "string" then
    return ("%d"):format(node.value)
  end
  return "'" .. node.value:gsub("\\", "\\\\"):gsub("'", "\\'") .. "'"
end

--- Writes a node as an expression, as the reference implementation does.
-- @tparam table node
-- @treturn string
function expression.text(node)
  if node.kind == "constant" then
    return constant_text(node)
  elseif node.kind == "element" then
    return expression.text(node.instance) .. "[" .. constant_text(node.index)
      .. "]"
  elseif node.instance then
    return expression.text(node.instance) .. "." .. node.name
  end
  return node.name
end

--- Lists the keys of a path: names, and whole numbers counted from 0.
-- @tparam table node
-- @treturn {string|integer,...}
function expression.keys(node)
  local keys = {}
  while node do
    table.insert(keys, 1, node.name or node.index.value)
    node = node.instance
  end
  return keys
end

--- Writes keys as a path, with brackets where a key is not a name.
-- @tparam {string|integer,...} keys
-- @treturn string
function expression.path(keys)
  local out = {}
  for i = 1, #keys do
    local key = keys[i]
    local token = type(key) == "string" and match(key, IDENTIFIER)
    if token == key then
      out[i] = (i > 1 and "." or "") .. key
    else
      out[i] = "[" .. constant_text({ value = key }) .. "]"
    end
  end
  return table.concat(out)
end

return expression
