--- OData `$filter`, as far as Microsoft Graph takes it for people and apps.
--
--     expression = conjunction { "or" conjunction }
--     conjunction = factor { "and" factor }
--     factor = "not" factor | "(" expression ")" | call | any | comparison
--     call = ("startsWith" | "endsWith") "(" property "," string ")"
--     any = property "/any(" name ":" expression ")", in which properties are
--           `name` or begin with `name/`
--     comparison = property ("eq" | "ne") literal | property "in" "(" literals ")"
--
-- `ne`, `not` and `endsWith` are advanced queries.  Text is compared without
-- regard to the case of ASCII letters, as the directory does.
-- @module crier.simulator.filter
local filter = {}

local NULL = {}
local LITERALS = { ["true"] = true, ["false"] = false, null = NULL }
local PREFIX = "Invalid filter clause: "

-- Cuts the text into tokens `{ kind, value, at }`; kinds: "(" ")" "," ":"
-- string word end.
local function tokens_of(text)
  local tokens, at = {}, 1
  while true do
    at = text:find("%S", at)
    if not at then
      tokens[#tokens + 1] = { kind = "end", value = "the end", at = #text + 1 }
      return tokens
    end
    local character = text:sub(at, at)
    local from = at
    if character:find("[(),:]") then
      tokens[#tokens + 1] = { kind = character, value = character, at = from }
      at = at + 1
    elseif character == "'" then
      local parts = {}
      repeat
        local close = text:find("'", at + 1, true)
        if not close then
          return nil, ("There is an unterminated literal at position %d."):format(from - 1)
        end
        parts[#parts + 1] = text:sub(at + 1, close - 1)
        at = close + 1
      until text:sub(at, at) ~= "'"
      tokens[#tokens + 1] = { kind = "string", value = table.concat(parts, "'"), at = from }
    else
      local word = text:match("^[%w_/%.%-]+", at)
      if not word then
        return nil, "Syntax error: character '" .. character .. "' is not valid."
      end
      tokens[#tokens + 1] = { kind = "word", value = word, at = from }
      at = at + #word
    end
  end
end

-- The parser raises tables { message, code }; compile() catches them.
local function refuse(message, code)
  error({ message = message, code = code or "BadRequest" }, 0)
end

local function take(state, kind, value)
  local token = state.tokens[state.at]
  if token.kind ~= kind or (value and token.value ~= value) then
    local wanted = kind == "word" and not value and "a property" or "'" .. (value or kind) .. "'"
    refuse(("Syntax error: '%s' at position %d, where %s belongs."):format(token.value,
      token.at - 1, wanted))
  end
  state.at = state.at + 1
  return token.value
end

local function accept(state, kind, value)
  local token = state.tokens[state.at]
  if token.kind == kind and (not value or token.value:lower() == value) then
    state.at = state.at + 1
    return true
  end
  return false
end

local function advanced(state, what)
  if not state.is_advanced then
    refuse(("Operator '%s' is not supported without ConsistencyLevel: eventual and $count=true.")
      :format(what), "Request_UnsupportedQuery")
  end
end

local function property(state)
  local name = take(state, "word")
  local field = state.fields[name]
  if not field or field.is_single then
    refuse(("Could not find a property named '%s' on type '%s'."):format(name, state.type_name),
      "Request_BadRequest")
  elseif field.type == "list" or field.items then
    refuse(("Property '%s' cannot be filtered so."):format(name), "Request_UnsupportedQuery")
  end
  return field, name
end

local function literal(state, field, name)
  local token = state.tokens[state.at]
  state.at = state.at + 1
  if token.kind == "string" and field.type == "string" then
    return token.value:lower()
  end
  local value = token.kind == "word" and LITERALS[token.value]
  if value == NULL or (type(LITERALS[token.value]) == "boolean" and token.kind == "word"
    and field.type == "boolean") then
    return value
  end
  refuse(("Invalid literal '%s' for property '%s', which is a %s."):format(token.value, name,
    field.type), "Request_BadRequest")
end

-- Null and a property that is not there are alike to a filter.
local function reader(field)
  local get = field.get
  if field.type == "string" then
    return function(a, b)
      local value = get(a, b)
      return type(value) == "string" and value:lower() or NULL
    end
  end
  return function(a, b)
    local value = get(a, b)
    if type(value) == "boolean" then return value end
    return NULL
  end
end

local function call(state, name)
  local field, field_name = property(state)
  take(state, ",")
  if field.type ~= "string" then
    refuse(("%s takes text; '%s' is a %s."):format(name, field_name, field.type))
  end
  local wanted = take(state, "string"):lower()
  take(state, ")")
  local read = reader(field)
  if name == "startswith" then
    return function(a, b)
      local value = read(a, b)
      return value ~= NULL and value:sub(1, #wanted) == wanted
    end
  end
  return function(a, b)
    local value = read(a, b)
    return value ~= NULL and #value >= #wanted and value:sub(#value - #wanted + 1) == wanted
  end
end

local function membership(state, field, name)
  local wanted = {}
  take(state, "(")
  repeat
    wanted[literal(state, field, name)] = true
  until not accept(state, ",")
  take(state, ")")
  local read = reader(field)
  return function(a, b) return wanted[read(a, b)] == true end
end

local function comparison(state)
  local field, name = property(state)
  local operator = take(state, "word")
  if operator == "in" then
    return membership(state, field, name)
  elseif operator ~= "eq" and operator ~= "ne" then
    refuse(("Operator '%s' is not supported for '%s'."):format(operator, name),
      "Request_UnsupportedQuery")
  end
  local wanted, read = literal(state, field, name), reader(field)
  if operator == "eq" then
    return function(a, b) return read(a, b) == wanted end
  end
  advanced(state, "ne")
  return function(a, b) return read(a, b) ~= wanted end
end

local expression

-- `any`: the inner properties belong to one item of a list.
local function any(state, name)
  local path = name:sub(1, -#"/any" - 1)
  local field = state.fields[path]
  if not field or not field.items then
    refuse(("Could not find a collection named '%s' on type '%s'."):format(path, state.type_name),
      "Request_BadRequest")
  end
  take(state, "(")
  local variable = take(state, "word")
  take(state, ":")
  local outer, inner = state.fields, {}
  for suffix, item in pairs(field.items) do
    inner[suffix == "" and variable or variable .. "/" .. suffix] = item
  end
  state.fields = inner
  local predicate = expression(state)
  state.fields = outer
  take(state, ")")
  return function(a, b)
    for _, item in ipairs(field.get(a, b)) do
      if predicate(item) then
        return true
      end
    end
    return false
  end
end

local function factor(state)
  local following = state.tokens[state.at + 1]
  if accept(state, "word", "not") then
    advanced(state, "not")
    local inner = factor(state)
    return function(a, b) return not inner(a, b) end
  elseif accept(state, "(") then
    local inner = expression(state)
    take(state, ")")
    return inner
  elseif following and following.kind == "(" then
    local name = take(state, "word")
    if name:lower():sub(-4) == "/any" then
      return any(state, name)
    elseif name:lower() ~= "startswith" and name:lower() ~= "endswith" then
      refuse(("Function '%s' is not supported."):format(name), "Request_UnsupportedQuery")
    elseif name:lower() == "endswith" then
      advanced(state, "endsWith")
    end
    take(state, "(")
    return call(state, name:lower())
  end
  return comparison(state)
end

local function conjunction(state)
  local left = factor(state)
  while accept(state, "word", "and") do
    local first, second = left, factor(state)
    left = function(a, b) return first(a, b) and second(a, b) end
  end
  return left
end

function expression(state)
  local left = conjunction(state)
  while accept(state, "word", "or") do
    local first, second = left, conjunction(state)
    left = function(a, b) return first(a, b) or second(a, b) end
  end
  return left
end

--- Compiles a filter.
-- @tparam string text
-- @tparam table fields by property name: `{ type = "string"|"boolean"|"list",
--   get = function(a, b) }`; a list that `any` takes has `items`, the fields of
--   an item by name ("" is the item itself)
-- @tparam string type_name what the fields belong to, for messages
-- @tparam boolean is_advanced whether advanced operators are allowed
-- @treturn[1] function predicate(a, b) -> boolean; a and b reach `get`
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string the service's error code
function filter.compile(text, fields, type_name, is_advanced)
  local tokens, message = tokens_of(text)
  if not tokens then
    return nil, PREFIX .. message, "BadRequest"
  end
  local state = { tokens = tokens, at = 1, fields = fields, type_name = type_name,
    is_advanced = is_advanced }
  local ok, result = pcall(function()
    local predicate = expression(state)
    take(state, "end")
    return predicate
  end)
  if ok then
    return result
  elseif type(result) ~= "table" then
    error(result, 0) -- a fault of this file, not of the filter
  end
  return nil, PREFIX .. result.message, result.code
end

return filter
