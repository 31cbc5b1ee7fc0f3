--- What comes to a bot's address: from Teams, and what is to be refused.
--
-- A letter has `id` (of the activity), `kind`, `body`, `headers`, and `ends`: the set of
-- answers after which nobody comes again with it, 200 of those that are to be taken.
local cjson = require "cjson"
local core = require "crier.core"
local simulator = require "crier.simulator"
local telling = require "crier.simulator.telling"

local letters = {}

local letters_methods = {}
local letters_mt = { __index = letters_methods }

--- In the text of all that is to be refused, and of nothing else.
letters.REFUSED = "never to be kept"

local TOO_LARGE = 256 * 1024
local HOUR_MS = 3600 * 1000
-- What Teams tells, and what it makes of who has the app.
local TOLD = {
  { "message", { text = "hello" }, "installed" },
  { "installationUpdate", { action = "add" }, "installed" },
  { "installationUpdate", { action = "remove" }, "removed" },
}

--- Makes the writers.
-- @tparam integer people who write, each in turn
-- @tparam string origin of the service URL
-- @treturn table `cloud`, whose keys sign; `states`: what becomes of each person's app
function letters.new(people, origin)
  local cloud = assert(simulator.new { users = people + 1, webhook = "http://127.0.0.1/",
    origin = origin, new_signer = function() return assert(core.signer.new()) end })
  return setmetatable({ cloud = cloud, people = people, states = {}, count = 0,
    refused_count = 0 }, letters_mt)
end

local function token(cloud, activity)
  return "Bearer " .. cloud.openid:token(activity.serviceUrl, core.clock.now_ms())
end

local function letter(kind, activity, body, authorization, ends)
  return { id = activity.id, kind = kind, body = body, ends = ends, headers = {
    ["Content-Type"] = "application/json", Authorization = authorization } }
end

--- An event that the bot has to take.
-- @treturn table letter
function letters_methods:good()
  local k, told = self.count % self.people + 1, TOLD[self.count % #TOLD + 1]
  self.count = self.count + 1
  local activity = telling.by_person(self.cloud, told[1], k, told[2], core.clock.now_ms())
  self.states["user:" .. activity.from.aadObjectId] = told[3]
  return letter("good", activity, cjson.encode(activity), token(self.cloud, activity),
    { [200] = true })
end

-- An event of somebody who is told of by nothing else.
local function doomed(self)
  return telling.by_person(self.cloud, "message", self.people + 1, { text = letters.REFUSED },
    core.clock.now_ms())
end

local function without(name)
  return function(activity)
    activity[name] = nil
    return cjson.encode(activity)
  end
end

-- Bodies that are none of an activity, with a token that is good.
local MALFORMED = {
  function(activity) return cjson.encode(activity):sub(1, -2) end,
  function(activity) return "[" .. cjson.encode(activity) .. "]" end,
  function(activity) return (cjson.encode(activity):gsub(letters.REFUSED, "%0\255")) end,
  function(activity)
    return '{"a":' .. ("["):rep(100) .. ("]"):rep(100) .. "," .. cjson.encode(activity):sub(2)
  end,
  without "type", without "conversation", without "serviceUrl",
}

-- Tokens that are not to be believed, with an activity in order.
local UNBELIEVED = {
  function() return nil end,
  function() return "Bearer" end,
  function(self, activity) return "Basic " .. token(self.cloud, activity) end,
  function(self, activity) return token(self.cloud, activity):gsub("%.([^.]+)$", ".A%1") end,
  function(self, activity)
    activity.serviceUrl = activity.serviceUrl .. "late/"
    return "Bearer " .. self.cloud.openid:token(activity.serviceUrl,
      core.clock.now_ms() - 2 * HOUR_MS)
  end,
  function(self, activity)
    local good = token(self.cloud, activity)
    activity.serviceUrl = activity.serviceUrl .. "other/"
    return good
  end,
  function(self, activity)
    activity.conversation.tenantId = "another"
    return token(self.cloud, activity)
  end,
}

local WRONG = {
  function(self, activity, nth)
    local good = token(self.cloud, activity)
    return letter("malformed", activity, MALFORMED[nth % #MALFORMED + 1](activity), good,
      { [400] = true })
  end,
  function(self, activity, nth)
    local authorization = UNBELIEVED[nth % #UNBELIEVED + 1](self, activity)
    return letter("unbelieved", activity, cjson.encode(activity), authorization,
      { [401] = true })
  end,
  function(self, activity)
    activity.text = activity.text .. ("x"):rep(TOO_LARGE)
    return letter("oversized", activity, cjson.encode(activity), token(self.cloud, activity),
      { [413] = true })
  end,
  -- Cut in the head, in the body, or one byte before the end that was announced.
  function(self, activity, nth)
    local made = letter("half", activity, cjson.encode(activity), token(self.cloud, activity),
      { cut = true, closed = true })
    made.cut = ({ "head", "body", "end" })[nth % 3 + 1]
    return made
  end,
}

--- Something that is to be refused: each kind in turn.
-- @treturn table letter
function letters_methods:wrong()
  local nth = self.refused_count
  self.refused_count = nth + 1
  return WRONG[nth % #WRONG + 1](self, doomed(self), math.floor(nth / #WRONG))
end

--- How a letter looks on the wire.
-- @tparam table one
-- @tparam string path
-- @treturn string as much of it as is sent
function letters.raw(one, path)
  local head = ("POST %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"):format(path)
  for name, value in pairs(one.headers) do
    head = head .. name .. ": " .. value .. "\r\n"
  end
  local length = #one.body + (one.cut == "end" and 1 or 0)
  local text = ("%sContent-Length: %d\r\n\r\n%s"):format(head, length, one.body)
  if one.cut == "head" then
    return head:sub(1, -5)
  end
  return one.cut == "body" and text:sub(1, -2) or text
end

return letters
