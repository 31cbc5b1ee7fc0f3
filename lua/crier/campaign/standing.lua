--- Sends single messages as they come: the lane's standing campaign (see
-- `crier.journal.messages`), carried out in bursts beside whatever else the holder of
-- the lane does.
-- @module crier.campaign.standing
local campaign = require "crier.campaign"
local client = require "crier.client"
local dispatch = require "crier.campaign.dispatch"
local retry = require "crier.retry"

local standing = {}

local standing_methods = {}
local standing_mt = { __name = "crier.standing", __index = standing_methods }

-- How often it is looked for messages that another process has added; beside a
-- campaign, that is often enough.
local POLL_MS, BESIDE_MS = 250, 1000
-- While it rests somebody will wake it.
local RESTING_MS = 60000
-- What is settled is kept for so long, and removed in such shares.
local KEPT_MS, SHARE = 30 * 24 * 3600 * 1000, 500
local PRUNE_MS = 60000
-- Nothing answers, or everything is refused: so long until the next try.
local UNREACHABLE_MS, REFUSED_MS = 5000, 60000
local REST_MS = 20

-- A message is complete: what is kept of it is what is sent.
local verbatim = { warnings = {} }

function verbatim.render(_, row)
  return row.fields
end

--- Creates it.
-- @tparam table host which holds the lane: `loop`, `journal`, `lane`, `client`, and
--   `poll_ms`: how often it is looked for messages of other processes; default 250
-- @tparam ?function log called with a table when nothing can be sent for a while
-- @treturn crier.standing
function standing.new(host, log)
  return setmetatable({ host = host, log = log }, standing_mt)
end

-- Takes up what a holder before left; false while it cannot, or nobody has said anything yet.
local function take_up(self)
  local host = self.host
  local row = host.journal.messages:existing(host.lane)
  if not row then
    return false
  end
  local ok, message, code = host.journal.campaigns:take(row.id, host.lane)
  if ok then
    ok, message, code = host.journal.targets:recover(row.id, host.lane.fence, row.on_unknown,
      math.floor(host.loop:now()))
  end
  if not ok then
    if self.log then
      self.log { event = "store failed", problem = message, code = code }
    end
    return false
  end
  self.campaign, self.fence = row, host.lane.fence
  return true
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
    definition = campaign.bare { name = self.campaign.name, breaker = false },
    compose = verbatim,
    retry = retry.new(),
    on_trouble = self.log,
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

-- When there is something to send; nil while there is nothing, or it must rest.
local function due_at(self)
  if self.resting then
    return nil
  elseif self.fence ~= self.host.lane.fence and not take_up(self) then
    return nil
  end
  return self.host.journal.messages:due_at(self.campaign)
end

--- Works until `stop`. Call inside a task.
-- @treturn ?table what it had to end with: `exit`, `why`, `remedy`
function standing_methods:run()
  local loop = self.host.loop
  while not self.stopping do
    local now, due = loop:now(), due_at(self)
    if due and due <= now then
      local stop = burst(self)
      if stop.exit and not bear(self, stop) then
        return stop
      end
    else
      if self.campaign and not self.resting then
        prune(self, now)
      end
      park(self, math.min(due or math.huge, now + (self.resting and RESTING_MS
        or self.host.poll_ms or POLL_MS)))
    end
  end
end

-- Ends a burst: nothing new is sent, what is in flight is awaited.
local function break_off(self)
  if self.work then
    self.work:stop { state = "stopped" }
  end
end

--- Sends nothing more until `go_on`, and waits until nothing is under way: the lane is
-- about to be let go. Call inside a task.
function standing_methods:rest()
  self.resting = true
  break_off(self)
  while self.work do
    self.host.loop:sleep(REST_MS)
  end
end

--- Ends `rest`.
function standing_methods:go_on()
  self.resting = nil
  self:wake()
end

--- Ends `run`: nothing new is sent, what is in flight is awaited.
function standing_methods:stop()
  self.stopping = true
  break_off(self)
  self:wake()
end

--- Carries a campaign out, and single messages beside it.
-- @tparam crier.dispatch work
-- @tparam table holder of the lane: `loop`, `journal`, `lane`, `client`
-- @treturn table how the campaign stopped, see `crier.campaign.dispatch`
function standing.beside(work, holder)
  local self = standing.new({ loop = holder.loop, journal = holder.journal,
    lane = holder.lane, client = holder.client, poll_ms = BESIDE_MS })
  work.beside = self
  local task = holder.loop:spawn(function() self:run() end)
  local stop = work:run()
  self:stop()
  while not task.ended do
    holder.loop:sleep(REST_MS)
  end
  return stop
end

return standing
