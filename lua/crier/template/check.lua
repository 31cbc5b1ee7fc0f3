--- Judges a template's paths before anything is sent.
-- @module crier.template.check
local expression = require "crier.template.expression"
local suggest = require "crier.suggest"

-- Fields may be given as a list of names.
local function as_set(fields)
  if type(fields) ~= "table" or not fields[1] then
    return fields
  end
  local set = {}
  for i = 1, #fields do
    set[fields[i]] = true
  end
  return set
end

local function names(set)
  local out = {}
  for name in pairs(set) do
    out[#out + 1] = name
  end
  table.sort(out)
  return out
end

local function joined(keys, last, name)
  local out = {}
  for i = 1, last - 1 do
    out[i] = keys[i]
  end
  out[last] = name
  return expression.path(out)
end

-- `${givenName}`: perhaps a field of one of the roots.
local function suggest_root(keys, roots)
  local near = suggest.nearest(tostring(keys[1]), names(roots))
  if near then
    return near
  end
  for _, root in ipairs(names(roots)) do
    local fields = as_set(roots[root])
    local field = type(fields) == "table"
      and suggest.nearest(tostring(keys[1]), names(fields))
    if field then
      return expression.path({ root, field })
    end
  end
end

local function complaint(hole, what, suggestion, known)
  local message = ("%s: %s: no such %s"):format(hole.where, hole.source, what)
  if suggestion then
    return message .. "; did you mean " .. suggestion .. "?"
  elseif known then
    return message .. " (there are " .. table.concat(known, ", ") .. ")"
  end
  return message
end

-- What the names of the language mean in a campaign.
local function plain(hole, keys, roots)
  local first = type(keys[1]) == "string" and keys[1]:lower() or ""
  if first == "$root" or first == "$data" and not hole.is_inside then
    local rest = {}
    for i = 2, #keys do
      rest[i - 1] = keys[i]
    end
    return rest
  elseif first == "$index" or first == "$data" then
    return {}
  elseif hole.is_inside and first:sub(1, 1) ~= "$" then
    -- Fields of an item, which nobody knows yet.
    if first ~= "data" and roots[keys[1]] then
      return nil, ("%s: %s: inside $data this is $root.%s"):format(hole.where,
        hole.source, expression.path(keys))
    end
    return {}
  end
  return keys
end

local function judge(hole, path, roots)
  local keys, message = plain(hole, path, roots)
  if not keys or not keys[1] then
    return message
  end
  local known = roots[keys[1]]
  if not known then
    return complaint(hole, "root", suggest_root(keys, roots), names(roots))
  end
  for i = 2, #keys do
    known = as_set(known)
    if type(known) ~= "table" then
      return nil
    end
    local key = keys[i]
    if not known[key] then
      local near = suggest.nearest(tostring(key), names(known))
      return complaint(hole, "field", near and joined(keys, i, near))
    end
    known = known[key]
  end
end

--- Checks a template against what a campaign knows.
-- @tparam table template `{ holes =, open =, odd = }`
-- @tparam table roots see `crier.template.check`
-- @treturn[1] boolean true
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string `TEMPLATE`
local function check(template, roots)
  if template.open[1] then
    return nil, template.open[1] .. ": this ${ would be sent as it is; a "
      .. "literal one is written \\${", "TEMPLATE"
  end
  if template.odd[1] then
    return nil, template.odd[1], "TEMPLATE"
  end
  for i = 1, #template.holes do
    local hole = template.holes[i]
    for _, keys in ipairs(expression.paths(hole.node)) do
      local message = judge(hole, keys, roots)
      if message then
        return nil, message, "TEMPLATE"
      end
    end
  end
  return true
end

return { check = check }
