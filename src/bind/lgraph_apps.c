#include "lgraph.h"

/* Reads `permissions` of the table at `index`, which keeps the texts alive:
 * `{ { permissionValue =, permissionType = }, ... }`. */
static struct graph_consent read_consent(lua_State *L, int index,
                                         struct graph_permission *room) {
  struct graph_consent consent = {room, 0};
  if (lua_isnoneornil(L, index))
    return consent;
  luaL_checktype(L, index, LUA_TTABLE);
  lua_getfield(L, index, "permissions");
  if (lua_isnil(L, -1))
    return consent;
  luaL_argcheck(L, lua_istable(L, -1), index, "permissions must be a list");
  consent.count = lua_rawlen(L, -1);
  luaL_argcheck(L, consent.count <= GRAPH_PERMISSIONS_MAX, index,
                "too many permissions");
  for (size_t i = 0; i < consent.count; i++) {
    lua_rawgeti(L, -1, (int)i + 1);
    luaL_argcheck(L, lua_istable(L, -1), index, "a permission is a table");
    int top = lua_gettop(L);
    struct graph_permission *p = &room[i];
    p->value.text =
        bind_needed_field(L, top, "permissionValue", &p->value.length);
    p->type.text = bind_needed_field(L, top, "permissionType", &p->type.length);
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  return consent;
}

/* request = builder:installation(place, catalog_id) */
static int lgraph_installation(lua_State *L) {
  struct builder *self = lgraph_check(L);
  return lgraph_push(L, self,
                     graph_installation(&self->request, self->cloud,
                                        lgraph_place(L, 2),
                                        wire_check_slice(L, 3)));
}

/* request = builder:install(place, catalog_id[, { permissions = }]) */
static int lgraph_install(lua_State *L) {
  struct builder *self = lgraph_check(L);
  LGRAPH_OPTIONS(L, 4, "permissions");
  struct graph_permission room[GRAPH_PERMISSIONS_MAX];
  struct graph_place place = lgraph_place(L, 2);
  struct slice catalog_id = wire_check_slice(L, 3);
  return lgraph_push(L, self,
                     graph_install(&self->request, self->cloud, place,
                                   catalog_id, read_consent(L, 4, room)));
}

/* request = builder:upgrade(place, installation_id[, { permissions = }]) */
static int lgraph_upgrade(lua_State *L) {
  struct builder *self = lgraph_check(L);
  LGRAPH_OPTIONS(L, 4, "permissions");
  struct graph_permission room[GRAPH_PERMISSIONS_MAX];
  struct graph_place place = lgraph_place(L, 2);
  struct slice installation = wire_check_slice(L, 3);
  return lgraph_push(L, self,
                     graph_upgrade(&self->request, self->cloud, place,
                                   installation, read_consent(L, 4, room)));
}

/* request = builder:uninstall(place, installation_id) */
static int lgraph_uninstall(lua_State *L) {
  struct builder *self = lgraph_check(L);
  return lgraph_push(L, self,
                     graph_uninstall(&self->request, self->cloud,
                                     lgraph_place(L, 2),
                                     wire_check_slice(L, 3)));
}

/* request = builder:chat(user, installation_id) */
static int lgraph_chat(lua_State *L) {
  struct builder *self = lgraph_check(L);
  return lgraph_push(L, self,
                     graph_chat(&self->request, self->cloud,
                                wire_check_slice(L, 2),
                                wire_check_slice(L, 3)));
}

/* request = builder:find_chat(user, catalog_id) */
static int lgraph_find_chat(lua_State *L) {
  struct builder *self = lgraph_check(L);
  return lgraph_push(L, self,
                     graph_find_chat(&self->request, self->cloud,
                                     wire_check_slice(L, 2),
                                     wire_check_slice(L, 3)));
}

const luaL_Reg lgraph_apps[] = {
    {"installation", lgraph_installation},
    {"install", lgraph_install},
    {"upgrade", lgraph_upgrade},
    {"uninstall", lgraph_uninstall},
    {"chat", lgraph_chat},
    {"find_chat", lgraph_find_chat},
    {NULL, NULL},
};
