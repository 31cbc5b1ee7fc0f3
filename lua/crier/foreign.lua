--- Calls foreign functions, such as those that a campaign's script brings along:
-- whatever they do, the caller goes on, and can say where it happened.
-- @module crier.foreign
local foreign = {}

--- Where a function stands.
-- @tparam function fn
-- @treturn string file and line
function foreign.place(fn)
  local info = debug.getinfo(fn, "S")
  return info.what == "C" and "a function of Lua itself"
    or ("%s:%d"):format(info.short_src, info.linedefined)
end

--- What was raised, as a text, which may have several lines; it may be any value, and
-- even refuse to be shown.
-- @param problem
-- @treturn string
function foreign.text(problem)
  local meta = getmetatable(problem)
  if type(problem) == "string" then
    return problem
  elseif type(problem) ~= "number" and not (type(meta) == "table" and meta.__tostring) then
    return "an error that is not a text"
  end
  local ok, text = pcall(tostring, problem)
  return ok and type(text) == "string" and text or "an error that cannot be shown"
end

--- What an error says, in one line with file and line; see `foreign.text`.
-- @tparam function fn whose place is told when the error names none
-- @param problem
-- @treturn string
function foreign.complaint(fn, problem)
  local text = foreign.text(problem):gsub("%s*\n.*", "")
  return text:find "^[^%s:][^:]*:%d+:" and text or foreign.place(fn) .. ": " .. text
end

-- What a function may take: half a second or so, where it should take microseconds.
local MOST_STEPS = 50000000

--- Stops a coroutine that does not end. Where it catches that, it is stopped at its
-- next step, and so on until it is left.
-- @tparam thread thread
function foreign.watch(thread)
  debug.sethook(thread, function()
    debug.sethook(thread, debug.gethook(thread), "", 1)
    error(("it does not end: %d million steps of Lua"):format(MOST_STEPS / 1000000), 2)
  end, "", MOST_STEPS)
end

--- Calls a function. It may not wait: a yield of its own would never be answered. It
-- must end: after 50 million steps of Lua it is stopped. (A loop in a function of C,
-- in a coroutine of its own, or compiled by LuaJIT is not noticed.)
-- @tparam function fn
-- @param ... its arguments
-- @treturn[1] boolean true
-- @return[1] the first three values that it returned
-- @treturn[2] boolean false
-- @treturn[2] string what went wrong, one line with file and line
function foreign.call(fn, ...)
  local thread = coroutine.create(fn)
  foreign.watch(thread)
  local ok, first, second, third = coroutine.resume(thread, ...)
  if not ok then
    return false, foreign.complaint(fn, first)
  elseif coroutine.status(thread) ~= "dead" then
    return false, foreign.place(fn) .. ": it waits (coroutine.yield), and may not"
  end
  return true, first, second, third
end

return foreign
