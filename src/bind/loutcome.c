#include "wire.h"

/* Reads argument 1: the name of an operation, or a request that has one. */
static enum operation check_operation(lua_State *L) {
  enum operation operation;
  if (lua_istable(L, 1))
    lua_getfield(L, 1, "operation");
  else
    lua_pushvalue(L, 1);
  const char *name = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "";
  luaL_argcheck(L, operation_find(name, &operation), 1,
                "request or operation expected");
  lua_pop(L, 1);
  return operation;
}

/* outcome = core.outcome.classify(request or operation, response, now_ms) */
static int loutcome_classify(lua_State *L) {
  struct response response;
  struct outcome outcome;
  enum operation operation = check_operation(L);
  wire_check_response(L, 2, operation_service(operation), &response);
  outcome_classify(operation, &response, wire_check_ms(L, 3), &outcome);
  wire_push_outcome(L, &outcome);
  return 1;
}

static const luaL_Reg functions[] = {
    {"classify", loutcome_classify},
    {NULL, NULL},
};

int crier_open_outcome(lua_State *L) {
  luaL_newlib(L, functions);
  lua_createtable(L, OUTCOME_KIND_COUNT, 0);
  for (int i = 0; i < OUTCOME_KIND_COUNT; i++) {
    lua_pushstring(L, outcome_kind_name((enum outcome_kind)i));
    lua_rawseti(L, -2, i + 1);
  }
  lua_setfield(L, -2, "kinds");
  lua_createtable(L, OPERATION_COUNT, 0);
  for (int i = 0; i < OPERATION_COUNT; i++) {
    lua_pushstring(L, operation_name((enum operation)i));
    lua_rawseti(L, -2, i + 1);
  }
  lua_setfield(L, -2, "operations");
  return 1;
}
