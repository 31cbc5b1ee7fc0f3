#include "../core/sqlite.h"

#include "bind.h"

#define SQLITE_TYPE "crier.sqlite"

enum { BUSY_DEFAULT_MS = 5000 };

struct lsqlite {
  sqlite *db; /* NULL once closed */
};

static struct lsqlite *check_open(lua_State *L) {
  struct lsqlite *self = luaL_checkudata(L, 1, SQLITE_TYPE);
  luaL_argcheck(L, self->db, 1, "database is closed");
  return self;
}

/* Gives the statement back and pushes what went wrong.  The text is pushed
 * first: the reset may replace it. */
static int fail(lua_State *L, sqlite *db, int result) {
  luaL_pushfail(L);
  lua_pushstring(L, sqlite_message(db));
  lua_pushstring(L, sqlite_name(result));
  sqlite_finish(db);
  return 3;
}

/* true | nil, message, code */
static int push_done(lua_State *L, sqlite *db, int result) {
  if (result != SQLITE_OK)
    return fail(L, db, result);
  lua_pushboolean(L, 1);
  return 1;
}

static bool boolean_field(lua_State *L, int index, const char *key) {
  lua_getfield(L, index, key);
  bool value = lua_toboolean(L, -1);
  lua_pop(L, 1);
  return value;
}

/* db, err, code = sqlite.open(path [, { create=, read_only=, busy_ms= }]) */
static int lsqlite_open(lua_State *L) {
  const char *path = luaL_checkstring(L, 1);
  struct sqlite_options options = {false, false, BUSY_DEFAULT_MS};
  char message[SQLITE_MESSAGE_BYTES];
  if (!lua_isnoneornil(L, 2)) {
    luaL_checktype(L, 2, LUA_TTABLE);
    options.create = boolean_field(L, 2, "create");
    options.read_only = boolean_field(L, 2, "read_only");
    options.busy_ms =
        (int)bind_integer_field(L, 2, "busy_ms", 0, 3600000, BUSY_DEFAULT_MS);
  }
  struct lsqlite *self = lua_newuserdatauv(L, sizeof(*self), 0);
  self->db = NULL;
  luaL_setmetatable(L, SQLITE_TYPE);
  int result = sqlite_open(&self->db, path, &options, message);
  return result == SQLITE_OK ? 1 : bind_fail(L, message, sqlite_name(result));
}

/* A float without a fraction is bound as the integer that it stands for: JSON
 * decoders give nothing else.  NaN would silently become NULL. */
static int bind_number(lua_State *L, sqlite3_stmt *statement, int at, int arg) {
#if LUA_VERSION_NUM >= 503
  if (lua_isinteger(L, arg))
    return sqlite3_bind_int64(statement, at, lua_tointeger(L, arg));
#endif
  double number = lua_tonumber(L, arg);
  luaL_argcheck(L, number == number, arg, "NaN cannot be stored");
  if (number >= -9223372036854775808.0 && number < 9223372036854775808.0 &&
      number == (double)(int64_t)number)
    return sqlite3_bind_int64(statement, at, (int64_t)number);
  return sqlite3_bind_double(statement, at, number);
}

/* Text stays in Lua's memory: the arguments are on the stack until the
 * statement has been given back. */
static int bind_value(lua_State *L, sqlite3_stmt *statement, int at, int arg) {
  switch (lua_type(L, arg)) {
  case LUA_TNIL:
    return sqlite3_bind_null(statement, at);
  case LUA_TBOOLEAN:
    return sqlite3_bind_int(statement, at, lua_toboolean(L, arg));
  case LUA_TNUMBER:
    return bind_number(L, statement, at, arg);
  case LUA_TSTRING: {
    size_t length;
    const char *text = lua_tolstring(L, arg, &length);
    return sqlite3_bind_text64(statement, at, text, length, SQLITE_STATIC,
                               SQLITE_UTF8);
  }
  default:
    return luaL_argerror(L, arg, "nil, boolean, number or string expected");
  }
}

/* Prepares the SQL at 2 and binds the arguments from 3 on. */
static int prepare(lua_State *L, sqlite *db, sqlite3_stmt **out) {
  size_t length;
  const char *sql = luaL_checklstring(L, 2, &length);
  int given = lua_gettop(L) - 2;
  int result = sqlite_prepare(db, sql, length, out);
  if (result != SQLITE_OK)
    return result;
  int wanted = sqlite3_bind_parameter_count(*out);
  if (given != wanted)
    return luaL_error(L, "the statement takes %d parameters, not %d", wanted,
                      given);
  for (int i = 1; i <= wanted && result == SQLITE_OK; i++)
    result = bind_value(L, *out, i, i + 2);
  return result;
}

/* changes, err, code = db:exec(sql, ...) */
static int lsqlite_exec(lua_State *L) {
  struct lsqlite *self = check_open(L);
  sqlite3_stmt *statement;
  int64_t changes;
  int result = prepare(L, self->db, &statement);
  if (result == SQLITE_OK)
    result = sqlite_run(self->db, &changes);
  if (result != SQLITE_OK)
    return fail(L, self->db, result);
  bind_push_integer(L, changes);
  return 1;
}

/* Pushes the names of the columns, in order, and returns their number. */
static int push_names(lua_State *L, sqlite3_stmt *statement) {
  int count = sqlite3_column_count(statement);
  luaL_checkstack(L, count + 4, "too many columns");
  for (int i = 0; i < count; i++)
    lua_pushstring(L, sqlite3_column_name(statement, i));
  return count;
}

static void push_value(lua_State *L, sqlite3_stmt *statement, int column,
                       int type) {
  switch (type) {
  case SQLITE_INTEGER:
    bind_push_integer(L, sqlite3_column_int64(statement, column));
    break;
  case SQLITE_FLOAT:
    lua_pushnumber(L, sqlite3_column_double(statement, column));
    break;
  default: {
    /* as a blob: the same bytes, without a conversion; NULL when empty */
    const char *bytes = sqlite3_column_blob(statement, column);
    int length = sqlite3_column_bytes(statement, column);
    lua_pushlstring(L, bytes ? bytes : "", (size_t)length);
  }
  }
}

/* Pushes the present row; its column names are on the stack from `names` on. */
static void push_row(lua_State *L, sqlite3_stmt *statement, int names,
                     int count) {
  lua_createtable(L, 0, count);
  for (int i = 0; i < count; i++) {
    int type = sqlite3_column_type(statement, i);
    if (type == SQLITE_NULL)
      continue;
    lua_pushvalue(L, names + i);
    push_value(L, statement, i, type);
    lua_rawset(L, -3);
  }
}

/* row | false | nil, err, code = db:row(sql, ...)
 * What writes is run to its end; of what reads only the first row is made. */
static int lsqlite_row(lua_State *L) {
  struct lsqlite *self = check_open(L);
  sqlite3_stmt *statement;
  int64_t changes;
  int result = prepare(L, self->db, &statement);
  if (result != SQLITE_OK)
    return fail(L, self->db, result);
  int names = lua_gettop(L) + 1;
  result = sqlite3_step(statement);
  if (result == SQLITE_ROW)
    push_row(L, statement, names, push_names(L, statement));
  else
    lua_pushboolean(L, 0);
  if (result == SQLITE_ROW && !sqlite3_stmt_readonly(statement))
    result = sqlite_run(self->db, &changes);
  else
    result = sqlite_finish(self->db);
  return result == SQLITE_OK ? 1 : fail(L, self->db, result);
}

/* rows, err, code = db:rows(sql, ...) */
static int lsqlite_rows(lua_State *L) {
  struct lsqlite *self = check_open(L);
  sqlite3_stmt *statement;
  int result = prepare(L, self->db, &statement);
  if (result != SQLITE_OK)
    return fail(L, self->db, result);
  int names = lua_gettop(L) + 1;
  int count = push_names(L, statement);
  lua_newtable(L);
  for (int i = 1; (result = sqlite3_step(statement)) == SQLITE_ROW; i++) {
    push_row(L, statement, names, count);
    lua_rawseti(L, -2, i);
  }
  result = sqlite_finish(self->db);
  return result == SQLITE_OK ? 1 : fail(L, self->db, result);
}

/* true | nil, err, code = db:script(sql) */
static int lsqlite_script(lua_State *L) {
  struct lsqlite *self = check_open(L);
  return push_done(L, self->db,
                   sqlite_script(self->db, luaL_checkstring(L, 2)));
}

/* true | nil, err, code = db:begin() */
static int lsqlite_begin(lua_State *L) {
  struct lsqlite *self = check_open(L);
  return push_done(L, self->db, sqlite_begin(self->db));
}

/* true | nil, err, code = db:commit() */
static int lsqlite_commit(lua_State *L) {
  struct lsqlite *self = check_open(L);
  return push_done(L, self->db, sqlite_commit(self->db));
}

/* true | nil, err, code = db:rollback() */
static int lsqlite_rollback(lua_State *L) {
  struct lsqlite *self = check_open(L);
  return push_done(L, self->db, sqlite_rollback(self->db));
}

/* db:close(), __gc and __close: safe to run any number of times */
static int lsqlite_close(lua_State *L) {
  struct lsqlite *self = luaL_checkudata(L, 1, SQLITE_TYPE);
  sqlite_close(self->db);
  self->db = NULL;
  return 0;
}

static int lsqlite_tostring(lua_State *L) {
  struct lsqlite *self = luaL_checkudata(L, 1, SQLITE_TYPE);
  lua_pushfstring(L, SQLITE_TYPE " (%s)", self->db ? "open" : "closed");
  return 1;
}

static const luaL_Reg methods[] = {
    {"exec", lsqlite_exec},
    {"row", lsqlite_row},
    {"rows", lsqlite_rows},
    {"script", lsqlite_script},
    {"begin", lsqlite_begin},
    {"commit", lsqlite_commit},
    {"rollback", lsqlite_rollback},
    {"close", lsqlite_close},
    {NULL, NULL},
};

static const luaL_Reg metamethods[] = {
    {"__gc", lsqlite_close},
    {"__close", lsqlite_close},
    {"__tostring", lsqlite_tostring},
    {NULL, NULL},
};

static const luaL_Reg functions[] = {
    {"open", lsqlite_open},
    {NULL, NULL},
};

int crier_open_sqlite(lua_State *L) {
  bind_class(L, SQLITE_TYPE, methods, metamethods);
  luaL_newlib(L, functions);
  return 1;
}
