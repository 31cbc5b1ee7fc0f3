--- Loads a campaign script: the only place where crier runs foreign Lua.
--
-- The script has its own globals and its own `require`, which first looks for
-- modules in the script's folder; what it loads is part of the campaign.
-- @module crier.campaign.script
local campaign = require "crier.campaign"

local script = {}

local function module_paths(name)
  local path = name:gsub("%.", "/")
  return { path .. ".lua", path .. "/init.lua" }
end

local function compile(text, name, env)
  if text:sub(1, 3) == "\239\187\191" then
    text = text:sub(4)
  end
  text = text:gsub("^#[^\n]*", "")
  return load(text, "@" .. name, "t", env)
end

local function is_local(content, name)
  if name:find("^crier") or not name:find("^[%w_][%w_.-]*$") then
    return nil
  end
  for _, path in ipairs(module_paths(name)) do
    local text = content:read(path)
    if text then
      return path, text
    end
  end
end

-- A `require` that knows the script's folder.
local function scoped_require(content, env)
  local loaded = {}
  return function(name)
    if type(name) ~= "string" then
      error("require takes a module's name", 2)
    elseif loaded[name] ~= nil then
      return loaded[name]
    end
    local path, text = is_local(content, name)
    if not path then
      return require(name)
    end
    local chunk, message = compile(text, path, env)
    if not chunk then
      error(message, 0)
    end
    loaded[name] = true
    local result = chunk(name)
    if result ~= nil then
      loaded[name] = result
    end
    return loaded[name]
  end
end

local function one_line(message)
  return (tostring(message):gsub("%s*\n.*", ""))
end

--- Runs a script and takes what it returns.
-- @tparam crier.content content
-- @treturn[1] crier.campaign
-- @treturn[2] nil
-- @treturn[2] string message, one line, with file and line
-- @treturn[2] string code `SCRIPT`
function script.load(content)
  local text, message = content:read(content.script)
  if not text then
    return nil, message, "SCRIPT"
  end
  local env = setmetatable({}, { __index = _G })
  env._G = env
  env.require = scoped_require(content, env)
  local chunk
  chunk, message = compile(text, content.shown, env)
  if not chunk then
    return nil, one_line(message), "SCRIPT"
  end
  local ok, result = pcall(chunk)
  if not ok then
    return nil, one_line(result), "SCRIPT"
  elseif not campaign.is(result) then
    return nil, ("%s returned %s: end it with `return crier.campaign { … }`")
      :format(content.shown, result == nil and "nothing"
        or "a " .. type(result)), "SCRIPT"
  end
  return result
end

return script
