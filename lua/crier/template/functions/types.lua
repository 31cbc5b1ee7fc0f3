--- What a value is.
-- @module crier.template.functions.types
local semantics = require "crier.template.semantics"
local value = require "crier.template.value"

local group = {}

local function question(test)
  return { least = 1, most = 1, returns = "b", fn = function(args)
    return test(args[1])
  end }
end

group.isString = question(function(any)
  return type(any) == "string"
end)
group.isBoolean = question(function(any)
  return type(any) == "boolean"
end)
group.isArray = question(semantics.is_array)
group.isInteger = question(semantics.is_integer)
group.isFloat = question(function(any)
  return semantics.is_number(any) and not semantics.is_integer(any)
end)
-- Lists and null are objects in JavaScript.
group.isObject = question(function(any)
  return type(any) == "table" or any == value.null
end)

return group
