--- Sends single messages as they come: the lane's standing campaign (see
-- `crier.journal.messages`), carried out in bursts for as long as its host lives.
-- @module crier.campaign.standing
local campaign = require "crier.campaign"
local client = require "crier.client"
local dispatch = require "crier.campaign.dispatch"
local retry = require "crier.retry"

local standing = {}

local standing_methods = {}
local standing_mt = { __name = "crier.standing", __index = standing_methods }

-- How often it is looked for messages that another process has added.
local POLL_MS = 250
-- What is settled is kept for so long, and removed in such shares.
local KEPT_MS, SHARE = 30 * 24 * 3600 * 1000, 500
local PRUNE_MS = 60000
-- Nothing answers, or everything is refused: so long until the next try.
local UNREACHABLE_MS, REFUSED_MS = 5000, 60000

-- A message is complete: what is kept of it is what is sent.
local verbatim = { warnings = {} }

function verbatim.render(_, row)
  return row.fields
end

--- Creates it, and takes up what a process before left.
-- @tparam table host `loop`, `journal`, `lane`, `client`, and `poll_ms`: how often it
--   is looked for messages of other processes; default 250
-- @tparam ?function log called with a table when nothing can be sent for a while
-- @treturn crier.standing; or nil, message, code
function standing.new(host, log)
  local now = math.floor(host.loop:now())
  local row, message, code = host.journal.messages:campaign(host.lane,
    host.client.config.cloud, now)
  if not row then
    return nil, message, code
  end
  host.journal.campaigns:take(row.id, host.lane)
  local ok
  ok, message, code = host.journal.targets:recover(row.id, host.lane.fence, row.on_unknown,
    now)
  if not ok then
    return nil, message, code
  end
  return setmetatable({ host = host, log = log, campaign = row,
    definition = campaign.bare { name = row.name, breaker = false } }, standing_mt)
end

--- Adds a message; see `crier.journal.messages`. Call inside a transaction; `wake`
-- after it.
-- @tparam table message
-- @treturn boolean whether it was new; or nil, message, code
function standing_methods:add(message)
  return self.host.journal.messages:add(self.campaign, message,
    math.floor(self.host.loop:now()))
end

--- What became of a message.
-- @tparam string id
-- @treturn table|boolean see `crier.journal.messages`
function standing_methods:find(id)
  return self.host.journal.messages:find(self.campaign, id)
end

--- Looks at once for what was added.
function standing_methods:wake()
  if self.task then
    self.host.loop:unpark(self.task)
  end
end

-- Sends what is due. Each burst has a client of its own: one that found nobody
-- answering says nothing of the next.
local function burst(self)
  local host = self.host
  self.work = dispatch.new {
    client = client.new { loop = host.loop, config = host.client.config, beside = host.client,
      log = host.client.log, metrics = host.client.metrics },
    journal = host.journal,
    campaign = self.campaign,
    lane = host.lane,
    definition = self.definition,
    compose = verbatim,
    retry = retry.new(),
    soon_ms = POLL_MS,
  }
  local stop = self.work:run()
  self.work = nil
  return stop
end

local function park(self, until_ms)
  self.task = self.host.loop:task()
  self.host.loop:park(until_ms)
  self.task = nil
end

-- Waits for better times; tells whether they may come.
local function bear(self, stop)
  if stop.is_store or stop.exit == 78 then
    return false
  elseif self.log then
    self.log { event = "messages wait", problem = stop.why, code = stop.code,
      remedy = stop.remedy }
  end
  local until_ms = self.host.loop:now() + (stop.exit == 69 and UNREACHABLE_MS or REFUSED_MS)
  while not self.stopping and self.host.loop:now() < until_ms do
    park(self, until_ms)
  end
  return true
end

local function prune(self, now)
  if now >= (self.prune_at or 0) then
    self.prune_at = now + PRUNE_MS
    self.host.journal:transaction(function()
      return self.host.journal.messages:prune(self.campaign, math.floor(now - KEPT_MS), SHARE)
    end)
  end
end

--- Works until `stop`. Call inside a task.
-- @treturn ?table what it had to end with: `exit`, `why`, `remedy`
function standing_methods:run()
  local loop, messages = self.host.loop, self.host.journal.messages
  while not self.stopping do
    local now, due_at = loop:now(), messages:due_at(self.campaign)
    if due_at and due_at <= now then
      local stop = burst(self)
      if stop.exit and not bear(self, stop) then
        return stop
      end
    else
      prune(self, now)
      park(self, math.min(due_at or math.huge, now + (self.host.poll_ms or POLL_MS)))
    end
  end
end

--- Ends `run`: nothing new is sent, what is in flight is awaited.
function standing_methods:stop()
  self.stopping = true
  if self.work then
    self.work:stop { state = "stopped" }
  end
  self:wake()
end

return standing
