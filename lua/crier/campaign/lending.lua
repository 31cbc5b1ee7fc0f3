--- A lane that is let go and taken again: one process at a time sends for an app and
-- tenant, and what is urgent, or due, goes before what has time.
--
-- An urgent run that finds the lane held asks for it by a flag that its death would
-- lower. Who holds the lane sees it, awaits what is in flight, lets the lane go, and
-- takes it again, with a new fence, when nobody asks. A campaign that waits for its
-- hour, or for its canary, lets the lane go as well. Whatever dies meanwhile has nothing under way.
-- Campaigns of one host share its lane: the host lets it go once none of them needs it.
-- @module crier.campaign.lending
local prepare = require "crier.campaign.prepare"
local stage = require "crier.campaign.stage"
local wait = require "crier.campaign.wait"
local watch = require "crier.campaign.watch"

local lending = {}

-- How often the lane is tried.
local TRY_MS = 250
-- A lane is taken again so long before it is needed.
local LEAD_MS = 2000
-- A holder that does not let go within this time never will: it is no run of a
-- campaign. What is in flight is answered, or timed out, before.
local LONGEST_ASK_MS = 120000
-- As long as the longest short window of the budgets.
local REST_MS = 30000

-- Until when a service has asked to be left alone.
local function paused_until(client)
  return math.max(client:paused_until "send", client:paused_until "install")
end

--- Lets a lane go, and notes for who has it next until when the services ask to be left
-- alone.
-- @tparam table holder `journal`, `lane`, `client`
function lending.let_go(holder)
  local lanes, lane = holder.journal.lanes, holder.lane
  lanes:pause(lane, paused_until(holder.client))
  lanes:release(lane)
end

--- Takes a lane again, with its budgets as they are by now.
-- @tparam table holder `journal`, `lane`, `client`, `loop`
-- @tparam ?string said see `crier.journal.lanes`
-- @treturn boolean true; or nil, message, code, who holds it
function lending.take(holder, said)
  local lanes, lane = holder.journal.lanes, holder.lane
  local ok, message, code, who = lanes:retake(lane, said)
  if not ok then
    return nil, message, code, who
  end
  local last = lanes:last_call(lane)
  holder.client:renew(not last or holder.loop:now() - last > REST_MS, lane.paused_until)
  return true
end

-- The same for a run or its dispatch, whose lane may be its host's.
local function take_back(self)
  if not self.host then
    return lending.take(self)
  end
  local ok, message, code, who = self.host:hold(self)
  if ok then
    self.client:share(self.host.client)
  end
  return ok, message, code, who
end

--- Whether a dispatch is to let its lane go: somebody asks, or its time is far off.
-- @tparam crier.dispatch work
-- @treturn ?table `until_ms` where that is known
function lending.reason(work)
  if not work.lends or work.stopping then
    return nil
  end
  local until_ms = work.schedule and work.waits_until or work.canary and work.canary.until_ms
  if until_ms and paused_until(work.client) <= work:now() then
    return { until_ms = until_ms }
  elseif work.is_urgent or work:now() < (work.next_ask or 0) then
    return nil
  end
  work.next_ask = work:now() + TRY_MS
  return work.journal.lanes:asked_by(work.lane.id) and {} or nil
end

-- Says what is waited for, and looks whether the lane can be taken.
local function try(work, leave)
  local lanes, lane, now = work.journal.lanes, work.lane, work:now()
  if leave.until_ms and now < leave.until_ms - LEAD_MS then
    return false, math.min(leave.until_ms - LEAD_MS, now + wait.SELDOM_MS)
  end
  if work.is_urgent then
    lanes:ask(lane.id, work.campaign.name)
  else
    local who = lanes:asked_by(lane.id)
    if who then
      work:wait_for("waits for urgent " .. who)
      return false
    end
  end
  local ok, message, code, holder = take_back(work)
  if ok then
    return true
  elseif code ~= "HELD" then
    if work.on_trouble then
      work.on_trouble { event = "store failed", problem = message }
      return false
    end
    return nil, message
  end
  work:wait_for("waits for " .. holder .. ", which sends for this app and tenant")
  return false
end

-- Everything that was known while the lane was held is read anew.
local function begin_anew(work)
  local id = work.campaign.id
  work.journal.campaigns:take(id, work.lane)
  for _, phase in ipairs(work.phases) do
    work.stages[phase] = stage.new(phase, work)
  end
  work.counts = work.journal.targets:counts(id)
  work.waits_until, work.next_look = nil, 0
  if work.canary then
    work.canary.until_ms = nil
  end
  if work.beside then
    work.beside:go_on()
  end
  return work:wait_for(nil)
end

--- Lets the lane go, and comes back with it, or with a stop. Call inside the
-- dispatch's task, when nothing is under way and all is written.
-- @tparam crier.dispatch work
-- @tparam table leave from `reason`
-- @treturn boolean true; or nil, message, code
function lending.leave(work, leave)
  local lanes, id = work.journal.lanes, work.campaign.id
  if work.beside then
    work.beside:rest()
  end
  lanes:queue(id)
  if work.is_urgent then
    lanes:unask(work.lane.id)
  end
  if work.host then
    work.host:spare(work)
  else
    lending.let_go(work)
  end
  local has_lane, at_ms
  while not work.stopping do
    has_lane, at_ms = try(work, leave)
    if has_lane ~= false then
      break
    end
    work.loop:park(at_ms or work.loop:now() + TRY_MS)
    watch.look(work)
  end
  local ok, message, code = true, nil, nil
  if has_lane then
    ok, message, code = begin_anew(work)
  elseif has_lane == nil and not work.stopping then
    ok, message = nil, at_ms
  end
  lanes:leave_queue(id)
  return ok, message, code
end

-- A run that plans, or asks a person, lets the lane go when somebody asks.
local function watch_run(run)
  if run.work then
    return
  end
  local lanes, lane = run.journal and run.journal.lanes, run.lane
  if lane and lanes:holds(lane) and not run.definition.urgent
    and lanes:asked_by(lane.id) then
    lending.let_go(run)
  end
  run.loop:at(run.loop:now() + TRY_MS, function() watch_run(run) end)
end

--- A step: an urgent run takes the lane from who holds it, and so does any from who has
-- it for single messages alone; any other begins to watch for such.
-- @tparam crier.campaign.run run
-- @treturn boolean true; or nil and what the run ends with
function lending.begin(run)
  if run.host then
    return true
  elseif not run.held then
    if run.definition.urgent and run.lane then
      run.journal.lanes:ask(run.lane.id, run.definition.name)
    end
    watch_run(run)
    return true
  end
  local lanes, started = run.journal.lanes, run.loop:now()
  local lane = lanes:find(run.config.app, run.config.tenant)
  while true do
    if not lanes:ask(lane.id, run.definition.name) then
      started = run.loop:now() -- another urgent one is before us
    end
    local ok, refusal = prepare.take_lane(run)
    if not ok then
      return nil, refusal
    elseif run.lane then
      break
    elseif run.loop:now() - started > LONGEST_ASK_MS then
      return nil, { exit = 78, why = run.held }
    end
    run.loop:park(run.loop:now() + TRY_MS)
  end
  run.held = nil
  if not run.definition.urgent then
    lanes:unask(lane.id)
    watch_run(run)
  end
  run.client:renew(false, run.lane.paused_until)
  return prepare.steps.admit(run)
end

--- Takes the lane again that was let go during the plan. Call inside a task.
-- @tparam crier.campaign.run run
-- @treturn boolean true; or nil and what the run ends with
function lending.return_lane(run)
  local lanes, lane = run.journal.lanes, run.lane
  while not lanes:holds(lane) do
    local ok, message, code
    if not lanes:asked_by(lane.id) then
      ok, message, code = take_back(run)
    end
    if not ok and message and code ~= "HELD" then
      return nil, { exit = 78, why = ("store %s: %s"):format(run.store, message) }
    elseif not ok then
      run.loop:park(run.loop:now() + TRY_MS)
    end
  end
  return true
end

return lending
