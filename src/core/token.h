/* token.h - one access token: fetched, kept, renewed, dropped.
 *
 *            NEED, request                receive(ok)
 *   empty ------------------> fetching ----------------> held
 *     ^                          |                        |  ^
 *     |   receive(failure)       |      renewal: one      |  |
 *     +--------------------------+      caller fetches,   +--+
 *     ^                                 others HAVE
 *     +---- refused, expired ------------------------------+
 *
 * A machine that is told the time: it neither waits nor does I/O.  One fetch
 * is under way at most; whoever got NEED brings the answer to token_receive().
 * A token owns its text, which it wipes before freeing; it
 * shares its cloud and its credential.  Used from one thread. */
#ifndef CRIER_TOKEN_H
#define CRIER_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cloud.h"
#include "credential.h"
#include "outcome.h"
#include "request.h"

typedef struct token token;

struct token_options {
  cloud *cloud;          /* one reference is taken */
  enum service audience; /* SERVICE_GRAPH or SERVICE_CONNECTOR */
  const char *tenant;    /* copied, as is the client id */
  size_t tenant_length;
  const char *client_id;
  size_t client_id_length;
};

/* Creates an empty token, which takes one reference to `proof`; NULL when a
 * person's sign-in is what it holds, which cannot be renewed.  NULL when out of
 * memory.  The caller frees it with token_free(). */
token *token_new(const struct token_options *options, credential *proof);

/* Wipes and frees.  NULL is allowed. */
void token_free(token *t);

enum token_state {
  TOKEN_HAVE, /* use it */
  TOKEN_NEED, /* send `*request`, then call token_receive() */
  TOKEN_WAIT  /* somebody else is fetching it */
};

/* Says what the caller does now.  With NEED, `*request` is lent until the next
 * call and holds the secret: it is wiped by token_receive() and token_free().
 * A failure to build it (REQUEST_NOMEM, ID_REFUSED for an empty or odd
 * tenant, CONFIG with token_complaint()) leaves the token as it was.
 * A fetch that nobody brought back for two minutes is offered again. */
enum request_status token_get(token *t, int64_t now_ms, enum token_state *state,
                              struct request **request);

/* Why its credential cannot be used, or could not last time: one line. */
const char *token_complaint(const token *t);

/* Takes the answer.  Returns whether the exchange goes on, whatever `out` says:
 * then token_get() gives the next request, for the second step or with the next
 * secret.  A failed renewal keeps a token that is still valid.  `out->remedy`
 * is lent until the next call. */
bool token_receive(token *t, const struct response *response, int64_t now_ms,
                   struct outcome *out);

/* Takes a token that a person has signed in for, out of an answer that was
 * classified as OK. */
void token_take(token *t, const struct response *response, int64_t now_ms,
                struct outcome *out);

/* Tells that the service answered 401 to the token of `generation` (0: the
 * present one).  Drops it, and returns whether one repeat is due: not when the
 * token before was refused as well, and this one right after it came.  Several
 * answers to one token get one decision; a late answer to an older token drops
 * nothing, and a repeat is due. */
bool token_refused(token *t, int64_t now_ms, uint32_t generation);

/* Rises with each token received; 0 before the first. */
uint32_t token_generation(const token *t);

/* The bare text for a foreign transport, lent until the next call; NULL when
 * there is none. */
const char *token_peek(const token *t, size_t *length);

/* The page on which an administrator consents to the app's permissions. */
const char *token_consent_url(token *t);

enum token_header_status {
  TOKEN_HEADER_OK,
  TOKEN_HEADER_MISSING,
  TOKEN_HEADER_REFUSED_ORIGIN,
  TOKEN_HEADER_TOO_LARGE
};

/* Writes "Authorization: Bearer …", NUL-terminated, to `out` of `room` bytes,
 * for a request to `url`; on failure `out` is untouched. */
int token_header(const token *t, const char *url, char *out, size_t room);

#endif
