--- Comparison and choice. What is missing is undefined here, not its own path.
-- @module crier.template.functions.logic
local semantics = require "crier.template.semantics"
local verify = require "crier.template.functions.verify"

local group = {}

local is_nothing, is_true = semantics.is_nothing, semantics.is_true

local function tolerant(least, most, fn, check)
  return { least = least, most = most, returns = "b", is_tolerant = true,
    fn = fn, verify = check }
end

group["=="] = tolerant(2, 2, function(args)
  return semantics.equal(args[1], args[2])
end)

group["!="] = tolerant(2, 2, function(args)
  return not semantics.equal(args[1], args[2])
end)

-- Text is ordered by UTF-16 units, which but for characters beyond U+FFFF is
-- the order of its bytes in UTF-8.
local function ordering(compare)
  return tolerant(2, 2, function(args)
    local a, b = args[1], args[2]
    local kind = type(a)
    if kind ~= type(b) or not (kind == "number" or kind == "string") then
      return nil, ("%s and %s cannot be compared"):format(semantics.shown(a),
        semantics.shown(b))
    end
    return compare(a, b)
  end, verify.something)
end

local function below(a, b)
  if type(a) == "number" then
    return a < b
  end
  return semantics.below(a, b)
end

group["<"] = ordering(below)
group[">"] = ordering(function(a, b)
  return below(b, a)
end)
group["<="] = ordering(function(a, b)
  return a == b or below(a, b)
end)
group[">="] = ordering(function(a, b)
  return a == b or below(b, a)
end)

group.exists = tolerant(1, 1, function()
  return true
end, verify.something)

group.empty = tolerant(1, 1, function(args)
  local any = args[1]
  return is_nothing(any) or any == ""
    or type(any) == "table" and (semantics.is_array(any) and #any == 0
      or not semantics.is_array(any) and #semantics.keys(any) == 0)
end, verify.container_or_nothing)

group.bool = tolerant(1, 1, function(args)
  local any = args[1]
  if semantics.is_number(any) then
    return any ~= 0
  end
  return is_true(any)
    and not semantics.string(any):lower():find("false", 1, true)
end)

-- One that cannot be caught leaves.
local function is_fatal(err)
  return type(err) == "table"
end

group["&&"] = { least = 1, most = math.huge, returns = "b",
  special = function(node, compile)
    local args = {}
    for i = 1, #node do
      args[i] = compile(node[i], false)
    end
    return function(env)
      for i = 1, #args do
        local result, err = args[i](env)
        if is_fatal(err) then
          return nil, err
        elseif err or not is_true(result) then
          return false
        end
      end
      return true
    end
  end }

-- What is last decides, as it is; one that fails counts for nothing.
group["||"] = { least = 1, most = math.huge, returns = "b",
  special = function(node, compile)
    local args = {}
    for i = 1, #node do
      args[i] = compile(node[i], false)
    end
    return function(env)
      local result, err
      for i = 1, #args do
        result, err = args[i](env)
        if is_fatal(err) then
          return nil, err
        elseif not err and is_true(result) then
          return true
        end
      end
      return result
    end
  end }

group["!"] = { least = 1, most = 1, returns = "b",
  special = function(node, compile)
    local arg = compile(node[1], false)
    return function(env)
      local result, err = arg(env)
      if is_fatal(err) then
        return nil, err
      end
      return err ~= nil or not is_true(result)
    end
  end }

group["if"] = { least = 3, most = 3, returns = "o",
  special = function(node, compile, is_filling)
    local condition = compile(node[1], false)
    local yes = compile(node[2], is_filling)
    local no = compile(node[3], is_filling)
    return function(env)
      local result, err = condition(env)
      if is_fatal(err) then
        return nil, err
      elseif not err and is_true(result) then
        return yes(env)
      end
      return no(env)
    end
  end }

group.ignore = { least = 1, most = 1, returns = "b", takes = "b",
  special = function(node, compile, is_filling)
    return compile(node[1], is_filling)
  end }

group.optional = { least = 1, most = 1, returns = "b", takes = "b",
  refusal = "optional has no result" }

group.coalesce = { least = 1, most = math.huge, returns = "o",
  is_choice = true, fn = function(args, _, n)
    for i = 1, n do
      if not is_nothing(args[i]) then
        return args[i]
      end
    end
    return nil
  end }

return group
