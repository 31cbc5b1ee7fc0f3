--- What becomes of a target after one answer: a decision without I/O.
--
-- The row's `state`, `phase`, `due_at`, `tries`, `reason` and marks are
-- changed; what else is to be done is returned as one word:
--
--     "keep"     keep the conversation that was created
--     "forget"   forget the conversation, which the service no longer knows
--     "outage"   nothing answered: hold back the whole service for a while
--     "repeat"   the token was refused: ask the client whether to repeat
--     "catalog"  app or user is unknown: look the app up to tell which
--     "stop"     stop the run: it would fail for everybody
-- @module crier.campaign.decide
local decide = {}

-- After our own install the chat may take this long to be seen. The first look
-- is early, while the budget still has room; one that came too early teaches
-- the next ones to wait.
local VISIBLE_MS = 30000
local LONGEST_LOOK_MS = 8000
local FIRST_LOOK_MS = 100

local function wait(row, phase, due_at)
  row.state, row.phase, row.due_at = "pending", phase, math.floor(due_at)
end

local function advance(row, phase, due_at)
  wait(row, phase, due_at)
  row.tries, row.reason = 0, nil
end

-- Who has an attempt behind them that may have arrived is never `failed`.
local function settle(row, state, reason)
  row.state = state == "failed" and row.doubt == 1 and "unknown" or state
  row.phase, row.reason = nil, reason
end

local function try_again(row, outcome, policy, now)
  row.tries, row.reason = row.tries + 1, outcome.reason
  local delay_s, reason = policy.retry(outcome, row.tries)
  if delay_s then
    local delay_ms = math.max(delay_s * 1000, outcome.retry_after_ms or 0)
    wait(row, row.phase, now + delay_ms)
  else
    settle(row, "failed", reason or outcome.reason)
  end
end

local common = {}

function common.throttled(row, outcome, _, now)
  row.reason = outcome.reason
  wait(row, row.phase, now + (outcome.retry_after_ms or 1000))
end

function common.transient(row, outcome, policy, now, sent)
  if sent == false then
    row.reason = outcome.reason
    wait(row, row.phase, now)
    return "outage"
  end
  try_again(row, outcome, policy, now)
end

function common.unauthorized(row, outcome, _, now)
  row.reason = outcome.reason
  wait(row, row.phase, now)
  return "repeat"
end

function common.misconfigured(row, outcome, _, now)
  row.reason = outcome.reason
  wait(row, row.phase, now)
  return "stop"
end

function common.ambiguous(row, outcome, policy, now)
  if policy.on_unknown == "resend" then
    row.doubt = 1
    return try_again(row, outcome, policy, now)
  end
  settle(row, "unknown", outcome.reason)
end

local function fail(row, outcome)
  settle(row, "failed", outcome.reason)
end

-- The app was not found for this person: it may not be seen yet, it may be
-- installed, or the person is done.
local function not_installed(row, outcome, policy, now)
  local since = row.installed_at and now - row.installed_at
  if since and since >= 0 and since < VISIBLE_MS then
    local wait_ms = math.min(LONGEST_LOOK_MS, math.max(since, FIRST_LOOK_MS) / 2)
    policy.visible_ms = math.min(LONGEST_LOOK_MS,
      math.max(policy.visible_ms or FIRST_LOOK_MS, since * 1.25))
    row.tries, row.reason = row.tries + 1, outcome.reason
    wait(row, row.phase, now + wait_ms)
  elseif policy.install and row.installed == nil then
    advance(row, "install", now)
  else
    fail(row, outcome)
  end
end

local phases = { install = {}, create = {}, send = {} }

function phases.install.ok(row, _, policy, now)
  row.installed, row.installed_at = 1, now
  advance(row, "create", now + (policy.visible_ms or FIRST_LOOK_MS))
end

-- It may be our own install, whose answer was lost: as new as that one.
function phases.install.already(row, _, _, now)
  row.installed, row.installed_at = 0, now
  advance(row, "create", now)
end

function phases.install.absent(row, outcome, _, now)
  row.reason = outcome.reason
  wait(row, "install", now)
  return "catalog"
end

function phases.create.ok(row, outcome, _, now)
  row.conversation_id, row.service_url = outcome.id, outcome.service_url
  advance(row, "send", now)
  return "keep"
end

phases.create.absent = not_installed

function phases.send.ok(row)
  settle(row, "delivered", nil)
end

function phases.send.absent(row, outcome, policy, now)
  if not_installed(row, outcome, policy, now) == nil
    and row.phase == "install" then
    return "forget"
  end
end

function phases.send.stale(row, outcome, _, now)
  if row.repaired == 1 or outcome.scope == "run" then
    return fail(row, outcome)
  end
  row.repaired = 1
  advance(row, "create", now)
  return "forget"
end

--- Settles a row as failed, or as unknown when an attempt may have arrived.
-- @tparam table row
-- @tparam string reason
function decide.fail(row, reason)
  settle(row, "failed", reason)
end

--- Decides.
-- @tparam table row of the journal, with `phase` before the answer
-- @tparam table outcome see `core.outcome`
-- @tparam table policy `retry` (function), `on_unknown`, `install` (boolean);
--   its `visible_ms` is learned here
-- @tparam integer now_ms
-- @tparam ?boolean sent false when the request never left
-- @treturn ?string what else is to be done
function decide.settle(row, outcome, policy, now_ms, sent)
  row.outcome = outcome
  local rule = phases[row.phase][outcome.kind] or common[outcome.kind] or fail
  return rule(row, outcome, policy, now_ms, sent)
end

return decide
