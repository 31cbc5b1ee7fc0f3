--- Runs a dialog's function against what has happened so far.
--
-- Everything that the function gets from outside is an event, kept in the journal: the
-- function is run from its beginning, given the events that are known, and stopped at
-- the first thing that has not happened yet. So a dialog needs no memory of its own,
-- and goes on in any process. What it does must be the same each time; where it is not,
-- the replay stops and says where.
-- @module crier.dialog.replay
local foreign = require "crier.foreign"

local replay = {}

-- A dialog that does more than this is a mistake, such as a loop that asks for ever.
local MOST_EVENTS = 1000

local function place_of(thread)
  local info = debug.getinfo(thread, 1, "Sl")
  local level = 1
  while info and (info.what == "C" or info.source:find "crier[/.]dialog[/.]") do
    level = level + 1
    info = debug.getinfo(thread, level, "Sl")
  end
  return info and ("%s:%d"):format(info.short_src, info.currentline) or "the script"
end

local function shown(command)
  return command.name and ("%s %q"):format(command.kind, command.name) or command.kind
end

local function differs(command, event)
  return command.kind ~= event.kind or command.name ~= event.name
end

-- The event of a command: one that is known, or one that happens now. nil and false:
-- it has not happened; nil and text: what is wrong.
local function event_of(state, command, place)
  local event = state.events[state.nth]
  state.commands[state.nth] = command
  if event and differs(command, event) then
    return nil, ("%s: the dialog has changed: what was %s then is %s now"):format(place,
      shown(event), shown(command))
  elseif event then
    return event
  elseif state.nth > MOST_EVENTS then
    return nil, ("%s: the dialog has done %d things and is not at its end"):format(place,
      MOST_EVENTS)
  end
  state.d.acts = command.kind == "once" and command.name or nil
  local made, problem = state.perform(command, state.nth)
  state.d.acts = nil
  if made then
    state.events[state.nth] = made
    return made
  end
  return nil, problem and foreign.placed(place, problem) or false
end

--- Runs it as far as it goes.
-- @tparam function fn called with `d`, see `crier.dialog.talk`
-- @tparam table d its methods yield `{ kind =, name =, … }` and are given the event's
--   value; while a `once` acts, `d.acts` is its name
-- @tparam {table,...} events what has happened: `{ kind =, name =, value = }`; what
--   happens now is appended
-- @tparam function perform called with a command that has not happened yet, and its
--   number; returns an event when it happens at once, nil when it is to be waited for,
--   or nil and what is wrong
-- @tparam ?table commands gets those that it came to, by number
-- @treturn[1] string `done`
-- @treturn[2] string `waiting`
-- @treturn[2] table the command that is waited for
-- @treturn[3] string `failed`
-- @treturn[3] string why, with file and line
function replay.run(fn, d, events, perform, commands)
  local thread = coroutine.create(fn)
  foreign.watch(thread)
  local state = { events = events, nth = 0, perform = perform, commands = commands or {}, d = d }
  local value = d
  while true do
    local ok, command = coroutine.resume(thread, value)
    if not ok then
      return "failed", foreign.complaint(fn, command)
    elseif coroutine.status(thread) == "dead" then
      if events[state.nth + 1] then
        return "failed", ("%s: the dialog has changed: it ends before what was %s then")
          :format(foreign.place(fn), shown(events[state.nth + 1]))
      end
      return "done"
    elseif type(command) ~= "table" or not command.kind then
      return "failed", place_of(thread) .. ": a dialog waits by d:ask and d:wait, not by"
        .. " coroutine.yield"
    end
    state.nth = state.nth + 1
    local event, problem = event_of(state, command, place_of(thread))
    if problem then
      return "failed", problem
    elseif not event then
      return "waiting", command
    end
    value = event.value
  end
end

return replay
