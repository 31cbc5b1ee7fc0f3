--- Managed identities: tokens without a secret, for what runs in Azure.
-- The metadata service of virtual machines ("How to use managed identities for
-- Azure resources on an Azure VM to acquire an access token") and the endpoint
-- of App Service ("How to use managed identities for App Service and Azure
-- Functions"). Two identities are attached: one is the bot itself, registered
-- as a user-assigned managed identity; of the other the bot's registration
-- takes tokens for `api://AzureADTokenExchange` as its assertion.
-- @module crier.simulator.managed
local answers = require("crier.simulator.answers")
local encoding = require("crier.simulator.encoding")
local random = require("crier.simulator.random")

local managed = {}

local managed_methods = {}
local managed_mt = { __name = "crier.simulator.managed", __index = managed_methods }

local LIFETIME_S = 86400
local AUDIENCES = { ["https://graph.microsoft.com"] = "graph",
  ["https://api.botframework.com"] = "connector", ["api://AzureADTokenExchange"] = "exchange" }

--- What it answers; see `crier.simulator.router`.
managed.routes = {
  { operation = "identity", service = "identity", method = "GET", answer = "machine",
    path = "/metadata/identity/oauth2/token" },
  { operation = "identity", service = "identity", method = "GET", answer = "app_service",
    path = "/msi/token" },
}

--- Makes the noun.
-- @tparam crier.simulator simulator
-- @treturn crier.simulator.managed with `client_id` of the identity that is
-- not the bot, and `header`, the secret of App Service's endpoint
function managed.new(simulator)
  local seed = simulator.seed
  return setmetatable({ simulator = simulator,
    client_id = random.guid(random.hash(seed, 914), seed, 4000000914),
    principal = random.guid(random.hash(seed, 915), seed, 4000000915),
    header = random.letters(32, seed, 4000000916) }, managed_mt)
end

local function refuse(status, code, text)
  return answers.json(status, encoding.json({ error = code, error_description = text }))
end

-- The identity that a query asks for: of one app service or machine with
-- several, the bot's own is the one that needs no name.
local function find(self, query)
  local identity = self.simulator.identity
  local id = query.client_id or query.object_id or query.principal_id
  if query.msi_res_id or query.mi_res_id then
    return nil
  elseif not id or id:lower() == identity.client_id or id:lower() == identity.principal then
    return { client_id = identity.client_id, principal = identity.principal }
  elseif id:lower() == self.client_id or id:lower() == self.principal then
    return { client_id = self.client_id, principal = self.principal }
  end
  return nil
end

-- Issues a token; or nil and a refusal.
local function issue(self, query, now_ms)
  local simulator = self.simulator
  local resource = query.resource and query.resource:gsub("/$", "")
  local audience = resource and AUDIENCES[resource]
  local found = find(self, query)
  if not resource then
    return nil, refuse(400, "invalid_request", "Required query variable 'resource' is missing")
  elseif simulator.faults:has("no-identity", 0) or not found then
    return nil, refuse(400, "invalid_request", "Identity not found")
  elseif not audience then
    return nil, refuse(400, "invalid_resource", "AADSTS500011: The resource principal named "
      .. resource .. " was not found in the tenant named " .. simulator.tenant .. ".")
  end
  local is_bot = found.client_id == simulator.client_id
  local text = simulator.identity.tokens:issue({ audience = audience, proof = "2",
    client_id = found.client_id, principal = found.principal, lifetime_s = LIFETIME_S,
    roles = is_bot and audience == "graph" and simulator.roles or nil }, now_ms)
  local now_s = math.floor(now_ms / 1000)
  -- Every value is a text.
  return { access_token = text, token_type = "Bearer", resource = query.resource,
    expires_on = ("%d"):format(now_s + LIFETIME_S), not_before = ("%d"):format(now_s),
    client_id = found.client_id }
end

--- Issues what the bot's registration takes as an assertion.
-- @tparam number now_ms
-- @treturn string
function managed_methods:assertion(now_ms)
  return (self.simulator.identity.tokens:issue({ audience = "exchange", proof = "2",
    client_id = self.client_id, principal = self.principal, lifetime_s = LIFETIME_S }, now_ms))
end

--- Answers `GET /metadata/identity/oauth2/token`.
-- @tparam table call
-- @tparam table request
-- @tparam number now_ms
-- @treturn table response
function managed_methods:machine(call, request, now_ms)
  if (request.headers.metadata or ""):lower() ~= "true" then
    return refuse(400, "bad_request_102", "Required metadata header not specified")
  elseif request.headers["x-forwarded-for"] then
    return refuse(400, "bad_request", "A request through a proxy is not answered")
  elseif not call.query["api-version"] then
    return refuse(400, "invalid_request", "Required query variable 'api-version' is missing")
  end
  local fields, refusal = issue(self, call.query, now_ms)
  if not fields then
    return refusal
  end
  fields.refresh_token, fields.expires_in = "", ("%d"):format(LIFETIME_S - 1)
  return answers.json(200, encoding.json(fields))
end

--- Answers `GET /msi/token`, the endpoint of App Service.
-- @tparam table call
-- @tparam table request
-- @tparam number now_ms
-- @treturn table response
function managed_methods:app_service(call, request, now_ms)
  if request.headers["x-identity-header"] ~= self.header then
    return refuse(401, "unauthorized_client", "The header X-IDENTITY-HEADER is missing or wrong")
  elseif call.query["api-version"] ~= "2019-08-01" then
    return refuse(400, "invalid_request", "The api-version is not supported")
  end
  local fields, refusal = issue(self, call.query, now_ms)
  return fields and answers.json(200, encoding.json(fields)) or refusal
end

return managed
