--- What a campaign's rows tell when they are looked at together: how many were
-- delivered when, and how long people waited. All of it is counted in SQL, so
-- that memory does not grow with people.
-- @module crier.journal.history
local history = {}

local history_methods = {}
local history_mt = { __name = "crier.history", __index = history_methods }

local DELIVERED = " FROM target WHERE campaign = ? AND step = 'send'"
  .. " AND state = 'delivered'"

--- Used by `crier.journal` alone.
function history.new(journal)
  return setmetatable({ db = journal.db }, history_mt)
end

--- When the first and the last message was delivered.
-- @tparam integer campaign id
-- @treturn ?table `first`, `last` (milliseconds since 1970); nil when there was
--   none
function history_methods:span(campaign)
  local row = self.db:row("SELECT min(updated_at) AS first,"
    .. " max(updated_at) AS last" .. DELIVERED, campaign)
  return row and row.first and row or nil
end

--- Counts what was delivered in each piece of time.
-- @tparam integer campaign id
-- @tparam integer from where the first piece begins, milliseconds since 1970
-- @tparam integer width of a piece, milliseconds
-- @treturn table array of `{ bucket =, count = }`, bucket from 0; what had none
--   is not in it
function history_methods:timeline(campaign, from, width)
  return self.db:rows("SELECT (updated_at - ?) / ? AS bucket,"
    .. " count(*) AS count" .. DELIVERED .. " GROUP BY 1 ORDER BY 1", from,
    width, campaign)
end

-- What is waited for, and whose rows tell how long. `installed_at` is when the
-- app's install was answered.
local STAGES = {
  { name = "install", span = "installed_at - planned_at",
    where = " AND installed = 1 AND installed_at IS NOT NULL" },
  { name = "send", span = "updated_at - installed_at",
    where = " AND state = 'delivered' AND installed_at IS NOT NULL" },
  { name = "known", span = "updated_at - planned_at",
    where = " AND state = 'delivered' AND installed_at IS NULL" },
}

local function nth(self, stage, campaign, rank)
  return self.db:row(("SELECT %s AS ms FROM target WHERE campaign = ?"
    .. " AND step = 'send'%s ORDER BY 1 LIMIT 1 OFFSET ?"):format(stage.span,
    stage.where), campaign, rank - 1).ms
end

--- How long people waited for each stage.
-- @tparam integer campaign id
-- @treturn table array of `{ name =, count =, median =, most =, longest = }`:
--   `install` (plan to installed), `send` (installed to delivered), `known` (plan
--   to delivered, where nothing was installed); milliseconds, `most` is what 95
--   of 100 waited at most; the slowest first
function history_methods:stages(campaign)
  local found = {}
  for _, stage in ipairs(STAGES) do
    local row = self.db:row(("SELECT count(*) AS n, max(%s) AS longest"
      .. " FROM target WHERE campaign = ? AND step = 'send'%s"):format(
      stage.span, stage.where), campaign)
    if row.n > 0 then
      found[#found + 1] = {
        name = stage.name,
        count = row.n,
        median = nth(self, stage, campaign, math.ceil(row.n / 2)),
        most = nth(self, stage, campaign, math.ceil(row.n * 0.95)),
        longest = row.longest,
      }
    end
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
  return self.db:rows("SELECT min(attempts, 3) AS attempts, count(*) AS count"
    .. " FROM target WHERE campaign = ? AND step = 'send' AND attempts > 0"
    .. " GROUP BY 1 ORDER BY 1", campaign)
end

--- Some who were not reached, the first planned first.
-- @tparam integer campaign id
-- @tparam integer most
-- @treturn table array of `{ key =, upn =, name =, state =, reason = }`
function history_methods:unreached(campaign, most)
  return self.db:rows("SELECT t.key, r.upn, r.name, t.state, t.reason"
    .. " FROM target t JOIN recipient r ON r.target = t.id"
    .. " WHERE t.campaign = ? AND t.step = 'send'"
    .. " AND t.state IN ('failed', 'unknown') ORDER BY t.id LIMIT ?", campaign,
    most)
end

--- Somebody who got the message; without one, anybody who is not excluded.
-- @tparam integer campaign id
-- @treturn ?table a row with `fields` and `csv`
function history_methods:somebody(campaign)
  return self.db:row("SELECT t.key, r.upn, r.name, r.fields, r.csv"
    .. " FROM target t JOIN recipient r ON r.target = t.id"
    .. " WHERE t.campaign = ? AND t.step = 'send' AND t.state <> 'excluded'"
    .. " ORDER BY t.state = 'delivered' DESC, t.id LIMIT 1", campaign) or nil
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
