--- What somebody orders of a campaign from outside: pause it, cancel it, change its rate;
-- resume it, where everything is sent and only its dialogs were paused. The wish is written
-- into the store, with who had it; a run that is under way sees it within a moment.
-- @module crier.campaign.orders
local ledger = require "crier.campaign.ledger"
local messages = require "crier.journal.messages"
local rates = require "crier.campaign.rate"
local text = require "crier.format.text"

local orders = {}

local OF_DIALOGS = { pause = true, cancel = true }

-- A cancel that was broken off, or whose run died, is not over: it can be repeated. Who
-- was sent to may still talk with a campaign that is finished, or change an answer.
local function is_over(journal, row, command)
  return row.state == "finished"
    and not (OF_DIALOGS[command] and journal.dialogs:counts(row.id).open > 0)
    and not (command == "cancel" and journal.polls:is_changeable(row.id))
    or row.state == "cancelled" and (row.finished_at ~= nil or command ~= "cancel")
end

--- Whether a campaign that is paused has sent everything: only its dialogs wait.
-- @tparam table row of the campaign
-- @treturn boolean
function orders.holds_dialogs(row)
  return row.state == "paused" and row.finished_at ~= nil
end

--- Carries an order out, and notes it.
-- @tparam crier.journal journal
-- @tparam table row of the campaign
-- @tparam table deed see `crier.journal.events`; its `command` is the order
-- @tparam integer now_ms
-- @tparam function order one of this module's, or what they give
-- @treturn[1] string what was done, a sentence
-- @treturn[2] nil
-- @treturn[2] string why not
-- @treturn[2] integer exit status: 65 or 78
function orders.give(journal, row, deed, now_ms, order)
  local refusal = messages.refusal(row)
  if refusal then
    return nil, refusal, 65
  elseif is_over(journal, row, deed.command) then
    return nil, ("campaign %s is %s: there is nothing to change"):format(row.name, row.state),
      65
  end
  local event = journal.events:begin(row.id, deed, now_ms)
  local said, message = order(journal, row, now_ms)
  journal.events:finish(event, { exit = said and 0 or 78, why = message,
    ledger = ledger.read(journal, journal.campaigns:find(row.name)) }, now_ms)
  if not said then
    return nil, message, 78
  end
  return said
end

local function open_dialogs(journal, row)
  local count = journal.dialogs:counts(row.id).open
  return text.count(count, "open dialog"), count
end

--- Stops a campaign until it is resumed. Its dialogs remind nobody, and do nothing of their
-- own accord; who answers is answered.
function orders.pause(journal, row)
  local ok, message = journal.campaigns:set_state(row.id, "paused", "paused by an operator")
  local dialogs, count = open_dialogs(journal, row)
  return ok and ("campaign %s is paused%s; `crier resume %s` goes on with it"):format(row.name,
    count > 0 and (", and its %s: who answers is answered, nobody is reminded"):format(dialogs)
      or "", row.name), message
end

--- Lets the dialogs of a campaign go on that has sent everything: what is overdue follows,
-- once to each person.
function orders.resume(journal, row)
  local ok, message = journal.campaigns:set_state(row.id, "finished")
  return ok and ("campaign %s goes on with its %s"):format(row.name,
    (open_dialogs(journal, row))), message
end

-- Nobody works on the campaign: it is ended here and now.
local function finish(journal, row, fence, now_ms)
  return journal:transaction(function()
    journal.targets:recover(row.id, fence, "report", now_ms)
    journal.targets:exclude_pending(row.id, "cancelled", now_ms)
    return journal.campaigns:finish(row.id, "cancelled", 3, now_ms)
  end)
end

local function finish_with_lane(journal, row, now_ms)
  local lane, message = journal.lanes:acquire(row.app, row.tenant)
  if not lane and row.fence == row.lane_fence then
    return nil, message
  end
  local ok, problem = finish(journal, row, lane and lane.fence or row.lane_fence, now_ms)
  if lane then
    journal.lanes:release(lane)
  end
  return ok, problem
end

-- Whether a process works on the campaign, or waits to go on with it.
local function is_under_way(journal, row)
  return row.fence == row.lane_fence and journal.lanes:is_held(row.lane)
    or journal.lanes:queued_by(row.id) ~= nil
end

-- Ends the dialogs of a campaign too, and its poll, and says what was done; nil and
-- message pass.
local function hang_up(journal, row, now_ms, ok, message)
  local count, closed
  if ok then
    closed, message = journal.polls:close(row.id)
  end
  if closed then
    count, message = journal.dialogs:cancel(row.id, now_ms)
  end
  return count and ("campaign %s is %s%s%s"):format(row.name,
    row.state == "finished" and "finished" or "cancelled", count > 0
      and (", and %d open dialog%s cancelled"):format(count, count == 1 and " is" or "s are")
      or "", closed > 0 and "; answers stay as they are" or ""), message
end

--- Ends a campaign: who was not sent to never will be, and who talks with it is not
-- answered any more.
function orders.cancel(journal, row, now_ms)
  local ok, message
  if orders.holds_dialogs(row) then
    row.state = "finished"
    ok, message = journal.campaigns:set_state(row.id, row.state)
    return hang_up(journal, row, now_ms, ok, message)
  elseif row.state == "finished" then
    return hang_up(journal, row, now_ms, true)
  elseif is_under_way(journal, row) then
    ok, message = journal.campaigns:set_state(row.id, "cancelled", "cancelled by an operator")
  else
    ok, message = finish_with_lane(journal, row, now_ms)
  end
  return hang_up(journal, row, now_ms, ok, message)
end

--- The same for who holds a lane, and does not work on the campaign.
-- @tparam table lane that is held
-- @treturn function
function orders.cancel_here(lane)
  return function(journal, row, now_ms)
    if row.state == "finished" or orders.holds_dialogs(row) or row.lane ~= lane.id then
      return orders.cancel(journal, row, now_ms)
    end
    local ok, message = finish(journal, row, lane.fence, now_ms)
    return hang_up(journal, row, now_ms, ok, message)
  end
end

--- Changes how fast a campaign goes.
-- @tparam ?number per_second nil for as fast as Teams allows
-- @treturn function
function orders.rate(per_second)
  return function(journal, row)
    local ok, message = journal.campaigns:set_rate(row.id, per_second)
    return ok and ("campaign %s goes %s"):format(row.name, rates.text(per_second)), message
  end
end

return orders
