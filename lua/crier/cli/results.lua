--- `crier results NAME`
-- @module crier.cli.results
local core = require "crier.core"
local output = require "crier.cli.output"
local report = require "crier.report.results"
local store = require "crier.cli.store"
local text = require "crier.format.text"

local results = {}

local WIDEST, DATA = 100, 65

local EPILOG = [[
Examples:
   crier results canteen
   crier results canteen --format csv > canteen.csv

How many answered, and for each question its choices with counts, shares and bars,
or what was written. Of an anonymous poll nothing is shown of a question before five
have answered it, and there is nothing more in the store than is shown here.]]

--- Adds the arguments.
-- @param parser an argparse command
function results.define(parser)
  parser:argument("name", "Name of the campaign.")
  parser:option("--format", "Form of the results.", "text")
    :choices { "text", "csv", "json" }:argname "text|csv|json"
  parser:flag("--json", "The same as --format json.")
  parser:epilog(EPILOG)
end

local writers = { csv = report.csv }

function writers.json(found)
  return report.json(found) .. "\n"
end

function writers.text(found)
  return report.text(found, { width = math.min(core.fs.terminal_width(1), WIDEST),
    is_utf8 = text.is_utf8() })
end

--- Runs the command.
-- @tparam table arguments
-- @treturn integer exit status
function results.run(arguments)
  local journal, campaign = store.campaign(arguments.name, { looks = true })
  if not journal then
    return campaign
  end
  local found = report.read(journal, campaign)
  journal:close()
  if not found then
    store.complain(("campaign %s asked nothing, and noted nothing of what people did"):format(
      campaign.name), ("crier status %s   shows what became of it"):format(campaign.name))
    return DATA
  end
  output.write(writers[arguments.json and "json" or arguments.format](found))
  return 0
end

return results
