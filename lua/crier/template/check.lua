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

local function judge(hole, roots)
  local keys = expression.keys(hole.node)
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
-- @tparam table template `{ holes =, open = }`
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
  for i = 1, #template.holes do
    local message = judge(template.holes[i], roots)
    if message then
      return nil, message, "TEMPLATE"
    end
  end
  return true
end

return { check = check }
