#include "wire.h"

static int fail(lua_State *L, const char *what, enum cloud_status status) {
  luaL_pushfail(L);
  lua_pushfstring(L, "%s: %s", what, cloud_strerror(status));
  lua_pushstring(L, cloud_errname(status));
  return 3;
}

/* Applies the base URLs that are given.  On failure `*what` is the name
 * of the field. */
static enum cloud_status set_bases(lua_State *L, cloud *c, const char **what) {
  static const char *const keys[] = {[SERVICE_TOKEN] = "authority",
                                     [SERVICE_GRAPH] = "graph",
                                     [SERVICE_CONNECTOR] = "connector"};
  for (int i = 0; i < 3; i++) {
    size_t length;
    const char *url = bind_field(L, 1, keys[i], &length);
    *what = keys[i];
    enum cloud_status status =
        url ? cloud_set_base(c, (enum service)i, url, length) : CLOUD_OK;
    if (status != CLOUD_OK)
      return status;
  }
  size_t length;
  const char *url = bind_field(L, 1, "openid", &length);
  *what = "openid";
  return url ? cloud_set_openid(c, url, length) : CLOUD_OK;
}

/* Applies the array `allow_hosts`, if there is one, which stays on the stack so
 * that `*what` remains valid. */
static enum cloud_status allow_hosts(lua_State *L, cloud *c,
                                     const char **what) {
  lua_getfield(L, 1, "allow_hosts");
  if (lua_isnil(L, -1))
    return CLOUD_OK;
  luaL_argcheck(L, lua_istable(L, -1), 1, "allow_hosts must be a table");
  int count = (int)lua_rawlen(L, -1);
  for (int i = 1; i <= count; i++) {
    size_t length;
    lua_rawgeti(L, -1, i);
    luaL_argcheck(L, lua_type(L, -1) == LUA_TSTRING, 1,
                  "allow_hosts must hold strings");
    *what = lua_tolstring(L, -1, &length);
    lua_pop(L, 1);
    enum cloud_status status = cloud_allow_host(c, *what, length);
    if (status != CLOUD_OK)
      return status;
  }
  return CLOUD_OK;
}

/* endpoints, err, code = core.cloud.endpoints{ cloud =, authority =, graph =,
 * connector =, openid =, allow_hosts = } */
static int lcloud_endpoints(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  const char *name = bind_needed_field(L, 1, "cloud", NULL);
  const char *what = name;
  cloud **self = lua_newuserdatauv(L, sizeof(*self), 0);
  *self = NULL;
  luaL_setmetatable(L, CLOUD_TYPE);
  enum cloud_status status = cloud_new(self, name);
  if (status == CLOUD_OK)
    status = set_bases(L, *self, &what);
  if (status == CLOUD_OK)
    status = allow_hosts(L, *self, &what);
  if (status != CLOUD_OK)
    return fail(L, what, status);
  lua_settop(L, 2);
  return 1;
}

static const cloud *check(lua_State *L) {
  cloud **self = luaL_checkudata(L, 1, CLOUD_TYPE);
  luaL_argcheck(L, *self, 1, "endpoints were not made");
  return *self;
}

static void set_boolean(lua_State *L, const char *key, bool value) {
  lua_pushboolean(L, value);
  lua_setfield(L, -2, key);
}

/* info = endpoints:info() */
static int lcloud_info(lua_State *L) {
  const cloud *c = check(L);
  const struct cloud_info *info = cloud_peek(c);
  bool loopback = cloud_is_loopback(c, SERVICE_GRAPH) &&
                  cloud_is_loopback(c, SERVICE_CONNECTOR);
  lua_createtable(L, 0, 12);
  wire_set_text(L, "cloud", info->name);
  wire_set_text(L, "authority", info->authority);
  wire_set_text(L, "graph", info->graph);
  wire_set_text(L, "connector", info->connector);
  wire_set_text(L, "bot_tenant", info->bot_tenant);
  wire_set_text(L, "graph_scope", info->graph_scope);
  wire_set_text(L, "bot_scope", info->bot_scope);
  wire_set_text(L, "issuer", info->issuer);
  wire_set_text(L, "openid", info->openid);
  wire_set_text(L, "sts", info->sts);
  set_boolean(L, "loopback", loopback);
  set_boolean(L, "all_loopback",
              loopback && cloud_is_loopback(c, SERVICE_TOKEN));
  return 1;
}

/* is_allowed = endpoints:allows("graph"|"connector"|"authority"|"keys", url) */
static int lcloud_allows(lua_State *L) {
  static const char *const names[] = {"authority", "graph", "connector", "keys",
                                      NULL};
  static const enum service services[] = {SERVICE_TOKEN, SERVICE_GRAPH,
                                          SERVICE_CONNECTOR};
  enum { KEYS = sizeof(services) / sizeof(*services) };
  size_t length;
  const cloud *c = check(L);
  int name = luaL_checkoption(L, 2, NULL, names);
  const char *url = luaL_checklstring(L, 3, &length);
  lua_pushboolean(L, name == KEYS
                         ? cloud_allows_keys(c, url, length)
                         : cloud_allows(c, services[name], url, length));
  return 1;
}

static int lcloud_gc(lua_State *L) {
  cloud **self = luaL_checkudata(L, 1, CLOUD_TYPE);
  cloud_free(*self);
  *self = NULL;
  return 0;
}

static int lcloud_tostring(lua_State *L) {
  const cloud *c = check(L);
  lua_pushfstring(L, CLOUD_TYPE " (%s)", cloud_peek(c)->name);
  return 1;
}

static const luaL_Reg methods[] = {
    {"info", lcloud_info},
    {"allows", lcloud_allows},
    {NULL, NULL},
};

static const luaL_Reg metamethods[] = {
    {"__gc", lcloud_gc},
    {"__tostring", lcloud_tostring},
    {NULL, NULL},
};

static const luaL_Reg functions[] = {
    {"endpoints", lcloud_endpoints},
    {NULL, NULL},
};

int crier_open_cloud(lua_State *L) {
  bind_class(L, CLOUD_TYPE, methods, metamethods);
  luaL_newlib(L, functions);
  return 1;
}
