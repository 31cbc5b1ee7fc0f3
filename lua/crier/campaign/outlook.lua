--- What a dispatch is doing just now, and how long it will take: for people who
-- watch.
-- @module crier.campaign.outlook
local budget = require "crier.budget"
local route = require "crier.campaign.route"
local text = require "crier.format.text"
local time = require "crier.format.time"

local outlook = {}

local WORDS = { send = "sending", create = "opening chats",
  install = "installing", installation = "looking for the app",
  chat = "finding chats", upgrade = "upgrading", uninstall = "uninstalling",
  update = "amending", delete = "recalling",
  notify = "notifying" }

-- A wait shorter than this is the ordinary rhythm of a budget.
local WORTH_SAYING_MS = 1000

-- A service that does not answer.
local function outage(work, now)
  for service, found in pairs(work.outages) do
    local ms = found.since and now - found.since or 0
    if ms >= WORTH_SAYING_MS then
      local said, span = "no answer from %s%s for %s", time.span(ms / 1000)
      return {
        text = said:format(service,
          found.text and " (" .. found.text .. ")" or "", span),
        short = said:format(service, "", span),
        is_open = true,
      }
    end
  end
end

-- A stop that waits for what is in flight.
local function last_answers(work, now)
  if work.stopping and work.in_flight > 0 then
    return { text = ("waiting for %s in flight, %s at most"):format(
      text.count(work.in_flight, "call"),
      time.span((work.stopping.deadline - now) / 1000)) }
  end
end

-- The budget that gives the next slot last, as after a 429.
local function paused_budget(work, now)
  local class, until_ms
  for _, phase in ipairs(work.phases) do
    local stage = work.stages[phase]
    if stage.wait_class and stage.wait_until > (until_ms or 0) then
      class, until_ms = stage.wait_class, stage.wait_until
    end
  end
  if class and until_ms - now >= WORTH_SAYING_MS then
    return { text = ("waiting: %s %s"):format(budget.classes[class].shown,
      time.span((until_ms - now) / 1000)) }
  end
end

-- Nothing is under way, and the next try lies ahead.
local function next_try(work, now)
  local due_at
  for _, phase in ipairs(work.phases) do
    local stage = work.stages[phase]
    if work.in_flight > 0 or stage:peek() then
      return nil
    elseif stage.next_due then
      due_at = math.min(due_at or stage.next_due, stage.next_due)
    end
  end
  if due_at and due_at - now >= WORTH_SAYING_MS then
    return { text = "next try in " .. time.span((due_at - now) / 1000) }
  end
end

--- What the dispatch waits for, if it is worth saying.
-- @tparam crier.dispatch work
-- @treturn ?table `text`, `short` where it can be said in fewer words, and
--   `is_open` (boolean) when nobody can tell for how long
function outlook.waiting(work)
  local now = work.loop:now()
  if work.waits_for and not work.stopping then
    return { text = work.waits_for, short = work.waits_for:match "^(.-): ", is_open = true }
  end
  return last_answers(work, now) or outage(work, now)
    or paused_budget(work, now) or next_try(work, now)
end

--- How many of those who wait have no conversation yet.
-- @tparam crier.journal journal
-- @tparam table campaign row
-- @treturn number from 0 to 1
function outlook.cold_share(journal, campaign)
  local phases, all = journal.targets:phases(campaign.id,
    campaign.aside ~= nil), 0
  for _, count in pairs(phases) do
    all = all + count
  end
  return all > 0 and 1 - ((phases.send or 0) + (phases.intent or 0)) / all or 0
end

local function at_work(work)
  for i = #work.phases, 1, -1 do
    local phase = work.phases[i]
    if work.stages[phase]:peek() then
      return phase
    end
  end
  return work.phases[1]
end

--- What most of the work is just now.
-- @tparam crier.dispatch work
-- @treturn string
function outlook.phase(work)
  return work.stopping and "stopping" or WORDS[at_work(work)]
end

--- The budget that most of the work uses just now.
-- @tparam crier.dispatch work
-- @treturn string a class of `crier.budget`
function outlook.class(work)
  return budget.of[at_work(work)][1]
end

--- How many calls a second that budget allows, or the campaign's rate below it.
-- @tparam crier.dispatch work
-- @treturn ?number nil when nothing limits them
function outlook.allowed(work)
  local phase = at_work(work)
  local allowed = work.client.config.limits ~= "off"
    and budget.rate(budget.of[phase][1]) or nil
  local wanted = phase == work.phases[1] and work.rate.per_second or nil
  return allowed and wanted and math.min(allowed, wanted) or allowed or wanted
end

--- The time left: at the allowed rates, from the share of people who needed a
-- conversation when the run began; longer when it goes more slowly than that, or is
-- meant to.
-- @tparam crier.dispatch work
-- @tparam ?number pace people a second of late; nil when not known yet
-- @treturn ?number seconds; nil when it cannot be told
function outlook.seconds_left(work, pace)
  local pending = work.counts.pending - (work.aside or 0)
  local at_pace = pace and pace > 0 and pending / pace or nil
  local at_rate = work.rate.per_second and pending / work.rate.per_second or 0
  if pace == 0 or work.client.config.limits == "off" then
    return at_pace and math.max(at_pace, at_rate)
  end
  local cold = math.floor(pending * work.cold_share + 0.5)
  local allowed = route.seconds(work.policy.action, work.policy, pending - cold, cold)
  return math.max(allowed, at_rate, at_pace or 0)
end

return outlook
