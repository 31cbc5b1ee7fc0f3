--- JSON, read and written.
-- @module crier.template.functions.json
local semantics = require "crier.template.semantics"
local value = require "crier.template.value"

local group = {}

group.json = { least = 1, most = 1, returns = "o", takes = "s",
  fn = function(args)
    if type(args[1]) ~= "string" then
      return nil, semantics.shown(args[1]) .. " is not a text"
    end
    local any, err = value.decode(args[1], "json")
    return any, err
  end }

group.jsonStringify = { least = 1, most = 1, returns = "s", fn = function(args)
  if args[1] == nil then
    return nil
  end
  local text, err = value.encode(args[1], true)
  return text, err and "the value " .. err or nil
end }

return group
