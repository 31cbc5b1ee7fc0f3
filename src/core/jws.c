#include "jws.h"

#include <string.h>

#include "jwk.h"

/* Writes where the parts begin, and where the last one ends.  One spelling for
 * one token. */
static bool find_parts(const char *token, size_t length,
                       const char *begins[JWS_PARTS + 2]) {
  const char *end = token + length;
  for (int i = 0; i <= JWS_PARTS; i++) {
    const char *dot = memchr(token, '.', (size_t)(end - token));
    size_t size = (size_t)((dot ? dot : end) - token);
    if (!size || !jwk_is_base64url(token, size) ||
        (dot != NULL) != (i < JWS_PARTS))
      return false;
    begins[i] = token;
    token += size + (dot != NULL);
  }
  begins[JWS_PARTS + 1] = token;
  return true;
}

static bool decode(struct jws *t, int part, const char *begin,
                   const char *end) {
  if (!cjose_base64url_decode(begin, (size_t)(end - begin), &t->texts[part],
                              &t->sizes[part], NULL))
    return false;
  t->parts[part] = json_loadb((const char *)t->texts[part], t->sizes[part],
                              JSON_REJECT_DUPLICATES, NULL);
  return json_is_object(t->parts[part]);
}

bool jws_parse(struct jws *t, const char *token, size_t length) {
  const char *begins[JWS_PARTS + 2];
  *t = (struct jws){.token = token, .length = length};
  if (length > JWS_TOKEN_MAX || !find_parts(token, length, begins))
    return false;
  for (int i = 0; i < JWS_PARTS; i++)
    if (!decode(t, i, begins[i], begins[i + 1] - 1))
      return false;
  return true;
}

void jws_clear(struct jws *t) {
  for (int i = 0; i < JWS_PARTS; i++) {
    json_decref(t->parts[i]);
    cjose_get_dealloc()(t->texts[i]);
    t->parts[i] = NULL;
    t->texts[i] = NULL;
  }
}

const char *jws_text(const struct jws *t, int part, const char *name) {
  return json_string_value(json_object_get(t->parts[part], name));
}
