#include "certificate.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#include "jwk.h"
#include "keyfile.h"

struct certificate {
  struct keyfile file;
  cjose_jwk_t *key; /* owned; the private key as cjose needs it */
  int64_t starts_at_s;
  int64_t ends_at_s;
  char thumbprint[CERTIFICATE_SHA1_HEX + 1];
};

/* No function turns an ASN1_TIME into Unix time, but one tells the distance
 * between two. */
static bool unix_time(const ASN1_TIME *time, int64_t *out) {
  int days, seconds;
  ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
  bool ok = epoch && ASN1_TIME_diff(&days, &seconds, epoch, time);
  ASN1_TIME_free(epoch);
  if (ok)
    *out = (int64_t)days * 24 * 3600 + seconds;
  return ok;
}

static bool digest(const X509 *x, const EVP_MD *kind,
                   unsigned char bytes[EVP_MAX_MD_SIZE], unsigned int *length) {
  return X509_digest(x, kind, bytes, length) == 1;
}

static bool read_thumbprint(certificate *c) {
  static const char digits[] = "0123456789ABCDEF";
  unsigned char bytes[EVP_MAX_MD_SIZE];
  unsigned int length;
  if (!digest(c->file.chain[0], EVP_sha1(), bytes, &length))
    return false;
  for (unsigned int i = 0; i < length; i++) {
    c->thumbprint[2 * i] = digits[bytes[i] >> 4];
    c->thumbprint[2 * i + 1] = digits[bytes[i] & 15];
  }
  return true;
}

static enum certificate_status complete(certificate *c) {
  const X509 *leaf = c->file.chain[0];
  int bits = EVP_PKEY_get_bits(c->file.key);
  if (!EVP_PKEY_is_a(c->file.key, "RSA") || bits < JWK_RSA_LEAST_BITS ||
      bits > JWK_RSA_MOST_BITS)
    return CERTIFICATE_KEY_REFUSED;
  c->key = jwk_from_key(c->file.key, true);
  if (!c->key || !read_thumbprint(c))
    return CERTIFICATE_NOMEM;
  if (!unix_time(X509_get0_notBefore(leaf), &c->starts_at_s) ||
      !unix_time(X509_get0_notAfter(leaf), &c->ends_at_s))
    return CERTIFICATE_UNREADABLE;
  return CERTIFICATE_OK;
}

enum certificate_status certificate_new(certificate **out, const char *bytes,
                                        size_t length, const char *password) {
  certificate *c = calloc(1, sizeof(*c));
  if (!c)
    return CERTIFICATE_NOMEM;
  enum certificate_status status =
      keyfile_read(&c->file, bytes, length, password);
  if (status == CERTIFICATE_OK)
    status = complete(c);
  if (status == CERTIFICATE_OK) {
    *out = c;
    c = NULL; /* ownership moved to the caller */
  }
  certificate_free(c);
  ERR_clear_error(); /* libcurl's calls must not find our failures */
  return status;
}

void certificate_free(certificate *c) {
  if (!c)
    return;
  keyfile_clear(&c->file);
  cjose_jwk_release(c->key);
  free(c);
}

int64_t certificate_starts_at_s(const certificate *c) {
  return c->starts_at_s;
}

int64_t certificate_ends_at_s(const certificate *c) {
  return c->ends_at_s;
}

const char *certificate_thumbprint(const certificate *c) {
  return c->thumbprint;
}

const cjose_jwk_t *certificate_key(const certificate *c) {
  return c->key;
}

static json_t *digest_json(const X509 *x, const EVP_MD *kind) {
  unsigned char bytes[EVP_MAX_MD_SIZE];
  unsigned int length;
  return digest(x, kind, bytes, &length) ? jwk_base64url(bytes, length) : NULL;
}

json_t *certificate_x5t(const certificate *c) {
  return digest_json(c->file.chain[0], EVP_sha1());
}

json_t *certificate_x5t_s256(const certificate *c) {
  return digest_json(c->file.chain[0], EVP_sha256());
}

/* DER in standard base64, not base64url. */
static json_t *der_json(const X509 *x) {
  unsigned char *der = NULL;
  char *text = NULL;
  size_t size;
  json_t *string = NULL;
  int length = i2d_X509(x, &der);
  if (length > 0 &&
      cjose_base64_encode(der, (size_t)length, &text, &size, NULL))
    string = json_stringn(text, size);
  cjose_get_dealloc()(text);
  OPENSSL_free(der);
  return string;
}

json_t *certificate_x5c(const certificate *c) {
  json_t *list = json_array();
  for (size_t i = 0; i < c->file.count; i++) {
    if (json_array_append_new(list, der_json(c->file.chain[i])) != 0) {
      json_decref(list);
      return NULL;
    }
  }
  return list;
}

static json_t *jwk_object(const X509 *x) {
  json_t *object = jwk_public_json(X509_get0_pubkey(x));
  json_t *x5t = digest_json(x, EVP_sha1());
  int failed =
      !object || json_object_set_new(object, "use", json_string("sig"));
  failed =
      failed || json_object_set(object, "kid", x5t) ||
      json_object_set(object, "x5t", x5t) ||
      json_object_set_new(object, "x5t#S256", digest_json(x, EVP_sha256()));
  json_decref(x5t);
  if (!failed)
    return object;
  json_decref(object);
  return NULL;
}

enum certificate_status certificate_jwk(const char *pem, size_t length,
                                        char out[CERTIFICATE_JWK_MAX]) {
  X509 *x = keyfile_first_certificate(pem, length);
  const EVP_PKEY *key = x ? X509_get0_pubkey(x) : NULL;
  json_t *object = NULL;
  size_t size = 0;
  enum certificate_status status =
      x ? CERTIFICATE_KEY_REFUSED : CERTIFICATE_NO_CERTIFICATE;
  if (key && EVP_PKEY_is_a(key, "RSA") &&
      EVP_PKEY_get_bits(key) <= JWK_RSA_MOST_BITS) {
    object = jwk_object(x);
    status = CERTIFICATE_NOMEM;
  }
  if (object)
    size = json_dumpb(object, out, CERTIFICATE_JWK_MAX, JSON_COMPACT);
  if (size && size < CERTIFICATE_JWK_MAX) {
    out[size] = '\0';
    status = CERTIFICATE_OK;
  }
  json_decref(object);
  X509_free(x);
  ERR_clear_error();
  return status;
}

const char *certificate_strerror(enum certificate_status status) {
  static const char *const texts[] = {
#define X(name, text) text,
      CERTIFICATE_STATUS_MAP(X)
#undef X
  };
  return texts[status];
}
