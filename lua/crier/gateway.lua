--- crier inside a gateway: takes what Teams sends to the bot, and says what a program
-- wants said, through a journal on the same machine, without any network.
--
--     local gateway = require("crier.gateway").open {}   -- when the gateway starts
--     local response = gateway:receive(request)          -- for each request
--
-- A gateway has one loop for everybody who uses it, so it waits for nothing but its own
-- disk: 50 ms at most for the store, and then Teams is told to come again. The connection
-- to the store is opened by the process that first needs it, one for each Lua state.
-- @module crier.gateway
local bot = require "crier.bot"
local config = require "crier.config"
local core = require "crier.core"
local journal = require "crier.journal"
local json = require "crier.format.json"
local press = require "crier.dialog.press"
local request = require "crier.bot.request"
local single = require "crier.single"
local suggest = require "crier.suggest"
local value = require "crier.template.value"

local gateway = {}

local gateway_methods = {}
local gateway_mt = { __name = "crier.gateway", __index = gateway_methods }

-- The longest wait for somebody else's transaction; after it the store is left alone for
-- a while, so that no more than a fifth of the loop's time is lost to waiting.
local BUSY_MS, PAUSE_MS = 50, 200

--- The most bytes of a body that Teams sends; what is longer need not be read.
gateway.MOST_BYTES = request.MOST_BYTES
--- Where Teams sends to.
gateway.PATH = request.PATH

-- Option -> variable of the environment. A gateway needs no credential, and reads none.
local SETTINGS = { tenant = "AZURE_TENANT_ID", client_id = "AZURE_CLIENT_ID",
  authority = "AZURE_AUTHORITY_HOST", cloud = "CRIER_CLOUD",
  bot_client_id = "CRIER_BOT_CLIENT_ID", graph_url = "CRIER_GRAPH_URL",
  connector_url = "CRIER_CONNECTOR_URL", openid_url = "CRIER_BOT_OPENID_URL",
  entra_apps = "CRIER_BOT_ENTRA_APPS", allow_hosts = "CRIER_ALLOW_HOSTS",
  store = "CRIER_STORE" }
local OWN = { "path", "log", "now" }

local NAMES, READ = {}, {}
for option, variable in pairs(SETTINGS) do
  NAMES[#NAMES + 1] = option
  READ[variable] = true
end
for _, option in ipairs(OWN) do
  NAMES[#NAMES + 1] = option
end

-- Loads all that is needed later: a gateway may take its file system away.
local function load_all()
  local empty = assert(journal.open(":memory:", { create = true }))
  empty:close()
end

--- Reads the settings and loads everything; opens nothing yet.
-- @tparam ?table options override the environment: `tenant`, `client_id`, `authority`,
--   `cloud`, `bot_client_id`, `graph_url`, `connector_url`, `openid_url`, `entra_apps`,
--   `allow_hosts`, `store` (see `crier.config`), and
-- @tparam ?string options.path where Teams sends to; default `/api/messages`
-- @tparam ?function options.log called with a table for what is refused, or fails
-- @tparam[opt=core.clock.wall_ms] function options.now milliseconds since 1970
-- @treturn[1] crier.gateway
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code as of `crier.config`, or `STORE`
-- @raise on an unknown option or one of the wrong type
function gateway.open(options)
  options = options or {}
  local wrong = suggest.unknown_key("crier.gateway", options, NAMES)
  if wrong then
    error(wrong, 2)
  end
  local given = {}
  for option in pairs(SETTINGS) do
    given[option] = options[option]
  end
  local settings, message, code = config.read(given, function(name)
    return READ[name] and os.getenv(name) or nil
  end)
  local path
  if settings then
    path, message, code = journal.path(settings.store)
  end
  if not path then
    return nil, message, code
  end
  load_all()
  return setmetatable({ config = settings, store = path, bot_path = options.path,
    log = options.log or function() end, now = options.now or core.clock.wall_ms,
    rests_until = 0, inherited = {} }, gateway_mt)
end

local function forget(self)
  if self.journal then
    self.journal:close()
    self.journal, self.bot = nil, nil
  end
end

-- The store of this process; or nil, message, code.
local function connect(self)
  local exists, message, code = journal.exists(self.store)
  if not exists then
    return nil, message or ("there is no store %s yet: crier worker --create-store makes it")
      :format(self.store), code or "STORE"
  end
  local found
  found, message, code = journal.open(self.store, { busy_ms = BUSY_MS })
  if not found then
    return nil, message, code
  end
  -- Who works on the store tidies it, which takes longer than a gateway may wait.
  found.db:script "PRAGMA wal_autocheckpoint = 0"
  self.journal, self.pid = found, core.fs.pid()
  self.bot = bot.new { journal = found, config = self.config, now = self.now,
    path = self.bot_path, log = self.log }
  press.leave(self.bot)
  return found
end

-- Whether the store is left alone; by a clock that is set back, not for longer than meant.
local function is_resting(self)
  local left_ms = self.rests_until - self.now()
  return left_ms > 0 and left_ms <= PAUSE_MS
end

-- The open store; or nil, message, code when it cannot be used just now.
local function reach(self)
  if is_resting(self) then
    return nil, "the store is left alone for a moment", "BUSY"
  elseif self.journal and self.pid ~= core.fs.pid() then
    -- SQLite's connections must not be used, nor closed, on the other side of a fork.
    self.inherited[#self.inherited + 1] = self.journal
    self.journal, self.bot = nil, nil
  elseif self.journal and not self.journal:is_in_place() then
    forget(self)
  end
  if self.journal then
    return self.journal
  end
  return connect(self)
end

-- Leaves the store alone for a while, since it failed.
local function rest(self)
  self.rests_until = self.now() + PAUSE_MS
end

local function come_again()
  return { status = 503, headers = { ["Content-Type"] = "text/plain" }, body = "try again" }
end

--- Takes one request of Teams: verified, stored, answered; 503 when the store cannot be
-- had within 50 ms. Nothing else waits, and nothing raises. Who presses a card's button is
-- shown that the answer was received.
-- @tparam table asked `method`, `path`, `headers` (lower-case names), `body`
-- @treturn table `{ status =, headers =, body = }`
function gateway_methods:receive(asked)
  local found, message, code = reach(self)
  if not found then
    if code ~= "BUSY" then
      self.log { event = "store failed", problem = message, code = code }
      rest(self)
    end
    return come_again()
  end
  local failed = self.bot.counts.failed
  local response = self.bot:receive(asked)
  if self.bot.counts.failed > failed then
    rest(self)
  end
  return response
end

--- Judges a request of Teams that somebody else will take: nothing of it is stored.
-- @tparam table asked as of `receive`
-- @treturn ?table the response of one that is refused; nil when it may be handed over
function gateway_methods:refusal(asked)
  local found, message, code = reach(self)
  if found then
    return self.bot:refusal(asked)
  elseif code ~= "BUSY" then
    self.log { event = "store failed", problem = message, code = code }
    rest(self)
  end
  return come_again()
end

-- What is put into the journal: the row; or nil, message, code.
local function compose(message)
  local row, problem, code = single.compose(message)
  if not row then
    return nil, problem, code
  end
  row.id = "gateway." .. row.id
  return row
end

-- Inside a transaction: whether it was new.
local function add(self, row, now_ms)
  local found, settings = self.journal, self.config
  local lane, message, code = found.lanes:ensure(settings.app, settings.tenant)
  local campaign
  if lane then
    campaign, message, code = found.messages:campaign(lane, settings.cloud, now_ms)
  end
  if not campaign then
    return nil, message, code
  end
  single.address(row, found, { app = settings.app, tenant = settings.tenant,
    host = settings.info.connector })
  return found.messages:add(campaign, row, now_ms)
end

-- Whether it was new; or nil, message, code.
local function put(self, row)
  local found, problem, code = reach(self)
  if not found then
    return nil, problem, code
  end
  local ok, is_new, is_other
  ok, problem, code = found:transaction(function()
    local why, kind
    is_new, why, kind = add(self, row, math.floor(self.now()))
    is_other = is_new == false and why
    return is_new ~= nil or nil, why, kind
  end)
  if ok and is_other then
    return nil, single.OTHER, "CONFLICT"
  elseif ok then
    return is_new
  end
  rest(self)
  return nil, problem, code
end

--- Has a message sent: it is in the journal when this returns true, and whoever works on
-- the journal (`crier serve`, `crier worker`, `crier run`) sends it, once.
-- @tparam table message
-- @tparam string message.id unique; a message that is known already is not sent again
-- @tparam string message.to the Entra object id of a person, or `user:ID`, `chat:ID`,
--   `channel:ID`
-- @tparam ?string message.text
-- @tparam ?table|string message.activity in place of `text`: a table, or JSON text
-- @treturn[1] boolean whether it was new
-- @treturn[2] nil
-- @treturn[2] string what is wrong
-- @treturn[2] string code: `MESSAGE`, or that of `crier.activity`, for a message that
--   can never be sent; `CONFLICT` for an id that another message has; else that of a
--   store which is to be tried again
function gateway_methods:say(message)
  local row, problem, code = compose(message)
  if not row then
    return nil, problem, code
  end
  return put(self, row)
end

local function told(status, fields, order)
  return { status = status, headers = { ["Content-Type"] = "application/json" },
    body = json.ordered(fields, order) .. "\n" }
end

local function told_wrong(status, problem, code)
  return told(status, { code = code, problem = problem }, { "code", "problem" })
end

--- Takes one request of a program that wants something said: the JSON of a message, see
-- `say`. Who may ask is the gateway's to judge.
-- @tparam table asked as of `receive`
-- @treturn table response: 202 for what is new, 200 for what is known, 400 for what can
--   never be sent, 409 for an id of another message, 503 when the store cannot be had
function gateway_methods:post(asked)
  if asked.method ~= "POST" then
    local refused = told_wrong(405, "POST the JSON of a message", "METHOD")
    refused.headers.Allow = "POST"
    return refused
  elseif #(asked.body or "") > gateway.MOST_BYTES then
    return told_wrong(413, "the message is too large", "TOO_LARGE")
  end
  local message, problem = value.decode(asked.body or "", "body")
  if type(message) ~= "table" or value.is_array(message) then
    return told_wrong(400, problem or "body: this is no JSON object", "MESSAGE")
  end
  local row, code
  row, problem, code = compose(message)
  if not row then
    return told_wrong(400, problem, code)
  end
  local is_new
  is_new, problem, code = put(self, row)
  if is_new == nil then
    return told_wrong(code == "CONFLICT" and 409 or 503, problem, code)
  end
  return told(is_new and 202 or 200, { id = message.id, is_new = is_new }, { "id", "is_new" })
end

--- What became of a message.
-- @tparam string id as it was given to `say`
-- @treturn[1] table|boolean `state`, `reason`, `remedy`, `activity_id` and so on, see
--   `crier.journal.messages`; false for one that is not known
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code
function gateway_methods:find(id)
  local found, problem, code = reach(self)
  if not found then
    return nil, problem, code
  end
  local lane = found.lanes:find(self.config.app, self.config.tenant)
  local campaign = lane and found.messages:existing(lane)
  return campaign and found.messages:find(campaign, "gateway." .. tostring(id)) or false
end

--- Closes the store; a later call opens it again. Safe to repeat.
function gateway_methods:close()
  forget(self)
end

return gateway
