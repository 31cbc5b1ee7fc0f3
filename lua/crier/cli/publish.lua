--- `crier publish ZIP`: brings a Teams app into the organisation's catalog.
-- @module crier.cli.publish
local core = require "crier.core"
local crier = require "crier"
local json = require "crier.format.json"
local output = require "crier.cli.output"
local pack = require "crier.cli.pack"
local package_ = require "crier.package"
local publisher = require "crier.package.publisher"
local reader = require "crier.package.reader"
local store = require "crier.cli.store"
local text = require "crier.format.text"

local publish = {}

local USAGE, DATA, UNAVAILABLE, REFUSED, CONFIGURATION = 64, 65, 69, 77, 78
local CENTERS = { gcch = "https://admin.gov.teams.microsoft.us",
  dod = "https://admin.dod.teams.microsoft.us" }
local COLUMNS = { "action", "id", "manifest_id", "name", "version", "state" }
local WIDEST = 100

local EPILOG = [[
Examples:
   crier publish app.zip
   crier publish app.zip --review
   crier publish app.zip --new-bot --yes

The documented way is the Teams admin center: Teams apps > Manage apps > Upload
new app. This command does the same: it shows a code, and who may publish signs
in with it (a Teams administrator; with --review anybody). It needs
AZURE_TENANT_ID and AZURE_CLIENT_ID, and that registration must allow public
client flows: `PUBLISH=yes ./setup.sh`.]]

--- Adds the arguments.
-- @param parser an argparse command
function publish.define(parser)
  parser:argument("zip", "The package, as `crier pack` makes it.")
  parser:flag("--review", "Submit it: an administrator approves it later.")
  parser:flag("--new-bot", "Another id or bot than the catalog's is meant.")
  parser:flag("--yes", "Do not ask.")
  parser:flag("--json", "Print one JSON document.")
  parser:epilog(EPILOG)
end

local function say(words, indent)
  local width = math.min(core.fs.terminal_width(2), WIDEST)
  for _, line in ipairs(text.wrap(core.text.printable(words), width, indent)) do
    io.stderr:write(line, "\n")
  end
end

-- The files of the package, or nil and why there are none.
local function open(path)
  local bytes, message = reader.file(path)
  if not bytes then
    return nil, message
  end
  local files
  files, message = reader.files(bytes)
  return files, message, bytes
end

-- The package, judged; or nil and the exit status after saying why.
local function read(arguments)
  local archive, message = reader.archive()
  if not archive then
    store.complain(message)
    return nil, CONFIGURATION
  end
  local files, wrong, bytes = open(arguments.zip)
  if not files then
    store.complain(arguments.zip .. ": " .. core.text.printable(wrong),
      "crier pack DIR   makes a package")
    return nil, DATA
  end
  local judged = package_.judge { inspect = archive.inspect,
    read = function(name) return files[name] end }
  pack.print_faults(judged)
  if #judged.faults > 0 then
    store.complain(arguments.zip .. " would be refused: nothing was published",
      "put it right, and `crier pack` it again")
    return nil, DATA
  end
  return { app = judged.app, bytes = bytes }
end

local function show_manual_way(arguments, app)
  io.stderr:write(("By hand, as an administrator: %s > Teams apps >\n"
    .. "Manage apps > Upload new app (or the app > Update), and choose %s (%s %s).\n"):format(
    CENTERS[os.getenv "CRIER_CLOUD"] or "https://admin.teams.microsoft.com", arguments.zip,
    core.text.printable(app.name), app.version))
end

-- Shows what is about to be done, and asks. Nobody is asked before loopback.
local function confirm(client, arguments, app)
  local function row(label, value)
    io.stderr:write(("  %-11s %s\n"):format(label, core.text.printable(value)))
  end
  return function(found)
    row("tenant", client.config.tenant)
    row("app", ("%s, id %s, bot %s"):format(app.name, app.id, app.bot_id))
    row("will", (found.action == "update" and ("update %s to "):format(found.from or "it")
      or "publish ") .. app.version)
    if found.consequence then
      say(found.consequence .. ".", "  ")
    end
    if arguments.yes or client.config.info.loopback then
      return true
    end
    io.stderr:write(("Type the version (%s) to go on: "):format(app.version))
    io.stderr:flush()
    return (io.read "*l" or ""):match "^%s*(.-)%s*$" == app.version
  end
end

-- Says what the matter is; gives the exit status.
local function explain(problem)
  store.complain(problem.why, nil, problem.code)
  if problem.remedy then
    say(problem.remedy, "  ")
  end
  local kind = problem.outcome and problem.outcome.kind
  if problem.is_unconfirmed then
    return USAGE
  elseif problem.is_refusal then
    return DATA
  elseif kind == "transient" or kind == "throttled" or kind == "ambiguous" then
    return UNAVAILABLE
  end
  return REFUSED
end

local function show(arguments, app, done)
  if arguments.json then
    return output.write(json.ordered({ action = done.action, id = done.id, manifest_id = app.id,
      name = app.name, version = app.version, state = done.state }, COLUMNS), "\n")
  end
  output.write(("%s: %s %s%s\n"):format(done.state, core.text.printable(app.name), app.version,
    done.id and ", catalog id " .. done.id or ""))
  if arguments.review then
    output.write "An administrator approves it: Teams apps > Manage apps > (the app) > Publish.\n"
  end
  output.write("It shows within minutes, at worst within two days:\n",
    "   crier doctor --person you@contoso.com --wait 2h\n")
  if done.action == "update" then
    output.write("If it asks for other permissions, or has another bot, whoever has the app keeps\n"
      .. "the version of before until it is upgraded: crier upgrade FILE\n")
  end
end

-- Runs inside crier.run; gives the exit status.
local function work(arguments, package)
  local client, message, code = crier.connect()
  if not client then
    store.complain(message, "or publish it by hand, as said above",
      code ~= "CONFIG" and code or nil)
    return CONFIGURATION
  elseif not (arguments.yes or client.config.info.loopback
    or core.fs.isatty(0) and core.fs.isatty(2)) then
    store.complain("this would change the catalog of tenant " .. client.config.tenant
      .. " and there is no terminal to ask at", "say --yes when it is meant")
    return USAGE
  end
  local done, problem = publisher.run(client, package.app, package.bytes, {
    show = function(prompt) say(prompt) end,
    confirm = confirm(client, arguments, package.app),
    is_review = arguments.review,
    is_new_bot = arguments.new_bot,
  })
  if not done then
    return explain(problem)
  end
  show(arguments, package.app, done)
  return 0
end

--- Runs the command.
-- @tparam table arguments
-- @treturn integer exit status
function publish.run(arguments)
  local package, status = read(arguments)
  if not package then
    return status
  end
  show_manual_way(arguments, package.app)
  return crier.run(work, arguments, package)
end

return publish
