--- How many broadcasts a person gets at most in some time, over all campaigns of a
-- store. What counts are messages that arrived, or may have; not tests, not what was
-- amended or recalled.
--
-- It is looked at when the plan is made, and again before each person's first call,
-- since others may have sent while this campaign waited.
-- @module crier.campaign.fatigue
local amount = require "crier.format.amount"
local suggest = require "crier.suggest"

local fatigue = {}

local fatigue_methods = {}
local fatigue_mt = { __name = "crier.fatigue", __index = fatigue_methods }

local SHAPE = 'fatigue takes { most = 3, within = "7d" }, or false'
-- How often it is looked who else has sent.
local EVERY_MS = 250
-- An answer may come so much later than the last call that was noted.
local SLACK_MS = 3600000

local function is_count(value)
  return type(value) == "number" and value >= 1 and value % 1 == 0
end

--- Checks the option `fatigue`.
-- @param value
-- @treturn ?string the problem
function fatigue.check(value)
  if value == nil or value == false then
    return nil
  elseif type(value) ~= "table" then
    return SHAPE
  elseif not is_count(value.most) then
    return "fatigue: most must be a number of messages"
  elseif (amount.ms(value.within) or 0) == 0 then
    return 'fatigue: within must be a time such as "7d"'
  end
  return suggest.unknown_key("fatigue", value, { "most", "within" })
end

--- The cap of a campaign: its own, else that of the environment.
-- @tparam crier.campaign definition
-- @tparam table config from `crier.config`
-- @treturn ?table `most`, `within_ms`, `reason`; nil without
function fatigue.cap(definition, config)
  local found = definition.fatigue
  if found == nil then
    found = config.fatigue
  end
  if not found then
    return nil
  end
  local within_ms = amount.ms(found.within)
  return {
    most = found.most,
    within_ms = within_ms,
    reason = ("had %d message%s in %s"):format(found.most, found.most == 1 and "" or "s",
      amount.span(within_ms)),
  }
end

--- The campaigns whose messages count for somebody.
-- @tparam crier.journal journal
-- @tparam string tenant
-- @tparam ?integer campaign id of the one that is about to send
-- @tparam integer since milliseconds since 1970
-- @treturn {integer,...} ids
function fatigue.others(journal, tenant, campaign, since)
  return journal.broadcasts:campaigns(tenant, campaign, since - SLACK_MS)
end

--- Creates what looks before each person's first call.
-- @tparam table options of `crier.campaign.dispatch`
-- @treturn ?crier.fatigue nil without a cap
function fatigue.new(options)
  local campaign = options.campaign
  local cap = campaign.action == "send" and not campaign.test_of
    and fatigue.cap(options.definition, options.client.config)
  return cap and setmetatable({
    cap = cap,
    journal = options.journal,
    campaign = campaign,
    next_look = 0,
    ids = {}, -- whose messages count
    is_news = false, -- whether any of them sent since the plan was made
  }, fatigue_mt) or nil
end

local function look(self, now)
  if now < self.next_look then
    return
  end
  self.next_look = now + EVERY_MS
  local row = self.campaign
  self.is_news = #fatigue.others(self.journal, row.tenant, row.id, row.started_at) > 0
  self.ids = self.is_news and fatigue.others(self.journal, row.tenant, row.id,
    now - self.cap.within_ms) or {}
end

--- Whether somebody has had enough.
-- @tparam table row of the journal
-- @tparam integer now_ms
-- @treturn boolean
function fatigue_methods:is_over(row, now_ms)
  if row.attempts > 0 or not row.key:find "^user:" then
    return false
  end
  look(self, now_ms)
  -- nobody has two messages of one campaign
  return #self.ids >= self.cap.most and self.journal.broadcasts:count(self.ids, row.key,
    now_ms - self.cap.within_ms) >= self.cap.most
end

return fatigue
