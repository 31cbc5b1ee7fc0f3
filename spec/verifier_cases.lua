--- Tokens, good and bad, by name: for every check of what tells a bot something.
--
-- `cases.new(now_s)` makes keys and gives
--
--     setups   options of `crier.verifier` by name, and for each the cloud
--     list     { name =, setup =, header =, activity =, code = nil when it is
--              accepted, judge = ... }
--
-- `header` is the value of `Authorization`, `activity` a table. `judge` tells
-- where Microsoft's own library decides otherwise, and why; false: it has no such
-- setting, or cannot be asked. A header with `control` cannot be sent by HTTP.
local cjson = require "cjson"
local issuer = require "support.issuer"

local cases = {}

local CLIENT = "9a8d6a0c-1f2e-4d3b-8c7a-5b6e4f3d2c1b"
local TENANT = "5f6e7d8c-0a1b-4c2d-9e3f-1a2b3c4d5e6f"
local OTHER = "00000000-1111-4222-8333-444444444444"
local SERVICE_URL = "https://smba.trafficmanager.net/emea/"
local PUBLIC = "https://api.botframework.com"
local BUILD = {}

local function quote(text)
  return '"' .. text .. '"'
end

-- A case that is decided as by Microsoft's library is told of by its code alone;
-- where the library decides otherwise `judge` is why.
local function add(self, name, code, case)
  case.name, case.code = name, code
  case.setup = case.setup or "public"
  if case.header == nil and not case.no_header then
    case.header = "Bearer " .. case.token
  end
  case.activity = case.activity == nil and self:activity() or case.activity
  self.list[#self.list + 1] = case
end

local methods = {}
local mt = { __index = methods }

--- The activity that comes with a token, changed.
function methods:activity(changes)
  local activity = { type = "message", id = "1", channelId = "msteams", serviceUrl = SERVICE_URL,
    from = { id = "29:1" }, recipient = { id = "28:" .. CLIENT },
    conversation = { id = "a:1", tenantId = TENANT },
    channelData = { tenant = { id = TENANT } } }
  for name, value in pairs(changes or {}) do
    activity[name] = value ~= "none" and value or nil
  end
  return activity
end

local function merge(members, changes)
  for name, value in pairs(changes or {}) do
    members[name] = value
  end
  return issuer.object(members)
end

--- The header of a token; members are JSON text, false takes one out.
function methods.head(_, changes)
  return merge({ alg = '"RS256"', typ = '"JWT"', kid = '"now"' }, changes)
end

--- The claims, in the same way.
function methods:claims(changes)
  return merge({ iss = quote(PUBLIC), aud = quote(CLIENT), serviceurl = quote(SERVICE_URL),
    nbf = ("%d"):format(self.now_s - 60), exp = ("%d"):format(self.now_s + 3540) }, changes)
end

--- A token: header, claims, and who signs it, all as they should be unless told.
function methods:token(changes, head, by, algorithm)
  return (by or self.bot):sign(self:head(head), self:claims(changes), algorithm)
end

local function raw_header(self, name, code, header, judge)
  add(self, name, code, { header = header, judge = judge, control = header:find "%c" and true })
end

local function with_claims(self, name, code, changes, judge)
  add(self, name, code, { token = self:token(changes), judge = judge })
end

local function with_head(self, name, code, changes, judge)
  add(self, name, code, { token = self:token(nil, changes), judge = judge })
end

-- The claim and the activity change together, so that they agree.
local function with_url(self, name, code, url, judge)
  add(self, name, code, { token = self:token { serviceurl = cjson.encode(url) }, judge = judge,
    activity = self:activity { serviceUrl = url } })
end

local function with_activity(self, name, code, changes, judge)
  add(self, name, code, { token = self.good, activity = self:activity(changes), judge = judge })
end

local ANY_CASE = "RFC 9110 and the SDK for .NET take the scheme in any case"

function BUILD.header(self)
  local good = self.good
  add(self, "no header", "HEADER_MISSING", { no_header = true })
  raw_header(self, "an empty header", "HEADER_MALFORMED", "")
  raw_header(self, "the scheme alone", "HEADER_MALFORMED", "Bearer")
  raw_header(self, "the scheme and a blank", "HEADER_MALFORMED", "Bearer ")
  raw_header(self, "two blanks", "HEADER_MALFORMED", "Bearer  " .. good)
  raw_header(self, "a tab for the blank", "HEADER_MALFORMED", "Bearer\t" .. good)
  raw_header(self, "a blank before", "HEADER_MALFORMED", " Bearer " .. good)
  raw_header(self, "a blank behind", "HEADER_MALFORMED", "Bearer " .. good .. " ")
  raw_header(self, "two tokens", "HEADER_MALFORMED", "Bearer " .. good .. " " .. good)
  raw_header(self, "two headers in one", "HEADER_MALFORMED",
    "Bearer " .. good .. ", Bearer " .. good)
  raw_header(self, "another scheme", "HEADER_MALFORMED", "Basic " .. good)
  raw_header(self, "another scheme of that length", "HEADER_MALFORMED", "Beerer " .. good)
  raw_header(self, "no scheme", "HEADER_MALFORMED", good)
  raw_header(self, "no blank", "HEADER_MALFORMED", "Bearer" .. good)
  raw_header(self, "a colon", "HEADER_MALFORMED", "Bearer: " .. good)
  raw_header(self, "a token in quotes", "TOKEN_MALFORMED", 'Bearer "' .. good .. '"')
  raw_header(self, "a line end behind", "TOKEN_MALFORMED", "Bearer " .. good .. "\r\n")
  raw_header(self, "a NUL behind", "TOKEN_MALFORMED", "Bearer " .. good .. "\0")
  raw_header(self, "bearer in small letters", nil, "bearer " .. good, ANY_CASE)
  raw_header(self, "bearer in capitals", nil, "BEARER " .. good, ANY_CASE)
  raw_header(self, "a word in another script", "HEADER_MALFORMED", "Beаrer " .. good)
end

function BUILD.form(self)
  local good = self.good
  local head, body, signature = good:match "^(.-)%.(.-)%.(.-)$"
  local function bad(name, token, judge)
    add(self, name, "TOKEN_MALFORMED", { token = token, judge = judge })
  end
  bad("one part", head)
  bad("two parts", head .. "." .. body)
  bad("four parts", good .. ".AAAA")
  bad("five parts, as of an encrypted token", head .. ".AAAA.AAAA." .. body .. "." .. signature)
  bad("a dot behind", good .. ".")
  bad("dots alone", "..")
  bad("no header part", "." .. body .. "." .. signature)
  bad("no claims part", head .. ".." .. signature)
  bad("no signature part", head .. "." .. body .. ".")
  bad("padding behind the signature", good .. "==")
  bad("a sign in the signature that is no base64", good:sub(1, -2) .. "!")
  bad("a signature of a length that no bytes have", good .. "AAA")
  bad("the other base64", head .. "." .. body .. ".+/" .. signature:sub(3))
  bad("percent signs", (good:gsub("%.", "%%2E")))
  bad("characters outside ASCII", head .. "." .. body .. ".é" .. signature)
  bad("JSON in the place of the token", '{"payload":"' .. body .. '"}')
  bad("a header that is no JSON", self.bot:sign("header", self:claims()))
  bad("a header that is cut", self.bot:sign(self:head():sub(1, -2), self:claims()))
  bad("a header that is an array", self.bot:sign("[" .. self:head() .. "]", self:claims()))
  bad("a header that is a text", self.bot:sign('"RS256"', self:claims()))
  bad("a header that is null", self.bot:sign("null", self:claims()))
  bad("claims that are no JSON", self.bot:sign(self:head(), "claims"))
  bad("claims that are cut", self.bot:sign(self:head(), self:claims():sub(1, -2)))
  bad("claims that are an array", self.bot:sign(self:head(), "[" .. self:claims() .. "]"))
  bad("claims that are null", self.bot:sign(self:head(), "null"))
  bad("something behind the claims", self.bot:sign(self:head(), self:claims() .. "{}"))
  bad("a byte order mark", self.bot:sign(self:head(), "\239\187\191" .. self:claims()))
  bad("claims that are no UTF-8", self:token { name = '"\255\254"' },
    "bytes that are no UTF-8 become U+FFFD")
  bad("claims that nest without end",
    self:token { deep = ("["):rep(3000) .. ("]"):rep(3000) }, "it reads any depth")
  bad("claims that nest deeper than Lua reads",
    self:token { deep = ("["):rep(1500) .. ("]"):rep(1500) }, "it reads any depth")
  local TWICE = "of a member that comes twice it takes the last"
  bad("an algorithm twice", self.bot:sign('{"alg":"none",' .. self:head():sub(2),
    self:claims()), TWICE)
  bad("an audience twice", self.bot:sign(self:head(), '{"aud":"' .. OTHER .. '",'
    .. self:claims():sub(2)), TWICE)
  bad("an end twice", self.bot:sign(self:head(), '{"exp":1,' .. self:claims():sub(2)), TWICE)
  add(self, "a token of 16 KiB and a byte", "TOO_LARGE",
    { token = ("a"):rep(16 * 1024 + 1) })
  add(self, "a good token that is too large", "TOO_LARGE", { token = self:token {
    filler = quote(("x"):rep(12300)) }, judge = "it has no limit of size" })
  add(self, "a good token that is just not too large", nil,
    { token = self:token { filler = quote(("x"):rep(11500)) } })
end

function BUILD.signature(self)
  local good, stranger = self.good, self.stranger
  local head, body, signature = good:match "^(.-)%.(.-)%.(.-)$"
  local function wrong(name, token)
    add(self, name, "SIGNATURE_WRONG", { token = token })
  end
  local other_body = self:token({ x = "1" }):match "^.-%.(.-)%."
  wrong("a bit of the signature changed", head .. "." .. body .. "."
    .. (signature:sub(1, 1) == "A" and "B" or "A") .. signature:sub(2))
  wrong("a signature that is cut", head .. "." .. body .. "." .. signature:sub(1, -5))
  wrong("a signature of nothing but zeros", head .. "." .. body .. "." .. ("A"):rep(342))
  wrong("a signature of one byte", head .. "." .. body .. ".AA")
  wrong("a longer signature", good .. "AAAA")
  wrong("the claims of another token", head .. "." .. other_body .. "." .. signature)
  wrong("the key of a stranger", self:token(nil, nil, stranger))
  wrong("signed with PS256, whatever the header says", self:token(nil, nil, nil, "PS256"))
  wrong("the kid of another key", self:token(nil, { kid = '"strange"' }))
end

function BUILD.algorithm(self)
  local function bad(name, alg, more)
    more = more or {}
    more.alg = alg
    add(self, "the algorithm " .. name, "ALGORITHM_REFUSED", { token = self:token(nil, more) })
  end
  for _, name in ipairs { "none", "None", "NONE", "HS256", "HS512", "RS1", "RS384", "RS512",
    "ES256", "ES256K", "EdDSA", "PS384", "rs256", "RS256 ", "RSA-OAEP", "dir" } do
    bad(name, quote(name))
  end
  bad("that is missing", false)
  bad("null", "null")
  bad("that is a number", "256")
  bad("that is an array", '["RS256"]')
  add(self, "the algorithm PS256, signed with our key", "ALGORITHM_REFUSED",
    { token = self:token(nil, { alg = '"PS256"' }, nil, "PS256") })
  for name, key in pairs { ["as PEM"] = self.bot:pem(), ["its modulus"] = self.bot:modulus(),
    ["its JWK"] = self.bot:jwk "now", ["nothing"] = "" } do
    add(self, "a MAC keyed with the public key: " .. name, "ALGORITHM_REFUSED",
      { token = issuer.mac(key, self:head { alg = '"HS256"' }, self:claims()) })
  end
  with_head(self, "critical headers", "CRITICAL_REFUSED", { crit = '["exp"]' },
    "it does not look at crit")
  with_head(self, "no critical headers", "CRITICAL_REFUSED", { crit = "[]" },
    "it does not look at crit")
  with_head(self, "claims that are not encoded", "CRITICAL_REFUSED", { b64 = "false" },
    "it does not look at b64")
end

function BUILD.key(self)
  local stranger = self.stranger
  local theirs = { jwk = stranger:jwk "now", jku = '"https://evil.example/keys"',
    x5u = '"https://evil.example/pem"', x5c = '["MIIB"]' }
  for name, value in pairs(theirs) do
    add(self, "a key of its own in " .. name, "SIGNATURE_WRONG",
      { token = self:token(nil, { [name] = value }, stranger) })
    add(self, "a key of its own in " .. name .. ", and no kid", "KEY_UNKNOWN",
      { token = self:token(nil, { [name] = value, kid = false }, stranger) })
    with_head(self, "our key, and " .. name .. " to be ignored", nil, { [name] = value })
  end
  with_head(self, "no kid", "KEY_UNKNOWN", { kid = false })
  with_head(self, "a kid that is a number", "KEY_UNKNOWN", { kid = "1" })
  with_head(self, "a kid that is null", "KEY_UNKNOWN", { kid = "null" })
  with_head(self, "an empty kid", "KEY_UNKNOWN", { kid = '""' })
  with_head(self, "a kid that is not in the set", "KEY_UNKNOWN", { kid = '"tomorrow"' })
  with_head(self, "a kid in other letters", "KEY_UNKNOWN", { kid = '"NOW"' })
  with_head(self, "a kid that is a path", "KEY_UNKNOWN", { kid = '"../../dev/null"' })
  with_head(self, "a kid with a quote", "KEY_UNKNOWN", { kid = '"\\u0027 or 1=1"' })
  with_head(self, "a kid with a NUL", "TOKEN_MALFORMED", { kid = '"now\\u0000"' })
  with_head(self, "a thumbprint that the set does not have", nil, { x5t = '"AAAA"' })
  with_head(self, "no typ", nil, { typ = false })
  with_head(self, "another typ", nil, { typ = '"at+jwt"' })
  with_head(self, "the key of before", nil, { kid = '"before"' })
  local NONE = "a key without endorsements speaks for every channel there"
  with_head(self, "a key that is endorsed for another channel", "NOT_ENDORSED", { kid = '"web"' })
  with_head(self, "a key that is endorsed for nothing", "NOT_ENDORSED", { kid = '"none"' }, NONE)
  with_head(self, "a key without endorsements", "NOT_ENDORSED", { kid = '"bare"' }, NONE)
  with_head(self, "endorsements that are a text", "NOT_ENDORSED", { kid = '"text"' }, NONE)
  with_head(self, "endorsements that are numbers", "NOT_ENDORSED", { kid = '"numbers"' })
  with_head(self, "a key for encryption", "KEY_UNKNOWN", { kid = '"enc"' },
    "it does not look at use")
  with_head(self, "a key for another algorithm", "KEY_UNKNOWN", { kid = '"rs512"' },
    "it does not look at the key's alg")
  with_head(self, "a key that is none", "KEY_UNKNOWN", { kid = '"oct"' })
end

function BUILD.issuer(self)
  for name, value in pairs { ["is missing"] = false, ["is null"] = "null", ["is a number"] = "1",
    ["is an array"] = '["' .. PUBLIC .. '"]', ["is an object"] = "{}" } do
    with_claims(self, "an issuer that " .. name, "CLAIM_MALFORMED", { iss = value })
  end
  for _, value in ipairs { "", PUBLIC .. "/", "http://api.botframework.com",
    "https://API.botframework.com", "https://api.botframework.us", PUBLIC .. ".evil.example",
    "https://sts.windows.net/" .. TENANT .. "/",
    "https://login.microsoftonline.com/" .. TENANT .. "/v2.0", "https://api.botframework.com " } do
    with_claims(self, "the issuer '" .. value .. "'", "ISSUER_REFUSED", { iss = quote(value) })
  end
  local judged = "https://sts.windows.net/d6d49420-f39b-4df7-a1dc-d59a935871db/"
  with_claims(self, "the issuer of the emulator", "ISSUER_REFUSED", { iss = quote(judged),
    ver = '"1.0"', appid = quote(CLIENT) }, false)
end

function BUILD.audience(self)
  local ARRAY = "it takes no array, which RFC 7519 allows"
  for name, value in pairs { ["is missing"] = false, ["is null"] = "null", ["is a number"] = "1",
    ["is an object"] = "{}", ["holds a number"] = '["' .. CLIENT .. '",1]' } do
    with_claims(self, "an audience that " .. name, "CLAIM_MALFORMED", { aud = value })
  end
  for _, value in ipairs { OTHER, "", CLIENT:upper(), CLIENT .. " ", "api://" .. CLIENT, PUBLIC,
    "28:" .. CLIENT } do
    with_claims(self, "the audience '" .. value .. "'", "AUDIENCE_REFUSED", { aud = quote(value) })
  end
  with_claims(self, "an empty array of audiences", "AUDIENCE_REFUSED", { aud = "[]" })
  with_claims(self, "audiences without ours", "AUDIENCE_REFUSED", { aud = '["' .. OTHER .. '"]' })
  with_claims(self, "audiences with ours", nil,
    { aud = '["' .. OTHER .. '","' .. CLIENT .. '"]' }, ARRAY)
end

function BUILD.times(self)
  local now = self.now_s
  local function at(seconds)
    return ("%d"):format(now + seconds)
  end
  local UNCHECKED = "it does not look at iat"
  with_claims(self, "no end", "CLAIM_MALFORMED", { exp = false }, "it takes a token without end")
  for name, value in pairs { ["is null"] = "null", ["is a text"] = quote(at(600)),
    ["is true"] = "true", ["is an array"] = "[" .. at(600) .. "]" } do
    with_claims(self, "an end that " .. name, "CLAIM_MALFORMED", { exp = value })
    with_claims(self, "a begin that " .. name, "CLAIM_MALFORMED", { nbf = value })
    with_claims(self, "an issue that " .. name, "CLAIM_MALFORMED", { iat = value }, UNCHECKED)
  end
  with_claims(self, "an end 299 s ago", nil, { exp = at(-299) })
  with_claims(self, "an end 300 s ago", "EXPIRED", { exp = at(-300) })
  with_claims(self, "an end an hour ago", "EXPIRED", { exp = at(-3600) })
  with_claims(self, "an end at no time", "EXPIRED", { exp = "0" })
  with_claims(self, "an end before all time", "EXPIRED", { exp = "-1" })
  with_claims(self, "an end with a fraction", nil, { exp = at(60) .. ".5" })
  with_claims(self, "an end in a thousand years", nil, { exp = "1e18" })
  with_claims(self, "an end that no number holds", "TOKEN_MALFORMED", { exp = "1e999" },
    "it takes it for endless")
  with_claims(self, "an end in milliseconds", nil, { exp = at(60) .. "000" })
  with_claims(self, "a begin in 300 s", nil, { nbf = at(300) })
  with_claims(self, "a begin in 301 s", "NOT_YET_VALID", { nbf = at(301) })
  with_claims(self, "no begin", nil, { nbf = false })
  with_claims(self, "issued in 300 s", nil, { iat = at(300) })
  with_claims(self, "issued in 301 s", "NOT_YET_VALID", { iat = at(301) }, UNCHECKED)
end

function BUILD.service_url(self)
  local CASE = "the SDK for .NET compares it in any case"
  for name, value in pairs { ["is null"] = "null", ["is a number"] = "1",
    ["is an array"] = '["' .. SERVICE_URL .. '"]', ["is missing"] = false } do
    with_claims(self, "a service URL that " .. name, "CLAIM_MALFORMED", { serviceurl = value })
  end
  for _, value in ipairs { "", SERVICE_URL:sub(1, -2), SERVICE_URL .. "x",
    "https://smba.trafficmanager.net/amer/", "https://evil.example/emea/",
    "http://smba.trafficmanager.net/emea/" } do
    with_claims(self, "the service URL '" .. value .. "'", "SERVICE_URL_WRONG",
      { serviceurl = quote(value) })
  end
  with_claims(self, "a service URL in other letters", nil,
    { serviceurl = quote "https://SMBA.trafficmanager.net/EMEA/" }, CASE)
  with_claims(self, "a service URL as the documentation spells the claim", nil,
    { serviceurl = false, serviceUrl = quote(SERVICE_URL) }, "it knows one spelling of the claim")
  with_claims(self, "two spellings that differ", "SERVICE_URL_WRONG",
    { serviceUrl = '"https://evil.example/"' }, "it knows one spelling of the claim")
  with_activity(self, "an activity of another service URL", "SERVICE_URL_WRONG",
    { serviceUrl = "https://smba.trafficmanager.net/amer/" })
  local ANY = "without the activity's there is nothing that it compares"
  with_activity(self, "an activity without service URL", "ACTIVITY_MALFORMED",
    { serviceUrl = "none" }, ANY)
  with_activity(self, "an activity whose service URL is null", "ACTIVITY_MALFORMED",
    { serviceUrl = cjson.null }, ANY)
  with_activity(self, "an activity whose service URL is a number", "ACTIVITY_MALFORMED",
    { serviceUrl = 1 })
  with_activity(self, "an activity whose service URL is empty", "SERVICE_URL_WRONG",
    { serviceUrl = "" }, ANY)
end

function BUILD.host(self)
  local ANYWHERE = "it believes any host that the claim names"
  for _, url in ipairs { "https://evil.example/", "https://smba.trafficmanager.net.evil.example/",
    "https://evil.example/smba.trafficmanager.net/", "http://smba.trafficmanager.net/emea/",
    "https://smba.trafficmanager.net:8443/emea/", "https://x@smba.trafficmanager.net/emea/",
    "https://smba.trafficmanager.net@evil.example/", "https://smba.trafficmanager.net./emea/",
    "https://smba.trafficmanager.net\\@evil.example/", "https://xsmba.trafficmanager.net/emea/",
    "//smba.trafficmanager.net/emea/", "javascript:alert(1)", "https://127.0.0.1/", "x",
    "https://ѕmba.trafficmanager.net/emea/", "https://smba.infra.gov.teams.microsoft.us/teams" } do
    with_url(self, "the host of " .. url, "HOST_REFUSED", url, ANYWHERE)
  end
  with_url(self, "no URL at all", "HOST_REFUSED", "", false)
  for _, url in ipairs { "https://smba.trafficmanager.net/amer/" .. TENANT .. "/",
    "https://smba.trafficmanager.net:443/in/", "https://smba.trafficmanager.net",
    "https://smba.onyx.prod.teams.trafficmanager.net/teams/",
    "https://smba.infra.gcc.teams.microsoft.com/teams/" } do
    with_url(self, "the host of " .. url, nil, url)
  end
end

function BUILD.activity(self)
  local NO_CHANNEL = "an activity without channel needs no endorsement there"
  with_activity(self, "an activity without channel", "ACTIVITY_MALFORMED", { channelId = "none" })
  with_activity(self, "an activity whose channel is null", "ACTIVITY_MALFORMED",
    { channelId = cjson.null }, NO_CHANNEL)
  with_activity(self, "an activity whose channel is a number", "ACTIVITY_MALFORMED",
    { channelId = 1 })
  with_activity(self, "an activity whose channel is an object", "ACTIVITY_MALFORMED",
    { channelId = { "msteams" } })
  with_activity(self, "an activity whose channel is empty", "NOT_ENDORSED", { channelId = "" },
    NO_CHANNEL)
  for _, channel in ipairs { "MSTEAMS", "msteams ", "emulator", "slack" } do
    with_activity(self, "the channel '" .. channel .. "'", "NOT_ENDORSED", { channelId = channel })
  end
  with_activity(self, "a channel that is endorsed, but not one of ours", "CHANNEL_REFUSED",
    { channelId = "directline" }, "it takes every channel that the key is endorsed for")
  for name, value in pairs { ["a text"] = "text", ["a number"] = 7, ["true"] = true } do
    add(self, "an activity that is " .. name, "ACTIVITY_MALFORMED",
      { token = self.good, activity = value, judge = false })
  end
  for name, value in pairs { ["a number"] = 7, ["a text"] = "a:1" } do
    with_activity(self, "a conversation that is " .. name, "ACTIVITY_MALFORMED",
      { conversation = value }, "it does not look at the tenant")
    with_activity(self, "channel data that is " .. name, "ACTIVITY_MALFORMED",
      { channelData = value }, "it does not look at the tenant")
  end
  with_activity(self, "an activity without tenant", nil,
    { conversation = "none", channelData = cjson.null })
end

function BUILD.tenant(self)
  local function of(name, code, changes)
    add(self, name, code, { setup = "tenants", token = self.good, judge = false,
      activity = self:activity(changes) })
  end
  local other = { tenant = { id = OTHER } }
  of("our tenant", nil)
  of("our tenant in capitals", nil, { conversation = { tenantId = TENANT:upper() } })
  of("our tenant in the conversation alone", nil, { channelData = "none" })
  of("our tenant in the channel data alone", nil, { conversation = { id = "a:1" } })
  of("another tenant", "TENANT_REFUSED", { conversation = { tenantId = OTHER },
    channelData = other })
  of("another tenant in the channel data", "TENANT_REFUSED", { channelData = other })
  of("another tenant in the conversation", "TENANT_REFUSED",
    { conversation = { tenantId = OTHER } })
  of("no tenant", "TENANT_REFUSED", { conversation = "none", channelData = "none" })
  of("an empty tenant", "TENANT_REFUSED", { conversation = { tenantId = "" } })
  of("a tenant that is a number", "ACTIVITY_MALFORMED", { conversation = { tenantId = 1 } })
  of("a tenant that is an array", "ACTIVITY_MALFORMED", { channelData = { tenant = { id = {} } } })
end

function BUILD.clouds(self)
  local function of(setup, name, code, iss, url, judge)
    add(self, ("%s: %s"):format(setup, name), code, { setup = setup, judge = judge,
      token = self:token { iss = quote(iss), serviceurl = quote(url) },
      activity = self:activity { serviceUrl = url } })
  end
  local US, CHINA = "https://api.botframework.us", "https://api.botframework.azure.cn"
  local HIGH, DOD = "https://smba.infra.gov.teams.microsoft.us/teams",
    "https://smba.infra.dod.teams.microsoft.us/teams"
  local EAST = "https://frontend.botapi.msg.infra.teams.microsoftonline.cn/teams"
  local HOSTS = "it believes any host that the claim names"
  of("gcc", "a token", nil, PUBLIC, "https://smba.infra.gcc.teams.microsoft.com/teams")
  of("gcch", "a token", nil, US, HIGH)
  of("gcch", "a token of the public cloud", "ISSUER_REFUSED", PUBLIC, HIGH)
  of("gcch", "the host of dod", "HOST_REFUSED", US, DOD, HOSTS)
  of("gcch", "the host of the public cloud", "HOST_REFUSED", US, SERVICE_URL, HOSTS)
  of("dod", "a token", nil, US, DOD)
  of("dod", "the host of gcch", "HOST_REFUSED", US, HIGH, HOSTS)
  of("china", "a token", nil, CHINA, EAST)
  of("china", "a token of the public cloud", "ISSUER_REFUSED", PUBLIC, EAST)
  of("public", "a token of China", "ISSUER_REFUSED", CHINA, EAST)
  of("issuers", "a token of gcch, whose hosts come with the issuer", nil, US, HIGH, false)
  of("issuers", "a token of dod, whose hosts come with the issuer", nil, US, DOD, false)
  of("issuers", "the host of another cloud", "HOST_REFUSED", US, SERVICE_URL, false)
end

function BUILD.entra(self)
  local V1 = "https://sts.windows.net/" .. TENANT .. "/"
  local V2 = "https://login.microsoftonline.com/" .. TENANT .. "/v2.0"
  local function of(name, code, changes, activity, head, by)
    local claims = { iss = quote(V1), aud = quote(CLIENT), tid = quote(TENANT), ver = '"1.0"',
      appid = quote(CLIENT), serviceurl = false }
    for member, value in pairs(changes or {}) do
      claims[member] = value
    end
    add(self, "Entra: " .. name, code, { setup = "entra", judge = false,
      token = self:token(claims, head or { kid = '"entra"' }, by or self.stranger),
      activity = self:activity(activity) })
  end
  of("version 1", nil)
  of("version 2", nil, { iss = quote(V2), ver = '"2.0"', appid = false, azp = quote(CLIENT) })
  of("no version is version 1", nil, { ver = false })
  of("another app that may", nil, { appid = quote(OTHER) })
  of("an app that may not", "APP_REFUSED", { appid = quote(TENANT) })
  of("version 1 with the app of version 2", "CLAIM_MALFORMED",
    { appid = false, azp = quote(CLIENT) })
  of("version 2 with the app of version 1", "CLAIM_MALFORMED", { iss = quote(V2), ver = '"2.0"' })
  of("an unknown version", "CLAIM_MALFORMED", { ver = '"3.0"' })
  of("no tenant", "CLAIM_MALFORMED", { tid = false })
  of("a tenant that is a number", "CLAIM_MALFORMED", { tid = "1" })
  of("another tenant", "TENANT_REFUSED", { tid = quote(OTHER) })
  of("the issuer of another tenant", "ISSUER_REFUSED",
    { iss = quote("https://sts.windows.net/" .. OTHER .. "/") })
  of("the issuer of every tenant", "ISSUER_REFUSED",
    { iss = quote "https://login.microsoftonline.com/common/v2.0" })
  of("another audience", "AUDIENCE_REFUSED", { aud = quote(OTHER) })
  of("an end that has come", "EXPIRED", { exp = ("%d"):format(self.now_s - 300) })
  of("an activity of another tenant", "TENANT_REFUSED", nil,
    { conversation = { tenantId = OTHER } })
  of("an activity without tenant", "TENANT_REFUSED", nil,
    { conversation = "none", channelData = "none" })
  of("a host that is not the cloud's", "HOST_REFUSED", nil,
    { serviceUrl = "https://evil.example/" })
  of("another channel", "CHANNEL_REFUSED", nil, { channelId = "webchat" })
  of("the Bot Connector's key", "KEY_UNKNOWN", nil, nil, { kid = '"now"' }, self.bot)
  of("the Bot Connector's key under its name", "SIGNATURE_WRONG", nil, nil, nil, self.bot)
  of("its key for the Bot Connector's issuer", "KEY_UNKNOWN",
    { iss = quote(PUBLIC), serviceurl = quote(SERVICE_URL) })
  add(self, "Entra: the Bot Connector, all the same", nil,
    { setup = "entra", token = self.good, judge = false })
end

-- One key stands under several names, since a key takes a while to be made.
local function set_of(self)
  local bot = self.bot
  local function endorsed(list)
    return ',"endorsements":' .. list
  end
  local keys = { bot:jwk("before", endorsed '["msteams"]'),
    bot:jwk("now", endorsed '["webchat","msteams","directline"]'),
    bot:jwk("web", endorsed '["webchat"]'), bot:jwk("none", endorsed "[]"), bot:jwk "bare",
    bot:jwk("text", endorsed '"msteams"'), bot:jwk("numbers", endorsed "[1]"),
    (bot:jwk("enc", endorsed '["msteams"]'):gsub('"use":"sig"', '"use":"enc"')),
    bot:jwk("rs512", ',"alg":"RS512"' .. endorsed '["msteams"]'),
    '{"kty":"oct","kid":"oct","k":"c2VjcmV0"}',
    self.stranger:jwk("strange", endorsed '["msteams"]') }
  return '{"keys":[' .. table.concat(keys, ",") .. "]}"
end

local function setups_of(self)
  local function options(more)
    more.client_id, more.jwks, more.now = CLIENT, self.jwks, function() return self.now_s end
    return more
  end
  return {
    public = options {},
    gcc = options { cloud = "gcc" },
    gcch = options { cloud = "gcch" },
    dod = options { cloud = "dod" },
    china = options { cloud = "china" },
    issuers = options { issuers = { "https://api.botframework.us" } },
    tenants = options { tenants = { OTHER:reverse(), TENANT } },
    entra = options { entra = { tenant = TENANT, apps = { CLIENT, OTHER },
      jwks = '{"keys":[' .. self.stranger:jwk "entra" .. "]}" } },
  }
end

-- In this order, so that two runs tell the same.
local BUILDERS = { "header", "form", "signature", "algorithm", "key", "issuer", "audience", "times",
  "service_url", "host", "activity", "tenant", "clouds", "entra" }

--- Makes them all.
-- @tparam integer now_s when they are judged
-- @treturn table `client_id`, `tenant`, `service_url`, `now_s`, `jwks`, `setups`,
-- `list`, and `good`, a token that is accepted
function cases.new(now_s)
  local self = setmetatable({ now_s = now_s, client_id = CLIENT, tenant = TENANT,
    service_url = SERVICE_URL, bot = issuer.new(), stranger = issuer.new(), list = {} }, mt)
  self.jwks = set_of(self)
  self.setups = setups_of(self)
  self.good = self:token()
  add(self, "a good token", nil, { token = self.good })
  for _, name in ipairs(BUILDERS) do
    BUILD[name](self)
  end
  return self
end

return cases
