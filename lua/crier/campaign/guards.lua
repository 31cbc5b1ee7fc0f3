--- What stops a run that goes wrong: the breaker, and guards that a script sets for
-- a reason: when too many of the people of the last minutes fail for it.
--
-- A guard's window moves in slices. What it holds is in the journal as well, so that
-- a run that was killed goes on with the window that it had; `resume` empties it.
-- @module crier.campaign.guards
local amount = require "crier.format.amount"
local breaker = require "crier.campaign.breaker"
local suggest = require "crier.suggest"

local guards = {}

local guards_methods = {}
local guards_mt = { __name = "crier.guards", __index = guards_methods }

local SLICES = 60
local OVER, LEAST = "10m", 20
local SHAPE = 'guards takes a list: { { reason = "blocked", rate = "5%" } }'

local checks = {}

function checks.reason(value)
  return value ~= nil and (type(value) ~= "string" or value == "")
    and 'reason must be a text such as "blocked"'
end

function checks.rate(value)
  return not amount.share(value) and 'rate must be a share such as "5%"'
end

function checks.over(value)
  local ms = amount.ms(value or OVER)
  return (not ms or ms < SLICES * 1000) and 'over must be a time such as "10m", from "60s" on'
end

function checks.least(value)
  return value ~= nil and (type(value) ~= "number" or value < 1 or value % 1 ~= 0)
    and "least must be a number of people"
end

local ORDER = { "reason", "rate", "over", "least" }

local function check_one(nth, value)
  if type(value) ~= "table" then
    return SHAPE
  end
  local problem = suggest.unknown_key(("guards, number %d"):format(nth), value, ORDER)
  for _, name in ipairs(ORDER) do
    local found = checks[name](value[name])
    problem = problem or found and ("guards, number %d: %s"):format(nth, found) or nil
  end
  return problem
end

--- Checks the option `guards`.
-- @param value
-- @treturn ?string the problem
function guards.check(value)
  if value == nil then
    return nil
  elseif type(value) ~= "table" then
    return SHAPE
  end
  for key in pairs(value) do
    if type(key) ~= "number" then
      return SHAPE
    end
  end
  for nth, each in ipairs(value) do
    local problem = check_one(nth, each)
    if problem then
      return problem
    end
  end
end

local function new_window(options)
  local over_ms = amount.ms(options.over or OVER)
  return {
    reason = options.reason,
    limit = amount.share(options.rate),
    least = options.least or LEAST,
    over_ms = over_ms,
    width_ms = math.ceil(over_ms / SLICES),
    newest = 0, -- number of the slice that is being filled
    slices = {}, -- by number modulo SLICES: { seen =, failed = }
    seen = 0,
    failed = 0,
  }
end

--- Creates what watches over a campaign's outcomes.
-- @tparam ?table list option `guards`
-- @tparam ?boolean has_breaker option `breaker`; false: without
-- @treturn crier.guards
function guards.new(list, has_breaker)
  local self = { breaker = has_breaker ~= false and breaker.new() or nil, windows = {} }
  for i, options in ipairs(list or {}) do
    self.windows[i] = new_window(options)
  end
  return setmetatable(self, guards_mt)
end

-- Empties the slices that have left the window.
local function move_to(window, newest)
  for n = math.max(window.newest + 1, newest - SLICES + 1), newest do
    local gone = window.slices[n % SLICES]
    if gone then
      window.seen, window.failed = window.seen - gone.seen, window.failed - gone.failed
    end
    window.slices[n % SLICES] = { seen = 0, failed = 0 }
  end
  window.newest = math.max(window.newest, newest)
end

local function add(window, at_ms, reason, count)
  local n = math.floor(at_ms / window.width_ms)
  move_to(window, n)
  if n <= window.newest - SLICES then
    return
  end
  local slice, wanted = window.slices[n % SLICES], window.reason or reason
  slice.seen, window.seen = slice.seen + count, window.seen + count
  if reason and reason:sub(1, #wanted) == wanted then
    slice.failed, window.failed = slice.failed + count, window.failed + count
  end
end

local function judge(window)
  if window.seen < window.least or window.failed <= window.limit * window.seen then
    return nil
  end
  return ("guard: %d of the %d people of the last %s failed%s (%s, the limit is %s)")
    :format(window.failed, window.seen, amount.span(window.over_ms),
      window.reason and ": " .. window.reason or "",
      amount.percent(window.failed / window.seen), amount.percent(window.limit))
end

--- Notes one outcome.
-- @tparam ?string reason of a failure; nil for a delivery
-- @tparam number now_ms
-- @treturn ?string why the run should stop, when it should
function guards_methods:note(reason, now_ms)
  local said = self.breaker and self.breaker:note(reason)
  local why = said and "breaker: " .. said or nil
  for _, window in ipairs(self.windows) do
    add(window, now_ms, reason, 1)
    why = why or judge(window)
  end
  return why
end

--- Fills the windows with what the journal knows.
-- @tparam crier.journal journal
-- @tparam table campaign row
-- @tparam number now_ms
-- @treturn ?string why the run should not even begin, when it should not
function guards_methods:remember(journal, campaign, now_ms)
  local why
  for _, window in ipairs(self.windows) do
    local since = math.max(now_ms - window.over_ms, campaign.lifted_at or 0)
    for _, row in ipairs(journal.history:outcomes(campaign.id, math.floor(since),
      window.width_ms)) do
      add(window, row.slice * window.width_ms, row.reason, row.count)
    end
    move_to(window, math.floor(now_ms / window.width_ms))
    why = why or judge(window)
  end
  return why
end

return guards
