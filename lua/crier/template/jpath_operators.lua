--- What the predicates of `crier.template.jpath` compute with.
-- @module crier.template.jpath_operators
local semantics = require "crier.template.semantics"
local value = require "crier.template.value"

local operators = {}

local null = value.null

local function truth(any)
  if type(any) == "table" and any.is_set then
    for i = 1, #any do
      if truth(any[i]) then
        return true
      end
    end
    return false
  end
  return any ~= nil and any ~= false and any ~= null and any ~= 0 and any ~= ""
    and any == any
end

--- Whether a predicate holds of a value, or of any value of a set.
-- @param any
-- @treturn boolean
operators.truth = truth

--- The first value of a set; any other value is itself.
-- @param any
-- @return the value
function operators.single(any)
  if type(any) == "table" and any.is_set then
    return any[1]
  end
  return any
end

local function text_of(any)
  return type(any) == "string" and any or semantics.string(any)
end

-- Tests of text; letter case counts where the operator has two equal signs.
local function affix(test, is_exact)
  return function(a, b)
    if semantics.is_nothing(a) or semantics.is_nothing(b) then
      return false
    end
    a, b = text_of(a), text_of(b)
    if not is_exact then
      a, b = a:lower(), b:lower()
    end
    return test(a, b)
  end
end

local function starts(a, b)
  return a:sub(1, #b) == b
end
local function ends(a, b)
  return b == "" or a:sub(-#b) == b
end
local function holds(a, b)
  return a:find(b, 1, true) ~= nil
end

local function loosely(a, b)
  if type(a) ~= type(b) and (type(a) == "boolean" or type(b) == "boolean") then
    a, b = a == true and 1 or a == false and 0 or a, b == true and 1
      or b == false and 0 or b
  end
  if type(a) == "string" and type(b) == "string" then
    return a:lower() == b:lower()
  elseif type(a) == "number" and type(b) == "string"
    or type(a) == "string" and type(b) == "number" then
    return tonumber(a) == tonumber(b)
  end
  return a == b
end

local function order(test)
  return function(a, b)
    if type(a) == "string" and type(b) == "string" then
      return test(semantics.below(a, b), semantics.below(b, a))
    end
    local function number(any)
      local list = type(any) == "table" and any or { any }
      any = list[1]
      return #list < 2 and (tonumber(any) or any == null and 0
        or any == true and 1 or any == false and 0) or nil
    end
    a, b = number(a), number(b)
    return a ~= nil and b ~= nil and test(a < b, b < a)
  end
end

--- What compares for order, by its sign: `(a, b) -> boolean`.
operators.orders = {
  ["<"] = order(function(is_less) return is_less end),
  [">"] = order(function(_, is_more) return is_more end),
  ["<="] = order(function(_, is_more) return not is_more end),
  [">="] = order(function(is_less) return not is_less end),
}

--- What compares for likeness, by its sign: `(a, b) -> boolean`.
operators.equalities = {
  ["=="] = loosely,
  ["!="] = function(a, b) return not loosely(a, b) end,
  ["==="] = function(a, b) return a == b end,
  ["!=="] = function(a, b) return a ~= b end,
}
for sign, test in pairs { ["^"] = starts, ["$"] = ends, ["*"] = holds } do
  local function turned(a, b)
    return test(b, a)
  end
  local known = operators.equalities
  known[sign .. "="], known[sign .. "=="] = affix(test), affix(test, true)
  known["=" .. sign], known["==" .. sign] = affix(turned), affix(turned, true)
end

local function number(any)
  return tonumber(any) or 0 / 0
end

--- Sums and differences, by their signs: `(a, b) -> value`.
operators.sums = {
  ["+"] = function(a, b)
    if type(a) == "number" and type(b) == "number" then
      return a + b
    end
    return text_of(a) .. text_of(b)
  end,
  ["-"] = function(a, b) return number(a) - number(b) end,
}

--- Products and the like, by their signs: `(a, b) -> value`.
operators.products = {
  ["*"] = function(a, b) return number(a) * number(b) end,
  ["/"] = function(a, b) return number(a) / number(b) end,
  ["%"] = function(a, b) return math.fmod(number(a), number(b) + 0.0) end,
}

return operators
