--- The settings that lead a run elsewhere than its app's own set-up says: what
-- the sandbox's environment and a `crier.env` clear before they say their own.
-- @module crier.package.settings
local settings = {}

--- Those that name another cloud, store or bot, and secrets.
settings.FOREIGN = "AZURE_AUTHORITY_HOST AZURE_CLIENT_SECRET AZURE_CLIENT_SECRET_FILE"
  .. " CRIER_ALLOW_HOSTS CRIER_BOT_CLIENT_ID CRIER_BOT_CLIENT_SECRET"
  .. " CRIER_BOT_CLIENT_SECRET_FILE CRIER_BOT_ENTRA_APPS CRIER_BOT_OPENID_URL"
  .. " CRIER_BOT_TENANT CRIER_CLOUD"
  .. " CRIER_CONNECTOR_URL CRIER_GRAPH_URL CRIER_LIMITS CRIER_PUBLIC_URL CRIER_STORE"

--- Those that name a credential which is no secret.
settings.CREDENTIALS = "AZURE_CLIENT_CERTIFICATE_PASSWORD AZURE_CLIENT_CERTIFICATE_PATH"
  .. " AZURE_CLIENT_SEND_CERTIFICATE_CHAIN AZURE_FEDERATED_TOKEN_FILE"
  .. " AZURE_POD_IDENTITY_AUTHORITY_HOST CRIER_ASSERTION_ALG CRIER_ASSERTION_IDENTITY"
  .. " IDENTITY_ENDPOINT IDENTITY_HEADER"

return settings
