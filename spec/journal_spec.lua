local core = require "crier.core"
local journal = require "crier.journal"
local schema = require "crier.journal.schema"
local shell = require "support.shell"
local stores = require "support.stores"

-- What `journal.open` says of a file that it refuses.
local function refused(path, options)
  local store, message, code = journal.open(path, options)
  assert.is_nil(store)
  assert.equal("STORE", code)
  return message
end

describe("crier.journal #embedded", function()
  local place

  before_each(function() place = stores.new() end)
  after_each(function() place:close() end)

  local function write(text)
    local file = assert(io.open(place.path, "wb"))
    file:write(text)
    file:close()
  end

  describe(".path()", function()
    it("takes the path out of a store's URL", function()
      assert.equal("crier.db", journal.path "sqlite:crier.db")
      assert.equal("/var/lib/crier.db", journal.path "sqlite:/var/lib/crier.db")
      assert.equal("a:b c", journal.path "sqlite:a:b c")
    end)

    it("refuses other URLs and shows no password", function()
      local path, message, code =
        journal.path "postgresql://crier:secret@db/crier"
      assert.is_nil(path)
      assert.equal("CRIER_STORE is 'postgresql://…': it is sqlite:PATH", message)
      assert.equal("STORE", code)
      assert.is_nil((journal.path "sqlite:"))
      assert.is_nil((journal.path "crier.db"))
    end)
  end)

  describe(".exists()", function()
    it("tells whether there is a file", function()
      assert.is_false(journal.exists(place.path))
      write "x"
      assert.is_true(journal.exists(place.path))
    end)

    it("takes an empty file for none", function()
      write ""
      assert.is_false(journal.exists(place.path))
    end)
  end)

  describe(".open()", function()
    it("makes a store that only its owner reads", function()
      place:open()
      assert.equal("600", shell.run("stat -c %a " .. place.path))
    end)

    it("opens what it made", function()
      local store = place:open()
      assert(store.lanes:acquire("bot", "contoso"))
      store:close()
      assert.equal(1, place:open({}).db:row("SELECT count(*) AS n FROM lane").n)
    end)

    it("keeps committed rows through the loss of power", function()
      local store = place:open()
      assert.equal("wal", store.db:row("PRAGMA journal_mode").journal_mode)
      assert.equal(2, store.db:row("PRAGMA synchronous").synchronous)
    end)

    it("refuses a file that is not there", function()
      assert.equal("store " .. place.path .. ": unable to open database file: No"
        .. " such file or directory",
        refused(place.path))
      assert.is_false(core.fs.exists(place.path))
    end)

    it("refuses what is no database", function()
      write(("not a database "):rep(100))
      assert.equal("store " .. place.path
        .. ": it is not a crier store (not an SQLite database)",
        refused(place.path))
    end)

    it("refuses the database of something else", function()
      local db = assert(core.sqlite.open(place.path, { create = true }))
      assert(db:script "CREATE TABLE store_of_wine (year INTEGER)")
      db:close()
      assert.equal("store " .. place.path
        .. ": it is a database of something else: name another file",
        refused(place.path))
    end)

    -- A store as an earlier version left it.
    local function old_store(version)
      local db = assert(core.sqlite.open(place.path, { create = true }))
      local file = assert(io.open(("spec/vectors/stores/schema-%d.sql"):format(version)))
      assert(db:script(file:read "*a" .. "INSERT INTO store VALUES ('schema', '" .. version .. "');"
        .. "INSERT INTO lane (app, tenant) VALUES ('bot', 'contoso');"
        .. "INSERT INTO campaign (name, lane, cloud, state, digest, script, on_unknown,"
        .. " started_at) VALUES ('old', 1, 'public', 'finished', 'd', 's', 'report', 1);"))
      file:close()
      db:close()
    end

    -- What a store's tables and indices are made of, in any order of columns.
    local function shape(store)
      local found = {}
      for _, row in ipairs(store.db:rows("SELECT m.type || ' ' || m.name AS place, c.name,"
        .. " c.type, c.[notnull] AS needed, c.dflt_value AS value, c.pk FROM sqlite_master m"
        .. " LEFT JOIN pragma_table_info(m.name) c WHERE m.name NOT LIKE 'sqlite_%'")) do
        found[#found + 1] = ("%s.%s %s %s %s %s"):format(row.place, row.name, row.type,
          row.needed, row.value, row.pk)
      end
      table.sort(found)
      return found
    end

    for version = 1, schema.version - 1 do
      it(("gives a store of version %d the tables of today"):format(version), function()
        old_store(version)
        local upgraded = shape(place:open())
        local new = stores.new()
        assert.same(shape(new:open()), upgraded)
        new:close()
      end)
    end

    it("brings the store of an earlier version up to date", function()
      old_store(1)
      local store = place:open()
      local old = store.campaigns:find "old"
      assert.equal("send", old.action)
      assert.same({}, store.events:list(old.id))
      assert.same({}, store.opt_outs:list "contoso")
      assert.same({}, store.removals:list({ app = "bot", tenant = "contoso" }, "", 1))
      assert.is_false(store.deltas:find("contoso", "welcome"))
      assert.is_false(store.deltas:is_known("contoso", "welcome", "user:1"))
      assert.equal(tostring(schema.version),
        store.db:row("SELECT value FROM store WHERE key = 'schema'").value)
      store:close()
      assert.equal("old", place:open({ read_only = true }).campaigns:list()[1].name)
    end)

    it("does not change an earlier version's store that is only read", function()
      old_store(1)
      local _, message = journal.open(place.path, { read_only = true })
      assert.equal("store " .. place.path .. ": it was made by an older version of crier"
        .. " (schema 1): any run brings it up to date", message)
    end)

    it("refuses the store of another version", function()
      local store = place:open()
      store.db:exec("UPDATE store SET value = '999' WHERE key = 'schema'")
      store:close()
      assert.equal("store " .. place.path .. ": it was made by another version"
        .. " of crier (schema 999, this one reads 3)", refused(place.path))
    end)

    it("opens a store to read only", function()
      place:open()
      local store = place:open { read_only = true }
      assert.same({}, store.campaigns:list())
      local ok, _, code = store.campaigns:set_state(1, "paused")
      assert.is_nil(ok)
      assert.equal("SQLITE_READONLY", code)
    end)
  end)

  describe(":transaction()", function()
    local function count(store)
      return store.db:row("SELECT count(*) AS n FROM lane").n
    end

    local function insert(store)
      return store.db:exec("INSERT INTO lane (app, tenant) VALUES ('a', 't')")
    end

    it("keeps what the function did and gives what it returned", function()
      local store = place:open()
      assert.equal(1, store:transaction(insert, store))
      assert.equal(1, count(store))
      assert.is_true(store:transaction(function() end))
    end)

    it("undoes everything when the function fails", function()
      local store = place:open()
      local ok, message, code = store:transaction(function()
        insert(store)
        return nil, "no more", "STORE"
      end)
      assert.is_nil(ok)
      assert.equal("no more", message)
      assert.equal("STORE", code)
      assert.equal(0, count(store))
    end)

    it("undoes everything when the function raises", function()
      local store, problem = place:open(), {}
      local ok, message = pcall(store.transaction, store, function()
        insert(store)
        error(problem)
      end)
      assert.is_false(ok)
      assert.equal(problem, message)
      assert.equal(0, count(store))
      assert.equal(1, store:transaction(insert, store))
    end)

    it("says why it cannot begin", function()
      local store, other = place:open(), place:open()
      other.db:exec "PRAGMA busy_timeout = 0"
      assert(store.db:begin())
      local ok, _, code = other:transaction(insert, other)
      assert.is_nil(ok)
      assert.equal("SQLITE_BUSY", code)
      store.db:rollback()
      assert.equal(1, other:transaction(insert, other))
    end)
  end)

  describe(":is_writable()", function()
    local store

    local function room(pages)
      return store.db:row(("PRAGMA max_page_count = %d"):format(pages))
    end

    local function add()
      return store:transaction(function()
        return store.db:exec("INSERT INTO store VALUES ('more', ?)", ("x"):rep(100000))
      end)
    end

    before_each(function()
      store = assert(journal.open(place.path, { create = true }))
      room(1) -- as many as there are
    end)
    after_each(function() store:close() end)

    it("is not while the disk is full", function()
      assert.same({ nil, "database or disk is full", "SQLITE_FULL" }, { add() })
      assert.same({ nil, "database or disk is full" }, { store:is_writable() })
      assert.same({ nil, "database or disk is full" }, { store:is_writable() })
    end)

    it("is as soon as there is room, and leaves nothing behind", function()
      add()
      room(100000)
      local rows = store.db:rows "SELECT key FROM store"
      assert.is_true(store:is_writable())
      assert.same(rows, store.db:rows "SELECT key FROM store")
      assert.equal(1, add())
    end)
  end)

  describe(":close()", function()
    it("releases lanes and may be repeated", function()
      local store, other = place:open(), place:open()
      assert(store.lanes:acquire("bot", "contoso"))
      store:close()
      store:close()
      assert.is_not_nil(other.lanes:acquire("bot", "contoso"))
    end)
  end)
end)
