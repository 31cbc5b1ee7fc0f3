--- Graph's `/$batch`: up to 20 requests in one.
-- Each part is a request of its own: it is counted, limited and refused by
-- itself, and answers come in another order than they were asked in.
-- @module crier.simulator.batch
local cjson = require("cjson.safe").new()
cjson.decode_invalid_numbers(false)

local answers = require("crier.simulator.answers")
local encoding = require("crier.simulator.encoding")
local random = require("crier.simulator.random")

local batch = {}

local batch_methods = {}
local batch_mt = { __name = "crier.simulator.batch", __index = batch_methods }

local MOST = 20
local METHODS = { GET = true, POST = true, PUT = true, PATCH = true, DELETE = true }

--- What it answers; see `crier.simulator.router`.
batch.routes = {
  { operation = "batch", service = "graph", method = "POST", path = "/v1.0/$batch" },
}

--- Makes the noun.
-- @tparam crier.simulator simulator
-- @treturn crier.simulator.batch
function batch.new(simulator)
  return setmetatable({ simulator = simulator, seed = simulator.seed, count = 0 }, batch_mt)
end

local function part_flaw(part, seen)
  if type(part) ~= "table" or type(part.id) ~= "string" or part.id == "" then
    return "Each request needs an id."
  elseif seen[part.id:lower()] then
    return "Duplicate request id '" .. part.id .. "'."
  elseif not METHODS[tostring(part.method):upper()] then
    return "Request '" .. part.id .. "' has no method."
  elseif type(part.url) ~= "string" or part.url:find("^%a+://") then
    return "Request '" .. part.id .. "' needs a relative url."
  elseif part.dependsOn ~= nil and type(part.dependsOn) ~= "table" then
    return "dependsOn of request '" .. part.id .. "' is not an array."
  end
  for _, id in ipairs(part.dependsOn or {}) do
    if not seen[tostring(id):lower()] then
      return "Request '" .. part.id .. "' depends on '" .. tostring(id)
        .. "', which is not before it."
    end
  end
end

local function flaw(body)
  local requests = type(body) == "table" and body.requests
  if type(requests) ~= "table" or requests[1] == nil then
    return "Invalid batch payload format."
  elseif #requests > MOST then
    return ("Number of requests %d exceeds the limit of %d."):format(#requests, MOST)
  end
  local seen = {}
  for _, part in ipairs(requests) do
    local wrong = part_flaw(part, seen)
    if wrong then
      return wrong
    end
    seen[part.id:lower()] = true
  end
end

local function lower_headers(part)
  local headers = {}
  for name, value in pairs(type(part.headers) == "table" and part.headers or {}) do
    headers[tostring(name):lower()] = tostring(value)
  end
  return headers
end

-- What a part sends: JSON as such, anything else as base64.
local function body_of(part, headers)
  if part.body == nil or part.body == cjson.null then
    return nil
  elseif (headers["content-type"] or ""):lower():find("json", 1, true) then
    return cjson.encode(part.body)
  end
  return type(part.body) == "string" and encoding.from_base64((part.body:gsub("-", "+")
    :gsub("_", "/"))) or nil
end

-- A part has no connection of its own that could close.
local function answer_part(self, part, call, request, now_ms)
  local headers = lower_headers(part)
  if part.body ~= nil and not headers["content-type"] then
    return answers.graph(400, "BadRequest", "Write request id : " .. part.id
      .. " does not contain Content-Type header or body.")
  end
  headers.authorization = headers.authorization or request.headers.authorization
  local url = call.origin .. "/v1.0/" .. part.url:gsub("^/", "")
  if url:find("/$batch", 1, true) then
    return answers.graph(400, "BadRequest", "A batch holds no batch.")
  end
  local response, extra_ms, events = self.simulator:answer({ method = part.method:upper(),
    url = url, headers = headers, body = body_of(part, headers) }, now_ms)
  if response.cut then
    response = answers.injected("graph", 504, 0)
  end
  return response, extra_ms, events
end

local NAMES = { ["retry-after"] = "Retry-After", ["content-type"] = "Content-Type",
  location = "Location" }

local function part_json(part, response)
  local headers = {}
  for name, value in pairs(response.headers or {}) do
    headers[NAMES[name] or name] = value
  end
  local kind, body = headers["Content-Type"] or "", response.body
  if body and kind:find("json", 1, true) then
    body = encoding.raw(body)
  elseif body then
    body = encoding.to_base64(body)
  end
  return encoding.json({ id = part.id, status = response.status, headers = headers, body = body })
end

local function failed_before(part, statuses)
  for _, id in ipairs(part.dependsOn or {}) do
    if statuses[id:lower()] >= 400 then
      return true
    end
  end
  return false
end

-- Puts the answers in another order, by the seed.
local function shuffle(self, texts)
  for i = #texts, 2, -1 do
    local j = random.hash(self.seed, 932, self.count, i) % i + 1
    texts[i], texts[j] = texts[j], texts[i]
  end
end

--- Answers `POST /$batch`.
-- @tparam table call
-- @tparam table request
-- @tparam number now_ms
-- @treturn table response
-- @treturn table events of all parts
-- @treturn number by how many milliseconds the slowest part is slower
function batch_methods:batch(call, request, now_ms)
  local body = cjson.decode(request.body or "")
  local wrong = flaw(body)
  if wrong then
    return answers.graph(400, "BadRequest", wrong)
  end
  self.count = self.count + 1
  local texts, statuses, events, slowest_ms = {}, {}, {}, 0
  for i, part in ipairs(body.requests) do
    local response, extra_ms, own
    if failed_before(part, statuses) then
      response = answers.graph(424, "FailedDependency",
        "A request that this one depends on failed.")
    else
      response, extra_ms, own = answer_part(self, part, call, request, now_ms)
    end
    statuses[part.id:lower()] = response.status
    slowest_ms = math.max(slowest_ms, extra_ms or 0)
    for _, event in ipairs(own or {}) do
      events[#events + 1] = event
    end
    texts[i] = part_json(part, response)
  end
  shuffle(self, texts)
  local text = '{"responses":[' .. table.concat(texts, ",") .. "]}"
  return answers.json(200, text), events, slowest_ms
end

return batch
