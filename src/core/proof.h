/* proof.h - one token's way to be issued, with a credential.
 *
 *   request --> refused: the next secret, or the file's new content --+
 *      ^                                                              |
 *      +--------------------------------------------------------------+
 *   request for the managed identity's token --> request with it as assertion
 *
 * A proof says what goes into the next request; it does no I/O but to read the
 * credential's file. */
#ifndef CRIER_PROOF_H
#define CRIER_PROOF_H

#include "cloud.h"
#include "credential.h"
#include "outcome.h"

/* How far one token has got with a credential. */
struct proof {
  uint32_t edition; /* of the file's content that was used last */
  size_t index;     /* of the secret that was used last */
  size_t refused;   /* secrets of this edition refused in this exchange */
  size_t editions;  /* editions used up in this exchange */
  buffer assertion; /* a managed identity's token; wiped */
};

/* Makes a proof that has got nowhere; proof_clear() wipes it. */
void proof_init(struct proof *p);
void proof_clear(struct proof *p);

/* What a token is asked for. */
struct wish {
  const cloud *cloud;
  const char *scope;
  struct slice tenant;
  struct slice client_id;
  int64_t now_ms;
};

/* Makes the next request of an exchange, which is for a token of
 * OPERATION_TOKEN or OPERATION_IDENTITY.  CONFIG: credential_complaint() says
 * why not. */
enum request_status proof_request(struct proof *p, credential *c,
                                  const struct wish *wish, struct request *r);

/* Takes the classified answer to that request.  Returns whether the exchange
 * goes on: then proof_request() makes the next.  May change `out`, to say
 * that nothing that could be a credential is there. */
bool proof_continue(struct proof *p, credential *c,
                    const struct response *response, int64_t now_ms,
                    struct outcome *out);

/* Whether `text` repeats something secret, so that it must not be shown. */
bool proof_occurs(const struct proof *p, const credential *c, const char *text,
                  size_t length);

#endif
