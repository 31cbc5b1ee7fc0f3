--- `crier doctor [FILE]`: what is missing, and how to get it.
-- @module crier.cli.doctor
local output = require "crier.cli.output"
local consent = require "crier.doctor.consent"
local core = require "crier.core"
local doctor = require "crier.doctor"
local json = require "crier.format.json"
local layout = require "crier.doctor.layout"
local log = require "crier.report.log"
local loop = require "crier.loop"
local store = require "crier.cli.store"

local command = {}

local USAGE = 64
local COLUMNS = { "check", "what", "state", "why", "code", "remedy" }
local WIDEST = 100
local LONGEST_WAIT_MS = 48 * 3600 * 1000
local UNITS_MS = { s = 1000, m = 60 * 1000, min = 60 * 1000, h = 3600 * 1000 }

local EPILOG = [[
Examples:
   crier doctor
   crier doctor benefits.lua --person ann@contoso.com
   crier doctor --person ann@contoso.com --install --send --wait 2h

Each line tells what was looked at, how it is, why, and what to do. Nothing is
changed but what --install and --send say, and that only after you confirm it.

Exit status: 0 nothing is wrong (the last line says whether all was seen); 2 a run
would work, but not for this person; 3 the campaign is paused or cancelled; 65 the
script; 69 nothing answers; 77 the service refuses credentials or permission; 78
settings, store or app.]]

--- Adds the arguments.
-- @param parser an argparse command
function command.define(parser)
  parser:argument("file", "A campaign: what it needs is looked for."):args "?"
  parser:option("--person", "Look at one person as well."):argname "WHO"
  parser:flag("--install", "Install the app for that person.")
  parser:flag("--send", "Send that person one test message.")
  parser:option("--wait", "How long to wait for an app that was just published,"
    .. " such as 30m or 2h."):argname "TIME"
  parser:flag("--yes", "Do not ask before --install and --send.")
  parser:flag("--verbose", "Write method and URL of each call to standard error.")
  parser:flag("--json", "Print one JSON document.")
  parser:epilog(EPILOG)
end

--- Reads a span of time.
-- @tparam ?string word such as `90s`, `30m`, `2h`
-- @treturn[1] number milliseconds; 0 for nil
-- @treturn[2] nil
-- @treturn[2] string message
function command.span(word)
  if not word then
    return 0
  end
  local digits, unit = word:match "^(%d+)%s*(%a+)$"
  local ms = digits and UNITS_MS[unit] and tonumber(digits) * UNITS_MS[unit]
  if not ms or ms > LONGEST_WAIT_MS then
    return nil, ("--wait '%s': it is a time such as 90s, 30m or 2h, at most 48h")
      :format(word)
  end
  return ms
end

local function is_interactive()
  return core.fs.isatty(0) and core.fs.isatty(2)
end

-- Nobody is asked before loopback.
local function ask(context, arguments)
  local terminal = { err = io.stderr, read = function() return io.read "*l" end }
  return function(question)
    return context.config.info.loopback or arguments.yes
      or consent.ask(question, terminal)
  end
end

local function write_line(arguments)
  local write = layout.new {
    width = math.min(core.fs.terminal_width(1), WIDEST),
    colour = core.fs.isatty(1) and (os.getenv "NO_COLOR" or "") == "",
  }
  return function(line)
    if not arguments.json then
      output.write(write(line))
      io.stdout:flush()
    end
  end
end

-- --verbose: a line for each call, as a run writes it.
local function new_log(arguments)
  return arguments.verbose and log.new {
    format = "text",
    level = "debug",
    is_verbose = true,
    campaign = "doctor",
    now = core.clock.wall_ms,
    write = function(said)
      io.stderr:write(said, "\n")
    end,
  } or nil
end

local function new_context(arguments, wait_ms)
  local context = {
    file = arguments.file,
    who = arguments.person,
    will_install = arguments.install or false,
    will_send = arguments.send or false,
    wait_ms = wait_ms,
    getenv = os.getenv,
    log = new_log(arguments),
    look = core.peer.look,
    now_ms = core.clock.now_ms,
    wall_ms = core.clock.wall_ms,
    loop = loop.new { transport = core.transport.new {}, clock = core.clock },
    waiting = function(said)
      io.stderr:write("crier: ", said, "\n")
    end,
  }
  context.ask = ask(context, arguments)
  return context
end

local function as_json(lines, exit)
  local checks = {}
  for i, line in ipairs(lines) do
    checks[i] = json.ordered(line, COLUMNS)
  end
  return ('{"exit":%d,"works":%s,"tried":%s,"checks":[%s]}\n'):format(exit,
    tostring(exit == 0), tostring(doctor.is_tried(lines)),
    table.concat(checks, ","))
end

-- That an app is blocked or a bot disabled shows with a person alone.
local function praise(lines, context)
  local who, definition = context.who, context.definition
  if doctor.is_tried(lines) then
    return "a run would work"
  elseif who then
    return ("nothing is wrong that can be seen without installing: try crier"
      .. " doctor --person %s --install"):format(core.text.printable(who))
  end
  return "nothing is wrong that can be seen without a person: try crier doctor"
    .. " --person you@…"
    .. (definition and not definition.install and "" or " --install")
end

local function conclude(lines, context, arguments)
  local exit, first = doctor.verdict(lines)
  if context.is_confirmed == false then
    exit = exit == 0 and USAGE or exit
  end
  if arguments.json then
    output.write(as_json(lines, exit))
  elseif first then
    output.write(("\n%s: begin with %s\n"):format(exit == 2
      and "a run would work, but not for this person"
      or "a run would fail", first.what))
  else
    output.write("\n", praise(lines, context), "\n")
  end
  return exit
end

-- What is wrong with the arguments together.
local function flaw(arguments)
  for _, name in ipairs { "install", "send", "wait" } do
    if arguments[name] and not arguments.person then
      return ("--%s needs --person: one person to try it with"):format(name)
    end
  end
end

-- Whether a change is meant by somebody who cannot be asked.
local function is_unmeant(arguments)
  if arguments.yes or is_interactive()
    or not (arguments.install or arguments.send) then
    return false
  end
  local found = require("crier.config").read {}
  return found ~= nil and not found.info.loopback
end

--- Runs the command.
-- @tparam table arguments
-- @treturn integer exit status
function command.run(arguments)
  local wait_ms, message = command.span(arguments.wait)
  message = message or flaw(arguments)
  if message then
    store.complain(message, "crier doctor --help   has examples")
    return USAGE
  elseif is_unmeant(arguments) then
    store.complain("this would change something, and there is no terminal to ask"
      .. " at", "say --yes when it is meant")
    return USAGE
  end
  local context = new_context(arguments, wait_ms)
  local lines = context.loop:run(doctor.run, doctor.checks(), context,
    write_line(arguments))
  return conclude(lines, context, arguments)
end

return command
