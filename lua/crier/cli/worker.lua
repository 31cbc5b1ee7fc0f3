--- `crier worker`: what `crier serve` does beside listening.
-- @module crier.cli.worker
local config = require "crier.config"
local core = require "crier.core"
local log = require "crier.serve.log"
local loop = require "crier.loop"
local output = require "crier.cli.output"
local serve = require "crier.cli.serve"
local service = require "crier.serve.service"
local store = require "crier.cli.store"

local worker = {}

local FAILED, CONFIG = 1, 78

local EPILOG = [[
Example:
   crier worker

Works on what a gateway has heard, fetches the keys that it believes by, has
dialogs go on, and sends single messages whenever no run has this app and
tenant; a run sends those itself. `crier serve` does all of this, too, and
listens besides. SIGTERM ends it cleanly.]]

--- Adds the arguments.
-- @param parser an argparse command
function worker.define(parser)
  parser:flag("--create-store", "Make the store when there is none.")
  parser:option("--log", "How lines to standard error are written."):argname "text|json"
    :choices { "text", "json" }:default "text"
  parser:epilog(EPILOG)
end

-- The place of a server, where nobody listens.
local function nowhere(turns)
  return { loop = turns, on = function() end, on_all = function() end }
end

--- Runs the command until SIGINT or SIGTERM.
-- @tparam table arguments
-- @treturn integer exit status
function worker.run(arguments)
  local settings, message = config.read {}
  if not settings then
    store.complain(message)
    return CONFIG
  end
  local found = serve.open_store(settings, arguments)
  if not found then
    return CONFIG
  end
  local told = log.new { now = core.clock.wall_ms, form = arguments.log, level = settings.log,
    write = function(line) io.stderr:write(line) end }
  local self = { journal = found,
    loop = loop.new { clock = core.clock, transport = core.transport.new {} } }
  local problem
  self.service, problem = service.new { server = nowhere(self.loop), journal = found,
    config = settings, command = "worker", log = function(entry) told:tell(entry) end }
  if not self.service then
    store.complain(problem)
    return CONFIG
  end
  output.write(("working for app %s of tenant %s, store %s\n"):format(settings.app,
    settings.tenant, found.path))
  io.stdout:flush()
  local ok, status = pcall(serve.stay, self)
  if not ok then
    store.complain(tostring(status))
  end
  found:close()
  return ok and status or FAILED
end

return worker
