--- `crier sandbox`: the simulated Microsoft cloud, served on loopback.
-- @module crier.cli.sandbox
local cjson = require("cjson")

local encoding = require("crier.simulator.encoding")
local environment = require("crier.simulator.environment")
local faults = require("crier.simulator.faults")
local reader = require("crier.package.reader")
local serving = require("crier.simulator.server")
local settings = require("crier.package.settings")
local simulator = require("crier.simulator")

local sandbox = {}

local USAGE, CONFIGURATION = 64, 78
local HOST = "127.0.0.1"
local FORMS = { { name = "users", text = "a whole number" },
  { name = "seed", text = "a whole number" },
  { name = "latency", text = "MS or MS:JITTER in milliseconds" },
  { name = "installed", text = "a share from 0 to 1" },
  { name = "secrets", text = "a whole number" } }
-- A rehearsal takes no name of a campaign in the store of the real ones.
local STORE = "sqlite:sandbox.db"

local function adder(parser)
  return function(name, argument, default, text)
    local added = parser:option(name, text):argname(argument)
    if default then
      added:default(default)
    end
  end
end

local function define_service(option)
  option("--port", "PORT", "0", "Port to listen on; 0 takes any free one.")
  option("--users", "N", "500", "How many people the tenant has.")
  option("--seed", "S", "1", "The same seed makes the same people and faults.")
  option("--limits", "teams|off", "teams", "Teams' documented limits, or none.")
  option("--window", "bucket|fixed|sliding", "bucket", "How the limits are counted.")
  option("--latency", "MS[:JITTER]", "0", "How long an answer takes, give or take the jitter.")
  option("--faults", "NAME=SHARE,...", nil, "What goes wrong: a status such as 429 or 503,"
    .. " 502-after, cut-before, cut-after, slow (of requests; OPERATION:NAME of one kind alone);"
    .. " " .. table.concat(faults.of_people, ", ") .. " (of people; =@K of the K-th alone);"
    .. " of the tenant, =1: "
    .. table.concat(faults.of_tenant, ", ") .. "; of what the bot is told: "
    .. table.concat(faults.of_events, ", ") .. ".")
end

local function define_tenant(option)
  option("--installed", "SHARE", "0", "Share of people who have the app already.")
  option("--roles", "NAME,...", nil, "Application permissions that the tenant granted; default:"
    .. " the least that crier needs.")
  option("--cloud", "NAME", "public", "public, gcc, gcch, dod or china: in gcch and dod an"
    .. " application may not install for people.")
  option("--declares", "NAME,...", nil, "Resource-specific permissions in the app's manifest, such"
    .. " as TeamsActivity.Send.User.")
  option("--installed-version", "VERSION", nil, "Which version of the app people have already.")
  option("--propagation", "SECONDS", nil, "For how long an app that was just published cannot be"
    .. " installed.")
  option("--region", "NAME", nil, "The region of the tenant, such as amer: a new conversation then"
    .. " comes with its address.")
  option("--webhook", "URL", nil, "Where the bot listens, such as"
    .. " http://127.0.0.1:3978/api/messages: it is told what Teams would tell it.")
  option("--spelling", "NAME", "plain", "How batches are answered, after which client: plain,"
    .. " dotnet, bare, js, agents, pascal or location.")
end

local function define_credentials(parser, option)
  option("--secrets", "N", "1", "How many client secrets are good at a time.")
  parser:option("--certificate", "A certificate that is registered, PEM; may be repeated.")
    :argname("FILE"):count("*")
  parser:option("--federated", "Whose tokens the registration takes as assertions, and the key set"
    .. " that they are signed with."):args(3):argname({ "ISSUER", "SUBJECT", "JWKS" })
  parser:option("--credential", "What the printed environment proves itself with: the first"
    .. " --certificate (which then holds the key too), the token in --token-file, the"
    .. " managed identity of an app service (identity) or of a machine, or one whose tokens are"
    .. " assertions."):choices(environment.kinds):default("secret")
  option("--token-file", "FILE", nil, "Where the federated token is; without --federated the"
    .. " sandbox writes one there.")
end

--- Adds the arguments.
-- @param parser an argparse command
function sandbox.define(parser)
  local option = adder(parser)
  define_service(option)
  define_tenant(option)
  define_credentials(parser, option)
  parser:flag("--shell", "Print the environment as lines for a shell in place of the JSON,"
    .. " with CRIER_STORE=" .. STORE .. ".")
  parser:flag("--no-deliveries", "Count what is delivered, but do not keep it.")
  parser:epilog("Example:\n   crier sandbox --port 8080 --users 500"
    .. " --faults 429=0.02,blocked=0.01\n\n"
    .. "When ready it prints one line of JSON: its url, and the environment for `crier run`.\n"
    .. "GET /_sandbox/stats tells what happened, GET /_sandbox/deliveries what arrived,\n"
    .. "GET /_sandbox/notifications what activity feeds say.\n"
    .. "POST /_sandbox/rotate makes a new secret, and the oldest expires;\n"
    .. "POST /_sandbox/rekey a new key of what the bot is told with.\n"
    .. "POST /_sandbox/say, submit, execute, react, read, edit, add and remove are what somebody\n"
    .. "does, such as {\"user\":ID,\"text\":\"hello\"}; GET /_sandbox/told what the bot was told.\n"
    .. "POST /_sandbox/people/ID changes a person, such as {\"removed\":\"deleted\"}.\n"
    .. "POST /_sandbox/approve?code=CODE signs a person in by device code; without the code,\n"
    .. "all who wait. POST /_sandbox/decline refuses.\n"
    .. "GET /metadata/identity/oauth2/token and GET /msi/token are managed identities.")
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

local function read_list(text)
  local list = {}
  for item in (text or ""):gmatch("[^,%s]+") do
    list[#list + 1] = item
  end
  return text and list
end

-- What the options want of each other.
local function flaw(arguments)
  local kind = arguments.credential
  if kind == "certificate" and not arguments.certificate[1] then
    return "--credential certificate needs --certificate FILE"
  elseif kind == "federated" and not arguments.token_file then
    return "--credential federated needs --token-file FILE"
  elseif arguments.webhook and not arguments.webhook:find("^https?://[^/%s]+/%S*$") then
    return ("--webhook must be a URL with a path, not '%s'"):format(arguments.webhook)
  end
  return nil
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
    installed = read_number(arguments.installed), secrets = read_whole(arguments.secrets),
    roles = read_list(arguments.roles), keep_deliveries = not arguments.no_deliveries,
    cloud = arguments.cloud, resource_specific = read_list(arguments.declares),
    installed_version = arguments.installed_version, region = arguments.region,
    spelling = arguments.spelling, webhook = arguments.webhook }
  if not port or port > 65535 then
    return nil, ("--port must be a whole number from 0 to 65535, not '%s'"):format(arguments.port)
  end
  for _, form in ipairs(FORMS) do
    if not read[form.name] then
      return nil, ("--%s must be %s, not '%s'"):format(form.name, form.text, arguments[form.name])
    end
  end
  if arguments.propagation then
    local seconds = read_whole(arguments.propagation)
    if not seconds then
      return nil, ("--propagation must be whole seconds, not '%s'"):format(arguments.propagation)
    end
    read.propagation_ms = seconds * 1000
  end
  local wrong = flaw(arguments)
  if wrong then
    return nil, wrong
  end
  return read
end

local function read_file(path)
  local file, message = io.open(path, "rb")
  if not file then
    return nil, message
  end
  local text = file:read("*a")
  file:close()
  return text
end

local function verifier(core, jwks)
  local keyset, message = core.keyset.new(jwks)
  return keyset and function(token, algorithms)
    return keyset:verify(token, { algorithms = algorithms })
  end, message
end

local function read_certificate(core, path)
  local pem, message = read_file(path)
  if not pem then
    return nil, message
  end
  local jwk
  jwk, message = core.certificate.jwk(pem)
  if not jwk then
    return nil, path .. ": " .. message
  end
  local verify = assert(verifier(core, '{"keys":[' .. jwk .. "]}"))
  local names = cjson.decode(jwk)
  local der = pem:match("%-%-%-%-%-BEGIN CERTIFICATE%-%-%-%-%-(.-)%-%-%-%-%-END"):gsub("%s", "")
  return { x5t = names.x5t, x5t_s256 = names["x5t#S256"], der = der, verify = verify }
end

--- Reads the files that the arguments name: what assertions are judged by.
-- @tparam table arguments
-- @tparam table options of the simulator; `certificates` and `federated` are set
-- @treturn[1] boolean true
-- @treturn[2] nil
-- @treturn[2] string message, one line
function sandbox.read_files(arguments, options)
  local core = require("crier.core")
  options.certificates = {}
  for i, path in ipairs(arguments.certificate) do
    local certificate, message = read_certificate(core, path)
    if not certificate then
      return nil, message
    end
    options.certificates[i] = certificate
  end
  if not arguments.federated then
    return true
  end
  local issuer, subject, path = arguments.federated[1], arguments.federated[2],
    arguments.federated[3]
  local jwks, message = read_file(path)
  local verify
  if jwks then
    verify, message = verifier(core, jwks)
  end
  if not verify then
    return nil, jwks and path .. ": " .. message or message
  end
  options.federated = { issuer = issuer, subject = subject, verify = verify }
  return true
end

-- Lines that a shell evaluates. What another sandbox, or the real cloud, left
-- behind would go on working.
local function announce_to_shell(values)
  io.stdout:write("unset ", settings.FOREIGN, " ", settings.CREDENTIALS, "\n")
  io.stdout:write(("export CRIER_STORE='%s'\n"):format(STORE))
  for name, value in pairs(values) do
    io.stdout:write(("export %s='%s'\n"):format(name, (value:gsub("'", "'\\''"))))
  end
end

local function announce(sim, port, arguments)
  local url = ("http://%s:%d"):format(HOST, port)
  sim.webhook.origin = url
  local values = sim:environment(url, { kind = arguments.credential,
    path = arguments.credential == "certificate" and arguments.certificate[1]
      or arguments.token_file })
  if arguments.shell then
    announce_to_shell(values)
  else
    io.stdout:write('{"url":', encoding.quote(url), ',"env":', encoding.json(values), "}\n")
  end
  io.stdout:flush()
end

-- The sandbox's own token, where no other issuer is trusted.
local function write_token(sim, arguments, now_ms)
  if not arguments.token_file or arguments.federated then
    return true
  end
  local file, message = io.open(arguments.token_file, "w")
  if not file then
    return nil, message
  end
  file:write(sim.managed:assertion(now_ms))
  return file:close()
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

local function make(arguments)
  local options, message = sandbox.read(arguments)
  if not options then
    return nil, message
  end
  local is_read
  is_read, message = sandbox.read_files(arguments, options)
  if not is_read then
    return nil, message
  end
  options.read_package = reader.manifest
  options.new_signer = function()
    return assert(require("crier.core").signer.new())
  end
  return simulator.new(options)
end

-- Opens what can fail; or nil and why.
local function open(sim, arguments, core)
  local is_written, message = write_token(sim, arguments, core.clock.now_ms())
  if not is_written then
    return nil, message
  end
  return listen(read_whole(arguments.port))
end

--- Runs the command until SIGINT or SIGTERM.
-- @tparam table arguments
-- @treturn integer exit status
function sandbox.run(arguments)
  local sim, message = make(arguments)
  if not sim then
    complain(message)
    return USAGE
  end
  local core = require("crier.core")
  local listener
  listener, message = open(sim, arguments, core)
  if not listener then
    complain(message)
    return CONFIGURATION
  end
  local poller = assert(core.transport.new({}))
  local signals = assert(core.signal.watch())
  local server = serving.new({ simulator = sim, listener = listener, poller = poller,
    clock = core.clock })
  announce(sim, listener:port(), arguments)
  repeat
    local ready = server:step({ signals })
  until ready[signals] and core.signal.count() > 0
  listener:close()
  poller:close()
  core.signal.unwatch()
  return 0
end

return sandbox
