--- Everything that a serving process has: the bot's ear, the dialogs that it hears for,
-- the worker that sends, metrics, and, where there are keys, the door.
-- @module crier.serve.service
local bot = require "crier.bot"
local clicks = require "crier.serve.clicks"
local core = require "crier.core"
local door = require "crier.door"
local door_campaigns = require "crier.door.campaigns"
local door_messages = require "crier.door.messages"
local door_plans = require "crier.door.plans"
local door_reports = require "crier.door.reports"
local ear = require "crier.dialog.ear"
local engine = require "crier.dialog.engine"
local intake = require "crier.serve.intake"
local keys = require "crier.bot.keys"
local memo = require "crier.door.memo"
local measures = require "crier.serve.measures"
local metrics = require "crier.metrics"
local operator = require "crier.operator"
local page = require "crier.serve.page"
local version = require "crier.version"
local worker = require "crier.worker"

local service = {}

local service_methods = {}
local service_mt = { __name = "crier.serve.service", __index = service_methods }

-- How often it is looked for dialogs that a run elsewhere has begun.
local LOOK_MS = 1000

--- Creates a service on a server.
-- @tparam table options
-- @tparam crier.serve options.server
-- @tparam crier.journal options.journal
-- @tparam table options.config
-- @tparam function options.log called with a table for what is worth a line
-- @tparam ?crier.door.keys options.keys of the door; without them there is none
-- @tparam ?string options.folder of the scripts that the door may run
-- @tparam ?string options.user_header see `crier.door`
-- @tparam ?string options.page folder of the page's files, where it was built
-- @tparam ?function options.installed see `crier.bot`
-- @tparam ?function options.getenv for the settings of campaigns
-- @tparam[opt="serve"] string options.command that it is
-- @treturn[1] crier.serve.service with `bot`, `intake`, `worker`, `dialogs`, `metrics`
-- @treturn[2] nil
-- @treturn[2] string message
function service.new(options)
  local server, log = options.server, options.log
  local self = setmetatable({ loop = server.loop, journal = options.journal,
    metrics = metrics.new(), log = log, command = options.command or "serve",
    deed = { host = core.fs.hostname(), pid = core.fs.pid(),
      version = version } }, service_mt)
  local found, message = worker.new { loop = self.loop, config = options.config,
    journal = options.journal, log = log, metrics = self.metrics, getenv = options.getenv }
  if not found then
    return nil, message
  end
  self.worker = found
  self.bot = bot.new { journal = options.journal, config = options.config, log = log,
    now = core.clock.now_ms, installed = options.installed }
  self.intake = intake.new { server = server, bot = self.bot, log = log }
  self.dialogs = engine.new { journal = options.journal, standing = self.worker,
    now = core.clock.now_ms, log = log }
  ear.listen(self.bot, self.dialogs)
  self.keeper = keys.new { journal = options.journal, config = options.config,
    loop = self.loop, log = function(entry)
      if entry.problem then -- what went well is nothing to tell
        log(entry)
      end
    end }
  measures.add(server, self)
  clicks.add(server, { journal = options.journal, now = core.clock.now_ms, log = log })
  self.keys = options.keys
  if options.keys then
    self:open_door(server, options)
  end
  return self
end

--- Used by `new`: what asks for a key.
function service_methods:open_door(server, options)
  local loop = self.loop
  local host = { worker = self.worker, folder = options.folder, deed = self.deed,
    memo = memo.new(function() return loop:now() end, function() loop:sleep(20) end) }
  host.door = door.new { server = server, keys = options.keys, now = core.clock.now_ms,
    user_header = options.user_header, log = self.log }
  door_campaigns.add(host)
  door_reports.add(host)
  door_messages.add(host)
  if options.folder then
    door_plans.add(host)
  end
  if options.page then
    page.add(server, options.page)
  end
end

-- Keys that were made or taken away meanwhile.
local function refresh_keys(self)
  local ok, problem, code = true, nil, nil
  if self.keys then
    ok, problem, code = self.keys:refresh()
  end
  if not ok then
    self.log { event = code == "GONE" and "no keys" or "keys stay as they were",
      problem = problem }
  end
end

-- Carries dialogs on for as long as the process lives.
local function talk(self)
  while not self.stopping do
    refresh_keys(self)
    local count, problem = self.dialogs:work()
    if not count then
      self.log { event = "store failed", problem = problem }
    end
    local now = self.loop:now()
    local due = count and self.journal.dialogs:next_due() or nil
    if count ~= nil and count > 0 then
      self.worker:wake()
    end
    self.loop:park(math.min(math.max(due or math.huge, now), now + LOOK_MS))
  end
end

--- Begins to work: sends, talks, fetches the keys of Teams, and goes on with the
-- campaigns that a process before had begun. Call inside a task.
function service_methods:start()
  self.sending = self.loop:spawn(function()
    self.problem = self.worker:run()
  end)
  self.loop:spawn(talk, self)
  self.loop:spawn(function() self.keeper:watch() end)
  local deed = self.deed
  self.worker:take_up { command = self.command, options = "", user = operator.name(),
    host = deed.host, pid = deed.pid, version = deed.version }
end

--- Ends it: nothing new is sent, what is in flight is awaited. A second call does not
-- wait.
function service_methods:stop()
  self.stopping = true
  self.worker:stop()
end

--- Whether nothing is under way any more.
-- @treturn boolean
function service_methods:is_over()
  return self.sending.ended
end

return service
