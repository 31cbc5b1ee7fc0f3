/* exchange.h - one request and its answer on one easy handle of libcurl.
 *
 * The transport keeps a pool of these.  An exchange is made once, then loaded,
 * carried and unloaded any number of times; only what differs from its last
 * request is set again.  The call-backs of libcurl write into it alone. */
#ifndef CRIER_EXCHANGE_H
#define CRIER_EXCHANGE_H

#include "buffer.h"
#include "reply.h"
#include "transport.h"

#include <curl/curl.h>

struct exchange {
  CURL *easy;            /* owned */
  struct exchange *next; /* in the list of the idle or of the completed */
  int64_t ticket;        /* 0: idle */

  /* The request.  `lines` point into `head`, but for the first, which is
   * constant and is what libcurl was given. */
  struct curl_slist lines[TRANSPORT_HEADERS_MAX + 3];
  size_t line_count;
  char head[TRANSPORT_HEAD_BYTES];
  size_t head_bytes;
  buffer body;

  /* What the options of `easy` are for. */
  char method[8];
  bool has_body;
  bool is_http2; /* offered, if the other side agrees */
  bool is_direct;
  bool is_outside;
  long timeout_ms;

  /* What became of it. */
  bool sent;     /* a connection stood, and the request was given to it */
  bool repeated; /* libcurl was about to do so again, and was stopped */
  bool barred;   /* an address was refused: it is in a private network */
  bool overrun;  /* the answer was larger than its bounds */
  CURLcode code;
  char message[CURL_ERROR_SIZE];
  struct reply reply;
};

/* Makes an exchange whose handle has every option that never changes; NULL
 * without memory. */
struct exchange *exchange_new(const struct transport_options *options);

/* Frees `x`, which is in no multi handle.  NULL is allowed. */
void exchange_free(struct exchange *x);

/* Copies `request` and makes the handle ready for a multi handle.  After a
 * failure, unload. */
enum transport_status exchange_load(struct exchange *x,
                                    const struct transport_request *request,
                                    long timeout_ms);

/* Lends what became of the request, of which libcurl said `x->code`. */
void exchange_report(const struct exchange *x, struct transport_response *out);

/* Wipes request and answer; the handle keeps its options. */
void exchange_unload(struct exchange *x);

#endif
