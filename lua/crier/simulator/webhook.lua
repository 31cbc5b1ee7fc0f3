--- What a bot is told: a queue of requests to its webhook, and what became of them.
--
-- Teams waits 15 s for an answer and sends again what was not taken, for a while; what
-- it sends may come twice or in another order (faults `event-twice`, `event-late`), or
-- not at all (`event-lost`). Who carries the requests asks `due`, and says `answered`.
--
--     GET /_sandbox/told   a JSON line for each activity: how often it was sent, the last
--                          status, what the bot answered to an invoke
-- @module crier.simulator.webhook
local encoding = require("crier.simulator.encoding")
local heap = require("crier.heap")
local random = require("crier.simulator.random")
local telling = require("crier.simulator.telling")

local webhook = {}

local webhook_methods = {}
local webhook_mt = { __name = "crier.simulator.webhook", __index = webhook_methods }

local TIMEOUT_MS = 15000
local WAITS_MS = { 1000, 2000, 4000, 8000, 16000, 30000, 30000 }
local SENT_AGAIN = { [408] = true, [412] = true, [429] = true, [500] = true, [502] = true,
  [503] = true, [504] = true }
local MOST_FLYING = 64
local LATEST_MS, TRAVEL_MS = 3000, 50

--- What it answers; see `crier.simulator.router`.
webhook.routes = {
  { operation = "told", service = "sandbox", method = "GET", path = "/_sandbox/told" },
}

--- Makes the noun.
-- @tparam crier.simulator simulator
-- @tparam table options
-- @tparam ?string options.webhook the bot's URL; nil: the bot is told nothing
-- @tparam ?string options.origin what the bot is told to answer to
-- @treturn crier.simulator.webhook
function webhook.new(simulator, options)
  return setmetatable({ simulator = simulator, url = options.webhook,
    origin = options.origin or "https://smba.trafficmanager.net", is_kept =
    options.keep_deliveries ~= false, queue = heap.new(), flying = 0, nth = 0, posts = {},
    counts = { told = 0, taken = 0, refused = 0, given_up = 0, sent = 0 } }, webhook_mt)
end

--- The number of the next activity.
-- @treturn number
function webhook_methods:next_nth()
  self.nth = self.nth + 1
  return self.nth
end

local function add(self, activity, at_ms)
  local post = { activity = activity, body = encoding.json(activity), tries = 0, at_ms = at_ms }
  self.queue:push(post)
  if self.is_kept then
    self.posts[#self.posts + 1] = post
  end
end

--- Tells the bot an activity, when there is a bot to tell.
-- @tparam table activity from `crier.simulator.telling`
-- @tparam number at_ms
function webhook_methods:say(activity, at_ms)
  if not self.url then
    return
  end
  self.counts.told = self.counts.told + 1
  local seed, nth, faults = self.simulator.seed, self.counts.told, self.simulator.faults
  if faults:has("event-lost", nth) then
    return
  end
  at_ms = at_ms + random.hash(seed, 940, nth) % TRAVEL_MS
  if faults:has("event-late", nth) then
    at_ms = at_ms + random.hash(seed, 941, nth) % LATEST_MS
  end
  add(self, activity, at_ms)
  if faults:has("event-twice", nth) then
    add(self, activity, at_ms + random.hash(seed, 942, nth) % LATEST_MS)
  end
end

--- Tells the bot what has happened.
-- @tparam ?table events of the nouns: see `crier.simulator.telling`
-- @tparam number now_ms
function webhook_methods:tell(events, now_ms)
  for _, event in ipairs(self.url and events or {}) do
    local at_ms = event.at_ms or now_ms
    for _, activity in ipairs(telling.activities(self.simulator, event, at_ms)) do
      self:say(activity, at_ms)
    end
  end
end

--- When there is something to send.
-- @treturn ?number
function webhook_methods:next_ms()
  local first = self.flying < MOST_FLYING and self.queue:first()
  return first and first.at_ms or nil
end

--- Takes what is to be sent by now.
-- @tparam number now_ms
-- @treturn ?table post with its `request`; say later what became of it
function webhook_methods:due(now_ms)
  local next_ms = self:next_ms()
  if not next_ms or next_ms > now_ms then
    return nil
  end
  local post = self.queue:pop()
  post.tries, self.flying = post.tries + 1, self.flying + 1
  self.counts.sent = self.counts.sent + 1
  post.request = { method = "POST", url = self.url, timeout_ms = TIMEOUT_MS, body = post.body,
    headers = { ["Content-Type"] = "application/json; charset=utf-8",
      Authorization = "Bearer "
        .. self.simulator.openid:token(post.activity.serviceUrl, now_ms) } }
  return post
end

--- Notes how the bot answered.
-- @tparam table post from `due`
-- @tparam table response `status` and `body`; without a status nobody answered
-- @tparam number now_ms
function webhook_methods:answered(post, response, now_ms)
  local status, counts = response.status, self.counts
  self.flying, post.request, post.status = self.flying - 1, nil, status
  post.answer = response.body ~= "" and response.body or nil
  local wait_ms = WAITS_MS[post.tries]
  if not status or SENT_AGAIN[status] then
    if wait_ms then
      post.at_ms = now_ms + wait_ms
      self.queue:push(post)
    else
      counts.given_up = counts.given_up + 1
    end
  elseif status < 300 or post.activity.type == "invoke" then
    counts.taken = counts.taken + 1
  else
    counts.refused = counts.refused + 1
  end
end

--- Answers `GET /_sandbox/told`, with `after`.
-- @tparam table call
-- @treturn table response
function webhook_methods:told(call)
  local lines, after = {}, tonumber(call.query.after) or 0
  for i = after + 1, #self.posts do
    local post = self.posts[i]
    lines[#lines + 1] = encoding.json({ id = post.activity.id, tries = post.tries,
      status = post.status, answer = post.answer, activity = encoding.raw(post.body) }) .. "\n"
  end
  return { status = 200, headers = { ["content-type"] = "application/jsonl; charset=utf-8" },
    body = table.concat(lines) }
end

return webhook
