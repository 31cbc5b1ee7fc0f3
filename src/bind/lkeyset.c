#include "bind.h"

#include "../core/keyset.h"

#define KEYSET_TYPE "crier.keyset"

enum { ALGORITHMS_MAX = 4 };

struct lkeyset {
  keyset *k;     /* owned; NULL until it is made */
  buffer header; /* of the token last verified */
  buffer claims;
};

static int fail(lua_State *L, enum keyset_status status) {
  return bind_fail(L, keyset_strerror(status), keyset_errname(status));
}

/* keyset, err, code = core.keyset.new(jwks_text) */
static int lkeyset_new(lua_State *L) {
  size_t length;
  const char *text = luaL_checklstring(L, 1, &length);
  struct lkeyset *self = lua_newuserdatauv(L, sizeof(*self), 0);
  self->k = NULL;
  buffer_init(&self->header, JWS_TOKEN_MAX);
  buffer_init(&self->claims, JWS_TOKEN_MAX);
  luaL_setmetatable(L, KEYSET_TYPE);
  enum keyset_status status = keyset_new(&self->k, text, length);
  return status == KEYSET_OK ? 1 : fail(L, status);
}

static struct lkeyset *check(lua_State *L) {
  struct lkeyset *self = luaL_checkudata(L, 1, KEYSET_TYPE);
  luaL_argcheck(L, self->k, 1, "key set was not made");
  return self;
}

/* Field `algorithms` of the table at 3, whose texts it keeps alive. */
static size_t read_algorithms(lua_State *L, const char **names) {
  lua_getfield(L, 3, "algorithms");
  luaL_argcheck(L, lua_istable(L, -1), 3, "algorithms must be a table");
  size_t count = lua_rawlen(L, -1);
  luaL_argcheck(L, count > 0 && count <= ALGORITHMS_MAX, 3,
                "algorithms must hold one to four names");
  for (size_t i = 0; i < count; i++) {
    lua_rawgeti(L, -1, (int)i + 1);
    luaL_argcheck(L, lua_type(L, -1) == LUA_TSTRING, 3,
                  "algorithms must hold strings");
    names[i] = lua_tostring(L, -1);
    lua_pop(L, 1);
  }
  return count; /* the list stays on the stack */
}

/* header, claims | nil, err, code =
 *   keyset:verify(token, { algorithms = { "RS256", "PS256" } }) */
static int lkeyset_verify(lua_State *L) {
  size_t length;
  const char *names[ALGORITHMS_MAX];
  struct lkeyset *self = check(L);
  const char *token = luaL_checklstring(L, 2, &length);
  luaL_checktype(L, 3, LUA_TTABLE);
  size_t count = read_algorithms(L, names);
  buffer_reset(&self->header);
  buffer_reset(&self->claims);
  enum keyset_status status = keyset_verify(
      self->k, token, length, names, count, &self->header, &self->claims);
  if (status != KEYSET_OK)
    return fail(L, status);
  lua_pushlstring(L, self->header.data, self->header.length);
  lua_pushlstring(L, self->claims.data, self->claims.length);
  return 2;
}

/* count = keyset:count() */
static int lkeyset_count(lua_State *L) {
  bind_push_integer(L, (int64_t)keyset_count(check(L)->k));
  return 1;
}

static int lkeyset_gc(lua_State *L) {
  struct lkeyset *self = luaL_checkudata(L, 1, KEYSET_TYPE);
  keyset_free(self->k);
  self->k = NULL;
  buffer_clear(&self->header);
  buffer_clear(&self->claims);
  return 0;
}

static const luaL_Reg methods[] = {
    {"verify", lkeyset_verify},
    {"count", lkeyset_count},
    {NULL, NULL},
};

static const luaL_Reg metamethods[] = {
    {"__gc", lkeyset_gc},
    {NULL, NULL},
};

static const luaL_Reg functions[] = {
    {"new", lkeyset_new},
    {NULL, NULL},
};

int crier_open_keyset(lua_State *L) {
  bind_class(L, KEYSET_TYPE, methods, metamethods);
  luaL_newlib(L, functions);
  return 1;
}
