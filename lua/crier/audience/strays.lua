--- Rows that lead to nobody and take part in a difference or an intersection: they are
-- in no set any more, and whoever wrote them believes that they count.
--
-- A row of a file or list leads to nobody when it is bad, or its person is not in the
-- directory, or is several. Of an earlier campaign nobody wrote the names.
-- @module crier.audience.strays
local text = require "crier.format.text"

local strays = {}

local SHOWN = 3

local TABLE = [[CREATE TABLE IF NOT EXISTS stray (
  operator TEXT NOT NULL, key TEXT NOT NULL, detail TEXT NOT NULL,
  PRIMARY KEY (operator, key))]]

-- An unresolved name has its place, `ord`, where somebody wrote it.
local NAMES = "excluded IN ('no such user', 'several users') AND ord IS NOT NULL"

local function keep(db, operator, set, what)
  local from = " FROM " .. set .. " WHERE detail IS NOT NULL AND (" .. what .. ")"
  if db:row("SELECT 1" .. from .. " LIMIT 1") then
    assert(db:script(TABLE))
    assert(db:exec("INSERT OR IGNORE INTO stray SELECT ?, key, detail" .. from
      .. " ORDER BY ord, key", operator))
  end
end

--- Notes those of two sets that are about to be combined.
-- @param db the stage's database
-- @tparam string operator
-- @tparam string left set
-- @tparam string right set
function strays.note(db, operator, left, right)
  if operator ~= "+" then
    keep(db, operator, right, NAMES .. " OR excluded = 'bad row'")
  end
  if operator == "*" then
    keep(db, operator, left, NAMES)
  end
end

local WORDS = {
  ["-"] = "%s of what is subtracted %s to nobody, and so %s nobody out: ",
  ["*"] = "%s of an intersection %s to nobody, and so %s nobody in: ",
}
local VERBS = { ["-"] = { "keeps", "keep" }, ["*"] = { "lets", "let" } }

local function said(operator, rows)
  local nth, shown = #rows == 1 and 1 or 2, {}
  for i = 1, math.min(SHOWN, #rows) do
    shown[i] = rows[i].detail
  end
  if #rows > SHOWN then
    shown[SHOWN + 1] = ("and %s more"):format(text.number(#rows - SHOWN))
  end
  return WORDS[operator]:format(text.count(#rows, "row"), nth == 1 and "leads" or "lead",
    VERBS[operator][nth]) .. table.concat(shown, "; ")
end

--- What there is to warn of.
-- @param db the stage's database
-- @treturn {string,...} a line for each operator
function strays.warnings(db)
  local lines = {}
  if not db:row "SELECT 1 FROM sqlite_master WHERE name = 'stray'" then
    return lines
  end
  for _, operator in ipairs { "-", "*" } do
    local rows = assert(db:rows("SELECT detail FROM stray WHERE operator = ? ORDER BY rowid",
      operator))
    lines[#lines + 1] = rows[1] and said(operator, rows)
  end
  return lines
end

return strays
