--- Conversations that the bot is told of: whoever a campaign has just installed the app
-- for need not be asked for theirs.
--
-- Where Teams' events reach the store (`crier serve`, or a gateway), a person waits for
-- theirs after the install, which saves the create; who waits in vain for a few seconds
-- gets one created. A campaign with `conversation = "webhook"` always waits; another
-- does once the store has heard of anything lately, and gives up when many waited in
-- vain.
-- @module crier.campaign.heard
local heard = {}

local heard_methods = {}
local heard_mt = { __name = "crier.campaign.heard", __index = heard_methods }

local WAIT_MS = 5000
local EVERY_MS = 100
local LATELY_MS = 24 * 3600 * 1000
local MOST_IN_VAIN = 20

--- Creates it.
-- @tparam table options of `crier.campaign.dispatch`
-- @tparam table policy of `crier.campaign.decide`; its `event_wait_ms` is set here
-- @treturn ?crier.campaign.heard nil where the campaign has nobody to wait for
function heard.new(options, policy)
  local definition = options.definition
  if policy.action ~= "send" or not definition.install or definition.conversation == "graph" then
    return nil
  end
  local is_told = definition.conversation == "webhook"
  policy.event_wait_ms = is_told and WAIT_MS or nil
  return setmetatable({ inbox = options.journal.inbox, targets = options.journal.targets,
    campaign = options.campaign, lane = options.lane, policy = policy, is_told = is_told,
    next_look = 0, since = nil }, heard_mt)
end

-- Whether to wait for events, by what was heard and by who waited in vain.
local function learn(self, now, has_heard)
  local policy = self.policy
  if has_heard then
    policy.in_vain = 0
  elseif not policy.event_wait_ms then
    local at = self.inbox:heard_at(self.lane)
    policy.event_wait_ms = at and at >= (self.since or now - LATELY_MS) and WAIT_MS or nil
    policy.in_vain = 0
  elseif not self.is_told and (policy.in_vain or 0) >= MOST_IN_VAIN then
    policy.event_wait_ms, self.since = nil, now
  end
end

--- Looks, when it is time, and lets those send whose conversation has come.
-- @tparam crier.dispatch work
-- @treturn boolean true; or nil, message, code
function heard_methods:look(work)
  local now = work:now()
  if now < self.next_look or work.stopping then
    return true
  end
  self.next_look = now + EVERY_MS
  if not self.policy.event_wait_ms then
    learn(self, now, false)
    return true
  end
  local count, message, code =
    self.targets:adopt(self.campaign.id, self.lane, "create", "send", now)
  if not count then
    return nil, message, code
  elseif count > 0 then
    work.stages.send:expect(now)
    work.stages.create:look_again()
  end
  learn(self, now, count > 0)
  return true
end

return heard
