--- `crier recall NAME`
-- @module crier.cli.recall
local run = require "crier.cli.run"

local recall = {}

local EPILOG = [[
Example:
   crier recall benefits-2027

The message disappears from people's chats. Who has read it has read it: toasts
and mail notices that Teams has shown cannot be taken back.

It is a campaign of its own (benefits-2027.recall-1) with a ledger; recall again
goes on where it stopped, and reaches who was sent to in the meantime.]]

--- Adds the arguments.
-- @param parser an argparse command
function recall.define(parser)
  parser:argument("name", "Name of the campaign.")
  run.define_common(parser)
  parser:epilog(EPILOG)
end

--- Runs the command.
-- @tparam table arguments
-- @treturn integer exit status
function recall.run(arguments)
  return run.execute({ parent = arguments.name, action = "recall" }, arguments)
end

return recall
