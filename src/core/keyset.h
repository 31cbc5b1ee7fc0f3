/* keyset.h - a JSON Web Key Set, and the tokens that its keys have signed.
 *
 * The text of the set and the tokens come from the network: both are bounded,
 * and read strictly.  A token is believed for nothing but its `alg`, which must
 * be one that the caller allows, and for the names of its key; keys that it
 * brings along (`jwk`, `jku`, `x5c`) are not looked at, and a token with `crit`
 * is refused.  Times and claims are the caller's to judge.  A keyset never
 * changes; it is used from one thread. */
#ifndef CRIER_KEYSET_H
#define CRIER_KEYSET_H

#include <stddef.h>

#include "buffer.h"
#include "jws.h"

enum {
  KEYSET_TEXT_MAX = 256 * 1024, /* bytes of a set */
  KEYSET_KEYS_MAX = 64,         /* that are used of it */
};

/* clang-format off */
#define KEYSET_STATUS_MAP(X)                                                 \
  X(OK,                "ok")                                                 \
  X(NOMEM,             "out of memory")                                      \
  X(TOO_LARGE,         "is larger than is read")                             \
  X(MALFORMED,         "is not what it should be")                           \
  X(NO_KEYS,           "the key set holds no RSA key to verify with")        \
  X(ALGORITHM_REFUSED, "the token is signed in a way that is not accepted")  \
  X(CRITICAL_REFUSED,  "the token has critical headers that are not known")  \
  X(KEY_UNKNOWN,       "the token names a key that is not in the set")       \
  X(SIGNATURE_WRONG,   "the token's signature does not match")
/* clang-format on */

enum keyset_status {
#define X(name, text) KEYSET_##name,
  KEYSET_STATUS_MAP(X)
#undef X
};

typedef struct keyset keyset;

/* Reads a key set (RFC 7517, section 5).  Keys that are not RSA, of fewer than
 * 2048 or more than 8192 bits, or not for signatures are passed over; none left
 * is NO_KEYS.  The caller frees it with keyset_free(). */
enum keyset_status keyset_new(keyset **out, const char *text, size_t length);

/* Frees.  NULL is allowed. */
void keyset_free(keyset *k);

size_t keyset_count(const keyset *k);

/* Verifies a token that was taken apart, signed with one of the `count`
 * algorithms, of which RS256 and PS256 are understood.  On success writes the
 * number of the key that has signed it; otherwise `*key` is untouched. */
enum keyset_status keyset_check(const keyset *k, const struct jws *token,
                                const char *const *algorithms, size_t count,
                                size_t *key);

/* Whether the set says that key number `key` speaks for a channel: its
 * `endorsements`, an array in key sets of the Bot Connector. */
bool keyset_endorses(const keyset *k, size_t key, const char *channel,
                     size_t length);

/* Verifies a token in compact form (RFC 7515, section 7.1), signed with one of
 * the `algorithm_count` algorithms, of which RS256 and PS256 are understood.
 * On success appends the JSON text of its header and of its claims, both
 * objects; on failure both are untouched. */
enum keyset_status keyset_verify(const keyset *k, const char *token,
                                 size_t length, const char *const *algorithms,
                                 size_t algorithm_count, buffer *header,
                                 buffer *claims);

/* Static text and name of a status; never NULL. */
const char *keyset_strerror(enum keyset_status status);
const char *keyset_errname(enum keyset_status status);

#endif
