--- `crier serve`: listens for what Teams sends to the bot.
-- @module crier.cli.serve
local config = require "crier.config"
local core = require "crier.core"
local door_keys = require "crier.door.keys"
local greeting = require "crier.serve.greeting"
local journal = require "crier.journal"
local json = require "crier.format.json"
local keys = require "crier.bot.keys"
local log = require "crier.serve.log"
local loop = require "crier.loop"
local output = require "crier.cli.output"
local request = require "crier.bot.request"
local page = require "crier.serve.page"
local rules = require "crier.campaign.rules"
local serve_on = require "crier.serve"
local service = require "crier.serve.service"
local store = require "crier.cli.store"

local serve = {}

local USAGE, DATA, CONFIG, FAILED = 64, 65, 78, 1
local IDLE_S = 30
-- How often it is looked whether the store is in place, and whether all has ended.
local LOOK_MS, ENDING_MS = 1000, 50

local EPILOG = [[
Examples:
   crier serve
   crier serve --listen unix:/run/crier/serve.sock --welcome welcome.json

Needs AZURE_TENANT_ID, AZURE_CLIENT_ID and a credential, as `crier run` does; the
store is CRIER_STORE. Teams sends to https only: what ends TLS in front of it hands
over POST /api/messages. GET /healthz says that it lives, GET /readyz that it takes
what comes, GET /metrics is for Prometheus. Dialogs go on, and single messages are
sent, whenever no run has this app and tenant. SIGTERM ends it cleanly.

With CRIER_KEYS (see `crier key --help`) campaigns can be watched and steered over
HTTP under /v1 and, where `make page` has built it, on a page at /; with --campaigns
also planned and started.]]

--- Adds the arguments.
-- @param parser an argparse command
function serve.define(parser)
  parser:option("--listen", "Where: an address and a port (0: any free one), or a socket in"
    .. " the file system."):argname("HOST:PORT|unix:PATH"):default("127.0.0.1:3978")
  parser:option("--campaigns", "The folder with the scripts that may be run through the"
    .. " door."):argname "FOLDER"
  parser:option("--welcome", "What is said to whoever installs the app: a card (.json) or a"
    .. " text."):argname "FILE"
  parser:flag("--welcome-always", "Also when a campaign has installed it.")
  parser:flag("--create-store", "Make the store when there is none.")
  parser:flag("--json", "Say in one line of JSON that it listens.")
  parser:option("--log", "How lines to standard error are written."):argname("text|json")
    :choices { "text", "json" }:default("text")
  parser:epilog(EPILOG)
end

--- Reads where to listen.
-- @tparam string text
-- @treturn[1] table options of `crier.server`
-- @treturn[1] function port -> the URL of a path
-- @treturn[2] nil
-- @treturn[2] string message
function serve.place(text)
  local path = text:match "^unix:(.+)$"
  if path then
    return { path = path }, function() return "unix:" .. path .. ":" end
  end
  local host, port = text:match "^%[([%x:.]+)%]:(%d+)$"
  local shown = host and "[" .. host .. "]"
  if not host then
    host, port = text:match "^([%d.]+):(%d+)$"
    shown = host
  end
  if not host or #port > 5 or tonumber(port) > 65535 then
    return nil, ("--listen must be HOST:PORT with an address, or unix:PATH, not '%s'"):format(text)
  end
  return { host = host, port = math.floor(tonumber(port)) }, function(bound)
    return ("http://%s:%d"):format(shown, bound)
  end
end

--- Opens the store, and makes it where that is meant: on the sandbox, or when told to.
-- @tparam table settings
-- @tparam table arguments with `create_store`
-- @treturn ?crier.journal nil after saying why not
function serve.open_store(settings, arguments)
  local path, message = journal.path(settings.store)
  local exists
  if path then
    exists, message = journal.exists(path)
  end
  if exists == false and not arguments.create_store and not settings.info.loopback then
    message = "there is no store " .. path .. ": check CRIER_STORE, or say --create-store"
    exists = nil
  end
  local found
  if exists ~= nil then
    found, message = journal.open(path, { create = not exists })
  end
  if not found then
    store.complain(message)
  end
  return found
end

local function listen(place, text)
  local loaded, server = pcall(require, "crier.server")
  if not loaded then
    store.complain("the module crier.server is missing: `make` builds it, the rock crier-server"
      .. " has it")
    return nil
  end
  place.max_body, place.idle_s = request.MOST_BYTES, IDLE_S
  local listener, message = server.listen(place)
  if not listener then
    store.complain(("cannot listen on %s: %s"):format(text, message))
  end
  return listener
end

local function announce(self, arguments)
  local url = self.url_of(self.listener:port()) .. self.bot.path
  local lane = self.bot.lane
  if arguments.json then
    output.write(json.ordered({ url = url, app = lane.app, tenant = lane.tenant,
      store = self.journal.path }, { "url", "app", "tenant", "store" }), "\n")
  else
    output.write(("listening on %s for app %s of tenant %s, store %s\n"):format(url, lane.app,
      lane.tenant, self.journal.path))
    if self.keys and not self.page then
      output.write "there is no page: `make page` builds it\n"
    elseif self.keys then
      output.write(("the page is at %s/\n"):format(self.url_of(self.listener:port())))
    end
  end
  io.stdout:flush()
end

local function has_keys(self)
  for _, source in ipairs(keys.sources(self.config)) do
    if not self.journal.key_sets:fetched_at(source.url) then
      return nil
    end
  end
  return true
end

--- Has a service work until a signal, and until what was under way has ended.
-- @tparam table self `loop`, `journal`, `service`
-- @treturn integer exit status
function serve.stay(self)
  local turn, seen, status = self.loop, 0, 0
  local signals = core.signal.watch()
  turn:run(function()
    local task = turn:task()
    if signals then
      turn:watch(signals, function() turn:unpark(task) end)
    end
    self.service:start()
    while not self.service:is_over() do
      turn:park(turn:now() + (seen > 0 and ENDING_MS or LOOK_MS))
      for _ = seen + 1, core.signal.count() do
        self.service:stop()
        seen = seen + 1
      end
      if seen == 0 and not self.journal:is_in_place() then
        store.complain(("store %s is gone, or another file has taken its place"):format(
          self.journal.path))
        self.service:stop()
        seen, status = 1, CONFIG
      end
    end
  end)
  core.signal.unwatch()
  local problem = self.service.problem
  if problem then
    store.complain(problem.why, problem.remedy, problem.code)
  end
  return problem and problem.exit or status
end

-- The page lies beside the modules: where it was built, or installed.
local function find_page()
  local root = debug.getinfo(1, "S").source:match "^@(.*)lua/crier/cli/serve%.lua$"
  local share = debug.getinfo(1, "S").source:match "^@(.*/)lua/[%d.]+/crier/cli/serve%.lua$"
  for _, folder in ipairs(root and { root .. "build/page", root .. "page" }
    or { (share or "") .. "crier/page" }) do
    if page.is_in(folder) then
      return folder
    end
  end
end

-- The keys of the door, where there are any. A user named by a header is believed from
-- this machine alone.
local function read_keys(place)
  local path, header = os.getenv "CRIER_KEYS", os.getenv "CRIER_USER_HEADER"
  if header and not place.path and place.host ~= "127.0.0.1" and place.host ~= "::1" then
    return nil, "CRIER_USER_HEADER is believed on 127.0.0.1, ::1 or a Unix socket alone:"
      .. " whoever else could connect could be anybody"
  elseif not path or path == "" then
    return nil
  end
  return door_keys.open(path)
end

-- Why no script of a folder could be run: it is none, or nobody has a key; and the exit
-- status.
local function folder_problem(folder, known)
  if not folder then
    return nil
  elseif not known then
    return "--campaigns is for who has a key, and CRIER_KEYS is not set", CONFIG
  end
  local listed, message = core.fs.list(folder)
  if not listed then
    return ("cannot read the folder %s: %s"):format(folder, message), DATA
  end
end

-- What can be judged before the store is opened; or nil, why it cannot be, and the exit
-- status.
local function judge(arguments)
  local place, url_of = serve.place(arguments.listen)
  if not place then
    return nil, url_of, USAGE
  end
  local settings, problem = config.read {}
  if not settings then
    return nil, problem, CONFIG
  end
  local known, installed, status, _
  known, problem = read_keys(place)
  if not problem then
    _, problem = rules.read(settings.policy)
  end
  if problem then
    return nil, problem, CONFIG
  elseif arguments.welcome then
    installed, problem = greeting.read(arguments.welcome, settings.cloud,
      arguments.welcome_always)
    status = DATA
  end
  if not problem then
    problem, status = folder_problem(arguments.campaigns, known)
  end
  if problem then
    return nil, problem, status
  end
  return { place = place, url_of = url_of, config = settings, keys = known,
    page = known and find_page(), installed = installed,
    user_header = os.getenv "CRIER_USER_HEADER" }
end

-- Everything that is there before the first request.
local function make(arguments)
  local self, problem, status = judge(arguments)
  if not self then
    store.complain(problem)
    return nil, status
  end
  self.journal = serve.open_store(self.config, arguments)
  self.listener = self.journal and listen(self.place, arguments.listen)
  if not self.listener then
    if self.journal then
      self.journal:close()
    end
    return nil, CONFIG
  end
  self.loop = loop.new { clock = core.clock, transport = core.transport.new {} }
  return self
end

--- Runs the command until SIGINT or SIGTERM.
-- @tparam table arguments
-- @treturn integer exit status
function serve.run(arguments)
  local self, status = make(arguments)
  if not self then
    return status
  end
  local told = log.new { now = core.clock.wall_ms, form = arguments.log,
    level = self.config.log, write = function(line) io.stderr:write(line) end }
  local function tell(entry)
    told:tell(entry)
  end
  self.server = serve_on.new { loop = self.loop, listener = self.listener, log = tell }
  local problem
  self.service, problem = service.new { server = self.server, journal = self.journal,
    config = self.config, log = tell, keys = self.keys, folder = arguments.campaigns,
    user_header = self.user_header and self.user_header:lower(), page = self.page,
    installed = self.installed }
  if not self.service then
    store.complain(problem)
    return CONFIG
  end
  self.bot = self.service.bot
  self.service.intake:check("keys", function() return has_keys(self), "there is no key set yet" end)
  announce(self, arguments)
  local ok, result = pcall(serve.stay, self)
  if not ok then
    store.complain(tostring(result))
  end
  self.server:close()
  self.journal:close()
  return ok and result or FAILED
end

return serve
