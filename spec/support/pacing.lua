--- A sender, a path and a service in virtual time, to judge a pacer by.
--
-- The sender asks the pacer, departs on time, and reports; the path takes as
-- long as `path` says; the service counts arrivals, which the pacer never
-- sees, and refuses what its referee refuses.
-- @module support.pacing
local pacing = {}

--- A small generator with a seed, the same on every Lua (Park and Miller).
-- @treturn function() -> a number from 0 up to 1
function pacing.random(seed)
  local state = seed
  return function()
    state = (state * 48271) % 2147483647
    return (state - 1) / 2147483646
  end
end

-- A binary heap of { at =, seq =, … }: equal times in order of arrival.
local function before(a, b)
  return a.at < b.at or (a.at == b.at and a.seq < b.seq)
end

local function push(heap, event)
  heap.seq = heap.seq + 1
  event.seq = heap.seq
  local i = #heap + 1
  heap[i] = event
  while i > 1 do
    local up = (i - i % 2) / 2
    if not before(heap[i], heap[up]) then
      break
    end
    heap[i], heap[up], i = heap[up], heap[i], up
  end
end

local function pop(heap)
  local top, n = heap[1], #heap
  heap[1], heap[n] = heap[n], nil
  local i = 1
  while true do
    local least = i
    for child = 2 * i, 2 * i + 1 do
      if child < n and before(heap[child], heap[least]) then
        least = child
      end
    end
    if least == i then
      return top
    end
    heap[i], heap[least], i = heap[least], heap[i], least
  end
end

--- Never more than n arrivals in any period, whenever it begins.
function pacing.sliding(n, period_ms)
  local times, count = {}, 0
  return function(now)
    if count >= n and now - times[count % n] < period_ms then
      return false
    end
    times[count % n] = now
    count = count + 1
    return true
  end
end

--- Never more than n arrivals in periods that begin at `offset_ms`.
function pacing.fixed(n, period_ms, offset_ms)
  local window, count
  return function(now)
    local this = math.floor((now - offset_ms) / period_ms)
    if this ~= window then
      window, count = this, 0
    end
    count = count + 1
    return count <= n
  end
end

--- A bucket of n tokens that fills within one period.
function pacing.bucket(n, period_ms)
  local tokens, last = n, nil
  return function(now)
    tokens = math.min(n, tokens + (now - (last or now)) * n / period_ms)
    last = now
    if tokens < 1 then
      return false
    end
    tokens = tokens - 1
    return true
  end
end

--- Counts what referees would refuse, but admits everything.
function pacing.watch(referees)
  local watch = { refused = 0 }
  function watch.admit(now)
    for _, admits in ipairs(referees) do
      if not admits(now) then
        watch.refused = watch.refused + 1
      end
    end
    return true
  end
  return watch
end

--- All referees of one limit: bucket, sliding, and ten alignments of fixed.
function pacing.referees(n, period_ms)
  local all = { pacing.sliding(n, period_ms), pacing.bucket(n, period_ms) }
  for i = 0, 9 do
    all[#all + 1] = pacing.fixed(n, period_ms, i * period_ms / 10)
  end
  return all
end

local steps = {}

function steps.ask(run, now)
  local names = run.budgets(run.asked)
  if not names then
    return
  end
  local slot, at = run.pacer:reserve(now, run.horizon_ms,
    (table.unpack or unpack)(names)) -- luacheck: ignore 143 113
  if not slot then
    push(run.heap, { at = math.max(at, now), step = "ask" })
    return
  end
  run.asked = run.asked + 1
  push(run.heap, { at = at, step = "depart", slot = slot, names = names })
  push(run.heap, { at = now, step = "ask" })
end

function steps.depart(run, now, event)
  if run.pacer:paused_until(event.names[1], event.names[2]) > now then
    run.pacer:returned(event.slot, now)
    return
  end
  run.pacer:departed(event.slot, now)
  run.sent = run.sent + 1
  event.departed = now
  local forward, back = run.path(now, run.sent)
  event.at, event.step, event.back = now + forward, "arrive", back
  push(run.heap, event)
end

function steps.arrive(run, now, event)
  event.admitted = run.admit(now, event.names)
  if event.admitted then
    run.delivered = run.delivered + 1
  else
    run.refused = run.refused + 1
  end
  event.at, event.step = now + (event.back or 30000), "answer"
  push(run.heap, event)
end

function steps.answer(run, now, event)
  if not event.back then
    run.pacer:lost(event.slot, now)
    return
  end
  run.pacer:answered(event.slot, now, now - event.departed)
  if not event.admitted then
    run.pacer:throttled(now, run.retry_after_ms, event.names[1],
      event.names[2])
  end
end

--- Runs until `options.until_ms`.
-- @tparam table options pacer; budgets(i) -> names of the i-th request, nil
-- when there is none; path(now, i) -> forward ms, back ms (nil: the answer is
-- lost); admit(now, names) -> boolean; from_ms, until_ms, horizon_ms;
-- stall(now) -> when a sender that is asleep at `now` wakes up
-- @treturn table sent, delivered, refused, share (of 50 a second)
function pacing.run(options)
  local run = {
    pacer = options.pacer, budgets = options.budgets, path = options.path,
    admit = options.admit, horizon_ms = options.horizon_ms or 20,
    retry_after_ms = options.retry_after_ms or 1000,
    heap = { seq = 0 }, asked = 1, sent = 0, delivered = 0, refused = 0,
  }
  push(run.heap, { at = options.from_ms or 0, step = "ask" })
  while run.heap[1] and run.heap[1].at < options.until_ms do
    local event = pop(run.heap)
    local now = event.at
    if options.stall and event.step ~= "arrive" then
      now = options.stall(now)
    end
    if now > event.at then
      event.at = now
      push(run.heap, event)
    else
      steps[event.step](run, now, event)
    end
  end
  local seconds = (options.until_ms - (options.from_ms or 0)) / 1000
  run.share = run.delivered / (50 * seconds)
  return run
end

return pacing
