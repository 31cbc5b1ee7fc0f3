--- Three ways to hold "at most `limit` in `window_ms`".
-- A service does not say which one it uses, so a sender is tried under each:
--
--     bucket   a bucket of `limit` tokens, full at first, refilled evenly
--     fixed    a count that starts anew at each whole multiple of the window
--     sliding  strict: no stretch of `window_ms` ever holds more than `limit`
--
-- A window answers `wait_ms(now_ms, cost)`: 0 when the cost fits now, else how
-- long until it would; and `take(now_ms, cost)`, which books it.  Time must
-- not go back.
-- @module crier.simulator.windows
local windows = {}

-- Token bucket, kept as the time at which it would be full again.
local bucket_methods = {}
local bucket_mt = { __name = "crier.simulator.bucket", __index = bucket_methods }

-- Sums of 1000/30 round; a token is never denied for a millionth of a ms.
local ROUNDING_MS = 1e-6

function bucket_methods:wait_ms(now_ms, cost)
  local full_at = self.full_at > now_ms and self.full_at or now_ms
  local wait_ms = full_at + cost * self.interval_ms - self.window_ms - now_ms
  return wait_ms > ROUNDING_MS and wait_ms or 0
end

function bucket_methods:take(now_ms, cost)
  local full_at = self.full_at > now_ms and self.full_at or now_ms
  self.full_at = full_at + cost * self.interval_ms
end

local fixed_methods = {}
local fixed_mt = { __name = "crier.simulator.fixed", __index = fixed_methods }

local function roll(self, now_ms)
  local start = now_ms - now_ms % self.window_ms
  if start ~= self.start then
    self.start, self.used = start, 0
  end
end

function fixed_methods:wait_ms(now_ms, cost)
  roll(self, now_ms)
  return self.used + cost <= self.limit and 0 or self.start + self.window_ms - now_ms
end

function fixed_methods:take(now_ms, cost)
  roll(self, now_ms)
  self.used = self.used + cost
end

-- A queue of what was booked: at[first..last], cost[first..last].
local sliding_methods = {}
local sliding_mt = { __name = "crier.simulator.sliding", __index = sliding_methods }

local function expire(self, now_ms)
  local at, cost, first = self.at, self.cost, self.first
  local gone = now_ms - self.window_ms
  while first <= self.last and at[first] <= gone do
    self.used = self.used - cost[first]
    at[first], cost[first] = nil, nil
    first = first + 1
  end
  self.first = first
end

function sliding_methods:wait_ms(now_ms, cost)
  expire(self, now_ms)
  local over = self.used + cost - self.limit
  local i = self.first
  if over <= 0 then
    return 0
  end
  while i < self.last and over > self.cost[i] do
    over = over - self.cost[i]
    i = i + 1
  end
  return (self.at[i] or now_ms) + self.window_ms - now_ms
end

--- Books a cost and tells how much the last `window_ms` now hold.
function sliding_methods:take(now_ms, cost)
  expire(self, now_ms)
  local last = self.last + 1
  self.at[last], self.cost[last], self.last = now_ms, cost, last
  self.used = self.used + cost
  return self.used
end

local makers = {}

function makers.bucket(limit, window_ms)
  return setmetatable({ window_ms = window_ms, interval_ms = window_ms / limit, full_at = -1e300 },
    bucket_mt)
end

function makers.fixed(limit, window_ms)
  return setmetatable({ limit = limit, window_ms = window_ms, start = false, used = 0 }, fixed_mt)
end

function makers.sliding(limit, window_ms)
  return setmetatable({ limit = limit, window_ms = window_ms, used = 0, at = {}, cost = {},
    first = 1, last = 0 }, sliding_mt)
end

--- The kinds there are.
windows.kinds = { "bucket", "fixed", "sliding" }

--- Makes a window.
-- @tparam string kind `bucket`, `fixed` or `sliding`
-- @tparam number limit how much fits
-- @tparam number window_ms
-- @return an object with `wait_ms` and `take`
-- @raise if there is no such kind
function windows.new(kind, limit, window_ms)
  local make = makers[kind]
  if not make then
    error("window must be bucket, fixed or sliding", 2)
  end
  return make(limit, window_ms)
end

return windows
