#include "../core/archive.h"
#include "../core/icon.h"

#include "bind.h"

#include <stdlib.h>

#define HELD_TYPE "crier.archive.held"

/* Memory of the core while Lua, which may raise, copies from it. */
struct held {
  archive *unpacked;
  char *bytes;
};

static struct held *new_held(lua_State *L) {
  struct held *held = lua_newuserdatauv(L, sizeof(*held), 0);
  *held = (struct held){NULL, NULL};
  luaL_setmetatable(L, HELD_TYPE);
  return held;
}

static void release(struct held *held) {
  archive_free(held->unpacked);
  free(held->bytes);
  *held = (struct held){NULL, NULL};
}

static int held_gc(lua_State *L) {
  release(luaL_checkudata(L, 1, HELD_TYPE));
  return 0;
}

static int push_failure(lua_State *L, enum archive_status status,
                        const char *culprit) {
  if (culprit[0])
    lua_pushfstring(L, "%s: %s", culprit, archive_strerror(status));
  else
    lua_pushstring(L, archive_strerror(status));
  return bind_fail(L, lua_tostring(L, -1), archive_errname(status));
}

/* entries, err, code = archive.read(bytes): an array of { name =, data = } */
static int larchive_read(lua_State *L) {
  size_t length;
  char culprit[ARCHIVE_NAME_BYTES];
  const char *bytes = luaL_checklstring(L, 1, &length);
  struct held *held = new_held(L);
  enum archive_status status =
      archive_read(&held->unpacked, bytes, length, culprit);
  if (status != ARCHIVE_OK)
    return push_failure(L, status, culprit);
  lua_newtable(L);
  for (size_t i = 0; i < archive_count(held->unpacked); i++) {
    const struct archive_entry *entry = archive_entry_at(held->unpacked, i);
    lua_createtable(L, 0, 2);
    lua_pushstring(L, entry->name);
    lua_setfield(L, -2, "name");
    lua_pushlstring(L, entry->data, entry->length);
    lua_setfield(L, -2, "data");
    lua_rawseti(L, -2, (int)i + 1);
  }
  release(held);
  return 1;
}

/* Reads { name =, data = } at the top of the stack, which the caller keeps. */
static void read_entry(lua_State *L, struct archive_entry *out) {
  size_t name_length;
  luaL_checktype(L, -1, LUA_TTABLE);
  int index = lua_gettop(L);
  out->name = bind_needed_field(L, index, "name", &name_length);
  if (strlen(out->name) != name_length)
    luaL_error(L, "a name holds a NUL");
  out->data = bind_needed_field(L, index, "data", &out->length);
}

/* bytes, err, code = archive.write { { name =, data = }, ... } */
static int larchive_write(lua_State *L) {
  size_t length;
  char culprit[ARCHIVE_NAME_BYTES];
  luaL_checktype(L, 1, LUA_TTABLE);
  size_t count = lua_rawlen(L, 1);
  luaL_argcheck(L, count <= ARCHIVE_ENTRIES_MAX, 1, "too many entries");
  struct archive_entry entries[ARCHIVE_ENTRIES_MAX];
  for (size_t i = 0; i < count; i++) {
    lua_rawgeti(L, 1, (int)i + 1);
    read_entry(L, &entries[i]);
    lua_pop(L, 1); /* the table at 1 still holds it, and its strings */
  }
  struct held *held = new_held(L);
  enum archive_status status =
      archive_write(entries, count, &held->bytes, &length, culprit);
  if (status != ARCHIVE_OK)
    return push_failure(L, status, culprit);
  lua_pushlstring(L, held->bytes, length);
  release(held);
  return 1;
}

static void set_flag(lua_State *L, const char *name, int value) {
  lua_pushboolean(L, value);
  lua_setfield(L, -2, name);
}

/* facts, err, code = archive.inspect(png): { width =, height =,
 *   is_transparent =, is_visible =, is_white =, is_framed = } */
static int larchive_inspect(lua_State *L) {
  size_t length;
  struct icon_facts facts;
  const char *bytes = luaL_checklstring(L, 1, &length);
  enum icon_status status = icon_inspect(bytes, length, &facts);
  if (status != ICON_OK)
    return bind_fail(L, icon_strerror(status), icon_errname(status));
  lua_createtable(L, 0, 6);
  bind_push_integer(L, facts.width);
  lua_setfield(L, -2, "width");
  bind_push_integer(L, facts.height);
  lua_setfield(L, -2, "height");
  set_flag(L, "is_transparent", facts.is_transparent);
  set_flag(L, "is_visible", facts.is_visible);
  set_flag(L, "is_white", facts.is_white);
  set_flag(L, "is_framed", facts.is_framed);
  return 1;
}

/* png, err, code = archive.draw("color" | "outline", rgb) */
static int larchive_draw(lua_State *L) {
  static const char *const kinds[] = {"color", "outline", NULL};
  size_t length;
  enum icon_kind kind =
      luaL_checkoption(L, 1, NULL, kinds) ? ICON_OUTLINE : ICON_COLOR;
  lua_Integer rgb = luaL_optinteger(L, 2, 0);
  luaL_argcheck(L, rgb >= 0 && rgb <= 0xffffff, 2, "not a colour");
  struct held *held = new_held(L);
  enum icon_status status =
      icon_draw(kind, (uint32_t)rgb, &held->bytes, &length);
  if (status != ICON_OK)
    return bind_fail(L, icon_strerror(status), icon_errname(status));
  lua_pushlstring(L, held->bytes, length);
  release(held);
  return 1;
}

static const luaL_Reg methods[] = {{NULL, NULL}};

static const luaL_Reg metamethods[] = {
    {"__gc", held_gc},
    {NULL, NULL},
};

static const luaL_Reg functions[] = {
    {"read", larchive_read},
    {"write", larchive_write},
    {"inspect", larchive_inspect},
    {"draw", larchive_draw},
    {NULL, NULL},
};

/* The one symbol this shared object exports (-fvisibility=hidden). */
__attribute__((visibility("default"))) int luaopen_crier_archive(lua_State *L);

/* archive = require "crier.archive" */
int luaopen_crier_archive(lua_State *L) {
  luaL_checkversion(L);
  bind_class(L, HELD_TYPE, methods, metamethods);
  luaL_newlib(L, functions);
  return 1;
}
