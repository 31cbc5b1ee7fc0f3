#include "../core/text.h"

#include "bind.h"

enum { SMALL_BYTES = 2048 };

/* Room for `size` bytes: `small` when they fit, else memory that the stack of
 * L holds. */
static char *room(lua_State *L, size_t size, char small[SMALL_BYTES]) {
  return size <= SMALL_BYTES ? small : lua_newuserdatauv(L, size, 0);
}

/* units = text.utf16_units(s) */
static int ltext_utf16_units(lua_State *L) {
  size_t length;
  const char *text = luaL_checklstring(L, 1, &length);
  bind_push_integer(L, (int64_t)text_utf16_units(text, length));
  return 1;
}

/* quoted = text.json_string(s) */
static int ltext_json_string(lua_State *L) {
  size_t length;
  char small[SMALL_BYTES];
  const char *text = luaL_checklstring(L, 1, &length);
  size_t size = text_json_size(text, length);
  char *out = room(L, size, small);
  text_json_write(text, length, out);
  lua_pushlstring(L, out, size);
  return 1;
}

/* shown = text.printable(s [, max_bytes]) */
static int ltext_printable(lua_State *L) {
  size_t length;
  char small[SMALL_BYTES];
  const char *text = luaL_checklstring(L, 1, &length);
  size_t cap = length;
  if (!lua_isnoneornil(L, 2)) {
    lua_Integer most = luaL_checkinteger(L, 2);
    luaL_argcheck(L, most >= 0, 2, "a number of bytes expected");
    if ((uint64_t)most < length)
      cap = (size_t)most;
  }
  char *out = room(L, cap, small);
  lua_pushlstring(L, out, text_printable(text, length, cap, out));
  return 1;
}

/* hex = text.sha256(s) */
static int ltext_sha256(lua_State *L) {
  size_t length;
  unsigned char digest[TEXT_SHA256_BYTES];
  char hex[2 * TEXT_SHA256_BYTES];
  const char *text = luaL_checklstring(L, 1, &length);
  if (!text_sha256(text, length, digest))
    return luaL_error(L, "libcrypto has no SHA-256");
  text_hex(digest, sizeof(digest), hex);
  lua_pushlstring(L, hex, sizeof(hex));
  return 1;
}

/* hex = text.random_hex(bytes) */
static int ltext_random_hex(lua_State *L) {
  lua_Integer count = luaL_checkinteger(L, 1);
  unsigned char bytes[TEXT_RANDOM_MAX];
  char hex[2 * TEXT_RANDOM_MAX];
  luaL_argcheck(L, count >= 1 && count <= TEXT_RANDOM_MAX, 1,
                "a number from 1 to 256 expected");
  if (!text_random(bytes, (size_t)count))
    return luaL_error(L, "the system gives no random bytes");
  text_hex(bytes, (size_t)count, hex);
  lua_pushlstring(L, hex, 2 * (size_t)count);
  return 1;
}

static const luaL_Reg functions[] = {
    {"utf16_units", ltext_utf16_units}, {"json_string", ltext_json_string},
    {"printable", ltext_printable},     {"sha256", ltext_sha256},
    {"random_hex", ltext_random_hex},   {NULL, NULL},
};

int crier_open_text(lua_State *L) {
  luaL_newlib(L, functions);
  return 1;
}
