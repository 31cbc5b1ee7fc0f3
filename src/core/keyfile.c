#include "keyfile.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <string.h>

/* What libcrypto asks for a password; it must never ask at the terminal. */
static int give_password(char *out, int room, int is_writing, void *context) {
  const char *password = context;
  size_t length = password ? strlen(password) : 0;
  (void)is_writing;
  if (!password || length > (size_t)room)
    return -1;
  memcpy(out, password, length);
  return (int)length;
}

static bool contains(const char *bytes, size_t length, const char *word) {
  size_t n = strlen(word);
  for (size_t i = 0; i + n <= length; i++)
    if (bytes[i] == *word && memcmp(bytes + i, word, n) == 0)
      return true;
  return false;
}

/* RC2, DES and the like live in a provider that is not loaded. */
static bool is_cipher_missing(void) {
  unsigned long code;
  bool found = false;
  while ((code = ERR_get_error()))
    found |= ERR_GET_LIB(code) == ERR_LIB_EVP &&
             ERR_GET_REASON(code) == ERR_R_UNSUPPORTED;
  return found;
}

static enum certificate_status why_locked(const char *password) {
  if (!password)
    return CERTIFICATE_PASSWORD_NEEDED;
  return is_cipher_missing() ? CERTIFICATE_CIPHER_OLD
                             : CERTIFICATE_PASSWORD_WRONG;
}

static enum certificate_status take_certificate(struct keyfile *file, X509 *x) {
  if (file->count == CERTIFICATE_CHAIN_MAX) {
    X509_free(x);
    return CERTIFICATE_CHAIN_LONG;
  }
  file->chain[file->count++] = x;
  return CERTIFICATE_OK;
}

/* Puts the certificate that the key belongs to in front. */
static enum certificate_status find_leaf(struct keyfile *file) {
  if (!file->count)
    return CERTIFICATE_NO_CERTIFICATE;
  for (size_t i = 0; i < file->count; i++) {
    X509 *leaf = file->chain[i];
    if (X509_check_private_key(leaf, file->key) != 1)
      continue;
    memmove(&file->chain[1], &file->chain[0], i * sizeof(*file->chain));
    file->chain[0] = leaf;
    return CERTIFICATE_OK;
  }
  return CERTIFICATE_KEY_MISMATCH;
}

static enum certificate_status read_pem_key(struct keyfile *file, BIO *bio,
                                            const char *bytes, size_t length,
                                            const char *password) {
  union {
    const char *lent;
    void *context;
  } both = {password};
  file->key = PEM_read_bio_PrivateKey(bio, NULL, give_password, both.context);
  if (file->key)
    return CERTIFICATE_OK;
  if (!contains(bytes, length, "PRIVATE KEY-----"))
    return CERTIFICATE_NO_KEY;
  if (contains(bytes, length, "ENCRYPTED"))
    return why_locked(password);
  return CERTIFICATE_UNREADABLE;
}

static enum certificate_status read_pem(struct keyfile *file, const char *bytes,
                                        size_t length, const char *password) {
  BIO *keys = BIO_new_mem_buf(bytes, (int)length);
  BIO *certificates = BIO_new_mem_buf(bytes, (int)length);
  enum certificate_status status = CERTIFICATE_NOMEM;
  X509 *x;
  if (!keys || !certificates)
    goto done;
  status = read_pem_key(file, keys, bytes, length, password);
  while (status == CERTIFICATE_OK &&
         (x = PEM_read_bio_X509(certificates, NULL, give_password, NULL)))
    status = take_certificate(file, x);
  if (status == CERTIFICATE_OK)
    status = find_leaf(file);
done:
  BIO_free(keys);
  BIO_free(certificates);
  return status;
}

/* No password may be written as none, or as an empty one. */
static bool is_mac_right(PKCS12 *p12, const char **password) {
  if (!PKCS12_mac_present(p12))
    return true;
  if (*password)
    return PKCS12_verify_mac(p12, *password, -1) == 1;
  if (PKCS12_verify_mac(p12, NULL, 0) == 1)
    return true;
  *password = "";
  return PKCS12_verify_mac(p12, "", 0) == 1;
}

static enum certificate_status take_chain(struct keyfile *file, X509 *leaf,
                                          STACK_OF(X509) * others) {
  enum certificate_status status =
      leaf ? take_certificate(file, leaf) : CERTIFICATE_OK;
  while (status == CERTIFICATE_OK && sk_X509_num(others) > 0)
    status = take_certificate(file, sk_X509_shift(others));
  sk_X509_pop_free(others, X509_free);
  return status;
}

static enum certificate_status read_pkcs12(struct keyfile *file, PKCS12 *p12,
                                           const char *password) {
  const char *tried = password;
  X509 *leaf = NULL;
  STACK_OF(X509) *others = NULL;
  if (!is_mac_right(p12, &tried))
    return why_locked(password);
  ERR_clear_error();
  if (!PKCS12_parse(p12, tried, &file->key, &leaf, &others))
    return is_cipher_missing() ? CERTIFICATE_CIPHER_OLD
                               : CERTIFICATE_UNREADABLE;
  enum certificate_status status = take_chain(file, leaf, others);
  if (status != CERTIFICATE_OK)
    return status;
  return file->key ? find_leaf(file) : CERTIFICATE_NO_KEY;
}

enum certificate_status keyfile_read(struct keyfile *file, const char *bytes,
                                     size_t length, const char *password) {
  const unsigned char *der = (const unsigned char *)bytes;
  if (length > CERTIFICATE_FILE_MAX)
    return CERTIFICATE_UNREADABLE;
  if (contains(bytes, length, "-----BEGIN "))
    return read_pem(file, bytes, length, password);
  PKCS12 *p12 = d2i_PKCS12(NULL, &der, (long)length);
  if (!p12)
    return CERTIFICATE_UNREADABLE;
  enum certificate_status status = read_pkcs12(file, p12, password);
  PKCS12_free(p12);
  return status;
}

void keyfile_clear(struct keyfile *file) {
  EVP_PKEY_free(file->key); /* wipes what is private */
  for (size_t i = 0; i < file->count; i++)
    X509_free(file->chain[i]);
  *file = (struct keyfile){0};
}

X509 *keyfile_first_certificate(const char *pem, size_t length) {
  BIO *bio =
      length <= CERTIFICATE_FILE_MAX ? BIO_new_mem_buf(pem, (int)length) : NULL;
  X509 *x = bio ? PEM_read_bio_X509(bio, NULL, give_password, NULL) : NULL;
  BIO_free(bio);
  return x;
}
