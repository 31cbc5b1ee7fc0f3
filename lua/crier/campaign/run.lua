--- Runs one campaign from its file, or from the store, to the end.
--
-- What needs no network is judged first (see `crier.campaign.prepare`). The
-- store is made, and people enter the ledger, only when the plan is complete
-- and confirmed.
-- @module crier.campaign.run
local admission = require "crier.campaign.admission"
local approval = require "crier.campaign.approval"
local aside = require "crier.campaign.aside"
local dispatch = require "crier.campaign.dispatch"
local ending = require "crier.campaign.ending"
local journal = require "crier.journal"
local ledger = require "crier.campaign.ledger"
local lending = require "crier.campaign.lending"
local loop = require "crier.loop"
local permit = require "crier.campaign.permit"
local plan = require "crier.campaign.plan"
local prepare = require "crier.campaign.prepare"
local question = require "crier.campaign.question"
local retry_policy = require "crier.campaign.retry_policy"
local route = require "crier.campaign.route"
local sequel = require "crier.campaign.sequel"
local standing = require "crier.campaign.standing"
local start = require "crier.campaign.start"
local steps = require "crier.campaign.steps"

local run = {}

local run_methods = {}
local run_mt = { __name = "crier.campaign.run", __index = run_methods }

local CONFIG = 78

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
-- @tparam ?table options.test `to` (a list of people) and, where the message is made
--   with another one's data, `as`: a test of the script's campaign
-- @tparam ?boolean options.update put new content in place
-- @tparam ?boolean options.create_store
-- @tparam ?boolean options.is_served a worker does it, and goes on after a restart
-- @tparam ?table options.deed who does it, see `crier.journal.events`
-- @tparam ?table options.planned the deed of who had planned what is carried out, where
--   that may be somebody else
-- @tparam table options.face what is told of the run: `began`, `reading`,
--   `confirm`, `started`, `log`
-- @tparam ?crier.metrics options.metrics
-- @tparam ?function options.getenv
-- @tparam ?table options.host of a process that carries out several campaigns: its
--   `loop`, `journal`, `lane` (held), `client`, and `hold` and `spare` (see
--   `crier.worker`); without one, the run makes its own
-- @param options.transport see `crier.loop`; of a run without a host
-- @param options.clock of a run without a host
-- @treturn crier.campaign.run
function run.new(options)
  return setmetatable({
    options = options,
    face = options.face,
    action = options.action or "send",
    host = options.host,
    loop = options.host and options.host.loop
      or loop.new { transport = options.transport, clock = options.clock },
  }, run_mt)
end

run_methods.find_app = steps.find_app
run_methods.check_approval = approval.check

function run_methods:confirm(asked)
  local problem = permit.size(self, asked.recipients)
  if problem then
    return nil, problem
  elseif self.config.info.loopback then
    return true
  end
  return self.face:confirm(asked)
end

-- The campaign's row, which says `planning` until its plan is complete.
function run_methods:add_campaign()
  local campaigns, now = self.journal.campaigns, math.floor(self.loop:now())
  self.planned.lane = self.lane.id
  local ok, message = self.journal:transaction(function()
    local done, problem, code = true, nil, nil
    if self.campaign and self.campaign.aside then
      done, problem, code = aside.pause(self, self.campaign.aside)
    end
    if not done then
      return nil, problem, code
    elseif self.campaign then
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
  local made, problem = steps.read(self)
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
  self.warnings = made.warnings
  local ok, problem = self:confirm(question.of_plan(self, made))
  if ok and not self.journal then
    ok, problem = prepare.steps.open_store(self)
    if ok and self.held then
      return refuse(CONFIG, self.held)
    end
  end
  if ok then
    ok, problem = self:return_lane()
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
    schedule = self.schedule,
    update = self.way == "update",
  }, made, math.floor(self.loop:now()))
  if not ok then
    return refuse(CONFIG, ("store %s: %s"):format(self.store, message))
  end
  return true
end

local function note(self, deed)
  return self.journal.events:begin(self.campaign.id, deed, math.floor(self.loop:now()))
end

-- New content lifts no pause.
function run_methods:stay_paused()
  if self.way ~= "update" or self.options.lift then
    return true
  end
  local row = self.journal.campaigns:find(self.campaign.name)
  local stays = admission.stays(row, self.journal.targets:counts(row.id))
  if stays and self.options.deed then
    self.event = note(self, self.options.deed)
  end
  return not stays, stays
end

-- Who failed becomes pending again, once that is confirmed; in a paused campaign nobody
-- else is sent to.
local function reopen(self)
  local ok, message = self.journal:transaction(function()
    local put, trouble, kind = true, nil, nil
    if self.campaign.state == "paused" then
      put, trouble, kind = self.journal.asides:put(self.campaign)
    end
    if not put then
      return nil, trouble, kind
    end
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
  local ok, problem = self:confirm(question.of_rest(self))
  if ok then
    ok, problem = self:return_lane()
  end
  if ok and self.options.again then
    return reopen(self)
  end
  return ok, problem
end

local function lift(self)
  local row = self.campaign
  row.lifted_at = math.floor(self.loop:now())
  return self.journal:transaction(function()
    local ok, message, code = true, nil, nil
    if row.aside and not aside.holds(self) then
      ok, message, code = self.journal.asides:take_back(row)
    end
    if not ok then
      return nil, message, code
    end
    return self.journal.campaigns:lift(row.id, row.lifted_at)
  end)
end

function run_methods:recover()
  local ok, message, code = self.journal.targets:recover(self.campaign.id,
    self.lane.fence, self.definition.on_unknown, math.floor(self.loop:now()))
  if ok then
    local campaigns = self.journal.campaigns
    campaigns:take(self.campaign.id, self.lane)
    if self.options.is_served then
      campaigns:set_served(self.campaign.id, true)
    end
    if self.options.lift then
      ok, message, code = lift(self)
    else
      ok, message, code = campaigns:set_state_if_running(self.campaign.id, "running")
    end
  end
  if ok and self.options.planned then
    ok, message, code = note(self, self.options.planned)
    self.journal.events:finish(ok, { exit = 0 }, math.floor(self.loop:now()))
  end
  if ok and self.options.deed then
    ok, message, code = note(self, self.options.deed)
    self.event = ok
  end
  if not ok then
    return nil, { exit = CONFIG, is_passing = journal.is_passing(code),
      why = ("store %s: %s"):format(self.store, message) }
  end
  if self.stage then
    self.stage:close()
  end
  return true
end

-- Metrics begin and end with what the store says; in between each row is noted.
local function count_ledger(self)
  if self.options.metrics and self.campaign then
    self.options.metrics:ledger(self.campaign.name,
      self.journal.targets:states(self.campaign.id))
  end
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
    schedule = self.schedule,
    lends = true,
    host = self.host,
    on_trouble = self.host and self.host.log,
    retry = retry_policy.new(self.definition),
  }
  count_ledger(self)
  self.face:started(self.work)
  if self.host then
    return nil, ending.write(self, self.work:run())
  end
  local stop = standing.beside(self.work, self)
  return nil, ending.write(self, stop)
end

run_methods.check_start = start.check
run_methods.begin_lane = lending.begin
run_methods.return_lane = lending.return_lane

local REMOTE = { "check_start", "begin_lane", "find_app", "make_plan", "stay_paused",
  "confirm_rest", "return_lane", "recover", "check_approval", "dispatch" }

-- A plan that was not completed leaves nothing behind.
local function clean_up(self)
  if self.journal and self.campaign and self.campaign.planned == 0 then
    self.journal.campaigns:remove_unplanned(self.campaign.id)
  end
  if self.stage then
    self.stage:close()
  end
end

--- Runs the campaign; with a host, call it inside a task.
-- @treturn table `exit` (the contract's status), `why` and `remedy` (absent
--   when it finished), `ledger` (once there is one), `is_over` (it was
--   finished before), `is_passing` (the store took nothing just now)
function run_methods:go()
  local ended, is_error = steps.go(self, run_methods, REMOTE)
  if is_error and self.campaign then
    self.journal.campaigns:set_state_if_running(self.campaign.id, "stopped", ended.why)
  end
  clean_up(self)
  local row = self.journal and (self.campaign or ended.row)
    and self.journal.campaigns:find((self.campaign or ended.row).name)
  if row then
    count_ledger(self)
    ended.ledger = ledger.read(self.journal, row)
    self.journal.events:finish(self.event, ended, math.floor(self.loop:now()))
  end
  return ended
end

--- Asks the run to stop: the first time cleanly, the second time at once.
function run_methods:interrupt()
  if not self.work then
    steps.interrupt(self)
  elseif self.work.stopping then
    self.work:hurry()
  else
    self.work:stop { exit = 3, state = "stopped", why = "stopped by a signal",
      remedy = "run it again to go on" }
  end
end

--- Closes the store, unless it is the host's.
function run_methods:close()
  if self.journal and not self.host then
    self.journal:close()
  end
end

return run
