#include "jwk.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

/* Numbers of an RSA key, in the order of `names`; the first two are public. */
enum { N, E, D, P, Q, DP, DQ, QI, NUMBERS };

struct number {
  uint8_t *bytes; /* owned, of libcrypto's heap */
  size_t length;
};

static bool take_number(const EVP_PKEY *key, const char *name,
                        struct number *out) {
  BIGNUM *value = NULL;
  if (!EVP_PKEY_get_bn_param(key, name, &value))
    return false;
  out->length = (size_t)BN_num_bytes(value);
  out->bytes = OPENSSL_malloc(out->length ? out->length : 1);
  if (out->bytes)
    BN_bn2bin(value, out->bytes);
  BN_clear_free(value);
  return out->bytes && out->length;
}

static bool take_numbers(const EVP_PKEY *key, struct number *numbers,
                         int count) {
  static const char *const names[NUMBERS] = {
      [N] = OSSL_PKEY_PARAM_RSA_N,
      [E] = OSSL_PKEY_PARAM_RSA_E,
      [D] = OSSL_PKEY_PARAM_RSA_D,
      [P] = OSSL_PKEY_PARAM_RSA_FACTOR1,
      [Q] = OSSL_PKEY_PARAM_RSA_FACTOR2,
      [DP] = OSSL_PKEY_PARAM_RSA_EXPONENT1,
      [DQ] = OSSL_PKEY_PARAM_RSA_EXPONENT2,
      [QI] = OSSL_PKEY_PARAM_RSA_COEFFICIENT1,
  };
  for (int i = 0; i < count; i++)
    if (!take_number(key, names[i], &numbers[i]))
      return false;
  return true;
}

static void wipe_numbers(struct number *numbers) {
  for (int i = 0; i < NUMBERS; i++)
    OPENSSL_clear_free(numbers[i].bytes, numbers[i].length);
}

cjose_jwk_t *jwk_from_key(const EVP_PKEY *key, bool is_private) {
  struct number n[NUMBERS] = {{NULL, 0}};
  cjose_jwk_t *jwk = NULL;
  if (EVP_PKEY_is_a(key, "RSA") &&
      take_numbers(key, n, is_private ? NUMBERS : D)) {
    cjose_jwk_rsa_keyspec spec = {
        .n = n[N].bytes,
        .nlen = n[N].length,
        .e = n[E].bytes,
        .elen = n[E].length,
        .d = n[D].bytes,
        .dlen = n[D].length,
        .p = n[P].bytes,
        .plen = n[P].length,
        .q = n[Q].bytes,
        .qlen = n[Q].length,
        .dp = n[DP].bytes,
        .dplen = n[DP].length,
        .dq = n[DQ].bytes,
        .dqlen = n[DQ].length,
        .qi = n[QI].bytes,
        .qilen = n[QI].length,
    };
    jwk = cjose_jwk_create_RSA_spec(&spec, NULL);
  }
  wipe_numbers(n);
  return jwk;
}

json_t *jwk_base64url(const unsigned char *bytes, size_t length) {
  char *text = NULL;
  size_t size;
  if (!cjose_base64url_encode(bytes, length, &text, &size, NULL))
    return NULL;
  json_t *string = json_stringn(text, size);
  cjose_get_dealloc()(text);
  return string;
}

static bool is_base64url(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
         (c >= '0' && c <= '9') || c == '-' || c == '_';
}

bool jwk_is_base64url(const char *text, size_t length) {
  for (size_t i = 0; i < length; i++)
    if (!is_base64url(text[i]))
      return false;
  return length % 4 != 1;
}

json_t *jwk_public_json(const EVP_PKEY *key) {
  struct number n[NUMBERS] = {{NULL, 0}};
  json_t *object = NULL;
  if (EVP_PKEY_is_a(key, "RSA") && take_numbers(key, n, D))
    object = json_pack("{s:s, s:o, s:o}", "kty", "RSA", "n",
                       jwk_base64url(n[N].bytes, n[N].length), "e",
                       jwk_base64url(n[E].bytes, n[E].length));
  wipe_numbers(n);
  return object;
}

/* Field `key` of `object`, decoded; the caller frees it with cjose's. */
static uint8_t *decode(const json_t *object, const char *key, size_t most,
                       size_t *length) {
  const json_t *text = json_object_get(object, key);
  uint8_t *bytes = NULL;
  if (!json_is_string(text) || json_string_length(text) > most * 4 / 3 + 4 ||
      !jwk_is_base64url(json_string_value(text), json_string_length(text)))
    return NULL;
  if (!cjose_base64url_decode(json_string_value(text), json_string_length(text),
                              &bytes, length, NULL))
    return NULL;
  return bytes;
}

static bool is_size_taken(const cjose_jwk_rsa_keyspec *spec) {
  return spec->n && spec->e && spec->nlen >= JWK_RSA_LEAST_BITS / 8 &&
         spec->nlen <= JWK_RSA_MOST_BITS / 8 && spec->n[0] && spec->elen &&
         spec->elen <= 8 && (spec->e[spec->elen - 1] & 1);
}

cjose_jwk_t *jwk_from_json(const json_t *object) {
  const char *kind = json_string_value(json_object_get(object, "kty"));
  cjose_jwk_rsa_keyspec spec = {0};
  cjose_jwk_t *jwk = NULL;
  if (!kind || strcmp(kind, "RSA") != 0)
    return NULL;
  spec.n = decode(object, "n", JWK_RSA_MOST_BITS / 8, &spec.nlen);
  spec.e = decode(object, "e", 8, &spec.elen);
  if (is_size_taken(&spec))
    jwk = cjose_jwk_create_RSA_spec(&spec, NULL);
  cjose_get_dealloc()(spec.n);
  cjose_get_dealloc()(spec.e);
  return jwk;
}
