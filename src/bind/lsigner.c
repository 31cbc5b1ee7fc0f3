#include "bind.h"

#include "../core/signer.h"

#define SIGNER_TYPE "crier.signer"

struct lsigner {
  signer *s;  /* owned; NULL until it is made */
  buffer out; /* what is said last */
};

static int fail(lua_State *L) {
  return bind_fail(L, "libcrypto makes no signature", "CRYPTO");
}

/* signer, err, code = core.signer.new(): with a new key */
static int lsigner_new(lua_State *L) {
  struct lsigner *self = lua_newuserdatauv(L, sizeof(*self), 0);
  self->s = NULL;
  buffer_init(&self->out, SIGNER_TEXT_MAX);
  luaL_setmetatable(L, SIGNER_TYPE);
  self->s = signer_new();
  return self->s ? 1 : fail(L);
}

static struct lsigner *check(lua_State *L) {
  struct lsigner *self = luaL_checkudata(L, 1, SIGNER_TYPE);
  luaL_argcheck(L, self->s, 1, "signer was not made");
  buffer_reset(&self->out);
  return self;
}

/* jwk, err, code = signer:jwk(): the public key as JSON text */
static int lsigner_jwk(lua_State *L) {
  struct lsigner *self = check(L);
  if (!signer_append_jwk(self->s, &self->out))
    return fail(L);
  lua_pushlstring(L, self->out.data, self->out.length);
  return 1;
}

/* signature, err, code = signer:sign(text [, "RS256"|"PS256"]): in base64url */
static int lsigner_sign(lua_State *L) {
  static const char *const algorithms[] = {"RS256", "PS256", NULL};
  size_t length;
  struct lsigner *self = check(L);
  const char *text = luaL_checklstring(L, 2, &length);
  bool is_pss = luaL_checkoption(L, 3, "RS256", algorithms) == 1;
  if (!signer_append(self->s, is_pss, text, length, &self->out))
    return fail(L);
  lua_pushlstring(L, self->out.data, self->out.length);
  return 1;
}

static int lsigner_gc(lua_State *L) {
  struct lsigner *self = luaL_checkudata(L, 1, SIGNER_TYPE);
  signer_free(self->s);
  self->s = NULL;
  buffer_clear(&self->out);
  return 0;
}

static const luaL_Reg methods[] = {
    {"jwk", lsigner_jwk},
    {"sign", lsigner_sign},
    {NULL, NULL},
};

static const luaL_Reg metamethods[] = {
    {"__gc", lsigner_gc},
    {NULL, NULL},
};

static const luaL_Reg functions[] = {
    {"new", lsigner_new},
    {NULL, NULL},
};

int crier_open_signer(lua_State *L) {
  bind_class(L, SIGNER_TYPE, methods, metamethods);
  luaL_newlib(L, functions);
  return 1;
}
