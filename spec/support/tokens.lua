--- Tokens, and the answers of those who issue them, for specs.
local core = require "crier.core"

local tokens = {}

tokens.TENANT = "11111111-2222-3333-4444-555555555555"

--- Where a token of that tenant comes from.
tokens.URL = "https://login.microsoftonline.com/" .. tokens.TENANT .. "/oauth2/v2.0/token"

--- A token to be got with a credential.
-- @param proof a `core.credential`, or what makes one
-- @tparam ?table options of `core.token.new` besides
function tokens.with(proof, options)
  options = options or {}
  if type(proof) == "table" then
    proof = assert(core.credential.new(proof))
  end
  return core.token.new {
    endpoints = core.cloud.endpoints { cloud = options.cloud or "public",
      authority = options.authority },
    audience = options.audience or "graph",
    tenant = options.tenant or tokens.TENANT,
    client_id = options.client_id or "app-id",
    credential = proof,
  }
end

--- An answer in JSON.
function tokens.answer(body, status, headers)
  headers = headers or {}
  headers["content-type"] = headers["content-type"] or "application/json"
  return { status = status or 200, sent = true, body = body, headers = headers }
end

--- An answer with a token.
function tokens.granted(text)
  return tokens.answer('{"token_type":"Bearer","expires_in":3600,"access_token":"'
    .. (text or "opaque-1") .. '"}')
end

--- Entra's refusal.
function tokens.refused(number, status, name)
  return tokens.answer(('{"error":"%s","error_codes":[%d],"error_description":"AADSTS%d: no"}')
    :format(name or "invalid_client", number, number), status or 401)
end

--- The fields of a form.
function tokens.form(body)
  return require "crier.simulator.encoding".parse_form(body)
end

return tokens
