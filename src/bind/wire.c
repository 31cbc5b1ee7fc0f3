#include "wire.h"

#include <math.h>

token *wire_check_token(lua_State *L, int index) {
  token **self = luaL_checkudata(L, index, TOKEN_TYPE);
  luaL_argcheck(L, *self, index, "token was not made");
  return *self;
}

cloud *wire_check_endpoints(lua_State *L, int index) {
  lua_getfield(L, index, "endpoints");
  cloud **self = luaL_testudata(L, -1, CLOUD_TYPE);
  if (!self || !*self)
    luaL_error(L, "field 'endpoints' must be " CLOUD_TYPE);
  lua_pop(L, 1); /* the table at `index` still holds it */
  return *self;
}

int64_t wire_check_ms(lua_State *L, int index) {
  lua_Number ms = luaL_checknumber(L, index);
  luaL_argcheck(L, fabs((double)ms) < 9e15, index, "milliseconds expected");
  return (int64_t)ms;
}

void wire_set_text(lua_State *L, const char *key, const char *text) {
  lua_pushstring(L, text);
  lua_setfield(L, -2, key);
}

struct slice wire_check_slice(lua_State *L, int index) {
  struct slice s;
  s.text = luaL_checklstring(L, index, &s.length);
  return s;
}

struct slice wire_opt_slice(lua_State *L, int index) {
  struct slice none = {NULL, 0};
  return lua_isnoneornil(L, index) ? none : wire_check_slice(L, index);
}

static void set_optional(lua_State *L, const char *key, const char *text) {
  if (text && *text)
    wire_set_text(L, key, text);
}

static void set_true(lua_State *L, const char *key) {
  lua_pushboolean(L, 1);
  lua_setfield(L, -2, key);
}

void wire_push_request(lua_State *L, const struct request *request,
                       int token_ref, int body) {
  lua_createtable(L, 0, 7);
  wire_set_text(L, "method", request->method);
  lua_pushlstring(L, request->url.data, request->url.length);
  lua_setfield(L, -2, "url");
  lua_createtable(L, 0, 2);
  if (request->content_type)
    wire_set_text(L, "Content-Type", request->content_type);
  if (request->eventual)
    wire_set_text(L, "ConsistencyLevel", "eventual");
  if (request->header) {
    lua_pushlstring(L, request->value.text, request->value.length);
    lua_setfield(L, -2, request->header);
  }
  lua_setfield(L, -2, "headers");
  if (body)
    lua_pushvalue(L, body);
  else if (request->content_type)
    lua_pushlstring(L, request->body.data, request->body.length);
  else
    lua_pushnil(L);
  lua_setfield(L, -2, "body");
  if (token_ref != LUA_NOREF) {
    lua_rawgeti(L, LUA_REGISTRYINDEX, token_ref);
    lua_setfield(L, -2, "token");
  }
  wire_set_text(L, "service",
                service_name(operation_service(request->operation)));
  wire_set_text(L, "operation", operation_name(request->operation));
  if (request->timeout_ms) {
    lua_pushinteger(L, request->timeout_ms);
    lua_setfield(L, -2, "timeout_ms");
  }
  if (request->direct)
    set_true(L, "direct");
  if (operation_reach(request->operation) == REACH_DELIVER)
    set_true(L, "once");
}

int wire_push_failure(lua_State *L, enum request_status status) {
  return bind_fail(L, request_strerror(status), request_errname(status));
}

/* Field `key` of the table on top; a borrowed text, NULL unless a string. */
static const char *peek_text(lua_State *L, const char *key, size_t *length) {
  const char *text = NULL;
  lua_getfield(L, -1, key);
  if (lua_type(L, -1) == LUA_TSTRING)
    text = lua_tolstring(L, -1, length);
  lua_pop(L, 1);
  return text;
}

/* Each service names its requests in its own header. */
static const char *peek_request_id(lua_State *L, enum service service) {
  static const char *const names[3][3] = {
      [SERVICE_TOKEN] = {"x-ms-request-id", "request-id", NULL},
      [SERVICE_GRAPH] = {"request-id", NULL, NULL},
      [SERVICE_CONNECTOR] = {"x-correlating-operationid", "ms-cv",
                             "request-id"},
  };
  for (int i = 0; i < 3 && names[service][i]; i++) {
    const char *text = peek_text(L, names[service][i], NULL);
    if (text)
      return text;
  }
  return NULL;
}

static int peek_status(lua_State *L, int index) {
  lua_getfield(L, index, "status");
  lua_Number status = lua_tonumber(L, -1);
  lua_pop(L, 1);
  return status >= 100 && status < 1000 ? (int)status : 0;
}

void wire_check_response(lua_State *L, int index, enum service service,
                         struct response *out) {
  luaL_checktype(L, index, LUA_TTABLE);
  *out = (struct response){.status = peek_status(L, index), .sent = true};
  lua_getfield(L, index, "sent");
  if (lua_isboolean(L, -1))
    out->sent = lua_toboolean(L, -1);
  lua_pop(L, 1);
  lua_pushvalue(L, index);
  out->body = peek_text(L, "body", &out->body_length);
  if (out->status < 200 || out->status >= 300) {
    out->error = peek_text(L, "error", NULL);
    out->message = peek_text(L, "message", NULL);
  }
  lua_getfield(L, -1, "headers");
  if (lua_istable(L, -1)) {
    out->content_type = peek_text(L, "content-type", NULL);
    out->request_id = peek_request_id(L, service);
    out->retry_after = peek_text(L, "retry-after", NULL);
    out->date = peek_text(L, "date", NULL);
  }
  lua_pop(L, 2);
}

static void set_integer(lua_State *L, const char *key, int64_t value) {
  bind_push_integer(L, value);
  lua_setfield(L, -2, key);
}

void wire_push_outcome(lua_State *L, const struct outcome *outcome) {
  lua_createtable(L, 0, 8);
  wire_set_text(L, "kind", outcome_kind_name(outcome->kind));
  wire_set_text(L, "scope", outcome_scope_name(outcome->scope));
  set_optional(L, "reason", outcome->reason);
  set_optional(L, "remedy", outcome->remedy);
  if (outcome->status)
    set_integer(L, "status", outcome->status);
  if (outcome->retry_after_ms >= 0)
    set_integer(L, "retry_after_ms", outcome->retry_after_ms);
  if (outcome->expires_at_ms >= 0)
    set_integer(L, "expires_at_ms", outcome->expires_at_ms);
  set_optional(L, "code", outcome->code);
  set_optional(L, "request_id", outcome->request_id);
  set_optional(L, "text", outcome->text);
  if (outcome->id_length) {
    lua_pushlstring(L, outcome->id, outcome->id_length);
    lua_setfield(L, -2, "id");
  }
  set_optional(L, "conversation_id", outcome->conversation_id);
  set_optional(L, "service_url", outcome->service_url);
}

void *wire_push_builder(lua_State *L, size_t size, const char *type,
                        int index) {
  struct builder *self = lua_newuserdatauv(L, size, 0);
  memset(self, 0, size); /* empty first: nothing leaks if a step raises */
  self->token_ref = LUA_NOREF;
  request_init(&self->request);
  luaL_setmetatable(L, type);
  self->cloud = cloud_ref(wire_check_endpoints(L, index));
  lua_getfield(L, index, "token");
  if (!luaL_testudata(L, -1, TOKEN_TYPE))
    luaL_error(L, "field 'token' must be " TOKEN_TYPE);
  self->token_ref = luaL_ref(L, LUA_REGISTRYINDEX);
  return self;
}

int wire_builder_gc(lua_State *L) {
  struct builder *self = lua_touserdata(L, 1);
  cloud_free(self->cloud);
  self->cloud = NULL;
  luaL_unref(L, LUA_REGISTRYINDEX, self->token_ref);
  self->token_ref = LUA_NOREF;
  request_clear(&self->request);
  return 0;
}

int wire_push_built(lua_State *L, const struct builder *builder,
                    enum request_status status, int body) {
  if (status != REQUEST_OK)
    return wire_push_failure(L, status);
  wire_push_request(L, &builder->request, builder->token_ref, body);
  return 1;
}
