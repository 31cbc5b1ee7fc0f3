--- Calls functions that a campaign's script brought along: whatever they do, the
-- caller goes on, and can say where it happened.
-- @module crier.guard
local guard = {}

local function place_of(fn)
  local info = debug.getinfo(fn, "S")
  return info.what == "C" and "a function of Lua itself"
    or ("%s:%d"):format(info.short_src, info.linedefined)
end

-- One line, with file and line; an error may be any value, and even refuse to be
-- shown.
local function complaint(fn, problem)
  local ok, text = pcall(tostring, problem)
  text = ok and type(text) == "string" and text:gsub("%s*\n.*", "")
    or "an error that cannot be shown"
  return text:find "^[^%s:][^:]*:%d+:" and text or place_of(fn) .. ": " .. text
end

--- Calls a function. It may not wait: a yield of its own would never be answered.
-- @tparam function fn
-- @param ... its arguments
-- @treturn[1] boolean true
-- @return[1] the first two values that it returned
-- @treturn[2] boolean false
-- @treturn[2] string what went wrong, one line with file and line
function guard.call(fn, ...)
  local thread = coroutine.create(fn)
  local ok, first, second = coroutine.resume(thread, ...)
  if not ok then
    return false, complaint(fn, first)
  elseif coroutine.status(thread) ~= "dead" then
    return false, place_of(fn) .. ": it waits (coroutine.yield), and may not"
  end
  return true, first, second
end

return guard
