--- What goes wrong on purpose: `429=0.02,cut-after=0.01,blocked=0.05`.
--
-- Of requests (the shares add up to 1 at most; each is decided by a hash of
-- seed, operation, target and how often that target was asked for, so the
-- order in which requests arrive changes nothing):
--
--     408, 412, 429, 500 …   any status from 400 to 599, before the work; an
--                            injected 429 says Retry-After: 1
--     502-after              the work is done, the answer is that status
--                            (also 408, 500, 503, 504)
--     cut-before             the connection closes before the work
--     cut-after              the work is done, the answer is lost
--     slow                   the answer takes 2 to 5 seconds longer
--
-- What issues tokens has only 429, 5xx, cut-before and slow of these; but with
-- the name of an operation before it a fault befalls that one alone, whatever
-- it is: `identity:410=0.5`, `send:429=0.1`.  The operations are those that the
-- stats tell.
--
-- Of people (a hash of seed and person, the same in every call; `policy=@7`
-- means the seventh person alone):
--
--     blocked    blocked the bot         policy      may not have the app
--     stale      first chat is deleted   missing     unknown when installing
--                                        no-licence  has no Teams
--
-- Of what the bot is told (see `crier.simulator.webhook`): `event-twice`, `event-late`
-- (up to 3 s, and in another order), `event-lost`.
--
-- Of the whole tenant (write `=1`):
--
--     consent         no permission was granted: Graph answers 403
--     no-app          the app is not in the catalog
--     app-blocked     the app is blocked for everybody: install 403
--     just-published  the app was published just now: for half an hour after
--                     the first attempt install answers 404, then 403 for
--                     another, then it works
--     not-owner       the app belongs to another registration: install 403
--     bot-disabled    an administrator disabled the bot: connector 403
--     no-bot          there is no Azure Bot: connector 401 BotNotRegistered
--     no-teams-channel        it lacks the Teams channel: connector 401
--     gcc             the tenant is in GCC: connector 403 InvalidBotApiHost but
--                     for the path /gcc/teams/
--     single-tenant   no token at botframework.com: 700016
--     multi-tenant    the bot's token must come from there: connector 401
--     expired-secret  the client secret is too old: 7000222
--     expired-certificate     the certificate is too old: 700027
--     app-disabled    the registration is disabled: 7000112
--     no-principal    it has no service principal in the tenant: 7000229
--     app-conditional-access  a policy keeps the app out: 53003
--     conditional-access      a policy refuses the sign-in by device code: 53003
--     declined        whoever is to sign in declines
--     no-public-client        no device code for this registration: 7000218
--     no-identity     no managed identity is attached: 400
--     clock-skew      the services' clocks are ten minutes ahead of ours
--     resync          delta links are too old: 410
-- @module crier.simulator.faults
local random = require("crier.simulator.random")
local suggest = require("crier.suggest")

local faults = {}

local faults_methods = {}
local faults_mt = { __name = "crier.simulator.faults", __index = faults_methods }

local REQUESTS = { "408", "412", "429", "500", "502", "503", "504", "408-after", "500-after",
  "502-after", "503-after", "504-after", "cut-before", "cut-after", "slow" }

--- The faults of people.
faults.of_people = { "blocked", "policy", "stale", "missing", "no-licence" }

--- The faults of the whole tenant, as the head of this file explains them.
faults.of_tenant = { "consent", "no-app", "app-blocked", "just-published", "not-owner",
  "bot-disabled", "no-bot", "no-teams-channel", "gcc", "single-tenant", "multi-tenant",
  "expired-secret", "expired-certificate", "app-disabled", "no-principal",
  "app-conditional-access", "conditional-access", "declined", "no-public-client", "no-identity",
  "clock-skew", "resync" }

--- The faults of what the bot is told.
faults.of_events = { "event-twice", "event-late", "event-lost" }

local IS_OF_PEOPLE, IS_KNOWN, SUGGESTED = {}, {}, {}
for _, name in ipairs(faults.of_people) do
  IS_OF_PEOPLE[name] = true
end
for _, names in ipairs({ REQUESTS, faults.of_people, faults.of_tenant, faults.of_events }) do
  for _, name in ipairs(names) do
    IS_KNOWN[name], SUGGESTED[#SUGGESTED + 1] = true, name
  end
end
local IS_OF_REQUEST = {}
for _, name in ipairs(REQUESTS) do
  IS_OF_REQUEST[name] = true
end
-- What issues tokens is spared most faults.
local IS_SPARED = { token = true, identity = true, device_code = true }

local function is_request_fault(name)
  local status = name:match("^%d%d%d$") and tonumber(name)
  return IS_OF_REQUEST[name] or (status and status >= 400 and status <= 599) or false
end

local function read_share(text)
  local share = text:match("^%d*%.?%d*$") and tonumber(text)
  return share and share <= 1 and share or nil
end

local function is_for_token(name)
  return name == "429" or name:match("^5%d%d$") ~= nil or name == "cut-before" or name == "slow"
end

local function add(self, item, list)
  local name, text = item:match("^%s*([^=%s]+)%s*=%s*(%S*)%s*$")
  if not name then
    return nil, ("fault '%s' is not name=probability"):format(item)
  end
  local operation, bare = name:match("^([%l_]+):(.+)$")
  local is_of_request = is_request_fault(bare or name)
  if not is_of_request and (operation or not IS_KNOWN[name]) then
    local near = suggest.nearest(name, SUGGESTED)
    return nil, ("unknown fault '%s'; %s"):format(name, near and "did you mean '" .. near .. "'?"
      or "there are " .. table.concat(SUGGESTED, ", "))
  end
  local only = IS_OF_PEOPLE[name] and text:match("^@(%d+)$")
  local share = only and 1 or read_share(text)
  if not share then
    return nil, ("fault '%s': probability '%s' is not between 0 and 1"):format(name, text)
  elseif self.shares[name] then
    return nil, ("fault '%s' is there twice"):format(name)
  end
  self.shares[name], self.salts[name] = share, random.text(name)
  self.only[name] = tonumber(only)
  if is_of_request and share > 0 then
    list[#list + 1] = { name = bare or name, key = name, operation = operation, share = share }
  end
  return true
end

-- The faults of requests that can befall an operation, each with the number
-- below which a draw means it; and the sum of their shares.
local function bounds_of(self, operation)
  local sum, bounds = 0, {}
  for _, fault in ipairs(self.of_requests) do
    if not fault.operation or fault.operation == operation then
      sum = sum + fault.share
      bounds[#bounds + 1] = { name = fault.name, below = sum, is_spared = not fault.operation
        and IS_SPARED[operation] and not is_for_token(fault.name) }
    end
  end
  return bounds, sum
end

--- Reads a list of faults.
-- @tparam ?string spec such as `429=0.02,cut-after=0.01`
-- @tparam number seed whole, 0 to 2^32-1
-- @treturn[1] crier.simulator.faults
-- @treturn[2] nil
-- @treturn[2] string message, one line
-- @treturn[2] string `FAULTS_REFUSED`
function faults.parse(spec, seed)
  local self = setmetatable({ seed = seed, shares = {}, salts = {}, only = {}, attempts = {},
    bounds = {} }, faults_mt)
  local list = {}
  for item in (spec or ""):gmatch("[^,]+") do
    local ok, message = add(self, item, list)
    if not ok then
      return nil, message, "FAULTS_REFUSED"
    end
  end
  table.sort(list, function(one, other) return one.key < other.key end)
  self.of_requests = list
  for i = 1, #list + 1 do
    local _, sum = bounds_of(self, list[i] and list[i].operation)
    if sum > 1 + 1e-9 then
      return nil, "the faults of requests add up to more than 1", "FAULTS_REFUSED"
    end
  end
  return self
end

--- Decides what befalls a request.
-- @tparam string operation
-- @tparam number target whole, what the request is about
-- @treturn ?string the name of a request fault, or nil
-- @treturn ?number for `slow`, by how many milliseconds
function faults_methods:draw(operation, target)
  if #self.of_requests == 0 then
    return nil
  end
  local kind, bounds = self.attempts[operation], self.bounds[operation]
  if not kind then
    kind, bounds = { salt = random.text(operation) }, bounds_of(self, operation)
    self.attempts[operation], self.bounds[operation] = kind, bounds
  end
  local attempt = (kind[target] or 0) + 1
  kind[target] = attempt
  local u = random.unit(self.seed, kind.salt, target, attempt)
  for i = 1, #bounds do
    local bound = bounds[i]
    if u < bound.below then
      if bound.is_spared then
        return nil
      elseif bound.name == "slow" then
        return "slow", 2000 + random.hash(self.seed, kind.salt + 1, target, attempt) % 3001
      end
      return bound.name
    end
  end
  return nil
end

--- Tells whether a person, or with 0 the tenant, has a fault, or the k-th activity.
-- @tparam string name a fault of people, of the tenant or of what the bot is told
-- @tparam number k
-- @treturn boolean
function faults_methods:has(name, k)
  local share = self.shares[name]
  if not share or share == 0 then
    return false
  elseif self.only[name] then
    return self.only[name] == k
  end
  return share >= 1 or random.unit(self.seed, self.salts[name], k) < share
end

return faults
