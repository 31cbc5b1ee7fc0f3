--- What a run would do, found out without doing it: nothing is sent, and nothing in
-- the store is changed.
--
-- It takes the same steps as a run until people would enter the ledger; then it asks
-- who has the app, makes everybody's message, and looks at the addresses in it.
-- @module crier.campaign.forecast
local admission = require "crier.campaign.admission"
local approval = require "crier.campaign.approval"
local credential = require "crier.credential"
local installs = require "crier.campaign.installs"
local loop = require "crier.loop"
local outset = require "crier.campaign.outset"
local permit = require "crier.campaign.permit"
local plan = require "crier.campaign.plan"
local proof = require "crier.campaign.proof"
local question = require "crier.campaign.question"
local reach = require "crier.campaign.reach"
local reasons = require "crier.campaign.reasons"
local route = require "crier.campaign.route"
local schedule = require "crier.campaign.schedule"
local start = require "crier.campaign.start"
local steps = require "crier.campaign.steps"
local text = require "crier.format.text"
local time = require "crier.format.time"
local timetable = require "crier.campaign.timetable"

local forecast = {}

local forecast_methods = {}
local forecast_mt = { __name = "crier.forecast", __index = forecast_methods }

local PAGE = 500
local USAGE, DATA, STOPPED, CONFIG = 64, 65, 3, 78
local METHODS = { "describe", "find_app", "read", "permit", "judge", "count_installs",
  "make_messages", "check_links" }

--- Prepares one.
-- @tparam table options
-- @tparam string options.path of the script
-- @tparam ?boolean options.update as of a run
-- @tparam ?boolean options.check_installed ask for everybody whether they have the app
-- @tparam ?boolean options.skips_links do not ask whether addresses answer
-- @tparam table options.face `began`, `reading`, `is_interactive`, `log`, and
--   `agree(self, said)`, which asks a person
-- @tparam ?table options.host see `crier.campaign.run`
-- @tparam ?function options.getenv
-- @param options.transport see `crier.loop`
-- @param options.clock
-- @treturn crier.forecast
function forecast.new(options)
  options.looks = true
  return setmetatable({
    options = options,
    face = options.face,
    action = "send",
    found = { warnings = {} },
    host = options.host,
    loop = options.host and options.host.loop
      or loop.new { transport = options.transport, clock = options.clock },
  }, forecast_mt)
end

local function warn(self, said)
  table.insert(self.found.warnings, said)
end

-- What stops a run does not always stop the plan: the first problem counts.
local function note(self, problem)
  self.problem = self.problem or problem
end

--- What it is doing just now.
-- @treturn ?string nil while it reads the audience
function forecast_methods:doing()
  return self.said
end

-- Lets timers and signals have their turn.
local function breathe(self, said)
  self.said = said
  self.loop:sleep(0)
end

-- Nobody is asked here whether a start that was missed is still meant.
local function check_start(self)
  if not self.schedule or self.schedule.missed ~= "ask" then
    local _, problem = start.check(self)
    note(self, problem)
  end
end

function forecast_methods:describe()
  outset.describe(self)
  for _, warning in ipairs(reasons.warnings(self.definition)) do
    warn(self, warning)
  end
  note(self, outset.refusal(self))
  note(self, self.way == "update" and admission.stays(self.campaign,
    self.journal.targets:counts(self.campaign.id)) or nil)
  check_start(self)
  return true
end

function forecast_methods:find_app()
  if not self.options.check_installed and not route.needs_app(self.action, self.definition) then
    return true
  elseif not self.config.app_id then
    return nil, { exit = CONFIG, why = "CRIER_APP_ID is not set", remedy = "--check-installed"
      .. " needs the Teams app: set it to the manifest id or the catalog id" }
  end
  local found, problem = plan.find_app(self.client)
  self.app = found
  outset.name_app(self)
  return found and true, problem
end

function forecast_methods:read()
  if self.way == "go on" then
    self.asked = question.of_rest(self)
    return true
  end
  local made, problem = steps.read(self)
  if not made then
    return nil, problem
  end
  self.made, self.asked = made, question.of_plan(self, made)
  for _, said in ipairs(made.warnings) do
    warn(self, said)
  end
  problem = plan.check(self.definition, made)
  self.found.expect_problem = problem and problem.exit == STOPPED and problem.why or nil
  note(self, problem)
  return true
end

-- What the organisation's policy says of it.
function forecast_methods:permit()
  local recipients = self.asked.recipients
  note(self, self.forbidden)
  note(self, permit.size(self, recipients))
  note(self, approval.outlook(self, recipients))
  self.found.policy = self.rule and { path = self.config.policy, rule = self.rule.name }
  return true
end

-- From the numbers: how long, and with which calls.
function forecast_methods:judge()
  local asked, found = self.asked, self.found
  local cold = asked.recipients - asked.known
  found.audience = { targeted = asked.targeted, recipients = asked.recipients,
    excluded = asked.excluded, kinds = asked.kinds }
  found.people = { known = asked.known, new = cold }
  found.calls = {}
  for operation, count in pairs(route.calls(self.action, self.definition, asked.known,
    cold)) do
    table.insert(found.calls, { service = route.service(operation), operation = operation,
      count = count })
  end
  table.sort(found.calls, function(a, b) return a.operation < b.operation end)
  return true
end

-- Each cold person, one call at a time.
local function cold_keys(self)
  return coroutine.wrap(function()
    plan.each_cold(self.journal, outset.lane(self), self.stage, self.made, coroutine.yield)
  end)
end

local function sampled_keys(self)
  local keys = installs.draw(function(visit)
    for key in cold_keys(self) do
      visit(key)
    end
  end, self.definition.name, installs.SAMPLE)
  local i = 0
  return function()
    i = i + 1
    return keys[i]
  end, #keys
end

-- All of them takes long: somebody must have agreed to that.
local function agree(self, cold)
  local seconds = installs.seconds(cold)
  local said = ("asking for %s whether they have the app takes about %s"):format(
    text.count(cold, "person", "people"), time.about(seconds))
  if self.face:agree(said, self.config.info.loopback) then
    return true
  end
  return nil, { exit = USAGE, why = "not confirmed: " .. said,
    remedy = "without --check-installed a sample is asked" }
end

function forecast_methods:count_installs()
  local cold = self.found.people.new
  local wants = self.definition.install or self.options.check_installed
  if not wants or cold == 0 or not self.made then
    return true
  end
  local ok, problem = true, nil
  if self.options.check_installed then
    ok, problem = agree(self, cold)
  end
  if not ok then
    return nil, problem
  end
  local next_key, count = (self.options.check_installed and cold_keys or sampled_keys)(self)
  count = count or cold
  local told = installs.ask(self.client, self.app.id, next_key, function(done)
    self.said = ("asking who has the app: %s of %s"):format(text.number(done),
      text.number(count))
  end)
  if told.problem then
    warn(self, "who has the app could not be asked: " .. told.problem)
  end
  local reckoned = installs.estimate(cold, told.asked, told.have)
  self.found.installs = { of = cold, asked = told.asked, have = told.have,
    untold = told.untold, is_sample = told.asked < cold, likely = reckoned.likely,
    least = reckoned.least, most = reckoned.most, confidence = 0.95 }
  return true
end

-- Calls a function with each recipient: of the plan, or those left of a known one.
local function each_recipient(self, visit)
  if self.made then
    return self.stage:each(self.made.set, function(row)
      if not row.excluded then
        visit(row)
      end
    end)
  end
  local page, after
  repeat
    page = assert(self.journal.targets:in_states(self.campaign.id, { states = { "pending" } },
      after or 0, PAGE))
    for _, row in ipairs(page) do
      after = row.id
      visit(row)
    end
  until #page < PAGE
end

-- A zone that is wrong stops a run; here the first one is told.
local function note_time(self, times, row)
  local ok, problem = times:take(row)
  if not ok then
    note(self, { exit = DATA, why = problem })
  end
end

function forecast_methods:make_messages()
  local total, count = self.asked.recipients, 0
  local work = proof.new(self.compose, total, self.definition.name)
  local times = timetable.new(self.schedule or schedule.new(self.definition, self.content),
    self.loop:now())
  each_recipient(self, function(row)
    note_time(self, times, row)
    work:take(row)
    count = count + 1
    if count % PAGE == 0 then
      breathe(self, ("making the messages: %s of %s"):format(text.number(count),
        text.number(total)))
    end
  end)
  local made = work:finish()
  self.found.time = outset.time(self, times, self.asked.seconds)
  self.found.message, self.found.links = made, made.links
  made.links = nil
  if self.compose:is_large() then
    warn(self, "the message is larger than 28 KB: some clients may not show it")
  end
  for _, warning in ipairs(self.compose.warnings) do
    warn(self, warning)
  end
  return true
end

function forecast_methods:check_links()
  self.said = "asking for the addresses in the message"
  reach.check(self.loop, self.found.links, { asks = not self.options.skips_links,
    in_sandbox = self.config.info.loopback })
  for _, one in ipairs(self.found.links) do
    if one.state == "warning" then
      warn(self, ("%s %s at %s: %s"):format(one.kind, one.url, one.place, one.problem))
    end
  end
  return true
end

-- What is known only at the end, or in spite of it.
local function conclude(self, ended)
  local found = self.found
  if self.client then
    found.permissions = outset.permissions(self)
    note(self, outset.missing_permission(self))
    found.own_calls = self.client.calls
  end
  if self.config and not ended then
    table.insert(found.warnings, credential.warning(self.config, self.loop:now()))
  end
  ended = ended or self.problem or { exit = 0 }
  found.exit, found.why, found.remedy = ended.exit, ended.why, ended.remedy
  found.code = ended.code
  return found
end

--- Finds out.
-- @treturn table what was found, as far as it got: `exit` (0 when a run would go),
--   `why` and `remedy` when it would not, and the parts that `crier.report.plan` shows
function forecast_methods:go()
  local ended = steps.go(self, forecast_methods, METHODS)
  if ended and ended.is_over then
    outset.describe(self)
    ended = { exit = 0, why = ended.why }
  elseif ended and self.planned and not self.found.name then
    outset.describe(self)
  end
  local found = conclude(self, ended)
  if self.stage then
    self.stage:close()
  end
  return found
end

--- Breaks it off.
function forecast_methods:interrupt()
  steps.interrupt(self)
end

--- Closes the store, unless it is the host's.
function forecast_methods:close()
  if self.journal and not self.host then
    self.journal:close()
  end
end

return forecast
