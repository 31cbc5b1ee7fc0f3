#include "lgraph.h"

/* builder = core.graph.new{ endpoints =, token = } */
static int lgraph_new(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  wire_push_builder(L, sizeof(struct builder), LGRAPH_TYPE, 1);
  return 1;
}

static const luaL_Reg no_methods[] = {{NULL, NULL}};

static const luaL_Reg metamethods[] = {
    {"__gc", wire_builder_gc},
    {NULL, NULL},
};

static const luaL_Reg functions[] = {
    {"new", lgraph_new},
    {"batch_responses", lgraph_batch_responses},
    {NULL, NULL},
};

int crier_open_graph(lua_State *L) {
  const luaL_Reg *const lists[] = {lgraph_directory, lgraph_teams,
                                   lgraph_apps,      lgraph_catalog,
                                   lgraph_notify,    lgraph_batch};
  bind_class(L, LGRAPH_TYPE, no_methods, metamethods);
  luaL_getmetatable(L, LGRAPH_TYPE);
  lua_getfield(L, -1, "__index");
  for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++)
    luaL_setfuncs(L, lists[i], 0);
  lua_pop(L, 2);
  lgraph_open_batch(L);
  luaL_newlib(L, functions);
  return 1;
}
