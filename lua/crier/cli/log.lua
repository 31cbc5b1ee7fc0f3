--- `crier log NAME`
-- @module crier.cli.log
local event = require "crier.report.event"
local output = require "crier.cli.output"
local store = require "crier.cli.store"

local log = {}

local EPILOG = [[
Example:
   crier log benefits-2027

A line for each run, resume, pause, cancel and retry, with user, host, process,
version, options, content and counts; amend and recall of the campaign, too. A
command that changed nothing is not in it.]]

--- Adds the arguments.
-- @param parser an argparse command
function log.define(parser)
  parser:argument("name", "Name of the campaign.")
  parser:flag("--json", "Print one JSON document an event.")
  parser:epilog(EPILOG)
end

--- Runs the command.
-- @tparam table arguments
-- @treturn integer exit status
function log.run(arguments)
  local found, campaign = store.campaign(arguments.name, { looks = true })
  if not found then
    return campaign
  end
  for i, row in ipairs(found.events:list(campaign.id)) do
    local made = event.make(row)
    if arguments.json then
      output.write(event.json(made), "\n")
    else
      output.write(i > 1 and "\n" or "",
        event.text(made, made.campaign ~= campaign.name))
    end
  end
  found:close()
  return 0
end

return log
