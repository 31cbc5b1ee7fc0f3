--- What a campaign's rows tell when they are looked at together: how many were
-- delivered when, and how long people waited. All of it is counted in SQL, so
-- that memory does not grow with people.
-- @module crier.journal.history
local history = {}

local history_methods = {}
local history_mt = { __name = "crier.history", __index = history_methods }

-- The rows of a campaign lie together: read in the order of ids, and not by the
-- index on (campaign, step, key), a million of them take a third of the time.
local ROWS = " FROM target t WHERE t.id BETWEEN ? AND ? AND +t.campaign = ?"
  .. " AND +t.step = 'send'"
local DELIVERED = ROWS .. " AND t.state = 'delivered'"

--- Used by `crier.journal` alone.
function history.new(journal)
  return setmetatable({ db = journal.db, extents = journal.extents }, history_mt)
end

-- The first parameters of ROWS.
local function bounds(self, campaign)
  return self.extents:of(campaign)
end

--- When the first and the last message was delivered.
-- @tparam integer campaign id
-- @treturn ?table `first`, `last` (milliseconds since 1970); nil when there was
--   none
function history_methods:span(campaign)
  local first, last = bounds(self, campaign)
  local row = self.db:row("SELECT min(t.updated_at) AS first,"
    .. " max(t.updated_at) AS last" .. DELIVERED, first, last, campaign)
  return row and row.first and row or nil
end

--- Counts what was delivered in each piece of time.
-- @tparam integer campaign id
-- @tparam integer from where the first piece begins, milliseconds since 1970
-- @tparam integer width of a piece, milliseconds
-- @treturn table array of `{ bucket =, count = }`, bucket from 0; what had none
--   is not in it
function history_methods:timeline(campaign, from, width)
  local first, last = bounds(self, campaign)
  return self.db:rows("SELECT (t.updated_at - ?) / ? AS bucket,"
    .. " count(*) AS count" .. DELIVERED .. " GROUP BY 1 ORDER BY 1", from,
    width, first, last, campaign)
end

-- Rows looked through by one call of `seconds`, so that nobody else waits for it.
local WINDOW = 20000

--- Counts what was delivered by the second, among some of the rows.
-- @tparam integer campaign id
-- @tparam integer after id of the last row looked at; 0 to begin
-- @treturn table array of `{ second =, count = }`, seconds since 1970
-- @treturn ?integer where to go on; nil at the end
function history_methods:seconds(campaign, after)
  local first, last = bounds(self, campaign)
  first = math.max(first, after + 1)
  local up_to = math.min(first + WINDOW - 1, last)
  local rows, message, code = self.db:rows("SELECT t.updated_at / 1000 AS second,"
    .. " count(*) AS count" .. DELIVERED .. " GROUP BY 1", first, up_to, campaign)
  if not rows then
    return nil, message, code
  end
  return rows, up_to < last and up_to or nil
end

--- Counts outcomes by slices of time and by reason; who was under way when a run
-- died tells nothing.
-- @tparam integer campaign id
-- @tparam integer since milliseconds since 1970
-- @tparam integer width of a slice, milliseconds
-- @treturn table array of `{ slice =, reason =, count = }`: slice number n begins n
--   widths after 1970; reason is nil for what was delivered
function history_methods:outcomes(campaign, since, width)
  local first, last = bounds(self, campaign)
  return self.db:rows("SELECT t.updated_at / ? AS slice, iif(t.state = 'delivered', NULL,"
    .. " t.reason) AS reason, count(*) AS count" .. ROWS .. " AND t.state IN ('delivered',"
    .. " 'failed', 'unknown') AND t.updated_at > ? AND t.reason IS NOT 'interrupted'"
    .. " GROUP BY 1, 2 ORDER BY 1", width, first, last, campaign, since)
end

-- What is waited for, and whose rows tell how long. `installed_at` is when the
-- app's install was answered.
local STAGES = {
  { name = "install", span = "t.installed_at - t.planned_at",
    where = " AND t.installed = 1 AND t.installed_at IS NOT NULL" },
  { name = "send", span = "t.updated_at - t.installed_at",
    where = " AND t.state = 'delivered' AND t.installed_at IS NOT NULL" },
  { name = "known", span = "t.updated_at - t.planned_at",
    where = " AND t.state = 'delivered' AND t.installed_at IS NULL" },
}
-- Waits are told apart as finely as this: in pieces of a second, or in so many.
local FINEST_MS, PIECES = 1000, 2000

-- The end of the piece in which the n-th wait is, never beyond the longest.
local function nth(pieces, n, width, longest)
  local sum = 0
  for _, piece in ipairs(pieces) do
    sum = sum + piece.count
    if sum >= n then
      return math.min((piece.piece + 1) * width, longest)
    end
  end
  return longest
end

local function measure(self, stage, campaign, first, last)
  local all = self.db:row("SELECT count(*) AS n, max(" .. stage.span
    .. ") AS longest" .. ROWS .. stage.where, first, last, campaign)
  if all.n == 0 then
    return nil
  end
  local width = math.max(FINEST_MS, math.ceil(all.longest / PIECES))
  local pieces = self.db:rows("SELECT (" .. stage.span .. ") / ? AS piece,"
    .. " count(*) AS count" .. ROWS .. stage.where .. " GROUP BY 1 ORDER BY 1",
    width, first, last, campaign)
  return {
    name = stage.name,
    count = all.n,
    median = nth(pieces, math.ceil(all.n / 2), width, all.longest),
    most = nth(pieces, math.ceil(all.n * 0.95), width, all.longest),
    longest = all.longest,
  }
end

--- How long people waited for each stage.
-- @tparam integer campaign id
-- @treturn table array of `{ name =, count =, median =, most =, longest = }`:
--   `install` (plan to installed), `send` (installed to delivered), `known` (plan
--   to delivered, where nothing was installed); milliseconds, rounded up to a
--   second or a two-thousandth of the longest; `most` is what 95 of 100 waited at
--   most; the slowest first
function history_methods:stages(campaign)
  local found = {}
  local first, last = bounds(self, campaign)
  for _, stage in ipairs(STAGES) do
    found[#found + 1] = measure(self, stage, campaign, first, last)
  end
  table.sort(found, function(a, b)
    return a.median > b.median
  end)
  return found
end

--- How many people took how many attempts to send.
-- @tparam integer campaign id
-- @treturn table array of `{ attempts =, count = }`; 3 stands for all above
function history_methods:attempts(campaign)
  local first, last = bounds(self, campaign)
  return self.db:rows("SELECT min(t.attempts, 3) AS attempts, count(*) AS count"
    .. ROWS .. " AND t.attempts > 0 GROUP BY 1 ORDER BY 1", first, last, campaign)
end

--- Some who were not reached, the first planned first.
-- @tparam integer campaign id
-- @tparam integer most
-- @treturn table array of `{ key =, upn =, name =, state =, reason = }`
function history_methods:unreached(campaign, most)
  local first, last = bounds(self, campaign)
  return self.db:rows("SELECT t.id, t.key, t.state, t.reason, (SELECT r.upn FROM"
    .. " recipient r WHERE r.target = t.id) AS upn, (SELECT r.name FROM"
    .. " recipient r WHERE r.target = t.id) AS name" .. ROWS
    .. " AND t.state IN ('failed', 'unknown') ORDER BY t.id LIMIT ?", first, last,
    campaign, most)
end

--- Somebody who got the message; without one, anybody who is not excluded.
-- @tparam integer campaign id
-- @treturn ?table a row with `key`, `variant`, `fields` and `csv`
function history_methods:somebody(campaign)
  local first, last = bounds(self, campaign)
  local row
  for _, state in ipairs { "= 'delivered'", "<> 'excluded'" } do
    row = row or self.db:row("SELECT t.id, t.key, t.variant" .. ROWS .. " AND t.state "
      .. state .. " ORDER BY t.id LIMIT 1", first, last, campaign)
  end
  if not row then
    return nil
  end
  local more = self.db:row("SELECT upn, name, fields, csv FROM recipient"
    .. " WHERE target = ?", row.id)
  more.key, more.variant = row.key, row.variant
  return more
end

--- The name of the campaign that another one amends or recalls.
-- @tparam table campaign row
-- @treturn ?string
function history_methods:parent(campaign)
  local row = campaign.parent and self.db:row(
    "SELECT name FROM campaign WHERE id = ?", campaign.parent)
  return row and row.name or nil
end

return history
