#include "bind.h"

#include "../core/certificate.h"

/* jwk, err, code = core.certificate.jwk(pem): the public key of the first
 * certificate as JSON text */
static int lcertificate_jwk(lua_State *L) {
  size_t length;
  char jwk[CERTIFICATE_JWK_MAX];
  const char *pem = luaL_checklstring(L, 1, &length);
  enum certificate_status status = certificate_jwk(pem, length, jwk);
  if (status == CERTIFICATE_OK) {
    lua_pushstring(L, jwk);
    return 1;
  }
  luaL_pushfail(L);
  lua_pushfstring(L, "the text %s", certificate_strerror(status));
  lua_pushliteral(L, "CERTIFICATE");
  return 3;
}

static const luaL_Reg functions[] = {
    {"jwk", lcertificate_jwk},
    {NULL, NULL},
};

int crier_open_certificate(lua_State *L) {
  luaL_newlib(L, functions);
  return 1;
}
