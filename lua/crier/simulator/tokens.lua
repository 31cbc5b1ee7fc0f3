--- The access tokens that were issued, and the check of them.
-- A token is for one audience and looks like Entra's: a JWT whose claims can
-- be read, with a signature that nothing can verify. It is known by its text.
-- @module crier.simulator.tokens
local jwt = require("crier.simulator.jwt")
local random = require("crier.simulator.random")

local tokens = {}

local tokens_methods = {}
local tokens_mt = { __name = "crier.simulator.tokens", __index = tokens_methods }

local LENGTH = 1138 -- what a real one takes, so that requests weigh as much
local SIGNATURE_LENGTH = 342 -- base64url of 2048 bits
local SALT = 3000000000
local KEPT_MS = 3600000 -- an hour of answers "expired"

--- The `aud` claim of each audience.
tokens.resources = { graph = "https://graph.microsoft.com",
  connector = "https://api.botframework.com", exchange = "api://AzureADTokenExchange" }

--- Makes an empty record.
-- @tparam table options
-- @tparam number options.seed
-- @tparam string options.tenant
-- @tparam[opt=3599] number options.lifetime_s
-- @treturn crier.simulator.tokens
function tokens.new(options)
  return setmetatable({ seed = options.seed, tenant = options.tenant,
    lifetime_s = options.lifetime_s or 3599, issued = 0, known = {} }, tokens_mt)
end

local function forget_old(self, now_ms)
  for header, token in pairs(self.known) do
    if now_ms > token.expires_ms + KEPT_MS then
      self.known[header] = nil
    end
  end
end

-- The names of a set in order; nil when there are none, as Entra leaves the
-- claim out.
local function names_of(set)
  local names = {}
  for name in pairs(set or {}) do
    names[#names + 1] = name
  end
  table.sort(names)
  return names[1] and names or nil
end

local function claims_of(self, grant, now_s, lifetime_s)
  local scopes = names_of(grant.scopes)
  return { aud = tokens.resources[grant.audience], appid = grant.client_id, tid = self.tenant,
    iss = "https://sts.windows.net/" .. self.tenant .. "/", ver = "1.0", iat = now_s, nbf = now_s,
    exp = now_s + lifetime_s, roles = names_of(grant.roles),
    scp = scopes and table.concat(scopes, " "), upn = grant.user,
    idtyp = scopes and "user" or "app", oid = grant.principal, sub = grant.principal,
    appidacr = grant.proof }
end

--- Issues a token.
-- @tparam table grant
-- @tparam string grant.audience `graph`, `connector` or `exchange`
-- @tparam string grant.client_id the app it is issued to
-- @tparam string grant.principal object id of that app, or of the person
-- @tparam string grant.proof `appidacr`: "1" a secret, "2" an assertion, "0" none
-- @tparam ?table grant.roles set of application permissions
-- @tparam ?table grant.scopes set of delegated permissions; makes it a person's
-- @tparam ?string grant.user the person's name
-- @tparam ?number grant.lifetime_s
-- @tparam number now_ms
-- @treturn string its text
-- @treturn table the token as `check` returns it
function tokens_methods:issue(grant, now_ms)
  forget_old(self, now_ms)
  self.issued = self.issued + 1
  local lifetime_s = grant.lifetime_s or self.lifetime_s
  local now_s = math.floor(now_ms / 1000)
  local header, claims = { typ = "JWT", alg = "RS256" }, claims_of(self, grant, now_s, lifetime_s)
  claims.uti = random.letters(22, self.seed, SALT + self.issued * 3)
  claims.aio = ""
  local filler = math.max(0, LENGTH - SIGNATURE_LENGTH - #jwt.write(header, claims, ""))
  claims.aio = random.letters(math.floor(filler * 3 / 4), self.seed, SALT + self.issued * 3 + 1)
  local text = jwt.write(header, claims, "")
  text = text .. random.letters(math.max(SIGNATURE_LENGTH, LENGTH - #text), self.seed,
    SALT + self.issued * 3 + 2)
  local token = { audience = grant.audience, tenant = self.tenant, client_id = grant.client_id,
    roles = grant.roles or {}, scopes = grant.scopes, delegated = grant.scopes ~= nil,
    from_s = now_s, expires_ms = now_ms + lifetime_s * 1000 }
  self.known["Bearer " .. text] = token
  return text, token
end

--- Finds a token, whatever it is good for.
-- @tparam string text
-- @treturn ?table as of `check`
function tokens_methods:find(text)
  return self.known["Bearer " .. text]
end

--- Checks the Authorization header of a call.
-- @tparam ?string header
-- @tparam string audience `graph` or `connector`
-- @tparam number now_ms
-- @treturn[1] table the token: `{ audience =, tenant =, client_id =, roles = set,
-- delegated = boolean, scopes = set or nil, from_s =, expires_ms = }`
-- @treturn[2] nil
-- @treturn[2] string what is wrong
function tokens_methods:check(header, audience, now_ms)
  local token = header and self.known[header]
  if not token then
    return nil, header and "CompactToken validation failed." or "Access token is empty."
  elseif token.audience ~= audience then
    return nil, "Access token validation failure. Invalid audience."
  elseif now_ms >= token.expires_ms then
    return nil, "Lifetime validation failed, the token is expired."
  end
  return token
end

return tokens
