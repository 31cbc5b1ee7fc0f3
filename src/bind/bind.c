#include "bind.h"

int bind_fail(lua_State *L, const char *message, const char *code) {
  luaL_pushfail(L);
  lua_pushstring(L, message);
  lua_pushstring(L, code);
  return 3;
}

void bind_class(lua_State *L, const char *type, const luaL_Reg *methods,
                const luaL_Reg *metamethods) {
  if (luaL_newmetatable(L, type)) {
    luaL_setfuncs(L, metamethods, 0);
    lua_newtable(L);
    luaL_setfuncs(L, methods, 0);
    lua_setfield(L, -2, "__index");
    lua_pushstring(L, type);
    lua_setfield(L, -2, "__name");
  }
  lua_pop(L, 1);
}

const char *bind_field(lua_State *L, int index, const char *key,
                       size_t *length) {
  const char *text = NULL;
  lua_getfield(L, index, key);
  if (lua_type(L, -1) == LUA_TSTRING)
    text = lua_tolstring(L, -1, length);
  else if (!lua_isnil(L, -1))
    luaL_error(L, "field '%s' must be a string, not a %s", key,
               luaL_typename(L, -1));
  lua_pop(L, 1); /* the table at `index` still holds the string */
  return text;
}

const char *bind_needed_field(lua_State *L, int index, const char *key,
                              size_t *length) {
  const char *text = bind_field(L, index, key, length);
  if (!text)
    luaL_error(L, "field '%s' is missing", key);
  return text;
}

int64_t bind_integer_field(lua_State *L, int index, const char *key,
                           int64_t least, int64_t most, int64_t otherwise) {
  lua_getfield(L, index, key);
  if (lua_isnil(L, -1)) {
    lua_pop(L, 1);
    return otherwise;
  }
  lua_Number number = lua_type(L, -1) == LUA_TNUMBER ? lua_tonumber(L, -1) : 0;
  if (lua_type(L, -1) != LUA_TNUMBER || !(number >= (lua_Number)least) ||
      !(number <= (lua_Number)most) || (lua_Number)(int64_t)number != number)
    luaL_error(L, "field '%s' must be a whole number in range", key);
  lua_pop(L, 1);
  return (int64_t)number;
}

void bind_push_integer(lua_State *L, int64_t value) {
#if LUA_VERSION_NUM >= 503
  lua_pushinteger(L, (lua_Integer)value);
#else
  lua_pushnumber(L, (lua_Number)value);
#endif
}
