--- The `crier` program: one file a command in this folder.
--
-- A command's module has `define(parser)` (adds its arguments to an argparse
-- command) and `run(arguments) -> exit status`. Only the module of the command that
-- is called is loaded.
-- @module crier.cli
local output = require "crier.cli.output"
local argparse = require "argparse"
local suggest = require "crier.suggest"
local version = require "crier.version"

local cli = {}

local USAGE = 64

-- In the order of a working day, each with what it does in one line. A command that
-- is not there yet is not here.
local COMMANDS = {
  { name = "new", summary = "Begin a campaign: a script, a card, a Teams app, set-up scripts." },
  { name = "doctor", summary = "Find out what is missing, and how to get it." },
  { name = "preview", summary = "Show a campaign's message as a page, without sending it." },
  { name = "plan",
    summary = "Show what a run would do: whom it reaches, how long, what is wrong." },
  { name = "test", summary = "Send a campaign's message to a few people, as a test." },
  { name = "approve", summary = "Sign the plan of a campaign that somebody else runs." },
  { name = "run", summary = "Send a campaign; go on with it where it stopped." },
  { name = "status", summary = "Show one campaign's ledger, or all campaigns." },
  { name = "pause", summary = "Stop a campaign until it is resumed." },
  { name = "resume", summary = "Go on with a paused or stopped campaign, as it was planned." },
  { name = "cancel", summary = "End a campaign: who was not sent to never will be." },
  { name = "rate", summary = "Change how fast a campaign goes, also while it runs." },
  { name = "retry", summary = "Send again to those who failed, or to some of them." },
  { name = "amend", summary = "Put new content in place of what a campaign has sent." },
  { name = "recall", summary = "Delete what a campaign has sent, in everybody's chat." },
  { name = "why", summary = "Tell what became of one person, and why." },
  { name = "export", summary = "Print a row for each target, excluded ones too." },
  { name = "report", summary = "Write a campaign's report: one page of HTML." },
  { name = "results", summary = "Show what people answered to a poll or dialog." },
  { name = "log", summary = "Tell who did what to a campaign, and how it ended." },
  { name = "optout", summary = "Keep who is not to be sent to, at all or about a topic." },
  { name = "serve", summary = "Listen for what Teams sends to the bot." },
  { name = "worker", summary = "Do what gateways and programs have left in the store." },
  { name = "key", summary = "Make or take away a key of the server's door." },
  { name = "sandbox", summary = "Serve a simulated Microsoft cloud on this machine." },
  { name = "pack", summary = "Check a Teams app's folder, and make its package." },
  { name = "publish", summary = "Publish a Teams app's package to the organisation's catalog." },
  { name = "upgrade", summary = "Upgrade the app for everybody of a campaign's audience." },
  { name = "uninstall", summary = "Remove the app from everybody of a campaign's audience." },
}

local EPILOG = [[
Try `crier COMMAND --help`: each has an example.

Exit status: 0 all delivered or excluded; 2 some failed or unknown; 3 stopped
before the end; 1 unexpected error; 64 usage; 65 the script or its files; 69
nothing answers; 77 the service refuses; 78 settings or store.]]

-- argparse would end the process itself; here the text is kept in `shown` and
-- parsing is broken off.
local function add_help(parser, shown)
  parser:add_help(false)
  parser:flag("-h --help", "Show this help."):action(function()
    shown.text = parser:get_help()
    error("help", 0)
  end)
end

-- Text whose lines are as long as there is room; what is indented stays as it is.
local function flow(written)
  local lines, open = {}, false
  for line in (written .. "\n"):gmatch "(.-)\n" do
    local is_prose = line:find "^%S" ~= nil
    if is_prose and open then
      lines[#lines] = lines[#lines] .. " " .. line
    else
      lines[#lines + 1] = line
    end
    open = is_prose and not line:find ":$"
  end
  return table.concat(lines, "\n")
end

-- The command that is called: what stands before it are flags alone.
local function called(argv)
  for _, word in ipairs(argv) do
    if word:sub(1, 1) ~= "-" then
      return word
    end
  end
end

local function make_parser(word, shown)
  local parser = argparse("crier",
    "Sends Microsoft Teams messages to everybody, once.")
  add_help(parser, shown)
  parser:flag("--version", "Show the version."):action(function()
    shown.text = "crier " .. version
    error("version", 0)
  end)
  parser:require_command(true):command_target("command")
  parser:usage_max_width(80):help_max_width(80)
  for _, each in ipairs(COMMANDS) do
    local command = parser:command(each.name, each.summary)
    if each.name == word then
      add_help(command, shown)
      require("crier.cli." .. each.name).define(command)
      command:epilog(flow(command._epilog))
    end
  end
  parser:epilog(EPILOG)
  return parser
end

local function names()
  local list = {}
  for i, each in ipairs(COMMANDS) do
    list[i] = each.name
  end
  return list
end

local function usage_error(message, argv)
  local hint = ""
  local unknown = message:match "unknown command '(.-)'"
  if unknown then
    message = message:gsub("\n.*", "")
    local near = suggest.nearest(unknown, names())
    hint = near and "; did you mean '" .. near .. "'?" or ""
  end
  local command = argv[1] and not unknown and not argv[1]:find "^-"
    and argv[1] .. " " or ""
  message = message:gsub("%s+Did you mean", "; did you mean")
  io.stderr:write(("crier: %s%s (see crier %s--help)\n"):format(
    message:gsub("\n", " "), hint, command))
  return USAGE
end

--- Runs a command line.
-- @tparam table argv the arguments
-- @treturn integer the exit status
function cli.main(argv)
  local shown = {}
  local parser = make_parser(called(argv), shown)
  local is_done, ok, result = pcall(parser.pparse, parser, argv)
  if shown.text then
    output.write(shown.text, "\n")
    return output.finish(0)
  elseif not is_done then
    error(ok, 0)
  elseif not ok then
    return usage_error(result, argv)
  end
  return output.finish(require("crier.cli." .. result.command).run(result))
end

return cli
