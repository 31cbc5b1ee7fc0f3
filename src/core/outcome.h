/* outcome.h - what an answer means.
 *
 * Every answer, and every lack of one, becomes one of a few kinds with a scope,
 * so that policy decides without reading an error body.  Decided from the
 * operation, the status, the deepest known error code, a phrase of the message,
 * or libcurl's error and whether the request left.
 *
 * Only an operation that delivers can be ambiguous: whoever repeats it might
 * send twice.  Such a call that may have left and was not clearly refused is
 * ambiguous; all others are transient and simply repeated. */
#ifndef CRIER_OUTCOME_H
#define CRIER_OUTCOME_H

#include <stdint.h>

#include "request.h"

/* clang-format off */
#define OUTCOME_KIND_MAP(X)                                                    \
  X(OK,            "ok")            /* done */                                 \
  X(ALREADY,       "already")       /* was done before: as good as ok */       \
  X(THROTTLED,     "throttled")     /* too fast: refused, repeat later */      \
  X(TRANSIENT,     "transient")     /* did not happen: repeat later */         \
  X(AMBIGUOUS,     "ambiguous")     /* may have been delivered */              \
  X(BLOCKED,       "blocked")       /* somebody does not want it */            \
  X(ABSENT,        "absent")        /* person, app or installation missing */  \
  X(STALE,         "stale")         /* what we kept is no longer valid */      \
  X(TOO_LARGE,     "too_large")     /* the message does not fit */             \
  X(REFUSED,       "refused")       /* no, and repeating does not help */      \
  X(UNAUTHORIZED,  "unauthorized")  /* the token was not accepted */           \
  X(MISCONFIGURED, "misconfigured") /* a person must change a setting */

/* Whom it concerns: for a failure, who cannot go on. */
#define OUTCOME_SCOPE_MAP(X)           \
  X(RECIPIENT,    "recipient")         \
  X(CONVERSATION, "conversation")      \
  X(APP,          "app")               \
  X(TENANT,       "tenant")            \
  X(RUN,          "run")
/* clang-format on */

enum outcome_kind {
#define X(name, text) OUTCOME_##name,
  OUTCOME_KIND_MAP(X)
#undef X
      OUTCOME_KIND_COUNT
};

enum outcome_scope {
#define X(name, text) SCOPE_##name,
  OUTCOME_SCOPE_MAP(X)
#undef X
};

enum {
  OUTCOME_TEXT_MAX = 300,       /* bytes of the service's words that are kept */
  OUTCOME_CODE_MAX = 64,        /* of an error code */
  OUTCOME_REQUEST_ID_MAX = 128, /* of the service's request id */
  OUTCOME_ID_MAX = 1024,        /* a longer `id` is not taken for one */
  OUTCOME_URL_MAX = 2048,       /* nor a longer service URL */
};

/* Texts are NUL-terminated, empty when there is none. */
struct outcome {
  enum outcome_kind kind;
  enum outcome_scope scope;
  const char *reason;     /* static; a few stable words; NULL for ok */
  const char *remedy;     /* static unless its maker says else; NULL for ok */
  int status;             /* HTTP; 0: no answer */
  int64_t retry_after_ms; /* -1: the service did not say */
  int64_t expires_at_ms;  /* of a token; -1: none */
  bool needs_consent;     /* an administrator must grant a permission */
  size_t id_length;
  char code[OUTCOME_CODE_MAX];
  char request_id[OUTCOME_REQUEST_ID_MAX];
  char text[OUTCOME_TEXT_MAX + 1]; /* UTF-8, no control character, no token */
  char id[OUTCOME_ID_MAX]; /* of what was made, or of the message delivered */
  char conversation_id[OUTCOME_ID_MAX]; /* of a post: the thread it began */
  char service_url[OUTCOME_URL_MAX];
};

/* Decides.  `now_ms` is Unix time; it serves only to read a date in
 * Retry-After when the answer itself has no usable `Date`. */
void outcome_classify(enum operation operation, const struct response *response,
                      int64_t now_ms, struct outcome *out);

/* As outcome_classify() does for a success that lacks what it must bring:
 * transient, with `text` (static) as the explanation. */
void outcome_unusable(enum operation operation, const struct response *response,
                      const char *text, struct outcome *out);

const char *outcome_kind_name(enum outcome_kind kind);
const char *outcome_scope_name(enum outcome_scope scope);

#endif
