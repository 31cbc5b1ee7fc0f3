#include "lgraph.h"

/* request = builder:teams[{ select =, filter =, top = }] */
static int lgraph_teams_list(lua_State *L) {
  struct builder *self = lgraph_check(L);
  LGRAPH_OPTIONS(L, 2, "select", "filter", "top", "advanced");
  struct graph_listing listing = lgraph_listing(L, 2, 0);
  return lgraph_push(L, self,
                     graph_teams(&self->request, self->cloud, &listing));
}

/* request = builder:team(id[, select]) */
static int lgraph_team(lua_State *L) {
  struct builder *self = lgraph_check(L);
  return lgraph_push(L, self,
                     graph_team(&self->request, self->cloud,
                                wire_check_slice(L, 2), wire_opt_slice(L, 3)));
}

/* request = builder:team_members(id[, { select =, filter =, top = }]) */
static int lgraph_team_members(lua_State *L) {
  struct builder *self = lgraph_check(L);
  LGRAPH_OPTIONS(L, 3, "select", "filter", "top", "advanced");
  struct slice team = wire_check_slice(L, 2);
  struct graph_listing listing = lgraph_listing(L, 3, GRAPH_PAGE_MAX);
  return lgraph_push(
      L, self, graph_team_members(&self->request, self->cloud, team, &listing));
}

/* request = builder:channels(team_id[, { select =, filter = }]) */
static int lgraph_channels(lua_State *L) {
  struct builder *self = lgraph_check(L);
  LGRAPH_OPTIONS(L, 3, "select", "filter", "top", "advanced");
  struct slice team = wire_check_slice(L, 2);
  struct graph_listing listing = lgraph_listing(L, 3, 0);
  return lgraph_push(
      L, self, graph_channels(&self->request, self->cloud, team, &listing));
}

/* request = builder:primary_channel(team_id[, select]) */
static int lgraph_primary_channel(lua_State *L) {
  struct builder *self = lgraph_check(L);
  return lgraph_push(L, self,
                     graph_primary_channel(&self->request, self->cloud,
                                           wire_check_slice(L, 2),
                                           wire_opt_slice(L, 3)));
}

const luaL_Reg lgraph_teams[] = {
    {"teams", lgraph_teams_list},
    {"team", lgraph_team},
    {"team_members", lgraph_team_members},
    {"channels", lgraph_channels},
    {"primary_channel", lgraph_primary_channel},
    {NULL, NULL},
};
