--- The store: the truth about every campaign, which survives any death.
--
-- `journal.open` gives an object whose fields are the nouns of this folder:
-- `campaigns`, `targets`, `conversations`, `events`, `approvals`, `extents`, `history`,
-- `stories`, `lanes`, `removals`, `opt_outs`, `sent`, `deltas`, `openings`,
-- `inbox`, `contacts`, `places`, `echoes`, `traces`, `key_sets`, `messages`, `people`,
-- `dialogs`, `clicks`, `polls`, `canaries`, `asides`, `broadcasts` and
-- `plans`, all on one connection.
-- @module crier.journal
local core = require "crier.core"
local schema = require "crier.journal.schema"

local journal = {}

-- What the bot has heard.
local HEARD = { "inbox", "contacts", "places", "echoes", "traces", "key_sets" }

local journal_methods = {}
local journal_mt = { __name = "crier.journal", __index = journal_methods }

--- Takes a store's URL apart.
-- @tparam string url `sqlite:PATH`
-- @treturn[1] string path
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code `STORE`
function journal.path(url)
  local path = url:match("^sqlite:(.+)$")
  if path then
    return path
  end
  return nil, "CRIER_STORE is '" .. url:gsub("//.*", "//…")
    .. "': it is sqlite:PATH", "STORE"
end

-- A file with nothing in it, as mktemp leaves one, knows of nothing sent.
local function is_empty(path)
  local file = io.open(path, "rb")
  if not file then
    return false
  end
  local text, problem = file:read(1)
  file:close()
  return not text and not problem
end

--- Tells what lies at a store's path.
-- @tparam string path
-- @treturn[1] boolean whether there is a file
-- @treturn[2] nil
-- @treturn[2] string message, when no store may lie there
-- @treturn[2] string code `STORE`
function journal.exists(path)
  local kind = core.fs.type(path)
  if kind and core.fs.is_network(kind) then
    return nil, ("store %s lies on a network file system (%s), where a lock"
      .. " does not hold: put it on a local disk"):format(path, kind), "STORE"
  end
  return core.fs.exists(path) and not is_empty(path)
end

local function fail(path, message, code)
  if code == "SQLITE_NOTADB" then
    message = "it is not a crier store (not an SQLite database)"
  elseif message:sub(1, #path + 2) == path .. ": " then
    message = message:sub(#path + 3)
  end
  return nil, ("store %s: %s"):format(path, message), "STORE"
end

local function tables(db)
  return db:row("SELECT count(*) AS n FROM sqlite_master")
end

-- Brings an older store up to date; one that is only read stays as it is.
local function upgrade(db, path, version, read_only)
  if read_only then
    return fail(path, ("it was made by an older version of crier (schema %d): %s")
      :format(version, read_only == true and "any run brings it up to date"
        or "it has to be brought up to date first, and " .. read_only))
  end
  local steps = {}
  for i = version, schema.version - 1 do
    steps[#steps + 1] = schema.upgrades[i]
  end
  -- Another process may be doing the same: only the first changes anything.
  local ok, message, code = db:script("BEGIN IMMEDIATE;")
  local row = ok and db:row("SELECT value FROM store WHERE key = 'schema'")
  if row and tonumber(row.value) == version then
    ok, message, code = db:script(table.concat(steps)
      .. ("UPDATE store SET value = '%d' WHERE key = 'schema'; COMMIT;")
        :format(schema.version))
  elseif row then
    db:rollback()
  end
  if not ok then
    db:rollback()
    return fail(path, message, code)
  end
  return true
end

local function check_version(db, path, read_only)
  local found, message, code = tables(db)
  if not found then
    return fail(path, message, code)
  end
  local known = db:row("SELECT 1 FROM sqlite_master"
    .. " WHERE type = 'table' AND name = 'store'")
  local row = known
    and db:row("SELECT value FROM store WHERE key = 'schema'")
  if not row then
    return fail(path, "it is a database of something else: name another file")
  end
  local version = tonumber(row.value)
  if schema.upgrades[version] then
    return upgrade(db, path, version, read_only)
  elseif version ~= schema.version then
    return fail(path, ("it was made by another version of crier (schema %s,"
      .. " this one reads %d)"):format(row.value, schema.version))
  end
  return true
end

local function create(db, path)
  local ok, message, code = db:script("BEGIN IMMEDIATE;" .. schema.sql
    .. ("INSERT INTO store VALUES ('schema', '%d'); COMMIT;")
      :format(schema.version))
  if not ok then
    db:rollback()
    if db:row "SELECT 1 FROM sqlite_master WHERE name = 'store'" then
      return check_version(db, path, false) -- another process was faster
    end
    return fail(path, message, code)
  end
  return true
end

local function prepare(db, path, read_only)
  if not read_only then
    -- FULL: a committed intent survives the loss of power. What is deleted is gone from
    -- the file.
    local ok, message, code = db:script("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
      .. " PRAGMA wal_autocheckpoint = 4000; PRAGMA secure_delete = ON;")
    if not ok then
      return fail(path, message, code)
    end
  end
  local found, message, code = tables(db)
  if not found then
    return fail(path, message, code)
  end
  if found.n == 0 and not read_only then
    return create(db, path)
  end
  return check_version(db, path, read_only)
end

-- Opens the file; also tells whether it is only read, and why if it had to be.
local function connect(path, options)
  local read_only = options.read_only
  local db, message, code = core.sqlite.open(path, {
    create = options.create,
    read_only = read_only,
    busy_ms = options.busy_ms,
  })
  if not db and code == "SQLITE_READONLY" and options.looks then
    local why = message:sub(#path + 3)
    db, message, code = core.sqlite.open(path, { read_only = true })
    read_only = why
  end
  if not db then
    return fail(path, message, code)
  end
  return db, read_only
end

--- Opens a store.
-- @tparam string path of the SQLite file
-- @tparam ?table options
-- @tparam ?boolean options.create make the file when there is none
-- @tparam ?boolean options.read_only
-- @tparam ?boolean options.looks nothing will be written: a store that cannot be
--   is good enough
-- @tparam[opt=5000] integer options.busy_ms how long somebody else's transaction is
--   waited for
-- @treturn[1] crier.journal
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code `STORE`
function journal.open(path, options)
  options = options or {}
  local db, read_only, code = connect(path, options)
  if not db then
    return nil, read_only, code
  end
  local ok, message
  ok, message, code = prepare(db, path, read_only)
  if not ok then
    db:close()
    return nil, message, code
  end
  local self = setmetatable({
    db = db,
    path = path,
    identity = core.fs.identity(path),
  }, journal_mt)
  self.lanes = require("crier.journal.lanes").new(self)
  self.campaigns = require("crier.journal.campaigns").new(self)
  self.targets = require("crier.journal.targets").new(self)
  self.conversations = require("crier.journal.conversations").new(self)
  self.events = require("crier.journal.events").new(self)
  self.approvals = require("crier.journal.approvals").new(self)
  self.extents = require("crier.journal.extents").new(self)
  self.history = require("crier.journal.history").new(self)
  self.stories = require("crier.journal.stories").new(self)
  self.removals = require("crier.journal.removals").new(self)
  self.opt_outs = require("crier.journal.opt_outs").new(self)
  self.sent = require("crier.journal.sent").new(self)
  self.people = require("crier.journal.people").new(self)
  self.dialogs = require("crier.journal.dialogs").new(self)
  self.clicks = require("crier.journal.clicks").new(self)
  self.polls = require("crier.journal.polls").new(self)
  self.messages = require("crier.journal.messages").new(self)
  self.deltas = require("crier.journal.deltas").new(self)
  self.shares = require("crier.journal.shares").new(self)
  self.openings = require("crier.journal.openings").new(self)
  for _, noun in ipairs(HEARD) do
    self[noun] = require("crier.journal." .. noun).new(self)
  end
  self.canaries = require("crier.journal.canaries").new(self)
  self.asides = require("crier.journal.asides").new(self)
  self.broadcasts = require("crier.journal.broadcasts").new(self)
  self.plans = require("crier.journal.plans").new(self)
  return self
end

-- What a store has to have room for: a group of intents, an activity.
local ROOM = 64 * 1024

-- Another process's turn, or a row that must not be: the store itself is well.
local WELL = { SQLITE_BUSY = true, SQLITE_CONSTRAINT = true, SQLITE_LOCKED = true }

-- What passes by itself, or when somebody makes room.
local PASSING = { SQLITE_BUSY = true, SQLITE_CANTOPEN = true, SQLITE_FULL = true,
  SQLITE_IOERR = true, SQLITE_LOCKED = true, SQLITE_READONLY = true }

--- Whether what failed is worth another try, as it is: the disk is full, say.
-- @tparam ?string code of what failed
-- @treturn boolean
function journal.is_passing(code)
  return PASSING[code] or false
end

-- Remembers that the store failed; gives what it is given.
local function failed(self, message, code)
  if type(code) == "string" and code:find "^SQLITE_" and not WELL[code] then
    self.failure = message
  end
  return nil, message, code
end

--- Runs a function in one transaction: all of it happens, or nothing.
-- @tparam function fn called with the arguments that follow; nil, message,
--   code from it undoes the transaction
-- @return what `fn` returned; nil, message, code when the store failed
function journal_methods:transaction(fn, ...)
  local ok, message, code = self.db:begin()
  if not ok then
    return failed(self, message, code)
  end
  local called, result, why, kind = pcall(fn, ...)
  if not called then
    self.db:rollback()
    error(result, 0)
  end
  if result == nil and why then
    self.db:rollback()
    return failed(self, why, kind)
  end
  ok, message, code = self.db:commit()
  if not ok then
    self.db:rollback()
    return failed(self, message, code)
  end
  return result == nil and true or result, why, kind
end

-- Writes as much as comes at once, and removes it again. Each is a transaction: what is
-- removed in the same one would never reach the disk.
local function try(self)
  return self:transaction(function()
    return self.db:exec("INSERT OR REPLACE INTO store VALUES ('room', zeroblob(?))", ROOM)
  end) and self:transaction(function()
    return self.db:exec "DELETE FROM store WHERE key = 'room'"
  end)
end

--- Whether it takes what is written: once a transaction has failed, it is tried.
-- @treturn[1] boolean true
-- @treturn[2] nil
-- @treturn[2] string why not
function journal_methods:is_writable()
  if self.failure and try(self) then
    self.failure = nil
  end
  return not self.failure or nil, self.failure
end

--- Whether the file that was opened still lies at its path. Without it nobody
-- would know of what is written.
-- @treturn boolean
function journal_methods:is_in_place()
  return core.fs.identity(self.path) == self.identity
end

--- Closes the connection. Safe to repeat.
function journal_methods:close()
  self.lanes:close()
  self.db:close()
end

return journal
