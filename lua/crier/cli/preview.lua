--- `crier preview FILE`
-- @module crier.cli.preview
local cjson = require "cjson.safe"
local choice = require "crier.campaign.choice"
local content = require "crier.campaign.content"
local crier = require "crier"
local lookup = require "crier.audience.lookup"
local page = require "crier.preview.page"
local page_file = require "crier.cli.page_file"
local person = require "crier.audience.person"
local plan = require "crier.campaign.plan"
local reader = require "crier.audience.reader"
local sample = require "crier.report.sample"
local script = require "crier.campaign.script"
local store = require "crier.cli.store"

local preview = {}

local USAGE, DATA, FAILED = 64, 65, 1

local EPILOG = [[
Examples:
   crier preview benefits.lua
   crier preview benefits.lua --language fr-CA --variant b
   crier preview notice.lua --as ana@contoso.com --out notice.html

The page, benefits-2027-preview.html, has the notification and the card as
Microsoft's own renderer draws it: on a phone and on a desk, light and dark; each
variant and language after the other. It needs no network, no store and no
credential: the directory's values are made up, and with --as a row of the
campaign's csv, jsonl or list is real. Only the directory knows the language that
most people read, so that --as leaves out what the script tells alone. Who is in no
such file is looked up in the directory, when AZURE_TENANT_ID and a credential are
set: then all is real, and the page has what that person gets.]]

--- Adds the arguments.
-- @param parser an argparse command
function preview.define(parser)
  parser:argument("file", "The campaign script.")
  parser:option("--as", "Who it is made for: an object id, UPN or mail address.")
    :argname "WHO"
  parser:option("--language", "As somebody gets it who reads this language.")
    :argname "TAG"
  parser:option("--variant", "Only this one of crier.variants."):argname "NAME"
  parser:option("--out", "Where to write the page; - is standard output."
    .. " Default: NAME-preview.html"):argname "FILE"
  parser:flag("--pictures", "Let the page fetch the card's pictures.")
  parser:epilog(EPILOG)
end

local function fail(status, message)
  store.complain(message)
  return status
end

-- Somebody of the directory; nil and the exit status after saying why not.
local function ask_directory(definition, who, why)
  return crier.run(function()
    local client, message = crier.connect()
    if not client then
      return nil, fail(DATA, why .. ", and the directory cannot be asked: " .. message)
    end
    local row, problem, code, outcome = lookup.one(client, who,
      lookup.selection(reader.selected(definition.audience)))
    if row then
      row.is_real = true
      return row
    elseif code == "UNKNOWN" then
      return nil, fail(DATA, why .. "; " .. problem)
    end
    store.complain(problem, outcome and outcome.remedy, outcome and outcome.code)
    return nil, plan.failure(problem, code, outcome).exit
  end)
end

-- Whom it is made for, `is_real` when all of them is; nil and the exit status after
-- saying why not.
local function find(definition, files, who)
  local row, message, code = sample.person(definition, files, who)
  if code == "UNKNOWN" then
    return ask_directory(definition, who, message)
  end
  return row, row == nil and fail(DATA, message) or nil
end

-- What of a campaign's message is to be shown; nil and the exit status otherwise.
local function wanted(arguments, definition, row)
  local found, has_languages = choice.new(definition), false
  for _, leaf in ipairs(found.leaves) do
    has_languages = has_languages or leaf.language ~= nil
  end
  if arguments.variant and not found.branches[arguments.variant] then
    return nil, fail(USAGE, ("the message has no variant %s"):format(arguments.variant))
  elseif arguments.language and not has_languages then
    return nil, fail(USAGE, "the message is in no language: it is the same for everybody")
  end
  if row.is_real and not arguments.variant and not arguments.language then
    return { is_own = true }
  end
  local only = arguments.as and found:known(row, person.recipient(row)) or {}
  local own = row.is_real and found:pick(row, person.recipient(row)) or only
  return { variant = arguments.variant or own.variant,
    wanted = arguments.language or own.language or own.wanted }
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
  local row, status = find(definition, files, arguments.as)
  if not row then
    return status
  end
  local only
  only, status = wanted(arguments, definition, row)
  if not only then
    return status
  end
  local made
  made, message = sample.each(definition, files, row, only)
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
    }))
  return ok and 0 or fail(FAILED, message)
end

return preview
