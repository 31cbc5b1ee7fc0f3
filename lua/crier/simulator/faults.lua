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
-- The token endpoint has only 429, 5xx, cut-before and slow of these.
--
-- Of people (a hash of seed and person, the same in every call):
--
--     blocked    blocked the bot         policy   may not have the app
--     stale      first chat is deleted   missing  unknown when installing
--
-- Of the whole tenant (write `=1`):
--
--     consent         no permission was granted: Graph answers 403
--     not-owner       the app belongs to another registration: install 403
--     bot-disabled    an administrator disabled the bot: connector 403
--     expired-secret  the client secret is too old
-- @module crier.simulator.faults
local random = require("crier.simulator.random")
local suggest = require("crier.suggest")

local faults = {}

local faults_methods = {}
local faults_mt = { __name = "crier.simulator.faults", __index = faults_methods }

local REQUEST = { ["502-after"] = true, ["408-after"] = true, ["500-after"] = true,
  ["503-after"] = true, ["504-after"] = true, ["cut-before"] = true, ["cut-after"] = true,
  slow = true }
local PERSON = { blocked = true, policy = true, stale = true, missing = true }
local TENANT = { consent = true, ["not-owner"] = true, ["bot-disabled"] = true,
  ["expired-secret"] = true }
local SUGGESTED = { "408", "412", "429", "500", "502", "503", "504", "502-after", "cut-after",
  "cut-before", "slow", "blocked", "policy", "stale", "missing", "consent", "not-owner",
  "bot-disabled", "expired-secret" }

local function is_request_fault(name)
  local status = name:match("^%d%d%d$") and tonumber(name)
  return REQUEST[name] or (status and status >= 400 and status <= 599) or false
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
  if not (is_request_fault(name) or PERSON[name] or TENANT[name]) then
    local near = suggest.nearest(name, SUGGESTED)
    return nil, ("unknown fault '%s'; %s"):format(name, near and "did you mean '" .. near .. "'?"
      or "there are " .. table.concat(SUGGESTED, ", "))
  end
  local share = read_share(text)
  if not share then
    return nil, ("fault '%s': probability '%s' is not between 0 and 1"):format(name, text)
  elseif self.shares[name] then
    return nil, ("fault '%s' is there twice"):format(name)
  end
  self.shares[name], self.salts[name] = share, random.text(name)
  if is_request_fault(name) and share > 0 then
    list[#list + 1] = name
  end
  return true
end

--- Reads a list of faults.
-- @tparam ?string spec such as `429=0.02,cut-after=0.01`
-- @tparam number seed whole, 0 to 2^32-1
-- @treturn[1] crier.simulator.faults
-- @treturn[2] nil
-- @treturn[2] string message, one line
-- @treturn[2] string `FAULTS_REFUSED`
function faults.parse(spec, seed)
  local self = setmetatable({ seed = seed, shares = {}, salts = {}, attempts = {} }, faults_mt)
  local list = {}
  for item in (spec or ""):gmatch("[^,]+") do
    local ok, message = add(self, item, list)
    if not ok then
      return nil, message, "FAULTS_REFUSED"
    end
  end
  table.sort(list)
  local sum, bounds = 0, {}
  for i, name in ipairs(list) do
    sum = sum + self.shares[name]
    bounds[i] = { name = name, below = sum, is_for_token = is_for_token(name) }
  end
  if sum > 1 + 1e-9 then
    return nil, "the faults of requests add up to more than 1", "FAULTS_REFUSED"
  end
  self.bounds = bounds
  return self
end

--- Decides what befalls a request.
-- @tparam string operation
-- @tparam number target whole, what the request is about
-- @treturn ?string the name of a request fault, or nil
-- @treturn ?number for `slow`, by how many milliseconds
function faults_methods:draw(operation, target)
  local bounds = self.bounds
  if #bounds == 0 then
    return nil
  end
  local kind = self.attempts[operation]
  if not kind then
    kind = { salt = random.text(operation) }
    self.attempts[operation] = kind
  end
  local attempt = (kind[target] or 0) + 1
  kind[target] = attempt
  local u = random.unit(self.seed, kind.salt, target, attempt)
  for i = 1, #bounds do
    local bound = bounds[i]
    if u < bound.below then
      if operation == "token" and not bound.is_for_token then
        return nil
      elseif bound.name == "slow" then
        return "slow", 2000 + random.hash(self.seed, kind.salt + 1, target, attempt) % 3001
      end
      return bound.name
    end
  end
  return nil
end

--- Tells whether a person, or with 0 the tenant, has a fault.
-- @tparam string name a fault of people or of the tenant
-- @tparam number k
-- @treturn boolean
function faults_methods:has(name, k)
  local share = self.shares[name]
  if not share or share == 0 then
    return false
  end
  return share >= 1 or random.unit(self.seed, self.salts[name], k) < share
end

return faults
