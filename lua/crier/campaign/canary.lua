--- A few people first: drawn by lot, they are sent to while the rest is held; after
-- a while the rest follows, if too few of the first failed.
--
-- Each step is in the journal, so that a run that was killed goes on with it:
--
--     drawn -> (the first are done) -> held -> (time is over) -+-> passed
--                                                              +-> paused -> resume -> passed
-- @module crier.campaign.canary
local amount = require "crier.format.amount"
local route = require "crier.campaign.route"
local suggest = require "crier.suggest"
local text = require "crier.format.text"
local time = require "crier.format.time"

local canary = {}

local canary_methods = {}
local canary_mt = { __name = "crier.canary", __index = canary_methods }

local HOLD, FAILED = "30m", "5%"
local PAGE = 500
-- For a hold that lasts so much longer the lane is let go.
local LONG_MS = 60000
local ORDER = { "people", "hold", "failed", "blocked", "ask", "seed" }

local checks = {}

function checks.people(value)
  local share = amount.share(value)
  if share and share > 0
    or type(value) == "number" and value >= 1 and value % 1 == 0 then
    return nil
  end
  return 'people must be a number such as 50, or a share such as "1%"'
end

function checks.hold(value)
  return value ~= nil and not amount.ms(value) and 'hold must be a time such as "30m"' or nil
end

local function check_share(name)
  return function(value)
    return value ~= nil and not amount.share(value)
      and name .. ' must be a share such as "2%"' or nil
  end
end

checks.failed, checks.blocked = check_share "failed", check_share "blocked"

function checks.ask(value)
  return value ~= nil and type(value) ~= "boolean" and "ask must be true or false" or nil
end

function checks.seed(value)
  return value ~= nil and type(value) ~= "string" and "seed must be a text" or nil
end

--- Checks the option `canary`.
-- @param value
-- @treturn ?string the problem
function canary.check(value)
  if value == nil then
    return nil
  elseif type(value) ~= "table" then
    return 'canary takes { people = 50, hold = "30m" }'
  end
  for _, name in ipairs(ORDER) do
    local problem = checks[name](value[name])
    if problem then
      return "canary: " .. problem
    end
  end
  return suggest.unknown_key("canary", value, ORDER)
end

--- How many are sent to first.
-- @tparam table options of the campaign
-- @tparam integer waiting how many people there are
-- @treturn integer
function canary.size(options, waiting)
  local share = amount.share(options.people)
  return share and math.ceil(share * waiting) or options.people
end

--- How long the rest waits after them.
-- @tparam table options of the campaign
-- @treturn number milliseconds
function canary.hold_ms(options)
  return amount.ms(options.hold or (options.ask and "0s" or HOLD))
end

-- Marks who has the lowest lots: the same people for the same seed, whoever else is
-- in the audience by chance, and from all parts of it.
local function draw(context, people, seed)
  local core = require "crier.core" -- here: a script is checked without it
  local canaries, id, stage = context.journal.canaries, context.campaign.id, context.stage
  local lots = stage:draw_lots(people, function(add)
    local after, page = 0
    repeat
      page = assert(canaries:page(id, after, PAGE))
      for _, row in ipairs(page) do
        after = row.id
        add(row.key, core.text.sha256(seed .. "\0" .. row.key:lower()))
      end
    until #page < PAGE
  end)
  return stage:each_lot(lots, function(key)
    return canaries:mark(id, key)
  end)
end

--- Draws who is sent to first, and holds the rest; who is new in a campaign whose
-- canary is under way is held as well. Call it inside the plan's transaction.
-- @tparam table context `journal`, `stage`, `campaign` (row), `definition`
-- @treturn boolean true; or nil, message, code
function canary.plan(context)
  local options, id = context.definition.canary, context.campaign.id
  local canaries = context.journal.canaries
  local row = canaries:find(id)
  if row and not row.passed_at then
    local held, message, code = canaries:hold(id)
    return held and true, message, code
  elseif row or not options or context.campaign.test_of then
    return true
  end
  local waiting = canaries:count(id)
  local people = canary.size(options, waiting)
  if people >= waiting then
    return true -- nobody would be held
  end
  local ok, message, code = draw(context, people, options.seed or context.campaign.name)
  ok = ok and canaries:hold(id)
  if ok then
    ok, message, code = canaries:add(id, people)
  end
  return ok and true, message, code
end

--- Creates what watches over a campaign's canary while it runs.
-- @tparam table options of `crier.campaign.dispatch`
-- @treturn ?crier.canary nil when there is none, or it is over
function canary.new(options)
  local journal, campaign = options.journal, options.campaign
  local row = journal.canaries:find(campaign.id)
  if not row or row.passed_at or campaign.aside then
    return nil
  end
  local wanted, action = options.definition.canary or {}, campaign.action
  local lifted_at = campaign.lifted_at or 0
  return setmetatable({
    journal = journal,
    id = campaign.id,
    people = row.people,
    held_from = row.held_from,
    until_ms = nil, -- while a long hold lasts
    is_answered = row.asked_at ~= nil and lifted_at >= row.asked_at,
    hold_ms = canary.hold_ms(wanted),
    asks = wanted.ask,
    limits = { failed = amount.share(wanted.failed or FAILED),
      blocked = wanted.blocked and amount.share(wanted.blocked) or nil },
    phases = { cold = route.first(action, options.definition),
      warm = route.phases(action, options.definition)[1] },
  }, canary_mt)
end

-- Why the rest should not follow, when it should not; and what became of the first.
local function judge(self)
  local seen, failed, blocked = 0, 0, 0
  for _, row in ipairs(self.journal.canaries:results(self.id)) do
    local is_failed = row.state == "failed" or row.state == "unknown"
    seen = seen + ((is_failed or row.state == "delivered") and row.count or 0)
    failed = failed + (is_failed and row.count or 0)
    blocked = blocked + (is_failed and (row.reason or ""):find "^blocked" and row.count or 0)
  end
  if seen == 0 then
    return "canary: none of the first people was sent to"
  end
  local function over(count, limit, what)
    return limit and count > limit * seen and ("canary: %d of the first %d people failed%s"
      .. " (%s, the limit is %s)"):format(count, seen, what, amount.percent(count / seen),
      amount.percent(limit)) or nil
  end
  return over(blocked, self.limits.blocked, ": blocked") or over(failed, self.limits.failed, ""),
    ("canary: the first %s were sent to, %s failed; the rest waits to be told"):format(
      text.count(seen, "person", "people"), text.number(failed))
end

local function release(self, work, now)
  local journal = self.journal
  local ok, message, code = journal:transaction(function()
    return journal.canaries:pass(self.id, self.phases, now)
  end)
  if not ok then
    return nil, message, code
  end
  self.is_over = true
  for _, stage in pairs(work.stages) do
    stage:expect(now)
  end
  return work:wait_for(nil)
end

local function pause(self, work, why, now)
  local ok, message, code = self.journal.canaries:ask(self.id, now)
  if ok then
    work:pause(why)
  end
  return ok and true, message, code
end

--- Takes the next step, when nothing else is under way.
-- @tparam crier.dispatch work
-- @treturn boolean true; or nil, message, code when the store failed
function canary_methods:turn(work)
  local now = work:now()
  self.until_ms = nil
  if self.is_answered or not self.journal.canaries:has_held(self.id) then
    return release(self, work, now)
  end
  if not self.held_from or now >= self.held_from + self.hold_ms then
    local why, question = judge(self)
    if why then
      return pause(self, work, why, now)
    elseif self.held_from or self.hold_ms == 0 then
      if self.asks then
        return pause(self, work, question, now)
      end
      return release(self, work, now)
    end
    local ok, message, code = self.journal.canaries:begin_hold(self.id, now)
    if not ok then
      return nil, message, code
    end
    self.held_from = now
  end
  local until_ms = self.held_from + self.hold_ms
  self.until_ms = until_ms - now >= LONG_MS and until_ms or nil
  return work:wait_for(("canary: the first %s were sent to, the rest waits until %s"):format(
    text.count(self.people, "person", "people"),
    time.stamp(time.iso(until_ms))), until_ms)
end

return canary
