--- Conversions between types.
-- @module crier.template.functions.conversion
local base64 = require "crier.template.base64"
local numbers = require "crier.template.numbers"
local semantics = require "crier.template.semantics"
local utf8text = require "crier.template.utf8text"
local value = require "crier.template.value"
local verify = require "crier.template.functions.verify"

local group = {}

local shown = semantics.shown

local function to_number(parse)
  return { least = 1, most = 1, returns = "n", fn = function(args)
    local any = args[1]
    local digits = value.big_text(any)
    if digits then
      return tonumber(digits .. ".0")
    elseif type(any) == "string" then
      local number = parse(any)
      return number, not number and shown(any) .. " is not a number" or nil
    end
    return semantics.is_number(any)
      and parse(semantics.number_text(any)) or nil
  end }
end

group.float = to_number(semantics.parse_float)
group.int = to_number(semantics.parse_int)

group.string = { least = 1, most = 2, returns = "s", takes = "os",
  fn = function(args, env)
    local any = args[1]
    if type(any) == "string" then
      return any
    elseif semantics.is_number(any) then
      local decimals = semantics.number_text(any):match "%.(.*)$"
      return numbers.format(any, decimals and #decimals or 0,
        args[2] or env.number_locale)
    elseif value.bytes(any) then
      return utf8text.repair(value.bytes(any))
    end
    return semantics.joined(any)
  end }

group.formatNumber = { least = 2, most = 3, returns = "s", takes = "nns",
  fn = function(args, env)
    local number, digits = args[1], args[2]
    if not semantics.is_number(number) or not semantics.is_number(digits) then
      return nil, "formatNumber takes a number and how many decimals it has"
    end
    return numbers.fixed(number, digits, args[3] or env.number_locale)
  end }

local function of_text(returns, fn)
  return { least = 1, most = 1, returns = returns, verify = verify.text,
    fn = function(args)
      return fn(args[1])
    end }
end

group.base64 = { least = 1, most = 1, returns = "s", fn = function(args)
  local bytes = value.bytes(args[1])
  if type(args[1]) ~= "string" and not bytes then
    return nil
  end
  return base64.encode(utf8text.repair(bytes or args[1]))
end }

group.base64ToString = of_text("s", function(text)
  return base64.to_text(text)
end)

group.base64ToBinary = of_text("o", function(text)
  return value.binary(base64.to_text(text))
end)

group.binary = of_text("o", value.binary)

group.dataUri = of_text("s", function(text)
  return "data:text/plain;charset=utf-8;base64," .. base64.encode(text)
end)

group.dataUriToBinary = of_text("o", value.binary)

group.dataUriToString = of_text("s", function(text)
  return base64.to_text(text:match "^[^,]*,(.*)$" or text)
end)

local function percent(char)
  return ("%%%02X"):format(char:byte())
end

group.uriComponent = of_text("s", function(text)
  return (utf8text.repair(text):gsub("[^%w%-_%.!~%*'%(%)]", percent))
end)

group.uriComponentToString = of_text("s", function(text)
  if text:gsub("%%%x%x", ""):find "%%" then
    return nil, "a % in it is followed by no two hexadecimal digits"
  end
  local plain = text:gsub("%%(%x%x)", function(digits)
    return string.char(tonumber(digits, 16))
  end)
  if utf8text.first_invalid(plain) then
    return nil, "it is not UTF-8"
  end
  return plain
end)

-- A text that is itself a template.
group.stringOrValue = { least = 1, most = 1, returns = "o", takes = "s",
  is_template = true }

return group
