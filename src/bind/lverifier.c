#include "wire.h"

#include "../core/verifier.h"

#define VERIFIER_TYPE "crier.core.verifier"

struct lverifier {
  verifier *v;   /* owned; NULL until it is made */
  buffer claims; /* of the token last verified */
  bool is_at_work;
};

static int fail(lua_State *L, enum verifier_status status) {
  return bind_fail(L, verifier_strerror(status), verifier_errname(status));
}

static int push_result(lua_State *L, enum verifier_status status) {
  if (status != VERIFIER_OK)
    return fail(L, status);
  lua_pushboolean(L, 1);
  return 1;
}

/* verifier, err, code = core.verifier.new(client_id) */
static int lverifier_new(lua_State *L) {
  struct slice client_id = wire_check_slice(L, 1);
  struct lverifier *self = lua_newuserdatauv(L, sizeof(*self), 0);
  self->v = NULL;
  self->is_at_work = false;
  buffer_init(&self->claims, JWS_TOKEN_MAX);
  luaL_setmetatable(L, VERIFIER_TYPE);
  enum verifier_status status = verifier_new(&self->v, client_id);
  return status == VERIFIER_OK ? 1 : fail(L, status);
}

static struct lverifier *check(lua_State *L) {
  struct lverifier *self = luaL_checkudata(L, 1, VERIFIER_TYPE);
  luaL_argcheck(L, self->v, 1, "verifier was not made");
  luaL_argcheck(L, !self->is_at_work, 1, "verifier is at work");
  return self;
}

/* is_kept, err, code = verifier:allow("issuers"|"entra_issuers"|"channels"|
 *   "tenants"|"entra_tenants"|"entra_apps", text) */
static int lverifier_allow(lua_State *L) {
  static const char *const names[] = {
      [VERIFIER_ISSUERS] = "issuers",
      [VERIFIER_ENTRA_ISSUERS] = "entra_issuers",
      [VERIFIER_CHANNELS] = "channels",
      [VERIFIER_TENANTS] = "tenants",
      [VERIFIER_ENTRA_TENANTS] = "entra_tenants",
      [VERIFIER_ENTRA_APPS] = "entra_apps",
      [VERIFIER_LISTS] = NULL,
  };
  struct lverifier *self = check(L);
  int list = luaL_checkoption(L, 2, NULL, names);
  struct slice text = wire_check_slice(L, 3);
  return push_result(L,
                     verifier_allow(self->v, (enum verifier_list)list, text));
}

/* is_kept, err, code = verifier:allow_hosts(endpoints): those that may see the
 * bot's token; endpoints of core.cloud */
static int lverifier_allow_hosts(lua_State *L) {
  struct lverifier *self = check(L);
  cloud **endpoints = luaL_checkudata(L, 2, CLOUD_TYPE);
  luaL_argcheck(L, *endpoints, 2, "endpoints were not made");
  return push_result(L, verifier_allow_cloud(self->v, *endpoints));
}

/* is_taken, err, code = verifier:set_keys("bot"|"entra", jwks_text) */
static int lverifier_set_keys(lua_State *L) {
  static const char *const names[] = {[VERIFIER_BOT] = "bot",
                                      [VERIFIER_ENTRA] = "entra",
                                      [VERIFIER_SIDES] = NULL};
  struct lverifier *self = check(L);
  int side = luaL_checkoption(L, 2, NULL, names);
  struct slice text = wire_check_slice(L, 3);
  enum keyset_status status = verifier_set_keys(
      self->v, (enum verifier_side)side, text.text, text.length);
  if (status != KEYSET_OK)
    return bind_fail(L, keyset_strerror(status), keyset_errname(status));
  lua_pushboolean(L, 1);
  return 1;
}

/* Whether the value on top stands for nothing: nil, or the null of a JSON
 * library. */
static bool is_absent(lua_State *L) {
  return lua_isnil(L, -1) || lua_islightuserdata(L, -1);
}

/* Pushes a field of the table at `index`, whatever metatable that has. */
static void push_raw(lua_State *L, int index, const char *key) {
  lua_pushstring(L, key);
  lua_rawget(L, index);
}

/* Reads a text that the table at `index` keeps alive.  False when it is of
 * another type. */
static bool read_text(lua_State *L, int index, const char *key,
                      struct slice *out) {
  push_raw(L, index, key);
  bool is_text = lua_type(L, -1) == LUA_TSTRING;
  bool ok = is_text || is_absent(L);
  if (is_text)
    out->text = lua_tolstring(L, -1, &out->length);
  lua_pop(L, 1);
  return ok;
}

/* Reads field `key` of the table in field `name` of the table at `index`. */
static bool read_below(lua_State *L, int index, const char *name,
                       const char *key, struct slice *out) {
  push_raw(L, index, name);
  bool ok =
      lua_istable(L, -1) ? read_text(L, lua_gettop(L), key, out) : is_absent(L);
  lua_pop(L, 1);
  return ok;
}

/* Reads what of the activity at `index` is verified; it comes from the wire, so
 * that any value may stand anywhere. */
static bool read_activity(lua_State *L, int index,
                          struct verifier_activity *out) {
  if (!lua_istable(L, index) ||
      !read_text(L, index, "serviceUrl", &out->service_url) ||
      !read_text(L, index, "channelId", &out->channel) ||
      !read_below(L, index, "conversation", "tenantId", &out->tenants[0]))
    return false;
  push_raw(L, index, "channelData");
  bool ok = lua_istable(L, -1)
                ? read_below(L, lua_gettop(L), "tenant", "id", &out->tenants[1])
                : is_absent(L);
  lua_pop(L, 1);
  return ok;
}

/* activity, is_good = read_given(activity or what gives it, its place) */
static int read_given(lua_State *L) {
  struct verifier_activity *out = lua_touserdata(L, 2);
  if (lua_isfunction(L, 1)) {
    lua_pushvalue(L, 1);
    lua_call(L, 0, 1);
    lua_replace(L, 1);
  }
  lua_pushboolean(L, read_activity(L, 1, out));
  lua_replace(L, 2);
  return 2;
}

struct reading {
  lua_State *L;
  int reader, activity; /* where they are on the stack */
  bool has_raised;
};

/* Leaves the activity on the stack, which keeps its texts alive; or what was
 * raised. */
static bool read_protected(void *context, struct verifier_activity *out) {
  struct reading *self = context;
  lua_State *L = self->L;
  lua_pushvalue(L, self->reader);
  lua_pushvalue(L, self->activity);
  lua_pushlightuserdata(L, out);
  self->has_raised = lua_pcall(L, 2, 2, 0) != LUA_OK;
  return !self->has_raised && lua_toboolean(L, -1);
}

/* claims, err, code = verifier:verify(authorization, activity, now_s): JSON
 * text; header and activity may be anything; a function gives the activity, and
 * is called once the token has held by itself */
static int lverifier_verify(lua_State *L) {
  struct lverifier *self = check(L);
  struct slice header = {NULL, 0};
  struct reading reading = {L, 5, 3, false};
  lua_Number now_s = luaL_checknumber(L, 4);
  luaL_argcheck(L, now_s >= 0 && now_s < 1e15, 4, "is no time in seconds");
  if (lua_type(L, 2) == LUA_TSTRING)
    header.text = lua_tolstring(L, 2, &header.length);
  else if (!lua_isnil(L, 2))
    return fail(L, VERIFIER_HEADER_MALFORMED);
  lua_settop(L, 4);
  lua_pushcfunction(L, read_given);
  buffer_reset(&self->claims);
  self->is_at_work = true;
  enum verifier_status status = verifier_verify(
      self->v, header, read_protected, &reading, (int64_t)now_s, &self->claims);
  self->is_at_work = false;
  if (reading.has_raised)
    return lua_error(L);
  if (status != VERIFIER_OK)
    return fail(L, status);
  lua_pushlstring(L, self->claims.data, self->claims.length);
  return 1;
}

static int lverifier_gc(lua_State *L) {
  struct lverifier *self = luaL_checkudata(L, 1, VERIFIER_TYPE);
  verifier_free(self->v);
  self->v = NULL;
  buffer_clear(&self->claims);
  return 0;
}

static const luaL_Reg methods[] = {
    {"allow", lverifier_allow},
    {"allow_hosts", lverifier_allow_hosts},
    {"set_keys", lverifier_set_keys},
    {"verify", lverifier_verify},
    {NULL, NULL},
};

static const luaL_Reg metamethods[] = {
    {"__gc", lverifier_gc},
    {NULL, NULL},
};

static const luaL_Reg functions[] = {
    {"new", lverifier_new},
    {NULL, NULL},
};

int crier_open_verifier(lua_State *L) {
  bind_class(L, VERIFIER_TYPE, methods, metamethods);
  luaL_newlib(L, functions);
  return 1;
}
