--- `crier plan FILE`: what a run would do, without doing it.
-- @module crier.cli.plan
local config = require "crier.config"
local core = require "crier.core"
local face = require "crier.cli.face"
local forecast = require "crier.campaign.forecast"
local output = require "crier.cli.output"
local report = require "crier.report.plan"
local run = require "crier.cli.run"
local store = require "crier.cli.store"

local plan = {}

local USAGE = 64
local WIDEST = 100

local EPILOG = [[
Examples:
   crier plan benefits.lua
   crier plan benefits.lua --check-installed --yes
   crier plan benefits.lua --json | jq .audience

Nothing is sent, and nothing in the store is changed. The audience is read as a run
reads it; a random sample of those without a known chat is asked for the app, with
--check-installed all of them, at 30 a second; everybody's message is made; the
addresses in it are asked for once, without any token.

Exit status: 0 a run would go; 3 expect would stop it, or it is paused or cancelled;
65, 69, 77, 78 as of crier run.]]

--- Adds the arguments.
-- @param parser an argparse command
function plan.define(parser)
  parser:argument("file", "The campaign script.")
  parser:flag("--update", "As of crier run: with the script's new content.")
  parser:flag("--check-installed", "Ask for everybody whether they have the app.")
  parser:flag("--no-url-check", "Do not ask whether the message's addresses answer.")
  parser:flag("--yes", "Do not ask before --check-installed.")
  parser:flag("--json", "Print one JSON document.")
  parser:option("--log", "Write a line for each call to standard error.")
    :choices { "text", "json" }:argname "text|json"
  parser:flag("--verbose", "Write method and URL of each call as well.")
  parser:epilog(EPILOG)
end

-- Where there is little to show, the error says it all.
local function print_found(found, arguments)
  local is_shown = found.audience ~= nil or found.exit == 0
  if arguments.json then
    output.write(report.json(found), "\n")
  elseif is_shown then
    local width = math.min(core.fs.terminal_width(1), WIDEST)
    output.write(report.text(found, arguments.file, width))
  end
  if found.exit ~= 0 and (arguments.json or not is_shown) then
    store.complain(found.why, found.remedy, found.code)
  end
end

-- Who cannot be asked is told before anything is read.
local function check_consent(arguments, is_interactive)
  local settings = arguments.check_installed and not arguments.yes and not is_interactive
    and config.read {}
  if not settings or settings.info.loopback then
    return true
  end
  store.complain("--check-installed asks for each person, and there is no terminal to ask at",
    "say --yes when it is meant")
  return false
end

--- Runs the command.
-- @tparam table arguments
-- @treturn integer exit status
function plan.run(arguments)
  local shown = face.new(arguments)
  if not check_consent(arguments, shown:is_interactive()) then
    return USAGE
  end
  local work = forecast.new {
    path = arguments.file,
    update = arguments.update,
    check_installed = arguments.check_installed,
    skips_links = arguments.no_url_check,
    face = shown,
    clock = core.clock,
    transport = core.transport.new {},
  }
  run.watch_signals(work, shown)
  shown:watch(work)
  local found = work:go()
  shown:ended()
  print_found(found, arguments)
  work:close()
  core.signal.unwatch()
  return found.exit
end

return plan
