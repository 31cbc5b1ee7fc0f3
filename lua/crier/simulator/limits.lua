--- What Teams and Graph allow, and who went over it.
-- The documented limits that the calls of one app in one tenant can reach:
--
--     budget        limit                                    spent by
--     connector     50 in 1 s, for the app in the tenant     create, send
--     conversation  7 in 1 s, 8 in 2 s, 60 in 30 s,          create, send
--                   1800 in 3600 s, for each conversation
--     install       30 in 1 s                                install
--     apps_read     30 in 1 s                                catalog, installation, chat
--     users_units   3500, 5000 or 8000 units in 10 s         users (2), user (1);
--                   (under 50, up to 500, more people)       $select -1, $top < 20 -1
--
-- The rows that are not here are never reached first with one app and one
-- tenant: "all bots, one thread" (14/1 s), "all tenants" (10 to 20 times as
-- much), Graph's 130,000 requests in 10 s.
--
-- A refused request spends nothing; it is counted as a violation.
-- @module crier.simulator.limits
local windows = require("crier.simulator.windows")

local limits = {}

local limits_methods = {}
local limits_mt = { __name = "crier.simulator.limits", __index = limits_methods }

local HOUR_MS = 3600000
local ROUNDING_MS = 1e-6
local CONVERSATION = { { 7, 1000 }, { 8, 2000 }, { 60, 30000 }, { 1800, HOUR_MS } }

--- The budgets by name, each with `limit` and `window_ms` of its shortest
-- window.  (`users_units` depends on the number of people.)
-- @tparam number users how many people the tenant has
-- @treturn table
function limits.budgets(users)
  local units = users < 50 and 3500 or users <= 500 and 5000 or 8000
  return {
    connector = { limit = 50, window_ms = 1000 },
    conversation = { limit = 7, window_ms = 1000 },
    install = { limit = 30, window_ms = 1000 },
    apps_read = { limit = 30, window_ms = 1000 },
    users_units = { limit = units, window_ms = 10000 },
  }
end

--- Makes the limits.
-- @tparam table options
-- @tparam number options.users how many people the tenant has
-- @tparam[opt="teams"] string options.limits `off` refuses nothing
-- @tparam[opt="bucket"] string options.window `bucket`, `fixed` or `sliding`
-- @treturn crier.simulator.limits
function limits.new(options)
  local self = setmetatable({ is_off = options.limits == "off", kind = options.window or "bucket",
    violations = {}, highest = {}, budgets = {}, rates = {},
    recent = {}, older = {}, turned_at = nil }, limits_mt)
  for name, budget in pairs(limits.budgets(options.users)) do
    self.violations[name], self.highest[name] = 0, 0
    self.rates[name] = windows.new("sliding", 1, 1000)
    self.budgets[name] = windows.new(self.kind, budget.limit, budget.window_ms)
  end
  return self
end

-- Counts an arrival into the highest rate: a strict sliding second.
local function observe(self, name, rate, now_ms, cost)
  local held = rate:take(now_ms, cost)
  if held > self.highest[name] then
    self.highest[name] = held
  end
end

local function conversation_state(self)
  local state = { rate = windows.new("sliding", 1, 1000) }
  for i, window in ipairs(CONVERSATION) do
    state[i] = windows.new(self.kind, window[1], window[2])
  end
  return state
end

local function take_all(state, now_ms)
  for i = 1, #state do
    state[i]:take(now_ms, 1)
  end
end

-- Most conversations see one message: that is kept as its time alone, and
-- becomes windows at the second.  What was idle for an hour is let go, two
-- tables taking turns.
local function find_conversation(self, key, now_ms)
  if not self.turned_at or now_ms - self.turned_at > HOUR_MS then
    self.older, self.recent, self.turned_at = self.recent, {}, now_ms
  end
  local state = self.recent[key] or self.older[key]
  if type(state) == "number" then
    local first_ms = state
    state = conversation_state(self)
    take_all(state, first_ms)
    observe(self, "conversation", state.rate, first_ms, 1)
  end
  if state then
    self.recent[key] = state
  end
  return state
end

local function conversation_wait_ms(state, now_ms)
  local longest_ms = 0
  for i = 1, #state do
    local wait_ms = state[i]:wait_ms(now_ms, 1)
    if wait_ms > longest_ms then
      longest_ms = wait_ms
    end
  end
  return longest_ms
end

--- Lets a request in, or says when to come again.
-- @tparam number now_ms when it arrives
-- @tparam string name the budget
-- @tparam[opt=1] number cost
-- @tparam ?number conversation whose four windows it spends as well
-- @treturn ?number nil when let in, else whole seconds until it would be: what
-- belongs into Retry-After
-- @treturn ?string the budget that refused
function limits_methods:admit(now_ms, name, cost, conversation)
  cost = cost or 1
  observe(self, name, self.rates[name], now_ms, cost)
  if self.is_off then
    return nil
  end
  local budget = self.budgets[name]
  local wait_ms, refused_by = budget:wait_ms(now_ms, cost), name
  local state = conversation and find_conversation(self, conversation, now_ms)
  if state then
    observe(self, "conversation", state.rate, now_ms, 1)
    local own_ms = conversation_wait_ms(state, now_ms)
    if own_ms > wait_ms then
      wait_ms, refused_by = own_ms, "conversation"
    end
  end
  if wait_ms > 0 then
    self.violations[refused_by] = self.violations[refused_by] + 1
    return math.max(1, math.ceil((wait_ms - ROUNDING_MS) / 1000)), refused_by
  end
  budget:take(now_ms, cost)
  if state then
    take_all(state, now_ms)
  elseif conversation then
    self.recent[conversation] = now_ms
    self.highest.conversation = math.max(self.highest.conversation, 1)
  end
  return nil
end

return limits
