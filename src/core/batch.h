/* batch.h - many requests to Graph carried by one ("Combine multiple HTTP
 * requests using JSON batching").
 *
 *   {"requests":[{"id":"1","method":"POST","url":"/users/u/…","headers":{…},
 *                 "body":{…}}, …]}
 *   {"responses":[{"id":"2","status":429,"headers":{…},"body":{…}}, …]}
 *
 * Parts are numbered from 1 in the order given, and answered in any order.  A
 * body that is not JSON is base64 in both directions.  A part saves a round
 * trip and no quota: each counts for itself against the service's limits. */
#ifndef CRIER_BATCH_H
#define CRIER_BATCH_H

#include "cloud.h"
#include "request.h"

enum {
  BATCH_PARTS_MAX = 20,
  BATCH_HEADERS_MAX = 4,
  BATCH_ANSWER_MAX = 8 * 1024 * 1024, /* a larger answer is not read */
};

struct batch_header {
  const char *name;
  struct slice value; /* `text` NULL: it has none */
};

/* A request that goes along; all borrowed. */
struct batch_part {
  struct slice method, url;
  struct batch_header headers[BATCH_HEADERS_MAX];
  struct slice body; /* `text` NULL: it has none */
  bool is_json;      /* the body goes out as it is */
};

/* POST {graph}/v1.0/$batch of 1 to BATCH_PARTS_MAX parts.  URL_REFUSED when a
 * part goes elsewhere than {graph}/v1.0. */
enum request_status batch_build(struct request *r, const cloud *c,
                                const struct batch_part *parts, size_t count);

typedef struct batch_answer batch_answer;

/* One part's answer, lent until batch_free().  Texts are NULL when absent;
 * `status` is 0 when the part was not answered. */
struct batch_reply {
  int status;
  const char *body; /* "" when there is none; as it was sent: base64 undone */
  size_t body_length;
  const char *content_type, *date, *location, *request_id, *retry_after;
};

/* Reads an answer to `count` parts; NULL when it is none, too large, or
 * without memory.  What is odd within it (a part twice, or one that nobody
 * asked for) is passed over.  The caller frees it with batch_free(). */
batch_answer *batch_read(const char *body, size_t length, size_t count);
void batch_free(batch_answer *answer); /* NULL is allowed */

/* The answer to part `nth`, from 1. */
void batch_peek(const batch_answer *answer, size_t nth,
                struct batch_reply *out);

#endif
