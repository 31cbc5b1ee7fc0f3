--- The check of client assertions: signed by a registered certificate, or
-- issued by a party that the registration trusts.
-- After "Microsoft identity platform application authentication certificate
-- credentials" and "Workload identity federation". Signatures are judged by
-- functions that come with the certificates and the issuer; where nothing
-- here says otherwise a claim is compared exactly, case included.
--
--     iss is the app  -> certificate: thumbprint, signature, sub, aud, time
--     one of our own  -> managed identity: an app's token for the exchange
--     any other iss   -> federated: issuer, subject, audience, signature, time
--
-- Entra does not refuse an assertion that it saw before; `replayed` counts
-- those.
-- @module crier.simulator.assertions
local encoding = require("crier.simulator.encoding")
local jwt = require("crier.simulator.jwt")
local tokens = require("crier.simulator.tokens")

local assertions = {}

local assertions_methods = {}
local assertions_mt = { __name = "crier.simulator.assertions", __index = assertions_methods }

--- What `client_assertion_type` must say (RFC 7523 section 2.2).
assertions.TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

local SKEW_S = 300
local LATEST_S = 1e11 -- what a date can be written of
local ALGORITHMS = { "PS256", "RS256" }

--- Makes the check.
-- @tparam table options
-- @tparam string options.client_id
-- @tparam crier.simulator.tokens options.tokens ours, of managed identities
-- @tparam crier.simulator.faults options.faults `expired-certificate` is asked for
-- @tparam ?{table,...} options.certificates registered ones: `{ x5t =, x5t_s256 = (base64url
-- thumbprints, either may be nil), der = base64, verify = function(jwt,
-- algorithms) -> true or nil }`
-- @tparam ?table options.federated whom the registration trusts: `{ issuer =, subject =,
-- audience = (default api://AzureADTokenExchange), verify = }`
-- @treturn crier.simulator.assertions
function assertions.new(options)
  return setmetatable({ client_id = options.client_id, tokens = options.tokens,
    faults = options.faults, certificates = options.certificates or {},
    federated = options.federated, replayed = 0, seen = {} }, assertions_mt)
end

local function is_supported(algorithm)
  return algorithm == ALGORITHMS[1] or algorithm == ALGORITHMS[2]
end

local function is_time(value)
  return type(value) == "number" and value >= 0 and value < LATEST_S
end

local function text_of(value)
  return type(value) == "string" and value or ""
end

-- An array of one audience is that audience.
local function audience_of(claims)
  local audience = claims.aud
  return type(audience) == "table" and #audience == 1 and audience[1] or audience
end

-- The leaf of x5c; false when that is not an array of base64 texts.
local function leaf_of(header)
  local chain = header.x5c
  if chain == nil then
    return nil
  end
  local leaf = type(chain) == "table" and chain[1]
  return type(leaf) == "string" and leaf:find("^[%w+/]+=?=?$") and leaf or false
end

local function find_certificate(self, header, leaf)
  for _, certificate in ipairs(self.certificates) do
    if (header.x5t and header.x5t == certificate.x5t)
      or (header["x5t#S256"] and header["x5t#S256"] == certificate.x5t_s256)
      or (leaf and leaf == certificate.der) then
      return certificate
    end
  end
  return nil
end

local function time_flaw(claims, now_ms)
  local now_s = now_ms / 1000
  if claims.exp + SKEW_S <= now_s or (claims.nbf or 0) - SKEW_S > now_s then
    return 700024, ("Current time: %s, assertion valid from %s, expiry time of assertion %s.")
      :format(encoding.iso_time(now_ms), encoding.iso_time((claims.nbf or 0) * 1000),
        encoding.iso_time(claims.exp * 1000))
  end
  return nil
end

local function certificate_flaw(self, text, header, claims, tenant, origin, now_ms)
  local leaf = leaf_of(header)
  if leaf == false then
    return 50027, "The x5c header is not an array of certificates."
  elseif not header.x5t and not header["x5t#S256"] and not leaf then
    return 50027, "No certificate thumbprint specified in token header."
  end
  local certificate = find_certificate(self, header, leaf)
  if not certificate then
    return 700027, "The key was not found."
  elseif not certificate.verify(text, ALGORITHMS) then
    return 700027, "Key was found, but use of the key to verify the signature failed."
  elseif self.faults:has("expired-certificate", 0) then
    return 700027, "The key used is expired."
  elseif claims.sub ~= claims.iss then
    return 50048
  elseif claims.aud ~= origin .. "/" .. tenant .. "/oauth2/v2.0/token"
    and claims.aud ~= origin .. "/" .. tenant .. "/v2.0" then
    return 700023
  end
  return time_flaw(claims, now_ms)
end

local function own_flaw(token, now_ms)
  if token.delegated then
    return 700229
  elseif token.audience ~= "exchange" then
    return 700212, tokens.resources[token.audience]
  end
  return time_flaw({ exp = token.expires_ms / 1000, nbf = token.from_s }, now_ms)
end

local function federated_flaw(self, text, claims, now_ms)
  local trusted = self.federated
  if claims.iss == claims.sub then
    return 700021 -- an app's own assertion, of another app
  elseif not trusted or claims.iss ~= trusted.issuer then
    return 700211, text_of(claims.iss)
  elseif claims.sub ~= trusted.subject then
    return 700213, text_of(claims.sub)
  elseif audience_of(claims) ~= (trusted.audience or tokens.resources.exchange) then
    return 700212, text_of(audience_of(claims))
  elseif not trusted.verify(text, ALGORITHMS) then
    return 50013
  end
  return time_flaw(claims, now_ms)
end

local function note_replay(self, claims, now_ms)
  for jti, until_ms in pairs(self.seen) do
    if now_ms > until_ms then
      self.seen[jti] = nil
    end
  end
  local jti = type(claims.jti) == "string" and claims.jti or nil
  if jti and self.seen[jti] then
    self.replayed = self.replayed + 1
  elseif jti then
    self.seen[jti] = (claims.exp + SKEW_S) * 1000
  end
end

--- Tells what is wrong with an assertion.
-- @tparam string text
-- @tparam string tenant from the path
-- @tparam string origin at which the token endpoint was called
-- @tparam number now_ms
-- @treturn ?number the AADSTS code; nil when the assertion is good
-- @treturn ?string what its text names
function assertions_methods:flaw(text, tenant, origin, now_ms)
  local token = self.tokens:find(text)
  if token then
    return own_flaw(token, now_ms)
  end
  local header, claims = jwt.read(text)
  if not header then
    return 50027
  elseif not is_supported(header.alg) then
    return 50027, "The algorithm '" .. tostring(header.alg) .. "' is not supported."
  elseif not is_time(claims.exp) or not is_time(claims.nbf or 0) then
    return 50027, "A claim of time is missing or no number."
  end
  local code, value
  if claims.iss == self.client_id then
    code, value = certificate_flaw(self, text, header, claims, tenant, origin, now_ms)
  else
    code, value = federated_flaw(self, text, claims, now_ms)
  end
  if not code then
    note_replay(self, claims, now_ms)
  end
  return code, value
end

return assertions
