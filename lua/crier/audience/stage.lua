--- Where an audience is put together before anything is sent: a private
-- database of its own, so that no set is ever held in memory and a plan that
-- fails leaves no trace in the store.
--
-- A set is a table `set_N` of people; an entry list `entry_N` holds the rows
-- of a csv file or a list until their people are looked up.
-- @module crier.audience.stage
local core = require "crier.core"

local stage = {}

local stage_methods = {}
local stage_mt = { __name = "crier.stage", __index = stage_methods }

local SET = [[CREATE TABLE %s (
  key TEXT PRIMARY KEY, upn TEXT, name TEXT, fields TEXT NOT NULL, csv TEXT,
  flags TEXT NOT NULL DEFAULT '', excluded TEXT, detail TEXT)]]

local ENTRY = [[CREATE TABLE %s (
  ord INTEGER PRIMARY KEY, who TEXT NOT NULL UNIQUE, shown TEXT NOT NULL,
  line INTEGER, csv TEXT)]]

--- Creates an empty stage.
-- @treturn crier.stage
function stage.new()
  local db = assert(core.sqlite.open("", { create = true }))
  assert(db:script("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"))
  return setmetatable({ db = db, count = 0 }, stage_mt)
end

local function create(self, kind, sql)
  self.count = self.count + 1
  local name = kind .. self.count
  assert(self.db:script(sql:format(name)))
  return name
end

--- Creates an empty set.
-- @treturn string its name
function stage_methods:new_set()
  return create(self, "set_", SET)
end

--- Creates an empty entry list.
-- @treturn string its name
function stage_methods:new_entries()
  return create(self, "entry_", ENTRY)
end

--- Runs a function in one transaction of the stage: many rows, one commit.
-- @tparam function fn
function stage_methods:together(fn)
  assert(self.db:begin())
  local ok, message = pcall(fn)
  if not ok then
    self.db:rollback()
    error(message, 0)
  end
  assert(self.db:commit())
end

--- Puts a person into a set; who is there already stays as they are.
-- @tparam string set
-- @tparam table person from `crier.audience.person`, with `csv`, `excluded`
--   and `detail` where they apply
function stage_methods:put(set, person)
  assert(self.db:exec("INSERT INTO " .. set .. " VALUES (?, ?, ?, ?, ?, ?, ?,"
    .. " ?) ON CONFLICT DO NOTHING", person.key, person.upn, person.name,
    person.fields or "{}", person.csv, person.flags or "", person.excluded,
    person.detail))
end

--- Puts an entry into an entry list; a repeated one is merged into the first.
-- @tparam string entries
-- @tparam string who object id or UPN
-- @tparam ?integer line of the file
-- @tparam ?string csv the row as JSON
function stage_methods:put_entry(entries, who, line, csv)
  assert(self.db:exec("INSERT INTO " .. entries .. " (who, shown, line, csv)"
    .. " VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", who:lower(), who, line,
    csv))
end

--- A page of an entry list.
-- @tparam string entries
-- @tparam integer after `ord` of the last entry before; 0 to begin
-- @tparam integer most
-- @treturn table array of `{ ord =, who =, shown =, line =, csv = }`
function stage_methods:entries(entries, after, most)
  return assert(self.db:rows("SELECT * FROM " .. entries
    .. " WHERE ord > ? ORDER BY ord LIMIT ?", after, most))
end

local COLUMNS = "key, upn, name, fields, csv, flags, excluded, detail"
local MERGED = "l.key, l.upn, l.name, l.fields, coalesce(l.csv, r.csv),"
  .. " l.flags, l.excluded, l.detail"
-- A row that names nobody takes no part in the algebra, but stays counted.
local BAD = "%s.excluded = 'bad row'"

local COMBINE = {
  ["+"] = "SELECT " .. MERGED .. " FROM %s l LEFT JOIN %s r USING (key)",
  ["*"] = "SELECT " .. MERGED .. " FROM %s l JOIN %s r USING (key)"
    .. " WHERE r.excluded IS NULL",
  ["-"] = "SELECT " .. COLUMNS .. " FROM %s l"
    .. " WHERE key NOT IN (SELECT key FROM %s)",
}

--- Combines two sets into a new one and drops them.
-- @tparam string operator `+`, `*` or `-`
-- @tparam string left set, whose fields win
-- @tparam string right set
-- @treturn string the new set
function stage_methods:combine(operator, left, right)
  local made = self:new_set()
  local into = "INSERT OR IGNORE INTO " .. made .. " "
  local sql = into .. COMBINE[operator]:format(left, right) .. ";"
  if operator == "+" then
    sql = sql .. into .. "SELECT " .. COLUMNS .. " FROM " .. right .. ";"
  end
  for _, side in ipairs { left, right } do
    sql = sql .. into .. "SELECT " .. COLUMNS .. " FROM " .. side .. " WHERE "
      .. BAD:format(side) .. ";"
  end
  assert(self.db:script(sql .. "DROP TABLE " .. left .. "; DROP TABLE "
    .. right .. ";"))
  return made
end

--- A page of a set, by key.
-- @tparam string set
-- @tparam string after key of the last person before; "" to begin
-- @tparam integer most
-- @treturn table array of people
function stage_methods:people(set, after, most)
  return assert(self.db:rows("SELECT * FROM " .. set
    .. " WHERE key > ? ORDER BY key LIMIT ?", after, most))
end

--- Whether a set has a person who is not left out.
-- @tparam string set
-- @tparam string key
-- @treturn boolean
function stage_methods:has(set, key)
  return self.db:row("SELECT 1 AS yes FROM " .. set
    .. " WHERE key = ? AND excluded IS NULL", key) and true or false
end

--- How many people a set has.
-- @tparam string set
-- @treturn integer
function stage_methods:size(set)
  return assert(self.db:row("SELECT count(*) AS n FROM " .. set)).n
end

--- Marks who is left out by default.
-- @tparam string set
-- @tparam function exclusion gives the reason for a person's flags, or nil
function stage_methods:exclude(set, exclusion)
  local rows = assert(self.db:rows("SELECT DISTINCT flags FROM " .. set))
  for _, row in ipairs(rows) do
    local reason = exclusion(row.flags)
    if reason then
      assert(self.db:exec("UPDATE " .. set .. " SET excluded = ?"
        .. " WHERE flags = ? AND excluded IS NULL", reason, row.flags))
    end
  end
end

--- How many people of a set are left out, by reason.
-- @tparam string set
-- @treturn table array of `{ reason =, count = }`, most first
function stage_methods:excluded(set)
  return assert(self.db:rows("SELECT excluded AS reason, count(*) AS count"
    .. " FROM " .. set .. " WHERE excluded IS NOT NULL GROUP BY excluded"
    .. " ORDER BY 2 DESC, 1"))
end

--- Frees the stage. Safe to repeat.
function stage_methods:close()
  self.db:close()
end

return stage
