--- What the Bot Connector signs with: its OpenID metadata, its key set, and the
-- tokens that come with what a bot is told ("Authentication with the Bot
-- Connector API", read 2026-11-22).
--
--     GET /v1/.well-known/openidconfiguration   issuer, jwks_uri
--     GET /v1/.well-known/keys                  the keys, newest first, each
--                                               endorsed for msteams
--     GET /{tenant}/v2.0/.well-known/openid-configuration
--     GET /{tenant}/discovery/v2.0/keys         the same of Entra, without
--                                               endorsements
--     POST /_sandbox/rekey                      a new key signs; the one before
--                                               stays in the set
--
-- Keys are made by a function that comes with the options, when the first is
-- asked for.
-- @module crier.simulator.openid
local answers = require("crier.simulator.answers")
local encoding = require("crier.simulator.encoding")
local jwt = require("crier.simulator.jwt")

local openid = {}

local openid_methods = {}
local openid_mt = { __name = "crier.simulator.openid", __index = openid_methods }

local ISSUERS = { public = "https://api.botframework.com", gcc = "https://api.botframework.com",
  gcch = "https://api.botframework.us", dod = "https://api.botframework.us",
  china = "https://api.botframework.azure.cn" }
local LIFETIME_S = 3600
local USED_S = 300 -- for which a token is used again
local KEYS = 2
local TOKENS_MOST = 100

--- Where the metadata is.
openid.PATH = "/v1/.well-known/openidconfiguration"

local KEYS_PATH = "/v1/.well-known/keys"

--- What it answers; see `crier.simulator.router`.
openid.routes = {
  { operation = "openid", service = "token", method = "GET", path = openid.PATH,
    answer = "metadata" },
  { operation = "keys", service = "token", method = "GET", path = KEYS_PATH, answer = "key_set" },
  { operation = "openid", service = "token", method = "GET", answer = "tenant_metadata",
    path = "/{tenant}/v2.0/.well-known/openid-configuration" },
  { operation = "keys", service = "token", method = "GET", answer = "tenant_keys",
    path = "/{tenant}/discovery/v2.0/keys" },
  { operation = "rekey", service = "sandbox", method = "POST", path = "/_sandbox/rekey" },
}

--- Makes the noun.
-- @tparam crier.simulator simulator
-- @tparam table options
-- @tparam ?function options.new_signer makes a key: `() -> { jwk = (self) -> JSON text with a
-- kid, sign = (self, text) -> RS256 signature in base64url }`; nil: nothing can be signed
-- @treturn crier.simulator.openid with `issuer`
function openid.new(simulator, options)
  return setmetatable({ simulator = simulator, new_signer = options.new_signer,
    issuer = ISSUERS[simulator.cloud], keys = {}, tokens = {}, held = 0 }, openid_mt)
end

local function add_key(self)
  local signer = self.new_signer()
  local jwk = signer:jwk()
  table.insert(self.keys, 1, { signer = signer, kid = jwk:match('"kid":"([%w_-]+)"'),
    json = jwk:sub(1, -2) })
  self.keys[KEYS + 1] = nil
  self.tokens, self.held = {}, 0
end

-- The key that signs; makes the first one.
local function current(self)
  if not self.keys[1] and self.new_signer then
    add_key(self)
  end
  return self.keys[1]
end

local function metadata(issuer, jwks_uri)
  return answers.json(200, encoding.json({ issuer = issuer, jwks_uri = jwks_uri,
    authorization_endpoint = "https://invalid.botframework.com",
    id_token_signing_alg_values_supported = { "RS256" },
    token_endpoint_auth_methods_supported = { "private_key_jwt" } }))
end

local function key_set(self, more)
  current(self)
  local list = {}
  for i, key in ipairs(self.keys) do
    list[i] = key.json .. more .. "}"
  end
  return answers.json(200, '{"keys":[' .. table.concat(list, ",") .. "]}")
end

--- Answers `GET /v1/.well-known/openidconfiguration`.
-- @tparam table call
-- @treturn table response
function openid_methods:metadata(call)
  return metadata(self.issuer, call.origin .. KEYS_PATH)
end

--- Answers `GET /v1/.well-known/keys`.
-- @treturn table response
function openid_methods:key_set()
  return key_set(self, ',"endorsements":["msteams"]')
end

--- Answers `GET /{tenant}/v2.0/.well-known/openid-configuration`.
-- @tparam table call
-- @treturn table response
function openid_methods:tenant_metadata(call)
  local tenant = self.simulator.tenant
  return metadata("https://login.microsoftonline.com/" .. tenant .. "/v2.0",
    ("%s/%s/discovery/v2.0/keys"):format(call.origin, tenant))
end

--- Answers `GET /{tenant}/discovery/v2.0/keys`.
-- @treturn table response
function openid_methods:tenant_keys()
  return key_set(self, "")
end

--- Answers `POST /_sandbox/rekey`.
-- @treturn table response with the `kid` of the key that signs from now on; 404
-- where nothing can be signed
function openid_methods:rekey()
  if not current(self) then
    return answers.json(404, "{}\n")
  end
  add_key(self)
  return answers.json(200, encoding.json({ kid = self.keys[1].kid }) .. "\n")
end

local function sign(self, claims)
  local key = current(self)
  local text = jwt.write({ typ = "JWT", alg = "RS256", kid = key.kid, x5t = key.kid }, claims, "")
  return text .. key.signer:sign(text:sub(1, -2))
end

--- Signs a token as the Bot Connector's for this bot. It is valid for an hour,
-- and given again for five minutes.
-- @tparam string service_url what `serviceUrl` of the activity says
-- @tparam number now_ms
-- @treturn string to follow `Bearer ` in the header `Authorization`
-- @raise where nothing can be signed
function openid_methods:token(service_url, now_ms)
  local now_s = math.floor((now_ms + self.simulator.skew_ms) / 1000)
  local held = self.tokens[service_url]
  if held and now_s >= held.from_s and now_s < held.from_s + USED_S then
    return held.text
  elseif self.held >= TOKENS_MOST then
    self.tokens, self.held = {}, 0
  end
  self.held = self.held + (held and 0 or 1)
  held = { from_s = now_s, text = sign(self, { iss = self.issuer, aud = self.simulator.client_id,
    serviceurl = service_url, nbf = now_s, exp = now_s + LIFETIME_S }) }
  self.tokens[service_url] = held
  return held.text
end

--- Signs a token as Entra would issue it in the bot's own tenant (version 1).
-- @tparam string app client id of the app that asks for it
-- @tparam number now_ms
-- @treturn string as of `token`
-- @raise where nothing can be signed
function openid_methods:tenant_token(app, now_ms)
  local now_s = math.floor((now_ms + self.simulator.skew_ms) / 1000)
  local tenant = self.simulator.tenant
  return sign(self, { iss = "https://sts.windows.net/" .. tenant .. "/", tid = tenant,
    aud = self.simulator.client_id, appid = app, ver = "1.0", iat = now_s, nbf = now_s,
    exp = now_s + LIFETIME_S })
end

return openid
