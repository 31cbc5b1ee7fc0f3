--- One phase's work: rows that are due, read from the journal in small
-- batches, so that memory does not grow with the audience.
-- @module crier.campaign.stage
local stage = {}

local stage_methods = {}
local stage_mt = { __name = "crier.campaign.stage", __index = stage_methods }

local BATCH = 256

--- Creates the stage of a phase, with nothing read yet.
-- @tparam string phase `install`, `create` or `send`
-- @tparam table context `journal`, `campaign` (row)
-- @treturn crier.campaign.stage
function stage.new(phase, context)
  return setmetatable({
    phase = phase,
    journal = context.journal,
    campaign = context.campaign,
    cursor = { due_at = -1, id = 0 },
    next_due = 0, -- when the journal next has a row; nil when it has none
    rows = {},
    first = 1,
    wait_until = 0, -- the budget gives no slot before
    wait_class = nil,
  }, stage_mt)
end

--- The row to work on next, or nil.
function stage_methods:peek()
  return self.rows[self.first]
end

--- Takes the row that `peek` showed.
function stage_methods:take()
  local row = self.rows[self.first]
  self.rows[self.first] = nil
  self.first = self.first + 1
  return row
end

--- Puts a row back in front.
-- @tparam table row
function stage_methods:put_back(row)
  self.first = self.first - 1
  self.rows[self.first] = row
end

--- Notes that a row of this phase will be due.
-- @tparam integer due_at
function stage_methods:expect(due_at)
  if not self.next_due or due_at + 1 < self.next_due then
    self.next_due = due_at + 1
  end
end

--- Forgets when the journal next has a row: some of them were taken elsewhere.
function stage_methods:look_again()
  self.next_due = 0
end

--- Reads rows that are due, when there is none at hand.
-- @tparam integer now_ms
-- @treturn boolean true; or nil, message, code
function stage_methods:fill(now_ms)
  if self.rows[self.first] or not self.next_due or self.next_due > now_ms then
    return true
  end
  local targets, id = self.journal.targets, self.campaign.id
  local rows, message, code =
    targets:due(id, self.phase, self.cursor, now_ms, BATCH)
  if not rows then
    return nil, message, code
  end
  self.rows, self.first = rows, 1
  if #rows < BATCH then
    local due_at = targets:next_due(id, self.phase, self.cursor)
    self.next_due = due_at and math.max(due_at + 1, now_ms + 1)
  end
  return true
end

--- Whether there is nothing at hand and nothing to come.
-- @tparam[opt] number before milliseconds since 1970: what comes later does not count
-- @treturn boolean
function stage_methods:is_empty(before)
  return not self.rows[self.first]
    and (not self.next_due or self.next_due > (before or math.huge))
end

return stage
