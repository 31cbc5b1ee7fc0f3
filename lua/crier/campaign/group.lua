--- The open group: intents and outcomes that go to the journal in one commit.
--
-- An intent's request may leave only after `commit` has returned true.
-- @module crier.campaign.group
local group = {}

local group_methods = {}
local group_mt = { __name = "crier.group", __index = group_methods }

--- The longest that a row waits for its commit, milliseconds.
group.LONGEST_MS = 20
--- The most rows of one commit.
group.MOST = 256

--- Creates an empty group.
-- @tparam crier.journal journal
-- @tparam table campaign the journal's row
-- @tparam table lane `{ id =, fence =, app =, tenant =, host = }`
-- @treturn crier.group
function group.new(journal, campaign, lane)
  return setmetatable({
    journal = journal,
    campaign = campaign,
    lane = lane,
    intents = {},
    settled = {},
    calls = { token = 0, graph = 0, connector = 0, throttled = 0 },
    deadline = nil, -- when the oldest row must be committed
  }, group_mt)
end

local function open(self, by_ms)
  self.deadline = math.min(self.deadline or by_ms, by_ms)
end

--- Adds an intent.
-- @tparam table row
-- @tparam number now_ms
-- @tparam number at_ms when its request is to leave
function group_methods:intend(row, now_ms, at_ms)
  self.intents[#self.intents + 1] = row
  local by_ms = now_ms + group.LONGEST_MS
  -- A slot that lies ahead is met; without one, more rows may share a commit.
  open(self, at_ms > now_ms and math.min(by_ms, at_ms) or by_ms)
end

--- Adds an outcome.
-- @tparam table row
-- @tparam number now_ms
-- @tparam ?string action `keep` or `forget` the conversation
function group_methods:settle(row, now_ms, action)
  row.action = action
  self.settled[#self.settled + 1] = row
  open(self, now_ms + group.LONGEST_MS)
end

--- How many rows wait.
-- @treturn integer
function group_methods:size()
  return #self.intents + #self.settled
end

local function write_settled(self, now_ms)
  local journal, lane = self.journal, self.lane
  for i = 1, #self.settled do
    local row = self.settled[i]
    -- Stages have read on while this row waited for its commit: one that were
    -- due before it is written would lie behind them, and never be read.
    row.due_at = math.max(row.due_at, now_ms)
    local ok, message, code = journal.targets:settle(row, lane.fence, now_ms)
    if ok and row.action == "keep" then
      ok, message, code = journal.conversations:keep(lane, row.key,
        row.conversation_id, row.service_url, now_ms)
    elseif ok and row.action == "forget" then
      ok, message, code = journal.conversations:forget(lane, row.key)
    end
    if ok and row.state == "delivered" and self.campaign.talks == 1 then
      ok, message, code = journal.dialogs:begin(row.id, now_ms)
    elseif ok and row.state == "delivered" and self.campaign.action == "recall" then
      ok, message, code = journal.dialogs:recall(row.id, now_ms)
    end
    if not ok then
      return nil, message, code
    end
  end
  return true
end

local function write_intents(self, now_ms)
  if #self.intents == 0 then
    return true
  elseif not self.journal.lanes:is_ours(self.lane) then
    return nil, "another process has taken over this app and tenant", "HELD"
  end
  for i = 1, #self.intents do
    local ok, message, code = self.journal.targets:intend(self.intents[i],
      self.lane.fence, now_ms)
    if ok ~= 1 then
      return nil, message or "a planned row is gone", code or "STORE"
    end
  end
  return true
end

--- Writes everything in one transaction. On failure nothing is written and
-- all rows stay in the group.
-- @tparam integer now_ms
-- @tparam table calls made since the last commit
-- @treturn[1] table the intents whose requests may now leave
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code
function group_methods:commit(now_ms, calls)
  local ok, message, code = self.journal:transaction(function()
    local written, problem, kind = write_settled(self, now_ms)
    if written then
      written, problem, kind = write_intents(self, now_ms)
    end
    if written and calls then
      written, problem, kind =
        self.journal.campaigns:add_calls(self.campaign.id, calls, now_ms)
    end
    return written, problem, kind
  end)
  if not ok then
    return nil, message, code
  end
  local intents = self.intents
  self.intents, self.settled, self.deadline = {}, {}, nil
  return intents
end

--- Gives up the intents, which then never leave.
-- @treturn table the rows
function group_methods:drop_intents()
  local rows = self.intents
  self.intents = {}
  return rows
end

return group
