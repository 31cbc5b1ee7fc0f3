/* listening.h - a socket that listens, on an address or in the file system.
 *
 * It does not block and is not inherited.  Nothing is left behind on failure.
 */
#ifndef CRIER_LISTENING_H
#define CRIER_LISTENING_H

#include "server.h"

/* Listens on a literal address (`port` 0 takes any free one) or, when it is not
 * NULL, on a socket at `path`, which its owner and group may write to.  A
 * socket that nobody listens on any more is replaced; any other file is in use.
 * Who closes the socket removes the path.  On LISTEN_FAILED errno tells why. */
enum server_status listening_open(const char *host, uint16_t port,
                                  const char *path, int *fd);

/* The port of a socket; 0 without one. */
uint16_t listening_port(int fd);

#endif
