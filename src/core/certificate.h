/* certificate.h - an RSA key and the certificates that vouch for it.
 *
 *   PEM      -----BEGIN … PRIVATE KEY-----, -----BEGIN CERTIFICATE-----, in any
 *            order, with any number of further certificates: the chain
 *   PKCS#12  the same in one file (.pfx, .p12)
 *
 * The leaf is the certificate that the key belongs to.  The private key is
 * wiped before it is freed, and nothing here prints it.  Nothing asks for a
 * password: it is given, or the file is refused. */
#ifndef CRIER_CERTIFICATE_H
#define CRIER_CERTIFICATE_H

#include <jansson.h>
#include <stdint.h>
#include <stddef.h>

#include <cjose/cjose.h>

enum {
  CERTIFICATE_FILE_MAX = 256 * 1024, /* bytes that are read of a file */
  CERTIFICATE_CHAIN_MAX = 8,         /* certificates, the leaf included */
  CERTIFICATE_SHA1_HEX = 40,
  CERTIFICATE_JWK_MAX = 2048, /* bytes of a JWK, the NUL included */
};

/* What is said of a file begins with its name. */
/* clang-format off */
#define CERTIFICATE_STATUS_MAP(X)                                              \
  X(OK, "ok")                                                                  \
  X(NOMEM, "is too much for the memory there is")                              \
  X(UNREADABLE, "is neither PEM nor PKCS#12 (.pfx)")                           \
  X(NO_KEY, "holds no private key: put key and certificate into one file")     \
  X(NO_CERTIFICATE,                                                            \
    "holds no certificate: put key and certificate into one file")             \
  X(PASSWORD_NEEDED, "is encrypted, and no password is set")                   \
  X(PASSWORD_WRONG, "does not open with the password that is set")             \
  X(CIPHER_OLD, "is encrypted in a way that OpenSSL no longer reads: write "   \
    "it anew, with openssl pkcs12 -legacy -in OLD -nodes -out NEW.pem")        \
  X(KEY_REFUSED,                                                               \
    "holds a key that Entra does not take: it must be RSA of 2048 to 8192 "    \
    "bits")                                                                    \
  X(KEY_MISMATCH, "holds a private key that belongs to no certificate in it")  \
  X(CHAIN_LONG, "holds more than eight certificates")
/* clang-format on */

enum certificate_status {
#define X(name, text) CERTIFICATE_##name,
  CERTIFICATE_STATUS_MAP(X)
#undef X
};

typedef struct certificate certificate;

/* Reads the content of a file; `password` NULL: none is set.  The caller frees
 * it with certificate_free(). */
enum certificate_status certificate_new(certificate **out, const char *bytes,
                                        size_t length, const char *password);

/* Wipes and frees.  NULL is allowed. */
void certificate_free(certificate *c);

/* When it begins and ceases to be valid, Unix time. */
int64_t certificate_starts_at_s(const certificate *c);
int64_t certificate_ends_at_s(const certificate *c);

/* The SHA-1 thumbprint as the Entra admin center shows it: upper-case hex. */
const char *certificate_thumbprint(const certificate *c);

/* The private key, lent. */
const cjose_jwk_t *certificate_key(const certificate *c);

/* Header `x5t` or `x5t#S256` (RFC 7515, sections 4.1.7 and 4.1.8) and `x5c`
 * (4.1.6), as new JSON values; NULL without memory. */
json_t *certificate_x5t(const certificate *c);
json_t *certificate_x5t_s256(const certificate *c);
json_t *certificate_x5c(const certificate *c);

/* The public key of the first certificate in PEM text as a JWK with `use`,
 * `kid` and `x5t` (which are the same) and `x5t#S256`: JSON text.  The PEM
 * needs no private key. */
enum certificate_status certificate_jwk(const char *pem, size_t length,
                                        char out[CERTIFICATE_JWK_MAX]);

/* Static text of a status, to follow the file's name; never NULL. */
const char *certificate_strerror(enum certificate_status status);

#endif
