--- One clock, timers, coroutines and a transport: the only place that waits.
--
-- Callbacks given to `submit` and `at` run inside `step`, on the main thread
-- of execution; tasks started by `spawn` are coroutines, which wait by
-- `fetch`, `sleep` and `park`. Nothing else in crier reads the time.
-- @module crier.loop
local loop = {}

local loop_methods = {}
local loop_mt = { __name = "crier.loop", __index = loop_methods }

local LONGEST_STEP_MS = 1000

--- Creates a loop.
-- @tparam table options
-- @param options.transport anything with `submit(self, request)` and
--   `step(self, timeout_ms, fds)`, such as `crier.core`'s transport
-- @param options.clock anything with `now_ms()`, milliseconds since 1970
-- @treturn crier.loop
function loop.new(options)
  return setmetatable({
    transport = options.transport,
    clock = options.clock,
    waiting = {}, -- ticket -> callback
    in_flight = 0,
    timers = {}, -- a binary heap by `at_ms`, then by order of creation
    timer_count = 0,
    ready = {}, -- tasks to resume in this turn
    watched = {}, -- descriptor -> callback
    fds = {},
  }, loop_mt)
end

--- The time, as everything in this loop sees it.
-- @treturn number milliseconds since 1970; never goes back
function loop_methods:now()
  return self.clock.now_ms()
end

local function before(a, b)
  if a.at_ms ~= b.at_ms then
    return a.at_ms < b.at_ms
  end
  return a.order < b.order
end

local function push(heap, timer)
  local i = #heap + 1
  heap[i] = timer
  while i > 1 do
    local parent = (i - i % 2) / 2
    if not before(heap[i], heap[parent]) then
      break
    end
    heap[i], heap[parent] = heap[parent], heap[i]
    i = parent
  end
end

local function pop(heap)
  local first, last = heap[1], table.remove(heap)
  if first == last then
    return first
  end
  heap[1] = last
  local i, count = 1, #heap
  while true do
    local least = i
    for child = 2 * i, 2 * i + 1 do
      if child <= count and before(heap[child], heap[least]) then
        least = child
      end
    end
    if least == i then
      return first
    end
    heap[i], heap[least] = heap[least], heap[i]
    i = least
  end
end

--- Calls a function at a time.
-- @tparam number at_ms when, milliseconds since 1970; the past means at once
-- @tparam function callback called without arguments from `step`
-- @treturn table a timer; set its field `cancelled` to keep it from firing
function loop_methods:at(at_ms, callback)
  self.timer_count = self.timer_count + 1
  local timer =
    { at_ms = at_ms, order = self.timer_count, callback = callback }
  push(self.timers, timer)
  return timer
end

--- Calls a function whenever a descriptor can be read.
-- @tparam integer fd descriptor
-- @tparam ?function callback nil ends the watch
function loop_methods:watch(fd, callback)
  self.watched[fd] = callback
  self.fds = {}
  for watched in pairs(self.watched) do
    self.fds[#self.fds + 1] = watched
  end
end

--- Hands a request to the transport.
-- @tparam table request see `crier.core`
-- @tparam function on_done called with the response table, from `step`
-- @treturn[1] integer ticket
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code
function loop_methods:submit(request, on_done)
  local ticket, message, code = self.transport:submit(request)
  if not ticket then
    return nil, message, code
  end
  self.waiting[ticket] = on_done
  self.in_flight = self.in_flight + 1
  return ticket
end

local function resume(self, task, ...)
  local ok, message = coroutine.resume(task.thread, ...)
  if not ok then
    self.failure = self.failure
      or { error = message, traceback = debug.traceback(task.thread, tostring(message)) }
  end
  task.ended = coroutine.status(task.thread) == "dead"
end

--- Starts a task: a coroutine that may call `fetch`, `sleep` and `park`.
-- An error in it is raised again by `run`.
-- @tparam function fn
-- @param ... its arguments
-- @treturn table the task; its field `ended` tells whether it has returned
function loop_methods:spawn(fn, ...)
  local task = { thread = coroutine.create(fn), ended = false }
  local caller = self.current
  self.current = task
  resume(self, task, ...)
  self.current = caller
  return task
end

--- Makes a parked task run again, with the given value as `park`'s result.
-- Harmless when the task is not parked.
-- @tparam table task
-- @param value
function loop_methods:unpark(task, value)
  if task.parked then
    task.parked = false
    self.ready[#self.ready + 1] = { task = task, value = value }
  end
end

--- Waits, inside a task, until `unpark` or a time.
-- @tparam ?number until_ms nil waits for `unpark` alone
-- @return the value given to `unpark`; nil when the time came first
function loop_methods:park(until_ms)
  local task = self.current
  if not task then
    error("this call waits: make it inside crier.run(function() … end)", 3)
  end
  local timer
  if until_ms then
    timer = self:at(until_ms, function()
      self:unpark(task)
    end)
  end
  task.parked = true
  local value = coroutine.yield()
  if timer then
    timer.cancelled = true
  end
  return value
end

--- The running task, for a later `unpark`; nil outside of one.
function loop_methods:task()
  return self.current
end

--- Waits inside a task.
-- @tparam number ms how long, milliseconds
function loop_methods:sleep(ms)
  self:park(self:now() + ms)
end

--- Sends a request and waits, inside a task, for the response.
-- @tparam table request
-- @treturn[1] table response
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code
function loop_methods:fetch(request)
  local task = self.current
  local ticket, message, code = self:submit(request, function(response)
    self:unpark(task, response)
  end)
  if not ticket then
    return nil, message, code
  end
  return self:park()
end

local function run_ready(self)
  local ready = self.ready
  self.ready = {}
  for i = 1, #ready do
    self.current = ready[i].task
    resume(self, ready[i].task, ready[i].value)
    self.current = nil
  end
end

local function run_timers(self)
  local timers, now = self.timers, self:now()
  while timers[1] and (timers[1].cancelled or timers[1].at_ms <= now) do
    local timer = pop(timers)
    if not timer.cancelled then
      timer.callback()
    end
  end
end

local function deliver(self, completions)
  for i = 1, #completions do
    local completion = completions[i]
    local on_done = self.waiting[completion.ticket]
    self.waiting[completion.ticket] = nil
    self.in_flight = self.in_flight - 1
    if on_done then
      on_done(completion.response)
    end
  end
end

--- One turn: waits for the first of a completion, a descriptor, a timer or
-- `most_ms`, then runs what became due.
-- @tparam ?number most_ms the longest wait, milliseconds; default 1000
function loop_methods:step(most_ms)
  local wait_ms = #self.ready > 0 and 0 or most_ms or LONGEST_STEP_MS
  while self.timers[1] and self.timers[1].cancelled do
    pop(self.timers)
  end
  if self.timers[1] then
    wait_ms = math.min(wait_ms, self.timers[1].at_ms - self:now())
  end
  local completions, readable =
    self.transport:step(math.max(wait_ms, 0), self.fds)
  deliver(self, completions)
  for fd, callback in pairs(readable and self.watched or {}) do
    if readable[fd] then
      callback()
    end
  end
  run_timers(self)
  run_ready(self)
end

--- Ends `run` from a callback, with an error value of its own.
-- @param value what `run` raises
function loop_methods:abort(value)
  self.failure = self.failure or { error = value }
end

--- Runs a function as a task, turning the loop until it has ended.
-- @tparam function fn
-- @param ... its arguments
-- @return what `fn` returned
-- @raise what `fn`, or a task that it spawned, raised
function loop_methods:run(fn, ...)
  local results
  local function keep(...)
    results = { n = select("#", ...), ... }
  end
  local task = self:spawn(function(...)
    keep(fn(...))
  end, ...)
  while not task.ended and not self.failure do
    self:step()
  end
  if self.failure then
    local failure = self.failure
    self.failure = nil
    error(failure.error, 0)
  end
  return (table.unpack or unpack)(results, 1, results.n) -- luacheck: ignore 113 143
end

return loop
