/* names - a resolver for specs, put before the system's with LD_PRELOAD: every
 * name below crier.test is this machine.  So a program talks to hosts that are
 * not called loopback, and nothing leaves it. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netdb.h>
#include <string.h>

typedef int resolver(const char *, const char *, const struct addrinfo *,
                     struct addrinfo **);

__attribute__((visibility("default"))) int
getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
            struct addrinfo **found) {
  static const char ours[] = ".crier.test";
  union {
    void *object;
    resolver *function;
  } next = {dlsym(RTLD_NEXT, "getaddrinfo")};
  size_t length = name ? strlen(name) : 0;
  if (length >= sizeof(ours) &&
      !strcmp(name + length - (sizeof(ours) - 1), ours))
    name = "127.0.0.1";
  return next.function(name, service, hints, found);
}
