#include "../core/pattern.h"

#include "bind.h"

#include <string.h>

/* Pushes a byte offset as Lua counts them; false for a group that took no
 * part. */
static void push_offset(lua_State *L, size_t offset, int shift) {
  if (offset == SIZE_MAX)
    lua_pushboolean(L, 0);
  else
    bind_push_integer(L, (int64_t)offset + shift);
}

static void push_match(lua_State *L, const struct pattern_match *match) {
  lua_createtable(L, (int)(2 * match->groups), 0);
  for (size_t i = 0; i < match->groups; i++) {
    push_offset(L, match->offsets[2 * i], 1);
    lua_rawseti(L, -2, (int)(2 * i + 1));
    push_offset(L, match->offsets[2 * i + 1], 0);
    lua_rawseti(L, -2, (int)(2 * i + 2));
  }
}

/* offsets, err, code = pattern.find(pattern, flags, text [, start]): first and
 * last byte of the whole and of each group, false for a group that took no
 * part; false alone when nothing matches.  `flags` is text of "i", "m", "s". */
static int lpattern_find(lua_State *L) {
  size_t pattern_length, length;
  const char *pattern = luaL_checklstring(L, 1, &pattern_length);
  const char *flags = luaL_checkstring(L, 2);
  const char *text = luaL_checklstring(L, 3, &length);
  lua_Integer start = luaL_optinteger(L, 4, 1);
  luaL_argcheck(L, start >= 1 && (uint64_t)start <= (uint64_t)length + 1, 4,
                "an offset in the text expected");
  struct pattern_flags wanted = {.caseless = strchr(flags, 'i') != NULL,
                                 .multiline = strchr(flags, 'm') != NULL,
                                 .dotall = strchr(flags, 's') != NULL};
  struct pattern_match match = {.groups = 0};
  enum pattern_status status = pattern_find(
      pattern, pattern_length, wanted, text, length, (size_t)start - 1, &match);
  if (status == PATTERN_OK)
    push_match(L, &match);
  else if (status == PATTERN_NONE)
    lua_pushboolean(L, 0);
  else
    return bind_fail(L,
                     status == PATTERN_INVALID ? match.message
                                               : pattern_status_text(status),
                     pattern_status_name(status));
  return 1;
}

static const luaL_Reg functions[] = {
    {"find", lpattern_find},
    {NULL, NULL},
};

int crier_open_pattern(lua_State *L) {
  luaL_newlib(L, functions);
  return 1;
}
