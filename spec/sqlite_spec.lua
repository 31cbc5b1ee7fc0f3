local shell = require("support.shell")
local sqlite = require("crier.core").sqlite

local quote = shell.quote

describe("crier.core.sqlite #embedded", function()
  local folder, path, db

  before_each(function()
    folder = shell.run("mktemp -d")
    path = folder .. "/store.db"
    db = assert(sqlite.open(path, { create = true, busy_ms = 0 }))
  end)

  after_each(function()
    db:close()
    os.execute("rm -rf " .. quote(folder))
  end)

  local function value(sql, ...)
    local row = assert(db:row(sql, ...))
    return row.v
  end

  describe("open()", function()
    it("creates the file and its companions with mode 600", function()
      assert(db:script("PRAGMA journal_mode = WAL; CREATE TABLE t (a)"))
      local modes = shell.run("cd " .. quote(folder) .. " && stat -c '%n %a' *")
      assert.equal("store.db 600\nstore.db-shm 600\nstore.db-wal 600", modes)
    end)

    it("leaves the mode of a file that exists", function()
      db:close()
      os.execute("chmod 640 " .. quote(path))
      db = assert(sqlite.open(path, { create = true }))
      assert.equal("640", shell.run("stat -c %a " .. quote(path)))
    end)

    it("refuses a missing file unless told to create it", function()
      local missing = folder .. "/missing.db"
      local other, message, code = sqlite.open(missing)
      assert.is_nil(other)
      assert.equal("SQLITE_CANTOPEN", code)
      assert.equal(missing .. ": unable to open database file: "
        .. "No such file or directory", message)
      assert.is_nil(io.open(missing))
    end)

    it("does not create with read_only", function()
      local missing = folder .. "/missing.db"
      local options = { create = true, read_only = true }
      local _, _, code = sqlite.open(missing, options)
      assert.equal("SQLITE_CANTOPEN", code)
      assert.is_nil(io.open(missing))
    end)

    it("refuses a folder and a missing folder", function()
      local _, _, code = sqlite.open(folder, { create = true })
      assert.equal("SQLITE_CANTOPEN", code)
      local inside = folder .. "/none/store.db"
      _, _, code = sqlite.open(inside, { create = true })
      assert.equal("SQLITE_CANTOPEN", code)
    end)

    it("refuses a file of another kind", function()
      local text = folder .. "/notes.txt"
      local f = assert(io.open(text, "w"))
      f:write(("not a database\n"):rep(100))
      f:close()
      local other, message, code = sqlite.open(text, { create = true })
      assert.is_nil(other)
      assert.equal(text .. ": file is not a database", message)
      assert.equal("SQLITE_NOTADB", code)
    end)

    it("refuses a file that may not be written", function()
      -- root may write anything, until it gives up just that
      local plain = shell.run("id -u") == "0"
        and "setpriv --bounding-set=-dac_override " or ""
      os.execute("chmod 444 " .. quote(path))
      local text = shell.child(([[
        local sqlite = require("crier.core").sqlite
        print(select(2, sqlite.open(%q)))
        print(sqlite.open(%q, { read_only = true }) ~= nil)
      ]]):format(path, path), plain)
      assert.equal(path .. ": the database cannot be written: Permission denied"
        .. "\tSQLITE_READONLY\ntrue", text)
    end)

    -- What a child finds where neither the file nor its folder can be written;
    -- root may write anywhere, until it gives up just that.
    local function locked(made)
      local plain = shell.run("id -u") == "0"
        and "setpriv --bounding-set=-dac_override,-dac_read_search " or ""
      os.execute(("chmod 444 %s; chmod 555 %s"):format(quote(made), quote(folder)))
      local text = shell.child(([[
        local sqlite = require("crier.core").sqlite
        print(select(2, sqlite.open(%q)))
        local db, message, code = sqlite.open(%q, { read_only = true })
        print(db and db:row("SELECT a FROM t").a or code .. " " .. message)
      ]]):format(made, made), plain)
      os.execute("chmod 755 " .. quote(folder))
      return text
    end

    it("reads what can only be read, and says why it cannot be written", function()
      local made = folder .. "/odd 50%41?#.db"
      local other = assert(sqlite.open(made, { create = true }))
      assert(other:script("PRAGMA journal_mode = WAL; CREATE TABLE t (a);"
        .. " INSERT INTO t VALUES (7);"))
      other:close()
      assert.equal(made .. ": the database cannot be written: Permission denied"
        .. "\tSQLITE_READONLY\n7", locked(made))
    end)

    it("does not read past changes that wait beside it", function()
      local made, copy = folder .. "/busy.db", folder .. "/copy.db"
      local other = assert(sqlite.open(made, { create = true }))
      assert(other:script "PRAGMA journal_mode = WAL; CREATE TABLE t (a);")
      os.execute(("cp %s %s; cp %s-wal %s-wal"):format(quote(made), quote(copy),
        quote(made), quote(copy)))
      other:close()
      assert.matches("\nSQLITE_READONLY .*copy.db: its latest changes are still in the"
        .. " %-wal file beside it: copy both to a folder that can be written$", locked(copy))
    end)

    it("keeps a read_only connection from writing", function()
      assert(db:script("CREATE TABLE t (a)"))
      local reader = assert(sqlite.open(path, { read_only = true }))
      local changes, message, code = reader:exec("INSERT INTO t VALUES (1)")
      assert.is_nil(changes)
      assert.equal("attempt to write a readonly database", message)
      assert.equal("SQLITE_READONLY", code)
      reader:close()
    end)

    it("keeps ':memory:' in memory", function()
      local memory = assert(sqlite.open(":memory:", { create = true }))
      assert(memory:script("CREATE TABLE t (a)"))
      assert.equal(1, memory:exec("INSERT INTO t VALUES (1)"))
      memory:close()
      assert.is_nil(io.open(":memory:"))
    end)

    it("raises on options of the wrong type", function()
      assert.has_error(function() sqlite.open(path, "create") end)
      assert.has_error(function() sqlite.open(path, { busy_ms = "1" }) end)
    end)
  end)

  describe("values", function()
    it("keeps 64-bit integers exact", function()
      assert(db:script("CREATE TABLE t (v)"))
      local numbers = { 0, -1, 1700000000123, 2147483648, 9007199254740991 }
      for _, n in ipairs(numbers) do
        assert.equal(n, value("SELECT ? AS v", n))
        assert.equal("integer", value("SELECT typeof(?) AS v", n))
      end
      local most = math.maxinteger -- luacheck: ignore 143 (not in LuaJIT)
      if most then
        assert.equal(most, value("SELECT ? AS v", most))
        assert.equal(-most - 1, value("SELECT ? AS v", -most - 1))
        assert.equal("3", tostring(value("SELECT 3 AS v")))
      end
    end)

    it("binds a float without a fraction as an integer", function()
      assert.equal("3", value("SELECT CAST(? AS TEXT) AS v", 6 / 2))
      assert.equal("integer", value("SELECT typeof(?) AS v", 2 ^ 53))
      assert.equal("integer", value("SELECT typeof(?) AS v", -2 ^ 63))
    end)

    it("binds every other float as a real number", function()
      assert.equal(0.25, value("SELECT ? AS v", 0.25))
      assert.equal("real", value("SELECT typeof(?) AS v", 2 ^ 63))
      assert.equal(math.huge, value("SELECT ? AS v", math.huge))
    end)

    it("keeps the length of text, NULs included", function()
      local text = "a\0b\0"
      assert.equal(text, value("SELECT ? AS v", text))
      assert.equal("text", value("SELECT typeof(?) AS v", text))
      assert.equal("", value("SELECT ? AS v", ""))
      assert.equal("", value("SELECT x'' AS v"))
      assert.equal("\0\255", value("SELECT x'00ff' AS v"))
    end)

    it("maps nil to NULL and NULL to an absent field", function()
      assert.same({ b = 1 }, db:row("SELECT ? AS a, ? AS b", nil, 1))
    end)

    it("maps booleans to 1 and 0", function()
      assert.same({ a = 1, b = 0 }, db:row("SELECT ? AS a, ? AS b", true,
        false))
    end)

    it("raises on other types and on NaN", function()
      for _, bad in ipairs({ {}, print, db, 0 / 0 }) do
        assert.has_error(function() db:row("SELECT ? AS v", bad) end)
      end
      assert.equal(1, value("SELECT ? AS v", 1))
    end)

    it("raises when too few or too many are given", function()
      assert.has_error(function() db:row("SELECT ? AS v") end,
        "the statement takes 1 parameters, not 0")
      assert.has_error(function() db:row("SELECT ? AS v", 1, 2) end,
        "the statement takes 1 parameters, not 2")
    end)

    it("uses a numbered parameter as often as it stands", function()
      assert.same({ a = 7, b = 7 }, db:row("SELECT ?1 AS a, ?1 AS b", 7))
    end)
  end)

  describe(":exec()", function()
    before_each(function()
      assert(db:script("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT)"))
    end)

    it("gives the number of rows that changed", function()
      local insert = "INSERT INTO t (a) VALUES (?), (?)"
      assert.equal(2, db:exec(insert, "x", "y"))
      assert.equal(2, db:exec("UPDATE t SET a = a"))
      assert.equal(1, db:exec("DELETE FROM t WHERE a = ?", "x"))
      assert.equal(0, db:exec("DELETE FROM t WHERE a = ?", "x"))
    end)

    it("gives 0 for what changes no row", function()
      assert.equal(1, db:exec("INSERT INTO t (a) VALUES (1)"))
      assert.equal(0, db:exec("CREATE TABLE u (a)"))
      assert.equal(0, db:exec("SELECT * FROM t"))
      assert.equal(0, db:exec("PRAGMA synchronous = FULL"))
    end)

    it("says what is wrong with the statement", function()
      local changes, message, code = db:exec("INSRT")
      assert.is_nil(changes)
      assert.equal('near "INSRT": syntax error', message)
      assert.equal("SQLITE_ERROR", code)
    end)

    it("refuses two statements, and none", function()
      local changes, message, code = db:exec("SELECT 1; SELECT 2")
      assert.is_nil(changes)
      assert.equal("more than one statement", message)
      assert.equal("SQLITE_MISUSE", code)
      assert.same({ nil, "the statement is empty", "SQLITE_MISUSE" },
        { db:exec("  -- nothing") })
      assert.equal(0, db:exec("SELECT 1 ; \n"))
    end)

    it("names a broken constraint", function()
      assert.equal(1, db:exec("INSERT INTO t (id) VALUES (1)"))
      local changes, message, code = db:exec("INSERT INTO t (id) VALUES (1)")
      assert.is_nil(changes)
      assert.equal("UNIQUE constraint failed: t.id", message)
      assert.equal("SQLITE_CONSTRAINT", code)
    end)
  end)

  describe(":row()", function()
    before_each(function()
      assert(db:script("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT);"
        .. "INSERT INTO t VALUES (1, 'x'), (2, 'y')"))
    end)

    it("gives the first row by column name", function()
      assert.same({ id = 1, a = "x" }, db:row("SELECT * FROM t ORDER BY id"))
    end)

    it("is false when nothing is found", function()
      assert.is_false(db:row("SELECT * FROM t WHERE id = ?", 3))
    end)

    it("is nil, message, code on failure", function()
      local row, message, code = db:row("SELECT * FROM none")
      assert.is_nil(row)
      assert.equal("no such table: none", message)
      assert.equal("SQLITE_ERROR", code)
    end)

    it("finishes a statement that writes and returns", function()
      local sql = "INSERT INTO t (a) VALUES (?), (?) RETURNING id"
      assert.same({ id = 3 }, db:row(sql, "z", "w"))
      assert.equal(4, value("SELECT count(*) AS v FROM t"))
    end)

    it("leaves no read transaction open", function()
      assert(db:script("PRAGMA journal_mode = WAL"))
      assert.equal(1, db:row("SELECT * FROM t ORDER BY id").id)
      local writer = assert(sqlite.open(path))
      assert.equal(2, writer:exec("UPDATE t SET a = 'new'"))
      assert.same({ busy = 0, log = 0, checkpointed = 0 },
        writer:row("PRAGMA wal_checkpoint(TRUNCATE)"))
      assert.equal("new", db:row("SELECT a FROM t").a)
      writer:close()
    end)
  end)

  describe(":rows()", function()
    it("gives an array of rows", function()
      assert(db:script("CREATE TABLE t (a, b)"))
      assert.equal(2, db:exec("INSERT INTO t VALUES (1, NULL), (2, 'x')"))
      assert.same({ { a = 1 }, { a = 2, b = "x" } },
        db:rows("SELECT a, b FROM t ORDER BY a"))
    end)

    it("is empty when nothing is found", function()
      assert.same({}, db:rows("SELECT 1 WHERE 0"))
    end)

    it("is nil, message, code when a later row fails", function()
      local rows, message, code = db:rows(
        "SELECT abs(column1) FROM (VALUES (1), (-9223372036854775808))")
      assert.is_nil(rows)
      assert.equal("integer overflow", message)
      assert.equal("SQLITE_ERROR", code)
    end)

    it("sees a column that another connection added", function()
      assert(db:script("CREATE TABLE t (a); INSERT INTO t VALUES (1)"))
      assert.same({ { a = 1 } }, db:rows("SELECT * FROM t"))
      local other = assert(sqlite.open(path))
      assert(other:script("ALTER TABLE t ADD COLUMN b DEFAULT 2"))
      other:close()
      db:rows("SELECT * FROM t")
      assert.same({ { a = 1, b = 2 } }, db:rows("SELECT * FROM t"))
    end)
  end)

  describe(":script()", function()
    it("runs several statements", function()
      assert.is_true(db:script("CREATE TABLE t (v); INSERT INTO t VALUES (5)"))
      assert.equal(5, value("SELECT v FROM t"))
    end)

    it("stops at the first failure", function()
      local done, message, code =
        db:script("CREATE TABLE t (v); SELECT * FROM u; CREATE TABLE w (v)")
      assert.is_nil(done)
      assert.equal("no such table: u", message)
      assert.equal("SQLITE_ERROR", code)
      assert.same({ { name = "t" } }, db:rows("SELECT name FROM sqlite_schema"))
    end)
  end)

  describe("transactions", function()
    before_each(function()
      assert(db:script("CREATE TABLE t (v INTEGER PRIMARY KEY)"))
    end)

    local function count()
      return value("SELECT count(*) AS v FROM t")
    end

    it("keep on commit and drop on rollback", function()
      assert.is_true(db:begin())
      assert.equal(1, db:exec("INSERT INTO t VALUES (1)"))
      assert.is_true(db:commit())
      assert.is_true(db:begin())
      assert.equal(1, db:exec("INSERT INTO t VALUES (2)"))
      assert.is_true(db:rollback())
      assert.equal(1, count())
    end)

    it("outlive a statement that fails", function()
      assert.is_true(db:begin())
      assert.equal(1, db:exec("INSERT INTO t VALUES (1)"))
      assert.is_nil(db:exec("INSERT INTO t VALUES (1)"))
      assert.is_nil(db:exec("nonsense"))
      assert.equal(1, db:exec("INSERT INTO t VALUES (2)"))
      assert.is_true(db:commit())
      assert.equal(2, count())
    end)

    it("are dropped when the connection closes", function()
      assert.is_true(db:begin())
      assert.equal(1, db:exec("INSERT INTO t VALUES (1)"))
      db:close()
      db = assert(sqlite.open(path))
      assert.equal(0, count())
    end)

    it("do not nest", function()
      assert.is_true(db:begin())
      assert.same({ nil, "cannot start a transaction within a transaction",
        "SQLITE_ERROR" }, { db:begin() })
      assert.is_true(db:rollback())
    end)

    it("commit only what was begun; rollback does not mind", function()
      assert.same({ nil, "cannot commit - no transaction is active",
        "SQLITE_ERROR" }, { db:commit() })
      assert.is_true(db:rollback())
    end)

    it("take the write lock at once: a second one is busy", function()
      local other = assert(sqlite.open(path, { busy_ms = 0 }))
      assert.is_true(other:begin())
      local done, message, code = db:begin()
      assert.is_nil(done)
      assert.equal("database is locked", message)
      assert.equal("SQLITE_BUSY", code)
      assert.is_true(other:commit())
      assert.is_true(db:begin())
      other:close()
    end)

    it("show each connection a consistent view", function()
      assert(db:script("PRAGMA journal_mode = WAL"))
      local reader = assert(sqlite.open(path, { read_only = true }))
      assert.is_true(reader:begin())
      assert.equal(0, reader:row("SELECT count(*) AS v FROM t").v)
      assert.equal(1, db:exec("INSERT INTO t VALUES (1)"))
      assert.equal(0, reader:row("SELECT count(*) AS v FROM t").v)
      assert.is_true(reader:commit())
      assert.equal(1, reader:row("SELECT count(*) AS v FROM t").v)
      reader:close()
    end)

    it("interleave with those of another process", function()
      local script = ([[
        local sqlite = require("crier.core").sqlite
        local db = assert(sqlite.open(%q, { busy_ms = 0 }))
        print((select(3, db:exec("INSERT INTO t VALUES (2)"))))
      ]]):format(path)
      assert.is_true(db:begin())
      assert.equal(1, db:exec("INSERT INTO t VALUES (1)"))
      assert.equal("SQLITE_BUSY", shell.child(script))
      assert.is_true(db:commit())
      assert.equal("nil", shell.child(script))
      assert.equal(2, count())
    end)
  end)

  describe("the statement cache", function()
    it("stays correct beyond its bound", function()
      for round = 1, 2 do
        for i = 1, 300 do
          assert.equal(i + round, value("SELECT ? + " .. i .. " AS v", round))
        end
      end
    end)

    it("tells texts of the same length apart", function()
      local long = ("x"):rep(500)
      local sql = "SELECT '%s%d' AS v"
      for i = 0, 9 do
        assert.equal(long .. i, value(sql:format(long, i)))
      end
    end)
  end)

  describe(":close()", function()
    it("may be repeated, and shows in tostring", function()
      assert.equal("crier.sqlite (open)", tostring(db))
      db:close()
      db:close()
      assert.equal("crier.sqlite (closed)", tostring(db))
    end)

    it("makes every other method raise", function()
      db:close()
      for _, name in ipairs({ "exec", "row", "rows", "script", "begin",
        "commit", "rollback" }) do
        assert.has_error(function() db[name](db, "SELECT 1") end)
      end
    end)

    it("leaves no companion files", function()
      assert(db:script("PRAGMA journal_mode = WAL; CREATE TABLE t (a)"))
      assert(db:row("SELECT count(*) FROM t"))
      db:close()
      assert.equal("store.db", shell.run("ls " .. quote(folder)))
    end)
  end)
end)
