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

/* Three parts in base64url, none of them empty, without padding: one spelling
 * for one token. */
static bool is_compact(const char *token, size_t length) {
  for (int dots = 2; dots >= 0; dots--) {
    const char *dot = memchr(token, '.', length);
    size_t part = dot ? (size_t)(dot - token) : length;
    if (!part || !jwk_is_base64url(token, part) || (dot != NULL) != (dots > 0))
      return false;
    token += part + (dot != NULL);
    length -= part + (dot != NULL);
  }
  return true;
}

/* Decodes `text` and parses it as an object; `*bytes` is cjose's to free. */
static json_t *decode_object(const char *text, size_t length, uint8_t **bytes,
                             size_t *size) {
  if (!cjose_base64url_decode(text, length, bytes, size, NULL))
    return NULL;
  json_t *root =
      json_loadb((const char *)*bytes, *size, JSON_REJECT_DUPLICATES, NULL);
  if (json_is_object(root))
    return root;
  json_decref(root);
  return NULL;
}

static enum keyset_status judge_header(const json_t *header,
                                       const char *const *algorithms,
                                       size_t count) {
  const char *algorithm = text_of(header, "alg");
  bool is_known = algorithm && (strcmp(algorithm, "RS256") == 0 ||
                                strcmp(algorithm, "PS256") == 0);
  bool is_allowed = false;
  for (size_t i = 0; is_known && i < count; i++)
    is_allowed |= strcmp(algorithm, algorithms[i]) == 0;
  if (!is_allowed)
    return KEYSET_ALGORITHM_REFUSED;
  if (json_object_get(header, "crit") || json_object_get(header, "b64"))
    return KEYSET_CRITICAL_REFUSED;
  return KEYSET_OK;
}

/* Whether nothing that both token and key say of the key differs. */
static bool may_have_signed(const struct key *key, const json_t *header) {
  for (int i = 0; i < NAMINGS; i++) {
    const char *ours = text_of(key->object, namings[i]);
    const char *theirs = text_of(header, namings[i]);
    if (ours && theirs && strcmp(ours, theirs) != 0)
      return false;
  }
  const char *algorithm = text_of(key->object, "alg");
  return !algorithm || strcmp(algorithm, text_of(header, "alg")) == 0;
}

static enum keyset_status check_signature(const keyset *k, const json_t *header,
                                          const char *token, size_t length) {
  enum keyset_status status = KEYSET_KEY_UNKNOWN;
  cjose_jws_t *jws = cjose_jws_import(token, length, NULL);
  if (!jws)
    return KEYSET_MALFORMED;
  for (size_t i = 0; i < k->count && status != KEYSET_OK; i++) {
    if (!may_have_signed(&k->keys[i], header))
      continue;
    status = cjose_jws_verify(jws, k->keys[i].jwk, NULL)
                 ? KEYSET_OK
                 : KEYSET_SIGNATURE_WRONG;
  }
  cjose_jws_release(jws);
  return status;
}

static enum keyset_status append_both(buffer *header, buffer *claims,
                                      const uint8_t *const *bytes,
                                      const size_t *sizes) {
  buffer_append(header, (const char *)bytes[0], sizes[0]);
  buffer_append(claims, (const char *)bytes[1], sizes[1]);
  bool is_whole =
      buffer_status(header) == BUFFER_OK && buffer_status(claims) == BUFFER_OK;
  return is_whole ? KEYSET_OK : KEYSET_NOMEM;
}

enum keyset_status keyset_verify(const keyset *k, const char *token,
                                 size_t length, const char *const *algorithms,
                                 size_t algorithm_count, buffer *header,
                                 buffer *claims) {
  if (length > KEYSET_TOKEN_MAX)
    return KEYSET_TOO_LARGE;
  if (!is_compact(token, length))
    return KEYSET_MALFORMED;
  const char *second = (const char *)memchr(token, '.', length) + 1;
  size_t left = (size_t)(token + length - second);
  size_t second_length =
      (size_t)((const char *)memchr(second, '.', left) - second);
  uint8_t *bytes[2] = {NULL, NULL};
  size_t sizes[2] = {0, 0};
  json_t *head =
      decode_object(token, (size_t)(second - 1 - token), &bytes[0], &sizes[0]);
  json_t *body = decode_object(second, second_length, &bytes[1], &sizes[1]);
  enum keyset_status status = KEYSET_MALFORMED;
  if (head && body)
    status = judge_header(head, algorithms, algorithm_count);
  if (status == KEYSET_OK)
    status = check_signature(k, head, token, length);
  if (status == KEYSET_OK)
    status = append_both(header, claims, (const uint8_t *const *)bytes, sizes);
  json_decref(head);
  json_decref(body);
  cjose_get_dealloc()(bytes[0]);
  cjose_get_dealloc()(bytes[1]);
  ERR_clear_error();
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
