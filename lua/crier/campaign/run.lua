--- Runs one campaign from its file, or from the store, to the end.
--
-- What needs no network is judged first (see `crier.campaign.prepare`). The
-- store is made, and people enter the ledger, only when the plan is complete
-- and confirmed.
-- @module crier.campaign.run
local dispatch = require "crier.campaign.dispatch"
local guard = require "crier.guard"
local ledger = require "crier.report.ledger"
local loop = require "crier.loop"
local plan = require "crier.campaign.plan"
local prepare = require "crier.campaign.prepare"
local retry = require "crier.retry"
local route = require "crier.campaign.route"
local sequel = require "crier.campaign.sequel"

local run = {}

local run_methods = {}
local run_mt = { __name = "crier.campaign.run", __index = run_methods }

local CONFIG = 78
-- A policy that asks for more would only hide a person for ever.
local LONGEST_DELAY_S = 7 * 24 * 3600
local INTERRUPTED = { name = "interrupted" }

-- A step returns true, or nil and what the run ends with.
local function refuse(exit, why, remedy)
  return nil, { exit = exit, why = why, remedy = remedy }
end

--- Prepares a run.
-- @tparam table options
-- @tparam ?string options.path of the script
-- @tparam ?string options.stored name of a campaign to go on with as stored
-- @tparam[opt="send"] string options.action `send`, `upgrade`, `uninstall`,
--   `amend` or `recall`; a stored campaign has its own
-- @tparam ?string options.parent name of the campaign to amend or recall
-- @tparam ?boolean options.lift go on although it is paused
-- @tparam ?table options.again `reasons` (a list, or nil for all): who failed for
--   them is sent to again
-- @tparam ?boolean options.update put new content in place
-- @tparam ?boolean options.create_store
-- @tparam ?table options.deed who does it, see `crier.journal.events`
-- @tparam table options.face what is told of the run: `began`, `reading`,
--   `confirm`, `started`, `log`
-- @tparam ?function options.getenv
-- @param options.transport see `crier.loop`
-- @param options.clock
-- @treturn crier.campaign.run
function run.new(options)
  return setmetatable({
    options = options,
    face = options.face,
    action = options.action or "send",
    loop = loop.new { transport = options.transport, clock = options.clock },
  }, run_mt)
end

function run_methods:find_app()
  if not route.needs_app(self.action, self.definition) then
    return true
  end
  local found, problem = plan.find_app(self.client)
  self.app = found
  return found and true, problem
end

local function confirmation(self, made)
  local known = self.action == "send" and plan.count_known(self.journal, {
    app = self.config.app,
    tenant = self.config.tenant,
    host = self.config.info.connector,
  }, self.stage, made) or 0
  local cold = made.recipients - known
  return {
    name = self.definition.name,
    action = self.action,
    tenant = self.config.tenant,
    app = self.config.app,
    store = self.store,
    is_new_store = self.is_new_store,
    targeted = made.targeted,
    recipients = made.recipients,
    kinds = made.kinds,
    excluded = made.excluded,
    installs = self.definition.install and cold or 0,
    seconds = route.seconds(self.action, self.definition, known, cold),
  }
end

function run_methods:confirm(question)
  if self.config.info.loopback then
    return true
  end
  return self.face:confirm(question)
end

-- The campaign's row, which says `planning` until its plan is complete.
function run_methods:add_campaign()
  local campaigns, now = self.journal.campaigns, math.floor(self.loop:now())
  self.planned.lane = self.lane.id
  local ok, message = self.journal:transaction(function()
    if self.campaign then
      return campaigns:set_content(self.campaign.id, self.planned)
    end
    return campaigns:add(self.planned, now)
  end)
  if not ok then
    return refuse(CONFIG, ("store %s: %s"):format(self.store, message))
  end
  self.campaign = campaigns:find(self.planned.name)
  campaigns:take(self.campaign.id, self.lane)
  return true
end

function run_methods:make_plan()
  if self.way == "go on" then
    return true
  elseif self.parent then
    return sequel.plan(self)
  end
  if self.journal and self.way == "plan" then
    local ok, problem = self:add_campaign()
    if not ok then
      return nil, problem
    end
  end
  local made, problem = plan.read {
    definition = self.definition,
    action = self.action,
    app = self.config.app,
    tenant = self.config.tenant,
    journal = self.journal,
    campaign = self.campaign,
    stage = self.stage,
    prepared = self.prepared,
    client = self.client,
    progress = function(count)
      self.face:reading(count)
    end,
  }
  if made then
    problem = plan.check(self.definition, made)
    if problem and self.way == "update" then
      problem.remedy = "what was planned before stays as it was"
    end
  end
  if not made or problem then
    return nil, problem
  end
  return self:write_plan(made)
end

function run_methods:write_plan(made)
  local ok, problem = self:confirm(confirmation(self, made))
  if ok and not self.journal then
    ok, problem = prepare.steps.open_store(self)
  end
  if ok and (self.way == "update" or not self.campaign) then
    ok, problem = self:add_campaign()
  end
  if not ok then
    return nil, problem
  end
  local message
  ok, message = plan.write({
    journal = self.journal,
    stage = self.stage,
    campaign = self.campaign,
    lane = self.lane,
    definition = self.definition,
    update = self.way == "update",
  }, made, math.floor(self.loop:now()))
  if not ok then
    return refuse(CONFIG, ("store %s: %s"):format(self.store, message))
  end
  return true
end

-- Who failed becomes pending again, once that is confirmed.
local function reopen(self)
  local ok, message = self.journal:transaction(function()
    local cold = route.first(self.action, self.definition)
    local done, problem, code = self.journal.targets:reopen(self.campaign.id,
      self.options.again.reasons, { cold = cold,
        warm = route.phases(self.action, self.definition)[1] },
      math.floor(self.loop:now()))
    if not done then
      return nil, problem, code
    end
    return self.journal.campaigns:reopen(self.campaign.id)
  end)
  if not ok then
    return refuse(CONFIG, ("store %s: %s"):format(self.store, message))
  end
  return true
end

-- On the way on from a run before: who must be reached still?
function run_methods:confirm_rest()
  if self.way ~= "go on" then
    return true
  end
  local ok, problem = self:ask_about_rest()
  if ok and self.options.again then
    return reopen(self)
  end
  return ok, problem
end

function run_methods:ask_about_rest()
  local counts = self.journal.targets:counts(self.campaign.id)
  local phases = self.journal.targets:phases(self.campaign.id)
  local again = self.options.again and self.journal.targets:count_failed(
    self.campaign.id, self.options.again.reasons) or 0
  local cold = counts.pending - (phases.send or 0) + again
  return self:confirm {
    name = self.campaign.name,
    action = self.action,
    tenant = self.config.tenant,
    app = self.config.app,
    store = self.store,
    targeted = counts.targeted,
    recipients = counts.pending + again,
    excluded = self.journal.targets:reasons(self.campaign.id, "excluded"),
    installs = phases.install or 0,
    seconds = route.seconds(self.action, self.definition,
      counts.pending + again - cold, cold),
  }
end

function run_methods:recover()
  local ok, message = self.journal.targets:recover(self.campaign.id,
    self.lane.fence, self.definition.on_unknown, math.floor(self.loop:now()))
  if ok then
    local campaigns = self.journal.campaigns
    campaigns:take(self.campaign.id, self.lane)
    local set = self.options.lift and campaigns.set_state
      or campaigns.set_state_if_running
    ok, message = set(campaigns, self.campaign.id, "running")
  end
  if ok and self.options.deed then
    ok, message = self.journal.events:begin(self.campaign.id,
      self.options.deed, math.floor(self.loop:now()))
    self.event = ok
  end
  if not ok then
    return refuse(CONFIG, ("store %s: %s"):format(self.store, message))
  end
  if self.stage then
    self.stage:close()
  end
  return true
end

-- Writes down how the dispatch ended; gives what the run ends with.
function run_methods:conclude(stop)
  local campaigns, id = self.journal.campaigns, self.campaign.id
  local now = math.floor(self.loop:now())
  -- What is still under way will not be heard of any more. Who may have got
  -- the message is not "cancelled", whatever `on_unknown` says.
  self.journal.targets:recover(id, self.lane.fence + 1,
    stop.state == "cancelled" and "report" or self.definition.on_unknown, now)
  if stop.state == "cancelled" then
    self.journal.targets:exclude_pending(id, "cancelled", now)
    campaigns:finish(id, "cancelled", 3, now)
  elseif stop.state == "paused" and stop.why then
    campaigns:set_state(id, "paused", stop.why)
  elseif stop.state ~= "finished" then
    campaigns:set_state_if_running(id, "stopped", stop.why)
  end
  local found = ledger.read(self.journal, campaigns:find(self.campaign.name))
  local ok, message = ledger.check(found)
  if ok and stop.state == "finished" and found.pending > 0 then
    ok, message = nil, ("%d people were left over"):format(found.pending)
  end
  if not ok then
    campaigns:set_state_if_running(id, "stopped", message)
    return { exit = 1, why = message, remedy = "keep the store, and report"
      .. " this as a bug" }
  end
  if stop.state == "finished" then
    campaigns:finish(id, "finished", ledger.exit_status(found), now)
    stop.exit = ledger.exit_status(found)
  end
  return stop
end

function run_methods:dispatch()
  self.work = dispatch.new {
    client = self.client,
    journal = self.journal,
    campaign = self.campaign,
    lane = self.lane,
    definition = self.definition,
    compose = self.compose,
    app = self.app,
    retry = run.safe_policy(self.definition.retry or retry.new()),
  }
  self.face:started(self.work)
  return nil, self:conclude(self.work:run())
end

--- Wraps a script's retry policy: whatever it does, a row is never lost.
-- @tparam function policy
-- @treturn function
function run.safe_policy(policy)
  return function(outcome, attempt)
    local ok, delay_s, reason = guard.call(policy, outcome, attempt)
    if not ok then
      return nil, "retry policy failed"
    elseif type(delay_s) ~= "number" or delay_s ~= delay_s
      or delay_s == math.huge then
      return nil, type(reason) == "string" and reason or outcome.reason
    end
    return math.min(math.max(delay_s, 0), LONGEST_DELAY_S)
  end
end

local REMOTE = { "find_app", "make_plan", "confirm_rest", "recover",
  "dispatch" }

local function take_steps(self, steps, order)
  for _, step in ipairs(order) do
    local ok, ending = steps[step](self)
    if not ok then
      return ending
    end
  end
end

-- A plan that was not completed leaves nothing behind.
local function clean_up(self)
  if self.journal and self.campaign and self.campaign.planned == 0 then
    self.journal.campaigns:remove_unplanned(self.campaign.id)
  end
  if self.stage then
    self.stage:close()
  end
end

--- Runs the campaign.
-- @treturn table `exit` (the contract's status), `why` and `remedy` (absent
--   when it finished), `ledger` (once there is one), `is_over` (it was
--   finished before)
function run_methods:go()
  local ending = take_steps(self, prepare.steps, prepare.order)
  if not ending then
    local ok, result = pcall(self.loop.run, self.loop, take_steps, self,
      run_methods, REMOTE)
    ending = result
    if not ok and result == INTERRUPTED then
      ending = { exit = 3, why = "interrupted before the plan was complete",
        remedy = "nothing was sent; run it again to go on" }
    elseif not ok then
      ending = { exit = 1, why = tostring(result) }
      if self.campaign then
        self.journal.campaigns:set_state_if_running(self.campaign.id,
          "stopped", ending.why)
      end
    end
  end
  clean_up(self)
  local row = self.journal and (self.campaign or ending.row)
    and self.journal.campaigns:find((self.campaign or ending.row).name)
  if row then
    ending.ledger = ledger.read(self.journal, row)
    self.journal.events:finish(self.event, ending, math.floor(self.loop:now()))
  end
  return ending
end

--- Asks the run to stop: the first time cleanly, the second time at once.
function run_methods:interrupt()
  if not self.work then
    self.loop:abort(INTERRUPTED)
  elseif self.work.stopping then
    self.work:hurry()
  else
    self.work:stop { exit = 3, state = "stopped", why = "stopped by a signal",
      remedy = "run it again to go on" }
  end
end

--- Closes store and stage.
function run_methods:close()
  if self.journal then
    self.journal:close()
  end
end

return run
