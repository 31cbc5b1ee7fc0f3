/* main.c - the `crier` program: a Lua 5.4 state that runs crier.cli.
 *
 * It finds its modules from where the program file lies, so that a checkout
 * and an installed tree both work without any environment variable:
 *
 *   build/bin/crier   ->  lua/?.lua              build/?.so
 *   PREFIX/bin/crier  ->  PREFIX/share/lua/5.4   PREFIX/lib/lua/5.4
 *
 * Its own modules come before LUA_PATH, which may add but never shadow. */
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef __APPLE__
#include <mach-o/dyld.h>
#endif

enum { EXIT_INTERNAL = 1 };

struct invocation {
  int argc;
  char **argv; /* borrowed */
};

/* Resolves links in `candidate` into `out`, which holds PATH_MAX bytes. */
static int resolve(const char *candidate, char *out) {
  return access(candidate, X_OK) == 0 && realpath(candidate, out) != NULL;
}

/* Finds `name` along PATH, as the shell did. */
static int search_path(const char *name, char *out) {
  const char *entry = getenv("PATH");
  while (entry) {
    size_t length = strcspn(entry, ":");
    char candidate[PATH_MAX];
    int written =
        snprintf(candidate, sizeof(candidate), "%.*s/%s",
                 length ? (int)length : 1, length ? entry : ".", name);
    if (written > 0 && (size_t)written < sizeof(candidate) &&
        resolve(candidate, out))
      return 1;
    entry = entry[length] ? entry + length + 1 : NULL;
  }
  return 0;
}

/* Writes the program's own absolute path into `out`. */
static int own_path(const char *argv0, char *out) {
#ifdef __APPLE__
  char raw[PATH_MAX];
  uint32_t size = sizeof(raw);
  if (_NSGetExecutablePath(raw, &size) == 0 && resolve(raw, out))
    return 1;
#else
  if (realpath("/proc/self/exe", out))
    return 1;
#endif
  if (!argv0)
    return 0;
  return strchr(argv0, '/') ? resolve(argv0, out) : search_path(argv0, out);
}

/* package[field] = text .. ";" .. package[field]; pops text. */
static void put_in_front(lua_State *L, const char *field) {
  lua_getglobal(L, "package");
  lua_insert(L, -2);
  lua_pushliteral(L, ";");
  lua_getfield(L, -3, field);
  lua_concat(L, 3);
  lua_setfield(L, -2, field);
  lua_pop(L, 1);
}

static void add_own_modules(lua_State *L, const char *argv0) {
  char program[PATH_MAX];
  if (!own_path(argv0, program))
    luaL_error(L, "cannot tell where this program lies");
  for (int i = 0; i < 2; i++) { /* drop /crier, then /bin */
    char *slash = strrchr(program, '/');
    if (slash)
      *slash = '\0';
  }
  const char *installed = lua_pushfstring(L, "%s/share/lua/5.4", program);
  const char *lua_dir = installed, *c_dir;
  if (access(lua_pushfstring(L, "%s/crier", installed), R_OK) == 0) {
    c_dir = lua_pushfstring(L, "%s/lib/lua/5.4", program);
  } else {
    lua_dir = lua_pushfstring(L, "%s/../lua", program);
    c_dir = lua_pushstring(L, program);
  }
  lua_pushfstring(L, "%s/?.lua;%s/?/init.lua", lua_dir, lua_dir);
  put_in_front(L, "path");
  lua_pushfstring(L, "%s/?.so", c_dir);
  put_in_front(L, "cpath");
}

static void set_arg(lua_State *L, const struct invocation *call) {
  lua_createtable(L, call->argc, 1);
  for (int i = 0; i < call->argc; i++) {
    lua_pushstring(L, call->argv[i]);
    lua_rawseti(L, -2, i);
  }
  lua_setglobal(L, "arg");
}

/* status = require("crier.cli").main(arg) */
static int run_cli(lua_State *L) {
  const struct invocation *call = lua_touserdata(L, 1);
  luaL_checkversion(L);
  luaL_openlibs(L);
  set_arg(L, call);
  add_own_modules(L, call->argv[0]);
  lua_getglobal(L, "require");
  lua_pushliteral(L, "crier.cli");
  lua_call(L, 1, 1);
  lua_getfield(L, -1, "main");
  lua_getglobal(L, "arg");
  lua_call(L, 1, 1);
  if (!lua_isinteger(L, -1))
    return luaL_error(L, "crier.cli.main returned no exit status");
  return 1;
}

/* Turns any error value into text; with the stack when CRIER_DEBUG is set. */
static int explain(lua_State *L) {
  const char *message = luaL_tolstring(L, 1, NULL);
  if (getenv("CRIER_DEBUG"))
    luaL_traceback(L, L, message, 1);
  return 1;
}

/* Shows the first line only, unless the user asked for all of it. */
static int report(lua_State *L) {
  const char *message = lua_tostring(L, -1);
  if (!message)
    message = "an error without text";
  size_t length =
      getenv("CRIER_DEBUG") ? strlen(message) : strcspn(message, "\n");
  fprintf(stderr, "crier: internal error: %.*s\n", (int)length, message);
  return EXIT_INTERNAL;
}

int main(int argc, char **argv) {
  struct invocation call = {argc, argv};
  int status = EXIT_INTERNAL;
  /* A reader that goes away shows as EPIPE where it is written. */
  signal(SIGPIPE, SIG_IGN);
  lua_State *L = luaL_newstate();
  if (!L) {
    fputs("crier: out of memory\n", stderr);
    return EXIT_INTERNAL;
  }
  lua_pushcfunction(L, explain);
  lua_pushcfunction(L, run_cli);
  lua_pushlightuserdata(L, &call);
  if (lua_pcall(L, 1, 1, 1) == LUA_OK)
    status = (int)lua_tointeger(L, -1);
  else
    status = report(L);
  lua_close(L);
  return status;
}
