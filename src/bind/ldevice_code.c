#include "wire.h"

#include "../core/device_code.h"

#define DEVICE_CODE_TYPE "crier.device_code"

static device_code *check(lua_State *L) {
  device_code **self = luaL_checkudata(L, 1, DEVICE_CODE_TYPE);
  luaL_argcheck(L, *self, 1, "sign-in was not made");
  return *self;
}

static struct slice needed_slice(lua_State *L, const char *key) {
  struct slice s;
  s.text = bind_needed_field(L, 1, key, &s.length);
  return s;
}

/* signin = core.device_code.new{ endpoints =, tenant =, client_id =, scope = }
 */
static int ldevice_code_new(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  struct device_code_options options = {
      .cloud = wire_check_endpoints(L, 1),
      .tenant = needed_slice(L, "tenant"),
      .client_id = needed_slice(L, "client_id"),
      .scope = needed_slice(L, "scope"),
  };
  device_code **self = lua_newuserdatauv(L, sizeof(*self), 0);
  *self = NULL;
  luaL_setmetatable(L, DEVICE_CODE_TYPE);
  *self = device_code_new(&options);
  return *self ? 1
               : luaL_error(L, "the sign-in's options do not fit in memory");
}

/* "have" | "need", request | "wait", until_ms = signin:get(now_ms)
 * nil, message, code when it is over, or no request can be built */
static int ldevice_code_get(lua_State *L) {
  device_code *d = check(L);
  enum device_code_state state;
  struct request *request;
  int64_t until_ms;
  enum request_status status =
      device_code_get(d, wire_check_ms(L, 2), &state, &request, &until_ms);
  if (status != REQUEST_OK)
    return wire_push_failure(L, status);
  switch (state) {
  case DEVICE_CODE_HAVE:
    lua_pushliteral(L, "have");
    return 1;
  case DEVICE_CODE_NEED:
    lua_pushliteral(L, "need");
    wire_push_request(L, request, LUA_NOREF, 0);
    return 2;
  case DEVICE_CODE_WAIT:
    lua_pushliteral(L, "wait");
    bind_push_integer(L, until_ms);
    return 2;
  default:
    return bind_fail(L, "the sign-in is over", "SIGN_IN_OVER");
  }
}

/* outcome = signin:receive(response, now_ms) */
static int ldevice_code_receive(lua_State *L) {
  device_code *d = check(L);
  struct response response;
  struct outcome outcome;
  wire_check_response(L, 2, SERVICE_TOKEN, &response);
  device_code_receive(d, &response, wire_check_ms(L, 3), &outcome);
  wire_push_outcome(L, &outcome);
  return 1;
}

/* prompt = signin:prompt(): message, code, url, expires_at_ms; nil before the
 * first answer */
static int ldevice_code_prompt(lua_State *L) {
  struct device_code_prompt prompt;
  if (!device_code_prompt(check(L), &prompt)) {
    lua_pushnil(L);
    return 1;
  }
  lua_createtable(L, 0, 4);
  wire_set_text(L, "message", prompt.message);
  wire_set_text(L, "code", prompt.code);
  wire_set_text(L, "url", prompt.url);
  bind_push_integer(L, prompt.expires_at_ms);
  lua_setfield(L, -2, "expires_at_ms");
  return 1;
}

/* token = signin:take(): once, after "have"; else nil */
static int ldevice_code_take(lua_State *L) {
  device_code *d = check(L);
  token **taken = wire_push_token(L);
  *taken = device_code_take(d);
  if (!*taken)
    lua_pushnil(L);
  return 1;
}

static int ldevice_code_gc(lua_State *L) {
  device_code **self = luaL_checkudata(L, 1, DEVICE_CODE_TYPE);
  device_code_free(*self);
  *self = NULL;
  return 0;
}

static const luaL_Reg methods[] = {
    {"get", ldevice_code_get},
    {"receive", ldevice_code_receive},
    {"prompt", ldevice_code_prompt},
    {"take", ldevice_code_take},
    {NULL, NULL},
};

static const luaL_Reg metamethods[] = {
    {"__gc", ldevice_code_gc},
    {NULL, NULL},
};

static const luaL_Reg functions[] = {
    {"new", ldevice_code_new},
    {NULL, NULL},
};

int crier_open_device_code(lua_State *L) {
  bind_class(L, DEVICE_CODE_TYPE, methods, metamethods);
  luaL_newlib(L, functions);
  return 1;
}
