--- Paths into JSON with predicates, as `jPath` of the language takes them:
-- `.people{.age > 30}.name`, `..name`, `.items[0]`, `.items[1:3]`, `.a | .b`.
--
-- A step works on a list of values and gives another; lists inside it are taken
-- apart. The result is a list, or one value where the path ends in `[n]`.
-- @module crier.template.jpath
local operators = require "crier.template.jpath_operators"
local semantics = require "crier.template.semantics"
local steps = require "crier.template.jpath_steps"
local value = require "crier.template.value"

local jpath = {}

local null = value.null
local single, truth = operators.single, operators.truth

--- Nesting beyond which a path is refused.
jpath.MAX_DEPTH = 32

local PUNCTUATION = {
  "===", "!==", "^==", "$==", "*==", "==^", "==$", "==*", "==", "!=", "^=",
  "$=", "*=", "=^", "=$", "=*", "<=", ">=", "&&", "||", "..", ".", "[", "]", "{",
  "}", "(", ")", "|", "^", "*", "<", ">", "+", "-", "/", "%", "!", ":",
}

local WORDS = { ["true"] = true, ["false"] = false, null = null }

local function fail(message)
  error({ message = message }, 0)
end

local function read_string(text, at)
  local quote, out, pos = text:sub(at, at), {}, at + 1
  while pos <= #text do
    local char = text:sub(pos, pos)
    if char == quote then
      return { kind = "string", value = table.concat(out) }, pos + 1
    elseif char == "\\" then
      pos = pos + 1
      char = text:sub(pos, pos)
    end
    out[#out + 1], pos = char, pos + 1
  end
  fail "a string has no end"
end

local function read_token(text, at)
  local digits = text:match("^%d+%.?%d*", at) or text:match("^%.%d+", at)
  for _, one in ipairs(PUNCTUATION) do
    if not digits and text:sub(at, at + #one - 1) == one then
      return { kind = one }, at + #one
    end
  end
  local name = text:match("^[%a_@$][%w_@$]*", at)
  if digits then
    return { kind = "number", value = tonumber(digits) + 0.0 }, at + #digits
  elseif name and WORDS[name] ~= nil then
    return { kind = "word", value = WORDS[name] }, at + #name
  elseif name then
    return { kind = "name", value = name }, at + #name
  elseif text:find("^['\"]", at) then
    return read_string(text, at)
  end
  fail("unexpected " .. text:sub(at, at))
end

local function read_tokens(text)
  local tokens, at = { at = 1, depth = 0 }, 1
  while true do
    at = text:match("^[ \r\n\t]*()", at)
    if at > #text then
      tokens[#tokens + 1] = { kind = "the end" }
      return tokens
    end
    tokens[#tokens + 1], at = read_token(text, at)
  end
end

local function kind(tokens)
  return tokens[tokens.at].kind
end

local function take(tokens, wanted)
  if wanted and kind(tokens) ~= wanted then
    fail(("%s was expected instead of %s"):format(wanted, kind(tokens)))
  end
  tokens.at = tokens.at + 1
  return tokens[tokens.at - 1]
end

-- The values of a set, those of lists in it too.
local function values(any, out)
  if type(any) == "table" and (any.is_set or semantics.is_array(any)) then
    for i = 1, #any do
      values(any[i], out)
    end
  else
    out[#out + 1] = any
  end
  return out
end

-- A comparison of sets holds if it does of any two of their values.
local function comparison(test, left, right)
  return function(at, env)
    local first, second = values(left(at, env), {}), values(right(at, env), {})
    local err = semantics.spend(env, #first * #second)
    if err then
      error(err, 0)
    end
    for i = 1, #first do
      for j = 1, #second do
        if test(first[i], second[j]) then
          return true
        end
      end
    end
    return false
  end
end

local function arithmetic(step, left, right)
  return function(at, env)
    return step(single(left(at, env)), single(right(at, env)))
  end
end

local parse_or, parse_path, parse_union

local function parse_primary(tokens)
  local token = tokens[tokens.at]
  if token.value ~= nil and token.kind ~= "name" then
    take(tokens)
    return function()
      return token.value
    end
  elseif token.kind == "(" then
    take(tokens)
    local inner = parse_or(tokens)
    take(tokens, ")")
    return inner
  end
  return parse_path(tokens)
end

local function parse_unary(tokens)
  local sign = kind(tokens)
  if sign ~= "!" and sign ~= "-" then
    return parse_primary(tokens)
  end
  take(tokens)
  tokens.depth = tokens.depth + 1
  if tokens.depth > jpath.MAX_DEPTH then
    fail "nested too deep"
  end
  local inner = parse_unary(tokens)
  tokens.depth = tokens.depth - 1
  return function(at, env)
    if sign == "!" then
      return not truth(inner(at, env))
    end
    return -(tonumber(single(inner(at, env))) or 0 / 0)
  end
end

local function parse_level(tokens, next_level, known, make)
  local left = next_level(tokens)
  while known[kind(tokens)] do
    local step = known[take(tokens).kind]
    left = make(step, left, next_level(tokens))
  end
  return left
end

local function parse_product(tokens)
  return parse_level(tokens, parse_unary, operators.products, arithmetic)
end
local function parse_sum(tokens)
  return parse_level(tokens, parse_product, operators.sums, arithmetic)
end
local function parse_order(tokens)
  return parse_level(tokens, parse_sum, operators.orders, comparison)
end
local function parse_equality(tokens)
  return parse_level(tokens, parse_order, operators.equalities, comparison)
end

local function logic(is_or)
  return function(_, left, right)
    return function(at, env)
      if truth(left(at, env)) == is_or then
        return is_or
      end
      return truth(right(at, env))
    end
  end
end

local function parse_and(tokens)
  return parse_level(tokens, parse_equality, { ["&&"] = true }, logic(false))
end

function parse_or(tokens)
  tokens.depth = tokens.depth + 1
  if tokens.depth > jpath.MAX_DEPTH then
    fail "nested too deep"
  end
  local made = parse_level(tokens, parse_and, { ["||"] = true }, logic(true))
  tokens.depth = tokens.depth - 1
  return made
end

local function parse_position(tokens)
  take(tokens, "[")
  local first, last
  local is_range = kind(tokens) == ":"
  if not is_range then
    first = parse_unary(tokens)
    is_range = kind(tokens) == ":"
  end
  if is_range then
    take(tokens)
    last = kind(tokens) ~= "]" and parse_unary(tokens) or nil
  end
  take(tokens, "]")
  if is_range then
    return steps.slice(first, last, single)
  end
  return steps.item(first, single)
end

local function parse_predicate(tokens)
  take(tokens, "{")
  local inner = parse_or(tokens)
  take(tokens, "}")
  return steps.filter(inner, truth)
end

local function parse_selector(tokens)
  local is_deep = take(tokens).kind == ".."
  local token = tokens[tokens.at]
  if token.kind == "*" or token.kind == "name" or token.kind == "string" then
    take(tokens)
    return steps.select(token.kind ~= "*" and token.value or nil, is_deep)
  end
  return steps.itself(is_deep)
end

local STEPS = { ["."] = parse_selector, [".."] = parse_selector,
  ["["] = parse_position, ["{"] = parse_predicate }
-- What may follow a path in parentheses.
local PREDICATES = { ["["] = parse_position, ["{"] = parse_predicate }

local function parse_steps(tokens, start, parsers)
  local list = { start }
  local is_single = false
  while parsers[kind(tokens)] do
    local step, is_item = parsers[kind(tokens)](tokens)
    list[#list + 1], is_single = step, is_item or false
  end
  return function(at, env)
    local set = { at, is_set = true }
    for i = 1, #list do
      set = list[i](set, env)
      local err = semantics.spend(env, #set)
      if err then
        error(err, 0)
      end
    end
    return set
  end, is_single
end

function parse_path(tokens)
  if kind(tokens) == "^" then
    take(tokens)
    return parse_steps(tokens, function(_, env)
      return { env.top, is_set = true }
    end, STEPS)
  elseif not STEPS[kind(tokens)] or kind(tokens) == "[" or kind(tokens) == "{" then
    fail("unexpected " .. kind(tokens))
  end
  return parse_steps(tokens, function(set)
    return set
  end, STEPS)
end

local function parse_group(tokens)
  if kind(tokens) ~= "(" then
    return parse_path(tokens)
  end
  take(tokens)
  local inner = parse_union(tokens)
  take(tokens, ")")
  return parse_steps(tokens, function(set, env)
    return inner(set[1], env)
  end, PREDICATES)
end

function parse_union(tokens)
  local first, is_single = parse_group(tokens)
  local list = { first }
  while kind(tokens) == "|" do
    take(tokens)
    list[#list + 1], is_single = parse_group(tokens), false
  end
  return function(at, env)
    local all = { is_set = true }
    for i = 1, #list do
      for _, any in ipairs(list[i](at, env)) do
        all[#all + 1] = any
      end
    end
    return all
  end, is_single
end

local function evaluate(path, any, env)
  local tokens = read_tokens(path)
  local run, is_single = parse_union(tokens)
  take(tokens, "the end")
  local set = run(any, setmetatable({ top = any }, { __index = env,
    __newindex = env }))
  if is_single then
    return set[1]
  end
  set.is_set = nil
  return value.array(set)
end

--- Follows a path.
-- @tparam string path
-- @param any where it begins
-- @tparam table env whose steps it takes
-- @return[1] the result
-- @treturn[2] nil
-- @treturn[2] string|table message
function jpath.apply(path, any, env)
  local ok, result = pcall(evaluate, path, any, env)
  if ok then
    return result
  elseif type(result) ~= "table" then
    error(result, 0)
  end
  return nil, result.fatal and result
    or semantics.shown(path) .. ": " .. result.message
end

return jpath
