/* fuzzes: lua/crier/package lua/crier/template/json_tree.lua */

/* Any text as an app's manifest is judged: never an error of Lua, each fault on
 * one printable line, and no app where there is no manifest to be read.
 *
 * Input: the manifest. */
#include <lauxlib.h>
#include <lualib.h>
#include <stdio.h>

#include "input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);
int __lsan_is_turned_off(void);

static lua_State *L;

/* Lua's garbage, which stays a while, would be searched for after each run. */
int __lsan_is_turned_off(void) {
  return 1;
}

/* libFuzzer does not see into Lua: it is told of each line that runs.  Of which
 * file is not told, since asking costs more than it helps. */
__attribute__((
    section("__libfuzzer_extra_counters"))) static uint8_t lines[1024];

static void count_line(lua_State *state, lua_Debug *at) {
  (void)state;
  uint8_t *count = &lines[(size_t)at->currentline % sizeof(lines)];
  *count += *count < UINT8_MAX;
}

/* What is called with each input. */
static const char judge[] =
    "package.path = './lua/?.lua;./lua/?/init.lua;' .. package.path\n"
    "local judged = require 'crier.package'\n"
    "local check = require 'crier.package.check'\n"
    "local function lines_of(list)\n"
    "  for _, fault in ipairs(list) do\n"
    "    local line = check.line(fault)\n"
    "    assert(not line:find '%c', line)\n"
    "    assert(#line < 2000, #line)\n"
    "  end\n"
    "end\n"
    "return function(text)\n"
    "  local found = judged.judge {\n"
    "    read = function(name)\n"
    "      return name == judged.MANIFEST and text or nil\n"
    "    end,\n"
    "    inspect = function()\n"
    "      return nil, 'is no picture', 'NO_PNG'\n"
    "    end,\n"
    "  }\n"
    "  lines_of(found.faults)\n"
    "  lines_of(found.warnings)\n"
    "  assert(found.app or #found.faults > 0)\n"
    "end\n";

int LLVMFuzzerInitialize(int *argc, char ***argv) {
  (void)argc, (void)argv;
  L = luaL_newstate();
  assert(L);
  luaL_openlibs(L);
  if (luaL_dostring(L, judge)) {
    fputs(lua_tostring(L, -1), stderr);
    abort();
  }
  lua_sethook(L, count_line, LUA_MASKLINE, 0);
  return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  lua_pushvalue(L, -1);
  lua_pushlstring(L, (const char *)data, size);
  if (lua_pcall(L, 1, 0, 0)) {
    fprintf(stderr, "%s\n", lua_tostring(L, -1));
    abort();
  }
  return 0;
}
