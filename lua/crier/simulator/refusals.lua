--- What Entra says when it issues no token.
-- Codes and texts after "Microsoft Entra authentication and authorization
-- error codes"; the errors of a sign-in after "Microsoft identity platform and
-- the OAuth 2.0 device authorization grant flow" and RFC 8628 section 3.5.
-- @module crier.simulator.refusals
local answers = require("crier.simulator.answers")
local encoding = require("crier.simulator.encoding")

local refusals = {}

-- AADSTS code -> status, OAuth error, text
local CODES = {
  [50013] = { 401, "invalid_client", "Assertion failed signature validation. [Reason - Key was"
    .. " found, but use of the key to verify the signature failed.]" },
  [50027] = { 401, "invalid_client", "JWT token is invalid or malformed. %s" },
  [50048] = { 401, "invalid_client", "Subject mismatches Issuer claim in the client assertion." },
  [50194] = { 400, "invalid_request", "Application '%s' is not configured as a multi-tenant"
    .. " application. Usage of the /common endpoint is not supported for such apps created after"
    .. " '10/15/2018'. Use a tenant-specific endpoint or configure the application to be"
    .. " multi-tenant." },
  [53003] = { 400, "invalid_grant", "Access has been blocked by Conditional Access policies. The"
    .. " access policy does not allow token issuance." },
  [70003] = { 400, "unsupported_grant_type", "The app requested an unsupported grant type '%s'." },
  [70011] = { 400, "invalid_scope", "The provided value for the input parameter 'scope' is not"
    .. " valid. The scope %s is not valid." },
  [70016] = { 400, "authorization_pending", "OAuth 2.0 device flow error. Authorization is"
    .. " pending. Continue polling." },
  [70018] = { 400, "bad_verification_code", "The provided value for the input parameter"
    .. " 'device_code' is not valid." },
  [70019] = { 400, "expired_token", "The provided value for the input parameter 'device_code' is"
    .. " not valid. This device code has expired." },
  [90002] = { 400, "invalid_request", "Tenant '%s' not found." },
  [700016] = { 400, "unauthorized_client", "Application with identifier '%s' was not found in the"
    .. " directory." },
  [700021] = { 401, "invalid_client", "Client assertion application identifier doesn't match"
    .. " 'client_id' parameter." },
  [700022] = { 400, "invalid_scope", "The provided value for the input parameter 'scope' is not"
    .. " valid because it contains more than one resource." },
  [700023] = { 401, "invalid_client", "Client assertion audience claim does not match Realm"
    .. " issuer." },
  [700024] = { 401, "invalid_client", "Client assertion is not within its valid time range. %s" },
  [700027] = { 401, "invalid_client", "The certificate with identifier used to sign the client"
    .. " assertion is not registered on application. [Reason - %s]" },
  [700082] = { 400, "invalid_grant", "The refresh token has expired or is not valid." },
  [700211] = { 401, "invalid_client", "No matching federated identity record found for presented"
    .. " assertion issuer '%s'." },
  [700212] = { 401, "invalid_client", "No matching federated identity record found for presented"
    .. " assertion audience '%s'." },
  [700213] = { 401, "invalid_client", "No matching federated identity record found for presented"
    .. " assertion subject '%s'. Check your federated identity credential Subject, Audience and"
    .. " Issuer against the presented assertion." },
  [700229] = { 401, "invalid_client", "The token can only be exchanged when it is an app-only"
    .. " token." },
  [900144] = { 400, "invalid_request", "The request body must contain the following parameter:"
    .. " '%s'." },
  [7000112] = { 400, "unauthorized_client", "Application '%s' is disabled." },
  [7000215] = { 401, "invalid_client", "Invalid client secret provided. Ensure the secret being"
    .. " sent in the request is the client secret value, not the client secret ID." },
  [7000218] = { 401, "invalid_client", "The request body must contain the following parameter:"
    .. " 'client_assertion' or 'client_secret'." },
  [7000222] = { 401, "invalid_client", "The provided client secret keys are expired." },
  [7000229] = { 401, "unauthorized_client", "The client application %s is missing service"
    .. " principal in the tenant." },
  [9001023] = { 400, "invalid_request", "The grant type is not supported over the /common,"
    .. " /consumers or /organizations endpoints. Please use a tenant-specific endpoint." },
}

-- The errors that have no number of their own.
local SIGN_IN = {
  authorization_declined = "The end user denied the authorization request.",
  slow_down = "Polled too often: add 5 seconds to the interval.",
}

local function body(fields, now_ms)
  fields.timestamp = encoding.iso_time(now_ms)
  fields.trace_id = "00000000-0000-4000-8000-000000000000"
  fields.correlation_id = fields.trace_id
  return encoding.json(fields)
end

--- Makes the answer to a request that Entra refuses.
-- @tparam number code the AADSTS number
-- @tparam ?string value what its text names
-- @tparam number now_ms
-- @treturn table response
function refusals.answer(code, value, now_ms)
  local refusal = CODES[code]
  local text = refusal[3]:gsub("%%s", function() return value or "" end)
  return answers.json(refusal[1], body({ error = refusal[2], error_codes = { code },
    error_description = ("AADSTS%d: %s"):format(code, text),
    error_uri = ("https://login.microsoftonline.com/error?code=%d"):format(code) }, now_ms))
end

--- Makes the answer to a sign-in that was declined, or polled too often.
-- @tparam string name `authorization_declined` or `slow_down`
-- @tparam number now_ms
-- @treturn table response
function refusals.sign_in(name, now_ms)
  return answers.json(400, body({ error = name, error_description = SIGN_IN[name],
    error_codes = encoding.raw("[]") }, now_ms))
end

return refusals
