--- Between which ids the rows of a campaign lie.
--
-- To find that out every entry of an index is looked at, for a million people a tenth of
-- a second, so it is remembered of campaigns whose plan is complete.
-- @module crier.journal.extents
local extents = {}

local extents_methods = {}
local extents_mt = { __name = "crier.extents", __index = extents_methods }

local MOST = 1000 -- remembered

--- Used by `crier.journal` alone.
function extents.new(journal)
  return setmetatable({ db = journal.db, known = {}, count = 0 }, extents_mt)
end

local function find(self, campaign)
  local row = self.db:row("SELECT min(id) AS first, max(id) AS last FROM target"
    .. " WHERE campaign = ? AND step = 'send'", campaign)
  return row and row.first or 1, row and row.last or 0
end

--- Finds them.
-- @tparam integer campaign id
-- @treturn integer id of the first row
-- @treturn integer id of the last row, below the first when there is none
function extents_methods:of(campaign)
  local row = self.db:row("SELECT planned, targeted FROM campaign WHERE id = ?", campaign)
  local is_fixed = row and row.planned == 1 and row.targeted > 0
  local one = is_fixed and self.known[campaign]
  if one and one.targeted == row.targeted then
    return one.first, one.last
  end
  local first, last = find(self, campaign)
  if is_fixed then
    if self.count >= MOST then
      self.known, self.count = {}, 0
    end
    self.count = self.count + (self.known[campaign] and 0 or 1)
    self.known[campaign] = { targeted = row.targeted, first = first, last = last }
  end
  return first, last
end

return extents
