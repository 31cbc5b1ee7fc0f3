--- What Prometheus reads of crier: calls as they are answered, budgets, and how far
-- campaigns are. No series ever names a person.
-- @module crier.metrics
local budget = require "crier.budget"
local registry = require "crier.metrics.registry"
local version = require "crier.version"

local metrics = {}

local metrics_methods = {}
local metrics_mt = { __name = "crier.metrics", __index = metrics_methods }

-- Seconds: Teams answers a send in a tenth of one, and waits half a minute at most.
local BOUNDS = { 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30 }
-- Reasons may come from a script: so many of a campaign are told apart.
local MOST_REASONS = 50
local STATES = { "pending", "delivered", "failed", "excluded", "unknown" }

--- Makes the families, all without a series but the build's.
-- @treturn crier.metrics
function metrics.new()
  local all = registry.new()
  local self = setmetatable({
    registry = all,
    recipients = all:family("gauge", "crier_recipients",
      "Targets of a campaign by state and reason.", { "campaign", "state", "reason" }),
    requests = all:family("counter", "crier_requests_total",
      "Calls by HTTP status; none when no answer came.", { "service", "operation", "status" }),
    seconds = all:family("histogram", "crier_request_seconds",
      "Time from sending a call to its answer.", { "service", "operation" }, BOUNDS),
    throttled = all:family("counter", "crier_throttled_total",
      "Answers that asked for patience, by budget.", { "budget" }),
    limit = all:family("gauge", "crier_budget_limit",
      "Calls that a budget allows in its period.", { "budget" }),
    used = all:family("gauge", "crier_budget_used",
      "Calls of a budget's last period.", { "budget" }),
    waiting = all:family("gauge", "crier_waiting_seconds",
      "Time until a budget has its next slot.", { "budget" }),
    expiry = all:family("gauge", "crier_credential_expiry_seconds",
      "When a credential ends, Unix time.", { "service" }),
    webhook = all:family("counter", "crier_webhook_total",
      "Requests to the bot's webhook by what became of them.", { "result" }),
    held = all:family("gauge", "crier_lane_held",
      "Whether this process holds the lane of an app in a tenant.", { "app", "tenant" }),
    build = all:family("gauge", "crier_build_info", "Always 1.", { "version" }),
    tallies = {},
  }, metrics_mt)
  self.build:set(1, version)
  return self
end

--- Notes one answered call; called by `crier.client`.
-- @tparam table request
-- @tparam table outcome
-- @tparam table response
function metrics_methods:call(request, outcome, response)
  self.requests:add(1, request.service, request.operation, response.status or "none")
  if response.total_ms and response.status then
    self.seconds:observe(response.total_ms / 1000, request.service, request.operation)
  end
  if outcome.kind == "throttled" then
    local classes = budget.of[request.operation]
    self.throttled:add(1, classes and classes[1] or "none")
  end
end

--- Takes the webhook's counts as they stand.
-- @tparam table counts by result: `accepted`, `duplicate`, `refused` and the other
--   `counts` of `crier.bot`
function metrics_methods:received(counts)
  for result, count in pairs(counts) do
    self.webhook:set(count, result)
  end
end

local function count_reason(tally, state, reason, count)
  reason = reason or ""
  local reasons = tally[state]
  if not reasons[reason] and reason ~= "" then
    if tally.distinct >= MOST_REASONS then
      reason = "other"
    else
      tally.distinct = tally.distinct + 1
    end
  end
  reasons[reason] = (reasons[reason] or 0) + count
end

--- Takes a campaign's ledger as it stands.
-- @tparam string name of the campaign
-- @tparam table rows array of `state`, `reason` (nil when there is none), `count`
function metrics_methods:ledger(name, rows)
  local tally = { distinct = 0 }
  for _, state in ipairs(STATES) do
    tally[state] = { [""] = 0 }
  end
  for _, row in ipairs(rows) do
    count_reason(tally, row.state, row.state ~= "pending" and row.reason or nil, row.count)
  end
  self.tallies[name] = tally
end

--- Notes that a pending target was settled.
-- @tparam string name of the campaign
-- @tparam string state
-- @tparam ?string reason
function metrics_methods:settled(name, state, reason)
  local tally = self.tallies[name]
  if tally then
    count_reason(tally, "pending", nil, -1)
    count_reason(tally, state, reason, 1)
  end
end

local function read_recipients(self)
  self.recipients:clear()
  for name, tally in pairs(self.tallies) do
    for _, state in ipairs(STATES) do
      for reason, count in pairs(tally[state]) do
        self.recipients:set(count, name, state, reason)
      end
    end
  end
end

local function read_budgets(self, client)
  local now = client.loop:now()
  for class, definition in pairs(budget.classes) do
    if definition.per == "lane" and client.used[class] then
      local state = client.pacer:state(class, client.lane, now)
      if client.config.limits ~= "off" then
        self.limit:set(state.limit, class)
      end
      self.used:set(state.used, class)
      self.waiting:set(state.waiting_ms / 1000, class)
    end
  end
end

local function read_credentials(self, config)
  for service, found in pairs { graph = config.credential, connector = config.bot_credential } do
    if found.expires_at_ms then
      self.expiry:set(math.floor(found.expires_at_ms / 1000), service)
    end
  end
end

--- All of it as text, as of now.
-- @tparam ?crier.client client whose budgets and credentials are told
-- @tparam ?boolean is_held whether the client's lane is held
-- @treturn string
function metrics_methods:text(client, is_held)
  read_recipients(self)
  if client then
    read_budgets(self, client)
    read_credentials(self, client.config)
    self.held:set(is_held and 1 or 0, client.config.app, client.config.tenant)
  end
  return self.registry:text()
end

return metrics
