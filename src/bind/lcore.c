#include "bind.h"

/* The one symbol this shared object exports (-fvisibility=hidden). */
__attribute__((visibility("default"))) int luaopen_crier_core(lua_State *L);

/* core = require "crier.core": one table per noun */
int luaopen_crier_core(lua_State *L) {
  luaL_checkversion(L);
  lua_newtable(L);
#define X(noun)                                                                \
  crier_open_##noun(L);                                                        \
  lua_setfield(L, -2, #noun);
  CRIER_NOUNS(X)
#undef X
  return 1;
}
