--- What a function asks of each of its arguments.
-- @module crier.template.functions.verify
local semantics = require "crier.template.semantics"

local verify = {}

local shown = semantics.shown

local function expected(test, what)
  return function(any)
    if not test(any) then
      return shown(any) .. " is not " .. what
    end
  end
end

--- A number. Like all of these: `(value) -> what is wrong, or nil`.
verify.number = expected(semantics.is_number, "a number")
--- A whole number.
verify.integer = expected(semantics.is_integer, "a whole number")
--- A list.
verify.list = expected(semantics.is_array, "a list")
--- A text.
verify.text = expected(function(any)
  return type(any) == "string"
end, "a text")
--- A text, or undefined.
verify.text_or_undefined = expected(function(any)
  return any == nil or type(any) == "string"
end, "a text")
--- A number, a text, or undefined.
verify.number_or_text = expected(function(any)
  return any == nil or type(any) == "string" or semantics.is_number(any)
end, "a number or a text")
--- Anything but null and undefined.
verify.something = expected(function(any)
  return not semantics.is_nothing(any)
end, "a value")
--- A text, a list or an object; null passes as an object does.
verify.container = expected(function(any)
  return type(any) == "string" or type(any) == "table" or any ~= nil
    and type(any) == "userdata"
end, "a text, a list or an object")
--- The same, or undefined.
verify.container_or_nothing = expected(function(any)
  return semantics.is_nothing(any) or type(any) == "string"
    or type(any) == "table"
end, "a text, a list or an object")

--- A list of numbers.
function verify.numbers(any)
  if not semantics.is_array(any) then
    return shown(any) .. " is not a list"
  end
  for i = 1, #any do
    if not semantics.is_number(any[i]) then
      return shown(any[i]) .. " in the list is not a number"
    end
  end
end

--- A number, or a list of numbers.
function verify.number_or_numbers(any)
  return not semantics.is_number(any) and verify.numbers(any) or nil
end

return verify
