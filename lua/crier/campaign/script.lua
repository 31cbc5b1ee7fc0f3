--- Loads a campaign script: the only place where crier runs foreign Lua.
--
-- The script has its own globals and its own `require`, which first looks for
-- modules in the script's folder; what it loads is part of the campaign.
-- @module crier.campaign.script
local campaign = require "crier.campaign"
local foreign = require "crier.foreign"
local suggest = require "crier.suggest"
local today = require "crier.campaign.today"

local script = {}

-- What a script may take: a second or so, where it should take milliseconds.
local MOST_STEPS = 100000000
-- Counted in such shares.
local SHARE = 1000000
-- Lines that are noted: to note each costs ten times as much as to run it.
local NOTED_LINES = 100000

local function module_paths(name)
  local path = name:gsub("%.", "/")
  return { path .. ".lua", path .. "/init.lua" }
end

-- `return crier.campaign { … }` is a tail call: when it raises, the script's
-- line is not on the stack any more. So the last line of the script's files
-- that ran is noted, and put before a message that names no place; of a script that
-- runs many lines the file alone. A script that does not end is stopped, at each step
-- from then on.
local function watch(self, most)
  local lines, steps = 0, 0
  local said = ("it does not end: %g million steps of Lua"):format(most / 1000000)
  local function stop()
    if self.chunks[debug.getinfo(2, "S").source] then
      error(said, 2)
    end
  end
  local function count()
    steps = steps + SHARE
    if steps >= most then
      debug.sethook(stop, "", 1)
    end
  end
  local function note(what, line)
    if what == "count" then
      return count()
    end
    local name = self.chunks[debug.getinfo(2, "S").source]
    self.last = name and { name = name, line = line } or self.last
    lines = lines + 1
    if lines == NOTED_LINES then
      self.last = self.last and { name = self.last.name }
      debug.sethook(count, "", SHARE)
    end
  end
  debug.sethook(note, "l", SHARE)
end

local function with_place(self, message)
  local last = self.last
  if not last or message:find(last.name:match "[^/]*$" .. ":", 1, true) then
    return message
  end
  return ("%s:%s %s"):format(last.name, last.line and ("%d:"):format(last.line) or "",
    message)
end

local function compile(self, text, name)
  if text:sub(1, 3) == "\239\187\191" then
    text = text:sub(4)
  end
  text = text:gsub("^#[^\n]*", "")
  self.chunks["@" .. name] = name
  return load(text, "@" .. name, "t", self.env)
end

local function is_local(content, name)
  if name == "crier" or name:find("^crier%.") or not name:find("^[%w_][%w_.-]*$") then
    return nil
  end
  for _, path in ipairs(module_paths(name)) do
    local text = content:read(path)
    if text then
      return path, text
    end
  end
end

local function one_line(message)
  return (foreign.text(message):gsub(":?%s*\n.*", ""))
end

-- What is not in the folder is looked for where Lua looks.
local function require_foreign(name)
  local ok, result = pcall(require, name)
  if not ok then
    error(one_line(result), 3)
  end
  return result
end

local MESSAGES = { "card", "text", "activity", "variants" }

-- What the script knows as `crier`: its own clock, and its messages are noted, so that
-- those which a dialog sends later are checked before anything is sent.
local function own_crier(self, crier)
  local own = { today = self.now and today.by(self.now) or nil }
  for _, name in ipairs(MESSAGES) do
    own[name] = function(...)
      local ok, made = pcall(crier[name], ...)
      if not ok then
        error(made, 2)
      end
      self.messages[#self.messages + 1] = made
      return made
    end
  end
  return setmetatable(own, { __index = function(_, name)
    if crier[name] == nil then
      local names = {}
      for known in pairs(crier) do
        names[#names + 1] = known
      end
      local near = suggest.nearest(tostring(name), names)
      error(("crier has no '%s'%s"):format(tostring(name),
        near and "; did you mean '" .. near .. "'?" or ""), 2)
    end
    return crier[name]
  end })
end

-- What the script knows as `os`: nothing ends but by what it returns.
local function own_os()
  return setmetatable({ exit = function()
    error("a script does not end crier: it returns a campaign", 2)
  end }, { __index = os })
end

-- A `require` that knows the script's folder.
local function scoped_require(self)
  local loaded = { os = self.env.os }
  return function(name)
    if type(name) ~= "string" then
      error("require takes a module's name", 2)
    elseif loaded[name] ~= nil then
      return loaded[name]
    elseif name == "crier" then
      loaded.crier = own_crier(self, require_foreign(name))
      return loaded.crier
    end
    local path, text = is_local(self.content, name)
    if not path then
      return (require_foreign(name)) -- no tail call: its error tells the line
    end
    local chunk, message = compile(self, text, path)
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

--- Runs a script and takes what it returns.
-- @tparam crier.content content
-- @tparam ?function now gives the time of `crier.today`; default the system's
-- @tparam[opt=100000000] integer most steps of Lua that it may take
-- @treturn[1] crier.campaign
-- @treturn[2] nil
-- @treturn[2] string message, one line, with file and line
-- @treturn[2] string code `SCRIPT`
function script.load(content, now, most)
  local text, message = content:read(content.script)
  if not text then
    return nil, message, "SCRIPT"
  end
  local self = { content = content, now = now, chunks = {}, messages = {},
    env = setmetatable({}, { __index = _G }) }
  self.env._G, self.env.os = self.env, own_os()
  self.env.require = scoped_require(self)
  local chunk
  chunk, message = compile(self, text, content.shown)
  if not chunk then
    return nil, one_line(message), "SCRIPT"
  end
  local hook, mask, count = debug.gethook()
  watch(self, most or MOST_STEPS)
  local ok, result = pcall(chunk)
  debug.sethook(hook, mask, count)
  if not ok then
    return nil, with_place(self, one_line(result)), "SCRIPT"
  elseif not campaign.is(result) then
    return nil, ("%s returned %s: end it with `return crier.campaign { … }`")
      :format(content.shown, result == nil and "nothing"
        or "a " .. type(result)), "SCRIPT"
  end
  local said = result.message
  if said and said.kind == "dialog" and not said.messages then
    said.messages = self.messages
  end
  return result
end

return script
