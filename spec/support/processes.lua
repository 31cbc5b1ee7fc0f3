-- Runs of campaigns side by side, as if each were a process of its own: each has its
-- loop, its journal and its locks; they share the store, the simulator and a virtual
-- clock. Any of them can be killed between two of its steps.
local transport = require "crier.simulator.transport"

local processes = {}

local processes_methods = {}
local processes_mt = { __index = processes_methods }

-- A transport that waits by handing over to the others.
local function shared(options)
  local inner = transport.new(options)
  local own = setmetatable({}, { __index = inner })
  function own.step(_, timeout_ms)
    local due = options.clock.now_ms() + (timeout_ms or math.huge)
    local first = inner.events:first()
    while first and first.at_ms <= due do
      coroutine.yield(first.at_ms)
      local completions = inner:step(0)
      if #completions > 0 then
        return completions, {}
      end
      first = inner.events:first()
    end
    coroutine.yield(due)
    return inner:step(0)
  end
  return own
end

--- Makes a place for processes.
-- @tparam table stage see `support.rehearsal`
function processes.new(stage)
  return setmetatable({ stage = stage, list = {} }, processes_mt)
end

--- Begins a run, or something else.
-- @tparam table|function options of `support.rehearsal`'s `run`: `path` or `stored`, …; or
--   what is called with a transport and the process, into which it puts its `run`, and
--   gives the ending
-- @tparam ?number after_ms from now
-- @treturn table process with `ending` once it is over
function processes_methods:start(options, after_ms)
  local stage = self.stage
  local process = { at_ms = stage.clock.now_ms() + (after_ms or 0), steps = 0,
    is_other = type(options) == "function" }
  process.thread = coroutine.create(function()
    local carrier = shared { simulator = stage.simulator, clock = stage.clock }
    if process.is_other then
      process.ending = options(carrier, process)
    else
      options.transport = carrier
      process.ending = stage:run(options)
    end
  end)
  self.list[#self.list + 1] = process
  return process
end

--- Kills a process: its locks are free, and what it had not committed is gone.
function processes_methods:kill(process)
  process.is_dead = true
  if process.run and process.run.journal then
    process.run.journal:close()
  end
end

local function next_of(self)
  local first
  for _, process in ipairs(self.list) do
    if not process.is_dead and (not first or process.at_ms < first.at_ms) then
      first = process
    end
  end
  return first
end

local function step(self, process)
  local clock = self.stage.clock
  clock.set(math.max(clock.now_ms(), process.at_ms))
  process.steps = process.steps + 1
  local ok, at_ms = coroutine.resume(process.thread)
  process.run = process.run or not process.is_other and self.stage.running
  if not ok then
    error(debug.traceback(process.thread, tostring(at_ms)), 0)
  end
  process.at_ms = at_ms
  process.is_dead = coroutine.status(process.thread) == "dead"
end

--- Runs until all are over, or until a function says so.
-- @tparam ?function is_enough called before each step with the process whose turn it
--   is
function processes_methods:go(is_enough)
  for _ = 1, 1000000 do
    local process = next_of(self)
    if not process or is_enough and is_enough(process) then
      return
    end
    if not process.is_dead then
      step(self, process)
    end
  end
  error "the processes do not come to an end"
end

return processes
