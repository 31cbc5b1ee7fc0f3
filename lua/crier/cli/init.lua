--- The `crier` program: one file a command in this folder.
--
-- A command's module has `summary` (one line), `define(parser)` (adds its
-- arguments to an argparse command) and `run(arguments) -> exit status`.
-- @module crier.cli
local output = require "crier.cli.output"
local argparse = require "argparse"
local suggest = require "crier.suggest"

local cli = {}

local USAGE = 64

-- In the order of a working day. A command that is not there yet is not here.
local COMMANDS = { "new", "doctor", "preview", "plan", "test", "approve", "run", "status",
  "pause", "resume", "cancel", "rate", "retry", "amend", "recall", "why", "export", "report",
  "results", "log", "optout", "serve", "worker", "key", "sandbox", "pack", "publish", "upgrade",
  "uninstall" }

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

local function make_parser(version, shown)
  local parser = argparse("crier",
    "Sends Microsoft Teams messages to everybody, once.")
  add_help(parser, shown)
  parser:flag("--version", "Show the version."):action(function()
    shown.text = "crier " .. version
    error("version", 0)
  end)
  parser:require_command(true):command_target("command")
  parser:usage_max_width(80):help_max_width(80)
  for _, name in ipairs(COMMANDS) do
    local module = require("crier.cli." .. name)
    local command = parser:command(name, module.summary)
    add_help(command, shown)
    module.define(command)
    command:epilog(flow(command._epilog))
  end
  parser:epilog(EPILOG)
  return parser
end

local function usage_error(message, argv)
  local hint = ""
  local unknown = message:match "unknown command '(.-)'"
  if unknown then
    message = message:gsub("\n.*", "")
    local near = suggest.nearest(unknown, COMMANDS)
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
  local parser = make_parser(require("crier").version, shown)
  local called, ok, result = pcall(parser.pparse, parser, argv)
  if shown.text then
    output.write(shown.text, "\n")
    return output.finish(0)
  elseif not called then
    error(ok, 0)
  elseif not ok then
    return usage_error(result, argv)
  end
  return output.finish(require("crier.cli." .. result.command).run(result))
end

return cli
