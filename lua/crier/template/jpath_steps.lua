--- The steps of `crier.template.jpath`: each takes a set of values and gives one.
-- @module crier.template.jpath_steps
local semantics = require "crier.template.semantics"
local value = require "crier.template.value"

local steps = {}

local function is_list(any)
  return type(any) == "table" and not value.big_text(any) and value.is_array(any)
end

local function is_object(any)
  return type(any) == "table" and not value.big_text(any)
    and not value.is_array(any)
end

-- A list's items, each by itself.
local function add(out, any)
  if is_list(any) then
    for i = 1, #any do
      out[#out + 1] = any[i]
    end
  elseif any ~= nil then
    out[#out + 1] = any
  end
end

local function each_object(any, visit)
  if is_list(any) then
    for i = 1, #any do
      each_object(any[i], visit)
    end
  elseif is_object(any) then
    visit(any)
  end
end

local function take(out, object, name)
  if name then
    return add(out, object[name])
  end
  for _, key in ipairs(semantics.keys(object)) do
    add(out, object[key])
  end
end

local function dive(out, object, name)
  take(out, object, name)
  for _, key in ipairs(semantics.keys(object)) do
    each_object(object[key], function(inner)
      dive(out, inner, name)
    end)
  end
end

--- Takes a field of each object, or all of them.
-- @tparam ?string name nil for all
-- @tparam boolean is_deep of what is in them too
-- @treturn function
function steps.select(name, is_deep)
  local visit = is_deep and dive or take
  return function(set)
    local out = { is_set = true }
    for i = 1, #set do
      each_object(set[i], function(object)
        visit(out, object, name)
      end)
    end
    return out
  end
end

local function descend(out, any)
  if is_list(any) then
    for i = 1, #any do
      descend(out, any[i])
    end
    return
  end
  out[#out + 1] = any
  if is_object(any) then
    for _, key in ipairs(semantics.keys(any)) do
      descend(out, any[key])
    end
  end
end

--- Takes the values themselves.
-- @tparam boolean is_deep and what is in them
-- @treturn function
function steps.itself(is_deep)
  return function(set)
    local out, visit = { is_set = true }, is_deep and descend or add
    for i = 1, #set do
      visit(out, set[i])
    end
    return out
  end
end

local function index_of(expression, set, env, single)
  local any = single(expression(set[1], env))
  return semantics.is_integer(any) and any or 0
end

--- Takes one value by its index.
-- @tparam function expression the index, from 0; below 0 from the end
-- @tparam function single makes one value of a set
-- @treturn function
-- @treturn boolean true: it gives one value
function steps.item(expression, single)
  return function(set, env)
    local index = index_of(expression, set, env, single)
    return { set[index < 0 and #set + index + 1 or index + 1], is_set = true }
  end, true
end

--- Takes values from an index to another.
-- @tparam ?function first
-- @tparam ?function last the first that is no longer wanted
-- @tparam function single makes one value of a set
-- @treturn function
function steps.slice(first, last, single)
  return function(set, env)
    local from = first and index_of(first, set, env, single) or 0
    local to = last and index_of(last, set, env, single) or #set
    from, to = from < 0 and from + #set or from, to < 0 and to + #set or to
    local out = { is_set = true }
    for i = math.max(from, 0) + 1, math.min(to, #set) do
      out[#out + 1] = set[i]
    end
    return out
  end
end

--- Keeps the values of which a predicate holds.
-- @tparam function predicate
-- @tparam function truth
-- @treturn function
function steps.filter(predicate, truth)
  return function(set, env)
    local out = { is_set = true }
    for i = 1, #set do
      if truth(predicate(set[i], env)) then
        out[#out + 1] = set[i]
      end
    end
    return out
  end
end

return steps
