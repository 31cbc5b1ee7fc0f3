#include "lsending.h"

#include "../core/errorbody.h"
#include "../core/sending.h"

#define FAILURES_TYPE "crier.failures"

/* Field `key` of the table at `index`, which keeps it alive; NULL unless it is
 * text. */
static struct slice peek(lua_State *L, int index, const char *key) {
  struct slice text = {NULL, 0};
  lua_getfield(L, index, key);
  if (lua_type(L, -1) == LUA_TSTRING)
    text.text = lua_tolstring(L, -1, &text.length);
  lua_pop(L, 1);
  return text;
}

static struct slice check_body(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  return peek(L, 1, "body");
}

static int push_failure(lua_State *L, enum sending_status status) {
  return bind_fail(L, sending_strerror(status), sending_errname(status));
}

int lsending_read_id(lua_State *L) {
  char id[OUTCOME_ID_MAX];
  struct slice location = {NULL, 0};
  struct slice body = check_body(L);
  lua_getfield(L, 1, "headers");
  if (lua_istable(L, -1))
    location = peek(L, -1, "location");
  if (sending_read_id(body.text, body.length, location.text, id))
    lua_pushstring(L, id);
  else
    lua_pushnil(L);
  return 1;
}

static void set_integer(lua_State *L, const char *key, int64_t value) {
  if (value < 0)
    return;
  bind_push_integer(L, value);
  lua_setfield(L, -2, key);
}

static void set_shown(lua_State *L, const char *key, const char *text) {
  char shown[OUTCOME_TEXT_MAX + 1];
  errorbody_show(text, shown, sizeof(shown));
  lua_pushstring(L, shown);
  lua_setfield(L, -2, key);
}

int lsending_read_state(lua_State *L) {
  struct sending_state state;
  struct slice body = check_body(L);
  enum sending_status status =
      sending_read_state(body.text, body.length, &state);
  if (status != SENDING_OK)
    return push_failure(L, status);
  lua_createtable(L, 0, 5);
  if (state.name[0])
    set_shown(L, "state", state.name);
  lua_pushboolean(L, state.is_final);
  lua_setfield(L, -2, "is_final");
  set_integer(L, "total", state.total);
  set_integer(L, "retry_at_ms", state.retry_at_ms);
  lua_createtable(L, 0, (int)state.count);
  for (size_t i = 0; i < state.count; i++)
    set_integer(L, state.counts[i].status, state.counts[i].count);
  lua_setfield(L, -2, "counts");
  return 1;
}

static void set_slice(lua_State *L, const char *key, struct slice text) {
  if (!text.text)
    return;
  lua_pushlstring(L, text.text, text.length);
  lua_setfield(L, -2, key);
}

static void push_entry(lua_State *L, const failures *page, size_t index) {
  struct slice id, error;
  failures_peek(page, index, &id, &error);
  lua_createtable(L, 0, 2);
  set_slice(L, "id", id);
  if (error.text)
    set_shown(L, "error", error.text);
}

int lsending_read_failures(lua_State *L) {
  struct slice body = check_body(L);
  failures **page = lua_newuserdatauv(L, sizeof(*page), 0);
  *page = NULL; /* closed first: nothing leaks if a later step raises */
  luaL_setmetatable(L, FAILURES_TYPE);
  enum sending_status status = failures_read(page, body.text, body.length);
  if (status != SENDING_OK)
    return push_failure(L, status);
  size_t count = failures_count(*page);
  lua_createtable(L, 0, 2);
  lua_createtable(L, (int)count, 0);
  for (size_t i = 0; i < count; i++) {
    push_entry(L, *page, i);
    lua_rawseti(L, -2, (int)i + 1);
  }
  lua_setfield(L, -2, "entries");
  set_slice(L, "continuation", failures_continuation(*page));
  failures_free(*page);
  *page = NULL;
  return 1;
}

static int failures_gc(lua_State *L) {
  failures **page = luaL_checkudata(L, 1, FAILURES_TYPE);
  failures_free(*page);
  *page = NULL;
  return 0;
}

void lsending_open(lua_State *L) {
  static const luaL_Reg methods[] = {{NULL, NULL}};
  static const luaL_Reg metamethods[] = {{"__gc", failures_gc}, {NULL, NULL}};
  bind_class(L, FAILURES_TYPE, methods, metamethods);
}
