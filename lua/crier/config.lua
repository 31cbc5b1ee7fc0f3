--- The settings of one run, from the environment and from options.
--
-- Names and meanings are those of every Azure SDK (`AZURE_…`) and crier's own
-- (`CRIER_…`). Ids are opaque text. Nothing here touches the network.
-- @module crier.config
local amount = require "crier.format.amount"
local core = require "crier.core"
local credential = require "crier.credential"
local suggest = require "crier.suggest"

local config = {}

-- Whoever gives a credential as an option means that one, whatever the
-- environment has of other kinds.
local MAIN_CREDENTIAL = { "client_secret", "client_secret_file",
  "certificate_path", "certificate_password", "federated_token_file",
  "assertion_identity" }
local BOT_CREDENTIAL = { "bot_client_secret", "bot_client_secret_file" }

local ALGORITHMS = { PS256 = true, RS256 = true }
local LIMITS = { teams = true, off = true }
local LEVELS = { debug = 1, info = 2, warn = 3, error = 4 }

-- option of crier.connect -> environment variable
local VARIABLES = {
  tenant = "AZURE_TENANT_ID",
  client_id = "AZURE_CLIENT_ID",
  client_secret = "AZURE_CLIENT_SECRET",
  client_secret_file = "AZURE_CLIENT_SECRET_FILE",
  certificate_path = "AZURE_CLIENT_CERTIFICATE_PATH",
  certificate_password = "AZURE_CLIENT_CERTIFICATE_PASSWORD",
  send_certificate_chain = "AZURE_CLIENT_SEND_CERTIFICATE_CHAIN",
  assertion_algorithm = "CRIER_ASSERTION_ALG",
  federated_token_file = "AZURE_FEDERATED_TOKEN_FILE",
  assertion_identity = "CRIER_ASSERTION_IDENTITY",
  identity_endpoint = "IDENTITY_ENDPOINT",
  identity_header = "IDENTITY_HEADER",
  identity_host = "AZURE_POD_IDENTITY_AUTHORITY_HOST",
  authority = "AZURE_AUTHORITY_HOST",
  cloud = "CRIER_CLOUD",
  app_id = "CRIER_APP_ID",
  bot_tenant = "CRIER_BOT_TENANT",
  bot_client_id = "CRIER_BOT_CLIENT_ID",
  bot_client_secret = "CRIER_BOT_CLIENT_SECRET",
  bot_client_secret_file = "CRIER_BOT_CLIENT_SECRET_FILE",
  graph_url = "CRIER_GRAPH_URL",
  connector_url = "CRIER_CONNECTOR_URL",
  openid_url = "CRIER_BOT_OPENID_URL",
  public_url = "CRIER_PUBLIC_URL",
  entra_apps = "CRIER_BOT_ENTRA_APPS",
  allow_hosts = "CRIER_ALLOW_HOSTS",
  limits = "CRIER_LIMITS",
  policy = "CRIER_POLICY",
  store = "CRIER_STORE",
  log = "CRIER_LOG",
  fatigue = "CRIER_FATIGUE",
}

-- Options that may be an array in place of a text with commas.
local LISTS = { allow_hosts = true, entra_apps = true }

local NAMES = {}
for option in pairs(VARIABLES) do
  NAMES[#NAMES + 1] = option
end

local DEFAULTS = {
  cloud = "public",
  limits = "teams",
  store = "sqlite:crier.db",
  log = "warn",
  assertion_algorithm = "PS256",
}

local function refuse(message)
  return nil, message, "CONFIG"
end

local function note_given(options, group, closed)
  for _, option in ipairs(group) do
    if options[option] ~= nil then
      for _, other in ipairs(group) do
        closed[other] = true
      end
      return
    end
  end
end

-- An empty variable counts as unset, as a shell's `VAR= command` means it.
local function gather(options, getenv)
  local found, closed = {}, {}
  note_given(options, MAIN_CREDENTIAL, closed)
  note_given(options, BOT_CREDENTIAL, closed)
  for option, variable in pairs(VARIABLES) do
    local value = options[option]
    if value == nil and not closed[option] then
      value = getenv(variable)
    end
    if value == "" then
      value = nil
    end
    found[option] = value == nil and DEFAULTS[option] or value
  end
  return found
end

local function list_of(list)
  if type(list) == "table" then
    return list
  end
  local found = {}
  for item in (list or ""):gmatch("[^%s,]+") do
    found[#found + 1] = item
  end
  return found
end

local function flaw(options)
  if type(options) ~= "table" then
    return "crier.connect takes a table"
  end
  for option, value in pairs(options) do
    local kind = type(value)
    if VARIABLES[option] and kind ~= "string"
      and not (kind == "table" and LISTS[option]) then
      return ("crier.connect: %s must be a string"):format(option)
    end
  end
  return suggest.unknown_key("crier.connect", options, NAMES)
end

--- Reads what a command that only looks at the store needs.
-- @tparam ?table options override the environment
-- @tparam[opt=os.getenv] function getenv
-- @treturn string the store's URL
function config.store(options, getenv)
  return gather(options or {}, getenv or os.getenv).store
end

--- Reads where the policy is, for a command that only looks at the store.
-- @tparam ?table options override the environment
-- @tparam[opt=os.getenv] function getenv
-- @treturn ?string path of the file; nil when there is none
function config.policy(options, getenv)
  return gather(options or {}, getenv or os.getenv).policy
end

--- Reads the tenant, for a command that only looks at the store.
-- @tparam ?table options override the environment
-- @tparam[opt=os.getenv] function getenv
-- @treturn ?string
function config.tenant(options, getenv)
  return gather(options or {}, getenv or os.getenv).tenant
end

local NEEDED = {
  tenant = "set it to the customer's tenant id (Entra admin center > Overview)",
  client_id = "set it to the Application (client) ID of the bot's app"
    .. " registration",
}

local function needed(found, option)
  if found[option] then
    return true
  end
  return refuse(VARIABLES[option] .. " is not set: " .. NEEDED[option])
end

local function check_words(found)
  if not LIMITS[found.limits] then
    return refuse("CRIER_LIMITS is '" .. found.limits .. "': it is teams or off")
  end
  if not LEVELS[found.log] then
    return refuse("CRIER_LOG is '" .. found.log
      .. "': it is debug, info, warn or error")
  end
  if not ALGORITHMS[found.assertion_algorithm] then
    return refuse("CRIER_ASSERTION_ALG is '" .. found.assertion_algorithm
      .. "': it is PS256 or RS256")
  end
  return true
end

-- Where people reach the server: https, or http on loopback, without a slash at the end.
local function read_public_url(found)
  local url = found.public_url and found.public_url:gsub("/+$", "")
  local is_good = not url or url:find "^https://[%w.%-%[%]:]+[%w/._~-]*$"
    or url:find "^http://127%.0%.0%.1[:%d]*$" or url:find "^http://localhost[:%d]*$"
  if not is_good then
    return refuse("CRIER_PUBLIC_URL is '" .. url .. "': it is an https address, such as"
      .. " https://bot.contoso.com")
  end
  found.public_url = url
  return true
end

local function read_fatigue(found)
  local most, within = (found.fatigue or ""):match "^(%d+)/(%w+)$"
  local is_cap = most and tonumber(most) > 0 and (amount.ms(within) or 0) > 0
  if found.fatigue and not is_cap then
    return refuse("CRIER_FATIGUE is '" .. found.fatigue
      .. "': it is messages/time, such as 3/7d")
  end
  found.fatigue = is_cap and { most = tonumber(most), within = within } or nil
  return true
end

local function check_needed(found)
  local ok, message, code = needed(found, "tenant")
  -- Only a machine's own identity has no id, and a bot always has one.
  if ok and not found.bot_client_id then
    ok, message, code = needed(found, "client_id")
  end
  if ok then
    ok, message, code = check_words(found)
  end
  if ok then
    ok, message, code = read_fatigue(found)
  end
  if ok then
    ok, message, code = read_public_url(found)
  end
  return ok, message, code
end

-- Chooses the credentials; with one that needs it, the client id must be set.
local function add_credentials(found, now_ms)
  local main, bot, code = credential.resolve(found, now_ms)
  if not main then
    return nil, bot, code
  elseif main.kind ~= "managed identity" or found.assertion_identity then
    local ok, message
    ok, message, code = needed(found, "client_id")
    if not ok then
      return nil, message, code
    end
  end
  found.credential, found.bot_credential = main, bot
  for _, option in ipairs { "client_secret", "certificate_password",
    "identity_header", "bot_client_secret" } do
    found[option] = nil -- core.credential keeps it, and wipes it
  end
  return true
end

local BASES = { authority = "authority", graph = "graph_url",
  connector = "connector_url", openid = "openid_url" }

-- What is said of an address names the variable that holds it.
local function named(message, code)
  if code == "CLOUD_UNKNOWN" then
    return VARIABLES.cloud .. " is " .. message
  end
  local base, said = message:match "^(%a+): (.*)$"
  if BASES[base] then
    return VARIABLES[BASES[base]] .. ": " .. said
  end
  return VARIABLES.allow_hosts .. ": " .. message
end

--- Reads and checks all settings.
-- @tparam ?table options override the environment: `tenant`, `client_id`,
--   `client_secret`, `client_secret_file`, `certificate_path`,
--   `certificate_password`, `send_certificate_chain`, `assertion_algorithm`,
--   `federated_token_file`, `assertion_identity`, `identity_endpoint`,
--   `identity_header`, `identity_host`, `authority`, `cloud`, `app_id`,
--   `bot_tenant`, `bot_client_id`, `bot_client_secret`,
--   `bot_client_secret_file`, `graph_url`, `connector_url`, `openid_url`,
--   `public_url`, `entra_apps`, `allow_hosts`, `limits`, `policy`, `store`, `log`, `fatigue`
-- @tparam[opt=os.getenv] function getenv
-- @tparam ?number now_ms milliseconds since 1970; default the wall clock
-- @treturn[1] table the settings, with `endpoints` (see `core.cloud`), `info`
--   (its hosts), `app` (the bot's client id, the key of lanes and budgets),
--   `credential` and `bot_credential` (see `crier.credential.resolve`); secrets
--   themselves are not in it
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code: `CONFIG`, `CLOUD_UNKNOWN` or `URL_REFUSED`
-- @raise on an unknown option or one of the wrong type
function config.read(options, getenv, now_ms)
  options = options or {}
  local wrong = flaw(options)
  if wrong then
    error(wrong, 3)
  end
  local found = gather(options, getenv or os.getenv)
  local ok, message, code = check_needed(found)
  if not ok then
    return nil, message, code
  end
  found.endpoints, message, code = core.cloud.endpoints {
    cloud = found.cloud,
    authority = found.authority,
    graph = found.graph_url,
    connector = found.connector_url,
    openid = found.openid_url,
    allow_hosts = list_of(found.allow_hosts),
  }
  if not found.endpoints then
    return nil, named(message, code), code
  end
  found.info = found.endpoints:info()
  if found.limits == "off" and not found.info.loopback then
    return refuse("CRIER_LIMITS=off is only for Graph and Connector on"
      .. " loopback: unset it")
  end
  ok, message, code = add_credentials(found, now_ms or core.clock.wall_ms())
  if not ok then
    return nil, message, code
  end
  found.bot_client_id = found.bot_client_id or found.client_id
  found.bot_tenant = found.bot_tenant or found.tenant
  found.app = found.bot_client_id
  found.entra_apps = list_of(found.entra_apps)
  return found
end

return config
