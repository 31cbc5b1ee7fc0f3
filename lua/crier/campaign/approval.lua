--- Approval: a plan is signed by somebody else than the one who runs it.
--
-- A run that needs one writes its plan and stops. What is signed is the digest of
-- that plan (see `crier.campaign.plan_digest`), and with it the ledger that the store
-- has: neither content nor people change without a new one.
-- @module crier.campaign.approval
local permit = require "crier.campaign.permit"
local plan_digest = require "crier.campaign.plan_digest"
local rules = require "crier.campaign.rules"

local approval = {}

local DATA, STOPPED, CONFIG = 65, 3, 78
local OVER = { finished = true, cancelled = true }

local function recipients_of(journal, row)
  local counts = journal.targets:counts(row.id)
  return counts.targeted - counts.excluded, counts
end

-- Whether a run needs an approval, by its `definition` and, where there is one, its `rule`.
local function is_needed(run, recipients)
  return not permit.is_free(run) and (run.definition.approval
    or rules.needs_approval(run.rule, recipients)) or false
end

-- Who has signed what the run would do.
local function signed(run)
  return run.campaign and run.journal.approvals:list(run.campaign.id,
    plan_digest.of(run.planned)) or {}
end

--- What a run waits for.
-- @tparam crier.campaign.run run with `planned`, and `campaign` when the store has it
-- @tparam integer recipients
-- @treturn ?string nil when it is approved, or need not be
function approval.missing(run, recipients)
  if not is_needed(run, recipients) then
    return nil
  end
  local user, other = permit.user(run), nil
  for _, one in ipairs(signed(run)) do
    if one.who ~= user and rules.may_approve(run.rule, one.who) then
      return nil
    end
    other = one.who
  end
  return other and ("%s has approved it, and cannot for a run of %s"):format(other,
    user or "somebody without a name") or "waits for approval"
end

--- A step of a run, before anything is sent: is it approved, where that is needed?
-- @tparam crier.campaign.run run with its plan in the store
-- @treturn boolean true; or nil and what the run ends with
function approval.check(run)
  local why = approval.missing(run, (recipients_of(run.journal, run.campaign)))
  if not why then
    return true
  end
  local name, user = run.campaign.name, permit.user(run) or "the one who runs it"
  run.journal.campaigns:set_state_if_running(run.campaign.id, "stopped", why)
  run.journal.campaigns:set_served(run.campaign.id, false) -- somebody starts it, no restart
  return nil, { exit = STOPPED, why = ("campaign %s: %s"):format(name, why),
    remedy = ("nothing was sent: crier approve %s   by somebody else than %s; then run it again")
      :format(name, user) }
end

--- What a plan says of it.
-- @tparam crier.forecast run
-- @tparam integer recipients of a new plan; of one that goes on the ledger tells
-- @treturn ?table what a run would end with
function approval.outlook(run, recipients)
  if run.way == "go on" then
    recipients = recipients_of(run.journal, run.campaign)
  end
  local why = approval.missing(run, recipients)
  return why and { exit = STOPPED, why = why, remedy = ("a run writes its plan; crier approve"
    .. " %s   by somebody else signs it"):format(run.definition.name) }
end

--- What somebody is to sign.
-- @tparam crier.journal journal
-- @tparam table row of the campaign
-- @treturn table `name`, `action`, `tenant`, `app`, `cloud`, `digest`, `author` (who
--   planned it, where that is known), `starter` (who ran it first), `targeted`,
--   `excluded`, `recipients`
function approval.describe(journal, row)
  local recipients, counts = recipients_of(journal, row)
  local author, starter = journal.events:author(row.id, row.digest)
  return {
    name = row.name,
    action = row.action,
    tenant = row.tenant,
    app = row.app,
    cloud = row.cloud,
    digest = plan_digest.of(row),
    author = author,
    starter = starter,
    targeted = counts.targeted,
    excluded = journal.targets:reasons(row.id, "excluded"),
    recipients = recipients,
  }
end

--- Whether somebody may sign.
-- @tparam table row of the campaign
-- @tparam table described from `describe`
-- @tparam ?string user who would sign
-- @tparam ?crier.rules policy
-- @treturn ?table `exit`, `why` and `remedy` when not
function approval.refusal(row, described, user, policy)
  local rule = policy and policy:find(described.author, row.name)
  if row.planned == 0 or OVER[row.state] then
    return { exit = DATA, why = ("campaign %s is %s: there is nothing to approve"):format(
      row.name, row.state) }
  elseif not user then
    return { exit = CONFIG, why = "the system does not tell who you are" }
  elseif user == described.author or user == described.starter then
    return { exit = CONFIG, why = ("%s has %s it: somebody else has to approve it"):format(
      user, user == described.author and "planned" or "begun") }
  elseif not rules.may_approve(rule, user) then
    return { exit = CONFIG, why = ("policy, rule '%s': who approves is %s, not %s"):format(
      rule.name, table.concat(rule.approvers, " or "), user) }
  end
end

--- Signs.
-- @tparam crier.journal journal
-- @tparam table row of the campaign
-- @tparam table described from `describe`
-- @tparam table by `who` and, where they are known, `host` and `comment`
-- @tparam integer now_ms
-- @treturn boolean true; or nil, message, code
function approval.sign(journal, row, described, by, now_ms)
  return journal.approvals:add(row.id, { digest = described.digest, who = by.who,
    host = by.host, comment = by.comment, recipients = described.recipients }, now_ms)
end

return approval
