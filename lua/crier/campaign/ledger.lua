--- A campaign's ledger: how many, in which state, and why.
-- @module crier.campaign.ledger
local plan_digest = require "crier.campaign.plan_digest"
local time = require "crier.format.time"

local ledger = {}

-- A dialog keeps the script that it began with: nothing lets one that failed go on.
local DIALOG_REMEDY = "mend the script, and ask these people again under another name;"
  .. " `crier export %s` has them, with dialog failed"

local STATES = { "delivered", "failed", "excluded", "pending", "unknown" }
-- States whose reasons are told.
local TOLD = { "failed", "excluded", "unknown" }

-- What somebody looking from outside sees: a campaign that says it runs, but
-- that nobody works on, stands still.
local function shown_state(row, dead)
  if dead and (row.state == "running" or row.state == "planning"
    or row.state == "waiting") then
    return "stopped"
  end
  return row.state
end

-- Why it is in that state: a plan that was broken off wrote nothing of it.
local function shown_why(row, state)
  return row.why or state == "stopped" and row.planned == 0
    and "its people were not read to the end: nothing was sent" or nil
end

-- Whether nobody works on a campaign: its lane is free, or held by one who came
-- after the campaign's last run.
local function is_idle(journal, row)
  return (row.fence ~= row.lane_fence or not journal.lanes:is_held(row.lane))
    and not (row.state == "waiting" and journal.lanes:queued_by(row.id))
end

--- Whether nobody works on a campaign that never sends twice, so that what was
-- under way is unknown and not pending.
-- @tparam crier.journal journal
-- @tparam table row of the campaign
-- @treturn boolean
function ledger.is_dead(journal, row)
  return row.on_unknown == "report" and is_idle(journal, row)
end

-- Who signed the plan as it stands.
local function approvals_of(journal, row)
  local list = journal.approvals:list(row.id, plan_digest.of(row))
  for _, one in ipairs(list) do
    one.at = time.iso(one.at)
  end
  return list
end

-- Which campaigns took back what this one sent; nil when none did.
local function recalls_of(journal, row)
  local list = {}
  for _, one in ipairs(journal.sent:recalls(row.id)) do
    if one.count > 0 then
      list[#list + 1] = one
    end
  end
  return #list > 0 and list or nil
end

-- How a campaign's dialogs stand; nil when it does not talk.
local function dialogs_of(journal, row)
  if row.talks == 0 then
    return nil
  end
  local found = journal.dialogs:counts(row.id)
  found.problem = found.failed > 0 and journal.dialogs:problem(row.id) or nil
  found.remedy = found.problem and DIALOG_REMEDY:format(row.name) or nil
  found.lost = journal.dialogs:lost(row)
  return found
end

-- How many are in each state, and the reasons of those who got nothing, by state.
local function count(journal, row, dead)
  local targets, reasons = journal.targets, {}
  for _, state in ipairs(TOLD) do
    reasons[state] = targets:reasons(row.id, state)
  end
  return targets:counts(row.id, dead and row.on_unknown == "report"), reasons
end

-- The same of single messages, which are never planned.
local function count_messages(journal, row)
  local counts, reasons = { targeted = 0 }, {}
  for _, state in ipairs(STATES) do
    counts[state], reasons[state] = 0, {}
  end
  for _, found in ipairs(journal.messages:tally(row)) do
    counts[found.state] = counts[found.state] + found.count
    counts.targeted = counts.targeted + found.count
    table.insert(reasons[found.state], found)
    found.state = nil
  end
  return counts, reasons
end

--- Reads a campaign's ledger.
-- @tparam crier.journal journal
-- @tparam table row of the campaign
-- @treturn table as `status --json` prints it; `action` is `message` of the standing
--   campaign of a lane's single messages
function ledger.read(journal, row)
  local dead, is_standing = is_idle(journal, row), row.action == "message"
  local counts, reasons = (is_standing and count_messages or count)(journal, row, dead)
  local shares = journal.shares:read(row.id, dead and row.on_unknown == "report")
  local state = shown_state(row, dead and not is_standing)
  return {
    name = row.name,
    action = row.action,
    state = state,
    why = shown_why(row, state),
    waiting_until = not dead and row.state == "waiting" and time.iso(row.waits_until)
      or nil,
    rate = row.rate,
    targeted = counts.targeted,
    delivered = counts.delivered,
    rerouted = counts.rerouted,
    failed = counts.failed,
    excluded = counts.excluded,
    pending = counts.pending,
    unknown = counts.unknown,
    calls = {
      token = row.token_calls,
      graph = row.graph_calls,
      connector = row.connector_calls,
    },
    throttled = row.throttled,
    started_at = time.iso(row.started_at),
    finished_at = time.iso(row.finished_at),
    seconds = row.finished_at and row.started_at
      and (row.finished_at - row.started_at) / 1000,
    tolerated = row.exit_status == 0 and counts.failed + counts.unknown > 0,
    approvals = approvals_of(journal, row),
    failures = reasons.failed,
    exclusions = reasons.excluded,
    unknowns = reasons.unknown,
    recalls = recalls_of(journal, row),
    echoes = journal.echoes:counts(row),
    dialogs = dialogs_of(journal, row),
    variants = shares.variants,
    languages = shares.languages,
    tenant = row.tenant,
    app = row.app,
    cloud = row.cloud,
    planned = is_standing and counts.targeted or row.targeted,
    is_test = row.test_of ~= nil,
  }
end

--- Checks that nobody is missing: the states add up to what was planned.
-- @tparam table found from `ledger.read`
-- @treturn[1] boolean true
-- @treturn[2] nil
-- @treturn[2] string message
function ledger.check(found)
  local sum = 0
  for _, state in ipairs(STATES) do
    sum = sum + found[state]
  end
  if sum == found.targeted and found.targeted == found.planned then
    return true
  end
  return nil, ("the ledger does not add up: %d planned, %d targeted, %d in"
    .. " all states"):format(found.planned, found.targeted, sum)
end

return ledger
