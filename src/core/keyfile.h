/* keyfile.h - what certificate.c reads a file with: key and certificates as
 * libcrypto has them. */
#ifndef CRIER_KEYFILE_H
#define CRIER_KEYFILE_H

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "certificate.h"

struct keyfile {
  EVP_PKEY *key;                      /* owned */
  X509 *chain[CERTIFICATE_CHAIN_MAX]; /* owned; the key's own comes first */
  size_t count;
};

/* Reads PEM or PKCS#12 into `file`, which is all zeros; clear it also after a
 * failure.  Leaves libcrypto's queue of errors as it comes out. */
enum certificate_status keyfile_read(struct keyfile *file, const char *bytes,
                                     size_t length, const char *password);

/* Wipes and frees. */
void keyfile_clear(struct keyfile *file);

/* The first certificate in PEM text, which the caller frees; NULL when there is
 * none. */
X509 *keyfile_first_certificate(const char *pem, size_t length);

#endif
