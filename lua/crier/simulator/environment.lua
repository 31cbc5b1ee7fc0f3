--- The environment in which a program talks to a simulator.
-- @module crier.simulator.environment
local openid = require("crier.simulator.openid")

local environment = {}

--- The kinds of credential that it can hold: a secret, a certificate, a
-- federated token, the managed identity of an app service, that of a machine,
-- and a managed identity whose tokens are assertions.
environment.kinds = { "secret", "certificate", "federated", "identity", "machine", "assertion" }

local function set_credential(values, simulator, origin, credential)
  local kind = credential.kind
  if kind == "certificate" then
    values.AZURE_CLIENT_CERTIFICATE_PATH = credential.path
  elseif kind == "federated" then
    values.AZURE_FEDERATED_TOKEN_FILE = credential.path
  elseif kind == "identity" or kind == "assertion" then
    values.IDENTITY_ENDPOINT = origin .. "/msi/token"
    values.IDENTITY_HEADER = simulator.managed.header
    values.CRIER_ASSERTION_IDENTITY = kind == "assertion" and simulator.managed.client_id or nil
  elseif kind == "machine" then
    values.AZURE_POD_IDENTITY_AUTHORITY_HOST = origin
  else
    values.AZURE_CLIENT_SECRET = simulator.secret
  end
end

--- Tells it.
-- @tparam crier.simulator simulator
-- @tparam string origin where it is served, such as `http://127.0.0.1:8080`
-- @tparam ?table credential `{ kind =, path = of the certificate or token }`;
-- nil: the secret
-- @treturn table values by variable
function environment.of(simulator, origin, credential)
  local values = { AZURE_TENANT_ID = simulator.tenant, AZURE_CLIENT_ID = simulator.client_id,
    AZURE_AUTHORITY_HOST = origin, CRIER_APP_ID = simulator.manifest_id, CRIER_GRAPH_URL = origin,
    CRIER_CONNECTOR_URL = origin .. "/teams/", CRIER_BOT_OPENID_URL = origin .. openid.PATH,
    CRIER_LIMITS = simulator.limits.is_off and "off" or nil,
    CRIER_CLOUD = simulator.cloud ~= "public" and simulator.cloud or nil }
  set_credential(values, simulator, origin, credential or {})
  return values
end

return environment
