--- `crier amend NAME FILE`
-- @module crier.cli.amend
local run = require "crier.cli.run"

local amend = {}

local EPILOG = [[
Example:
   crier amend benefits-2027 benefits-mended.lua

Who has the campaign's message sees the new one in its place, without a new
notification. FILE is a campaign script; its message and `data` count, its name
and audience do not.

It is a campaign of its own (benefits-2027.amend-1) with a ledger; the same amend
again goes on where it stopped, and one with other content is the next.]]

--- Adds the arguments.
-- @param parser an argparse command
function amend.define(parser)
  parser:argument("name", "Name of the campaign.")
  parser:argument("file", "The script with the new content.")
  run.define_common(parser)
  parser:epilog(EPILOG)
end

--- Runs the command.
-- @tparam table arguments
-- @treturn integer exit status
function amend.run(arguments)
  return run.execute({
    parent = arguments.name,
    path = arguments.file,
    action = "amend",
  }, arguments)
end

return amend
