--- A process that sends for as long as it lives: single messages as they come, and the
-- campaigns that it is told to carry out, side by side, on one loop.
--
-- It has the lane of its app and tenant only while there is something to send: a run
-- elsewhere takes the lane when there are single messages alone, and an urgent one from
-- campaigns as well (see `crier.campaign.lending`); it sends single messages meanwhile.
-- A campaign that it began is its own: after a restart it goes on with it.
-- @module crier.worker
local campaign_run = require "crier.campaign.run"
local client = require "crier.client"
local face = require "crier.worker.face"
local lending = require "crier.campaign.lending"
local messages = require "crier.journal.messages"
local standing = require "crier.campaign.standing"

local worker = {}

local worker_methods = {}
local worker_mt = { __name = "crier.worker", __index = worker_methods }

-- How often the lane is tried while somebody else has it, and how long it is kept when
-- there is nothing to send.
local TRY_MS, IDLE_MS = 500, 1000
local POLL_MS = 250
-- How often a store that took nothing is tried.
local AGAIN_MS = 1000

--- Creates a worker.
-- @tparam table options
-- @tparam crier.loop options.loop
-- @tparam table options.config from `crier.config`
-- @tparam crier.journal options.journal open, for writing
-- @tparam ?function options.log called with a table for what is worth a line
-- @tparam ?function options.log_call called with a table for each answered call
-- @tparam ?crier.metrics options.metrics
-- @tparam ?function options.getenv for the settings of campaigns
-- @tparam[opt=250] integer options.poll_ms how often it is looked for messages that
--   other processes have added to the journal
-- @treturn[1] crier.worker
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code
function worker.new(options)
  local config, journal, loop = options.config, options.journal, options.loop
  local lane, message, code = journal.lanes:ensure(config.app, config.tenant)
  if not lane then
    return nil, message, code
  end
  lane.app, lane.tenant, lane.host = config.app, config.tenant, config.info.connector
  local self = setmetatable({
    loop = loop,
    journal = journal,
    lane = lane,
    is_holding = false, -- whether it has the lane
    log = options.log or function() end,
    metrics = options.metrics,
    getenv = options.getenv,
    poll_ms = options.poll_ms,
    jobs = {}, -- name -> job
    ended = {}, -- name -> how its last job ended
    spared = {}, -- dispatches that do not need the lane for now
    client = client.new { loop = loop, config = config, log = options.log_call,
      metrics = options.metrics },
  }, worker_mt)
  self.standing = standing.new(self, self.log)
  return self
end

-- The campaigns that need the lane, by name. One that still plans can do without when
-- somebody asks.
local function needs(self, is_asked)
  local names = {}
  for name, job in pairs(self.jobs) do
    local work = job.run.work
    if work and not self.spared[work] or not work and not is_asked then
      names[#names + 1] = name
    end
  end
  table.sort(names)
  return names
end

-- What others are told of the holder: as what is said of single messages alone they get
-- the lane by asking.
local function say_why(self)
  local names = self.is_holding and needs(self) or {}
  local said = names[1] and "campaign " .. names[1] .. (names[2] and (" and %d more"):format(
    #names - 1) or "") .. " of a server, " or messages.HOLDER
  if self.is_holding and said ~= self.said then
    self.journal.lanes:say(self.lane, said)
  end
  self.said = self.is_holding and said or nil
end

--- Takes the lane. Safe to repeat.
-- @tparam ?table work that was spared, and needs it again
-- @treturn[1] boolean true
-- @treturn[2] nil
-- @treturn[2] string message, which names the holder
-- @treturn[2] string code `HELD` or `STORE`
-- @treturn[2] ?string who holds it
function worker_methods:hold(work)
  if not self.is_holding then
    local ok, message, code, who = lending.take(self, messages.HOLDER)
    if not ok then
      return nil, message, code, who
    end
    self.is_holding, self.idle_since, self.said = true, nil, messages.HOLDER
    self.standing:go_on()
  end
  if work then
    self.spared[work] = nil
    say_why(self)
  end
  return true
end

--- Notes that a campaign does not need the lane for now, until it holds again.
-- @tparam crier.dispatch work with nothing under way
function worker_methods:spare(work)
  self.spared[work] = true
  say_why(self)
end

-- Lets the lane go, unless a campaign begins meanwhile.
local function let_go(self, is_asked)
  self.standing:rest()
  if needs(self, is_asked)[1] then
    return self.standing:go_on()
  end
  lending.let_go(self)
  self.is_holding = false
end

-- Goes on with what was broken off since the store took nothing, when it takes something.
local function mend(self, deed)
  repeat
    self.loop:sleep(AGAIN_MS)
  until self.stopping or self.journal:is_writable()
  if not self.stopping then
    self:take_up(deed)
  end
end

-- Carries a job out, to its end, inside a task of its own.
local function carry_out(self, job, deed)
  local run = job.run
  local ended = run:go()
  run:close()
  if run.work then
    self.spared[run.work] = nil
  end
  if run.definition and run.definition.urgent then
    self.journal.lanes:unask(self.lane.id)
  end
  job.ended, self.ended[job.name] = ended, ended
  if self.jobs[job.name] == job then
    self.jobs[job.name] = nil
  end
  say_why(self)
  self.log { event = "campaign ended", campaign = job.name, exit = ended.exit,
    problem = ended.why, remedy = ended.remedy }
  if ended.is_passing then
    mend(self, deed)
  end
end

--- Begins a campaign, or goes on with one, without waiting for it.
-- @tparam string name of the campaign: the job's, until it has ended
-- @tparam table options of `crier.campaign.run` (`path` or `stored`, `lift`, `again`,
--   `deed` and so on); its surroundings are the worker's
-- @treturn[1] table the job: `name`, `run`, `read` (people read so far) and, once it
--   is over, `ended`
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code `BUSY`: it is under way here; `HELD`: another process sends
--   for this app and tenant
function worker_methods:start(name, options)
  if self.jobs[name] then
    return nil, ("campaign %s is under way"):format(name), "BUSY"
  elseif self.stopping then
    return nil, "this process is about to end", "STOPPING"
  end
  local ok, message, code = self:hold()
  if not ok then
    return nil, message, code
  end
  local job = { name = name, read = 0 }
  options.host, options.getenv, options.metrics = self, self.getenv, self.metrics
  options.face = face.new(job, self.client.log)
  options.is_served = true
  job.run = campaign_run.new(options)
  self.jobs[name], self.ended[name] = job, nil
  say_why(self)
  self.loop:spawn(carry_out, self, job, options.deed)
  return job
end

-- Begins what is left of a set of names; gives those that it began, and why it could not
-- begin the rest. What is over meanwhile is left no more.
local function take_up(self, left, deed)
  local names, still, problem = {}, {}, nil
  for _, row in ipairs(self.journal.campaigns:served(self.lane.id)) do
    local job, message, code
    if left[row.name] then
      job, message, code = self:start(row.name, { stored = row.name, deed = deed })
    end
    if job then
      names[#names + 1] = row.name
      self.log { event = "goes on", name = row.name }
    elseif code and code ~= "BUSY" then
      still[row.name], problem = true, message
    end
  end
  for name in pairs(left) do
    left[name] = still[name]
  end
  return names, problem
end

--- Goes on with all campaigns that a worker of this lane had begun, and that were not
-- over when it ended: at once, or as soon as nobody else has the lane.
-- @tparam table deed who does it, see `crier.journal.events`
-- @treturn {string,...} the names of those that go on at once
function worker_methods:take_up(deed)
  local left = {}
  for _, row in ipairs(self.journal.campaigns:served(self.lane.id)) do
    left[row.name] = true
  end
  local names, problem = take_up(self, left, deed)
  if problem then
    self.log { event = "waits to go on", problem = problem }
    self.loop:spawn(function()
      while next(left) and not self.stopping do
        self.loop:sleep(TRY_MS)
        if not self.journal.lanes:asked_by(self.lane.id) then
          take_up(self, left, deed)
        end
      end
    end)
  end
  return names
end

-- The standing campaign's row.
local function standing_row(self)
  return self.journal.messages:campaign(self.lane, self.client.config.cloud,
    math.floor(self.loop:now()))
end

--- Adds a single message; see `crier.journal.messages`. Call inside a transaction, and
-- `wake` after it.
-- @tparam table message
-- @treturn boolean whether it was new; or nil, message, code
function worker_methods:add(message)
  local row, problem, code = standing_row(self)
  if not row then
    return nil, problem, code
  end
  return self.journal.messages:add(row, message, math.floor(self.loop:now()))
end

--- What became of a message.
-- @tparam string id
-- @treturn table|boolean see `crier.journal.messages`
function worker_methods:find(id)
  local row = self.journal.messages:existing(self.lane)
  return row and self.journal.messages:find(row, id)
end

--- Adds a single message, in a transaction of its own.
-- @tparam table message see `crier.journal.messages`
-- @treturn[1] boolean whether it was new
-- @treturn[1] ?boolean whether what is known under its id is another message
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code
function worker_methods:say(message)
  local is_new, is_other
  local ok, problem, code = self.journal:transaction(function()
    local added, why, kind = self:add(message)
    is_new, is_other = added, added == false and why or nil
    return added ~= nil or nil, why, kind
  end)
  if not ok then
    return nil, problem, code
  end
  self:wake()
  return is_new, is_other
end

--- Looks at once for what is to be done.
function worker_methods:wake()
  if self.task then
    self.loop:unpark(self.task)
  end
  self.standing:wake()
end

-- Takes the lane when there is something to send, lets it go when there is not, or when
-- somebody asks; tells when to look again.
local function mind_lane(self)
  local now, row = self.loop:now(), self.journal.messages:existing(self.lane)
  local due = row and self.journal.messages:due_at(row) or nil
  local is_due, is_asked = due ~= nil and due <= now, nil
  if self.is_holding or is_due then
    is_asked = self.journal.lanes:asked_by(self.lane.id) ~= nil
  end
  if not self.is_holding then
    if is_due and not is_asked then
      local ok, problem, code = self:hold()
      if code == "STORE" then
        self.log { event = "store failed", problem = problem }
      end
      if not ok then
        return now + TRY_MS
      end
    end
    return math.min(due and due > now and due or math.huge, now + (self.poll_ms or POLL_MS))
  elseif needs(self, is_asked)[1] then
    self.idle_since = nil
    return now + POLL_MS
  end
  self.idle_since = not is_due and (self.idle_since or now) or nil
  if is_asked or self.idle_since and now - self.idle_since >= IDLE_MS then
    let_go(self, is_asked)
  end
  return now + POLL_MS
end

--- Works until `stop`, and until all campaigns have ended. Call inside a task.
-- @treturn ?table what it had to end with: `exit`, `why`, `remedy`
function worker_methods:run()
  local problem
  self.standing.resting = not self.is_holding or nil
  local sending = self.loop:spawn(function()
    problem = self.standing:run()
    self.stopping = self.stopping or problem ~= nil
  end)
  while not self.stopping do
    local at_ms = mind_lane(self)
    self.task = self.loop:task()
    self.loop:park(at_ms)
    self.task = nil
  end
  self:stop()
  while next(self.jobs) or not sending.ended do
    self.loop:sleep(50)
  end
  if self.is_holding then
    lending.let_go(self)
    self.is_holding = false
  end
  return problem
end

--- Stops: nothing new is sent, what is in flight is awaited. A second call does not
-- wait.
function worker_methods:stop()
  local is_second = self.is_told
  self.stopping, self.is_told = true, true
  self.standing:stop()
  self:wake()
  for _, job in pairs(self.jobs) do
    local work = job.run.work
    if not work then
      job.run:interrupt()
    elseif is_second then
      work:hurry()
    else
      work:stop { exit = 3, state = "stopped", why = "its process was stopped",
        remedy = "it goes on when the process is started again" }
    end
  end
end

return worker
