#include "lgraph.h"

#include <string.h>

struct builder *lgraph_check(lua_State *L) {
  struct builder *self = luaL_checkudata(L, 1, LGRAPH_TYPE);
  luaL_argcheck(L, self->cloud, 1, "builder was not made");
  return self;
}

int lgraph_push(lua_State *L, const struct builder *self,
                enum request_status status) {
  return wire_push_built(L, self, status, 0);
}

static bool has_options(lua_State *L, int index) {
  if (lua_isnoneornil(L, index))
    return false;
  luaL_checktype(L, index, LUA_TTABLE);
  return true;
}

/* The nearest of the known names is for crier.suggest to find. */
static void refuse_option(lua_State *L, int index, const char *const *known) {
  lua_getglobal(L, "require");
  lua_pushstring(L, "crier.suggest");
  lua_call(L, 1, 1);
  lua_getfield(L, -1, "unknown_key");
  lua_pushstring(L, "options");
  lua_pushvalue(L, index);
  lua_newtable(L);
  for (int i = 0; known[i]; i++) {
    lua_pushstring(L, known[i]);
    lua_rawseti(L, -2, i + 1);
  }
  lua_call(L, 3, 1);
  luaL_argerror(L, index, luaL_optstring(L, -1, "unknown option"));
}

static bool is_known(const char *key, const char *const *known) {
  while (*known && strcmp(*known, key) != 0)
    known++;
  return *known;
}

void lgraph_options(lua_State *L, int index, const char *const *known) {
  if (!has_options(L, index))
    return;
  lua_pushnil(L);
  while (lua_next(L, index)) {
    lua_pop(L, 1);
    if (lua_type(L, -1) != LUA_TSTRING || !is_known(lua_tostring(L, -1), known))
      refuse_option(L, index, known);
  }
}

bool lgraph_flag(lua_State *L, int index, const char *key) {
  if (!has_options(L, index))
    return false;
  lua_getfield(L, index, key);
  bool flag = lua_toboolean(L, -1);
  lua_pop(L, 1);
  return flag;
}

struct slice lgraph_text(lua_State *L, int index, const char *key) {
  struct slice s = {NULL, 0};
  if (has_options(L, index))
    s.text = bind_field(L, index, key, &s.length);
  return s;
}

struct graph_listing lgraph_listing(lua_State *L, int index, int top) {
  struct graph_listing listing = {.top = top};
  if (!has_options(L, index))
    return listing;
  listing.select = lgraph_text(L, index, "select");
  listing.filter = lgraph_text(L, index, "filter");
  listing.top =
      (int)bind_integer_field(L, index, "top", 1, GRAPH_PAGE_MAX, top);
  listing.advanced = lgraph_flag(L, index, "advanced");
  return listing;
}

const struct slice *lgraph_texts(lua_State *L, int index, size_t most,
                                 size_t *count) {
  luaL_checktype(L, index, LUA_TTABLE);
  size_t length = lua_rawlen(L, index);
  luaL_argcheck(L, length >= 1, index, "at least one id expected");
  if (length > most)
    luaL_argerror(L, index,
                  lua_pushfstring(L, "at most %d ids expected", (int)most));
  struct slice *texts = lua_newuserdatauv(L, length * sizeof(*texts), 0);
  for (size_t i = 0; i < length; i++) {
    lua_rawgeti(L, index, (int)i + 1);
    luaL_argcheck(L, lua_type(L, -1) == LUA_TSTRING, index, "texts expected");
    texts[i].text = lua_tolstring(L, -1, &texts[i].length);
    lua_pop(L, 1);
  }
  *count = length;
  return texts;
}

struct graph_place lgraph_place(lua_State *L, int index) {
  static const char *const keys[] = {"user", "team", "chat"};
  struct graph_place place = {.scope = GRAPH_USER};
  size_t found = 0;
  if (lua_type(L, index) == LUA_TSTRING) {
    place.id = wire_check_slice(L, index);
    return place;
  }
  luaL_checktype(L, index, LUA_TTABLE);
  LGRAPH_OPTIONS(L, index, "user", "team", "chat");
  for (int i = GRAPH_USER; i <= GRAPH_CHAT; i++) {
    struct slice id = lgraph_text(L, index, keys[i]);
    if (!id.text)
      continue;
    place = (struct graph_place){(enum graph_scope)i, id};
    found++;
  }
  luaL_argcheck(L, found == 1, index, "one of user, team, chat expected");
  return place;
}
