#include "server.h"

#include "arrival.h"
#include "guests.h"
#include "listening.h"

#include <errno.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct server {
  struct MHD_Daemon *daemon;  /* owned */
  char *path;                 /* owned; of the socket, or NULL */
  uint16_t port;              /* 0 without an address */
  struct arrival **slots;     /* owned; the waiting ones, by id % slot_count */
  unsigned slot_count;        /* as many as connections */
  unsigned waiting;           /* slots in use */
  uint64_t last_id;           /* the latest id given */
  struct arrival *first;      /* of the untaken */
  struct arrival *last;       /* undefined while `first` is NULL */
  struct arrival *replying;   /* set between begin and send */
  struct MHD_Response *draft; /* owned; the answer begun last */
  struct guests guests;       /* the connections */
  size_t body_bytes;          /* cap of a body */
  bool woken;                 /* there is something to run for at once */
};

static struct guest *guest_of(struct MHD_Connection *connection) {
  const union MHD_ConnectionInfo *info =
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
  return info->socket_context;
}

/* Without memory for its guest a connection has no request.  At its limit
 * libmicrohttpd listens again only in the run after one was closed. */
static void on_connection(void *ctx, struct MHD_Connection *connection,
                          void **socket_context,
                          enum MHD_ConnectionNotificationCode what) {
  server *s = ctx;
  if (what == MHD_CONNECTION_NOTIFY_STARTED) {
    *socket_context = guests_add(
        &s->guests,
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)
            ->connect_fd);
  } else {
    guests_remove(&s->guests, *socket_context);
    s->woken = true;
  }
}

/* Gets the request line before libmicrohttpd takes it apart. */
static void *on_target(void *ctx, const char *target,
                       struct MHD_Connection *connection) {
  struct guest *guest = guest_of(connection);
  struct arrival *e = guest ? arrival_new(target) : NULL;
  if (!e)
    return NULL;
  e->owner = ctx;
  e->connection = connection;
  e->guest = guest;
  return e;
}

/* An answer of the server's own. */
static enum MHD_Result refuse(struct MHD_Connection *connection,
                              unsigned status) {
  struct MHD_Response *answer =
      MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
  if (!answer)
    return MHD_NO;
  enum MHD_Result result = MHD_queue_response(connection, status, answer);
  MHD_destroy_response(answer);
  return result;
}

/* libmicrohttpd has checked that the value is a number. */
static bool announces_more(struct MHD_Connection *connection, size_t cap) {
  const char *length = MHD_lookup_connection_value(
      connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH);
  return length && strtoull(length, NULL, 10) > cap;
}

/* The headers are there, the body is not. */
static enum MHD_Result begin(struct arrival *e) {
  e->begun = true;
  guests_touch(&e->owner->guests, e->guest);
  arrival_read_headers(e);
  if (e->view.header_count > SERVER_HEADERS_MAX)
    return refuse(e->connection, 431);
  if (arrival_is_ambiguous(e))
    return refuse(e->connection, 400);
  if (announces_more(e->connection, e->owner->body_bytes))
    return refuse(e->connection, 413);
  return MHD_YES;
}

/* The request is whole: its connection rests until the answer is there. */
static enum MHD_Result finish(struct arrival *e, const char *method) {
  server *s = e->owner;
  if (e->too_large)
    return refuse(e->connection, 413);
  if (s->waiting == s->slot_count)
    return refuse(e->connection, 503);
  do
    s->last_id++;
  while (s->slots[s->last_id % s->slot_count]);
  s->slots[s->last_id % s->slot_count] = e;
  s->waiting++;
  e->waiting = true;
  e->view.id = s->last_id;
  e->view.method = method;
  e->view.body = e->body;
  if (s->first)
    s->last->next = e;
  else
    s->first = e;
  s->last = e;
  guests_rest(&s->guests, e->guest);
  MHD_suspend_connection(e->connection);
  return MHD_YES;
}

/* Called once with the headers, once for each part of the body, once at the
 * end, and once more when the connection was resumed. */
static enum MHD_Result on_request(void *ctx, struct MHD_Connection *connection,
                                  const char *url, const char *method,
                                  const char *version, const char *part,
                                  size_t *part_length, void **state) {
  struct arrival *e = *state;
  (void)ctx;
  (void)url;
  (void)version;
  if (!e)
    return MHD_NO; /* no memory in on_target() */
  if (!e->begun)
    return begin(e);
  if (*part_length > 0) {
    guests_touch(&e->owner->guests, e->guest);
    bool kept = arrival_receive(e, part, *part_length, e->owner->body_bytes);
    *part_length = 0;
    return kept ? MHD_YES : MHD_NO;
  }
  if (e->view.id == 0)
    return finish(e, method);
  return e->answer ? MHD_queue_response(connection, e->status, e->answer)
                   : MHD_NO;
}

static void leave_slot(struct arrival *e) {
  server *s = e->owner;
  s->slots[e->view.id % s->slot_count] = NULL;
  s->waiting--;
  e->waiting = false;
  guests_return(&s->guests, e->guest);
}

static void on_completed(void *ctx, struct MHD_Connection *connection,
                         void **state, enum MHD_RequestTerminationCode why) {
  struct arrival *e = *state;
  (void)ctx;
  (void)connection;
  (void)why;
  if (!e)
    return;
  if (e->waiting)
    leave_slot(e);
  arrival_free(e);
  *state = NULL;
}

/* Takes the socket, also when it fails. */
static enum server_status start(server *s, const struct server_options *options,
                                int fd) {
  errno = 0;
  s->daemon = MHD_start_daemon(
      MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, on_request, s,
      MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT,
      options->connections, MHD_OPTION_CONNECTION_TIMEOUT, options->idle_s,
      MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)SERVER_HEADER_BYTES,
      MHD_OPTION_CONNECTION_MEMORY_INCREMENT, (size_t)4096,
      MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_URI_LOG_CALLBACK, on_target,
      s, MHD_OPTION_NOTIFY_COMPLETED, on_completed, s,
      MHD_OPTION_NOTIFY_CONNECTION, on_connection, s, MHD_OPTION_END);
  if (s->daemon)
    return SERVER_OK;
  close(fd);
  return SERVER_LISTEN_FAILED;
}

static enum server_status
open_socket(server *s, const struct server_options *options, int *fd) {
  char *path = options->path ? strdup(options->path) : NULL;
  if (options->path && !path)
    return SERVER_NOMEM;
  enum server_status status =
      listening_open(options->host, options->port, path, fd);
  if (status != SERVER_OK) {
    free(path);
    return status;
  }
  s->path = path;
  s->port = listening_port(*fd);
  return status;
}

enum server_status server_listen(server **out,
                                 const struct server_options *options) {
  int fd = -1;
  server *s = calloc(1, sizeof(*s));
  if (!s)
    return SERVER_NOMEM;
  s->body_bytes = options->body_bytes;
  s->slot_count = options->connections;
  guests_init(&s->guests, options->connections - options->connections / 8);
  s->slots = calloc(s->slot_count, sizeof(*s->slots));
  enum server_status status =
      s->slots ? open_socket(s, options, &fd) : SERVER_NOMEM;
  if (status == SERVER_OK)
    status = start(s, options, fd);
  if (status == SERVER_OK)
    *out = s;
  else
    server_free(s);
  return status;
}

/* libmicrohttpd aborts the program when it is stopped with connections that
 * rest, so they are all woken to be closed. */
void server_free(server *s) {
  if (!s)
    return;
  for (unsigned i = 0; s->slots && i < s->slot_count; i++)
    if (s->slots[i])
      MHD_resume_connection(s->slots[i]->connection);
  if (s->draft)
    MHD_destroy_response(s->draft);
  if (s->daemon)
    MHD_stop_daemon(s->daemon);
  if (s->path)
    unlink(s->path);
  free(s->path);
  free(s->slots);
  free(s);
}

uint16_t server_port(const server *s) {
  return s->port;
}

int server_fd(const server *s) {
  return MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
}

/* Without threads of its own libmicrohttpd tells nobody of a resumed
 * connection: not its descriptor, and not MHD_get_timeout(). */
int64_t server_timeout_ms(const server *s) {
  MHD_UNSIGNED_LONG_LONG wait_ms;
  if (s->woken)
    return 0;
  if (MHD_get_timeout(s->daemon, &wait_ms) != MHD_YES)
    return -1;
  return wait_ms > INT32_MAX ? INT32_MAX : (int64_t)wait_ms;
}

enum server_status server_run(server *s) {
  s->woken = false;
  return MHD_run(s->daemon) == MHD_YES ? SERVER_OK : SERVER_RUN_FAILED;
}

const struct server_request *server_peek(const server *s) {
  return s->first ? &s->first->view : NULL;
}

void server_take(server *s) {
  s->first->taken = true;
  s->first = s->first->next;
}

static struct arrival *find(const server *s, uint64_t id) {
  struct arrival *e = s->slots[id % s->slot_count];
  return e && e->view.id == id && e->taken ? e : NULL;
}

static void resume(struct arrival *e) {
  leave_slot(e);
  MHD_resume_connection(e->connection);
  e->owner->woken = true;
}

bool server_reply_begin(server *s, uint64_t id, const char *body,
                        size_t length) {
  struct arrival *e = find(s, id);
  if (!e)
    return false;
  if (s->draft) /* of an answer that was begun, but not sent */
    MHD_destroy_response(s->draft);
  /* The cast takes only the const away: the bytes are copied at once. */
  s->draft = MHD_create_response_from_buffer(length, (void *)(uintptr_t)body,
                                             MHD_RESPMEM_MUST_COPY);
  if (!s->draft) {
    resume(e);
    return false;
  }
  s->replying = e;
  return true;
}

bool server_reply_header(server *s, const char *name, const char *value) {
  return MHD_add_response_header(s->draft, name, value) == MHD_YES;
}

void server_reply_send(server *s, unsigned status) {
  struct arrival *e = s->replying;
  e->answer = s->draft;
  e->status = status;
  s->draft = NULL;
  resume(e);
}

bool server_drop(server *s, uint64_t id) {
  struct arrival *e = find(s, id);
  if (!e)
    return false;
  resume(e);
  return true;
}

static const struct {
  const char *name;
  const char *text;
} statuses[] = {
#define X(name, text) {#name, text},
    SERVER_STATUS_MAP(X)
#undef X
};

const char *server_errname(enum server_status status) {
  return statuses[status].name;
}

const char *server_strerror(enum server_status status) {
  return statuses[status].text;
}
