#include "../core/lock.h"

#include "bind.h"

#include <errno.h>

#define LOCK_TYPE "crier.lock"

struct llock {
  lock *held; /* NULL once released */
};

/* lock | nil, holder_text, "HELD" | nil, err, "UNUSABLE" =
 *   lock.acquire(path, text) */
static int llock_acquire(lua_State *L) {
  size_t length;
  const char *path = luaL_checkstring(L, 1);
  const char *text = luaL_checklstring(L, 2, &length);
  char holder[LOCK_TEXT_BYTES + 1];
  struct llock *self = lua_newuserdatauv(L, sizeof(*self), 0);
  self->held = NULL;
  luaL_setmetatable(L, LOCK_TYPE);
  switch (lock_acquire(&self->held, path, text, length, holder)) {
  case LOCK_OK:
    return 1;
  case LOCK_HELD:
    return bind_fail(L, holder, "HELD");
  case LOCK_UNUSABLE:
    break;
  }
  int cause = errno;
  lua_pushfstring(L, "%s: %s", path, strerror(cause));
  return bind_fail(L, lua_tostring(L, -1), "UNUSABLE");
}

/* true | nil, err, "UNUSABLE" = lock:say(text) */
static int llock_say(lua_State *L) {
  size_t length;
  struct llock *self = luaL_checkudata(L, 1, LOCK_TYPE);
  const char *text = luaL_checklstring(L, 2, &length);
  luaL_argcheck(L, self->held, 1, "the lock was released");
  if (!lock_say(self->held, text, length))
    return bind_fail(L, strerror(errno), "UNUSABLE");
  lua_pushboolean(L, 1);
  return 1;
}

/* lock:release(), __gc and __close: safe to run any number of times */
static int llock_release(lua_State *L) {
  struct llock *self = luaL_checkudata(L, 1, LOCK_TYPE);
  lock_release(self->held);
  self->held = NULL;
  return 0;
}

static int llock_tostring(lua_State *L) {
  struct llock *self = luaL_checkudata(L, 1, LOCK_TYPE);
  lua_pushfstring(L, LOCK_TYPE " (%s)", self->held ? "held" : "released");
  return 1;
}

static const luaL_Reg methods[] = {
    {"release", llock_release},
    {"say", llock_say},
    {NULL, NULL},
};

static const luaL_Reg metamethods[] = {
    {"__gc", llock_release},
    {"__close", llock_release},
    {"__tostring", llock_tostring},
    {NULL, NULL},
};

static const luaL_Reg functions[] = {
    {"acquire", llock_acquire},
    {NULL, NULL},
};

int crier_open_lock(lua_State *L) {
  bind_class(L, LOCK_TYPE, methods, metamethods);
  luaL_newlib(L, functions);
  return 1;
}
