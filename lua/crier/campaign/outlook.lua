--- What a dispatch is doing just now, and how long it will take: for people who
-- watch.
-- @module crier.campaign.outlook
local budget = require "crier.budget"
local plan = require "crier.campaign.plan"

local outlook = {}

local WORDS = { send = "sending", create = "opening chats",
  install = "installing" }

-- A wait shorter than this is the ordinary rhythm of a budget.
local WORTH_SAYING_MS = 1000

--- What the dispatch waits for, if it is worth saying.
-- @tparam crier.dispatch work
-- @treturn ?table `{ what =, ms = }`
function outlook.waiting(work)
  local now, longest = work.loop:now(), nil
  local function consider(what, until_ms)
    local ms = until_ms - now
    if ms >= WORTH_SAYING_MS and (not longest or ms > longest.ms) then
      longest = { what = what, ms = ms }
    end
  end
  for _, phase in ipairs(work.phases) do
    local stage = work.stages[phase]
    if stage.wait_class then
      consider(budget.classes[stage.wait_class].shown, stage.wait_until)
    elseif not stage:peek() and stage.next_due then
      consider("next try", stage.next_due)
    end
  end
  for service, found in pairs(work.outages) do
    if found.since then
      longest = { what = ("no answer from %s (%s) for"):format(service,
        found.text or "?"), ms = now - found.since }
    end
  end
  return longest
end

--- What most of the work is just now.
-- @tparam crier.dispatch work
-- @treturn string
function outlook.phase(work)
  if work.stopping then
    return "stopping"
  end
  for i = #work.phases, 1, -1 do
    local phase = work.phases[i]
    if work.stages[phase]:peek() then
      return WORDS[phase]
    end
  end
  return WORDS.send
end

--- The time left at the allowed rates, from the share of people who needed a
-- conversation when the run began.
-- @tparam crier.dispatch work
-- @treturn number seconds
function outlook.seconds_left(work)
  local pending = work.counts.pending
  local cold = math.floor(pending * work.cold_share + 0.5)
  return plan.seconds(pending - cold, cold, work.policy.install)
end

return outlook
