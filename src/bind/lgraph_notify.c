#include "lgraph.h"

/* request = builder:notify(place, notification)
 * `notification` is JSON text, which goes out as it is */
static int lgraph_notify_one(lua_State *L) {
  struct builder *self = lgraph_check(L);
  luaL_checktype(L, 3, LUA_TSTRING);
  enum request_status status =
      graph_notify(&self->request, self->cloud, lgraph_place(L, 2));
  return wire_push_built(L, self, status, 3);
}

/* request = builder:notify_many(user_ids, notification) */
static int lgraph_notify_many(lua_State *L) {
  struct builder *self = lgraph_check(L);
  size_t count;
  struct slice notification = wire_check_slice(L, 3);
  const struct slice *users = lgraph_texts(L, 2, GRAPH_RECIPIENTS_MAX, &count);
  return lgraph_push(L, self,
                     graph_notify_many(&self->request, self->cloud, users,
                                       count, notification));
}

const luaL_Reg lgraph_notify[] = {
    {"notify", lgraph_notify_one},
    {"notify_many", lgraph_notify_many},
    {NULL, NULL},
};
