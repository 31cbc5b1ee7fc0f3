/* transport.h - carries requests to the network and brings the answers back.
 *
 * The only part that opens a socket outwards: a libcurl multi handle with
 * reused easy handles, kept-alive connections, HTTP/2 over TLS, gzip.
 * Certificates are always verified; there is no way to turn that off.  Only
 * http and https are carried, redirects are handed back, not followed, and
 * nothing waits for `100 Continue`.
 *
 * A transport owns all its connections and copies what a request points to, so
 * that nothing of the caller's must stay alive.  It is used from one thread
 * and never calls back.  What libcurl reports during transport_step() is
 * recorded in bounded memory and handed out by transport_peek().
 *
 * One ticket leaves at most once.  libcurl by itself repeats a request when a
 * reused connection ends before the first byte of the answer, even though the
 * server may have read and obeyed it.  CURLOPT_PREREQFUNCTION stops that: it is
 * called when a connection stands (TCP, proxy tunnel and TLS are done) and the
 * request is about to be written; its first call sets `sent`, its second ends
 * the ticket as GOT_NOTHING.  Measured with libcurl 7.88.1, on a connection
 * that was to be used again:
 *
 *   closed, FIN there before the ticket   libcurl sees it and dials; the
 *                                         call-back fires on the new one alone
 *   closed or reset while the request     fires, then again on a new one:
 *   was on its way                        GOT_NOTHING, sent
 *   HTTP/2 GOAWAY that leaves out the     the same, although RFC 9113 section
 *   ticket's stream                       6.8 calls such a stream unprocessed:
 *                                         libcurl does not tell the two apart
 *
 * Two things keep the second and the third row rare: a connection that was idle
 * for TRANSPORT_IDLE_S is not used again, and a request marked `once` goes by
 * HTTP/1.1, which knows no GOAWAY. */
#ifndef CRIER_TRANSPORT_H
#define CRIER_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One list: the enum, the codes Lua sees, and the text all come from it. */
/* clang-format off */
#define TRANSPORT_STATUS_MAP(X)                                               \
  X(OK,                   "ok")                                               \
  X(NOMEM,                "out of memory")                                    \
  X(URL_REFUSED,          "only plain http and https URLs are carried")       \
  X(REQUEST_REFUSED,      "the method or a header has a forbidden character") \
  X(TOO_LARGE,            "the request is larger than the transport carries") \
  X(BUSY,                 "too many requests are in flight")                  \
  X(TOKEN_MISSING,        "there is no token yet")                            \
  X(TOKEN_REFUSED_ORIGIN, "the token may not go to this origin")              \
  X(NETWORK,              "libcurl refused to work")
/* clang-format on */

enum transport_status {
#define X(name, text) TRANSPORT_##name,
  TRANSPORT_STATUS_MAP(X)
#undef X
};

enum {
  TRANSPORT_HEADERS_MAX = 32,             /* header lines of a request */
  TRANSPORT_HEAD_BYTES = 32 * 1024,       /* their text, the token's included */
  TRANSPORT_BODY_BYTES = 4 * 1024 * 1024, /* body of a request */
  TRANSPORT_FIELDS_MAX = 16,              /* kept header lines of an answer */
  TRANSPORT_WATCH_MAX = 64,               /* descriptors of one step */
  TRANSPORT_WANT_MAX = 1024, /* descriptors of an outside loop's wait */
  TRANSPORT_IDLE_S = 20,     /* common keep-alives: 60 to 130 s */
};

typedef struct transport transport;
struct token;

/* A member that is 0 or NULL takes its default. */
struct transport_options {
  long connect_timeout_ms; /* DNS, TCP and TLS together; default 10,000 */
  long timeout_ms;         /* the whole exchange; default 60,000 */
  long max_connections;    /* open at once; default no limit */
  size_t max_in_flight;    /* tickets; default 256 */
  size_t max_body_bytes;   /* of an answer; default 8 MiB */
  const char *ca_file;     /* PEM bundle; default the system's; borrowed */
  const char *ca_dir;      /* hashed folder; default the system's; borrowed */
  const char *user_agent;  /* default "crier"; borrowed */
};

struct transport_field {
  const char *name; /* not terminated */
  size_t name_length;
  const char *value; /* not terminated */
  size_t value_length;
};

/* Everything is borrowed for the length of transport_submit(). */
struct transport_request {
  const char *method; /* upper-case letters */
  const char *url;    /* terminated */
  size_t url_length;
  const struct transport_field *headers;
  size_t header_count;
  const char *body; /* NULL: none */
  size_t body_length;
  const struct token *token; /* NULL: no Authorization from here */
  long timeout_ms;           /* 0: the transport's */
  bool direct;               /* never by a proxy, wherever it goes */
  bool outside; /* never to a private network, see network.h; with a proxy it is
                   the proxy that decides */
  bool once; /* an unclear end would cost dearly: by HTTP/1.1, where a closing
                server leaves no stream in doubt */
};

/* Lent by the transport until transport_drop() or transport_free(). */
struct transport_response {
  int64_t ticket;
  bool sent;           /* false exactly when no part of it left */
  long status;         /* of the answer, if only its head came; 0 none */
  const char *error;   /* name of the CURLE_ code; NULL: answered in full */
  const char *message; /* libcurl's text, with `error` */
  const char *body;
  size_t body_length;
  const struct transport_field *fields; /* kept header lines, lower case */
  size_t field_count;
  double total_ms;
  double pretransfer_ms; /* 0 when nothing left */
  bool barred;           /* refused: its address is in a private network */
  bool proxied;          /* a proxy was asked to connect to the host */
};

/* What an outside event loop waits for. */
struct transport_want {
  int fd;
  bool read;
  bool write;
};

struct transport_watch {
  int fd;     /* watched for reading */
  bool ready; /* out: readable, closed or broken */
};

/* Makes a transport; `options` may be NULL.  The caller frees it. */
enum transport_status transport_new(transport **out,
                                    const struct transport_options *options);

/* Closes every connection, forgets what is in flight, wipes and frees.  NULL
 * is allowed. */
void transport_free(transport *t);

/* Takes a request; it starts at the next step.  `ticket` is above 0 and never
 * used again by this transport. */
enum transport_status transport_submit(transport *t,
                                       const struct transport_request *request,
                                       int64_t *ticket);

/* Waits until a ticket completes or a watched descriptor is ready, at most
 * `timeout_ms` rounded up to a whole millisecond; does not wait when something
 * completed before.  `count` is at most TRANSPORT_WATCH_MAX. */
enum transport_status transport_step(transport *t, double timeout_ms,
                                     struct transport_watch *watches,
                                     size_t count);

/* Tells what an event loop of somebody else's waits for before it calls
 * transport_step(t, 0, ...): `count` descriptors, at most `most`, and
 * `timeout_ms`, negative when nothing but a descriptor is waited for.  They
 * change with each submit and step. */
enum transport_status transport_wants(transport *t,
                                      struct transport_want *wants, size_t most,
                                      size_t *count, double *timeout_ms);

/* The completion that was collected first; false if there is none.  A repeated
 * call gives the same one until transport_drop(). */
bool transport_peek(transport *t, struct transport_response *out);

/* Wipes what transport_peek() gave and frees its place. */
void transport_drop(transport *t);

/* Tickets that were submitted and not dropped, and how many of them have
 * completed. */
size_t transport_in_flight(const transport *t);
size_t transport_completed(const transport *t);

/* Static text and code of `status`; never NULL, never freed. */
const char *transport_strerror(enum transport_status status);
const char *transport_errname(enum transport_status status);

#endif
