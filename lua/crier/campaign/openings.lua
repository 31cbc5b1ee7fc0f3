--- When each row of a campaign may be sent to: planned with the ledger, kept to
-- while it is carried out.
--
-- What only prepares, such as installing the app, goes ahead; what people
-- notice waits for the person's window.
-- @module crier.campaign.openings
local route = require "crier.campaign.route"

local openings = {}

-- The ledger's reason for who was not sent to before the deadline.
local TOO_LATE = "too late"

--- What the ledger says of who is too late.
-- @tparam crier.campaign.schedule schedule
-- @treturn table `text`, `remedy`
function openings.said(schedule)
  return {
    text = schedule.deadline_ms and ("not before the deadline, %s"):format(
      schedule:text(schedule.deadline_ms)) or "the window does not open within a year",
    remedy = "give the campaign a later deadline or a wider window under another name,"
      .. " for those whom crier.previous finds failed",
  }
end

--- Tells how many people may be sent to when.
-- @tparam crier.campaign.schedule schedule
-- @tparam crier.stage stage
-- @tparam table made from `crier.campaign.plan.read`: `set`, `recipients`
-- @tparam integer now_ms
-- @treturn[1] table array of `{ at =, count = }`, the first moment first; `late` is
--   for how many it is too late
-- @treturn[2] nil
-- @treturn[2] string whose zone is none, or what the script did wrong
function openings.survey(schedule, stage, made, now_ms)
  local counts, list, problem = {}, { late = 0 }, nil
  local function add(where, count)
    local at = schedule:opening(where, now_ms)
    if at then
      counts[at] = (counts[at] or 0) + count
    else
      list.late = list.late + count
    end
  end
  if schedule.window then
    stage:each(made.set, function(row)
      local where, found
      if not row.excluded and not problem then
        where, found = schedule:place_of(row, now_ms)
        problem = found
      end
      if where then
        add(where, 1)
      end
    end)
  else
    add({}, made.recipients)
  end
  if problem then
    return nil, problem
  end
  for at, count in pairs(counts) do
    list[#list + 1] = { at = at, count = count }
  end
  table.sort(list, function(a, b)
    return a.at < b.at
  end)
  return list
end

--- Gives the rows of a plan their openings, and settles those for whom it is too
-- late. Call inside a transaction.
-- @tparam crier.journal journal
-- @tparam integer campaign id
-- @tparam crier.campaign.schedule schedule
-- @tparam integer now_ms
-- @treturn boolean true; or nil, message, code
function openings.spread(journal, campaign, schedule, now_ms)
  if not schedule.window then
    return true -- one moment for all, which the dispatch waits for
  end
  local said = openings.said(schedule)
  return journal.openings:each(campaign, function(row)
    -- Who has had an answer may have been told to wait.
    local from_ms = row.reason and math.max(now_ms, row.due_at) or now_ms
    local at = schedule:opening(row, from_ms)
    if not at then
      return journal.openings:miss(row.id, said, now_ms)
    elseif route.keeps_hours(row.phase) and (at > now_ms or row.due_at > now_ms) then
      return journal.openings:move(row.id, at)
    end
    return true
  end)
end

--- Moves a pending row to where it may be sent to, or settles it as too late.
-- @tparam crier.dispatch work
-- @tparam table row changed
function openings.place(work, row)
  local schedule = work.schedule
  if not schedule or row.state ~= "pending" then
    return
  end
  local at = schedule:opening(row, math.max(row.due_at, work:now()))
  if not at then
    -- Who has an attempt behind them that may have arrived is never `failed`.
    row.state = row.doubt == 1 and "unknown" or "failed"
    row.phase, row.reason = nil, TOO_LATE
    row.outcome = openings.said(schedule)
  elseif route.keeps_hours(row.phase) and at > work:now() then
    row.due_at = at
  end
end

--- Whether a row must not be sent to just now; it is settled then.
-- @tparam crier.dispatch work
-- @tparam table row
-- @tparam function settle called with work and row
-- @treturn boolean
function openings.is_closed(work, row, settle)
  local schedule = work.schedule
  if not schedule or not route.keeps_hours(row.phase) then
    return false
  end
  local now = work:now()
  if schedule:opening(row, now) == now then
    return false
  end
  row.state, row.due_at = "pending", now
  settle(work, row)
  return true
end

--- Whether a row was settled because it is too late: no fault of the service's.
-- @tparam table row
-- @treturn boolean
function openings.is_late(row)
  return row.reason == TOO_LATE
end

return openings
