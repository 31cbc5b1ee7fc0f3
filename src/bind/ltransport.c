#include "wire.h"

#include "../core/transport.h"

#include <stdlib.h>

#define TRANSPORT_TYPE "crier.transport"
#define DAY_MS (24 * 60 * 60 * 1000)

struct ltransport {
  transport *t; /* NULL once closed */
};

static struct ltransport *check_open(lua_State *L) {
  struct ltransport *self = luaL_checkudata(L, 1, TRANSPORT_TYPE);
  luaL_argcheck(L, self->t, 1, "transport is closed");
  return self;
}

static bool read_flag(lua_State *L, int index, const char *key) {
  lua_getfield(L, index, key);
  bool flag = lua_toboolean(L, -1);
  lua_pop(L, 1);
  return flag;
}

static int push_failure(lua_State *L, enum transport_status status) {
  return bind_fail(L, transport_strerror(status), transport_errname(status));
}

/* The variables of OpenSSL, which libcurl itself does not read. */
static const char *path_option(lua_State *L, const char *key,
                               const char *variable) {
  const char *path = bind_field(L, 1, key, NULL);
  if (!path)
    path = getenv(variable);
  return path && *path ? path : NULL;
}

static void read_options(lua_State *L, struct transport_options *options) {
  *options = (struct transport_options){
      .connect_timeout_ms =
          (long)bind_integer_field(L, 1, "connect_timeout_ms", 1, DAY_MS, 0),
      .timeout_ms = (long)bind_integer_field(L, 1, "timeout_ms", 1, DAY_MS, 0),
      .max_connections =
          (long)bind_integer_field(L, 1, "max_connections", 1, 65535, 0),
      .max_in_flight =
          (size_t)bind_integer_field(L, 1, "max_in_flight", 1, 65535, 0),
      .max_body_bytes =
          (size_t)bind_integer_field(L, 1, "max_body_bytes", 1, 1 << 30, 0),
      .ca_file = path_option(L, "ca_file", "SSL_CERT_FILE"),
      .ca_dir = path_option(L, "ca_dir", "SSL_CERT_DIR"),
      .user_agent = bind_field(L, 1, "user_agent", NULL),
  };
}

/* transport, err, code = transport.new(options) */
static int ltransport_new(lua_State *L) {
  struct transport_options options;
  if (lua_isnoneornil(L, 1)) {
    lua_settop(L, 0);
    lua_newtable(L);
  }
  luaL_checktype(L, 1, LUA_TTABLE);
  read_options(L, &options);
  struct ltransport *self = lua_newuserdatauv(L, sizeof(*self), 0);
  self->t = NULL; /* closed first: nothing leaks if a later step raises */
  luaL_setmetatable(L, TRANSPORT_TYPE);
  enum transport_status status = transport_new(&self->t, &options);
  return status == TRANSPORT_OK ? 1 : push_failure(L, status);
}

/* ---- submit ---- */

/* Fills `fields` from the table `headers` of the request at index 2; the table
 * keeps the text alive.  Returns how many there are, which may be more than
 * fit. */
static size_t read_headers(lua_State *L, struct transport_field *fields,
                           size_t most) {
  size_t count = 0;
  lua_getfield(L, 2, "headers");
  if (lua_isnil(L, -1)) {
    lua_pop(L, 1);
    return 0;
  }
  luaL_argcheck(L, lua_istable(L, -1), 2, "headers must be a table");
  for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1), count++) {
    if (lua_type(L, -2) != LUA_TSTRING || lua_type(L, -1) != LUA_TSTRING)
      luaL_argerror(L, 2, "header names and values must be strings");
    if (count >= most)
      continue;
    struct transport_field *field = &fields[count];
    field->name = lua_tolstring(L, -2, &field->name_length);
    field->value = lua_tolstring(L, -1, &field->value_length);
  }
  lua_pop(L, 1);
  return count;
}

static void *test_udata(lua_State *L, int index, const char *type) {
  void *data = lua_touserdata(L, index);
  if (!data || !lua_getmetatable(L, index))
    return NULL;
  luaL_getmetatable(L, type);
  int same = lua_rawequal(L, -1, -2);
  lua_pop(L, 2);
  return same ? data : NULL;
}

/* The token of the request at index 2, which the request keeps alive. */
static const token *read_token(lua_State *L) {
  lua_getfield(L, 2, "token");
  if (lua_isnil(L, -1)) {
    lua_pop(L, 1);
    return NULL;
  }
  token *const *self = test_udata(L, -1, TOKEN_TYPE);
  luaL_argcheck(L, self && *self, 2, "token must be a " TOKEN_TYPE);
  lua_pop(L, 1);
  return *self;
}

/* ticket, err, code = transport:submit(request) */
static int ltransport_submit(lua_State *L) {
  struct ltransport *self = check_open(L);
  struct transport_field fields[TRANSPORT_HEADERS_MAX];
  struct transport_request request = {.headers = fields};
  int64_t ticket;
  luaL_checktype(L, 2, LUA_TTABLE);
  request.method = bind_needed_field(L, 2, "method", NULL);
  request.url = bind_needed_field(L, 2, "url", &request.url_length);
  request.body = bind_field(L, 2, "body", &request.body_length);
  request.header_count = read_headers(L, fields, TRANSPORT_HEADERS_MAX);
  request.token = read_token(L);
  request.timeout_ms =
      (long)bind_integer_field(L, 2, "timeout_ms", 1, DAY_MS, 0);
  request.direct = read_flag(L, 2, "direct");
  request.outside = read_flag(L, 2, "outside");
  request.once = read_flag(L, 2, "once");
  enum transport_status status = transport_submit(self->t, &request, &ticket);
  if (status != TRANSPORT_OK)
    return push_failure(L, status);
  bind_push_integer(L, ticket);
  return 1;
}

/* ---- step ---- */

static void set_text(lua_State *L, const char *key, const char *text,
                     size_t length) {
  lua_pushlstring(L, text ? text : "", length);
  lua_setfield(L, -2, key);
}

static void push_headers(lua_State *L, const struct transport_response *r) {
  lua_createtable(L, 0, (int)r->field_count);
  for (size_t i = 0; i < r->field_count; i++) {
    const struct transport_field *field = &r->fields[i];
    lua_pushlstring(L, field->name, field->name_length);
    lua_pushlstring(L, field->value, field->value_length);
    lua_rawset(L, -3);
  }
}

static void push_response(lua_State *L, const struct transport_response *r) {
  lua_createtable(L, 0, 8);
  lua_pushboolean(L, r->sent);
  lua_setfield(L, -2, "sent");
  lua_pushnumber(L, r->total_ms);
  lua_setfield(L, -2, "total_ms");
  lua_pushnumber(L, r->pretransfer_ms);
  lua_setfield(L, -2, "pretransfer_ms");
  if (r->barred) {
    lua_pushboolean(L, 1);
    lua_setfield(L, -2, "barred");
  }
  if (r->proxied) {
    lua_pushboolean(L, 1);
    lua_setfield(L, -2, "proxied");
  }
  if (r->status) {
    bind_push_integer(L, r->status);
    lua_setfield(L, -2, r->error ? "partial_status" : "status");
    push_headers(L, r);
    lua_setfield(L, -2, "headers");
  }
  if (r->error) {
    set_text(L, "error", r->error, strlen(r->error));
    set_text(L, "message", r->message, strlen(r->message));
  } else {
    set_text(L, "body", r->body, r->body_length);
  }
}

static void push_completions(lua_State *L, transport *t) {
  struct transport_response response;
  lua_createtable(L, (int)transport_completed(t), 0);
  for (int i = 1; transport_peek(t, &response); i++) {
    lua_createtable(L, 0, 2);
    bind_push_integer(L, response.ticket);
    lua_setfield(L, -2, "ticket");
    push_response(L, &response);
    lua_setfield(L, -2, "response");
    lua_rawseti(L, -2, i);
    transport_drop(t); /* only now is it safe with Lua */
  }
}

static size_t read_watches(lua_State *L, int index,
                           struct transport_watch *watches) {
  if (lua_isnil(L, index))
    return 0;
  luaL_checktype(L, index, LUA_TTABLE);
  size_t count = lua_rawlen(L, index);
  luaL_argcheck(L, count <= TRANSPORT_WATCH_MAX, index, "too many descriptors");
  for (size_t i = 0; i < count; i++) {
    lua_rawgeti(L, index, (int)i + 1);
    lua_Number fd = lua_tonumber(L, -1);
    luaL_argcheck(L, lua_type(L, -1) == LUA_TNUMBER && fd >= 0 && fd <= 1 << 30,
                  index, "a descriptor must be a whole number");
    watches[i] = (struct transport_watch){(int)fd, false};
    lua_pop(L, 1);
  }
  return count;
}

static void push_ready(lua_State *L, const struct transport_watch *watches,
                       size_t count) {
  lua_createtable(L, 0, (int)count);
  for (size_t i = 0; i < count; i++) {
    if (!watches[i].ready)
      continue;
    lua_pushboolean(L, 1);
    lua_rawseti(L, -2, watches[i].fd);
  }
}

/* completions, ready = transport:step(timeout_ms, fds); without `fds` there is
 * no `ready` */
static int ltransport_step(lua_State *L) {
  struct ltransport *self = check_open(L);
  struct transport_watch watches[TRANSPORT_WATCH_MAX];
  lua_Number timeout_ms = luaL_checknumber(L, 2);
  luaL_argcheck(L, timeout_ms >= 0, 2, "milliseconds must not be negative");
  lua_settop(L, 3);
  size_t count = read_watches(L, 3, watches);
  enum transport_status status =
      transport_step(self->t, timeout_ms, watches, count);
  if (status != TRANSPORT_OK)
    return push_failure(L, status);
  push_completions(L, self->t);
  if (lua_isnil(L, 3))
    return 1;
  push_ready(L, watches, count);
  return 2;
}

/* Pushes those of the descriptors that are to be read, or to be written. */
static void push_wants(lua_State *L, const struct transport_want *wants,
                       size_t count, bool is_write) {
  lua_newtable(L);
  for (size_t i = 0; i < count; i++) {
    if (!(is_write ? wants[i].write : wants[i].read))
      continue;
    bind_push_integer(L, wants[i].fd);
    lua_rawseti(L, -2, (int)lua_rawlen(L, -2) + 1);
  }
}

/* reads, writes, timeout_ms = transport:wants(); timeout_ms is nil without an
 * end */
static int ltransport_wants(lua_State *L) {
  struct ltransport *self = check_open(L);
  struct transport_want wants[TRANSPORT_WANT_MAX];
  size_t count = 0;
  double timeout_ms = 0;
  enum transport_status status =
      transport_wants(self->t, wants, TRANSPORT_WANT_MAX, &count, &timeout_ms);
  if (status != TRANSPORT_OK)
    return push_failure(L, status);
  push_wants(L, wants, count, false);
  push_wants(L, wants, count, true);
  if (timeout_ms < 0)
    return 2;
  lua_pushnumber(L, timeout_ms);
  return 3;
}

/* ---- the rest ---- */

/* n = transport:in_flight() */
static int ltransport_in_flight(lua_State *L) {
  struct ltransport *self = check_open(L);
  bind_push_integer(L, (int64_t)transport_in_flight(self->t));
  return 1;
}

/* transport:close(), __gc and __close: safe to run any number of times */
static int ltransport_close(lua_State *L) {
  struct ltransport *self = luaL_checkudata(L, 1, TRANSPORT_TYPE);
  transport *t = self->t;
  self->t = NULL;
  transport_free(t);
  return 0;
}

static int ltransport_tostring(lua_State *L) {
  struct ltransport *self = luaL_checkudata(L, 1, TRANSPORT_TYPE);
  lua_pushfstring(L, TRANSPORT_TYPE " (%s)", self->t ? "open" : "closed");
  return 1;
}

static const luaL_Reg methods[] = {
    {"submit", ltransport_submit}, {"step", ltransport_step},
    {"wants", ltransport_wants},   {"in_flight", ltransport_in_flight},
    {"close", ltransport_close},   {NULL, NULL},
};

static const luaL_Reg metamethods[] = {
    {"__gc", ltransport_close},
    {"__close", ltransport_close},
    {"__tostring", ltransport_tostring},
    {NULL, NULL},
};

static const luaL_Reg functions[] = {
    {"new", ltransport_new},
    {NULL, NULL},
};

int crier_open_transport(lua_State *L) {
  bind_class(L, TRANSPORT_TYPE, methods, metamethods);
  luaL_newlib(L, functions);
  return 1;
}
