--- `crier upgrade FILE`
-- @module crier.cli.upgrade
local run = require "crier.cli.run"

local EPILOG = [[
Example:
   crier upgrade upgrade-1.1.lua

Who has an older version than the catalog's gets the new one; who has the newest
or none is excluded. The script is a campaign without a message:

   return crier.campaign { name = "upgrade-1.1", audience = crier.users {} }

It has a ledger, as every campaign: status, export, why, pause and cancel work
on it. Needs what `crier run` needs, and CRIER_APP_ID.]]

return run.command("upgrade", EPILOG)
