--- `crier upgrade FILE`
-- @module crier.cli.upgrade
local run = require "crier.cli.run"

local upgrade = {}

upgrade.summary = "Upgrade the app for everybody of a campaign's audience."

local EPILOG = [[
Example:
   crier upgrade upgrade-1.1.lua

Who has an older version than the catalog's gets the new one; who has the newest
or none is excluded. The script is a campaign without a message:

   return crier.campaign { name = "upgrade-1.1", audience = crier.users {} }

It has a ledger, as every campaign: status, export, why, pause and cancel work
on it. Needs what `crier run` needs, and CRIER_APP_ID.]]

--- Adds the arguments.
-- @param parser an argparse command
function upgrade.define(parser)
  run.define_file(parser)
  parser:epilog(EPILOG)
end

--- Runs the command.
-- @tparam table arguments
-- @treturn integer exit status
function upgrade.run(arguments)
  return run.execute(run.options(arguments, "upgrade"), arguments)
end

return upgrade
