/* lua.c - an interpreter for the suite that can be built with sanitizers.
 *
 *   lua SCRIPT [ARGUMENT...]      lua -e TEXT
 *
 * Preloading a sanitizer's runtime into the system's interpreter would do the
 * same, but every tool that a spec starts would inherit it, and some hang. */
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

#include <stdio.h>
#include <string.h>

/* arg as the stand-alone interpreter sets it: the script is arg[0]. */
static void set_arg(lua_State *L, int argc, char **argv) {
  lua_createtable(L, argc, 1);
  for (int i = 0; i < argc; i++) {
    lua_pushstring(L, argv[i]);
    lua_rawseti(L, -2, i - 1);
  }
  lua_setglobal(L, "arg");
}

static int add_traceback(lua_State *L) {
  luaL_traceback(L, L, luaL_tolstring(L, 1, NULL), 1);
  return 1;
}

static int load(lua_State *L, int argc, char **argv) {
  if (argc == 3 && strcmp(argv[1], "-e") == 0)
    return luaL_loadbuffer(L, argv[2], strlen(argv[2]), "=(command line)");
  return luaL_loadfile(L, argc > 1 ? argv[1] : NULL);
}

int main(int argc, char **argv) {
  lua_State *L = luaL_newstate();
  if (!L)
    return 1;
  luaL_openlibs(L);
  set_arg(L, argc, argv);
  lua_pushcfunction(L, add_traceback);
  int failed = load(L, argc, argv) || lua_pcall(L, 0, 0, 1);
  if (failed)
    fprintf(stderr, "%s: %s\n", argv[0], lua_tostring(L, -1));
  lua_close(L);
  return failed;
}
