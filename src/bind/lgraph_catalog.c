#include "lgraph.h"

static int push_catalog(lua_State *L, const char *key) {
  struct builder *self = lgraph_check(L);
  return lgraph_push(
      L, self,
      graph_catalog(&self->request, self->cloud, key, wire_check_slice(L, 2)));
}

/* request = builder:catalog(manifest_id) */
static int lgraph_catalog_manifest(lua_State *L) {
  return push_catalog(L, "externalId");
}

/* request = builder:catalog_app(catalog_id) */
static int lgraph_catalog_app(lua_State *L) {
  return push_catalog(L, "id");
}

/* request = builder:publish(zip[, { requires_review = }]) */
static int lgraph_publish(lua_State *L) {
  struct builder *self = lgraph_check(L);
  LGRAPH_OPTIONS(L, 3, "requires_review");
  luaL_checktype(L, 2, LUA_TSTRING);
  enum request_status status = graph_publish(
      &self->request, self->cloud, lgraph_flag(L, 3, "requires_review"));
  return wire_push_built(L, self, status, 2);
}

/* request = builder:update_app(catalog_id, zip[, { requires_review = }]) */
static int lgraph_update_app(lua_State *L) {
  struct builder *self = lgraph_check(L);
  LGRAPH_OPTIONS(L, 4, "requires_review");
  luaL_checktype(L, 3, LUA_TSTRING);
  enum request_status status =
      graph_update_app(&self->request, self->cloud, wire_check_slice(L, 2),
                       lgraph_flag(L, 4, "requires_review"));
  return wire_push_built(L, self, status, 3);
}

/* request = builder:review(catalog_id, definition_id, etag[, state]) */
static int lgraph_review(lua_State *L) {
  static const char *const states[] = {"published", "rejected", NULL};
  struct builder *self = lgraph_check(L);
  const char *state = states[luaL_checkoption(L, 5, "published", states)];
  return lgraph_push(
      L, self,
      graph_review(&self->request, self->cloud, wire_check_slice(L, 2),
                   wire_check_slice(L, 3), wire_check_slice(L, 4), state));
}

/* request = builder:unpublish(catalog_id[, definition_id]) */
static int lgraph_unpublish(lua_State *L) {
  struct builder *self = lgraph_check(L);
  return lgraph_push(L, self,
                     graph_unpublish(&self->request, self->cloud,
                                     wire_check_slice(L, 2),
                                     wire_opt_slice(L, 3)));
}

const luaL_Reg lgraph_catalog[] = {
    {"catalog", lgraph_catalog_manifest},
    {"catalog_app", lgraph_catalog_app},
    {"publish", lgraph_publish},
    {"update_app", lgraph_update_app},
    {"review", lgraph_review},
    {"unpublish", lgraph_unpublish},
    {NULL, NULL},
};
