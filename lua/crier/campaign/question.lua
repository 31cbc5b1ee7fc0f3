--- What a person is asked before a run sends: to whom, from where, how many, how long.
-- @module crier.campaign.question
local aside = require "crier.campaign.aside"
local plan = require "crier.campaign.plan"
local route = require "crier.campaign.route"
local text = require "crier.format.text"
local time = require "crier.format.time"

local question = {}

-- What every question says of where it would send.
local function about(run, name)
  return {
    name = name,
    action = run.action,
    tenant = run.config.tenant,
    app = run.config.app,
    store = run.store,
    is_new_store = run.is_new_store,
  }
end

-- When it would send, in words: each a label and a text.
local function times_of(run, openings)
  local schedule, now, times = run.schedule, run.loop:now(), {}
  if not schedule then
    return times
  end
  local function add(label, said)
    times[#times + 1] = { label = label, text = said }
  end
  local function moment(ms)
    return schedule:text(ms) .. (ms - now >= 1000 and ", in " .. time.span((ms - now) / 1000)
      or "")
  end
  if schedule.at_ms then
    add(schedule.at_ms > now and "starts" or "was to start", moment(schedule.at_ms))
  end
  local first, last = openings and openings[1], openings and openings[#openings]
  if first and schedule.window then
    add("window", first.at == last.at and "opens " .. moment(first.at)
      or ("opens %s; the last %s"):format(moment(first.at), moment(last.at)))
  end
  if schedule.deadline_ms then
    add("deadline", moment(schedule.deadline_ms) .. (openings and openings.late > 0
      and ("; too late for %s"):format(text.number(openings.late)) or ""))
  end
  return times
end

-- At the allowed rates, or at the campaign's own below them.
local function duration(run, known, cold)
  local rate = (run.campaign or run.definition).rate
  return math.max(route.seconds(run.action, run.definition, known, cold),
    rate and (known + cold) / rate or 0)
end

--- The question of a new plan.
-- @tparam crier.campaign.run run
-- @tparam table made from `crier.campaign.plan.read`
-- @treturn table `name`, `action`, `tenant`, `app`, `store`, `is_new_store`, `targeted`,
--   `recipients`, `kinds`, `excluded`, `known` (who has a conversation), `installs`,
--   `seconds`, `times` (array of `{ label =, text = }`: when it would send),
--   `warnings` (lines)
function question.of_plan(run, made)
  local known = run.action == "send" and plan.count_known(run.journal, {
    app = run.config.app,
    tenant = run.config.tenant,
    host = run.config.info.connector,
  }, run.stage, made) or 0
  local cold = made.recipients - known
  local asked = about(run, run.definition.name)
  asked.targeted, asked.recipients = made.targeted, made.recipients
  asked.kinds, asked.excluded, asked.known = made.kinds, made.excluded, known
  asked.installs = run.definition.install and cold or 0
  asked.times, asked.warnings = times_of(run, made.openings), made.warnings
  asked.seconds = duration(run, known, cold)
  return asked
end

--- The question of a run that goes on: who must be reached still?
-- @tparam crier.campaign.run run
-- @treturn table as of `of_plan`, without `kinds`
function question.of_rest(run)
  local targets, id, again = run.journal.targets, run.campaign.id, run.options.again
  local counts, waiting, phases = targets:counts(id), aside.waiting(run)
  local more = again and targets:count_failed(id, again.reasons) or 0
  local recipients = waiting + more
  local cold = recipients - (phases.send or 0)
  local asked = about(run, run.campaign.name)
  asked.targeted, asked.recipients = counts.targeted, recipients
  asked.known = recipients - cold
  asked.excluded = targets:reasons(id, "excluded")
  asked.installs = (phases.install or 0)
    + (run.definition.install and phases.held or 0)
  asked.times = times_of(run)
  asked.seconds = duration(run, recipients - cold, cold)
  return asked
end

--- The question of a sequel: everybody who may have got something.
-- @tparam crier.campaign.run run
-- @tparam integer count of them
-- @treturn table as of `of_plan`, without `kinds`
function question.of_sequel(run, count)
  local asked = about(run, run.definition.name)
  asked.targeted, asked.recipients = count, count
  asked.excluded, asked.installs = {}, 0
  asked.seconds = duration(run, 0, count)
  return asked
end

return question
