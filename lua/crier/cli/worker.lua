--- `crier worker`: sends what others have put into the journal.
-- @module crier.cli.worker
local config = require "crier.config"
local core = require "crier.core"
local journal = require "crier.journal"
local log = require "crier.serve.log"
local loop = require "crier.loop"
local output = require "crier.cli.output"
local store = require "crier.cli.store"
local worker = require "crier.worker"

local command = {}

command.summary = "Send the single messages that gateways and programs have left."

local CONFIG = 78
local LOOK_MS = 500

local EPILOG = [[
Example:
   crier worker

Sends whenever no run has this app and tenant; a run sends single messages itself.
`crier serve` does all of this, too, and listens besides. SIGTERM ends it cleanly.]]

--- Adds the arguments.
-- @param parser an argparse command
function command.define(parser)
  parser:option("--log", "How lines to standard error are written."):argname "text|json"
    :choices { "text", "json" }:default "text"
  parser:epilog(EPILOG)
end

-- Works until a signal, and until what is in flight is answered; what it had to end
-- with, if anything.
local function stay(self, turns)
  local signals, seen = core.signal.watch(), 0
  local problem
  turns:run(function()
    local task = turns:task()
    if signals then
      turns:watch(signals, function() turns:unpark(task) end)
    end
    local working = turns:spawn(function() problem = self:run() end)
    while not working.ended do
      turns:park(turns:now() + LOOK_MS)
      for _ = seen + 1, core.signal.count() do
        self:stop()
        seen = seen + 1
      end
    end
  end)
  core.signal.unwatch()
  return problem
end

--- Runs the command until SIGINT or SIGTERM.
-- @tparam table arguments
-- @treturn integer exit status
function command.run(arguments)
  local settings, message = config.read {}
  local path, found
  if settings then
    path, message = journal.path(settings.store)
  end
  if path then
    found, message = journal.open(path, {})
  end
  if not found then
    store.complain(message)
    return CONFIG
  end
  local told = log.new { now = core.clock.wall_ms, form = arguments.log, level = settings.log,
    write = function(line) io.stderr:write(line) end }
  local turns = loop.new { clock = core.clock, transport = core.transport.new {} }
  local self = worker.new { loop = turns, config = settings, journal = found,
    log = function(entry) told:tell(entry) end }
  output.write(("working for app %s of tenant %s, store %s\n"):format(settings.app,
    settings.tenant, path))
  io.stdout:flush()
  local problem = stay(self, turns)
  found:close()
  if problem then
    store.complain(problem.why, problem.remedy, problem.code)
  end
  return problem and problem.exit or 0
end

return command
