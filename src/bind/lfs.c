#include "../core/buffer.h"
#include "../core/fs.h"

#include "bind.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#define NAMES_TYPE "crier.core.fs.names"

enum { NAMES_MAX = 1 << 20 }; /* bytes of all names in a folder */

static int check_fd(lua_State *L, int arg) {
  lua_Integer fd = luaL_checkinteger(L, arg);
  luaL_argcheck(L, fd >= 0 && fd <= INT_MAX, arg, "not a descriptor");
  return (int)fd;
}

static int push_name(lua_State *L, bool known, const char *name) {
  if (known)
    lua_pushstring(L, name);
  else
    lua_pushnil(L);
  return 1;
}

/* type | nil = fs.type(path [, mounts]): another table of mounts is for tests
 */
static int lfs_type(lua_State *L) {
  char type[FS_NAME_BYTES];
  const char *path = luaL_checkstring(L, 1);
  const char *mounts = luaL_optstring(L, 2, FS_MOUNTS);
  return push_name(L, fs_type(path, mounts, type), type);
}

/* boolean = fs.is_network(type | nil) */
static int lfs_is_network(lua_State *L) {
  lua_pushboolean(L, fs_is_network(luaL_optstring(L, 1, "")));
  return 1;
}

/* boolean = fs.exists(path) */
static int lfs_exists(lua_State *L) {
  lua_pushboolean(L, fs_exists(luaL_checkstring(L, 1)));
  return 1;
}

/* boolean = fs.is_regular(path) */
static int lfs_is_regular(lua_State *L) {
  lua_pushboolean(L, fs_is_regular(luaL_checkstring(L, 1)));
  return 1;
}

/* true = fs.can_make_in(folder), or nil, message, "UNWRITABLE" */
static int lfs_can_make_in(lua_State *L) {
  int error = fs_make_error(luaL_checkstring(L, 1));
  if (error)
    return bind_fail(L, strerror(error), "UNWRITABLE");
  lua_pushboolean(L, 1);
  return 1;
}

static void add_name(void *context, const char *name) {
  buffer_append(context, name, strlen(name) + 1);
}

/* names = fs.list(folder), or nil, message, "UNREADABLE" */
static int lfs_list(lua_State *L) {
  const char *path = luaL_checkstring(L, 1);
  /* A Lua error may leave neither the folder open nor what was read of it. */
  buffer *names = lua_newuserdatauv(L, sizeof(*names), 0);
  buffer_init(names, NAMES_MAX);
  luaL_setmetatable(L, NAMES_TYPE);
  int error = fs_list(path, add_name, names);
  if (!error && buffer_status(names) != BUFFER_OK)
    error = E2BIG;
  if (error)
    return bind_fail(L, strerror(error), "UNREADABLE");
  lua_newtable(L);
  lua_Integer count = 0;
  for (size_t at = 0; at < names->length; at += strlen(names->data + at) + 1) {
    lua_pushstring(L, names->data + at);
    lua_rawseti(L, -2, ++count);
  }
  return 1;
}

static int lfs_names_gc(lua_State *L) {
  buffer_clear(luaL_checkudata(L, 1, NAMES_TYPE));
  return 0;
}

/* true = fs.make_folder(path), or nil, message, "UNWRITABLE" */
static int lfs_make_folder(lua_State *L) {
  int error = fs_make_folder(luaL_checkstring(L, 1));
  if (error)
    return bind_fail(L, strerror(error), "UNWRITABLE");
  lua_pushboolean(L, 1);
  return 1;
}

/* true = fs.create(path, bytes [, kind]), or nil, message, "EXISTS" or
 * "UNWRITABLE"; kind is "plain" (default), "program" or "private" */
static int lfs_create(lua_State *L) {
  static const char *const kinds[] = {"plain", "program", "private", NULL};
  static const unsigned modes[] = {0666, 0777, 0600};
  size_t length;
  const char *path = luaL_checkstring(L, 1);
  const char *bytes = luaL_checklstring(L, 2, &length);
  int kind = luaL_checkoption(L, 3, "plain", kinds);
  int error = fs_create(path, bytes, length, modes[kind]);
  if (error)
    return bind_fail(L, strerror(error),
                     error == EEXIST ? "EXISTS" : "UNWRITABLE");
  lua_pushboolean(L, 1);
  return 1;
}

/* text = fs.identity(path), or nil when there is no such file */
static int lfs_identity(lua_State *L) {
  char text[FS_IDENTITY_BYTES];
  if (fs_identity(luaL_checkstring(L, 1), text))
    lua_pushstring(L, text);
  else
    lua_pushnil(L);
  return 1;
}

/* boolean = fs.isatty(fd) */
static int lfs_isatty(lua_State *L) {
  lua_pushboolean(L, isatty(check_fd(L, 1)));
  return 1;
}

/* columns = fs.terminal_width([fd]): of standard error by default */
static int lfs_terminal_width(lua_State *L) {
  int fd = lua_isnoneornil(L, 1) ? STDERR_FILENO : check_fd(L, 1);
  bind_push_integer(L, fs_terminal_width(fd));
  return 1;
}

/* number = fs.pid() */
static int lfs_pid(lua_State *L) {
  bind_push_integer(L, getpid());
  return 1;
}

/* name | nil = fs.hostname() */
static int lfs_hostname(lua_State *L) {
  char name[FS_NAME_BYTES];
  return push_name(L, fs_hostname(name), name);
}

/* name | nil = fs.username() */
static int lfs_username(lua_State *L) {
  char name[FS_NAME_BYTES];
  return push_name(L, fs_username(name), name);
}

static const luaL_Reg functions[] = {
    {"type", lfs_type},
    {"is_network", lfs_is_network},
    {"can_make_in", lfs_can_make_in},
    {"create", lfs_create},
    {"exists", lfs_exists},
    {"identity", lfs_identity},
    {"is_regular", lfs_is_regular},
    {"isatty", lfs_isatty},
    {"list", lfs_list},
    {"make_folder", lfs_make_folder},
    {"terminal_width", lfs_terminal_width},
    {"pid", lfs_pid},
    {"hostname", lfs_hostname},
    {"username", lfs_username},
    {NULL, NULL},
};

static const luaL_Reg names_methods[] = {
    {NULL, NULL},
};

static const luaL_Reg names_metamethods[] = {
    {"__gc", lfs_names_gc},
    {NULL, NULL},
};

int crier_open_fs(lua_State *L) {
  bind_class(L, NAMES_TYPE, names_methods, names_metamethods);
  luaL_newlib(L, functions);
  return 1;
}
