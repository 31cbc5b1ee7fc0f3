#include "../core/signal.h"

#include "bind.h"

#include <errno.h>

/* fd, err, code = signal.watch() */
static int lsignal_watch(lua_State *L) {
  int fd = signal_watch();
  if (fd < 0)
    return bind_fail(L, strerror(errno), "SIGNAL_FAILED");
  bind_push_integer(L, fd);
  return 1;
}

/* number = signal.count() */
static int lsignal_count(lua_State *L) {
  bind_push_integer(L, signal_count());
  return 1;
}

/* signal.unwatch() */
static int lsignal_unwatch(lua_State *L) {
  (void)L;
  signal_unwatch();
  return 0;
}

static const luaL_Reg functions[] = {
    {"watch", lsignal_watch},
    {"count", lsignal_count},
    {"unwatch", lsignal_unwatch},
    {NULL, NULL},
};

int crier_open_signal(lua_State *L) {
  luaL_newlib(L, functions);
  return 1;
}
