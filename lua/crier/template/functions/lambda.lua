--- Functions that go through a list with a name for each item: `foreach(list, x,
-- x.name)`, also written `foreach(list, x => x.name)`.
--
-- `compile` gets `begin(env) -> whole, items, step`, or nil and a message;
-- `step(item)` evaluates the body.
-- @module crier.template.functions.lambda
local semantics = require "crier.template.semantics"
local value = require "crier.template.value"

local group = {}

local function lambda(returns, compile)
  return { least = 3, most = 3, returns = returns, is_lambda = true,
    compile = compile }
end

local function is_fatal(err)
  return type(err) == "table"
end

local function foreach(begin)
  return function(env)
    local whole, items, step = begin(env)
    if not step then
      return nil, items
    elseif not whole then
      return nil, "there is no list"
    end
    local out = {}
    for i = 1, #items do
      local result, err = step(items[i])
      if err then
        return nil, err
      end
      out[i] = result == nil and value.null or result
    end
    return value.array(out)
  end
end

group.foreach = lambda("a", foreach)
group.select = lambda("a", foreach)

-- An object stays one.
group.where = lambda("a", function(begin)
  return function(env)
    local whole, items, step = begin(env)
    if not step then
      return nil, items
    end
    local kept = {}
    for i = 1, #items do
      local result, err = step(items[i])
      if is_fatal(err) then
        return nil, err
      elseif not err and semantics.is_true(result) then
        kept[#kept + 1] = items[i]
      end
    end
    if semantics.is_array(whole) then
      return value.array(kept)
    end
    local keys, fields = {}, {}
    for i = 1, #kept do
      keys[i], fields[kept[i].key] = kept[i].key, kept[i].value
    end
    return value.object(keys, fields)
  end
end)

-- Stops at the first item that decides.
local function search(is_wanted)
  return function(begin)
    return function(env)
      local _, items, step = begin(env)
      if not step then
        return nil, items
      end
      for i = 1, #items do
        local result, err = step(items[i])
        if is_fatal(err) then
          return nil, err
        elseif (not err and semantics.is_true(result)) == is_wanted then
          return is_wanted
        end
      end
      return not is_wanted
    end
  end
end

group.any = lambda("b", search(true))
group.all = lambda("b", search(false))

return group
