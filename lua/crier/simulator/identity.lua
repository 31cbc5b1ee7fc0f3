--- The token endpoint, and the check of the tokens it issued.
-- Client credentials with a secret, an assertion signed by a registered
-- certificate, or one of a trusted issuer; sign-in by device code; renewal of
-- that. A token is for one audience, Graph or the Bot Connector, and neither
-- takes the other's.
-- @module crier.simulator.identity
local answers = require("crier.simulator.answers")
local assertions = require("crier.simulator.assertions")
local encoding = require("crier.simulator.encoding")
local random = require("crier.simulator.random")
local refusals = require("crier.simulator.refusals")
local signin = require("crier.simulator.signin")
local tokens = require("crier.simulator.tokens")

local identity = {}

local identity_methods = {}
local identity_mt = { __name = "crier.simulator.identity", __index = identity_methods }

-- The hosts of Graph and of the Bot Connector's audience, in every cloud.
local GRAPH = { ["graph.microsoft.com"] = true, ["graph.microsoft.us"] = true,
  ["dod-graph.microsoft.us"] = true, ["microsoftgraph.chinacloudapi.cn"] = true }
local BOT = { ["api.botframework.com"] = true, ["api.botframework.us"] = true,
  ["api.botframework.azure.cn"] = true }
-- Where the tokens of a multi-tenant bot come from, in every cloud.
local BOT_TENANTS = { ["botframework.com"] = true, ["microsoftservices.onmicrosoft.us"] = true,
  ["microsoftservices.partner.onmschina.cn"] = true }
local SHARED = { common = true, consumers = true, organizations = true }
local SECRETS_MOST = 10

--- What it answers; see `crier.simulator.router`.
identity.routes = {
  { operation = "token", service = "token", method = "POST",
    path = "/{tenant}/oauth2/v2.0/token" },
  { operation = "device_code", service = "token", method = "POST",
    path = "/{tenant}/oauth2/v2.0/devicecode" },
  { operation = "rotate", service = "sandbox", method = "POST", path = "/_sandbox/rotate" },
  { operation = "approve", service = "sandbox", method = "POST", path = "/_sandbox/approve" },
  { operation = "decline", service = "sandbox", method = "POST", path = "/_sandbox/decline" },
  { operation = "sign_in", service = "sandbox", method = "GET", path = "/_sandbox/approve" },
}

-- The nth secret, with every character that a form must escape.
local function make_secret(seed, nth)
  return "Sbx8Q~" .. random.letters(28, seed, 4000000000 + nth - 1) .. "+/=&"
end

--- Makes the endpoint.
-- @tparam crier.simulator simulator
-- @tparam table options
-- @tparam[opt=3599] number options.token_lifetime_s
-- @tparam[opt=1] number options.secrets how many are good at a time
-- @tparam ?table options.certificates see `crier.simulator.assertions`
-- @tparam ?table options.federated see `crier.simulator.assertions`
-- @treturn crier.simulator.identity
function identity.new(simulator, options)
  local self = setmetatable({ seed = simulator.seed, tenant = simulator.tenant,
    domain = simulator.people.domain, client_id = simulator.client_id, roles = simulator.roles,
    faults = simulator.faults, skew_ms = simulator.skew_ms, secrets = {}, expired = {}, made = 0 },
    identity_mt)
  for _ = 1, options.secrets or 1 do
    self:add_secret()
  end
  simulator.secret = self.secrets[1]
  self.principal = random.guid(random.hash(self.seed, 912), self.seed, 4000000912)
  self.tokens = tokens.new({ seed = self.seed, tenant = self.tenant,
    lifetime_s = options.token_lifetime_s })
  self.assertions = assertions.new({ client_id = self.client_id, tokens = self.tokens,
    faults = self.faults, certificates = options.certificates, federated = options.federated })
  self.signin = signin.new({ seed = self.seed, tokens = self.tokens, faults = self.faults,
    principal = random.guid(random.hash(self.seed, 913), self.seed, 4000000913),
    user = "admin@" .. self.domain })
  return self
end

--- Makes another secret.
-- @treturn string
function identity_methods:add_secret()
  self.made = self.made + 1
  local text = make_secret(self.seed, self.made)
  self.secrets[#self.secrets + 1] = text
  return text
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

-- What is wrong with a tenant, as a code and the value its text names.
local function tenant_flaw(self, tenant)
  tenant = tenant:lower()
  if BOT_TENANTS[tenant] then
    return self.faults:has("single-tenant", 0) and 700016 or nil, self.client_id
  elseif tenant ~= self.tenant and tenant ~= self.domain then
    return 90002, tenant
  end
  return nil
end

local function app_flaw(self, id)
  if not id then
    return 900144, "client_id"
  elseif id:lower() ~= self.client_id then
    return 700016, id
  elseif self.faults:has("app-disabled", 0) then
    return 7000112, id
  elseif self.faults:has("no-principal", 0) then
    return 7000229, id
  end
  return nil
end

local function has(list, text)
  for _, item in ipairs(list) do
    if item == text then
      return true
    end
  end
  return false
end

local function secret_flaw(self, text)
  if not text or text == "" then
    return 7000218
  elseif has(self.expired, text) then
    return 7000222
  elseif not has(self.secrets, text) then
    return 7000215
  elseif self.faults:has("expired-secret", 0) then
    return 7000222
  end
  return nil
end

local function proof_flaw(self, form, basic_secret, call, now_ms)
  if not form.client_assertion then
    return secret_flaw(self, form.client_secret or basic_secret)
  elseif form.client_assertion_type ~= assertions.TYPE then
    return 900144, "client_assertion_type"
  end
  return self.assertions:flaw(form.client_assertion, call.ids.tenant, call.origin,
    now_ms + self.skew_ms)
end

local function scope_flaw(tenant, scope)
  local audience, code = audience_of(scope or "")
  if not audience then
    return code, code == 900144 and "scope" or scope
  elseif BOT_TENANTS[tenant:lower()] and audience ~= "connector" then
    return 70011, scope
  end
  return nil, audience
end

-- For an app in its own name.
local function client_credentials(self, form, call, headers, now_ms)
  local basic_id, basic_secret = basic(headers)
  local code, value = app_flaw(self, form.client_id or basic_id)
  if not code then
    code, value = proof_flaw(self, form, basic_secret, call, now_ms)
  end
  if not code then
    code, value = scope_flaw(call.ids.tenant, form.scope)
  end
  if code then
    return refusals.answer(code, value, now_ms)
  elseif self.faults:has("app-conditional-access", 0) then
    return refusals.answer(53003, nil, now_ms)
  end
  local text, token = self.tokens:issue({ audience = value, client_id = self.client_id,
    principal = self.principal, proof = form.client_assertion and "2" or "1",
    roles = value == "graph" and self.roles or nil }, now_ms)
  token.tenant = call.ids.tenant:lower()
  local lifetime = ("%d"):format(self.tokens.lifetime_s)
  return answers.json(200, '{"token_type":"Bearer","expires_in":' .. lifetime
    .. ',"ext_expires_in":' .. lifetime .. ',"access_token":"' .. text .. '"}')
end

local function for_person(self, form, now_ms)
  local code, value = app_flaw(self, form.client_id)
  if code then
    return refusals.answer(code, value, now_ms)
  elseif form.grant_type == signin.GRANT then
    return self.signin:poll(form, now_ms)
  end
  return self.signin:renew(form, now_ms)
end

--- Answers a request for a token.
-- @tparam table call
-- @tparam table request
-- @tparam number now_ms
-- @treturn table response
function identity_methods:token(call, request, now_ms)
  local form, tenant = encoding.parse_form(request.body), call.ids.tenant
  local is_personal = form.grant_type == signin.GRANT or form.grant_type == "refresh_token"
  if SHARED[tenant:lower()] then
    return refusals.answer(is_personal and 50194 or 9001023, self.client_id, now_ms)
  end
  local code, value = tenant_flaw(self, tenant)
  if code then
    return refusals.answer(code, value, now_ms)
  elseif not form.grant_type then
    return refusals.answer(900144, "grant_type", now_ms)
  elseif is_personal then
    return for_person(self, form, now_ms)
  elseif form.grant_type ~= "client_credentials" then
    return refusals.answer(70003, form.grant_type, now_ms)
  end
  return client_credentials(self, form, call, request.headers, now_ms)
end

--- Answers a request for a device code.
-- @tparam table call
-- @tparam table request
-- @tparam number now_ms
-- @treturn table response
function identity_methods:device_code(call, request, now_ms)
  local form, tenant = encoding.parse_form(request.body), call.ids.tenant
  if SHARED[tenant:lower()] then
    return refusals.answer(50194, self.client_id, now_ms)
  end
  local code, value = tenant_flaw(self, tenant)
  if not code then
    code, value = app_flaw(self, form.client_id)
  end
  if code then
    return refusals.answer(code, value, now_ms)
  end
  return self.signin:ask(form, call.origin, now_ms)
end

--- Checks the Authorization header of a call; see `crier.simulator.tokens`.
-- @tparam ?string header
-- @tparam string audience `graph` or `connector`
-- @tparam number now_ms
-- @return the token, or nil and what is wrong
function identity_methods:check(header, audience, now_ms)
  return self.tokens:check(header, audience, now_ms)
end

--- Answers `POST /_sandbox/rotate`: there is a new secret, and the oldest one
-- has expired.
-- @treturn table response with the `secrets` that are good, newest first
function identity_methods:rotate()
  self:add_secret()
  self.expired[#self.expired + 1] = table.remove(self.secrets, 1)
  if #self.expired > SECRETS_MOST then
    table.remove(self.expired, 1)
  end
  local newest_first = {}
  for i = #self.secrets, 1, -1 do
    newest_first[#newest_first + 1] = self.secrets[i]
  end
  return answers.json(200, encoding.json({ secrets = newest_first }) .. "\n")
end

local function decide(self, state, call, request, now_ms)
  local code = call.query.code or encoding.parse_form(request.body).code
  local count = self.signin:decide(code, state, now_ms)
  return answers.json(count > 0 and 200 or 404, encoding.json({ [state] = count }) .. "\n")
end

--- Answers `POST /_sandbox/approve`: a person signs in, by `code`; without one,
-- everybody who was asked does.
-- @tparam table call
-- @tparam table request
-- @tparam number now_ms
-- @treturn table response with how many were `approved`
function identity_methods:approve(call, request, now_ms)
  return decide(self, "approved", call, request, now_ms)
end

--- Answers `POST /_sandbox/decline`, as `approve` does.
-- @tparam table call
-- @tparam table request
-- @tparam number now_ms
-- @treturn table response with how many were `declined`
function identity_methods:decline(call, request, now_ms)
  return decide(self, "declined", call, request, now_ms)
end

--- Answers `GET /_sandbox/approve`: the page on which the code is entered.
-- @treturn table response
function identity_methods:sign_in()
  return { status = 200, headers = { ["content-type"] = "text/html; charset=utf-8" },
    body = '<!doctype html><title>Sign in</title><form method="post">Code <input name="code">'
      .. "<button>Approve</button></form>\n" }
end

return identity
