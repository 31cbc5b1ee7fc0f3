--- The HTTP door: what programs and the page ask of a server, JSON in and JSON out,
-- under `/v1`. Everything but who one is needs a key, a session or a user that a proxy
-- has signed in; every change needs a right.
--
-- An error is `{ "error": { "message":, "code":, "remedy": } }`.
-- @module crier.door
local cjson = require "cjson.safe"
local core = require "crier.core"
local foreign = require "crier.foreign"
local json = require "crier.format.json"
local sessions = require "crier.door.sessions"

local door = {}

local door_methods = {}
local door_mt = { __name = "crier.door", __index = door_methods }

local COOKIE = "crier_session"
-- Calls of one key, and refused ones of all: so many at once, and a second.
local BURST, RATE = 60, 30
local WRONG_BURST, WRONG_RATE = 20, 1
-- The most bytes of who signs in: what is longer takes a while to read, and is no key.
local LONGEST_KEY = 1024
local HEADERS = { ["Content-Type"] = "application/json; charset=utf-8",
  ["Cache-Control"] = "no-store", ["X-Content-Type-Options"] = "nosniff" }

--- Opens the door of a server.
-- @tparam table options
-- @tparam crier.serve options.server
-- @tparam crier.door.keys options.keys
-- @tparam function options.now milliseconds since 1970
-- @tparam ?string options.user_header lower-case name of the header in which a trusted
--   proxy names the user
-- @tparam ?function options.log
-- @treturn crier.door
function door.new(options)
  local self = setmetatable({ server = options.server, keys = options.keys, now = options.now,
    user_header = options.user_header, log = options.log or function() end,
    sessions = sessions.new(options.now), buckets = {},
    wrong = { tokens = WRONG_BURST, at = options.now() } }, door_mt)
  self:add_identity()
  return self
end

local function respond(status, document, more)
  local headers = {}
  for name, value in pairs(HEADERS) do
    headers[name] = value
  end
  for name, value in pairs(more or {}) do
    headers[name] = value
  end
  return { status = status, headers = headers,
    body = type(document) == "string" and document or cjson.encode(document) }
end

--- The response of a failure.
-- @tparam integer status
-- @tparam string message
-- @tparam ?string remedy
-- @tparam ?string code
-- @tparam ?table headers
-- @treturn table
function door.refusal(status, message, remedy, code, headers)
  return respond(status, { error = { message = message, remedy = remedy, code = code } },
    headers)
end

local refusal = door.refusal

-- A bucket of tokens: whether there is one left.
local function take(bucket, now, rate, burst)
  bucket.tokens = math.min(burst, bucket.tokens + (now - bucket.at) / 1000 * rate)
  bucket.at = now
  if bucket.tokens < 1 then
    return false
  end
  bucket.tokens = bucket.tokens - 1
  return true
end

local function too_many(what)
  return refusal(429, "too many " .. what, "try again in a second", "TOO_MANY",
    { ["Retry-After"] = "1" })
end

-- The response to one more wrong key when there have been too many, or nil.
local function refuse_wrong(self)
  return not take(self.wrong, self.now(), WRONG_RATE, WRONG_BURST)
    and too_many "wrong keys" or nil
end

-- Each piece is looked at from its beginning alone: what is sought anew from every byte
-- on takes the square of its length.
local function cookie_of(request)
  for piece in (request.headers.cookie or ""):gmatch "[^;]+" do
    local name, value = piece:match "^%s*([^%s=]+)=(.*)$"
    if name == COOKIE then
      return value
    end
  end
end

-- Who has signed in, or was signed in by a proxy: their entry, and whose token a change
-- must carry.
local function signed_in(self, request)
  local id = cookie_of(request)
  local digest = id and self.sessions:find(id)
  if digest then
    return self.keys.found.by_digest[digest], id
  end
  local user = self.user_header and request.headers[self.user_header]
  if user and user ~= "" then
    return self.keys:of_user(user), "user " .. user
  end
end

-- Who asks. A key needs no token: no browser sends it by itself.
local function identify(self, request)
  local key = (request.headers.authorization or ""):match "^[Bb]earer ([%w_%-]+)$"
  if key then
    return self.keys:of_key(key)
  end
  return signed_in(self, request)
end

local SAFE = { GET = true, HEAD = true }

-- nil when the request may go on; who asks and their token's owner then.
local function admit(self, request, right)
  local now = self.now()
  local who, owner = identify(self, request)
  if not who then
    return refuse_wrong(self) or refusal(401, "who are you?",
      "sign in, or send Authorization: Bearer KEY", "UNAUTHORIZED",
      { ["WWW-Authenticate"] = 'Bearer realm="crier"' })
  end
  local bucket = self.buckets[who.name] or { tokens = BURST, at = now }
  self.buckets[who.name] = bucket
  if not take(bucket, now, RATE, BURST) then
    return too_many "calls of one key"
  elseif owner and not SAFE[request.method]
    and request.headers["x-crier-csrf"] ~= self.sessions:csrf(owner) then
    return refusal(403, "this page is out of date", "load it again", "CSRF")
  elseif right and not who.may[right] then
    return refusal(403, ("%s (%s) may not %s"):format(who.name, who.role, right),
      "ask somebody whose key may", "FORBIDDEN")
  end
  return nil, who, owner
end

local function unescape(text)
  return (text:gsub("%%(%x%x)", function(digits)
    return string.char(tonumber(digits, 16))
  end))
end

-- The query's fields; of several of a name the last.
local function query_of(request)
  local found = {}
  for piece in (request.query or ""):gmatch "[^&]+" do
    local name, value = piece:match "^([^=]+)=(.*)$"
    if name then
      found[unescape((name:gsub("%+", " ")))] = unescape((value:gsub("%+", " ")))
    end
  end
  return found
end

-- The body's document; nil and a response when it is none.
local function body_of(request)
  if SAFE[request.method] or not request.body or request.body == "" then
    return {}
  elseif not (request.headers["content-type"] or ""):find "^application/json" then
    return nil, refusal(415, "the body must be JSON",
      "say Content-Type: application/json", "TYPE")
  end
  local document = cjson.decode(request.body)
  if type(document) ~= "table" then
    return nil, refusal(400, "the body is not a JSON object", nil, "MALFORMED")
  end
  return document
end

--- Adds a route.
-- @tparam string method
-- @tparam string path under `/v1`, see `crier.serve.routes`
-- @tparam ?string right that it takes; nil: whoever is known
-- @tparam function answer called with `{ who =, owner =, named =, query =, body =,
--   request = }`; returns a status and a document, or a response; nothing when it
--   answers by `later`
function door_methods:on(method, path, right, answer)
  self.server:on(method, "/v1" .. path, function(request)
    local refused, who, owner = admit(self, request, right)
    if refused then
      return refused
    end
    local body, problem = body_of(request)
    if not body then
      return problem
    end
    local named = {}
    for name, value in pairs(request.named) do
      named[name] = unescape(value)
    end
    local status, document = answer { who = who, owner = owner, named = named,
      query = query_of(request), body = body, request = request }
    if type(status) == "number" then
      return respond(status, document)
    end
    return status
  end)
end

--- Answers a call in a task of its own, so that others can have their turn meanwhile.
-- @tparam table call
-- @tparam function answer as that of a route
function door_methods:later(call, answer)
  self.server.loop:spawn(function()
    local ok, status, document = pcall(answer)
    if not ok then
      self.log { event = "route failed", problem = foreign.text(status) }
      status, document = 500, { error = { message = "failed", code = "FAILED" } }
    end
    self.server:answer(call.request,
      type(status) == "number" and respond(status, document) or status)
  end)
end

-- Behind a proxy that ends TLS the cookie goes over https alone. Who claims that without
-- there being one harms themselves only.
local function set_cookie(request, id, age)
  return { ["Set-Cookie"] = ("%s=%s; Path=/; HttpOnly; SameSite=Strict; Max-Age=%d%s"):format(
    COOKIE, id, age, request.headers["x-forwarded-proto"] == "https" and "; Secure" or "") }
end

-- Signing in: the one call that needs nobody to be known. A page of another site cannot
-- make it: its type of content is none that a form can send.
local function sign_in(self, request)
  if #(request.body or "") > LONGEST_KEY then
    return refusal(413, "the body is longer than a key", nil, "TOO_LARGE")
  end
  local body, problem = body_of(request)
  if not body then
    return problem
  end
  local key = type(body.key) == "string" and body.key or ""
  local who = self.keys:of_key(key)
  if not who then
    local refused = refuse_wrong(self)
    if refused then
      return refused
    end
    self.log { event = "refused", reason = "wrong key" }
    return refusal(401, "nobody has this key", "ask for one: crier key new NAME", "UNAUTHORIZED")
  end
  local id = self.sessions:begin(core.text.sha256(key))
  return respond(200, { name = who.name }, set_cookie(request, id,
    sessions.LONGEST_MS / 1000))
end

-- Who one is, for the page and for programs.
local function identity(self, who, owner)
  return json.encode { name = who.name, role = who.role, rights = who.rights,
    csrf = owner and self.sessions:csrf(owner) or nil,
    session = owner and self.sessions:find(owner) ~= nil or nil }
end

--- Used by `new`: who one is, signing in and out.
function door_methods:add_identity()
  self.server:on("POST", "/v1/session", function(request) return sign_in(self, request) end)
  self.server:on("GET", "/v1/session", function(request)
    local who, owner = signed_in(self, request)
    return respond(200, who and identity(self, who, owner) or "{}")
  end)
  self:on("DELETE", "/session", nil, function(call)
    self.sessions:stop(call.owner or "")
    return respond(200, { name = call.who.name }, set_cookie(call.request, "", 0))
  end)
  self:on("GET", "/me", nil, function(call)
    return respond(200, identity(self, call.who, call.owner))
  end)
end

return door
