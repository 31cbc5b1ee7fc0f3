--- The token endpoint, and the check of the tokens it issued.
-- Client credentials with a secret only.  A token is for one audience, Graph
-- or the Bot Connector, and neither takes the other's.
-- @module crier.simulator.identity
local encoding = require("crier.simulator.encoding")
local random = require("crier.simulator.random")

local identity = {}

local identity_methods = {}
local identity_mt = { __name = "crier.simulator.identity", __index = identity_methods }

local TOKEN_LENGTH = 1100 -- what a real one takes, so that requests weigh as much

-- AADSTS code -> status, OAuth error, text
local REFUSALS = {
  [7000215] = { 401, "invalid_client", "Invalid client secret provided. Ensure the secret being"
    .. " sent in the request is the client secret value, not the client secret ID." },
  [7000222] = { 401, "invalid_client", "The provided client secret keys are expired." },
  [7000218] = { 401, "invalid_client", "The request body must contain the following parameter:"
    .. " 'client_assertion' or 'client_secret'." },
  [700027] = { 401, "invalid_client", "The certificate used to sign the client assertion is not"
    .. " registered on application." },
  [700016] = { 400, "unauthorized_client", "Application with identifier '%s' was not found in the"
    .. " directory." },
  [90002] = { 400, "invalid_request", "Tenant '%s' not found." },
  [9001023] = { 400, "invalid_request", "The grant type is not supported over the /common,"
    .. " /consumers or /organizations endpoints. Please use a tenant-specific endpoint." },
  [70003] = { 400, "unsupported_grant_type", "The app requested an unsupported grant type '%s'." },
  [900144] = { 400, "invalid_request", "The request body must contain the following parameter:"
    .. " '%s'." },
  [70011] = { 400, "invalid_scope", "The provided value for the input parameter 'scope' is not"
    .. " valid. The scope %s is not valid." },
  [700022] = { 400, "invalid_scope", "The provided value for the input parameter 'scope' is not"
    .. " valid because it contains more than one resource." },
}

-- The hosts of Graph and of the Bot Connector's audience, in every cloud.
local GRAPH = { ["graph.microsoft.com"] = true, ["graph.microsoft.us"] = true,
  ["dod-graph.microsoft.us"] = true, ["microsoftgraph.chinacloudapi.cn"] = true }
local BOT = { ["api.botframework.com"] = true, ["api.botframework.us"] = true,
  ["api.botframework.azure.cn"] = true }

--- What it answers; see `crier.simulator.router`.
identity.routes = {
  { operation = "token", service = "token", method = "POST",
    path = "/{tenant}/oauth2/v2.0/token" },
}

--- Makes the endpoint.
-- @tparam crier.simulator simulator
-- @tparam table options
-- @tparam[opt=3599] number options.token_lifetime_s
-- @treturn crier.simulator.identity
function identity.new(simulator, options)
  return setmetatable({ seed = simulator.seed, tenant = simulator.tenant,
    client_id = simulator.client_id, secret = simulator.secret, roles = simulator.roles,
    lifetime_s = options.token_lifetime_s or 3599, faults = simulator.faults, issued = 0,
    tokens = {} }, identity_mt)
end

local function refuse(code, value, now_ms)
  local refusal = REFUSALS[code]
  local text = refusal[3]:gsub("%%s", function() return value or "" end)
  local body = encoding.json({ error = refusal[2], error_codes = { code },
    error_description = ("AADSTS%d: %s"):format(code, text), timestamp = encoding.iso_time(now_ms),
    trace_id = "00000000-0000-4000-8000-000000000000",
    correlation_id = "00000000-0000-4000-8000-000000000000",
    error_uri = ("https://login.microsoftonline.com/error?code=%d"):format(code) })
  return { status = refusal[1], headers = { ["content-type"] = "application/json; charset=utf-8" },
    body = body }
end

-- RFC 6749 section 2.3.1: the id and the secret may come as Basic instead.
local function basic(headers)
  local text = (headers.authorization or ""):match("^[Bb]asic%s+(%S+)$")
  local id, secret = (text and encoding.from_base64(text) or ""):match("^([^:]*):(.*)$")
  return id and encoding.unescape(id), secret and encoding.unescape(secret)
end

local function audience_of(scope)
  local found
  for word in scope:gmatch("%S+") do
    local host = word:match("^https://([^/]+)/%.default$")
    local audience = host and (GRAPH[host] and "graph" or BOT[host] and "connector")
    if not audience then
      return nil, 70011
    elseif found and found ~= audience then
      return nil, 700022
    end
    found = audience
  end
  return found, 900144
end

-- What is wrong with a request, as a code and the value its text names.
local function judge(self, tenant, form, headers)
  local basic_id, basic_secret = basic(headers)
  local id, secret = form.client_id or basic_id, form.client_secret or basic_secret
  if tenant == "common" or tenant == "consumers" or tenant == "organizations" then
    return 9001023
  elseif tenant:lower() ~= self.tenant and tenant ~= "botframework.com" then
    return 90002, tenant
  elseif not form.grant_type then
    return 900144, "grant_type"
  elseif form.grant_type ~= "client_credentials" then
    return 70003, form.grant_type
  elseif not id then
    return 900144, "client_id"
  elseif id:lower() ~= self.client_id then
    return 700016, id
  elseif form.client_assertion then
    return 700027
  elseif not secret or secret == "" then
    return 7000218
  elseif secret ~= self.secret then
    return 7000215
  elseif self.faults:has("expired-secret", 0) then
    return 7000222
  end
  local audience, code = audience_of(form.scope or "")
  if not audience then
    return code, code == 900144 and "scope" or form.scope
  elseif tenant == "botframework.com" and audience ~= "connector" then
    return 70011, form.scope
  end
  return nil, audience
end

--- Answers a request for a token.
-- @tparam table call
-- @tparam table request
-- @tparam number now_ms
-- @treturn table response
function identity_methods:token(call, request, now_ms)
  local form = encoding.parse_form(request.body)
  local code, value = judge(self, call.ids.tenant, form, request.headers)
  if code then
    return refuse(code, value, now_ms)
  end
  for header, token in pairs(self.tokens) do -- an hour of answers "expired"
    if now_ms > token.expires_ms + 3600000 then
      self.tokens[header] = nil
    end
  end
  self.issued = self.issued + 1
  local text = "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9."
    .. random.letters(TOKEN_LENGTH - 300, self.seed, 5000 + self.issued * 2) .. "."
    .. random.letters(300, self.seed, 5001 + self.issued * 2)
  self.tokens["Bearer " .. text] = { audience = value,
    expires_ms = now_ms + self.lifetime_s * 1000, tenant = self.tenant,
    client_id = self.client_id, roles = self.roles, delegated = false }
  local lifetime = ("%d"):format(self.lifetime_s)
  return { status = 200, headers = { ["content-type"] = "application/json; charset=utf-8" },
    body = '{"token_type":"Bearer","expires_in":' .. lifetime .. ',"ext_expires_in":' .. lifetime
      .. ',"access_token":"' .. text .. '"}' }
end

--- Checks the Authorization header of a call.
-- @tparam ?string header
-- @tparam string audience `graph` or `connector`
-- @tparam number now_ms
-- @treturn[1] table the token: `{ tenant =, client_id =, roles = set,
-- delegated = boolean, scopes = set or nil }`
-- @treturn[2] nil
-- @treturn[2] string what is wrong
function identity_methods:check(header, audience, now_ms)
  local token = header and self.tokens[header]
  if not token then
    return nil, header and "CompactToken validation failed." or "Access token is empty."
  elseif token.audience ~= audience then
    return nil, "Access token validation failure. Invalid audience."
  elseif now_ms >= token.expires_ms then
    return nil, "Lifetime validation failed, the token is expired."
  end
  return token
end

return identity
