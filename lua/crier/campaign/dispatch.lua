--- Carries a planned campaign out: keeps every budget busy, commits an intent
-- before its request leaves, writes down every answer.
--
-- One turn: read what is due; book slots, first for who is nearest to the end
-- of their route; commit the open group; let go what was committed and is due; wait.
-- @module crier.campaign.dispatch
local canary = require "crier.campaign.canary"
local cloud = require "crier.campaign.cloud"
local departures = require "crier.campaign.departures"
local fatigue = require "crier.campaign.fatigue"
local group = require "crier.campaign.group"
local guards = require "crier.campaign.guards"
local heard = require "crier.campaign.heard"
local lending = require "crier.campaign.lending"
local outlook = require "crier.campaign.outlook"
local patience = require "crier.campaign.patience"
local rate = require "crier.campaign.rate"
local requests = require "crier.campaign.requests"
local route = require "crier.campaign.route"
local stage = require "crier.campaign.stage"
local wait = require "crier.campaign.wait"
local waiting = require "crier.waiting"
local watch = require "crier.campaign.watch"

local dispatch = {}

local dispatch_methods = {}
local dispatch_mt = { __name = "crier.dispatch", __index = dispatch_methods }

-- Requests under way at once; also what a clean stop may have to wait for.
local MOST_IN_FLIGHT = 192
-- Without a budget to wait for, a group of this size is worth a commit.
local WORTH_A_COMMIT = 64
-- How long a clean stop waits for what is in flight.
local STOP_MS = 20000

--- Creates a dispatch.
-- @tparam table options `client`, `journal`, `campaign` (the journal's row),
--   `lane`, `definition` (crier.campaign), `compose` (crier.campaign.compose),
--   `app` (see `crier.graph.app.details`, where the route needs it), `retry`, `schedule`
--   (see `crier.campaign.schedule`, where there is one), `lends` (it lets the lane go for
--   others), `host` (whose the lane is, where it is not its own), `on_trouble` (called with
--   an entry of a log: a store that fails is waited for) and `soon_ms`: it is over when
--   nothing is due before that
-- @treturn crier.dispatch
function dispatch.new(options)
  local definition, action = options.definition, options.campaign.action
  local phases = route.phases(action, definition)
  local self = setmetatable({
    client = options.client,
    loop = options.client.loop,
    journal = options.journal,
    campaign = options.campaign,
    lane = options.lane,
    compose = options.compose,
    app = options.app,
    schedule = options.schedule,
    hold = nil, -- see `crier.campaign.wait`
    waits_until = nil, -- the same
    lends = options.lends, -- see `crier.campaign.lending`
    host = options.host,
    on_trouble = options.on_trouble,
    is_urgent = definition.urgent,
    track = definition.track,
    leaving = nil, -- why it lets the lane go, once nothing is under way
    policy = {
      action = action,
      retry = options.retry,
      on_unknown = definition.on_unknown,
      install = definition.install,
      conversation = definition.conversation,
      app_version = options.app and options.app.version,
      is_trial = cloud.refuses(options.client.config.cloud), -- one person is tried first
    },
    trying = nil, -- the one person whom such a trial is about
    canary = canary.new(options),
    fatigue = fatigue.new(options),
    waits_for = nil, -- in words, while the campaign's state is `waiting`
    guards = guards.new(definition.guards, definition.breaker),
    group = group.new(options.journal, options.campaign, options.lane),
    stages = {},
    departures = {}, -- committed, waiting for their slot
    in_flight = 0,
    outages = {}, -- service -> { failures =, until_ms =, since = }
    soon_ms = options.soon_ms or math.huge,
    phases = phases,
    rate = rate.new(options.campaign.rate), -- of the last phase
    cold_share = outlook.cold_share(options.journal, options.campaign),
    next_look = 0, -- see `crier.campaign.watch`
    counts = options.journal.targets:counts(options.campaign.id),
    aside = options.campaign.aside and options.journal.asides:count(options.campaign.id) or 0,
    written = { token = 0, graph = 0, connector = 0, throttled = 0 },
  }, dispatch_mt)
  self.heard = heard.new(options, self.policy)
  for _, phase in ipairs(phases) do
    self.stages[phase] = stage.new(phase, options)
  end
  if self.schedule and self.schedule.at_ms then
    wait.hold(self, self.schedule.at_ms, "it starts at")
  end
  return self
end

--- The loop's time as the journal keeps it.
function dispatch_methods:now()
  return math.floor(self.loop:now())
end

--- Stops: nothing new is sent, what is in flight is awaited.
-- @tparam table stop `exit` (status), `state` of the campaign, `why`, `remedy`
function dispatch_methods:stop(stop)
  if not self.stopping then
    self.stopping = stop
    self.stopping.deadline = self.loop:now() + STOP_MS
    if self.task then
      self.loop:unpark(self.task)
    end
  end
end

--- Says in the store what the campaign waits for, or that it goes on.
-- @tparam ?string why
-- @tparam ?integer until_ms where that is known, milliseconds since 1970
-- @treturn boolean true; or nil, message, code
function dispatch_methods:wait_for(why, until_ms)
  if why == self.waits_for then
    return true
  end
  local ok, message, code = self.journal.openings:wait(self.campaign.id, why, until_ms)
  if ok then
    self.waits_for = why
  end
  return ok and true, message, code
end

--- Stops until somebody resumes the campaign.
-- @tparam string why
-- @tparam ?string remedy what to do before that
function dispatch_methods:pause(why, remedy)
  self:stop { exit = 3, state = "paused", why = why, remedy = (remedy and remedy .. "\n  "
    or "") .. ("crier resume %s   goes on with it"):format(self.campaign.name) }
end

--- Stops waiting for what is in flight.
function dispatch_methods:hurry()
  if self.stopping then
    self.stopping.deadline = 0
  end
end

local function has_room(self)
  return self.in_flight + #self.departures + #self.group.intents
    < MOST_IN_FLIGHT
end

local function is_held_back(self, phase, now)
  local found = self.outages[route.service(phase)]
  return found and found.until_ms > now and found or wait.held(self, phase, now)
end

local function launch_stage(self, work)
  local is_trial = self.policy.is_trial and route.service(work.phase) == "graph"
  local pace = work.phase == self.phases[1] and self.rate or nil
  local now = self.loop:now()
  while has_room(self) and work:peek() and not self.stopping do
    if is_trial and self.trying then
      return
    end
    local not_before = pace and pace:next_ms() or 0
    if not_before > now + waiting.HORIZON_MS then
      work.wait_until = not_before - waiting.HORIZON_MS
      return
    end
    local row = work:take()
    local request = requests.of(self, row)
    if request then
      local slot, at_ms, class =
        self.client:reserve(work.phase, row.key, waiting.HORIZON_MS)
      if not slot then
        work.wait_until, work.wait_class = at_ms, class
        return work:put_back(row)
      end
      at_ms = math.max(at_ms, not_before)
      if pace then
        pace:took(at_ms)
      end
      departures.launch(self, work, row, request, slot, at_ms)
      self.trying = is_trial and row or self.trying
    end
  end
end

local function launch_all(self)
  local now = self.loop:now()
  for _, phase in ipairs(self.phases) do
    local work = self.stages[phase]
    local ok, message, code = work:fill(math.floor(now))
    if not ok then
      return nil, message, code
    end
    if work.wait_until <= now and not is_held_back(self, phase, now) then
      work.wait_class = nil
      launch_stage(self, work)
    end
  end
  return true
end

local COUNTED = { "token", "graph", "connector" }

-- The calls made since the last commit, or nil.
local function new_calls(self)
  local more, some = {}, self.client.throttled > self.written.throttled
  for _, name in ipairs(COUNTED) do
    more[name] = self.client.calls[name] - self.written[name]
    some = some or more[name] > 0
  end
  more.throttled = self.client.throttled - self.written.throttled
  return some and more or nil
end

local function commit(self)
  local moved, calls = self.group.settled, new_calls(self)
  local intents, message, code = self.group:commit(self:now(), calls)
  if not intents then
    return nil, message, code
  end
  for name, count in pairs(calls or {}) do
    self.written[name] = self.written[name] + count
  end
  for _, row in ipairs(moved) do
    if row.state == "pending" then
      self.stages[row.phase]:expect(row.due_at)
    end
  end
  for _, row in ipairs(intents) do
    self.departures[#self.departures + 1] = row.departure
    row.departure = nil
  end
  return true
end

local function is_commit_due(self)
  local open = self.group
  if not open.deadline then
    return false
  end
  if self.stopping then
    return not self.stopping.is_store
  elseif self.leaving then
    return true
  end
  return open.deadline <= self.loop:now()
    or open:size() >= group.MOST or #open.intents >= WORTH_A_COMMIT
    or #open.intents > 0 and self.in_flight + #self.departures == 0
end

-- When a stage has something to do.
local function next_ready(self)
  local at_ms, now = nil, self.loop:now()
  for _, phase in ipairs(self.phases) do
    local work = self.stages[phase]
    local held = is_held_back(self, phase, now)
    local ready = work:peek() and work.wait_until or work.next_due
    if ready then
      ready = math.max(ready, held and held.until_ms or 0)
      at_ms = math.min(at_ms or ready, ready)
    end
  end
  return at_ms
end

local function is_busy(self)
  return self.in_flight > 0 or #self.departures > 0 or self.group:size() > 0
end

local function next_wake(self)
  local now = self.loop:now()
  local at_ms = now + wait.every_ms(self, watch.EVERY_MS)
  if self.stopping then
    at_ms = math.min(at_ms, self.stopping.deadline)
  end
  if self.group.deadline then
    at_ms = math.min(at_ms, self.group.deadline)
  end
  for _, departure in ipairs(self.departures) do
    at_ms = math.min(at_ms, departure.at_ms)
  end
  if self.stopping or not has_room(self) then
    return at_ms
  end
  local deadline_ms = self.schedule and self.schedule.deadline_ms
  return math.min(at_ms, next_ready(self) or at_ms, deadline_ms or at_ms)
end

local function is_idle(self)
  if is_busy(self) then
    return false
  end
  for _, phase in ipairs(self.phases) do
    if not self.stages[phase]:is_empty(self.loop:now() + self.soon_ms) then
      return false
    end
  end
  return true
end

local function is_over(self)
  local stopping = self.stopping
  if not stopping then
    return is_idle(self) and (not self.canary or self.canary.is_over)
  end
  return self.in_flight == 0 or self.loop:now() >= stopping.deadline
end

-- Lets the lane go for who goes before, once all is answered and written.
local function lend(self)
  if not self.leaving or self.stopping or is_busy(self) then
    return true
  end
  local ok, message, code = commit(self) -- the calls that were counted
  if ok then
    ok, message, code = lending.leave(self, self.leaving)
  end
  self.leaving = nil
  return ok, message, code
end

local function turn(self)
  watch.look(self)
  local ok, message, code = true, nil, nil
  if self.heard then
    ok, message, code = self.heard:look(self)
  end
  self.leaving = self.leaving or lending.reason(self)
  if self.stopping or self.leaving then
    departures.take_back(self)
  elseif ok then
    ok, message, code = launch_all(self)
  end
  if ok and self.canary and not self.canary.is_over and not self.stopping and is_idle(self) then
    ok, message, code = self.canary:turn(self)
  end
  if ok and is_commit_due(self) then
    ok, message, code = commit(self)
  end
  if not ok then
    return nil, message, code
  end
  departures.let_go(self)
  if not self.stopping and not self.leaving then
    return wait.note(self, not is_busy(self) and next_ready(self) or nil)
  end
  return lend(self)
end

--- Works until nothing is pending, or until stopped. Call inside a task.
-- @treturn table `{ exit =, state =, why =, remedy = }` of a stop, or
--   `{ state = "finished" }`
function dispatch_methods:run()
  self.task = self.loop:task()
  local why = self.guards:remember(self.journal, self.campaign, self.loop:now())
  if why then
    self:pause(why)
  end
  while not is_over(self) do
    patience.attempt(self, turn)
    if not is_over(self) then
      local at_ms = next_wake(self)
      if at_ms > self.loop:now() or self.in_flight > 0 or self.schedule then
        self.loop:park(at_ms)
      end
    end
  end
  if self.stopping then
    departures.take_back(self)
  end
  repeat
    local is_written = patience.attempt(self, commit)
  until is_written or self.stopping
  return self.stopping or { state = "finished" }
end

return dispatch
