--- `crier preview FILE`
-- @module crier.cli.preview
local cjson = require "cjson.safe"
local content = require "crier.campaign.content"
local core = require "crier.core"
local page = require "crier.preview.page"
local page_file = require "crier.cli.page_file"
local sample = require "crier.report.sample"
local script = require "crier.campaign.script"
local store = require "crier.cli.store"

local preview = {}

preview.summary = "Show a campaign's message as a page, without sending it."

local DATA, FAILED = 65, 1

local EPILOG = [[
Examples:
   crier preview benefits.lua
   crier preview notice.lua --as ana@contoso.com --out notice.html

The page, benefits-2027-preview.html, has the notification and the card as
Microsoft's own renderer draws it: on a phone and on a desk, light and dark. It
needs no network, no store and no credential: the directory's values are made up,
and with --as a row of the campaign's csv, jsonl or list is real.]]

--- Adds the arguments.
-- @param parser an argparse command
function preview.define(parser)
  parser:argument("file", "The campaign script.")
  parser:option("--as", "Who it is made for: somebody in the campaign's files.")
    :argname "WHO"
  parser:option("--out", "Where to write the page; - is standard output."
    .. " Default: NAME-preview.html"):argname "FILE"
  parser:flag("--pictures", "Let the page fetch the card's pictures.")
  parser:epilog(EPILOG)
end

local function fail(status, message)
  store.complain(message)
  return status
end

--- Runs the command.
-- @tparam table arguments
-- @treturn integer exit status
function preview.run(arguments)
  local files = content.on_disk(arguments.file)
  local definition, message = script.load(files)
  if not definition then
    return fail(DATA, message)
  elseif not definition.message then
    return fail(DATA, arguments.file .. ": it has no message")
  end
  local row
  row, message = sample.person(definition, files, arguments.as)
  local made
  if row then
    made, message = sample.render(definition, files, row)
  end
  if not made then
    return fail(DATA, message)
  end
  local ok
  ok, message = page_file.write(arguments.out or definition.name .. "-preview.html",
    page.make(made, {
      name = definition.name,
      whom = arguments.as or cjson.decode(row.fields).displayName
        .. ", who does not exist",
      pictures = arguments.pictures,
      bytes = core.activity.size(made),
    }))
  return ok and 0 or fail(FAILED, message)
end

return preview
