#include "../core/activity.h"

#include "bind.h"

static bool flag(lua_State *L, const char *key) {
  lua_getfield(L, 2, key);
  bool is_set = lua_toboolean(L, -1);
  lua_pop(L, 1);
  return is_set;
}

/* ok, err, code, place = activity.check(json[, { split =, is_group = }]) */
static int lactivity_check(lua_State *L) {
  size_t length;
  const char *json = luaL_checklstring(L, 1, &length);
  struct activity_options options = {false, false};
  struct activity_verdict verdict;
  if (!lua_isnoneornil(L, 2)) {
    luaL_checktype(L, 2, LUA_TTABLE);
    options.split = flag(L, "split");
    options.is_group = flag(L, "is_group");
  }
  activity_check(json, length, &options, &verdict);
  if (verdict.flaw == ACTIVITY_NONE) {
    lua_pushboolean(L, 1);
    return 1;
  }
  bind_fail(L, activity_flaw_text(verdict.flaw),
            activity_flaw_name(verdict.flaw));
  lua_pushstring(L, verdict.place);
  return 4;
}

/* bytes = activity.size(json) */
static int lactivity_size(lua_State *L) {
  size_t length;
  const char *json = luaL_checklstring(L, 1, &length);
  bind_push_integer(L, (int64_t)activity_size(json, length));
  return 1;
}

static const luaL_Reg functions[] = {
    {"check", lactivity_check},
    {"size", lactivity_size},
    {NULL, NULL},
};

static void set_bytes(lua_State *L, const char *key, int64_t bytes) {
  bind_push_integer(L, bytes);
  lua_setfield(L, -2, key);
}

int crier_open_activity(lua_State *L) {
  luaL_newlib(L, functions);
  set_bytes(L, "WARN_BYTES", ACTIVITY_WARN_BYTES);
  set_bytes(L, "ADVISED_BYTES", ACTIVITY_ADVISED_BYTES);
  set_bytes(L, "LIMIT_BYTES", ACTIVITY_LIMIT_BYTES);
  return 1;
}
