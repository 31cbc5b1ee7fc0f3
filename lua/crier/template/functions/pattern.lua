--- Regular expressions. They are found by what `env.find` injects.
-- @module crier.template.functions.pattern
local patterns = require "crier.template.patterns"
local utf8text = require "crier.template.utf8text"
local value = require "crier.template.value"
local verify = require "crier.template.functions.verify"

local group = {}

local function or_empty(any)
  return type(any) == "string" and any or ""
end

local function no_engine()
  return nil, { fatal = true,
    message = "regular expressions are not available here" }
end

-- The flags that the reference implementation knows, anywhere in the pattern.
local function take_flags(pattern)
  local flags = ""
  for flag in ("ims"):gmatch "." do
    local from, to = pattern:find("(?" .. flag .. ")", 1, true)
    if from then
      flags = flags .. flag
      pattern = pattern:sub(1, from - 1) .. pattern:sub(to + 1)
    end
  end
  return pattern, flags
end

group.isMatch = { least = 2, most = 2, returns = "b", takes = "s*",
  verify = verify.text_or_undefined, fn = function(args, env)
    local pattern = or_empty(args[2])
    if pattern == "" then
      return nil, "a pattern is missing"
    elseif not env.find then
      return no_engine()
    end
    local plain, flags = take_flags(pattern)
    return patterns.match(env.find, plain, flags,
      utf8text.repair(or_empty(args[1])))
  end }

group.replaceIgnoreCase = { least = 3, most = 3, returns = "s", takes = "s*",
  verify = verify.text_or_undefined, fn = function(args, env)
    local text, pattern, new = or_empty(args[1]), or_empty(args[2]),
      or_empty(args[3])
    if pattern == "" then
      return nil, "replaceIgnoreCase needs something to look for"
    elseif not env.find then
      return no_engine()
    end
    return patterns.replace(env.find, pattern, "i", utf8text.repair(text), new,
      value.MAX_BYTES)
  end }

return group
