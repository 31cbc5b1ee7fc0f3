--- Openings: when the rows of a campaign may be sent to, and until when it waits.
-- @module crier.journal.openings
local openings = {}

local openings_methods = {}
local openings_mt = { __name = "crier.openings", __index = openings_methods }

local PAGE = 500
local PENDING = " WHERE campaign = ? AND state = 'pending' AND phase <> 'intent'"
-- An earlier attempt of who is in doubt may have arrived.
local LATE = "UPDATE target SET state = iif(doubt = 1, 'unknown', 'failed'),"
  .. " phase = NULL, reason = 'too late', text = ?, remedy = ?, updated_at = ?"

--- Used by `crier.journal` alone.
function openings.new(journal)
  return setmetatable({ db = journal.db }, openings_mt)
end

--- Calls a function with everybody who is pending.
-- @tparam integer campaign id
-- @tparam function visit called with `id`, `phase`, `due_at`, `reason`, `zone`,
--   `country`; gives true, or nil, message, code
-- @treturn boolean true; or nil, message, code
function openings_methods:each(campaign, visit)
  local after = 0
  while true do
    local rows, message, code = self.db:rows("SELECT t.id, t.phase, t.due_at,"
      .. " t.reason, r.zone,"
      .. " r.country FROM target t JOIN recipient r ON r.target = t.id"
      .. " WHERE +t.campaign = ? AND t.state = 'pending' AND t.phase <> 'intent'"
      .. " AND t.id > ? ORDER BY t.id LIMIT ?", campaign, after, PAGE)
    if not rows then
      return nil, message, code
    end
    for _, row in ipairs(rows) do
      local ok
      ok, message, code = visit(row)
      if not ok then
        return nil, message, code
      end
    end
    if #rows < PAGE then
      return true
    end
    after = rows[#rows].id
  end
end

--- Sets when a row is due.
-- @tparam integer id of the row
-- @tparam integer due_at milliseconds since 1970
-- @treturn integer 1; or nil, message, code
function openings_methods:move(id, due_at)
  return self.db:exec("UPDATE target SET due_at = ? WHERE id = ? AND state = 'pending'",
    due_at, id)
end

--- Settles one row that is too late.
-- @tparam integer id of the row
-- @tparam table said `text`, `remedy`
-- @tparam integer now_ms
-- @treturn integer 1; or nil, message, code
function openings_methods:miss(id, said, now_ms)
  return self.db:exec(LATE .. " WHERE id = ? AND state = 'pending'", said.text,
    said.remedy, now_ms, id)
end

--- Settles everybody who is pending and has no intent: it is too late for them.
-- @tparam integer campaign id
-- @tparam table said `text`, `remedy`
-- @tparam integer now_ms
-- @treturn integer how many; or nil, message, code
function openings_methods:close(campaign, said, now_ms)
  return self.db:exec(LATE .. PENDING, said.text, said.remedy, now_ms, campaign)
end

--- Whether anything was delivered, or may have been.
-- @tparam integer campaign id
-- @treturn boolean
function openings_methods:has_begun(campaign)
  return self.db:row("SELECT 1 AS yes FROM target WHERE campaign = ? AND (attempts > 0"
    .. " OR state IN ('delivered', 'unknown')) LIMIT 1", campaign) and true or false
end

--- Notes that a campaign waits, and until when; or that it goes on.
-- @tparam integer campaign id
-- @tparam ?string why nil: it goes on
-- @tparam ?integer until_ms milliseconds since 1970, where it is known
-- @treturn integer how many rows changed: 0 when somebody has paused or cancelled
--   it; or nil, message, code
function openings_methods:wait(campaign, why, until_ms)
  return self.db:exec("UPDATE campaign SET state = ?, why = ?, waits_until = ?"
    .. " WHERE id = ? AND state IN ('running', 'waiting')", why and "waiting" or "running",
    why, until_ms, campaign)
end

return openings
