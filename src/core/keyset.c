#include "keyset.h"

#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

#include "jwk.h"

/* How a token may name the key that signed it: RFC 7515, section 4.1. */
static const char *const namings[] = {"kid", "x5t#S256", "x5t"};
enum { NAMINGS = sizeof(namings) / sizeof(*namings) };

struct key {
  cjose_jwk_t *jwk; /* owned */
  json_t *object;   /* owned: what the set says of it */
};

struct keyset {
  struct key keys[KEYSET_KEYS_MAX];
  size_t count;
};

static const char *text_of(const json_t *object, const char *name) {
  return json_string_value(json_object_get(object, name));
}

static bool is_for_signatures(const json_t *object) {
  const char *use = text_of(object, "use");
  return !use || strcmp(use, "sig") == 0;
}

static void add_keys(keyset *k, json_t *list) {
  size_t i;
  json_t *object;
  json_array_foreach(list, i, object) {
    if (k->count == KEYSET_KEYS_MAX)
      return;
    cjose_jwk_t *jwk = is_for_signatures(object) ? jwk_from_json(object) : NULL;
    if (jwk)
      k->keys[k->count++] = (struct key){jwk, json_incref(object)};
  }
}

enum keyset_status keyset_new(keyset **out, const char *text, size_t length) {
  if (length > KEYSET_TEXT_MAX)
    return KEYSET_TOO_LARGE;
  json_t *root = json_loadb(text, length, JSON_REJECT_DUPLICATES, NULL);
  json_t *list = json_object_get(root, "keys");
  enum keyset_status status = KEYSET_MALFORMED;
  keyset *k = NULL;
  if (!json_is_array(list))
    goto done;
  status = KEYSET_NOMEM;
  k = calloc(1, sizeof(*k));
  if (!k)
    goto done;
  add_keys(k, list);
  status = KEYSET_NO_KEYS;
  if (!k->count)
    goto done;
  *out = k;
  k = NULL; /* ownership moved to the caller */
  status = KEYSET_OK;
done:
  keyset_free(k);
  json_decref(root);
  ERR_clear_error();
  return status;
}

void keyset_free(keyset *k) {
  if (!k)
    return;
  for (size_t i = 0; i < k->count; i++) {
    cjose_jwk_release(k->keys[i].jwk);
    json_decref(k->keys[i].object);
  }
  free(k);
}

size_t keyset_count(const keyset *k) {
  return k->count;
}

static enum keyset_status judge_header(const struct jws *token,
                                       const char *const *algorithms,
                                       size_t count) {
  const char *algorithm = jws_text(token, JWS_HEADER, "alg");
  bool is_known = algorithm && (strcmp(algorithm, "RS256") == 0 ||
                                strcmp(algorithm, "PS256") == 0);
  bool is_allowed = false;
  for (size_t i = 0; is_known && i < count; i++)
    is_allowed |= strcmp(algorithm, algorithms[i]) == 0;
  if (!is_allowed)
    return KEYSET_ALGORITHM_REFUSED;
  const json_t *header = token->parts[JWS_HEADER];
  if (json_object_get(header, "crit") || json_object_get(header, "b64"))
    return KEYSET_CRITICAL_REFUSED;
  return KEYSET_OK;
}

/* Whether the token may be the key's: the first of the names that both have
 * decides. */
static bool may_have_signed(const struct key *key, const struct jws *token) {
  const char *algorithm = text_of(key->object, "alg");
  if (algorithm && strcmp(algorithm, jws_text(token, JWS_HEADER, "alg")) != 0)
    return false;
  for (int i = 0; i < NAMINGS; i++) {
    const char *ours = text_of(key->object, namings[i]);
    const char *theirs = jws_text(token, JWS_HEADER, namings[i]);
    if (ours && theirs)
      return strcmp(ours, theirs) == 0;
  }
  return true;
}

static enum keyset_status
check_signature(const keyset *k, const struct jws *token, size_t *key) {
  enum keyset_status status = KEYSET_KEY_UNKNOWN;
  cjose_jws_t *jws = cjose_jws_import(token->token, token->length, NULL);
  if (!jws)
    return KEYSET_MALFORMED;
  for (size_t i = 0; i < k->count && status != KEYSET_OK; i++) {
    if (!may_have_signed(&k->keys[i], token))
      continue;
    status = cjose_jws_verify(jws, k->keys[i].jwk, NULL)
                 ? KEYSET_OK
                 : KEYSET_SIGNATURE_WRONG;
    if (status == KEYSET_OK)
      *key = i;
  }
  cjose_jws_release(jws);
  return status;
}

enum keyset_status keyset_check(const keyset *k, const struct jws *token,
                                const char *const *algorithms, size_t count,
                                size_t *key) {
  enum keyset_status status = judge_header(token, algorithms, count);
  if (status == KEYSET_OK)
    status = check_signature(k, token, key);
  ERR_clear_error();
  return status;
}

bool keyset_endorses(const keyset *k, size_t key, const char *channel,
                     size_t length) {
  size_t i;
  json_t *name;
  json_array_foreach(json_object_get(k->keys[key].object, "endorsements"), i,
                     name) {
    if (json_string_length(name) == length &&
        memcmp(json_string_value(name), channel, length) == 0)
      return true;
  }
  return false;
}

static enum keyset_status append_both(const struct jws *token, buffer *header,
                                      buffer *claims) {
  buffer *const out[JWS_PARTS] = {header, claims};
  enum keyset_status status = KEYSET_OK;
  for (int i = 0; i < JWS_PARTS; i++) {
    buffer_append(out[i], (const char *)token->texts[i], token->sizes[i]);
    if (buffer_status(out[i]) != BUFFER_OK)
      status = KEYSET_NOMEM;
  }
  return status;
}

enum keyset_status keyset_verify(const keyset *k, const char *token,
                                 size_t length, const char *const *algorithms,
                                 size_t algorithm_count, buffer *header,
                                 buffer *claims) {
  struct jws parts = {0};
  size_t key;
  if (length > JWS_TOKEN_MAX)
    return KEYSET_TOO_LARGE;
  enum keyset_status status = KEYSET_MALFORMED;
  if (jws_parse(&parts, token, length))
    status = keyset_check(k, &parts, algorithms, algorithm_count, &key);
  if (status == KEYSET_OK)
    status = append_both(&parts, header, claims);
  jws_clear(&parts);
  return status;
}

const char *keyset_strerror(enum keyset_status status) {
  static const char *const texts[] = {
#define X(name, text) text,
      KEYSET_STATUS_MAP(X)
#undef X
  };
  return texts[status];
}

const char *keyset_errname(enum keyset_status status) {
  static const char *const names[] = {
#define X(name, text) #name,
      KEYSET_STATUS_MAP(X)
#undef X
  };
  return names[status];
}
