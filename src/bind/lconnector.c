#include "wire.h"

#include "../core/connector.h"

#define CONNECTOR_TYPE "crier.connector"

struct lconnector {
  struct builder builder; /* first: wire.c sees only this */
  buffer bot;
  buffer tenant;
};

static void append_field(lua_State *L, const char *key, buffer *out) {
  size_t length;
  const char *text = bind_needed_field(L, 1, key, &length);
  buffer_append(out, text, length);
  if (buffer_status(out) != BUFFER_OK)
    luaL_error(L, "field '%s' does not fit", key);
}

/* builder = core.connector.new{ endpoints =, token =, client_id =, tenant = }
 */
static int lconnector_new(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  struct lconnector *self =
      wire_push_builder(L, sizeof(*self), CONNECTOR_TYPE, 1);
  buffer_init(&self->bot, CLOUD_BASE_MAX);
  buffer_init(&self->tenant, CLOUD_BASE_MAX);
  buffer_append_text(&self->bot, "28:");
  append_field(L, "client_id", &self->bot);
  append_field(L, "tenant", &self->tenant);
  return 1;
}

static struct lconnector *check(lua_State *L) {
  struct lconnector *self = luaL_checkudata(L, 1, CONNECTOR_TYPE);
  luaL_argcheck(L, self->builder.cloud, 1, "builder was not made");
  return self;
}

static struct connector_sender sender_of(const struct lconnector *self) {
  struct connector_sender sender = {
      self->builder.cloud,
      {self->bot.data, self->bot.length},
      {self->tenant.data, self->tenant.length},
  };
  return sender;
}

/* request, err, code = builder:create(user_id[, service_url]) */
static int lconnector_create(lua_State *L) {
  struct lconnector *self = check(L);
  struct connector_sender sender = sender_of(self);
  enum request_status status =
      connector_create(&self->builder.request, &sender, wire_check_slice(L, 2),
                       wire_opt_slice(L, 3));
  return wire_push_built(L, &self->builder, status, 0);
}

/* request, err, code = builder:send(conversation_id, activity[, service_url])
 * `activity` is JSON text, which goes out as it is */
static int lconnector_send(lua_State *L) {
  struct lconnector *self = check(L);
  struct connector_sender sender = sender_of(self);
  luaL_checktype(L, 3, LUA_TSTRING);
  enum request_status status =
      connector_send(&self->builder.request, &sender, wire_check_slice(L, 2),
                     wire_opt_slice(L, 4));
  return wire_push_built(L, &self->builder, status, 3);
}

static int lconnector_gc(lua_State *L) {
  struct lconnector *self = luaL_checkudata(L, 1, CONNECTOR_TYPE);
  buffer_clear(&self->bot);
  buffer_clear(&self->tenant);
  return wire_builder_gc(L);
}

static const luaL_Reg methods[] = {
    {"create", lconnector_create},
    {"send", lconnector_send},
    {NULL, NULL},
};

static const luaL_Reg metamethods[] = {
    {"__gc", lconnector_gc},
    {NULL, NULL},
};

static const luaL_Reg functions[] = {
    {"new", lconnector_new},
    {NULL, NULL},
};

int crier_open_connector(lua_State *L) {
  bind_class(L, CONNECTOR_TYPE, methods, metamethods);
  luaL_newlib(L, functions);
  return 1;
}
