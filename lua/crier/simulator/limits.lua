--- What Teams and Graph allow, and who went over it.
-- The documented limits that the calls of one app in one tenant can reach:
--
--     budget        limit                               spent by
--     connector     50 in 1 s, for the app in the       create, send …
--                   tenant
--     conversation  7 in 1 s, 8 in 2 s, 60 in 30 s,     create, send …
--                   1800 in 3600 s, per conversation
--     install       30 in 1 s                           install
--     uninstall     15 in 1 s                           uninstall
--     apps_read     30 in 1 s                           catalog, installation
--     apps_write    30 in 1 s                           upgrade, publish, update_app, review,
--                                                       unpublish
--     teams_read    30 in 1 s                           chat, find_chat, teams, team,
--                                                       primary_channel
--     roster        60 in 1 s                           team_members, channels
--     notify        5 in 1 s                            notify
--     notify_many   2 in 1 s                            notify_many
--     team          4 in 1 s, per team                  all that is about one team
--     chat          1 in 1 s, per chat                  all that is about one group chat
--     user_chats    5 in 1 s, per person                find_chat
--     users_units   3500, 5000 or 8000 units in 10 s    users (2), user and groups (1), delta (1),
--                   (under 50, up to 500, more people)  group_members (3, at any depth 5),
--                                                       resolve (5); $select -1, $top < 20 -1
--
-- Figures: "Microsoft Teams service limits", "Identity and access service
-- limits", "Optimize your bot: rate limiting".
--
-- The rows that are not here are never reached first with one app and one
-- tenant: "all bots, one thread" (14/1 s), "all tenants" (10 to 20 times as
-- much), Graph's 130,000 requests in 10 s.
--
-- A budget `per key` is held for each conversation, or chat, or person: the
-- call's `key` says for which; without a key it is not counted.
--
-- A refused request spends nothing; it is counted as a violation.
-- @module crier.simulator.limits
local windows = require("crier.simulator.windows")

local limits = {}

local limits_methods = {}
local limits_mt = { __name = "crier.simulator.limits", __index = limits_methods }

local HOUR_MS = 3600000
local ROUNDING_MS = 1e-6

--- The budgets by name: an array of windows `{ limit, window_ms }`, with
-- `is_per_key`.
-- @tparam number users how many people the tenant has
-- @treturn table
function limits.budgets(users)
  local units = users < 50 and 3500 or users <= 500 and 5000 or 8000
  return {
    connector = { { 50, 1000 } },
    conversation = { { 7, 1000 }, { 8, 2000 }, { 60, 30000 }, { 1800, HOUR_MS },
      is_per_key = true },
    conversation_read = { { 14, 1000 }, { 16, 2000 }, { 120, 30000 }, { 3600, HOUR_MS },
      is_per_key = true },
    install = { { 30, 1000 } },
    uninstall = { { 15, 1000 } },
    apps_read = { { 30, 1000 } },
    apps_write = { { 30, 1000 } },
    teams_read = { { 30, 1000 } },
    roster = { { 60, 1000 } },
    notify = { { 5, 1000 } },
    notify_many = { { 2, 1000 } },
    team = { { 4, 1000 }, is_per_key = true },
    chat = { { 1, 1000 }, is_per_key = true },
    user_chats = { { 5, 1000 }, is_per_key = true },
    users_units = { { units, 10000 } },
  }
end

local function new_state(self, budget)
  local state = { rate = windows.new("sliding", 1, 1000) }
  for i, window in ipairs(budget) do
    state[i] = windows.new(self.kind, window[1], window[2])
  end
  return state
end

--- Makes the limits.
-- @tparam table options
-- @tparam number options.users how many people the tenant has
-- @tparam[opt="teams"] string options.limits `off` refuses nothing
-- @tparam[opt="bucket"] string options.window `bucket`, `fixed` or `sliding`
-- @treturn crier.simulator.limits
function limits.new(options)
  local self = setmetatable({ is_off = options.limits == "off", kind = options.window or "bucket",
    violations = {}, highest = {}, budgets = limits.budgets(options.users), states = {},
    keyed = {}, turned_at = nil }, limits_mt)
  for name, budget in pairs(self.budgets) do
    self.violations[name], self.highest[name] = 0, 0
    if budget.is_per_key then
      self.keyed[name] = { recent = {}, older = {} }
    else
      self.states[name] = new_state(self, budget)
    end
  end
  return self
end

-- Counts an arrival into the highest rate: a strict sliding second.
local function observe(self, name, state, now_ms, cost)
  local held = state.rate:take(now_ms, cost)
  if held > self.highest[name] then
    self.highest[name] = held
  end
end

local function take_all(state, now_ms, cost)
  for i = 1, #state do
    state[i]:take(now_ms, cost)
  end
end

-- What was idle for an hour is let go, two tables taking turns.
local function turn(self, now_ms)
  if self.turned_at and now_ms - self.turned_at <= HOUR_MS then
    return
  end
  self.turned_at = now_ms
  for _, keyed in pairs(self.keyed) do
    keyed.older, keyed.recent = keyed.recent, {}
  end
end

-- Most conversations see one message: that is kept as its time alone (of cost
-- 1), and becomes windows at the second.
local function find_keyed(self, name, key)
  local keyed = self.keyed[name]
  local state = keyed.recent[key] or keyed.older[key]
  if type(state) == "number" then
    local first_ms = state
    state = new_state(self, self.budgets[name])
    take_all(state, first_ms, 1)
    observe(self, name, state, first_ms, 1)
  end
  if state then
    keyed.recent[key] = state
  end
  return state
end

local function longest_wait_ms(state, now_ms, cost)
  local longest_ms = 0
  for i = 1, #state do
    local wait_ms = state[i]:wait_ms(now_ms, cost)
    if wait_ms > longest_ms then
      longest_ms = wait_ms
    end
  end
  return longest_ms
end

-- The windows of a budget; nil for a key that is new, or when it has none.
local function state_of(self, name, key)
  if not self.budgets[name].is_per_key then
    return self.states[name]
  end
  return key and find_keyed(self, name, key) or nil
end

local function book(self, name, key, now_ms, cost)
  local state = state_of(self, name, key)
  if state then
    take_all(state, now_ms, cost)
  elseif key then
    self.keyed[name].recent[key] = now_ms
    self.highest[name] = math.max(self.highest[name], 1)
  end
end

--- Lets a request in, or says when to come again.
-- @tparam number now_ms when it arrives
-- @param budgets the name of a budget, or an array of names: all are spent, or
-- none is
-- @tparam[opt=1] number cost of the budgets that are not per key; those count
-- requests
-- @param key whose budgets `per key` are spent; nil: none
-- @treturn ?number nil when let in, else whole seconds until it would be: what
-- belongs into Retry-After
-- @treturn ?string the budget that refused
function limits_methods:admit(now_ms, budgets, cost, key)
  local names = type(budgets) == "table" and budgets or { budgets }
  local longest_ms, refused_by = 0, nil
  turn(self, now_ms)
  for _, name in ipairs(names) do
    local own = self.budgets[name].is_per_key and 1 or cost or 1
    local state = state_of(self, name, key)
    if state then
      observe(self, name, state, now_ms, own)
      local wait_ms = self.is_off and 0 or longest_wait_ms(state, now_ms, own)
      if wait_ms > longest_ms then
        longest_ms, refused_by = wait_ms, name
      end
    end
  end
  if refused_by then
    self.violations[refused_by] = self.violations[refused_by] + 1
    return math.max(1, math.ceil((longest_ms - ROUNDING_MS) / 1000)), refused_by
  end
  for _, name in ipairs(names) do
    if not self.is_off then
      book(self, name, key, now_ms, self.budgets[name].is_per_key and 1 or cost or 1)
    end
  end
  return nil
end

return limits
