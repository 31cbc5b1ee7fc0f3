#include "lgraph.h"

/* request = builder:users[{ select =, filter =, top =, advanced = }] */
static int lgraph_users(lua_State *L) {
  struct builder *self = lgraph_check(L);
  LGRAPH_OPTIONS(L, 2, "select", "filter", "top", "advanced");
  struct graph_listing listing = lgraph_listing(L, 2, GRAPH_PAGE_MAX);
  return lgraph_push(L, self,
                     graph_users(&self->request, self->cloud, &listing));
}

/* request = builder:user(id_or_upn[, select]) */
static int lgraph_user(lua_State *L) {
  struct builder *self = lgraph_check(L);
  return lgraph_push(L, self,
                     graph_user(&self->request, self->cloud,
                                wire_check_slice(L, 2), wire_opt_slice(L, 3)));
}

/* Listings that come by pages; `next` keeps to the first page's operation. */
static enum operation check_listing(lua_State *L, int index) {
  static const enum operation paged[] = {
      OPERATION_USERS,     OPERATION_DELTA,        OPERATION_GROUPS,
      OPERATION_TEAMS,     OPERATION_TEAM_MEMBERS, OPERATION_GROUP_MEMBERS,
      OPERATION_CATALOG,   OPERATION_CHANNELS,     OPERATION_INSTALLATION,
      OPERATION_FIND_CHAT,
  };
  const char *name = luaL_optstring(L, index, "users");
  for (size_t i = 0; i < sizeof(paged) / sizeof(*paged); i++)
    if (strcmp(name, operation_name(paged[i])) == 0)
      return paged[i];
  luaL_argerror(L, index, "no listing of Graph");
  return OPERATION_USERS;
}

/* request = builder:next(url[, advanced[, operation[, minimal]]]) */
static int lgraph_next(lua_State *L) {
  struct builder *self = lgraph_check(L);
  struct slice url = wire_check_slice(L, 2);
  enum operation operation = check_listing(L, 4);
  return lgraph_push(L, self,
                     graph_next(&self->request, self->cloud, operation, url,
                                lua_toboolean(L, 3), lua_toboolean(L, 5)));
}

/* request = builder:delta[{ select =, filter =, latest =, minimal = }] */
static int lgraph_delta(lua_State *L) {
  struct builder *self = lgraph_check(L);
  LGRAPH_OPTIONS(L, 2, "select", "filter", "latest", "minimal");
  return lgraph_push(
      L, self,
      graph_delta(&self->request, self->cloud, lgraph_text(L, 2, "select"),
                  lgraph_text(L, 2, "filter"), lgraph_flag(L, 2, "latest"),
                  lgraph_flag(L, 2, "minimal")));
}

/* request = builder:resolve(ids[, { select =, types = }]) */
static int lgraph_resolve(lua_State *L) {
  static const struct slice user = {"user", 4};
  struct builder *self = lgraph_check(L);
  LGRAPH_OPTIONS(L, 3, "select", "types");
  size_t count, type_count = 1;
  const struct slice *types = &user;
  lua_settop(L, 3);
  const struct slice *ids = lgraph_texts(L, 2, GRAPH_IDS_MAX, &count);
  struct slice select = lgraph_text(L, 3, "select");
  if (lua_istable(L, 3)) {
    lua_getfield(L, 3, "types");
    if (!lua_isnil(L, -1))
      types = lgraph_texts(L, lua_gettop(L), 8, &type_count);
  }
  return lgraph_push(L, self,
                     graph_resolve(&self->request, self->cloud, ids, count,
                                   types, type_count, select));
}

/* request = builder:groups[{ name =, mail =, filter =, select =, top =,
 *                            advanced = }]; one of the first three at most */
static int lgraph_groups(lua_State *L) {
  struct builder *self = lgraph_check(L);
  LGRAPH_OPTIONS(L, 2, "name", "mail", "filter", "select", "top", "advanced");
  struct graph_listing listing = lgraph_listing(L, 2, GRAPH_PAGE_MAX);
  struct slice name = lgraph_text(L, 2, "name");
  struct slice mail = lgraph_text(L, 2, "mail");
  luaL_argcheck(L, !!name.text + !!mail.text + !!listing.filter.text <= 1, 2,
                "one of name, mail, filter expected");
  const char *key = name.text ? "displayName" : mail.text ? "mail" : NULL;
  return lgraph_push(L, self,
                     graph_groups(&self->request, self->cloud, &listing, key,
                                  name.text ? name : mail));
}

/* request = builder:group(id[, select]) */
static int lgraph_group(lua_State *L) {
  struct builder *self = lgraph_check(L);
  return lgraph_push(L, self,
                     graph_group(&self->request, self->cloud,
                                 wire_check_slice(L, 2), wire_opt_slice(L, 3)));
}

/* request = builder:group_members(id[, { transitive =, select =, filter =,
 *                                        top = }]) */
static int lgraph_group_members(lua_State *L) {
  struct builder *self = lgraph_check(L);
  LGRAPH_OPTIONS(L, 3, "transitive", "select", "filter", "top", "advanced");
  struct slice group = wire_check_slice(L, 2);
  struct graph_listing listing = lgraph_listing(L, 3, GRAPH_PAGE_MAX);
  return lgraph_push(L, self,
                     graph_group_members(&self->request, self->cloud, group,
                                         lgraph_flag(L, 3, "transitive"),
                                         &listing));
}

const luaL_Reg lgraph_directory[] = {
    {"users", lgraph_users},
    {"user", lgraph_user},
    {"next", lgraph_next},
    {"delta", lgraph_delta},
    {"resolve", lgraph_resolve},
    {"groups", lgraph_groups},
    {"group", lgraph_group},
    {"group_members", lgraph_group_members},
    {NULL, NULL},
};
