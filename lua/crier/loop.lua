--- One clock, timers, coroutines and a transport: the only place that waits.
--
-- Callbacks given to `submit` and `at` run inside `step`, on the main thread
-- of execution; tasks started by `spawn` are coroutines, which wait by
-- `fetch`, `sleep` and `park`. Nothing else in crier reads the time.
-- @module crier.loop
local heap = require "crier.heap"

local loop = {}

local loop_methods = {}
local loop_mt = { __name = "crier.loop", __index = loop_methods }

local LONGEST_STEP_MS = 1000

--- Creates a loop.
-- @tparam table options
-- @param options.transport anything with `submit(self, request)` and
--   `step(self, timeout_ms, fds)`, such as `crier.core`'s transport; and perhaps
--   `longest_step_ms`, default 1000
-- @param options.clock anything with `now_ms()`, milliseconds since 1970
-- @treturn crier.loop
function loop.new(options)
  return setmetatable({
    transport = options.transport,
    clock = options.clock,
    longest_step_ms = options.transport and options.transport.longest_step_ms
      or LONGEST_STEP_MS,
    waiting = {}, -- ticket -> callback
    contexts = {}, -- ticket -> what the callback is given first
    in_flight = 0,
    timers = heap.new(),
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

--- Calls a function at a time.
-- @tparam number at_ms when, milliseconds since 1970; the past means at once
-- @tparam function callback called without arguments from `step`
-- @treturn table a timer; set its field `cancelled` to keep it from firing
function loop_methods:at(at_ms, callback)
  local timer = { at_ms = at_ms, callback = callback }
  self.timers:push(timer)
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
-- @tparam function on_done called with `(context, response)`, from `step`
-- @param context anything but nil
-- @treturn[1] integer ticket
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code
function loop_methods:submit(request, on_done, context)
  local ticket, message, code = self.transport:submit(request)
  if not ticket then
    return nil, message, code
  end
  self.waiting[ticket] = on_done
  self.contexts[ticket] = context
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

-- A task has at most one timer that counts: one that fires too early is set
-- anew, so that parking again and again costs no timer each time.
local function set_alarm(self, task, at_ms)
  if not task.alarm_ms or task.alarm_ms > at_ms then
    task.alarm_ms = at_ms
    self.timers:push { at_ms = at_ms, task = task }
  end
end

local function ring(self, timer, now)
  local task = timer.task
  if task.alarm_ms ~= timer.at_ms then
    return
  end
  task.alarm_ms = nil
  if task.parked and task.until_ms then
    if task.until_ms <= now then
      self:unpark(task)
    else
      set_alarm(self, task, task.until_ms)
    end
  end
end

--- Waits, inside a task, until `unpark` or a time.
-- @tparam ?number until_ms nil waits for `unpark` alone
-- @return the value given to `unpark`; nil when the time came first
function loop_methods:park(until_ms)
  local task = self:task_to_wait_in()
  task.parked, task.until_ms = true, until_ms
  if until_ms then
    set_alarm(self, task, until_ms)
  end
  return coroutine.yield()
end

--- The running task, for a later `unpark`; nil outside of one.
function loop_methods:task()
  return self.current
end

--- The running task.
-- @tparam[opt=3] integer level whose line an error names
-- @treturn table
-- @raise where nothing can wait: outside of a task, and in a coroutine that is
--   not the loop's
function loop_methods:task_to_wait_in(level)
  local task = self.current
  if not task or coroutine.running() ~= task.thread then
    error("this call waits: make it inside crier.run(function() … end), and in"
      .. " no coroutine of its own", level or 3)
  end
  return task
end

--- Waits inside a task.
-- @tparam number ms how long, milliseconds
function loop_methods:sleep(ms)
  self:task_to_wait_in()
  self:park(self:now() + ms)
end

--- Sends a request and waits, inside a task, for the response.
-- @tparam table request
-- @treturn[1] table response
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code
function loop_methods:fetch(request)
  local task = self:task_to_wait_in()
  local ticket, message, code = self:submit(request, function(waiter, response)
    self:unpark(waiter, response)
  end, task)
  if not ticket then
    return nil, message, code
  end
  return self:park()
end

--- Runs a function in several tasks, and waits, inside a task, until all have returned.
-- @tparam integer count of tasks
-- @tparam function work may wait; what it raises, `run` raises
function loop_methods:together(count, work)
  local task, running = self:task_to_wait_in(), count
  for _ = 1, count do
    self:spawn(function()
      work()
      running = running - 1
      self:unpark(task)
    end)
  end
  while running > 0 do
    self:park()
  end
end

local function run_ready(self)
  local ready = self.ready
  if #ready == 0 then
    return
  end
  self.ready = {}
  for i = 1, #ready do
    self.current = ready[i].task
    resume(self, ready[i].task, ready[i].value)
    self.current = nil
  end
end

local function run_timers(self)
  local timers, now = self.timers, self:now()
  local timer = timers:first()
  while timer and (timer.cancelled or timer.at_ms <= now) do
    timers:pop()
    if timer.task then
      ring(self, timer, now)
    elseif not timer.cancelled then
      timer.callback()
    end
    timer = timers:first()
  end
end

local function deliver(self, completions)
  for i = 1, #completions do
    local completion = completions[i]
    local ticket = completion.ticket
    local on_done, context = self.waiting[ticket], self.contexts[ticket]
    self.waiting[ticket], self.contexts[ticket] = nil, nil
    self.in_flight = self.in_flight - 1
    if on_done then
      on_done(context, completion.response)
    end
  end
end

local function run_watches(self, readable)
  for _, fd in ipairs(self.fds) do
    if readable[fd] and self.watched[fd] then
      self.watched[fd]()
    end
  end
end

--- One turn: waits for the first of a completion, a descriptor, a timer or
-- `most_ms`, then runs what became due.
-- @tparam ?number most_ms the longest wait, milliseconds; default: the transport's
function loop_methods:step(most_ms)
  local wait_ms = #self.ready > 0 and 0 or most_ms or self.longest_step_ms
  local timer = self.timers:first()
  if timer then
    wait_ms = math.min(wait_ms, timer.at_ms - self:now())
  end
  local completions, readable =
    self.transport:step(math.max(wait_ms, 0), self.fds)
  if not completions then
    error(readable, 0)
  end
  deliver(self, completions)
  if readable then
    run_watches(self, readable)
  end
  run_timers(self)
  run_ready(self)
end

--- What the event loop of a host waits for before it calls `turn`: crier as a guest, in
-- a program that has a loop already.
-- @treturn {integer,...} descriptors, until one can be read
-- @treturn {integer,...} descriptors, until one can be written
-- @treturn number milliseconds, at most 1000
function loop_methods:waits()
  local reads, writes, most_ms = self.transport:wants()
  if not reads then
    error(writes, 0)
  end
  for _, fd in ipairs(self.fds) do
    reads[#reads + 1] = fd
  end
  most_ms = math.min(most_ms or LONGEST_STEP_MS, LONGEST_STEP_MS)
  local timer = self.timers:first()
  if #self.ready > 0 then
    most_ms = 0
  elseif timer then
    most_ms = math.max(math.min(most_ms, timer.at_ms - self:now()), 0)
  end
  return reads, writes, most_ms
end

--- One turn without waiting, for the event loop of a host: see `waits`.
-- @raise what a task raised
function loop_methods:turn()
  self:step(0)
  local failure = self.failure
  if failure then
    self.failure = nil
    error(failure.error, 0)
  end
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
