#include "wire.h"

/* Reads field `audience`: graph or connector. */
static enum service check_audience(lua_State *L) {
  const char *audience = bind_needed_field(L, 1, "audience", NULL);
  if (strcmp(audience, "graph") == 0)
    return SERVICE_GRAPH;
  luaL_argcheck(L, strcmp(audience, "connector") == 0, 1,
                "audience must be 'graph' or 'connector'");
  return SERVICE_CONNECTOR;
}

/* Puts the credential into `out`, whose owner is already on the stack: field
 * `credential`, or one made of field `secret`. */
static void take_credential(lua_State *L, credential **out) {
  char complaint[CREDENTIAL_COMPLAINT_MAX];
  struct credential_options options = {.kind = CREDENTIAL_SECRET};
  lua_getfield(L, 1, "credential");
  if (lua_isnil(L, -1)) {
    options.secret.text =
        bind_needed_field(L, 1, "secret", &options.secret.length);
    *out = credential_new(&options, complaint);
    if (!*out)
      luaL_error(L, "%s", complaint);
  } else {
    credential **self = luaL_testudata(L, -1, CREDENTIAL_TYPE);
    if (!self || !*self)
      luaL_error(L, "field 'credential' must be " CREDENTIAL_TYPE);
    *out = credential_ref(*self);
  }
  lua_pop(L, 1);
}

/* token = core.token.new{ endpoints =, audience =, tenant =, client_id =,
 * credential = }, or secret = for a credential that is nothing else */
static int ltoken_new(lua_State *L) {
  struct token_options options = {0};
  luaL_checktype(L, 1, LUA_TTABLE);
  options.cloud = wire_check_endpoints(L, 1);
  options.audience = check_audience(L);
  options.tenant = bind_needed_field(L, 1, "tenant", &options.tenant_length);
  options.client_id =
      bind_needed_field(L, 1, "client_id", &options.client_id_length);
  credential **proof = wire_push_credential(L);
  take_credential(L, proof);
  token **self = wire_push_token(L);
  *self = token_new(&options, *proof);
  return *self ? 1 : luaL_error(L, "the token's options do not fit in memory");
}

/* "have", generation | "need", request | "wait" = token:get(now_ms)
 * nil, message, code when no request can be built */
static int ltoken_get(lua_State *L) {
  token *t = wire_check_token(L, 1);
  int64_t now_ms = wire_check_ms(L, 2);
  enum token_state state;
  struct request *request;
  enum request_status status = token_get(t, now_ms, &state, &request);
  if (status == REQUEST_CONFIG)
    return bind_fail(L, token_complaint(t), request_errname(status));
  if (status != REQUEST_OK)
    return wire_push_failure(L, status);
  switch (state) {
  case TOKEN_HAVE:
    lua_pushliteral(L, "have");
    bind_push_integer(L, token_generation(t));
    return 2;
  case TOKEN_NEED:
    lua_pushliteral(L, "need");
    wire_push_request(L, request, LUA_NOREF, 0);
    return 2;
  default:
    lua_pushliteral(L, "wait");
    return 1;
  }
}

/* outcome, goes_on = token:receive(response, now_ms) */
static int ltoken_receive(lua_State *L) {
  token *t = wire_check_token(L, 1);
  struct response response;
  struct outcome outcome;
  wire_check_response(L, 2, SERVICE_TOKEN, &response);
  bool goes_on = token_receive(t, &response, wire_check_ms(L, 3), &outcome);
  wire_push_outcome(L, &outcome);
  lua_pushboolean(L, goes_on);
  return 2;
}

/* is_repeat_due = token:refused(now_ms[, generation]) */
static int ltoken_refused(lua_State *L) {
  token *t = wire_check_token(L, 1);
  int64_t now_ms = wire_check_ms(L, 2);
  lua_Number generation = luaL_optnumber(L, 3, 0);
  luaL_argcheck(L, generation >= 0 && generation <= UINT32_MAX, 3,
                "generation out of range");
  lua_pushboolean(L, token_refused(t, now_ms, (uint32_t)generation));
  return 1;
}

/* text = token:text(): for a transport that is not ours */
static int ltoken_text(lua_State *L) {
  size_t length;
  const char *text = token_peek(wire_check_token(L, 1), &length);
  if (!text)
    lua_pushnil(L);
  else
    lua_pushlstring(L, text, length);
  return 1;
}

/* url = token:consent_url() */
static int ltoken_consent_url(lua_State *L) {
  lua_pushstring(L, token_consent_url(wire_check_token(L, 1)));
  return 1;
}

token **wire_push_token(lua_State *L) {
  token **self = lua_newuserdatauv(L, sizeof(*self), 0);
  *self = NULL; /* empty first: nothing leaks if a later step raises */
  luaL_setmetatable(L, TOKEN_TYPE);
  return self;
}

static int ltoken_gc(lua_State *L) {
  token **self = luaL_checkudata(L, 1, TOKEN_TYPE);
  token_free(*self);
  *self = NULL;
  return 0;
}

static int ltoken_tostring(lua_State *L) {
  size_t length;
  const char *text = token_peek(wire_check_token(L, 1), &length);
  lua_pushfstring(L, TOKEN_TYPE " (%s)", text ? "held" : "empty");
  return 1;
}

static const luaL_Reg methods[] = {
    {"get", ltoken_get},
    {"receive", ltoken_receive},
    {"refused", ltoken_refused},
    {"text", ltoken_text},
    {"consent_url", ltoken_consent_url},
    {NULL, NULL},
};

static const luaL_Reg metamethods[] = {
    {"__gc", ltoken_gc},
    {"__tostring", ltoken_tostring},
    {NULL, NULL},
};

static const luaL_Reg functions[] = {
    {"new", ltoken_new},
    {NULL, NULL},
};

int crier_open_token(lua_State *L) {
  bind_class(L, TOKEN_TYPE, methods, metamethods);
  luaL_newlib(L, functions);
  return 1;
}
