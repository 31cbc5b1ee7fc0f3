--- JSON, read and written.
-- @module crier.template.functions.json
local jpath = require "crier.template.jpath"
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

group.jPath = { least = 2, most = 2, returns = "o", takes = "os",
  fn = function(args, env)
    local any, path = args[1], args[2]
    if type(any) == "string" then
      local made, err = value.decode(any, "json")
      if err then
        return nil, err
      end
      any = made
    elseif type(any) ~= "table" and any ~= value.null then
      return nil, semantics.shown(any) .. " is neither an object nor JSON"
    end
    return jpath.apply(semantics.string(path), any, env)
  end }

local function refused(name, most)
  return { least = 1, most = most, returns = "o",
    refusal = name .. " is not supported: crier has no XML" }
end

group.xml = refused("xml", 1)
group.xPath = refused("xPath", 2)

return group
