--- Where an audience is put together before anything is sent: a private
-- database of its own, so that no set is ever held in memory and a plan that
-- fails leaves no trace in the store.
--
-- A set is a table `set_N` of people, channels and chats; `ord` is a row's place
-- in the file or list that it came from. An entry list `entry_N` holds the rows
-- of a file or a list until their people are looked up.
-- @module crier.audience.stage
local core = require "crier.core"
local strays = require "crier.audience.strays"

local stage = {}

local stage_methods = {}
local stage_mt = { __name = "crier.stage", __index = stage_methods }

local SET = [[CREATE TABLE %s (
  key TEXT PRIMARY KEY, upn TEXT, name TEXT, fields TEXT NOT NULL, csv TEXT,
  flags TEXT NOT NULL DEFAULT '', excluded TEXT, detail TEXT, ord INTEGER)]]

local ENTRY = [[CREATE TABLE %s (
  ord INTEGER PRIMARY KEY, who TEXT NOT NULL UNIQUE, shown TEXT NOT NULL,
  form TEXT NOT NULL, line INTEGER, csv TEXT)]]

local DRAW = [[CREATE TABLE %s (key TEXT PRIMARY KEY, lot TEXT NOT NULL)]]

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

local function insert(self, set, person, on_conflict)
  assert(self.db:exec("INSERT INTO " .. set .. " VALUES (?, ?, ?, ?, ?, ?, ?,"
    .. " ?, ?) ON CONFLICT (key) DO " .. on_conflict, person.key, person.upn,
    person.name, person.fields or "{}", person.csv, person.flags or "",
    person.excluded, person.detail, person.ord))
end

--- Puts a person into a set; who is there already stays as they are, but has the
-- row that comes first in the file.
-- @tparam string set
-- @tparam table person from `crier.audience.person`, with `csv`, `ord`,
--   `excluded` and `detail` where they apply
function stage_methods:put(set, person)
  insert(self, set, person, "UPDATE SET csv = excluded.csv, ord = excluded.ord"
    .. " WHERE excluded.ord < " .. set .. ".ord")
end

--- Puts a person into a set, over what is there of them.
-- @tparam string set
-- @tparam table person see `put`
function stage_methods:replace(set, person)
  insert(self, set, person, "UPDATE SET upn = excluded.upn, name = excluded.name,"
    .. " fields = excluded.fields, flags = excluded.flags")
end

--- Gives somebody of a set other data.
-- @tparam string set
-- @tparam string key
-- @tparam string fields JSON
-- @tparam ?string csv JSON
function stage_methods:set_data(set, key, fields, csv)
  assert(self.db:exec("UPDATE " .. set .. " SET fields = ?, csv = ? WHERE key = ?",
    fields, csv, key))
end

--- Takes somebody out of a set.
-- @tparam string set
-- @tparam string key
function stage_methods:remove(set, key)
  assert(self.db:exec("DELETE FROM " .. set .. " WHERE key = ?", key))
end

--- Puts an entry into an entry list; a repeated one is merged into the first.
-- @tparam string entries
-- @tparam table entry `who` (as it was written), `form` (see
--   `crier.audience.lookup.form`), `line` of the file and `csv` (the row as JSON)
--   where they apply
function stage_methods:put_entry(entries, entry)
  assert(self.db:exec("INSERT INTO " .. entries .. " (who, shown, form, line, csv)"
    .. " VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING", entry.who:lower(), entry.who,
    entry.form, entry.line, entry.csv))
end

--- A page of an entry list.
-- @tparam string entries
-- @tparam string form of the entries
-- @tparam integer after `ord` of the last entry before; 0 to begin
-- @tparam integer most
-- @treturn table array of `{ ord =, who =, shown =, form =, line =, csv = }`
function stage_methods:entries(entries, form, after, most)
  return assert(self.db:rows("SELECT * FROM " .. entries
    .. " WHERE form = ? AND ord > ? ORDER BY ord LIMIT ?", form, after, most))
end

--- The row that a file has of a person.
-- @tparam string entries
-- @param ... what the person is called: id, UPN, mail address
-- @treturn ?string JSON
function stage_methods:csv_of(entries, ...)
  local names = { ... }
  local row = self.db:row("SELECT csv FROM " .. entries .. " WHERE csv IS NOT NULL"
    .. " AND who IN (" .. ("lower(?), "):rep(#names - 1) .. "lower(?)) ORDER BY ord LIMIT 1",
    ...)
  return row and row.csv or nil
end

local COLUMNS = "key, upn, name, fields, csv, flags, excluded, detail, ord"
local MERGED = "l.key, l.upn, l.name, l.fields, coalesce(l.csv, r.csv),"
  .. " l.flags, l.excluded, l.detail, coalesce(l.ord, r.ord)"
-- A row that names nobody takes no part in the algebra, but stays counted where it
-- would have added somebody.
local BAD = "%s.excluded = 'bad row'"

local COMBINE = {
  ["+"] = "SELECT " .. MERGED .. " FROM %s l LEFT JOIN %s r USING (key)",
  ["*"] = "SELECT " .. MERGED .. " FROM %s l JOIN %s r USING (key)"
    .. " WHERE r.excluded IS NULL",
  ["-"] = "SELECT " .. COLUMNS .. " FROM %s l"
    .. " WHERE key NOT IN (SELECT key FROM %s)",
}

--- Combines two sets into a new one and drops them. What leads to nobody and is in no
-- set any more is in `warnings`.
-- @tparam string operator `+`, `*` or `-`
-- @tparam string left set, whose fields win
-- @tparam string right set
-- @treturn string the new set
function stage_methods:combine(operator, left, right)
  strays.note(self.db, operator, left, right)
  local made = self:new_set()
  local into = "INSERT OR IGNORE INTO " .. made .. " "
  local sql = into .. COMBINE[operator]:format(left, right) .. ";"
  if operator == "+" then
    sql = sql .. into .. "SELECT " .. COLUMNS .. " FROM " .. right .. ";"
  end
  sql = sql .. into .. "SELECT " .. COLUMNS .. " FROM " .. left .. " WHERE "
    .. BAD:format(left) .. ";"
  assert(self.db:script(sql .. "DROP TABLE " .. left .. "; DROP TABLE "
    .. right .. ";"))
  return made
end

--- What whoever wrote the audience should know of it.
-- @treturn {string,...} lines
function stage_methods:warnings()
  return strays.warnings(self.db)
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

--- A page of the keys of those of a set who are not left out.
-- @tparam string set
-- @tparam string after the last key before; "" to begin
-- @tparam integer most
-- @treturn {string,...}
function stage_methods:keys(set, after, most)
  local keys = assert(self.db:rows("SELECT key FROM " .. set
    .. " WHERE key > ? AND excluded IS NULL ORDER BY key LIMIT ?", after, most))
  for i, row in ipairs(keys) do
    keys[i] = row.key
  end
  return keys
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

--- Leaves one person out.
-- @tparam string set
-- @tparam string key
-- @tparam string reason
function stage_methods:exclude_one(set, key, reason)
  assert(self.db:exec("UPDATE " .. set .. " SET excluded = ? WHERE key = ?"
    .. " AND excluded IS NULL", reason, key))
end

--- Leaves out all channels and chats.
-- @tparam string set
-- @tparam string reason
function stage_methods:exclude_posts(set, reason)
  assert(self.db:exec("UPDATE " .. set .. " SET excluded = ? WHERE excluded IS NULL"
    .. " AND key NOT LIKE 'user:%'", reason))
end

--- Drops who is left out, except for rows of a file or list in which nobody was
-- found: those stay counted.
-- @tparam string set
function stage_methods:drop_excluded(set)
  assert(self.db:exec("DELETE FROM " .. set .. " WHERE excluded NOT IN ('bad row',"
    .. " 'no such user', 'several users')"))
end

--- Empties a set.
-- @tparam string set
function stage_methods:clear(set)
  assert(self.db:exec("DELETE FROM " .. set))
end

--- Copies a set.
-- @tparam string set
-- @treturn string the new set
function stage_methods:copy(set)
  local made = self:new_set()
  assert(self.db:exec("INSERT INTO " .. made .. " SELECT * FROM " .. set))
  return made
end

local PAGE = 500

--- Calls a function with each person of a set, page by page.
-- @tparam string set
-- @tparam function visit called with a row; it may take that one out
function stage_methods:each(set, visit)
  local after = ""
  repeat
    local page = self:people(set, after, PAGE)
    for _, row in ipairs(page) do
      after = row.key
      visit(row)
    end
  until #page < PAGE
end

--- Takes out for whom a function gives false; who is left out already stays.
-- @tparam string set
-- @tparam function decide called with a row
function stage_methods:keep(set, decide)
  self:together(function()
    self:each(set, function(row)
      if not row.excluded and not decide(row) then
        self:remove(set, row.key)
      end
    end)
  end)
end

--- Draws lots, and keeps the lowest.
-- @tparam integer most how many
-- @tparam function fill called with a function `add(key, lot)`, both texts
-- @treturn string name of the lots, for `each_lot`
function stage_methods:draw_lots(most, fill)
  local lots = create(self, "draw_", DRAW)
  self:together(function()
    fill(function(key, lot)
      assert(self.db:exec("INSERT INTO " .. lots .. " VALUES (?, ?)", key, lot))
    end)
  end)
  assert(self.db:exec("DELETE FROM " .. lots .. " WHERE key NOT IN (SELECT key FROM "
    .. lots .. " ORDER BY lot, key LIMIT ?)", most))
  return lots
end

--- Calls a function with each key that was drawn, then drops the lots.
-- @tparam string lots from `draw_lots`
-- @tparam function visit; nil, message, code from it ends this
-- @treturn boolean true; or nil, message, code
function stage_methods:each_lot(lots, visit)
  local after, page = ""
  repeat
    page = assert(self.db:rows("SELECT key FROM " .. lots .. " WHERE key > ?"
      .. " ORDER BY key LIMIT ?", after, PAGE))
    for _, row in ipairs(page) do
      after = row.key
      local ok, message, code = visit(row.key)
      if not ok then
        return nil, message, code
      end
    end
  until #page < PAGE
  assert(self.db:script("DROP TABLE " .. lots))
  return true
end

local REST = "DELETE FROM %s WHERE excluded IS NULL AND key NOT IN (%s)"

--- Keeps the first of those who are not left out: by place in the file, then by
-- key.
-- @tparam string set
-- @tparam integer most
function stage_methods:keep_first(set, most)
  assert(self.db:exec(REST:format(set, "SELECT key FROM " .. set
    .. " WHERE excluded IS NULL ORDER BY ord IS NULL, ord, key LIMIT ?"), most))
end

--- Keeps some of those who are not left out: who has the lowest lots.
-- @tparam string set
-- @tparam integer most
-- @tparam function lot_of gives the lot of a key, a text
function stage_methods:draw(set, most, lot_of)
  local lots = self:draw_lots(most, function(add)
    self:each(set, function(row)
      if not row.excluded then
        add(row.key, lot_of(row.key))
      end
    end)
  end)
  assert(self.db:exec(REST:format(set, "SELECT key FROM " .. lots)))
  assert(self.db:script("DROP TABLE " .. lots))
end

--- How many of a set are not left out, by kind.
-- @tparam string set
-- @treturn table `user`, `channel`, `chat`
function stage_methods:kinds(set)
  local kinds = { user = 0, channel = 0, chat = 0 }
  local rows = assert(self.db:rows("SELECT substr(key, 1, instr(key, ':') - 1) AS kind,"
    .. " count(*) AS n FROM " .. set .. " WHERE excluded IS NULL GROUP BY 1"))
  for _, row in ipairs(rows) do
    kinds[row.kind] = row.n
  end
  return kinds
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
