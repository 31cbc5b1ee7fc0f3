--- `crier sandbox`: the simulated Microsoft cloud, served on loopback.
-- @module crier.cli.sandbox
local encoding = require("crier.simulator.encoding")
local serving = require("crier.simulator.server")
local simulator = require("crier.simulator")

local sandbox = {}

local USAGE, CONFIGURATION = 64, 78
local HOST = "127.0.0.1"
local FORMS = { { name = "users", text = "a whole number" },
  { name = "seed", text = "a whole number" },
  { name = "latency", text = "MS or MS:JITTER in milliseconds" },
  { name = "installed", text = "a share from 0 to 1" } }

sandbox.summary = "Serve a simulated Microsoft cloud on this machine."

--- Adds the arguments.
-- @param parser an argparse command
function sandbox.define(parser)
  local function option(name, argument, default, text)
    local added = parser:option(name, text):argname(argument)
    if default then
      added:default(default)
    end
  end
  option("--port", "PORT", "0", "Port to listen on; 0 takes any free one.")
  option("--users", "N", "500", "How many people the tenant has.")
  option("--seed", "S", "1", "The same seed makes the same people and faults.")
  option("--limits", "teams|off", "teams", "Teams' documented limits, or none.")
  option("--window", "bucket|fixed|sliding", "bucket", "How the limits are counted.")
  option("--latency", "MS[:JITTER]", "0", "How long an answer takes, give or take the jitter.")
  option("--faults", "NAME=SHARE,...", nil, "What goes wrong: a status such as 429 or 503,"
    .. " 502-after, cut-before, cut-after, slow (of requests); blocked, policy, stale, missing (of"
    .. " people); consent, not-owner, bot-disabled, expired-secret (=1).")
  option("--installed", "SHARE", "0", "Share of people who have the app already.")
  parser:flag("--shell", "Print the environment as `export` lines in place of the JSON.")
  parser:flag("--no-deliveries", "Count what is delivered, but do not keep it.")
  parser:epilog("Example:\n   crier sandbox --port 8080 --users 500"
    .. " --faults 429=0.02,blocked=0.01\n\n"
    .. "When ready it prints one line of JSON: its url, and the environment for `crier run`.\n"
    .. "GET /_sandbox/stats tells what happened, GET /_sandbox/deliveries what arrived.")
end

local function complain(message)
  io.stderr:write("crier sandbox: ", message, "\n")
end

local function read_whole(text)
  return text:match("^%d+$") and tonumber(text) or nil
end

local function read_number(text)
  return (text:match("^%d+$") or text:match("^%d*%.%d+$")) and tonumber(text) or nil
end

local function read_latency(text)
  local ms, jitter = text:match("^([^:]+):([^:]+)$")
  ms, jitter = read_number(ms or text), read_number(jitter or "0")
  return ms and jitter and { ms = ms, jitter_ms = jitter } or nil
end

--- Reads the arguments into the options of a simulator.
-- @tparam table arguments texts by option
-- @treturn[1] table options, with `port`
-- @treturn[2] nil
-- @treturn[2] string message, one line
function sandbox.read(arguments)
  local port = read_whole(arguments.port)
  local read = { port = port, users = read_whole(arguments.users),
    seed = read_whole(arguments.seed), limits = arguments.limits, window = arguments.window,
    latency = read_latency(arguments.latency), faults = arguments.faults,
    installed = read_number(arguments.installed),
    keep_deliveries = not arguments.no_deliveries }
  if not port or port > 65535 then
    return nil, ("--port must be a whole number from 0 to 65535, not '%s'"):format(arguments.port)
  end
  for _, form in ipairs(FORMS) do
    if not read[form.name] then
      return nil, ("--%s must be %s, not '%s'"):format(form.name, form.text, arguments[form.name])
    end
  end
  return read
end

-- `export` lines that a shell evaluates.
local function announce_to_shell(environment)
  -- What another sandbox, or the real cloud, left behind would go on working.
  io.stdout:write("unset CRIER_LIMITS CRIER_BOT_TENANT CRIER_BOT_CLIENT_ID"
    .. " CRIER_BOT_CLIENT_SECRET\n")
  for name, value in pairs(environment) do
    io.stdout:write(("export %s='%s'\n"):format(name, (value:gsub("'", "'\\''"))))
  end
end

local function announce(sim, port, is_shell)
  local url = ("http://%s:%d"):format(HOST, port)
  if is_shell then
    announce_to_shell(sim:environment(url))
    return io.stdout:flush()
  end
  io.stdout:write('{"url":', encoding.quote(url), ',"env":',
    encoding.json(sim:environment(url)), "}\n")
  io.stdout:flush()
end

local function listen(port)
  local found, module = pcall(require, "crier.server")
  if not found then
    return nil, "the module crier.server is missing: `make` builds it, the rock crier-server has it"
  end
  local listener, message = module.listen({ host = HOST, port = port, max_body = 4 * 1024 * 1024 })
  if not listener then
    return nil, ("cannot listen on %s:%d: %s"):format(HOST, port, message)
  end
  return listener
end

--- Runs the command until SIGINT or SIGTERM.
-- @tparam table arguments
-- @treturn integer exit status
function sandbox.run(arguments)
  local options, message = sandbox.read(arguments)
  local sim
  if options then
    sim, message = simulator.new(options)
  end
  if not sim then
    complain(message)
    return USAGE
  end
  local core = require("crier.core")
  local listener
  listener, message = listen(options.port)
  if not listener then
    complain(message)
    return CONFIGURATION
  end
  local poller = assert(core.transport.new({}))
  local signals = assert(core.signal.watch())
  local server = serving.new({ simulator = sim, listener = listener, poller = poller,
    clock = core.clock })
  announce(sim, listener:port(), arguments.shell)
  repeat
    local ready = server:step({ signals })
  until ready[signals] and core.signal.count() > 0
  listener:close()
  poller:close()
  core.signal.unwatch()
  return 0
end

return sandbox
