--- `crier report NAME`
-- @module crier.cli.report
local core = require "crier.core"
local gather = require "crier.report.gather"
local page = require "crier.report.page"
local page_file = require "crier.cli.page_file"
local store = require "crier.cli.store"
local version = require "crier.version"

local report = {}

local FAILED = 1

local EPILOG = [[
Examples:
   crier report benefits-2027
   crier report benefits-2027 --out - | ssh intranet 'cat > benefits.html'

The page is one file, benefits-2027.html, that needs nothing else: no script, no
font, no picture from elsewhere. It has the ledger, a plot of the messages over
time, reasons with remedies, calls, the message, what was amended or recalled,
and how it was run. It names nobody unless --names says so; a file that is there
already is replaced.]]

--- Adds the arguments.
-- @param parser an argparse command
function report.define(parser)
  parser:argument("name", "Name of the campaign.")
  parser:option("--out", "Where to write it; - is standard output."
    .. " Default: NAME.html"):argname "FILE"
  parser:flag("--names", "Name people: who failed, who did what, and a message as"
    .. " it was really sent.")
  parser:epilog(EPILOG)
end

--- Runs the command.
-- @tparam table arguments
-- @treturn integer exit status
function report.run(arguments)
  local found, campaign = store.campaign(arguments.name, { looks = true })
  if not found then
    return campaign
  end
  local made = page.make(gather.read(found, campaign, arguments.names), {
    now = core.clock.wall_ms(),
    version = version,
    names = arguments.names,
  })
  found:close()
  local ok, message =
    page_file.write(arguments.out or campaign.name .. ".html", made)
  if not ok then
    store.complain(message)
    return FAILED
  end
  return 0
end

return report
