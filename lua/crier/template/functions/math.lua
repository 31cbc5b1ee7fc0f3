--- Arithmetic: JavaScript's, on doubles.
-- @module crier.template.functions.math
local semantics = require "crier.template.semantics"
local value = require "crier.template.value"
local verify = require "crier.template.functions.verify"

local group = {}

local huge = math.huge
local is_integer, is_number = semantics.is_integer, semantics.is_number

-- A float in every Lua, so that nothing wraps round at 2^63.
local function floor(number)
  if number ~= number or number == huge or number == -huge then
    return number
  end
  return math.floor(number) + 0.0
end

-- Applies a function of two from left to right.
local function sequence(step)
  return function(args, _, n)
    local result = args[1]
    for i = 2, n do
      local err
      result, err = step(result, args[i])
      if err then
        return nil, err
      end
    end
    return result
  end
end

local function of_two(step)
  return { least = 2, most = huge, returns = "n", takes = "n*",
    verify = verify.number, fn = sequence(step) }
end

local function add(a, b)
  if is_number(a) and is_number(b) then
    return a + 0.0 + b
  elseif is_number(a) and b == nil or is_number(b) and a == nil then
    return nil, "a number cannot be added to nothing"
  end
  a = a == nil and "" or semantics.text(a)
  b = b == nil and "" or semantics.text(b)
  if #a + #b > value.MAX_BYTES then
    return nil, semantics.too_long()
  end
  return a .. b
end

group["+"] = { least = 2, most = huge, returns = "sn", takes = "[sn]*",
  verify = verify.number_or_text, fn = sequence(add) }

group["-"] = of_two(function(a, b)
  return a + 0.0 - b
end)

group["*"] = of_two(function(a, b)
  return (a + 0.0) * b
end)

group["/"] = of_two(function(a, b)
  local result = (a + 0.0) / b
  return is_integer(a) and is_integer(b) and floor(result) or result
end)

group["/"].verify = function(any, position)
  return verify.number(any)
    or (position > 1 and any == 0 and "nothing can be divided by 0" or nil)
end

group["^"] = of_two(function(a, b)
  -- JavaScript knows no power of 1 to infinity.
  if (a == 1 or a == -1) and (b == huge or b == -huge) then
    return 0 / 0
  end
  return (a + 0.0) ^ b
end)

group["%"] = { least = 2, most = 2, returns = "n", takes = "nn",
  verify = verify.integer, fn = function(args)
    if args[2] == 0 then
      return nil, "nothing can be divided by 0"
    end
    return math.fmod(args[1] + 0.0, args[2] + 0.0)
  end }

local function of_one(fn)
  return { least = 1, most = 1, returns = "n", takes = "n",
    verify = verify.number, fn = function(args)
      return fn(args[1] + 0.0)
    end }
end

group.abs = of_one(math.abs)
group.floor = of_one(floor)
group.ceiling = of_one(function(number)
  return -floor(-number)
end)
group.sqrt = of_one(function(number)
  if number < 0 then
    return nil, "there is no square root of a negative number"
  end
  return number ^ 0.5
end)

--- Rounds to a number of decimals as `Math.round` does: halves go up.
local function round(number, digits)
  local scale = 10 ^ digits
  local scaled = number * scale
  local whole = floor(scaled)
  return (scaled - whole >= 0.5 and whole + 1 or whole) / scale
end

group.round = { least = 1, most = 2, returns = "n", takes = "nn",
  verify = verify.number, fn = function(args, _, n)
    local digits = n == 2 and args[2] or 0
    if not is_integer(digits) or digits < 0 or digits > 15 then
      return nil, "round takes a whole number of decimals, 0 to 15, not "
        .. semantics.shown(digits)
    end
    return round(args[1], digits)
  end }

local function extreme(start, is_better)
  return { least = 1, most = huge, returns = "n",
    verify = verify.number_or_numbers, fn = function(args, _, n)
      local best = start
      for i = 1, n do
        local list = type(args[i]) == "table" and args[i] or { args[i] }
        for j = 1, #list do
          best = is_better(list[j], best) and list[j] or best
        end
      end
      return best
    end }
end

group.max = extreme(-huge, function(a, b)
  return a > b
end)
group.min = extreme(huge, function(a, b)
  return a < b
end)

local function sum(list)
  if #list == 0 then
    return nil, "the list is empty"
  end
  local total = list[1] + 0.0
  for i = 2, #list do
    total = total + list[i]
  end
  return total
end

group.sum = { least = 1, most = 1, returns = "n", takes = "a",
  verify = verify.numbers, fn = function(args)
    return sum(args[1])
  end }

group.average = { least = 1, most = 1, returns = "n",
  verify = verify.numbers, fn = function(args)
    local total, err = sum(args[1])
    return total and total / #args[1], err
  end }

group.range = { least = 2, most = 2, returns = "a", takes = "nn",
  verify = verify.integer, fn = function(args, env)
    local first, count = args[1] + 0.0, args[2]
    if count <= 0 then
      return nil, "a range has at least one number"
    end
    local err = semantics.spend(env, count)
    if err then
      return nil, err
    end
    local list = {}
    for i = 1, count do
      list[i] = first + i - 1
    end
    return value.array(list)
  end }

group.rand = { least = 2, most = 2, returns = "n", takes = "nn",
  verify = verify.integer, fn = function(args, env)
    local low, high = args[1] + 0.0, args[2] + 0.0
    if low > high then
      return nil, ("rand: %d is more than %d"):format(low, high)
    end
    return floor(low + env.random() * (high - low))
  end }

return group
