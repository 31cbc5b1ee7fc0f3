--- A process that sends for as long as it lives: it holds the lane of its app and
-- tenant, sends single messages as they come, and carries out the campaigns that it is
-- told to, side by side, on one loop.
--
-- A campaign that it began is its own: after a restart it goes on with it.
-- @module crier.worker
local campaign_run = require "crier.campaign.run"
local client = require "crier.client"
local face = require "crier.worker.face"
local standing = require "crier.campaign.standing"

local worker = {}

local worker_methods = {}
local worker_mt = { __name = "crier.worker", __index = worker_methods }

-- With a new store and short windows empty, see `crier.campaign.prepare`.
local REST_MS = 30000

--- Creates a worker; it takes the lane at once.
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
  local lane, message, code = journal.lanes:acquire(config.app, config.tenant)
  if not lane then
    return nil, message, code
  end
  lane.app, lane.tenant, lane.host = config.app, config.tenant, config.info.connector
  local last = journal.lanes:last_call(lane)
  local self = setmetatable({
    loop = loop,
    journal = journal,
    lane = lane,
    log = options.log or function() end,
    metrics = options.metrics,
    getenv = options.getenv,
    poll_ms = options.poll_ms,
    jobs = {}, -- name -> job
    client = client.new { loop = loop, config = config, log = options.log_call,
      metrics = options.metrics, is_rested = not last or loop:now() - last > REST_MS },
  }, worker_mt)
  self.standing, message, code = standing.new(self, self.log)
  if not self.standing then
    return nil, message, code
  end
  return self
end

-- Carries a job out, to its end, inside a task of its own.
local function carry_out(self, job)
  local ended = job.run:go()
  job.run:close()
  job.ended = ended
  if self.jobs[job.name] == job then
    self.jobs[job.name] = nil
  end
  self.log { event = "campaign ended", campaign = job.name, exit = ended.exit,
    problem = ended.why, remedy = ended.remedy }
end

--- Begins a campaign, or goes on with one, without waiting for it.
-- @tparam string name of the campaign: the job's, until it has ended
-- @tparam table options of `crier.campaign.run` (`path` or `stored`, `lift`, `again`,
--   `deed` and so on); its surroundings are the worker's
-- @treturn[1] table the job: `name`, `run`, `read` (people read so far) and, once it
--   is over, `ended`
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code `BUSY`: it is under way here
function worker_methods:start(name, options)
  if self.jobs[name] then
    return nil, ("campaign %s is under way"):format(name), "BUSY"
  elseif self.stopping then
    return nil, "this process is about to end", "STOPPING"
  end
  local job = { name = name, read = 0 }
  options.host, options.getenv, options.metrics = self, self.getenv, self.metrics
  options.face = face.new(job, self.client.log)
  options.is_served = true
  job.run = campaign_run.new(options)
  self.jobs[name] = job
  self.loop:spawn(carry_out, self, job)
  return job
end

--- Goes on with all campaigns that a worker of this lane had begun, and that were not
-- over when it ended.
-- @tparam table deed who does it, see `crier.journal.events`
-- @treturn {string,...} their names
function worker_methods:take_up(deed)
  local names = {}
  for _, row in ipairs(self.journal.campaigns:served(self.lane.id)) do
    if self:start(row.name, { stored = row.name, deed = deed }) then
      names[#names + 1] = row.name
    end
  end
  return names
end

--- Adds a single message, in a transaction of its own; see `crier.journal.messages`.
-- @tparam table message
-- @treturn boolean whether it was new; or nil, message, code
function worker_methods:say(message)
  local is_new
  local ok, problem, code = self.journal:transaction(function()
    local added, why, kind = self.standing:add(message)
    is_new = added
    return added ~= nil or nil, why, kind
  end)
  if not ok then
    return nil, problem, code
  end
  self.standing:wake()
  return is_new
end

--- Sends single messages until `stop`, and until all campaigns have ended. Call inside
-- a task.
-- @treturn ?table what it had to end with: `exit`, `why`, `remedy`
function worker_methods:run()
  local problem = self.standing:run()
  self:stop()
  while next(self.jobs) do
    self.loop:sleep(50)
  end
  return problem
end

--- Stops: nothing new is sent, what is in flight is awaited. A second call does not
-- wait.
function worker_methods:stop()
  local is_second = self.stopping
  self.stopping = true
  self.standing:stop()
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
