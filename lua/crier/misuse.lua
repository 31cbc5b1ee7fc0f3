--- Errors of whoever calls crier wrongly, told where they called.
-- @module crier.misuse
local suggest = require "crier.suggest"

local misuse = {}

local FOLDER = debug.getinfo(1, "S").source:match "^(.*)misuse%.lua$"

--- Raises at the line outside of this folder that called.
-- @tparam string message
function misuse.raise(message)
  local level = 2
  local info = debug.getinfo(level, "S")
  while info and info.source:sub(1, #FOLDER) == FOLDER do
    level = level + 1
    info = debug.getinfo(level, "S")
  end
  error(message, level)
end

--- Checks that options are a table of known ones, or nil.
-- @tparam string name of the function, for the message
-- @param options
-- @tparam {string,...} known names
-- @treturn table options, an empty one for nil
function misuse.options(name, options, known)
  if options ~= nil and type(options) ~= "table" then
    misuse.raise(name .. ": options are a table")
  end
  local message = suggest.unknown_key(name, options or {}, known)
  if message then
    misuse.raise(message)
  end
  return options or {}
end

-- A method of C counts itself as the first argument.
local function blame(name, count, ok, ...)
  if ok then
    return ...
  end
  local number, why =
    tostring((...)):match "bad argument #(%d+) to '[^']*' (%(.*%))$"
  if not number then
    misuse.raise((...))
  end
  misuse.raise(("bad argument #%d to '%s' %s"):format(
    math.min(tonumber(number) - 1, count), name, why))
end

--- Calls a method that makes a request; what it raises is raised again where
-- crier was called, with the name and the number that stand there.
-- @param builder `core.graph` or `core.connector`
-- @tparam string name of the method
-- @tparam integer count of the arguments that the caller may have given
-- @param ... the arguments
-- @return what the method returns
function misuse.build(builder, name, count, ...)
  return blame(name, count, pcall(builder[name], builder, ...))
end

return misuse
