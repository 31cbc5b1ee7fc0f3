--- How many targets a campaign has, by state, reason and phase: methods of
-- `crier.journal.targets`.
--
-- Each count is read off an index (`target_done`, `target_due`, and that of the keys),
-- and never off the rows: of a million people that would take a quarter of a minute.
-- @module crier.journal.tally
local tally = {}

local STATES = { "pending", "delivered", "failed", "excluded", "unknown" }

local ALL = "SELECT count(*) AS n FROM target WHERE campaign = ? AND step = 'send'"
-- Not what is under way. Steps but `send` are those of messages that are asked for one by
-- one: a campaign has either.
local WAITING = " FROM target WHERE campaign = ? AND state = 'pending' AND phase <> 'intent'"
local DONE = " FROM target WHERE campaign = ? AND step = 'send' AND state <> 'pending'"

--- Counts a campaign's targets by state.
-- @param self
-- @tparam integer campaign id
-- @tparam ?boolean dead whether nobody works on it, so that an intent is
--   `unknown` and not `pending`
-- @treturn table `targeted`, one number a state and, where there are, how many of the
--   delivered were `rerouted`; or nil, message, code
function tally.counts(self, campaign, dead)
  local counts = {}
  for _, state in ipairs(STATES) do
    counts[state] = 0
  end
  local done, message, code = self.db:rows("SELECT state, count(*) AS n,"
    .. " count(rerouted) AS rerouted" .. DONE .. " GROUP BY state", campaign)
  if not done then
    return nil, message, code
  end
  counts.targeted = self.db:row(ALL, campaign).n
  counts.pending = counts.targeted
  for _, row in ipairs(done) do
    counts[row.state], counts.pending = row.n, counts.pending - row.n
    if row.state == "delivered" and row.rerouted > 0 then
      counts.rerouted = row.rerouted
    end
  end
  if dead and counts.pending > 0 then
    local waiting = self.db:row("SELECT count(*) AS n" .. WAITING, campaign).n
    counts.unknown = counts.unknown + counts.pending - waiting
    counts.pending = waiting
  end
  return counts
end

-- The remedy is that of whoever was planned last.
local REASONS = "SELECT reason, count, (SELECT t.remedy FROM target t WHERE t.id = last)"
  .. " AS remedy FROM (SELECT reason, count(*) AS count, max(id) AS last" .. DONE
  .. " AND state = ? GROUP BY reason) AS found ORDER BY 2 DESC, 1"

--- Counts by reason.
-- @param self
-- @tparam integer campaign id
-- @tparam string state but `pending`
-- @treturn table array of `{ reason =, count =, remedy = }`, most first
function tally.reasons(self, campaign, state)
  return self.db:rows(REASONS, campaign, state)
end

--- Counts by state and reason; a message under way is pending.
-- @param self
-- @tparam integer campaign id
-- @treturn table array of `{ state =, reason =, count = }`
function tally.states(self, campaign)
  local rows = self.db:rows("SELECT state, reason, count(*) AS count" .. DONE
    .. " GROUP BY state, reason", campaign)
  local pending = self.db:row(ALL, campaign).n
  for _, row in ipairs(rows) do
    pending = pending - row.count
  end
  if pending > 0 then
    rows[#rows + 1] = { state = "pending", count = pending }
  end
  return rows
end

--- Counts the people of each phase who wait. Who is held and has a conversation counts
-- as `send`, where they will begin; who is put aside counts as of the phase before.
-- @param self
-- @tparam integer campaign id
-- @tparam ?boolean without_aside do not count who is put aside
-- @treturn table phase -> number
function tally.phases(self, campaign, without_aside)
  local found = {}
  local rows = self.db:rows("SELECT phase, count(*) AS n" .. WAITING .. " GROUP BY phase",
    campaign)
  for _, row in ipairs(rows or {}) do
    local phase = row.phase:match "^aside (.*)"
    if not (phase and without_aside) then
      phase = phase or row.phase
      found[phase] = (found[phase] or 0) + row.n
    end
  end
  if found.held then
    local warm = self.db:row("SELECT count(*) AS n" .. WAITING
      .. " AND phase IN ('held', 'aside held') AND conversation_id IS NOT NULL", campaign).n
    found.send, found.held = (found.send or 0) + warm, found.held - warm
  end
  return found
end

return tally
