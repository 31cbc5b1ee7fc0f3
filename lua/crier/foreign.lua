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

--- Says where something went wrong, unless that is said already.
-- @tparam string place file and line
-- @tparam string text
-- @treturn string
function foreign.placed(place, text)
  return text:find "^[^%s:][^:]*:%d+:" and text or place .. ": " .. text
end

--- What an error says, in one line with file and line; see `foreign.text`.
-- @tparam function fn whose place is told when the error names none
-- @param problem
-- @treturn string
function foreign.complaint(fn, problem)
  local text = foreign.text(problem)
  local line = text:match "^([^\n]*)\n"
  return foreign.placed(foreign.place(fn), line and (line:match "^.*%S" or "") or text)
end

-- What a function may take: half a second or so, where it should take microseconds.
local MOST_STEPS = 50000000

-- What a coroutine of `work` yields first, and nobody else.
local DONE = {}

-- Calls one function after another. An error of level 2 finds nobody's line above
-- `pcall`, as in a coroutine of its own.
local function work(fn, ...)
  return work(coroutine.yield(DONE, pcall(fn, ...)))
end

--- Stops a coroutine that does not end. Where it catches that, it is stopped at its
-- next step, and so on until it is left.
-- @tparam thread thread
function foreign.watch(thread)
  debug.sethook(thread, function()
    if debug.getinfo(2, "f").func == work then
      return debug.sethook(thread) -- it is left
    end
    debug.sethook(thread, debug.gethook(thread), "", 1)
    error(("it does not end: %d million steps of Lua"):format(MOST_STEPS / 1000000), 2)
  end, "", MOST_STEPS)
end

local foreign_methods = {}
local foreign_mt = { __name = "crier.foreign", __index = foreign_methods }

--- Creates what calls one function after another, each as `foreign.call` does, in one
-- coroutine for as long as they do no wrong.
-- @treturn crier.foreign
function foreign.new()
  return setmetatable({ thread = nil }, foreign_mt)
end

--- Calls a function; see `foreign.call`.
-- @tparam function fn
-- @param ... its arguments
-- @return as `foreign.call`
function foreign_methods:call(fn, ...)
  local thread = self.thread or coroutine.create(work)
  self.thread = nil -- the function may lead here again
  foreign.watch(thread)
  local lives, done, ok, first, second, third = coroutine.resume(thread, fn, ...)
  if not lives then
    return false, foreign.complaint(fn, done)
  elseif done ~= DONE then
    return false, foreign.place(fn) .. ": it waits (coroutine.yield), and may not"
  elseif not ok then
    return false, foreign.complaint(fn, first)
  end
  self.thread = thread
  return true, first, second, third
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
  return foreign.new():call(fn, ...)
end

return foreign
