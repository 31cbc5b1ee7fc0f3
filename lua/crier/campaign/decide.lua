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
--     "move"     the tenant is served by another host: go there, and remember
--     "stop"     stop the run: it would fail for everybody
-- @module crier.campaign.decide
local detour = require "crier.campaign.detour"
local route = require "crier.campaign.route"

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

-- Another way, if it is still open.
local function turn_off(row, outcome, policy, now, answer)
  local phase, more = detour.take(answer, row, outcome, policy)
  if phase then
    advance(row, phase, now)
    return more
  end
  outcome.text = ("%s: %s"):format(tostring(answer), more)
    .. (outcome.text and " (the service: " .. outcome.text .. ")" or "")
  settle(row, "failed", outcome.reason)
end

-- crier knows no way on: the policy is asked.
local function ask(row, outcome, policy, now)
  row.tries, row.reason, outcome.is_asked = row.tries + 1, outcome.reason, true
  local answer, reason, text = policy.retry(outcome, row.tries, row)
  if detour.is(answer) then
    return turn_off(row, outcome, policy, now, answer)
  elseif answer then
    local delay_ms = math.max(answer * 1000, outcome.retry_after_ms or 0)
    return wait(row, row.phase, now + delay_ms)
  end
  outcome.text = text or outcome.text
  settle(row, "failed", reason or outcome.reason)
end

-- crier goes on by itself, or cannot: the policy is shown why. It may ask for
-- patience, and where it breaks the person fails.
local function show(row, outcome, policy, now)
  outcome.heals = true
  local answer, reason, text = policy.retry(outcome, row.tries, row)
  if row.state ~= "pending" then
    return
  elseif type(answer) == "number" then
    row.due_at = math.max(row.due_at, math.floor(now + answer * 1000))
  elseif text then
    outcome.text = text
    settle(row, "failed", reason)
  end
end

-- Where the way to a conversation begins for who has the app.
local function first_look(policy)
  return policy.conversation == "graph" and "installation" or "create"
end

-- A channel or chat has one conversation, itself, and the app is put into it by
-- somebody else.
local function is_post(row)
  return row.key ~= nil and not row.key:find "^user:"
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
  return ask(row, outcome, policy, now)
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
    return ask(row, outcome, policy, now)
  end
  settle(row, "unknown", outcome.reason)
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
    return ask(row, outcome, policy, now)
  end
end

local phases = { installation = {}, install = {}, create = {}, chat = {},
  send = {}, notify = {}, upgrade = {}, uninstall = {}, update = {}, delete = {} }

function phases.install.ok(row, _, policy, now)
  policy.is_trial = false
  row.installed, row.installed_at = 1, now
  -- The conversation may come by itself: see `crier.campaign.heard`.
  advance(row, first_look(policy), now + (policy.event_wait_ms or policy.visible_ms
    or FIRST_LOOK_MS))
end

-- It may be our own install, whose answer was lost: as new as that one.
function phases.install.already(row, _, policy, now)
  policy.is_trial = false
  row.installed, row.installed_at = 0, now
  advance(row, first_look(policy), now)
end

function phases.install.absent(row, outcome, _, now)
  row.reason = outcome.reason
  wait(row, "install", now)
  return "catalog"
end

function phases.create.ok(row, outcome, policy, now)
  if policy.event_wait_ms and row.installed == 1 then
    policy.in_vain = (policy.in_vain or 0) + 1
  end
  row.conversation_id = outcome.id
  row.service_url = outcome.service_url or row.service_url
  advance(row, "send", now)
  return "keep"
end

-- A conversation that was kept may name a host of another geography: the
-- cloud's own one is asked before anything is believed.
local function elsewhere(otherwise)
  return function(row, outcome, policy, now)
    if not row.service_url then
      return otherwise(row, outcome, policy, now)
    end
    row.service_url, row.reason = nil, outcome.reason
    wait(row, "create", now)
  end
end

phases.create.absent = elsewhere(not_installed)
phases.create.refused = elsewhere(ask)
phases.create.stale = elsewhere(ask)

local NOT_INSTALLED = "install the app for this person (install = true in the"
  .. " campaign), then send to them again"

-- What is to be done with who has the app, and with who has not.
local with_app, without_app = {}, {}

function with_app.send(row, _, _, now)
  if row.reinstalled == detour.TO_REMOVE then
    return advance(row, "uninstall", now)
  elseif row.installed == nil then
    row.installed = 0
  end
  advance(row, "chat", now)
end

-- The app is off: to be put on again, as for the first time.
local function install_again(row, now)
  row.reinstalled, row.installation_id = detour.REMOVED, nil
  advance(row, "install", now)
end

function without_app.send(row, outcome, policy, now)
  if row.reinstalled == detour.TO_REMOVE then
    return install_again(row, now)
  end
  outcome.kind, outcome.scope = "absent", "recipient"
  outcome.reason, outcome.text = "not installed", nil
  outcome.remedy = NOT_INSTALLED
  return not_installed(row, outcome, policy, now)
end

function with_app.upgrade(row, installation, policy, now)
  if installation.version and installation.version == policy.app_version then
    return settle(row, "excluded", "up to date")
  end
  advance(row, "upgrade", now)
end

function with_app.uninstall(row, _, _, now)
  advance(row, "uninstall", now)
end

local function nothing_there(row)
  settle(row, "excluded", "not installed")
end

without_app.upgrade, without_app.uninstall = nothing_there, nothing_there

function phases.installation.ok(row, outcome, policy, now)
  local found = outcome.installation
  row.installation_id = found and found.id or nil
  if found then
    return with_app[policy.action](row, found, policy, now)
  end
  return without_app[policy.action](row, outcome, policy, now)
end

local function done(row)
  settle(row, "delivered", nil)
end

-- An uninstall is the end, or one half of a reinstall.
local function uninstalled(otherwise)
  return function(row, _, _, now)
    if row.reinstalled == detour.TO_REMOVE then
      return install_again(row, now)
    end
    otherwise(row)
  end
end

phases.upgrade.ok, phases.upgrade.absent = done, nothing_there
phases.uninstall.ok, phases.uninstall.already = uninstalled(done), uninstalled(done)
phases.uninstall.absent = uninstalled(nothing_there)
phases.update.ok, phases.notify.ok = done, done
phases.delete.ok, phases.delete.already = done, done

function phases.chat.ok(row, outcome, _, now)
  row.conversation_id, row.service_url = outcome.id, nil
  advance(row, "send", now)
  return "keep"
end

phases.chat.absent = not_installed

function phases.send.ok(row, outcome)
  row.activity_id = outcome.id
  settle(row, "delivered", nil)
end

function phases.send.absent(row, outcome, policy, now)
  if is_post(row) then
    outcome.remedy = "add the app to the team, and to a private or shared channel by"
      .. " itself, or to the group chat; then send to who failed"
    return ask(row, outcome, policy, now)
  end
  local action = not_installed(row, outcome, policy, now)
  return row.phase == "install" and "forget" or action
end

function phases.send.stale(row, outcome, policy, now)
  if row.repaired == 1 then
    if is_post(row) then
      outcome.remedy = "check the id: Teams knows no such channel or group chat"
    elseif outcome.reason == "stale conversation" then
      outcome.reason = "unusable answer"
      outcome.remedy = "Teams does not know the conversation that it has just"
        .. " named: send to who failed later"
    end
    return ask(row, outcome, policy, now)
  end
  decide.begin_anew(row, policy, now)
  return "forget"
end

-- A tenant of another host says so to whoever asks first.
local function move(row, outcome, _, now)
  row.service_url, row.reason = nil, outcome.reason
  wait(row, row.phase, now)
  return "move"
end

-- Some clouds install no app for a person unless somebody is signed in. One
-- person tells.
local POLICY_ROUTE = "this cloud installs no app by application permission: give"
  .. " it to people by an app setup policy (Teams admin center > Teams apps >"
  .. " Setup policies), and say install = false"

local function is_barred(row, outcome, policy)
  return policy.is_trial and route.service(row.phase) == "graph" and row.phase ~= "notify"
    and (outcome.status == 403 or outcome.status == 412)
end

--- Lets a row find its conversation once more.
-- @tparam table row
-- @tparam table policy see `decide.settle`
-- @tparam integer now_ms
function decide.begin_anew(row, policy, now_ms)
  row.repaired = 1
  if is_post(row) then
    row.service_url = nil
    return advance(row, "send", now_ms)
  end
  advance(row, first_look(policy), now_ms)
end

-- What the policy has nothing to say about.
local SUCCESS = { ok = true, already = true }

--- Decides about a row for which no call can be made, or for which it failed for a
-- reason that was found out later.
-- @tparam table row
-- @tparam table outcome `kind`, `reason` and, for people, `text` and `remedy`
-- @tparam table policy see `decide.settle`
-- @tparam integer now_ms
-- @treturn ?string what else is to be done
function decide.give_up(row, outcome, policy, now_ms)
  row.outcome, outcome.phase = outcome, row.phase
  return ask(row, outcome, policy, now_ms)
end

--- Leaves somebody out who was not excluded by the plan.
-- @tparam table row
-- @tparam string reason
function decide.leave_out(row, reason)
  settle(row, "excluded", reason)
end

--- Decides.
-- @tparam table row of the journal, with `phase` before the answer
-- @tparam table outcome see `core.outcome`
-- @tparam table policy `action` (`send`, `upgrade`, `uninstall`), `retry`
--   (function), `on_unknown`, `install` (boolean), `conversation`,
--   `app_version`; `event_wait_ms` (how long a conversation may come by itself) and
--   `in_vain` (who waited so); its `visible_ms` is learned here, and that a cloud lets
--   apps be installed (`is_trial`)
-- @tparam integer now_ms
-- @tparam ?boolean sent false when the request never left
-- @treturn ?string what else is to be done
function decide.settle(row, outcome, policy, now_ms, sent)
  row.outcome, outcome.phase = outcome, row.phase
  local rule
  if outcome.kind == "stale" and outcome.scope == "run"
    and route.service(row.phase) == "connector" then
    rule = move
  elseif is_barred(row, outcome, policy) then
    outcome.kind, outcome.remedy = "misconfigured", POLICY_ROUTE
  end
  rule = rule or phases[row.phase][outcome.kind] or common[outcome.kind] or ask
  local action = rule(row, outcome, policy, now_ms, sent)
  if not SUCCESS[outcome.kind] and not outcome.is_asked and action ~= "catalog" then
    show(row, outcome, policy, now_ms)
  end
  return action
end

return decide
