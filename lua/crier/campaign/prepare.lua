--- The steps of a run that need no network: settings, store, script, cards and
-- csv files, and what the store knows of the campaign's name.
-- @module crier.campaign.prepare
local admission = require "crier.campaign.admission"
local client = require "crier.client"
local compose = require "crier.campaign.compose"
local config = require "crier.config"
local core = require "crier.core"
local content = require "crier.campaign.content"
local journal = require "crier.journal"
local messages = require "crier.journal.messages"
local permit = require "crier.campaign.permit"
local reader = require "crier.audience.reader"
local route = require "crier.campaign.route"
local rules = require "crier.campaign.rules"
local schedule = require "crier.campaign.schedule"
local script = require "crier.campaign.script"
local sequel = require "crier.campaign.sequel"
local stage = require "crier.audience.stage"
local trial = require "crier.campaign.trial"

local prepare = {}

local CONFIG, DATA = 78, 65
local NEEDS_APP = { send = "install = true", upgrade = "an upgrade",
  uninstall = "an uninstall" }
-- As long as the longest short window: 60 sends to one conversation in 30 s.
local REST_MS = 30000

-- Each takes the run and returns true, or nil and what the run ends with.
local steps = {}

local function refuse(exit, why, remedy)
  return nil, { exit = exit, why = why, remedy = remedy }
end

function steps.read_config(self)
  local found, message = config.read({}, self.options.getenv)
  if not found then
    return refuse(CONFIG, message)
  end
  self.config = found
  self.rules, message = rules.read(found.policy)
  if message then
    return refuse(CONFIG, message)
  end
  return true
end

-- Whether a file can be made where the store is to be.
local function check_place(path)
  local folder = path:match "^(.*/)[^/]*$" or "."
  local ok, message = core.fs.can_make_in(folder)
  if not ok then
    return refuse(CONFIG, ("store %s cannot be made: %s"):format(path, message),
      "set CRIER_STORE to a place that can be written")
  end
  return true
end

-- A host has the store open and the lane in its hand.
local function take_host(self)
  self.journal, self.lane = self.host.journal, self.host.lane
  self.store, self.is_new_store = self.journal.path, false
  return true
end

function steps.find_store(self)
  if self.host then
    return take_host(self)
  end
  local path, message = journal.path(self.config.store)
  if not path then
    return refuse(CONFIG, message)
  end
  local exists, problem = journal.exists(path)
  if exists == nil then
    return refuse(CONFIG, problem)
  end
  self.store = path
  self.is_new_store = not exists
  if exists then
    return steps.open_store(self)
  elseif self.options.stored or self.options.parent then
    return refuse(CONFIG, "there is no store " .. path)
  elseif not self.config.info.loopback and not self.options.looks and not self.options.create_store
    and not self.face:is_interactive() then
    return refuse(CONFIG, "there is no store " .. path, "with a new store"
      .. " nothing is known of what was sent before: check CRIER_STORE, or say"
      .. " --create-store")
  end
  return check_place(path)
end

-- One process at a time works on a lane; who only looks takes none.
--
-- An urgent campaign asks for the lane later (see `crier.campaign.lending`), and so does
-- any other when single messages alone are sent there.
local function take_lane(self)
  local lanes, app, tenant = self.journal.lanes, self.config.app, self.config.tenant
  if self.options.looks then
    self.lane = lanes:find(app, tenant)
    return true
  end
  local lane, message, code, holder = lanes:acquire(app, tenant)
  if not lane and code == "HELD" then
    self.held = message
    self.holder = holder
    return true
  elseif not lane then
    return refuse(CONFIG, message)
  end
  lane.app, lane.tenant = app, tenant
  lane.host = self.config.info.connector
  self.lane = lane
  return true
end

function steps.open_store(self)
  local found, message = journal.open(self.store,
    { create = self.is_new_store, read_only = self.options.looks })
  if not found then
    return refuse(CONFIG, message)
  end
  self.journal = found
  return take_lane(self)
end

-- The campaign that is amended or recalled.
local function find_parent(self)
  local row = self.journal and self.journal.campaigns:find(self.options.parent)
  if not row then
    return refuse(DATA, ("there is no campaign %s in store %s"):format(
      self.options.parent, self.store))
  elseif row.action ~= "send" then
    return refuse(DATA, messages.refusal(row)
      or ("campaign %s sent nothing: its action is %s"):format(row.name, row.action))
  end
  self.parent, self.test_of = row, row.test_of
  return true
end

function steps.load_content(self)
  if self.options.parent then
    local ok, refusal = find_parent(self)
    if not ok then
      return nil, refusal
    elseif self.action == "recall" then
      self.content = content.stored("", {})
      return true
    end
  end
  if not self.options.stored then
    self.content = content.on_disk(self.options.path)
    return true
  end
  local row = self.journal.campaigns:find(self.options.stored)
  if not row then
    return refuse(DATA, "there is no campaign " .. self.options.stored
      .. " in store " .. self.store)
  elseif messages.refusal(row) then
    return refuse(DATA, messages.refusal(row))
  end
  self.content =
    content.stored(row.script, self.journal.campaigns:bundle(row.id))
  self.is_stored, self.action, self.test_of = true, row.action, row.test_of
  return true
end

-- A sequel has the audience of what was sent, and a name that follows from it.
local function rename(self)
  self.definition.name = self.is_stored and self.options.stored
    or sequel.next_name(self.journal, self.parent, self.action,
      self.content:digest())
  return true
end

-- A script that is taken up again sees the day of its first run, so that a name
-- with a date in it stays as it was.
local function clock_of(self)
  local row = self.is_stored and self.journal.campaigns:find(self.options.stored)
  return function() return row and row.started_at or self.loop:now() end
end

-- From here on it is the test of which the run knows.
local function become_test(self)
  local test = self.options.test
  self.tested, self.test_of = self.definition, self.definition.name
  self.compose = trial.compose(self.compose)
  self.definition = trial.definition(self.tested, self.options.stored
    or trial.next_name(self.journal, self.test_of), test and test.to)
end

local function read_files(self)
  self.stage = stage.new()
  local context = { files = self.content, journal = self.journal,
    tenant = self.config.tenant, name = self.test_of or self.definition.name }
  if self.tested then
    return trial.prepare(self, context)
  end
  return reader.prepare(self.definition.audience, self.stage, context)
end

function steps.load_script(self)
  if self.action == "recall" then
    self.definition = sequel.recall(self.options.stored)
    return rename(self)
  end
  local definition, message = script.load(self.content, clock_of(self))
  if not definition then
    return refuse(DATA, message)
  end
  self.definition = definition
  if self.action == "send" or self.action == "amend" then
    self.compose, message = compose.new(definition, self.content,
      function() return self.loop:now() end)
    if not self.compose then
      return refuse(DATA, message)
    end
  end
  if definition.track and definition.track.clicks and not self.config.public_url then
    return refuse(CONFIG, "CRIER_PUBLIC_URL is not set", "track = { clicks = true } needs the"
      .. " https address at which people reach `crier serve`")
  elseif self.options.test or self.test_of then
    become_test(self)
  elseif self.action ~= "amend" then
    self.schedule, message = schedule.read(definition, self.content)
    if message then
      return refuse(DATA, message)
    end
  end
  if self.action == "amend" then
    local refusal = not self.is_stored and sequel.refusal(self.journal, self.parent) or nil
    if refusal then
      return nil, refusal
    end
    return rename(self)
  elseif self.is_stored then
    return true
  end
  self.prepared, message = read_files(self)
  if not self.prepared then
    return refuse(DATA, message)
  elseif route.needs_app(self.action, definition)
    and not self.config.app_id then
    return refuse(CONFIG, "CRIER_APP_ID is not set", NEEDS_APP[self.action]
      .. " needs the Teams app: set it to the manifest id or the catalog id")
  end
  return true
end

-- Who is not urgent waits for nobody but single messages.
function steps.hold_lane(self)
  if not self.held or self.definition.urgent
    or self.holder:sub(1, #messages.HOLDER) == messages.HOLDER then
    return true
  end
  local name = self.holder:match "^campaign (%S+)"
  return refuse(CONFIG, self.held, name and ("crier pause %s   lets it rest; a server also"
    .. " carries out several, side by side"):format(name))
end

-- A campaign may be waiting for its hour in another process.
local function waits_elsewhere(self, row)
  local who = row and not self.options.looks and self.journal.lanes:queued_by(row.id)
  return who and ("campaign %s waits in %s, and goes on there by itself"):format(row.name,
    who)
end

function steps.admit(self)
  local files, message = self.content:list(), self.definition.message or {}
  self.planned = {
    name = self.definition.name,
    app = self.config.app,
    tenant = self.config.tenant,
    cloud = self.config.cloud,
    digest = self.content:digest(),
    files = files,
    script = self.content.script,
    on_unknown = self.definition.on_unknown,
    rate = self.definition.rate,
    zone = self.schedule and self.schedule.zone,
    talks = message.kind == "dialog",
    track = self.definition.track,
    poll = message.poll and message.poll:asked(self.definition.fallback),
    action = self.action,
    parent = self.parent and self.parent.id,
    test_of = self.test_of,
    update = self.options.update,
    lift = self.options.lift,
    again = self.options.again,
  }
  local row = self.journal
    and self.journal.campaigns:find(self.definition.name)
  local elsewhere = waits_elsewhere(self, row)
  if elsewhere then
    return refuse(CONFIG, elsewhere)
  elseif self.is_stored then
    if not row or row.name ~= self.options.stored then
      return refuse(DATA, ("the script stored with campaign %s now names itself"
        .. " %s"):format(self.options.stored, self.definition.name),
        "a name that changes cannot be resumed: run the script again")
    end
    self.planned.digest = row.digest
  end
  self.planned.has_begun = row and self.journal.targets:has_begun(row.id)
  local way, refusal = admission.decide(row, self.planned,
    row and self.journal.campaigns:bundle(row.id) or {})
  self.campaign, self.way = row or nil, way
  if way == "refuse" then
    refusal.row = row
    return nil, refusal
  elseif way == "show" then
    return nil, { exit = row.exit_status, row = row, is_over = true }
  end
  return true
end

-- What the policy forbids stops a run; a plan tells it at its end.
function steps.permit(self)
  self.forbidden = permit.begin(self)
  if self.forbidden and not self.options.looks then
    return nil, self.forbidden
  end
  return true
end

-- Whether the store tells that all short windows of the budgets are empty.
local function is_rested(self)
  local last = self.lane and self.journal.lanes:last_call(self.lane)
  return not last or self.loop:now() - last > REST_MS
end

function steps.begin(self)
  self.face:began {
    name = self.definition.name,
    action = self.action,
    tenant = self.config.tenant,
    app = self.config.app,
    cloud = self.config.cloud,
    store = self.store,
    is_new_store = self.is_new_store,
    goes_on = self.way == "go on",
  }
  self.client = client.new {
    loop = self.loop,
    config = self.config,
    log = self.face.log,
    metrics = self.options.metrics,
    is_rested = is_rested(self),
    beside = self.host and self.host.client,
  }
  return true
end

--- The steps, in order.
prepare.order = { "read_config", "find_store", "load_content", "load_script",
  "hold_lane", "admit", "permit", "begin" }
prepare.steps = steps
prepare.take_lane = take_lane

return prepare
