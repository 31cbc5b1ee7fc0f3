#include "../core/peer.h"

#include "bind.h"

static void set_text(lua_State *L, const char *key, const char *text) {
  if (!*text)
    return;
  lua_pushstring(L, text);
  lua_setfield(L, -2, key);
}

/* peer, err, code = peer.look(url) */
static int lpeer_look(lua_State *L) {
  size_t length;
  struct peer found;
  const char *url = luaL_checklstring(L, 1, &length);
  if (!peer_look(url, length, &found))
    return bind_fail(L, "the host shows no certificate", "NO_CERTIFICATE");
  lua_createtable(L, 0, 3);
  set_text(L, "subject", found.subject);
  set_text(L, "issuer", found.issuer);
  set_text(L, "expires", found.expires);
  return 1;
}

static const luaL_Reg functions[] = {
    {"look", lpeer_look},
    {NULL, NULL},
};

int crier_open_peer(lua_State *L) {
  luaL_newlib(L, functions);
  return 1;
}
