#include "lsending.h"
#include "wire.h"

#include "../core/connector.h"
#include "../core/sending.h"

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

/* The id at `index` and the service URL at `url`, for calls of this form. */
typedef enum request_status build_one(struct request *r,
                                      const struct connector_sender *sender,
                                      struct slice id,
                                      struct slice service_url);

/* `body` is the index of the activity that goes out as it is, 0 without. */
static int push_one(lua_State *L, build_one *build, int url, int body) {
  struct lconnector *self = check(L);
  struct connector_sender sender = sender_of(self);
  if (body)
    luaL_checktype(L, body, LUA_TSTRING);
  enum request_status status =
      build(&self->builder.request, &sender, wire_check_slice(L, 2),
            wire_opt_slice(L, url));
  return wire_push_built(L, &self->builder, status, body);
}

typedef enum request_status build_two(struct request *r,
                                      const struct connector_sender *sender,
                                      struct slice first, struct slice second,
                                      struct slice service_url);

static int push_two(lua_State *L, build_two *build, int url, int body) {
  struct lconnector *self = check(L);
  struct connector_sender sender = sender_of(self);
  if (body)
    luaL_checktype(L, body, LUA_TSTRING);
  enum request_status status =
      build(&self->builder.request, &sender, wire_check_slice(L, 2),
            wire_check_slice(L, 3), wire_opt_slice(L, url));
  return wire_push_built(L, &self->builder, status, body);
}

/* request, err, code = builder:create(user_id[, service_url]) */
static int lconnector_create(lua_State *L) {
  return push_one(L, connector_create, 3, 0);
}

/* request, err, code = builder:post(channel_id, activity[, service_url]) */
static int lconnector_post(lua_State *L) {
  return push_two(L, connector_post, 4, 0);
}

/* request, err, code = builder:send(conversation_id, activity[, service_url])
 * `activity` is JSON text, which goes out as it is, here and below */
static int lconnector_send(lua_State *L) {
  return push_one(L, connector_send, 4, 3);
}

/* request, err, code = builder:typing(conversation_id[, service_url]) */
static int lconnector_typing(lua_State *L) {
  return push_one(L, connector_typing, 3, 0);
}

/* request, err, code =
 *   builder:reply(conversation_id, activity_id, activity[, service_url]) */
static int lconnector_reply(lua_State *L) {
  return push_two(L, connector_reply, 5, 4);
}

/* request, err, code =
 *   builder:update(conversation_id, activity_id, activity[, service_url]) */
static int lconnector_update(lua_State *L) {
  return push_two(L, connector_update, 5, 4);
}

/* request, err, code =
 *   builder:delete(conversation_id, activity_id[, service_url]) */
static int lconnector_delete(lua_State *L) {
  return push_two(L, connector_delete, 4, 0);
}

/* request, err, code = builder:members(conversation_id[, page_size
 *   [, continuation[, service_url]]]) */
static int lconnector_members(lua_State *L) {
  struct lconnector *self = check(L);
  struct connector_sender sender = sender_of(self);
  lua_Integer page_size = 0;
  if (!lua_isnoneornil(L, 3)) {
    page_size = luaL_checkinteger(L, 3);
    luaL_argcheck(L,
                  page_size >= CONNECTOR_PAGE_LEAST &&
                      page_size <= CONNECTOR_PAGE_MOST,
                  3, "a number from 50 to 500 expected");
  }
  enum request_status status = connector_members(
      &self->builder.request, &sender, wire_check_slice(L, 2), (int)page_size,
      wire_opt_slice(L, 4), wire_opt_slice(L, 5));
  return wire_push_built(L, &self->builder, status, 0);
}

/* request, err, code =
 *   builder:member(conversation_id, user_id[, service_url]) */
static int lconnector_member(lua_State *L) {
  return push_two(L, connector_member, 4, 0);
}

/* request, err, code = builder:team_details(team_id[, service_url]) */
static int lconnector_team_details(lua_State *L) {
  return push_one(L, connector_team_details, 3, 0);
}

/* request, err, code = builder:team_channels(team_id[, service_url]) */
static int lconnector_team_channels(lua_State *L) {
  return push_one(L, connector_team_channels, 3, 0);
}

/* The ids in the list at `index`, which keeps them alive; the memory is on the
 * stack. */
static struct slice *check_ids(lua_State *L, int index, size_t *count) {
  luaL_checktype(L, index, LUA_TTABLE);
  *count = lua_rawlen(L, index);
  struct slice *ids = lua_newuserdatauv(L, (*count + 1) * sizeof(*ids), 0);
  for (size_t i = 0; i < *count; i++) {
    lua_rawgeti(L, index, (int)i + 1);
    luaL_argcheck(L, lua_type(L, -1) == LUA_TSTRING, index,
                  "a list of ids expected");
    ids[i].text = lua_tolstring(L, -1, &ids[i].length);
    lua_pop(L, 1);
  }
  return ids;
}

static int push_batch(lua_State *L, enum operation operation) {
  struct lconnector *self = check(L);
  struct connector_sender sender = sender_of(self);
  struct slice activity = wire_check_slice(L, 3);
  struct slice service_url = wire_opt_slice(L, 4);
  size_t count;
  const struct slice *ids = check_ids(L, 2, &count);
  enum request_status status =
      sending_to_members(&self->builder.request, &sender, operation, ids, count,
                         activity, service_url);
  return wire_push_built(L, &self->builder, status, 0);
}

/* request, err, code =
 *   builder:send_to_users({ user_id, … }, activity[, service_url]) */
static int lconnector_send_to_users(lua_State *L) {
  return push_batch(L, OPERATION_SEND_TO_USERS);
}

/* request, err, code =
 *   builder:send_to_channels({ channel_id, … }, activity[, service_url]) */
static int lconnector_send_to_channels(lua_State *L) {
  return push_batch(L, OPERATION_SEND_TO_CHANNELS);
}

/* request, err, code = builder:send_to_tenant(activity[, service_url]) */
static int lconnector_send_to_tenant(lua_State *L) {
  return push_one(L, sending_to_tenant, 3, 0);
}

/* request, err, code =
 *   builder:send_to_team(team_id, activity[, service_url]) */
static int lconnector_send_to_team(lua_State *L) {
  return push_two(L, sending_to_team, 4, 0);
}

/* request, err, code = builder:sending_state(id[, service_url]) */
static int lconnector_sending_state(lua_State *L) {
  return push_one(L, sending_state_of, 3, 0);
}

/* request, err, code =
 *   builder:failed_entries(id[, continuation[, service_url]]) */
static int lconnector_failed_entries(lua_State *L) {
  struct lconnector *self = check(L);
  struct connector_sender sender = sender_of(self);
  enum request_status status = sending_failures_of(
      &self->builder.request, &sender, wire_check_slice(L, 2),
      wire_opt_slice(L, 3), wire_opt_slice(L, 4));
  return wire_push_built(L, &self->builder, status, 0);
}

/* request, err, code = builder:cancel_sending(id[, service_url]) */
static int lconnector_cancel_sending(lua_State *L) {
  return push_one(L, sending_cancel, 3, 0);
}

static int lconnector_gc(lua_State *L) {
  struct lconnector *self = luaL_checkudata(L, 1, CONNECTOR_TYPE);
  buffer_clear(&self->bot);
  buffer_clear(&self->tenant);
  return wire_builder_gc(L);
}

static const luaL_Reg methods[] = {
    {"create", lconnector_create},
    {"post", lconnector_post},
    {"send", lconnector_send},
    {"typing", lconnector_typing},
    {"reply", lconnector_reply},
    {"update", lconnector_update},
    {"delete", lconnector_delete},
    {"members", lconnector_members},
    {"member", lconnector_member},
    {"team_details", lconnector_team_details},
    {"team_channels", lconnector_team_channels},
    {"send_to_users", lconnector_send_to_users},
    {"send_to_channels", lconnector_send_to_channels},
    {"send_to_tenant", lconnector_send_to_tenant},
    {"send_to_team", lconnector_send_to_team},
    {"sending_state", lconnector_sending_state},
    {"failed_entries", lconnector_failed_entries},
    {"cancel_sending", lconnector_cancel_sending},
    {NULL, NULL},
};

static const luaL_Reg metamethods[] = {
    {"__gc", lconnector_gc},
    {NULL, NULL},
};

static const luaL_Reg functions[] = {
    {"new", lconnector_new},
    {"read_sending", lsending_read_id},
    {"read_state", lsending_read_state},
    {"read_failures", lsending_read_failures},
    {NULL, NULL},
};

int crier_open_connector(lua_State *L) {
  bind_class(L, CONNECTOR_TYPE, methods, metamethods);
  lsending_open(L);
  luaL_newlib(L, functions);
  return 1;
}
