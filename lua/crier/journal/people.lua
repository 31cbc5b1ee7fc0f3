--- Finds people in a campaign's ledger, for who looks.
-- @module crier.journal.people
local people = {}

local people_methods = {}
local people_mt = { __name = "crier.people", __index = people_methods }

-- Rows looked through by one call, so that nobody else waits for it.
local WINDOW = 20000

--- Used by `crier.journal` alone.
function people.new(journal)
  return setmetatable({ db = journal.db, extents = journal.extents }, people_mt)
end

-- A text as LIKE reads it, with its own signs taken literally.
local function like(text)
  return "%" .. text:gsub("[%%_\\]", "\\%0") .. "%"
end

--- A page of those who match, in the order of planning.
-- @tparam integer campaign id
-- @tparam table filter `state`, `reason`, `text` (in name, UPN or id), all optional
-- @tparam integer after id of the last row looked at; 0 to begin
-- @tparam integer most rows
-- @treturn table array of rows as of `crier.journal.targets.page`
-- @treturn ?integer where to go on; nil at the end
function people_methods:find(campaign, filter, after, most)
  local first, last = self.extents:of(campaign)
  after = math.max(after, first - 1)
  local up_to = math.min(after + WINDOW, last)
  local where, values = "", {}
  local function add(sql, ...)
    where = where .. " AND " .. sql
    for _, value in ipairs { ... } do
      values[#values + 1] = value
    end
  end
  if filter.state then
    add("t.state = ?", filter.state)
  end
  if filter.reason then
    add("t.reason = ?", filter.reason)
  end
  if filter.text then
    local pattern = like(filter.text)
    add("(r.name LIKE ? ESCAPE '\\' OR r.upn LIKE ? ESCAPE '\\' OR t.key LIKE ? ESCAPE '\\')",
      pattern, pattern, pattern)
  end
  values[#values + 1] = most
  local rows = self.db:rows("SELECT t.*, r.upn, r.name FROM target t JOIN recipient r"
    .. " ON r.target = t.id WHERE +t.campaign = ? AND t.step = 'send' AND t.id > ?"
    .. " AND t.id <= ?" .. where .. " ORDER BY t.id LIMIT ?", campaign, after, up_to,
    (table.unpack or unpack)(values)) -- luacheck: ignore 113 143
  if #rows == most then
    up_to = rows[#rows].id
  end
  return rows, up_to < last and up_to or nil
end

return people
