#include "listening.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

union address {
  struct sockaddr any;
  struct sockaddr_in v4;
  struct sockaddr_in6 v6;
  struct sockaddr_un local;
};

static bool parse_address(const char *host, uint16_t port,
                          union address *address, socklen_t *length) {
  memset(address, 0, sizeof(*address));
  if (inet_pton(AF_INET, host, &address->v4.sin_addr) == 1) {
    address->v4.sin_family = AF_INET;
    address->v4.sin_port = htons(port);
    *length = sizeof(address->v4);
    return true;
  }
  if (inet_pton(AF_INET6, host, &address->v6.sin6_addr) == 1) {
    address->v6.sin6_family = AF_INET6;
    address->v6.sin6_port = htons(port);
    *length = sizeof(address->v6);
    return true;
  }
  return false;
}

/* A socket that neither blocks nor is inherited, or -1. */
static int open_socket(int family) {
  int fd = socket(family, SOCK_STREAM, 0);
  if (fd >= 0 && (fcntl(fd, F_SETFL, O_NONBLOCK) != 0 ||
                  fcntl(fd, F_SETFD, FD_CLOEXEC) != 0)) {
    close(fd);
    fd = -1;
  }
  return fd;
}

/* Closes `fd` without touching errno. */
static enum server_status fail(int fd) {
  int cause = errno;
  if (fd >= 0)
    close(fd);
  errno = cause;
  return cause == EADDRINUSE ? SERVER_ADDRESS_IN_USE : SERVER_LISTEN_FAILED;
}

static enum server_status open_tcp(const char *host, uint16_t port, int *fd) {
  union address address;
  socklen_t length;
  int on = 1;
  if (!parse_address(host, port, &address, &length))
    return SERVER_ADDRESS_INVALID;
  int made = open_socket(address.any.sa_family);
  if (made < 0 ||
      setsockopt(made, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0)
    return fail(made);
  if (address.any.sa_family == AF_INET6 &&
      setsockopt(made, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) != 0)
    return fail(made);
  if (bind(made, &address.any, length) != 0 || listen(made, SOMAXCONN) != 0)
    return fail(made);
  *fd = made;
  return SERVER_OK;
}

/* Removes a socket that nobody listens on. */
static bool remove_stale(const union address *address) {
  struct stat found;
  if (lstat(address->local.sun_path, &found) != 0 || !S_ISSOCK(found.st_mode))
    return false;
  int probe = open_socket(AF_UNIX);
  bool is_stale = probe >= 0 &&
                  connect(probe, &address->any, sizeof(address->local)) != 0 &&
                  errno == ECONNREFUSED;
  if (probe >= 0)
    close(probe);
  return is_stale && unlink(address->local.sun_path) == 0;
}

static enum server_status open_local(const char *path, int *fd) {
  union address address;
  memset(&address, 0, sizeof(address));
  size_t length = strlen(path);
  if (length == 0 || length >= sizeof(address.local.sun_path))
    return SERVER_PATH_INVALID;
  address.local.sun_family = AF_UNIX;
  memcpy(address.local.sun_path, path, length);
  int made = open_socket(AF_UNIX);
  if (made < 0)
    return fail(made);
  int bound = bind(made, &address.any, sizeof(address.local));
  if (bound != 0 && errno == EADDRINUSE) {
    if (!remove_stale(&address)) {
      close(made);
      return SERVER_ADDRESS_IN_USE;
    }
    bound = bind(made, &address.any, sizeof(address.local));
  }
  if (bound != 0)
    return fail(made);
  if (chmod(path, 0660) != 0 || listen(made, SOMAXCONN) != 0) {
    enum server_status status = fail(made);
    unlink(path);
    return status;
  }
  *fd = made;
  return SERVER_OK;
}

enum server_status listening_open(const char *host, uint16_t port,
                                  const char *path, int *fd) {
  return path ? open_local(path, fd) : open_tcp(host, port, fd);
}

uint16_t listening_port(int fd) {
  union address address;
  socklen_t length = sizeof(address);
  memset(&address, 0, sizeof(address));
  if (getsockname(fd, &address.any, &length) != 0)
    return 0;
  if (address.any.sa_family == AF_INET)
    return ntohs(address.v4.sin_port);
  if (address.any.sa_family == AF_INET6)
    return ntohs(address.v6.sin6_port);
  return 0;
}
