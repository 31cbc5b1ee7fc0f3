--- How crier proves to Entra who it is: the first credential that the settings
-- name, in the order of the Azure SDKs.
--
-- secret, secret file, certificate, federated token file, a managed identity as
-- the assertion of a federated credential, managed identity. Files are read
-- here, so that what is wrong with them is said before the first request; the
-- network is not touched.
-- @module crier.credential
local core = require "crier.core"

local credential = {}

local WARN_DAYS = 30
local DAY_MS = 24 * 3600 * 1000

-- What a setting is called where a person sets it.
local MAIN = {
  client_id = "AZURE_CLIENT_ID",
  client_secret = "AZURE_CLIENT_SECRET",
  client_secret_file = "AZURE_CLIENT_SECRET_FILE",
  certificate_path = "AZURE_CLIENT_CERTIFICATE_PATH",
  certificate_password = "AZURE_CLIENT_CERTIFICATE_PASSWORD",
  federated_token_file = "AZURE_FEDERATED_TOKEN_FILE",
  assertion_identity = "CRIER_ASSERTION_IDENTITY",
}

local BOT = setmetatable({
  client_id = "CRIER_BOT_CLIENT_ID",
  client_secret = "CRIER_BOT_CLIENT_SECRET",
  client_secret_file = "CRIER_BOT_CLIENT_SECRET_FILE",
}, { __index = MAIN })

local function day(ms)
  return os.date("!%Y-%m-%d", math.floor(ms / 1000))
end

-- "path what is wrong" of core.credential, behind the variable's name.
local function make(variable, options, hint)
  local handle, message, code = core.credential.new(options)
  if handle then
    return handle
  end
  return nil, ("%s: %s%s"):format(variable, message, hint or ""), code
end

-- The kinds in their order: `key` is the setting that asks for it, `make` gives
-- the handle and what is said of it, or nil, message and code.
local kinds = {}

kinds[1] = { key = "client_secret", name = "secret" }

kinds[1].make = function(given, names)
  local handle, message, code = make(names.client_secret,
    { kind = "secret", secret = given.client_secret })
  return handle, message or ("client secret (%s)"):format(names.client_secret), code
end

kinds[2] = { key = "client_secret_file", name = "secret file" }

kinds[2].make = function(given, names)
  local path, variable = given.client_secret_file, names.client_secret_file
  local handle, message, code = make(variable, { kind = "secret file", path = path })
  return handle, message or ("client secret in %s (%s)"):format(path, variable), code
end

kinds[3] = { key = "certificate_path", name = "certificate" }

local function certificate_line(handle, path, variable)
  local info = handle:info()
  return ("certificate %s (%s), thumbprint %s, valid until %s"):format(path,
    variable, info.thumbprint, day(info.expires_at_ms))
end

kinds[3].make = function(given, names, now_ms)
  local path, variable = given.certificate_path, names.certificate_path
  local chain = (given.send_certificate_chain or ""):lower()
  local handle, message, code = make(variable, {
    kind = "certificate",
    path = path,
    password = given.certificate_password,
    algorithm = given.assertion_algorithm,
    sends_chain = chain == "1" or chain == "true",
  })
  if not handle then
    if message:find("no password is set", 1, true) then
      message = message .. ": set " .. names.certificate_password
    end
    return nil, message, code
  end
  local is_valid, why, why_code = handle:check(now_ms)
  if not is_valid then
    return nil, variable .. ": " .. why, why_code
  end
  return handle, certificate_line(handle, path, variable)
end

kinds[4] = { key = "federated_token_file", name = "federated token" }

kinds[4].make = function(given, names)
  local path, variable = given.federated_token_file, names.federated_token_file
  local handle, message, code = make(variable, { kind = "federated token", path = path })
  return handle, message or ("federated token in %s (%s)"):format(path, variable), code
end

-- The header goes in clear to an http host: one that is not of this machine, nor
-- of the link (where Azure's own is), is named. Never what stands before an @.
local function far_host(endpoint)
  local host = (endpoint or ""):lower():match "^http://([^/?#]*)"
  host = host and (host:match "@([^@]*)$" or host)
  local name = host and (host:match "^%[(.*)%]" or host:match "^[^:]*")
  local is_near = not name or name == "localhost" or name == "::1"
    or name:find "^127%.%d+%.%d+%.%d+$" or name:find "^169%.254%.%d+%.%d+$"
  return not is_near and host or nil
end

-- How people are told of the service that gives tokens to managed identities.
local function service_of(options)
  if not options.endpoint then
    return "this machine (IMDS), if there is one"
  end
  local host = far_host(options.endpoint)
  return ("App Service (IDENTITY_ENDPOINT%s)"):format(
    host and ", http to " .. host .. ", not this machine" or "")
end

-- Where managed identities are asked for, as `core.credential` takes it.
local function identity(given, client_id)
  return {
    kind = "managed identity",
    client_id = client_id,
    endpoint = given.identity_header and given.identity_endpoint or nil,
    header = given.identity_header,
    host = given.identity_host,
  }
end

kinds[5] = { key = "assertion_identity", name = "managed identity as assertion" }

kinds[5].make = function(given, names)
  local named = given.assertion_identity
  local options = identity(given, named ~= "system" and named or nil)
  options.as_assertion, options.is_known = true, true
  local handle, message, code = core.credential.new(options)
  return handle, message or ("federated credential, by the token of the managed"
    .. " identity %s (%s)%s"):format(named, names.assertion_identity,
    far_host(options.endpoint) and ", of " .. service_of(options) or ""), code
end

kinds[6] = { name = "managed identity" }

kinds[6].make = function(given, names)
  local options = identity(given, given.client_id)
  local handle, message, code = core.credential.new(options)
  local whose = given.client_id and (", client id %s (%s)"):format(given.client_id,
    names.client_id) or ", the system's own"
  return handle, message or ("managed identity of %s%s"):format(service_of(options),
    whose), code
end

-- Why a kind was not taken.
local function why_not(kind, given, names, taken)
  if kind.key and not given[kind.key] then
    return ("%s: %s is not set"):format(kind.name, names[kind.key])
  end
  return ("%s: %s comes first"):format(kind.name, taken.name)
end

local function take(given, names, now_ms, other)
  local taken
  for _, kind in ipairs(kinds) do
    if not taken and (not kind.key or given[kind.key]) then
      taken = kind
    end
  end
  local handle, line, code = taken.make(given, names, now_ms)
  if not handle then
    return nil, line, code
  end
  local info, skipped = handle:info(), {}
  for _, kind in ipairs(kinds) do
    if other and other[kind.key] then
      skipped[#skipped + 1] = other[kind.key]
    elseif kind ~= taken then
      skipped[#skipped + 1] = why_not(kind, given, names, taken)
    end
  end
  return {
    kind = info.kind,
    took = line,
    skipped = skipped,
    expires_at_ms = info.expires_at_ms,
    handle = handle,
  }
end

-- The bot's registration may be another one. A secret belongs to one
-- registration; a certificate or a federated credential may be known to both.
local function bot_settings(given)
  local own, other = setmetatable({
    client_id = given.bot_client_id,
    client_secret = given.bot_client_secret or false,
    client_secret_file = given.bot_client_secret_file or false,
  }, { __index = given }), {}
  for _, key in ipairs { "client_secret", "client_secret_file" } do
    if given[key] and not own[key] then
      other[key] = ("%s: %s is that of %s"):format(
        key == "client_secret" and "secret" or "secret file", MAIN[key], MAIN.client_id)
    end
  end
  return own, other
end

local function is_same_registration(given)
  return not given.bot_client_secret and not given.bot_client_secret_file
    and (not given.bot_client_id or (given.client_id ~= nil
      and given.bot_client_id:lower() == given.client_id:lower()))
end

--- Chooses the credentials for Graph and for the bot, and reads their files.
-- @tparam table given settings as `crier.config` has gathered them
-- @tparam number now_ms milliseconds since 1970: a certificate must be valid
-- @treturn[1] table for Graph: `kind` (`secret`, `secret file`, `certificate`,
--   `federated token`, `managed identity`), `took` (one line: which, and from
--   where), `skipped` (a line for each kind that was not taken, and why),
--   `expires_at_ms` (nil when it is not known here), `handle` (the
--   `core.credential` for `core.token.new`)
-- @treturn[1] table for the bot: the same one unless the bot has its own
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code `CONFIG`
function credential.resolve(given, now_ms)
  local main, message, code = take(given, MAIN, now_ms)
  if not main then
    return nil, message, code
  elseif is_same_registration(given) then
    return main, main
  end
  local own, other = bot_settings(given)
  own.client_id = own.client_id or given.client_id
  local bot
  bot, message, code = take(own, BOT, now_ms, other)
  if not bot then
    return nil, message, code
  end
  return main, bot
end

--- Says which credential was taken, and why the others were not.
-- @tparam table chosen from `resolve`
-- @treturn string one line
function credential.explain(chosen)
  return chosen.took .. "; not taken: " .. table.concat(chosen.skipped, ", ")
end

--- What to say of credentials that expire within 30 days.
-- @tparam table config from `crier.config`
-- @tparam number now_ms milliseconds since 1970
-- @treturn ?string nil when there is nothing to say
function credential.warning(config, now_ms)
  for _, chosen in ipairs { config.credential, config.bot_credential } do
    local left_ms = chosen.expires_at_ms and chosen.expires_at_ms - now_ms
    if left_ms and left_ms < WARN_DAYS * DAY_MS then
      local days = math.max(0, math.floor(left_ms / DAY_MS))
      return ("the certificate expires on %s, in %d day%s: upload a new one to the"
        .. " app's registration, then replace the file that %s names"):format(
        day(chosen.expires_at_ms), days, days == 1 and "" or "s", MAIN.certificate_path)
    end
  end
  return nil
end

return credential
