/* sending.h - one message to many, sent by the service itself.
 *
 * A batch is one request: the service answers with an id, sends in its own
 * time, and tells on request how far it is and whom it did not reach.  It tells
 * nobody's message id: what was sent so can be neither changed nor removed.
 *
 *   sending_to_…() -> request -> (any transport) -> sending_read_id()
 *   sending_state_of() ------------------------->   sending_read_state()
 *   sending_failures_of() ---------------------->   failures_read()
 *
 * Microsoft's clients do not agree on how the answers are spelled: keys are
 * taken in any letters, and each form that one of them reads is read. */
#ifndef CRIER_SENDING_H
#define CRIER_SENDING_H

#include <stdbool.h>
#include <stdint.h>

#include "connector.h"
#include "outcome.h"

enum {
  SENDING_MEMBERS_MAX = 10000, /* of one request */
  SENDING_STATE_MAX = 64,      /* bytes of the state's name, NUL included */
  SENDING_COUNTS_MAX = 64,     /* statuses that are told apart */
  SENDING_KEY_MAX = 32,        /* bytes of a status, NUL included */
  SENDING_BODY_MAX = 4 * 1024 * 1024, /* a larger answer is not read */
};

/* clang-format off */
#define SENDING_STATUS_MAP(X)                          \
  X(OK,         "ok")                                  \
  X(NOT_JSON,   "the answer is no JSON object")        \
  X(TOO_LARGE,  "the answer is too large to be read")  \
  X(NOMEM,      "out of memory")
/* clang-format on */

enum sending_status {
#define X(name, text) SENDING_##name,
  SENDING_STATUS_MAP(X)
#undef X
};

/* POST v3/batch/conversation/{users, channels}: `operation` says which.  The
 * members are Entra object ids or `29:` ids, or ids of channels, one at least
 * and SENDING_MEMBERS_MAX at most (else ID_REFUSED, TOO_LARGE). */
enum request_status sending_to_members(struct request *r,
                                       const struct connector_sender *sender,
                                       enum operation operation,
                                       const struct slice *members,
                                       size_t count, struct slice activity,
                                       struct slice service_url);

/* POST v3/batch/conversation/tenant: to everybody who has the app. */
enum request_status sending_to_tenant(struct request *r,
                                      const struct connector_sender *sender,
                                      struct slice activity,
                                      struct slice service_url);

/* POST v3/batch/conversation/team: to everybody in a team, each in a chat. */
enum request_status sending_to_team(struct request *r,
                                    const struct connector_sender *sender,
                                    struct slice team, struct slice activity,
                                    struct slice service_url);

/* GET v3/batch/conversation/{id}. */
enum request_status sending_state_of(struct request *r,
                                     const struct connector_sender *sender,
                                     struct slice id, struct slice service_url);

/* GET v3/batch/conversation/failedentries/{id}: a page of them; the one that
 * `continuation` of the last page names, if given. */
enum request_status sending_failures_of(struct request *r,
                                        const struct connector_sender *sender,
                                        struct slice id,
                                        struct slice continuation,
                                        struct slice service_url);

/* DELETE v3/batch/conversation/{id}: what was sent stays. */
enum request_status sending_cancel(struct request *r,
                                   const struct connector_sender *sender,
                                   struct slice id, struct slice service_url);

/* Static text and name of a status. */
const char *sending_strerror(enum sending_status status);
const char *sending_errname(enum sending_status status);

/* Reads a batch's id from the answer to its request: an object with
 * `operationId`, a JSON string, the bare id, or nothing but a Location
 * (`location` may be NULL).  Returns whether there is one; `out` ends in NUL.
 */
bool sending_read_id(const char *body, size_t length, const char *location,
                     char out[OUTCOME_ID_MAX]);

struct sending_count {
  char status[SENDING_KEY_MAX]; /* such as "201" */
  int64_t count;
};

struct sending_state {
  char name[SENDING_STATE_MAX]; /* the service's word; empty: it gave none */
  bool is_final;                /* nothing more will change */
  int64_t total;                /* recipients; -1: not known */
  int64_t retry_at_ms;          /* ask again from then on; -1: not said */
  size_t count;
  struct sending_count counts[SENDING_COUNTS_MAX]; /* in the answer's order */
};

/* Reads how far a batch is.  It is at its end when its state says so
 * (completed, failed, cancelled, …), or when as many as it has are counted. */
enum sending_status sending_read_state(const char *body, size_t length,
                                       struct sending_state *out);

/* A page of the recipients that were not reached. */
typedef struct failures failures;

/* Reads a page; failures_free() frees it, and takes NULL. */
enum sending_status failures_read(failures **out, const char *body,
                                  size_t length);
void failures_free(failures *self);

size_t failures_count(const failures *self);

/* Lends id and error of entry `index`, below failures_count(); a text is NULL
 * when the service gave none. */
void failures_peek(const failures *self, size_t index, struct slice *id,
                   struct slice *error);

/* Lends what names the next page; NULL after the last. */
struct slice failures_continuation(const failures *self);

#endif
