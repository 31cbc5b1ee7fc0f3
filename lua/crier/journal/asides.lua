--- Who is put aside: everybody who waits in a paused campaign, while it sends again to
-- those who failed and to nobody else.
--
-- Their phase becomes `aside` and the phase that they were in, so that no work of the
-- campaign finds them, whoever goes on with it. `campaign.aside` says why it was paused:
-- it is so again when those who failed are done.
-- @module crier.journal.asides
local asides = {}

local asides_methods = {}
local asides_mt = { __name = "crier.asides", __index = asides_methods }

-- Of the index on what is due.
local WAITING = " WHERE campaign = ? AND state = 'pending' AND phase <> 'intent'"
local ASIDE = " AND substr(phase, 1, 6) = 'aside '"

--- Used by `crier.journal` alone.
function asides.new(journal)
  return setmetatable({ db = journal.db }, asides_mt)
end

--- How many are put aside.
-- @tparam integer campaign id
-- @treturn integer
function asides_methods:count(campaign)
  return self.db:row("SELECT count(*) AS n FROM target" .. WAITING .. ASIDE, campaign).n
end

--- Puts aside who waits. Call it inside a transaction.
-- @tparam table campaign row of one that is paused; gets its `aside`, if anybody waits, be
--   it for a dialog to go on
-- @treturn boolean true; or nil, message, code
function asides_methods:put(campaign)
  local put, message, code = self.db:exec("UPDATE target SET phase = 'aside ' || phase"
    .. WAITING .. " AND substr(phase, 1, 6) <> 'aside '", campaign.id)
  if not put then
    return nil, message, code
  elseif put == 0 and not campaign.aside and not campaign.finished_at then
    return true
  end
  campaign.aside = campaign.why or "by an operator"
  put, message, code = self.db:exec("UPDATE campaign SET aside = ? WHERE id = ?",
    campaign.aside, campaign.id)
  return put and true, message, code
end

--- Has those who were put aside wait as before. Call it inside a transaction.
-- @tparam table campaign row; loses its `aside`
-- @treturn boolean true; or nil, message, code
function asides_methods:take_back(campaign)
  local ok, message, code = self.db:exec("UPDATE target SET phase = substr(phase, 7)"
    .. WAITING .. ASIDE, campaign.id)
  if ok then
    ok, message, code = self.db:exec("UPDATE campaign SET aside = NULL WHERE id = ?",
      campaign.id)
  end
  if not ok then
    return nil, message, code
  end
  campaign.aside = nil
  return true
end

return asides
