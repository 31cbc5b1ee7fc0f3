#include "transport.h"

#include "exchange.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <time.h>

#define DAY_MS (24 * 60 * 60 * 1000)

struct transport {
  CURLM *multi;                     /* owned */
  struct transport_options options; /* complete; its text is owned */
  struct exchange **pool;           /* owned, with those in it */
  size_t made;                      /* how many are in the pool */
  struct exchange *idle;            /* a stack, so that few stay warm */
  struct exchange *first_done;      /* in the order of completion */
  struct exchange *last_done;
  size_t in_flight; /* submitted and not dropped */
  size_t done;      /* completed and not dropped */
  int64_t last_ticket;
};

/* ---- life ---- */

static bool copy_text(const char **out, const char *text) {
  if (!text)
    return true;
  *out = strdup(text);
  return *out != NULL;
}

static bool complete_options(struct transport_options *own,
                             const struct transport_options *given) {
  static const struct transport_options none;
  if (!given)
    given = &none;
  *own = *given;
  own->ca_file = own->ca_dir = own->user_agent = NULL;
  if (!own->connect_timeout_ms)
    own->connect_timeout_ms = 10 * 1000;
  if (!own->timeout_ms)
    own->timeout_ms = 60 * 1000;
  if (!own->max_in_flight)
    own->max_in_flight = 256;
  if (!own->max_body_bytes)
    own->max_body_bytes = (size_t)8 * 1024 * 1024;
  return copy_text(&own->ca_file, given->ca_file) &&
         copy_text(&own->ca_dir, given->ca_dir) &&
         copy_text(&own->user_agent,
                   given->user_agent ? given->user_agent : "crier");
}

/* By default libcurl keeps four idle connections for each handle in flight. */
static bool set_limits(CURLM *multi, const struct transport_options *options) {
  return !curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS,
                            (long)options->max_in_flight) &&
         !curl_multi_setopt(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS,
                            options->max_connections);
}

enum transport_status transport_new(transport **out,
                                    const struct transport_options *options) {
  /* Counted by libcurl, and safe from any thread since 7.84. */
  if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
    return TRANSPORT_NETWORK;
  enum transport_status status = TRANSPORT_NOMEM;
  transport *t = calloc(1, sizeof(*t));
  if (!t)
    goto done;
  if (!complete_options(&t->options, options))
    goto done;
  t->pool = calloc(t->options.max_in_flight, sizeof(*t->pool));
  t->multi = curl_multi_init();
  if (!t->pool || !t->multi || !set_limits(t->multi, &t->options))
    goto done;
  *out = t;
  t = NULL; /* ownership moved to the caller, the global state with it */
  return TRANSPORT_OK;
done:
  if (t)
    transport_free(t);
  else
    curl_global_cleanup();
  return status;
}

static void free_text(const char *text) {
  union {
    const char *lent;
    char *owned;
  } both = {text};
  free(both.owned);
}

void transport_free(transport *t) {
  if (!t)
    return;
  for (size_t i = 0; i < t->made; i++) {
    curl_multi_remove_handle(t->multi, t->pool[i]->easy);
    exchange_free(t->pool[i]);
  }
  curl_multi_cleanup(t->multi);
  free(t->pool);
  free_text(t->options.ca_file);
  free_text(t->options.ca_dir);
  free_text(t->options.user_agent);
  free(t);
  curl_global_cleanup();
}

/* ---- submitting ---- */

static struct exchange *idle_exchange(transport *t) {
  struct exchange *x = t->idle;
  if (x) {
    t->idle = x->next;
    return x;
  }
  x = exchange_new(&t->options);
  if (x)
    t->pool[t->made++] = x;
  return x;
}

static void make_idle(transport *t, struct exchange *x) {
  exchange_unload(x);
  x->next = t->idle;
  t->idle = x;
}

enum transport_status transport_submit(transport *t,
                                       const struct transport_request *request,
                                       int64_t *ticket) {
  if (t->in_flight == t->options.max_in_flight)
    return TRANSPORT_BUSY;
  struct exchange *x = idle_exchange(t);
  if (!x)
    return TRANSPORT_NOMEM;
  long timeout_ms =
      request->timeout_ms ? request->timeout_ms : t->options.timeout_ms;
  enum transport_status status = exchange_load(x, request, timeout_ms);
  if (status == TRANSPORT_OK && curl_multi_add_handle(t->multi, x->easy))
    status = TRANSPORT_NETWORK;
  if (status != TRANSPORT_OK) {
    make_idle(t, x);
    return status;
  }
  t->in_flight++;
  x->ticket = *ticket = ++t->last_ticket;
  return TRANSPORT_OK;
}

/* ---- carrying ---- */

static void collect(transport *t) {
  int left;
  CURLMsg *message;
  while ((message = curl_multi_info_read(t->multi, &left))) {
    struct exchange *x = NULL;
    CURL *easy = message->easy_handle;
    CURLcode code = message->data.result;
    if (message->msg != CURLMSG_DONE)
      continue;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &x);
    curl_multi_remove_handle(t->multi, easy); /* `message` ends here */
    x->code = code;
    x->next = NULL;
    if (t->last_done)
      t->last_done->next = x;
    else
      t->first_done = x;
    t->last_done = x;
    t->done++;
  }
}

static double monotonic_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* Whole milliseconds, rounded up: rounding down would spin through the last
 * one. */
static int wait_ms(double left_ms) {
  if (!(left_ms > 0))
    return 0;
  if (left_ms >= DAY_MS)
    return DAY_MS;
  int whole_ms = (int)left_ms;
  return whole_ms + (left_ms > whole_ms);
}

/* Asks again which of them are ready, since curl_multi_poll() does not tell of
 * a descriptor that has only been closed at its other end. */
static bool find_ready(struct transport_watch *watches, size_t count) {
  struct pollfd polled[TRANSPORT_WATCH_MAX];
  bool any = false;
  if (!count)
    return false;
  for (size_t i = 0; i < count; i++)
    polled[i] = (struct pollfd){.fd = watches[i].fd, .events = POLLIN};
  if (poll(polled, (nfds_t)count, 0) < 0)
    return false;
  for (size_t i = 0; i < count; i++) {
    watches[i].ready = polled[i].revents != 0;
    any |= watches[i].ready;
  }
  return any;
}

static CURLMcode wait_once(transport *t, struct transport_watch *watches,
                           size_t count, int timeout_ms) {
  struct curl_waitfd extra[TRANSPORT_WATCH_MAX];
  int running;
  for (size_t i = 0; i < count; i++)
    extra[i] =
        (struct curl_waitfd){.fd = watches[i].fd, .events = CURL_WAIT_POLLIN};
  CURLMcode code =
      curl_multi_poll(t->multi, extra, (unsigned int)count, timeout_ms, NULL);
  return code ? code : curl_multi_perform(t->multi, &running);
}

enum transport_status transport_step(transport *t, double timeout_ms,
                                     struct transport_watch *watches,
                                     size_t count) {
  if (count > TRANSPORT_WATCH_MAX)
    return TRANSPORT_TOO_LARGE;
  double start_ms = timeout_ms > 0 ? monotonic_ms() : 0;
  double left_ms = t->done ? 0 : timeout_ms;
  for (;;) {
    if (wait_once(t, watches, count, wait_ms(left_ms)))
      return TRANSPORT_NETWORK;
    collect(t);
    if (find_ready(watches, count) || t->done || !(left_ms > 0))
      return TRANSPORT_OK;
    left_ms = timeout_ms - (monotonic_ms() - start_ms);
    if (!(left_ms > 0))
      return TRANSPORT_OK;
  }
}

/* curl_multi_fdset(3): while libcurl has nothing that can be waited for, such
 * as a resolver's thread, it is to be asked again after 100 ms. */
enum { BLIND_MS = 100 };

enum transport_status transport_wants(transport *t,
                                      struct transport_want *wants, size_t most,
                                      size_t *count, double *timeout_ms) {
  fd_set reads, writes, errors;
  long left_ms;
  int last;
  size_t found = 0;
  FD_ZERO(&reads);
  FD_ZERO(&writes);
  FD_ZERO(&errors);
  if (curl_multi_fdset(t->multi, &reads, &writes, &errors, &last) ||
      curl_multi_timeout(t->multi, &left_ms))
    return TRANSPORT_NETWORK;
  for (int fd = 0; fd <= last && found < most; fd++) {
    struct transport_want want = {fd, FD_ISSET(fd, &reads) != 0,
                                  FD_ISSET(fd, &writes) != 0};
    if (want.read || want.write)
      wants[found++] = want;
  }
  if (t->done)
    left_ms = 0;
  else if (t->in_flight && !found && (left_ms < 0 || left_ms > BLIND_MS))
    left_ms = BLIND_MS;
  *count = found;
  *timeout_ms = (double)left_ms;
  return TRANSPORT_OK;
}

bool transport_peek(transport *t, struct transport_response *out) {
  if (!t->first_done)
    return false;
  exchange_report(t->first_done, out);
  return true;
}

void transport_drop(transport *t) {
  struct exchange *x = t->first_done;
  if (!x)
    return;
  t->first_done = x->next;
  if (!t->first_done)
    t->last_done = NULL;
  t->done--;
  t->in_flight--;
  make_idle(t, x);
}

size_t transport_in_flight(const transport *t) {
  return t->in_flight;
}

size_t transport_completed(const transport *t) {
  return t->done;
}

const char *transport_strerror(enum transport_status status) {
  switch (status) {
#define X(name, text)                                                          \
  case TRANSPORT_##name:                                                       \
    return text;
    TRANSPORT_STATUS_MAP(X)
#undef X
  }
  return "unknown status";
}

const char *transport_errname(enum transport_status status) {
  switch (status) {
#define X(name, text)                                                          \
  case TRANSPORT_##name:                                                       \
    return #name;
    TRANSPORT_STATUS_MAP(X)
#undef X
  }
  return "UNKNOWN";
}
