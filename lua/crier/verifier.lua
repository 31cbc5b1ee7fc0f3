--- Who may tell the bot something: the check of the token that comes with an
-- activity.
--
--     local verifier = require("crier.verifier").new { client_id = "…", jwks = text }
--     local claims, message, code = verifier:verify(headers.authorization, activity)
--     if not claims then
--       log(code, message)
--       return verifier.refusal() -- the same for everybody
--     end
--
-- Signed as RS256 by a key of the set, which the set endorses for the activity's
-- channel; issued by the Bot Connector of the cloud, for this bot, at a time that
-- fits; for the service URL that the activity names, on a host of the cloud. It
-- asks no network and remembers nothing.
-- @module crier.verifier
local cjson = require("cjson.safe").new()
cjson.decode_invalid_numbers(false)

local core = require "crier.core"
local suggest = require "crier.suggest"

local verifier = {}

local verifier_methods = {}
local verifier_mt = { __name = "crier.verifier", __index = verifier_methods }

local OPTIONS = { "client_id", "jwks", "issuers", "cloud", "hosts", "endpoints", "channels",
  "tenants", "entra", "now" }
local ENTRA_OPTIONS = { "tenant", "jwks", "issuers", "apps" }
-- gcc is public here: it has the same issuer and the same hosts.
local CLOUDS = { "public", "gcch", "dod", "china" }

local function is_text(value)
  return type(value) == "string" and value ~= ""
end

local function is_texts(value)
  if type(value) ~= "table" or #value == 0 then
    return false
  end
  for _, text in ipairs(value) do
    if not is_text(text) then
      return false
    end
  end
  return true
end

-- What is wrong with options that the caller wrote, or nil.
local function flaw(options)
  if type(options) ~= "table" then
    return "crier.verifier takes a table"
  elseif not is_text(options.client_id) then
    return "crier.verifier: client_id must be the bot's client id"
  elseif type(options.jwks) ~= "string" then
    return "crier.verifier: jwks must be the text of a key set"
  elseif options.now ~= nil and type(options.now) ~= "function" then
    return "crier.verifier: now must be a function"
  end
  for _, name in ipairs { "issuers", "channels", "tenants", "hosts" } do
    if options[name] ~= nil and not is_texts(options[name]) then
      return ("crier.verifier: %s must be an array of texts"):format(name)
    end
  end
  return suggest.unknown_key("crier.verifier", options, OPTIONS)
end

local function entra_flaw(entra)
  if type(entra) ~= "table" or not is_text(entra.tenant) then
    return "crier.verifier: entra must be a table with the tenant"
  elseif entra.jwks ~= nil and type(entra.jwks) ~= "string" then
    return "crier.verifier: entra.jwks must be the text of a key set"
  end
  for _, name in ipairs { "issuers", "apps" } do
    if entra[name] ~= nil and not is_texts(entra[name]) then
      return ("crier.verifier: entra.%s must be an array of texts"):format(name)
    end
  end
  return suggest.unknown_key("crier.verifier: entra", entra, ENTRA_OPTIONS)
end

local function holds(list, text)
  for _, item in ipairs(list) do
    if item == text then
      return true
    end
  end
  return false
end

-- The clouds that are meant: the one that is named, or those of the issuers;
-- public where these are of no cloud.
local function clouds_of(options)
  if options.cloud or not options.issuers then
    return { options.cloud or "public" }
  end
  local found = {}
  for _, name in ipairs(CLOUDS) do
    if holds(options.issuers, core.cloud.endpoints({ cloud = name }):info().issuer) then
      found[#found + 1] = name
    end
  end
  return found[1] and found or { "public" }
end

-- The endpoints of those clouds; or nil, message, code.
local function endpoints_of(options)
  if options.endpoints then
    return { options.endpoints }
  end
  local list = {}
  for i, name in ipairs(clouds_of(options)) do
    local endpoints, message, code = core.cloud.endpoints { cloud = name,
      allow_hosts = options.hosts }
    if not endpoints then
      return nil, message, code
    end
    list[i] = endpoints
  end
  return list
end

-- How Entra writes itself in tokens of version 1 and 2.
local function entra_issuers(entra, endpoints)
  if entra.issuers then
    return entra.issuers
  end
  local list = {}
  for i, each in ipairs(endpoints) do
    local info = each:info()
    local official = core.cloud.endpoints({ cloud = info.cloud }):info()
    list[i * 2 - 1] = info.sts .. "/" .. entra.tenant .. "/"
    list[i * 2] = official.authority .. "/" .. entra.tenant .. "/v2.0"
  end
  return list
end

-- Fills the lists of the core's verifier, as far as they can be.
local function allow(made, lists)
  for name, texts in pairs(lists) do
    for _, text in ipairs(texts) do
      local ok, message, code = made:allow(name, text)
      if not ok then
        return nil, ("%s: '%s' %s"):format(name, text:sub(1, 80), message), code
      end
    end
  end
  return true
end

local function lists_of(options, endpoints)
  local entra, issuers = options.entra, options.issuers
  if not issuers then
    issuers = {}
    for i, each in ipairs(endpoints) do
      issuers[i] = each:info().issuer
    end
  end
  return { issuers = issuers, channels = options.channels or { "msteams" },
    tenants = options.tenants or {},
    entra_issuers = entra and entra_issuers(entra, endpoints) or {},
    entra_tenants = entra and { entra.tenant } or {},
    entra_apps = entra and (entra.apps or { options.client_id }) or {} }
end

--- Makes a verifier.
-- @tparam table options
-- @tparam string options.client_id the bot's, which tokens must be for
-- @tparam string options.jwks text of the Bot Connector's key set
-- @tparam ?{string,...} options.issuers default: that of the cloud
-- @tparam ?string options.cloud `public`, `gcc`, `gcch`, `dod` or `china`; default: those whose
--   issuers are listed, else `public`
-- @tparam ?{string,...} options.hosts that a service URL may be on besides the cloud's
-- @param options.endpoints of `core.cloud`, in place of `cloud` and `hosts`
-- @tparam[opt={"msteams"}] {string,...} options.channels that activities may come from
-- @tparam ?{string,...} options.tenants that activities may come from; default: all
-- @tparam ?table options.entra takes tokens of the bot's own tenant too, for bots of a single
--   tenant: `tenant`, `jwks` (text of its key set; may come later), `issuers` (default: both of
--   Entra's), `apps` (client ids that may ask for such a token; default: the bot's). They say
--   nothing of a service URL, which its host alone then protects
-- @tparam[opt=os.time] function options.now Unix time in seconds
-- @treturn[1] crier.verifier
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code: of a key set `MALFORMED`, `TOO_LARGE` or `NO_KEYS`; `LIST_FULL`;
--   `CLOUD_UNKNOWN`, `URL_REFUSED`
-- @raise on an unknown option or one of the wrong type
function verifier.new(options)
  local wrong = flaw(options) or options.entra ~= nil and entra_flaw(options.entra)
  if wrong then
    error(wrong, 2)
  end
  local endpoints, message, code = endpoints_of(options)
  if not endpoints then
    return nil, message, code
  end
  local made
  made, message, code = core.verifier.new(options.client_id)
  local ok = made
  if ok then
    ok, message, code = allow(made, lists_of(options, endpoints))
  end
  for i = 1, ok and #endpoints or 0 do
    made:allow_hosts(endpoints[i])
  end
  local self = setmetatable({ core = made, now = options.now or os.time }, verifier_mt)
  if ok then
    ok, message, code = self:set_keys(options.jwks)
  end
  if ok and options.entra and options.entra.jwks then
    ok, message, code = self:set_keys(options.entra.jwks, "entra")
  end
  if not ok then
    return nil, message, code
  end
  return self
end

--- Replaces a key set, as after a rotation. On failure the old one stays.
-- @tparam string jwks text of the set
-- @tparam[opt="bot"] string side `bot`: the Bot Connector's; `entra`
-- @treturn[1] boolean true
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code `MALFORMED`, `TOO_LARGE` or `NO_KEYS`
function verifier_methods:set_keys(jwks, side)
  local ok, message, code = self.core:set_keys(side or "bot", jwks)
  if not ok then
    return nil, "the key set: " .. message, code
  end
  return true
end

--- Verifies the token that came with an activity. Whatever came is judged:
-- nothing of it raises.
-- @tparam ?string authorization value of the header `Authorization`
-- @tparam table|function activity the body, decoded; or what decodes it, which is called
--   without arguments once the token has held by itself, and returns the table
-- @treturn[1] table the claims
-- @treturn[2] nil
-- @treturn[2] string message for the log, without anything of the token
-- @treturn[2] string code: `HEADER_MISSING`, `HEADER_MALFORMED`, `TOO_LARGE`,
--   `TOKEN_MALFORMED`, `ALGORITHM_REFUSED`, `CRITICAL_REFUSED`, `CLAIM_MALFORMED`,
--   `ISSUER_REFUSED`, `KEY_UNKNOWN` (a newer key set may know it), `SIGNATURE_WRONG`,
--   `AUDIENCE_REFUSED`, `EXPIRED`, `NOT_YET_VALID`, `ACTIVITY_MALFORMED`, `NOT_ENDORSED`,
--   `CHANNEL_REFUSED`, `SERVICE_URL_WRONG`, `HOST_REFUSED`, `TENANT_REFUSED`, `APP_REFUSED`
function verifier_methods:verify(authorization, activity)
  local text, message, code = self.core:verify(authorization, activity, self.now())
  if not text then
    return nil, message, code
  end
  local claims = cjson.decode(text)
  if type(claims) ~= "table" then -- deeper than is read
    return nil, "the token is not what it should be", "TOKEN_MALFORMED"
  end
  return claims
end

--- What to answer whoever is refused: always the same.
-- @treturn table `{ status = 401, headers =, body = "" }`
function verifier.refusal()
  return { status = 401, headers = { ["www-authenticate"] = "Bearer" }, body = "" }
end

verifier_methods.refusal = verifier.refusal

return verifier
