#include "../core/clock.h"
#include "../core/retryafter.h"

#include "bind.h"

/* milliseconds = clock.now_ms() */
static int lclock_now_ms(lua_State *L) {
  const struct clock_anchor *anchor = lua_touserdata(L, lua_upvalueindex(1));
  lua_pushnumber(L, clock_now_ms(anchor));
  return 1;
}

/* milliseconds = clock.wall_ms() */
static int lclock_wall_ms(lua_State *L) {
  lua_pushnumber(L, clock_wall_ms());
  return 1;
}

/* milliseconds | nil = clock.read(text): an instant in any form of HTTP-date,
 * or in ISO 8601 with a zone */
static int lclock_read(lua_State *L) {
  int64_t ms;
  if (instant_parse(luaL_checkstring(L, 1), &ms))
    bind_push_integer(L, ms);
  else
    lua_pushnil(L);
  return 1;
}

int crier_open_clock(lua_State *L) {
  lua_newtable(L);
  clock_anchor_init(lua_newuserdatauv(L, sizeof(struct clock_anchor), 0));
  lua_pushcclosure(L, lclock_now_ms, 1);
  lua_setfield(L, -2, "now_ms");
  lua_pushcfunction(L, lclock_wall_ms);
  lua_setfield(L, -2, "wall_ms");
  lua_pushcfunction(L, lclock_read);
  lua_setfield(L, -2, "read");
  return 1;
}
