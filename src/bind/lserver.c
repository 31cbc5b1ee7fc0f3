#include "../core/server.h"

#include "bind.h"

#include <errno.h>
#include <limits.h>

#define SERVER_TYPE "crier.server"

struct lserver {
  server *s; /* NULL once closed */
};

static struct lserver *check_open(lua_State *L) {
  struct lserver *self = luaL_checkudata(L, 1, SERVER_TYPE);
  luaL_argcheck(L, self->s, 1, "server is closed");
  return self;
}

static int push_failure(lua_State *L, enum server_status status, int cause) {
  if (status == SERVER_LISTEN_FAILED && cause)
    lua_pushfstring(L, "%s: %s", server_strerror(status), strerror(cause));
  else
    lua_pushstring(L, server_strerror(status));
  return bind_fail(L, lua_tostring(L, -1), server_errname(status));
}

/* server, err, code = server.listen { host =, port = | path =, max_body =,
 *   max_connections =, idle_s = } */
static int lserver_listen(lua_State *L) {
  struct server_options options;
  luaL_checktype(L, 1, LUA_TTABLE);
  options.host = bind_field(L, 1, "host", NULL);
  if (!options.host)
    options.host = "127.0.0.1";
  options.port = (uint16_t)bind_integer_field(L, 1, "port", 0, UINT16_MAX, 0);
  options.path = bind_field(L, 1, "path", NULL);
  options.body_bytes = (size_t)bind_integer_field(L, 1, "max_body", 0, 1 << 30,
                                                  SERVER_BODY_BYTES_DEFAULT);
  options.connections = (unsigned)bind_integer_field(
      L, 1, "max_connections", 1, 1 << 16, SERVER_CONNECTIONS_DEFAULT);
  options.idle_s = (unsigned)bind_integer_field(L, 1, "idle_s", 1, 86400,
                                                SERVER_IDLE_S_DEFAULT);
  struct lserver *self = lua_newuserdatauv(L, sizeof(*self), 0);
  self->s = NULL;
  luaL_setmetatable(L, SERVER_TYPE);
  enum server_status status = server_listen(&self->s, &options);
  return status == SERVER_OK ? 1 : push_failure(L, status, errno);
}

/* port = server:port() */
static int lserver_port(lua_State *L) {
  bind_push_integer(L, server_port(check_open(L)->s));
  return 1;
}

/* fd = server:fd() */
static int lserver_fd(lua_State *L) {
  bind_push_integer(L, server_fd(check_open(L)->s));
  return 1;
}

/* milliseconds | nil = server:timeout_ms() */
static int lserver_timeout_ms(lua_State *L) {
  int64_t timeout_ms = server_timeout_ms(check_open(L)->s);
  if (timeout_ms < 0)
    lua_pushnil(L);
  else
    bind_push_integer(L, timeout_ms);
  return 1;
}

static void push_lower(lua_State *L, const char *text, size_t length) {
  luaL_Buffer buffer;
  luaL_buffinit(L, &buffer);
  for (size_t i = 0; i < length; i++) {
    char c = text[i];
    luaL_addchar(&buffer, (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c));
  }
  luaL_pushresult(&buffer);
}

/* Pushes { [lower-case name] = value }; values of one name are joined, as RFC
 * 9110, section 5.3, allows. */
static void push_headers(lua_State *L, const struct server_request *request) {
  lua_createtable(L, 0, (int)request->header_count);
  for (size_t i = 0; i < request->header_count; i++) {
    const struct server_header *h = &request->headers[i];
    push_lower(L, h->name, h->name_length);
    lua_pushvalue(L, -1);
    lua_rawget(L, -3);
    if (lua_isnil(L, -1)) {
      lua_pop(L, 1);
      lua_pushlstring(L, h->value, h->value_length);
    } else {
      lua_pushliteral(L, ", ");
      lua_pushlstring(L, h->value, h->value_length);
      lua_concat(L, 3);
    }
    lua_rawset(L, -3);
  }
}

static void push_request(lua_State *L, const struct server_request *request) {
  lua_createtable(L, 0, 6);
  bind_push_integer(L, (int64_t)request->id);
  lua_setfield(L, -2, "id");
  lua_pushstring(L, request->method);
  lua_setfield(L, -2, "method");
  lua_pushlstring(L, request->path, request->path_length);
  lua_setfield(L, -2, "path");
  lua_pushstring(L, request->query); /* NULL: nil */
  lua_setfield(L, -2, "query");
  push_headers(L, request);
  lua_setfield(L, -2, "headers");
  lua_pushlstring(L, request->body ? request->body : "", request->body_length);
  lua_setfield(L, -2, "body");
}

/* requests, err, code = server:run() */
static int lserver_run(lua_State *L) {
  struct lserver *self = check_open(L);
  const struct server_request *request;
  enum server_status status = server_run(self->s);
  if (status != SERVER_OK)
    return push_failure(L, status, 0);
  lua_newtable(L);
  for (int i = 1; (request = server_peek(self->s)) != NULL; i++) {
    push_request(L, request);
    server_take(self->s);
    lua_rawseti(L, -2, i);
  }
  return 1;
}

static uint64_t check_id(lua_State *L) {
  lua_Integer id = luaL_checkinteger(L, 2);
  luaL_argcheck(L, id > 0, 2, "no request has this number");
  return (uint64_t)id;
}

/* Text without a NUL, since libmicrohttpd would cut it there. */
static const char *check_header(lua_State *L, int index) {
  size_t length;
  if (lua_type(L, index) != LUA_TSTRING)
    luaL_argerror(L, 4, "names and values of headers must be strings");
  const char *text = lua_tolstring(L, index, &length);
  luaL_argcheck(L, strlen(text) == length, 4, "a header holds a NUL");
  return text;
}

static void add_headers(lua_State *L, server *s) {
  if (lua_isnoneornil(L, 4))
    return;
  luaL_checktype(L, 4, LUA_TTABLE);
  for (lua_pushnil(L); lua_next(L, 4); lua_pop(L, 1)) {
    const char *name = check_header(L, -2);
    if (!server_reply_header(s, name, check_header(L, -1)))
      luaL_error(L, "header '%s' cannot be sent", name);
  }
}

/* boolean = server:respond(id, status [, headers [, body]]): false when nobody
 * waits for it any more */
static int lserver_respond(lua_State *L) {
  struct lserver *self = check_open(L);
  size_t length;
  uint64_t id = check_id(L);
  lua_Integer status = luaL_checkinteger(L, 3);
  const char *body = luaL_optlstring(L, 5, "", &length);
  luaL_argcheck(L, status >= 200 && status <= 599, 3, "not a final status");
  bool waits = server_reply_begin(self->s, id, body, length);
  if (waits) {
    add_headers(L, self->s);
    server_reply_send(self->s, (unsigned)status);
  }
  lua_pushboolean(L, waits);
  return 1;
}

/* boolean = server:drop(id): closes the connection without an answer */
static int lserver_drop(lua_State *L) {
  struct lserver *self = check_open(L);
  lua_pushboolean(L, server_drop(self->s, check_id(L)));
  return 1;
}

/* server:close(), __gc and __close: safe to run any number of times */
static int lserver_close(lua_State *L) {
  struct lserver *self = luaL_checkudata(L, 1, SERVER_TYPE);
  server_free(self->s);
  self->s = NULL;
  return 0;
}

static int lserver_tostring(lua_State *L) {
  struct lserver *self = luaL_checkudata(L, 1, SERVER_TYPE);
  lua_pushfstring(L, SERVER_TYPE " (%s)", self->s ? "open" : "closed");
  return 1;
}

static const luaL_Reg methods[] = {
    {"port", lserver_port},
    {"fd", lserver_fd},
    {"timeout_ms", lserver_timeout_ms},
    {"run", lserver_run},
    {"respond", lserver_respond},
    {"drop", lserver_drop},
    {"close", lserver_close},
    {NULL, NULL},
};

static const luaL_Reg metamethods[] = {
    {"__gc", lserver_close},
    {"__close", lserver_close},
    {"__tostring", lserver_tostring},
    {NULL, NULL},
};

static const luaL_Reg functions[] = {
    {"listen", lserver_listen},
    {NULL, NULL},
};

/* The one symbol this shared object exports (-fvisibility=hidden). */
__attribute__((visibility("default"))) int luaopen_crier_server(lua_State *L);

/* server = require "crier.server" */
int luaopen_crier_server(lua_State *L) {
  luaL_checkversion(L);
  bind_class(L, SERVER_TYPE, methods, metamethods);
  luaL_newlib(L, functions);
  return 1;
}
