--- `crier retry NAME`
-- @module crier.cli.retry
local run = require "crier.cli.run"
local store = require "crier.cli.store"

local retry = {}

local EPILOG = [[
Examples:
   crier retry benefits-2027
   crier retry benefits-2027 --reason "not installed" --reason blocked

Only who is `failed` is sent to again: nobody who is delivered, and nobody who
is unknown. Reasons are those that `crier status` shows; the beginning of one
will do. In a paused campaign nobody else is sent to: who is pending stays so, and
it is paused again when the others are done, until crier resume. One that was only
stopped goes on with who is pending as well.]]

--- Adds the arguments.
-- @param parser an argparse command
function retry.define(parser)
  parser:argument("name", "Name of the campaign.")
  parser:option("--reason", "Only who failed for this; can be repeated.")
    :argname("TEXT"):count "*"
  run.define_common(parser)
  parser:epilog(EPILOG)
end

--- Runs the command.
-- @tparam table arguments
-- @treturn integer exit status
function retry.run(arguments)
  local found, row = store.campaign(arguments.name)
  if not found then
    return row
  end
  local reasons = arguments.reason
  local count = found.targets:count_failed(row.id, reasons)
  local pending = found.targets:counts(row.id).pending
  found:close()
  if count == 0 then
    store.complain(#reasons > 0
        and "nobody failed for " .. table.concat(reasons, " or ")
        or "nobody failed", pending > 0
        and ("crier resume %s   goes on with who is pending"):format(row.name)
        or "crier status " .. row.name .. "   has the reasons")
    return 65
  end
  return run.execute({ stored = arguments.name, lift = true,
    again = { reasons = reasons } }, arguments)
end

return retry
