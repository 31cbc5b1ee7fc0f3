/* compat.h - the differences between Lua 5.4, 5.3 and LuaJIT, in one place.
 *
 * Lua 5.4 is home; gateways embed the others.  Everything in src/bind includes
 * this instead of lua.h, and is written as for 5.4. */
#ifndef CRIER_COMPAT_H
#define CRIER_COMPAT_H

#include <lauxlib.h>
#include <lua.h>

#include <string.h>

#if LUA_VERSION_NUM < 504
#define luaL_pushfail(L) lua_pushnil(L)
/* Only full userdata without user values are portable, so only these are
 * used. */
#define lua_newuserdatauv(L, size, nuvalue) lua_newuserdata((L), (size))
#endif

#if LUA_VERSION_NUM < 502
#define lua_rawlen(L, index) lua_objlen((L), (index))
#define luaL_checkversion(L) ((void)(L))
#ifndef luaL_newlib
#define luaL_newlib(L, functions)                                              \
  (lua_newtable(L), luaL_setfuncs((L), (functions), 0))
#endif
#endif

#endif
