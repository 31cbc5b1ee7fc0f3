#include "bind.h"

#include "../core/pacer.h"

#define PACER_TYPE "crier.pacer"

/* Ten thousand years: beyond it, microseconds are no longer exact numbers. */
#define TIME_MAX_MS 3.0e14
#define WAIT_MAX_MS 1.0e11

enum {
  MARGIN_MS = 10,      /* per window: about 1 % of a second */
  GRACE_MS = 3,        /* of smooth budgets */
  THROTTLED_MS = 1000, /* pause when no time is given */
};

struct lpacer {
  pacer *p; /* NULL once closed */
};

static pacer *check_open(lua_State *L) {
  struct lpacer *self = luaL_checkudata(L, 1, PACER_TYPE);
  luaL_argcheck(L, self->p, 1, "pacer is closed");
  return self->p;
}

static int64_t check_us(lua_State *L, int arg, double most_ms) {
  double ms = luaL_checknumber(L, arg);
  luaL_argcheck(L, ms >= 0 && ms <= most_ms, arg, "milliseconds out of range");
  return (int64_t)(ms * 1000 + 0.5);
}

static struct pacer_key check_key(lua_State *L, int arg) {
  struct pacer_key key;
  key.class_name = luaL_checklstring(L, arg, &key.class_length);
  key.key = luaL_checklstring(L, arg + 1, &key.length);
  return key;
}

/* Milliseconds; an integer where they are whole and Lua has integers. */
static void push_ms(lua_State *L, int64_t us) {
  if (us % 1000 == 0)
    bind_push_integer(L, us / 1000);
  else
    lua_pushnumber(L, (lua_Number)us / 1000);
}

/* Every failure but WAIT is misuse or a want of memory. */
static void check_status(lua_State *L, enum pacer_status status) {
  if (status != PACER_OK)
    luaL_error(L, "pacer: %s", pacer_strerror(status));
}

static bool is_word(lua_State *L, int index, const char *key, const char *word,
                    const char *otherwise) {
  size_t length;
  const char *text = bind_field(L, index, key, &length);
  if (!text || strcmp(text, otherwise) == 0)
    return false;
  if (strcmp(text, word) != 0)
    luaL_error(L, "field '%s' must be '%s' or '%s'", key, word, otherwise);
  return true;
}

/* p = pacer.new{ now_ms = [, fresh = "full"|"empty"] [, limits = "off"] } */
static int lpacer_new(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  bool empty = is_word(L, 1, "fresh", "empty", "full");
  bool off = is_word(L, 1, "limits", "off", "teams");
  lua_getfield(L, 1, "now_ms");
  luaL_argcheck(L, lua_type(L, -1) == LUA_TNUMBER, 1, "now_ms is missing");
  int64_t now_us = check_us(L, -1, TIME_MAX_MS);
  struct lpacer *self = lua_newuserdatauv(L, sizeof(*self), 0);
  self->p = NULL;
  luaL_setmetatable(L, PACER_TYPE);
  check_status(L, pacer_new(&self->p, now_us, !empty));
  if (off)
    pacer_off(self->p);
  return 1;
}

static void read_windows(lua_State *L, int index, struct budget_rules *rules) {
  lua_getfield(L, index, "windows");
  luaL_argcheck(L, lua_istable(L, -1), index, "windows must be a list");
  size_t count = lua_rawlen(L, -1);
  luaL_argcheck(L, count && count <= BUDGET_WINDOWS_MAX, index,
                "too many windows, or none");
  for (size_t i = 0; i < count; i++) {
    lua_rawgeti(L, -1, (int)i + 1);
    luaL_argcheck(L, lua_istable(L, -1), index, "a window must be a table");
    int window = lua_gettop(L);
    rules->windows[i].limit = (uint32_t)bind_integer_field(
        L, window, "limit", 1, BUDGET_LIMIT_MAX, 0);
    rules->windows[i].period_us =
        1000 * bind_integer_field(L, window, "period_ms", 1, 100000000000, 0);
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  rules->window_count = count;
}

/* p:define(class, { windows = { { limit =, period_ms = }, ... }
 *                   [, smooth = bool] [, margin_ms =] [, grace_ms =] }) */
static int lpacer_define(lua_State *L) {
  pacer *p = check_open(L);
  size_t length;
  const char *name = luaL_checklstring(L, 2, &length);
  luaL_checktype(L, 3, LUA_TTABLE);
  struct budget_rules rules = {.smooth = false};
  read_windows(L, 3, &rules);
  lua_getfield(L, 3, "smooth");
  rules.smooth = lua_toboolean(L, -1);
  rules.margin_us =
      1000 * bind_integer_field(L, 3, "margin_ms", 0, 3600000, MARGIN_MS);
  rules.grace_us = 1000 * bind_integer_field(L, 3, "grace_ms", 0, 3600000,
                                             rules.smooth ? GRACE_MS : 0);
  check_status(L, pacer_define(p, name, length, &rules));
  return 0;
}

/* slot, at_ms = p:reserve(now_ms, horizon_ms, class, key [, class, key ...])
 * nil, ask_again_ms, class: books nothing; `class` is what it waits for */
static int lpacer_reserve(lua_State *L) {
  pacer *p = check_open(L);
  int64_t now_us = check_us(L, 2, TIME_MAX_MS);
  int64_t horizon_us = check_us(L, 3, WAIT_MAX_MS);
  struct pacer_key keys[PACER_KEYS_MAX];
  size_t count = 0;
  int top = lua_gettop(L);
  luaL_argcheck(L, top <= 3 + 2 * PACER_KEYS_MAX, top, "too many budgets");
  do {
    keys[count] = check_key(L, 4 + 2 * (int)count);
    count++;
  } while (4 + 2 * (int)count <= top);
  struct pacer_slot slot;
  enum pacer_status status =
      pacer_reserve(p, now_us, horizon_us, keys, count, &slot);
  if (status == PACER_WAIT) {
    luaL_pushfail(L);
    push_ms(L, slot.at_us);
    lua_pushvalue(L, 4 + 2 * (int)slot.waits_for);
    return 3;
  }
  check_status(L, status);
  bind_push_integer(L, (int64_t)slot.id);
  push_ms(L, slot.at_us);
  return 2;
}

static int report(lua_State *L, enum pacer_fate fate, int64_t service_us) {
  pacer *p = check_open(L);
  double id = luaL_checknumber(L, 2);
  luaL_argcheck(L, id >= 0 && id < 4503599627370496.0, 2, "not a slot");
  int64_t now_us = check_us(L, 3, TIME_MAX_MS);
  check_status(L, pacer_report(p, (uint64_t)id, now_us, fate, service_us));
  return 0;
}

/* p:departed(slot, now_ms) */
static int lpacer_departed(lua_State *L) {
  return report(L, PACER_DEPARTED, -1);
}

/* p:answered(slot, now_ms [, service_ms]) */
static int lpacer_answered(lua_State *L) {
  int64_t service_us = lua_isnoneornil(L, 4) ? -1 : check_us(L, 4, WAIT_MAX_MS);
  return report(L, PACER_ANSWERED, service_us);
}

/* p:lost(slot, now_ms): no answer will come */
static int lpacer_lost(lua_State *L) {
  return report(L, PACER_LOST, -1);
}

/* p:returned(slot, now_ms): booked, but not used */
static int lpacer_returned(lua_State *L) {
  return report(L, PACER_RETURNED, -1);
}

/* p:throttled(now_ms, retry_after_ms|nil, class, key) */
static int lpacer_throttled(lua_State *L) {
  pacer *p = check_open(L);
  int64_t now_us = check_us(L, 2, TIME_MAX_MS);
  int64_t retry_us = 1000 * THROTTLED_MS;
  if (!lua_isnil(L, 3))
    retry_us = check_us(L, 3, WAIT_MAX_MS);
  struct pacer_key key = check_key(L, 4);
  check_status(L, pacer_throttled(p, &key, now_us, retry_us));
  return 0;
}

static void push_paused_until(lua_State *L, int64_t paused_until_us) {
  push_ms(L, paused_until_us == BUDGET_NEVER_US ? 0 : paused_until_us);
}

/* ms = p:paused_until(class, key): 0 when it never was */
static int lpacer_paused_until(lua_State *L) {
  pacer *p = check_open(L);
  struct pacer_key key = check_key(L, 2);
  struct pacer_state state;
  check_status(L, pacer_state(p, &key, 0, &state));
  push_paused_until(L, state.paused_until_us);
  return 1;
}

/* t = p:state(class, key, now_ms) */
static int lpacer_state(lua_State *L) {
  pacer *p = check_open(L);
  struct pacer_key key = check_key(L, 2);
  int64_t now_us = check_us(L, 4, TIME_MAX_MS);
  struct pacer_state state;
  check_status(L, pacer_state(p, &key, now_us, &state));
  lua_createtable(L, 0, 7);
  bind_push_integer(L, state.limit);
  lua_setfield(L, -2, "limit");
  push_ms(L, state.period_us);
  lua_setfield(L, -2, "period_ms");
  bind_push_integer(L, state.used);
  lua_setfield(L, -2, "used");
  lua_pushnumber(L, state.rate);
  lua_setfield(L, -2, "rate");
  lua_pushnumber(L, state.full_rate);
  lua_setfield(L, -2, "full_rate");
  push_paused_until(L, state.paused_until_us);
  lua_setfield(L, -2, "paused_until");
  push_ms(L, state.waiting_us);
  lua_setfield(L, -2, "waiting_ms");
  return 1;
}

/* n = p:size(): budgets in memory */
static int lpacer_size(lua_State *L) {
  bind_push_integer(L, (int64_t)pacer_size(check_open(L)));
  return 1;
}

/* p:off(): no limits from now on, but for pauses asked for */
static int lpacer_off(lua_State *L) {
  pacer_off(check_open(L));
  return 0;
}

/* p:close(), __gc and __close: safe to run any number of times */
static int lpacer_close(lua_State *L) {
  struct lpacer *self = luaL_checkudata(L, 1, PACER_TYPE);
  pacer_free(self->p);
  self->p = NULL;
  return 0;
}

static int lpacer_tostring(lua_State *L) {
  struct lpacer *self = luaL_checkudata(L, 1, PACER_TYPE);
  lua_pushfstring(L, PACER_TYPE " (%s)", self->p ? "open" : "closed");
  return 1;
}

static const luaL_Reg methods[] = {
    {"define", lpacer_define},
    {"reserve", lpacer_reserve},
    {"departed", lpacer_departed},
    {"answered", lpacer_answered},
    {"lost", lpacer_lost},
    {"returned", lpacer_returned},
    {"throttled", lpacer_throttled},
    {"paused_until", lpacer_paused_until},
    {"state", lpacer_state},
    {"size", lpacer_size},
    {"off", lpacer_off},
    {"close", lpacer_close},
    {NULL, NULL},
};

static const luaL_Reg metamethods[] = {
    {"__gc", lpacer_close},
    {"__close", lpacer_close},
    {"__tostring", lpacer_tostring},
    {NULL, NULL},
};

static const luaL_Reg functions[] = {
    {"new", lpacer_new},
    {NULL, NULL},
};

int crier_open_pacer(lua_State *L) {
  bind_class(L, PACER_TYPE, methods, metamethods);
  luaL_newlib(L, functions);
  return 1;
}
