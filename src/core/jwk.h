/* jwk.h - RSA keys in the form that cjose signs and verifies with.
 *
 *   EVP_PKEY (from a certificate)  -> jwk, with or without the private part
 *   {"kty":"RSA","n":"…","e":"…"}  -> jwk, the public part alone
 *
 * A jwk is counted by cjose: whoever gets one gives it back with
 * cjose_jwk_release(), which wipes it. */
#ifndef CRIER_JWK_H
#define CRIER_JWK_H

#include <cjose/cjose.h>
#include <jansson.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stddef.h>

enum {
  JWK_RSA_LEAST_BITS = 2048,
  JWK_RSA_MOST_BITS = 8192, /* larger ones only cost time */
};

/* The RSA key `key`, with its private part when `is_private`.  NULL when
 * libcrypto or cjose refuses. */
cjose_jwk_t *jwk_from_key(const EVP_PKEY *key, bool is_private);

/* The public RSA key of a JWK (RFC 7517, RFC 7518 section 6.3.1); whatever
 * else it holds is not read.  NULL when it is not one, or of a size that is
 * not taken. */
cjose_jwk_t *jwk_from_json(const json_t *object);

/* `bytes` in base64url without padding, as a JSON string; NULL without
 * memory. */
json_t *jwk_base64url(const unsigned char *bytes, size_t length);

/* Whether `text` is base64url without padding, as RFC 7515 has it; it may be
 * empty.  Other text must be kept from cjose, which ends the process over some
 * of it (libcjose 0.6.2, an assertion). */
bool jwk_is_base64url(const char *text, size_t length);

/* {"kty":"RSA","n":…,"e":…}; NULL when `key` is not RSA. */
json_t *jwk_public_json(const EVP_PKEY *key);

#endif
