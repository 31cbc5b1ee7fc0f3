--- Lists, and what lists and texts have in common.
-- @module crier.template.functions.collection
local access = require "crier.template.access"
local semantics = require "crier.template.semantics"
local utf16 = require "crier.template.utf16"
local value = require "crier.template.value"
local verify = require "crier.template.functions.verify"

local group = {}

local huge = math.huge
local array, null = value.array, value.null
local is_array, is_integer = semantics.is_array, semantics.is_integer
local shown, spend = semantics.shown, semantics.spend

group.createArray = { least = 0, most = huge, returns = "a",
  fn = function(args, _, n)
    local list = {}
    for i = 1, n do
      list[i] = args[i] == nil and null or args[i]
    end
    return array(list)
  end }

group.count = { least = 1, most = 1, returns = "n", takes = "[sa]",
  verify = verify.container, fn = function(args)
    local any = args[1]
    if type(any) == "string" then
      return utf16.length(any)
    elseif any == null then
      return nil, { message = "null has no items" }
    end
    return is_array(any) and #any or #semantics.keys(any)
  end }

group.contains = { least = 2, most = 2, returns = "b", never_fails = true,
  fn = function(args)
    local any, what = args[1], args[2]
    if type(any) == "string" and type(what) == "string" then
      return any:find(what, 1, true) ~= nil
    elseif is_array(any) then
      for i = 1, #any do
        if semantics.equal(any[i], what) then
          return true
        end
      end
    elseif type(what) == "string" then
      return access.property(any, what) ~= nil
    end
    return false
  end }

local function end_of(from_text, from_list)
  return { least = 1, most = 1, returns = "o", fn = function(args)
    local any = args[1]
    if type(any) == "string" and any ~= "" then
      return from_text(any, utf16.length(any))
    end
    return is_array(any) and from_list(any) or nil
  end }
end

group.first = end_of(function(text)
  return utf16.slice(text, 0, 1)
end, function(list)
  return list[1]
end)

group.last = end_of(function(text, size)
  return utf16.slice(text, size - 1, size)
end, function(list)
  return list[#list]
end)

local function slice(list, first, last)
  local out = {}
  for i = first, last do
    out[#out + 1] = list[i]
  end
  return array(out)
end

local function cut(name, takes, fn)
  return { least = 2, most = 2, returns = takes:match "%a+", takes = takes,
    fn = function(args)
      local any, count = args[1], args[2]
      if not is_array(any) and not (name == "take" and type(any) == "string") then
        return nil, shown(any) .. " is not a list"
      elseif not is_integer(count) then
        return nil, shown(count) .. " is not a whole number"
      end
      return fn(any, math.max(count, 0))
    end }
end

group.skip = cut("skip", "[a]n", function(list, count)
  return slice(list, math.min(count, #list) + 1, #list)
end)

group.take = cut("take", "[as]n", function(any, count)
  if type(any) == "string" then
    return utf16.slice(any, 0, math.min(count, utf16.length(any)))
  end
  return slice(any, 1, math.min(count, #any))
end)

group.subArray = { least = 2, most = 3, returns = "a", takes = "ann",
  fn = function(args, _, n)
    local list, first, last = args[1], args[2], args[3]
    if not is_array(list) then
      return nil, shown(list) .. " is not a list"
    elseif n == 2 then
      last = #list
    end
    for _, at in ipairs { first or false, last or false } do
      if not is_integer(at) then
        return nil, "subArray takes whole numbers"
      elseif at < 0 or at > #list then
        return nil, ("%d is out of range, the list has %d"):format(at, #list)
      end
    end
    return slice(list, first + 1, last)
  end }

group.join = { least = 2, most = 3, returns = "s", takes = "ass",
  fn = function(args, _, n)
    local list = args[1]
    if not is_array(list) then
      return nil, shown(list) .. " is not a list"
    end
    local separator = args[2]
    local last = n == 3 and args[3] or separator
    if n == 3 and #list < 3 then
      separator = args[3]
    end
    -- JavaScript's default.
    separator = separator == nil and "," or semantics.string(separator)
    last = n == 3 and #list >= 3 and semantics.string(last) or separator
    local out, size = {}, 0
    for i = 1, #list do
      local text = list[i] == null and "" or semantics.text(list[i]) or ""
      if i == #list and n == 3 and #list >= 3 and list[i] == null then
        text = "null"
      end
      out[#out + 1] = text
      out[#out + 1] = i < #list and (i == #list - 1 and last or separator) or ""
      size = size + #out[#out - 1] + #out[#out]
      if size > value.MAX_BYTES then
        return nil, semantics.too_long()
      end
    end
    return table.concat(out)
  end }

group.reverse = { least = 1, most = 1, returns = "sa", takes = "[sa]",
  verify = verify.container, fn = function(args)
    local any = args[1]
    if type(any) == "string" then
      return utf16.reverse(any)
    elseif not is_array(any) then
      return nil, shown(any) .. " is neither a text nor a list"
    end
    local out = {}
    for i = 1, #any do
      out[i] = any[#any + 1 - i]
    end
    return array(out)
  end }

-- Items once each, as a JavaScript Set keeps them: tables by identity.
local function once(out, seen, list)
  for i = 1, #list do
    if not seen[list[i]] then
      seen[list[i]] = true
      out[#out + 1] = list[i]
    end
  end
end

group.union = { least = 1, most = huge, returns = "a", takes = "a*",
  verify = verify.list, fn = function(args, _, n)
    local out, seen = {}, {}
    for i = 1, n do
      once(out, seen, args[i])
    end
    return array(out)
  end }

group.unique = { least = 1, most = 1, returns = "a", takes = "a",
  verify = verify.list, fn = group.union.fn }

group.intersection = { least = 1, most = huge, returns = "a", takes = "a*",
  verify = verify.list, fn = function(args, _, n)
    local result = args[1]
    for i = 1, n do
      local known, kept = {}, {}
      for j = 1, #args[i] do
        known[args[i][j]] = true
      end
      for j = 1, #result do
        if known[result[j]] then
          kept[#kept + 1] = result[j]
        end
      end
      result = kept
    end
    local out = {}
    once(out, {}, result)
    return array(out)
  end }

local function flatten(out, list, depth, env)
  for i = 1, #list do
    if is_array(list[i]) and depth > 0 then
      local err = spend(env, #list[i]) or flatten(out, list[i], depth - 1, env)
      if err then
        return err
      end
    else
      out[#out + 1] = list[i]
    end
  end
end

group.flatten = { least = 1, most = 2, returns = "a", takes = "an",
  fn = function(args, env, n)
    local list, depth = args[1], n == 2 and args[2] or 100
    if not is_array(list) then
      return nil, shown(list) .. " is not a list"
    elseif not semantics.is_number(depth) or depth < 1 then
      depth = 1
    end
    local out = {}
    local err = flatten(out, list, math.ceil(depth), env)
    return not err and array(out) or nil, err
  end }

group.indicesAndValues = { least = 1, most = 1, returns = "a",
  fn = function(args, env)
    local any, list = args[1], {}
    if type(any) ~= "table" then
      return nil, shown(any) .. " is neither a list nor an object"
    end
    local keys = not is_array(any) and semantics.keys(any)
    local err = spend(env, keys and #keys or #any)
    for i = 1, err and 0 or keys and #keys or #any do
      local key = keys and keys[i] or i - 1
      list[i] = value.object({ "index", "value" },
        { index = key, value = any[keys and key or i] })
    end
    return not err and array(list) or nil, err
  end }

-- Merges sorted halves: it keeps the order of what is equal, and no comparison
-- that contradicts itself can upset it.
local function sort(list, is_before, first, last)
  if last < first then
    return {}
  elseif first == last then
    return { list[first] }
  end
  local middle = math.floor((first + last) / 2)
  local a = sort(list, is_before, first, middle)
  local b = sort(list, is_before, middle + 1, last)
  local out, i, j = {}, 1, 1
  while a[i] ~= nil or b[j] ~= nil do
    if a[i] == nil or b[j] ~= nil and is_before(b[j], a[i]) then
      out[#out + 1] = b[j]
      j = j + 1
    else
      out[#out + 1] = a[i]
      i = i + 1
    end
  end
  return out
end

-- JavaScript's < between values of any kind; nothing where it is not decided.
local function below(a, b)
  if type(a) == "string" and type(b) == "string" then
    return semantics.below(a, b)
  end
  local function number(any)
    return type(any) == "number" and any or any == true and 1
      or (any == false or any == null) and 0
      or type(any) == "string" and tonumber(any) or nil
  end
  local x, y = number(a), number(b)
  return x ~= nil and y ~= nil and x < y
end

local function sorting(is_descending)
  return { least = 1, most = 2, returns = "a", takes = "as",
    fn = function(args, env, n)
      local list, name = args[1], args[2]
      if not is_array(list) then
        return nil, shown(list) .. " is not a list"
      end
      local err = spend(env, 4 * #list)
      if err then
        return nil, err
      end
      for i = 1, #list do
        if n == 2 and list[i] == null then
          return nil, { message = "null has no fields to sort by" }
        end
      end
      local out = sort(list, function(a, b)
        if n == 1 then
          return semantics.below(semantics.string(a), semantics.string(b))
        end
        return below(access.own(a, name), access.own(b, name))
      end, 1, #list)
      out = array(out)
      return is_descending and group.reverse.fn({ out }) or out
    end }
end

group.sortBy = sorting(false)
group.sortByDescending = sorting(true)

return group
