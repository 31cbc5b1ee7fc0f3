--- `crier run FILE`, and what `resume` shares with it.
-- @module crier.cli.run
local output = require "crier.cli.output"
local campaign_run = require "crier.campaign.run"
local config = require "crier.config"
local core = require "crier.core"
local credential = require "crier.credential"
local deed = require "crier.cli.deed"
local face = require "crier.cli.face"
local metrics_file = require "crier.cli.metrics_file"
local store = require "crier.cli.store"
local summary = require "crier.report.summary"

local run = {}

local USAGE, CONFIG = 64, 78

local EPILOG = [[
Examples:
   crier run benefits.lua
   crier run benefits.lua --yes --log json 2> run.log

Needs AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET and, when the
campaign installs the app, CRIER_APP_ID. The store is CRIER_STORE, by default
sqlite:crier.db. Ctrl-C stops cleanly; run it again to go on.]]

--- Adds the arguments that `run` and `resume` share.
-- @param parser an argparse command
function run.define_common(parser)
  parser:flag("--yes", "Do not ask before sending to hosts that are not"
    .. " loopback.")
  parser:flag("--json", "Print the ledger as one JSON line at the end.")
  parser:option("--log", "Write a line for each call to standard error.")
    :choices { "text", "json" }:argname "text|json"
  parser:flag("--verbose", "Write method and URL of each call as well.")
  parser:option("--metrics", "Keep a file with metrics for Prometheus' textfile"
    .. " collector; its name ends in .prom."):argname "FILE"
end

local function define_file(parser)
  parser:argument("file", "The campaign script.")
  parser:flag("--update", "Put the script's new content and audience in place,"
    .. " for those not yet done.")
  parser:flag("--create-store", "Make the store when there is none.")
  run.define_common(parser)
end

-- Asks for a person at a terminal, or --yes, before hosts that are not
-- loopback are sent to.
local function check_consent(arguments, is_interactive)
  local found = config.read {}
  if not found or found.info.loopback or arguments.yes or is_interactive then
    return true
  end
  store.complain("this would send to " .. found.info.connector
    .. " and there is no terminal to ask at",
    "say --yes when it is meant")
  return false
end

-- What went well this time, and may not the next.
local function print_warnings(work)
  for _, warning in ipairs(work.warnings or {}) do
    store.warn(warning)
  end
  for _, warning in ipairs(work.compose and work.compose.warnings or {}) do
    io.stderr:write("crier: ", warning, "\n")
  end
  if work.compose and work.compose:is_large() then
    io.stderr:write("crier: the message is larger than 28 KB: some clients"
      .. " may not show it\n")
  end
  local warning = credential.warning(work.config, core.clock.wall_ms())
  if warning then
    io.stderr:write("crier: ", warning, "\n")
  end
end

-- The ledger is shown when the run changed it, or is over. What stops a run
-- before its first call gets through is told in a few lines.
local function print_ending(work, ending, arguments)
  local has_reached = work.client and work.client.reached
  if has_reached then
    print_warnings(work)
  end
  if ending.why then
    store.complain(ending.why, ending.remedy, ending.code)
  end
  local found = ending.ledger
  if not found then
    return
  elseif arguments.json then
    output.write(summary.json(found), "\n")
  elseif ending.is_over or has_reached then
    store.print_ledger(found)
  end
end

--- Has signals reach what runs through its loop's descriptors.
-- @param work anything with `loop`
-- @tparam crier.face shown which hands them on
function run.watch_signals(work, shown)
  local fd = core.signal.watch()
  if not fd then
    return
  end
  local seen = 0
  work.loop:watch(fd, function()
    local count = core.signal.count()
    for _ = seen + 1, count do
      shown:interrupt(work)
    end
    seen = count
  end)
end

-- The file that `--metrics` asks for; false when it cannot be made.
local function keep_metrics(arguments, options)
  if not arguments.metrics then
    return nil
  end
  local kept, problem = metrics_file.new(arguments.metrics)
  if not kept then
    store.complain(problem)
    return false
  end
  options.metrics = kept.metrics
  return kept
end

-- The last write tells whether the numbers are there.
local function close_metrics(kept, work)
  local ok, problem = kept:write(work, true)
  if not ok then
    store.complain(problem)
  end
end

--- Runs a campaign and shows it.
-- @tparam table options of `crier.campaign.run`
-- @tparam table arguments `command`, `yes`, `json`, `log`, `verbose`
-- @treturn integer exit status
function run.execute(options, arguments)
  local shown = face.new(arguments)
  if not check_consent(arguments, shown:is_interactive()) then
    return USAGE
  end
  local kept = keep_metrics(arguments, options)
  if kept == false then
    return CONFIG
  end
  options.face, options.deed = shown, deed.of(arguments)
  options.clock = core.clock
  options.transport = core.transport.new {}
  local work = campaign_run.new(options)
  run.watch_signals(work, shown)
  shown:watch(work)
  if kept then
    kept:follow(work)
  end
  local ending = work:go()
  shown:ended()
  if kept then
    close_metrics(kept, work)
  end
  print_ending(work, ending, arguments)
  work:close()
  core.signal.unwatch()
  return ending.exit
end

--- Makes a command that carries out a campaign's file.
-- @tparam string action `send`, `upgrade` or `uninstall`
-- @tparam string epilog examples
-- @treturn table see `crier.cli`
function run.command(action, epilog)
  return {
    define = function(parser)
      define_file(parser)
      parser:epilog(epilog)
    end,
    run = function(arguments)
      return run.execute({
        path = arguments.file,
        action = action,
        update = arguments.update,
        create_store = arguments.create_store,
      }, arguments)
    end,
  }
end

local command = run.command("send", EPILOG)
run.define, run.run = command.define, command.run

return run
