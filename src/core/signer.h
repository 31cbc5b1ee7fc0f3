/* signer.h - an RSA key of our own, and signatures made with it.
 *
 * The simulated services sign their tokens with it, as the real ones do.  The
 * key is made when the signer is, lives in memory alone, and is wiped with it.
 * Used from one thread. */
#ifndef CRIER_SIGNER_H
#define CRIER_SIGNER_H

#include <stdbool.h>
#include <stddef.h>

#include "buffer.h"

enum { SIGNER_BITS = 2048 };

/* What its texts fit into: a JWK, and a signature in base64url. */
enum { SIGNER_TEXT_MAX = 1024 };

typedef struct signer signer;

/* Makes a signer with a new key, which takes about a tenth of a second; NULL
 * when libcrypto refuses, or without memory.  The caller frees it with
 * signer_free(). */
signer *signer_new(void);

/* Wipes and frees.  NULL is allowed. */
void signer_free(signer *s);

/* Appends the public key as a JWK (RFC 7517) of `kty`, `n`, `e`, `use` and
 * `kid`, which is its thumbprint (RFC 7638): JSON text.  Whether it could. */
bool signer_append_jwk(const signer *s, buffer *out);

/* Signs `text`, and appends the signature in base64url without padding: PS256
 * when `is_pss`, else RS256 (RFC 7518, sections 3.3 and 3.5).  Whether it
 * could. */
bool signer_append(const signer *s, bool is_pss, const char *text,
                   size_t length, buffer *out);

#endif
