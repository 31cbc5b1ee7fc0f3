#include "lgraph.h"

#include "../core/batch.h"

#define ANSWER_TYPE "crier.batch"

/* ---- the request ---- */

static void check_operation(lua_State *L, int index) {
  enum operation operation;
  const char *name = bind_needed_field(L, index, "operation", NULL);
  if (!operation_find(name, &operation) ||
      operation_service(operation) != SERVICE_GRAPH ||
      operation == OPERATION_BATCH)
    luaL_error(L, "a batch carries requests to Graph, not '%s'", name);
  if (operation_reach(operation) == REACH_DELIVER)
    luaL_error(L, "'%s' delivers: in a batch it could not be sent at most once",
               name);
}

static bool has_json(const struct slice *type) {
  static const char json[] = "application/json";
  return type->text && type->length >= sizeof(json) - 1 &&
         memcmp(type->text, json, sizeof(json) - 1) == 0;
}

/* Reads the request on top, which keeps the texts alive. */
static struct batch_part read_part(lua_State *L, int token_ref) {
  static const char *const names[BATCH_HEADERS_MAX] = {
      "Content-Type", "ConsistencyLevel", "Prefer", "If-Match"};
  struct batch_part part = {.is_json = false};
  int index = lua_gettop(L);
  check_operation(L, index);
  part.method.text = bind_needed_field(L, index, "method", &part.method.length);
  part.url.text = bind_needed_field(L, index, "url", &part.url.length);
  part.body.text = bind_field(L, index, "body", &part.body.length);
  lua_getfield(L, index, "token");
  lua_rawgeti(L, LUA_REGISTRYINDEX, token_ref);
  if (!lua_rawequal(L, -1, -2))
    luaL_error(L, "a part of a batch goes with the batch's own token");
  lua_pop(L, 2);
  lua_getfield(L, index, "headers");
  for (int i = 0; i < BATCH_HEADERS_MAX && lua_istable(L, -1); i++) {
    struct batch_header *header = &part.headers[i];
    header->name = names[i];
    header->value.text =
        bind_field(L, index + 1, names[i], &header->value.length);
  }
  lua_pop(L, 1);
  part.is_json = has_json(&part.headers[0].value);
  return part;
}

/* request = builder:batch(requests): 1 to 20 of this builder's own, of which
 * none delivers */
static int lgraph_batch_build(lua_State *L) {
  struct builder *self = lgraph_check(L);
  struct batch_part parts[BATCH_PARTS_MAX];
  luaL_checktype(L, 2, LUA_TTABLE);
  size_t count = lua_rawlen(L, 2);
  luaL_argcheck(L, count >= 1 && count <= BATCH_PARTS_MAX, 2,
                "a batch has 1 to 20 parts");
  for (size_t i = 0; i < count; i++) {
    lua_rawgeti(L, 2, (int)i + 1);
    luaL_argcheck(L, lua_istable(L, -1), 2, "requests expected");
    parts[i] = read_part(L, self->token_ref);
    lua_pop(L, 1);
  }
  return lgraph_push(L, self,
                     batch_build(&self->request, self->cloud, parts, count));
}

/* ---- the answer ---- */

struct lanswer {
  batch_answer *answer; /* NULL when there is none */
};

static int lanswer_gc(lua_State *L) {
  struct lanswer *self = lua_touserdata(L, 1);
  batch_free(self->answer);
  self->answer = NULL;
  return 0;
}

static void set_header(lua_State *L, const char *name, const char *value) {
  if (value)
    wire_set_text(L, name, value);
}

/* Pushes a part's answer in the form of a transport's. */
static void push_reply(lua_State *L, const batch_answer *answer, size_t nth) {
  struct batch_reply reply;
  batch_peek(answer, nth, &reply);
  lua_createtable(L, 0, 4);
  lua_pushboolean(L, 1);
  lua_setfield(L, -2, "sent");
  if (!reply.status) {
    wire_set_text(L, "error", "NO_PART");
    wire_set_text(L, "message", "the batch's answer has no such part");
    return;
  }
  bind_push_integer(L, reply.status);
  lua_setfield(L, -2, "status");
  lua_pushlstring(L, reply.body, reply.body_length);
  lua_setfield(L, -2, "body");
  lua_createtable(L, 0, 3);
  set_header(L, "content-type", reply.content_type);
  set_header(L, "date", reply.date);
  set_header(L, "location", reply.location);
  set_header(L, "request-id", reply.request_id);
  set_header(L, "retry-after", reply.retry_after);
  lua_setfield(L, -2, "headers");
}

int lgraph_batch_responses(lua_State *L) {
  struct slice body = wire_check_slice(L, 1);
  lua_Integer count = luaL_checkinteger(L, 2);
  luaL_argcheck(L, count >= 1 && count <= BATCH_PARTS_MAX, 2,
                "a batch has 1 to 20 parts");
  struct lanswer *self = lua_newuserdatauv(L, sizeof(*self), 0);
  self->answer = NULL; /* empty first: nothing leaks if a step raises */
  luaL_setmetatable(L, ANSWER_TYPE);
  self->answer = batch_read(body.text, body.length, (size_t)count);
  if (!self->answer)
    return bind_fail(L, "the answer is none of a batch", "NOT_BATCH");
  lua_createtable(L, (int)count, 0);
  for (size_t i = 1; i <= (size_t)count; i++) {
    push_reply(L, self->answer, i);
    lua_rawseti(L, -2, (int)i);
  }
  batch_free(self->answer); /* now, not when the collector comes by */
  self->answer = NULL;
  return 1;
}

const luaL_Reg lgraph_batch[] = {
    {"batch", lgraph_batch_build},
    {NULL, NULL},
};

void lgraph_open_batch(lua_State *L) {
  static const luaL_Reg no_methods[] = {{NULL, NULL}};
  static const luaL_Reg metamethods[] = {{"__gc", lanswer_gc}, {NULL, NULL}};
  bind_class(L, ANSWER_TYPE, no_methods, metamethods);
}
