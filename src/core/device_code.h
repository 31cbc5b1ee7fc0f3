/* device_code.h - a person signs in elsewhere, for a program without a browser.
 *
 *             NEED                code shown              interval over
 *   starting ------> (its answer) ---------> WAIT -----------------------> NEED
 *                                             ^                             |
 *                                             +-- pending, slow_down, 5xx --+
 *                          a token: HAVE      anything else, or too late: OVER
 *
 * "Microsoft identity platform and the OAuth 2.0 device authorization grant
 * flow", RFC 8628 (read 2026-11-22).  A machine that is told the time, as
 * token.h is.  The token that comes of it is kept in memory alone and cannot be
 * renewed: no refresh token is asked for.  What the code was is wiped. */
#ifndef CRIER_DEVICE_CODE_H
#define CRIER_DEVICE_CODE_H

#include <stdbool.h>
#include <stdint.h>

#include "cloud.h"
#include "outcome.h"
#include "request.h"
#include "token.h"

typedef struct device_code device_code;

struct device_code_options {
  cloud *cloud; /* one reference is taken */
  struct slice tenant;
  struct slice client_id;
  struct slice scope; /* permissions of Graph, separated by blanks */
};

/* Creates a sign-in that nobody has been asked for.  NULL when out of memory.
 * The caller frees it with device_code_free(). */
device_code *device_code_new(const struct device_code_options *options);

/* Wipes and frees.  NULL is allowed. */
void device_code_free(device_code *d);

enum device_code_state {
  DEVICE_CODE_HAVE, /* device_code_take() gives the token */
  DEVICE_CODE_NEED, /* send `*request`, then call device_code_receive() */
  DEVICE_CODE_WAIT, /* until `*until_ms`, or for an answer */
  DEVICE_CODE_OVER  /* it has failed, or took too long */
};

/* Says what the caller does now.  With NEED, `*request` is lent until the next
 * call. */
enum request_status device_code_get(device_code *d, int64_t now_ms,
                                    enum device_code_state *state,
                                    struct request **request,
                                    int64_t *until_ms);

/* Takes an answer.  `out` is OK also when the person has not signed in yet;
 * transient and throttled ones are asked again. */
void device_code_receive(device_code *d, const struct response *response,
                         int64_t now_ms, struct outcome *out);

/* What the person is to be told; texts are printable. */
struct device_code_prompt {
  const char *message; /* one line; the service's own */
  const char *code;
  const char *url;
  int64_t expires_at_ms;
};

/* Lends the prompt; false before the first answer. */
bool device_code_prompt(const device_code *d, struct device_code_prompt *out);

/* Gives the token to the caller, once; NULL when there is none. */
token *device_code_take(device_code *d);

#endif
