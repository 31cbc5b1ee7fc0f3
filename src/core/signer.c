#include "signer.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <stdlib.h>

#include "jwk.h"
#include "text.h"

struct signer {
  EVP_PKEY *key; /* owned */
};

signer *signer_new(void) {
  signer *s = calloc(1, sizeof(*s));
  if (!s)
    return NULL;
  s->key = EVP_RSA_gen(SIGNER_BITS);
  if (!s->key) {
    signer_free(s);
    s = NULL;
  }
  ERR_clear_error(); /* libcurl's calls must not find our failures */
  return s;
}

void signer_free(signer *s) {
  if (!s)
    return;
  EVP_PKEY_free(s->key);
  free(s);
}

/* RFC 7638, section 3: the digest of the members that make the key, in the
 * order of their names, without blanks. */
static json_t *thumbprint(const json_t *key) {
  char text[SIGNER_TEXT_MAX];
  unsigned char digest[TEXT_SHA256_BYTES];
  size_t size =
      json_dumpb(key, text, sizeof(text), JSON_COMPACT | JSON_SORT_KEYS);
  if (!size || size > sizeof(text) || !text_sha256(text, size, digest))
    return NULL;
  return jwk_base64url(digest, sizeof(digest));
}

bool signer_append_jwk(const signer *s, buffer *out) {
  char text[SIGNER_TEXT_MAX];
  size_t size = 0;
  json_t *key = jwk_public_json(s->key);
  if (key && json_object_set_new(key, "kid", thumbprint(key)) == 0 &&
      json_object_set_new(key, "use", json_string("sig")) == 0)
    size = json_dumpb(key, text, sizeof(text), JSON_COMPACT);
  json_decref(key);
  ERR_clear_error();
  if (!size || size > sizeof(text))
    return false;
  buffer_append(out, text, size);
  return buffer_status(out) == BUFFER_OK;
}

static bool start(EVP_MD_CTX *context, EVP_PKEY *key, bool is_pss) {
  EVP_PKEY_CTX *options; /* lent by `context` */
  return EVP_DigestSignInit(context, &options, EVP_sha256(), NULL, key) == 1 &&
         (!is_pss ||
          (EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(options, RSA_PSS_SALTLEN_DIGEST) ==
               1));
}

bool signer_append(const signer *s, bool is_pss, const char *text,
                   size_t length, buffer *out) {
  unsigned char signature[SIGNER_BITS / 8];
  size_t size = sizeof(signature);
  EVP_MD_CTX *context = EVP_MD_CTX_new();
  bool ok = context && start(context, s->key, is_pss) &&
            EVP_DigestSign(context, signature, &size,
                           (const unsigned char *)text, length) == 1;
  EVP_MD_CTX_free(context);
  json_t *encoded = ok ? jwk_base64url(signature, size) : NULL;
  if (encoded)
    buffer_append(out, json_string_value(encoded), json_string_length(encoded));
  ok = encoded && buffer_status(out) == BUFFER_OK;
  json_decref(encoded);
  ERR_clear_error();
  return ok;
}
