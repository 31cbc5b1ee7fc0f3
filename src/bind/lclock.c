#include "../core/clock.h"

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

int crier_open_clock(lua_State *L) {
  lua_newtable(L);
  clock_anchor_init(lua_newuserdatauv(L, sizeof(struct clock_anchor), 0));
  lua_pushcclosure(L, lclock_now_ms, 1);
  lua_setfield(L, -2, "now_ms");
  lua_pushcfunction(L, lclock_wall_ms);
  lua_setfield(L, -2, "wall_ms");
  return 1;
}
