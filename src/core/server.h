/* server.h - an HTTP/1.1 server that waits for nothing.
 *
 * A `server` owns its listening socket, its connections and the requests on
 * them; it is used from one thread.  It is driven from outside: when
 * server_fd() is readable, or server_timeout_ms() has passed, server_run()
 * moves the bytes; whole requests then stand in a queue, oldest first:
 *
 *   peek/take --> its connection rests --> begin, header..., send
 *                                      \-> drop
 *
 * A connection has one request at a time, so that the number of requests is
 * bounded by that of connections, and what each may hold is bounded as well.
 * A number names a request and is never used again.  Nothing is ever logged. */
#ifndef CRIER_SERVER_H
#define CRIER_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* clang-format off */
#define SERVER_STATUS_MAP(X)                                            \
  X(OK,              "ok")                                              \
  X(NOMEM,           "out of memory")                                   \
  X(ADDRESS_INVALID, "the host is no IPv4 or IPv6 address")             \
  X(PATH_INVALID,    "the path of the socket is empty or too long")     \
  X(ADDRESS_IN_USE,  "another program listens there")                   \
  X(LISTEN_FAILED,   "the system does not let us listen")               \
  X(RUN_FAILED,      "the server cannot go on")
/* clang-format on */

enum server_status {
#define X(name, text) SERVER_##name,
  SERVER_STATUS_MAP(X)
#undef X
};

enum {
  SERVER_HEADERS_MAX = 64,             /* of a request; more are answered 431 */
  SERVER_HEADER_BYTES = 32 * 1024,     /* request line and headers; else 431 */
  SERVER_BODY_BYTES_DEFAULT = 1 << 20, /* more are answered 413 */
  SERVER_CONNECTIONS_DEFAULT = 512,    /* see guests.h; an eighth is kept free,
                                          the rest waits in the system's queue */
  SERVER_IDLE_S_DEFAULT = 120
};

struct server_options {
  const char *host; /* borrowed; a literal address: "127.0.0.1", "::1" */
  uint16_t port;    /* 0: any free one */
  const char *path; /* borrowed; of a socket there, in place of both; NULL */
  size_t body_bytes;
  unsigned connections;
  unsigned idle_s; /* a connection that is silent for so long is closed */
};

struct server_header {
  const char *name;
  size_t name_length;
  const char *value;
  size_t value_length;
};

/* One request.  Everything is borrowed, and lives until it is answered. */
struct server_request {
  uint64_t id;
  const char *method;
  const char *path; /* as it was sent: nothing is decoded */
  size_t path_length;
  const char *query; /* without the '?', as it was sent; NULL when absent */
  const char *body;  /* NULL when empty */
  size_t body_length;
  struct server_header headers[SERVER_HEADERS_MAX];
  size_t header_count;
};

typedef struct server server;

/* Listens; the caller frees the server with server_free(). */
enum server_status server_listen(server **out,
                                 const struct server_options *options);

/* Closes all connections, also those whose requests wait for an answer, and
 * removes the path.  NULL is allowed. */
void server_free(server *s);

/* The port that it listens on; 0 with a path. */
uint16_t server_port(const server *s);

/* A descriptor that is readable when server_run() has something to do.  It
 * belongs to the server. */
int server_fd(const server *s);

/* Milliseconds until server_run() is due even if the descriptor stays silent;
 * -1 when it is not. */
int64_t server_timeout_ms(const server *s);

/* Accepts, reads, writes and closes what can be without waiting. */
enum server_status server_run(server *s);

/* The oldest request that was not taken yet, or NULL. */
const struct server_request *server_peek(const server *s);

/* Takes that request off the queue; it still waits for its answer. */
void server_take(server *s);

/* Begins the answer to request `id`; `body` is copied.  False when nobody
 * waits for it: it was answered or dropped, or there is no memory to answer
 * it, and its connection was closed. */
bool server_reply_begin(server *s, uint64_t id, const char *body,
                        size_t length);

/* Adds a header to the answer begun last; false when HTTP does not allow it
 * (a line end) or when it is the server's own (Content-Length). */
bool server_reply_header(server *s, const char *name, const char *value);

/* Sends the answer begun last, by the next server_run().  Must follow
 * server_reply_begin(). */
void server_reply_send(server *s, unsigned status);

/* Closes the connection of request `id` without an answer; false when nobody
 * waits for it. */
bool server_drop(server *s, uint64_t id);

/* Static text for `status`; never NULL, never freed. */
const char *server_strerror(enum server_status status);
const char *server_errname(enum server_status status);

#endif
