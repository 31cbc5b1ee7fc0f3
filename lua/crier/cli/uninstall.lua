--- `crier uninstall FILE`
-- @module crier.cli.uninstall
local run = require "crier.cli.run"

local EPILOG = [[
Example:
   crier uninstall leavers.lua

Who does not have the app is excluded. What was sent stays in people's chats,
but nobody can be sent to again before the app is installed anew. The script is
a campaign without a message:

   return crier.campaign { name = "leavers", audience = crier.csv "leavers.csv" }

It has a ledger, as every campaign: status, export, why, pause and cancel work
on it. Needs what `crier run` needs, and CRIER_APP_ID.]]

return run.command("uninstall", EPILOG)
