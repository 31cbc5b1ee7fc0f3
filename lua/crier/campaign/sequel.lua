--- What is done to a campaign that was sent: `amend` puts new content in place
-- of what people have, `recall` deletes it.
--
-- Each is a campaign of its own, named after the first (`hello.recall-1`), with
-- a ledger of those who got something: so it is paced, journaled, paused,
-- resumed and taken up after a crash as any other.
-- @module crier.campaign.sequel
local campaign = require "crier.campaign"
local question = require "crier.campaign.question"
local route = require "crier.campaign.route"

local sequel = {}

local ACTIONS = { amend = true, recall = true }

--- Whether an action is done to another campaign.
-- @tparam string action
-- @treturn boolean
function sequel.is(action)
  return ACTIONS[action] or false
end

--- The name of the n-th sequel of its kind.
-- @tparam string parent name
-- @tparam string action
-- @tparam integer nth from 1
-- @treturn string
function sequel.name(parent, action, nth)
  return ("%s.%s-%d"):format(parent, action, nth)
end

--- What a recall does, which no script describes.
-- @tparam string name
-- @treturn crier.campaign
function sequel.recall(name)
  return campaign.bare { name = name, breaker = true }
end

-- Whether the last sequel is over, and something is left that it did not reach.
local function is_another_due(journal, parent, last, digest)
  if last.state == "cancelled" then
    return journal.sent:count(parent.id) > 0
  elseif last.state ~= "finished" then
    return false
  elseif last.action == "amend" and last.digest ~= digest then
    return true
  end
  return journal.sent:count_left(parent.id, last.id) > 0
end

--- The name under which a sequel runs: that of the last one until it is over
-- and there is more to do.
-- @tparam crier.journal journal
-- @tparam table parent row of the campaign
-- @tparam string action
-- @tparam string digest of the new content
-- @treturn string
function sequel.next_name(journal, parent, action, digest)
  local rows = journal.campaigns:sequels(parent.id, action)
  local last = rows[#rows]
  if not last then
    return sequel.name(parent.name, action, 1)
  elseif is_another_due(journal, parent, last, digest) then
    return sequel.name(parent.name, action, #rows + 1)
  end
  return last.name
end

--- Why there is nothing to amend any more, when everything was recalled.
-- @tparam crier.journal journal
-- @tparam table parent row of the campaign
-- @treturn ?table `{ exit =, why =, remedy = }`
function sequel.refusal(journal, parent)
  local recalls = journal.sent:recalls(parent.id)
  if #recalls == 0 or journal.sent:count(parent.id) > 0 then
    return nil
  end
  return { exit = 65, why = ("nobody has the message of campaign %s any more: %s recalled it")
    :format(parent.name, recalls[#recalls].name),
    remedy = "give the new content a campaign of its own" }
end

local function write_plan(run)
  local journal, row = run.journal, run.campaign
  return journal:transaction(function()
    local ok, message, code = journal.sent:copy(row.parent, row.id,
      route.first(run.action, run.definition), math.floor(run.loop:now()))
    if not ok then
      return nil, message, code
    end
    return journal.campaigns:set_planned(row.id)
  end)
end

--- Plans a sequel: its ledger has everybody who may have got something, and
-- nobody but the store is asked.
-- @tparam crier.campaign.run run with `parent`
-- @treturn boolean true; or nil and what the run ends with
function sequel.plan(run)
  local count = run.journal.sent:count(run.parent.id)
  local ok, problem = run:confirm(question.of_sequel(run, count))
  if ok then
    ok, problem = run:add_campaign()
  end
  if not ok then
    return nil, problem
  end
  local message
  ok, message = write_plan(run)
  if not ok then
    return nil, { exit = 78, why = ("store %s: %s"):format(run.store, message) }
  end
  return true
end

return sequel
