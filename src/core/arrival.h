/* arrival.h - one request as it comes in, and its answer as it goes out.
 *
 * libmicrohttpd's callbacks fill it in; nobody else's code runs under them. */
#ifndef CRIER_ARRIVAL_H
#define CRIER_ARRIVAL_H

#include "server.h"

#include <microhttpd.h>

struct arrival {
  struct server_request view;        /* first: what the outside sees */
  struct server *owner;              /* borrowed */
  struct MHD_Connection *connection; /* borrowed; valid until it is completed */
  struct guest *guest;               /* borrowed; of the connection */
  struct MHD_Response *answer;       /* owned; NULL: close without one */
  struct arrival *next;              /* in the queue of the untaken */
  char *target;                      /* owned; path and query point into it */
  char *body;                        /* owned */
  size_t body_cap;
  unsigned status;
  bool begun;     /* the headers have been read */
  bool too_large; /* the body is counted, but not kept */
  bool waiting;   /* for an answer; it has its slot then */
  bool taken;     /* off the queue: it may be answered */
};

/* Begins with the request line's target.  NULL: out of memory. */
struct arrival *arrival_new(const char *target);

/* Frees it, its answer too. */
void arrival_free(struct arrival *a);

/* Takes the headers; one more than SERVER_HEADERS_MAX counts as too many. */
void arrival_read_headers(struct arrival *a);

/* Whether its headers tell more than once where the body ends. */
bool arrival_is_ambiguous(const struct arrival *a);

/* Keeps a part of a body of at most `most` bytes.  A body without an announced
 * length shows only here that it is too large; its end is awaited, since an
 * answer may not come sooner, but not for ever: then, and without memory, it is
 * false. */
bool arrival_receive(struct arrival *a, const char *part, size_t length,
                     size_t most);

#endif
