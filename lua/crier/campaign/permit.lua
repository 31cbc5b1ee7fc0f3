--- Whether the organisation's policy permits a run (see `crier.campaign.rules`).
--
-- A recall and a test need no more than a rule for who does it: what was a mistake
-- is undone at any hour, and a test goes to a few who are named.
-- @module crier.campaign.permit
local operator = require "crier.operator"
local rules = require "crier.campaign.rules"
local text = require "crier.format.text"

local permit = {}

local CONFIG = 78
-- What goes to whoever has the message already has no audience to judge.
local HAS_AUDIENCE = { send = true, upgrade = true, uninstall = true }

local function forbid(run, rule, said, ...)
  return {
    exit = CONFIG,
    why = ("policy %s%s: %s"):format(run.config.policy,
      rule and (", rule '%s'"):format(rule.name) or "", said:format(...)),
    remedy = "nothing was sent: ask who keeps the policy",
  }
end

--- Who runs crier.
-- @tparam crier.campaign.run run
-- @treturn ?string
function permit.user(run)
  return run.options.deed and run.options.deed.user or operator.name(run.options.getenv)
end

--- Whether hours, numbers and approvals are none of a run's affair.
-- @tparam crier.campaign.run run
-- @treturn boolean
function permit.is_free(run)
  return run.test_of ~= nil or run.action == "recall"
end

--- Judges whether a run may begin now, or when the script says.
-- @tparam crier.campaign.run run with its `rule`
-- @treturn ?table what it ends with
function permit.hours(run)
  local rule = run.rule
  if not rule or permit.is_free(run) then
    return nil
  end
  local now, at = run.loop:now(), run.schedule and run.schedule.at_ms or 0
  local opens, said = run.rules:opening(rule, math.max(now, at))
  if not opens then
    return forbid(run, rule, "its hours never come")
  elseif opens > math.max(now, at) then
    return forbid(run, rule, "a run may begin at %s, not %s", said,
      at > now and "at " .. run.schedule:text(at) or "now")
  end
end

--- Judges what can be judged without the network, and finds the run's `rule`.
-- @tparam crier.campaign.run run with `rules`, nil where there is no policy
-- @treturn ?table what it ends with
function permit.begin(run)
  if not run.rules then
    return nil
  end
  local user, name = permit.user(run), run.definition.name
  local rule = run.rules:find(user, name)
  run.rule = rule
  if not rule then
    return forbid(run, nil, "no rule lets %s send %s", user or "somebody without a name", name)
  elseif permit.is_free(run) then
    return nil
  end
  local stranger = HAS_AUDIENCE[run.action]
    and rules.stranger(rule, run.definition.audience)
  if stranger then
    return forbid(run, rule, "the audience has %s, which is not among its audiences",
      stranger)
  end
  return permit.hours(run)
end

--- Judges the number of recipients.
-- @tparam crier.campaign.run run with its `rule`
-- @tparam integer recipients
-- @treturn ?table what it ends with
function permit.size(run, recipients)
  local most = run.rule and run.rule.max_recipients
  if most and recipients > most and not permit.is_free(run) then
    return forbid(run, run.rule, "%s at most, not %s", text.count(most, "recipient"),
      text.number(recipients))
  end
end

return permit
