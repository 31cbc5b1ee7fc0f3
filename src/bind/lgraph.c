#include "wire.h"

#include "../core/graph.h"

#define GRAPH_TYPE "crier.graph"

/* builder = core.graph.new{ endpoints =, token = } */
static int lgraph_new(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  wire_push_builder(L, sizeof(struct builder), GRAPH_TYPE, 1);
  return 1;
}

static struct builder *check(lua_State *L) {
  struct builder *self = luaL_checkudata(L, 1, GRAPH_TYPE);
  luaL_argcheck(L, self->cloud, 1, "builder was not made");
  return self;
}

static struct slice field_slice(lua_State *L, int index, const char *key) {
  struct slice s = {NULL, 0};
  s.text = bind_field(L, index, key, &s.length);
  return s;
}

/* request = builder:users{ select =, filter =, top =, advanced = } */
static int lgraph_users(lua_State *L) {
  struct builder *self = check(L);
  luaL_checktype(L, 2, LUA_TTABLE);
  struct slice select = field_slice(L, 2, "select");
  struct slice filter = field_slice(L, 2, "filter");
  int top =
      (int)bind_integer_field(L, 2, "top", 1, GRAPH_PAGE_MAX, GRAPH_PAGE_MAX);
  lua_getfield(L, 2, "advanced");
  bool advanced = lua_toboolean(L, -1);
  lua_pop(L, 1);
  return wire_push_built(
      L, self,
      graph_users(&self->request, self->cloud, select, filter, top, advanced),
      0);
}

/* request = builder:user(id_or_upn[, select]) */
static int lgraph_user(lua_State *L) {
  struct builder *self = check(L);
  return wire_push_built(L, self,
                         graph_user(&self->request, self->cloud,
                                    wire_check_slice(L, 2),
                                    wire_opt_slice(L, 3)),
                         0);
}

/* request = builder:next(url[, advanced]) */
static int lgraph_next(lua_State *L) {
  struct builder *self = check(L);
  return wire_push_built(L, self,
                         graph_next(&self->request, self->cloud,
                                    wire_check_slice(L, 2),
                                    lua_toboolean(L, 3)),
                         0);
}

/* request = builder:catalog(manifest_id) */
static int lgraph_catalog(lua_State *L) {
  struct builder *self = check(L);
  return wire_push_built(L, self,
                         graph_catalog(&self->request, self->cloud,
                                       "externalId", wire_check_slice(L, 2)),
                         0);
}

/* request = builder:catalog_app(catalog_id) */
static int lgraph_catalog_app(lua_State *L) {
  struct builder *self = check(L);
  return wire_push_built(
      L, self,
      graph_catalog(&self->request, self->cloud, "id", wire_check_slice(L, 2)),
      0);
}

/* request = builder:installation(user, catalog_id) */
static int lgraph_installation(lua_State *L) {
  struct builder *self = check(L);
  return wire_push_built(L, self,
                         graph_installation(&self->request, self->cloud,
                                            wire_check_slice(L, 2),
                                            wire_check_slice(L, 3)),
                         0);
}

/* request = builder:install(user, catalog_id) */
static int lgraph_install(lua_State *L) {
  struct builder *self = check(L);
  return wire_push_built(L, self,
                         graph_install(&self->request, self->cloud,
                                       wire_check_slice(L, 2),
                                       wire_check_slice(L, 3)),
                         0);
}

static const luaL_Reg methods[] = {
    {"users", lgraph_users},
    {"user", lgraph_user},
    {"next", lgraph_next},
    {"catalog", lgraph_catalog},
    {"catalog_app", lgraph_catalog_app},
    {"installation", lgraph_installation},
    {"install", lgraph_install},
    {NULL, NULL},
};

static const luaL_Reg metamethods[] = {
    {"__gc", wire_builder_gc},
    {NULL, NULL},
};

static const luaL_Reg functions[] = {
    {"new", lgraph_new},
    {NULL, NULL},
};

int crier_open_graph(lua_State *L) {
  bind_class(L, GRAPH_TYPE, methods, metamethods);
  luaL_newlib(L, functions);
  return 1;
}
