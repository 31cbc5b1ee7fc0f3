--- What the simulator tells of itself: counts, and what was delivered.
-- @module crier.simulator.tally
local answers = require("crier.simulator.answers")
local encoding = require("crier.simulator.encoding")

local tally = {}

local tally_methods = {}
local tally_mt = { __name = "crier.simulator.tally", __index = tally_methods }

--- What it answers; see `crier.simulator.router`.
tally.routes = {
  { operation = "stats", service = "sandbox", method = "GET", path = "/_sandbox/stats" },
  { operation = "deliveries", service = "sandbox", method = "GET", path = "/_sandbox/deliveries" },
  { operation = "notifications", service = "sandbox", method = "GET",
    path = "/_sandbox/notifications" },
}

--- Makes the noun.
-- @tparam crier.simulator simulator
-- @treturn crier.simulator.tally
function tally.new(simulator)
  return setmetatable({ simulator = simulator, counts = {} }, tally_mt)
end

--- Counts an answer.
-- @tparam string operation
-- @param outcome a status, or `cut-before` or `cut-after`
function tally_methods:count(operation, outcome)
  local counts = self.counts[operation]
  if not counts then
    counts = {}
    self.counts[operation] = counts
  end
  counts[outcome] = (counts[outcome] or 0) + 1
end

--- Tells what has happened: counts by operation and status, violations and
-- highest rates by budget, deliveries, how many people they reached,
-- notifications of the activity feed, assertions that came once more, and what the bot
-- was told.
-- @treturn table
function tally_methods:all()
  local simulator, operations = self.simulator, {}
  for operation, counts in pairs(self.counts) do
    operations[operation] = {}
    for status, n in pairs(counts) do
      operations[operation][type(status) == "number" and ("%d"):format(status) or status] = n
    end
  end
  local limits, deliveries = simulator.limits, simulator.deliveries
  return { operations = operations, violations = limits.violations, highest = limits.highest,
    limits = limits.is_off and "off" or "teams", window = limits.kind,
    users = simulator.people.count, seed = simulator.seed, deliveries = deliveries.count,
    recipients = deliveries.recipients, notifications = simulator.notifications.count,
    replayed_assertions = simulator.identity.assertions.replayed,
    webhook = simulator.webhook.counts }
end

--- Answers `GET /_sandbox/stats`.
-- @tparam table _ the call
-- @tparam table _ the request
-- @tparam number now_ms
-- @treturn table response
function tally_methods:stats(_, _, now_ms)
  self.simulator.sendings:advance(now_ms)
  return answers.json(200, encoding.json(self:all()) .. "\n")
end

--- Answers `GET /_sandbox/deliveries`, with `after` and `limit`.
-- @tparam table call
-- @tparam table _ the request
-- @tparam number now_ms
-- @treturn table response
function tally_methods:deliveries(call, _, now_ms)
  self.simulator.sendings:advance(now_ms)
  return { status = 200, headers = { ["content-type"] = "application/jsonl; charset=utf-8" },
    body = self.simulator.deliveries:text(tonumber(call.query.after),
      tonumber(call.query.limit)) }
end

--- Answers `GET /_sandbox/notifications`: what the activity feeds of people say, a
-- JSON line each, `{"recipient":"<Entra id>","at":"…","notification":{…}}`.
-- @treturn table response
function tally_methods:notifications()
  return { status = 200, headers = { ["content-type"] = "application/jsonl; charset=utf-8" },
    body = self.simulator.notifications:text() }
end

return tally
