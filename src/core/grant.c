#include "grant.h"

#include <stdbool.h>
#include <stdlib.h>

#define LIFETIME_UNSTATED_S 600 /* the shortest that a tenant can configure */
#define LIFETIME_MOST_S (24 * 3600) /* then it is asked for anew */

/* Visible ASCII only: the token becomes part of a header line. */
static bool is_header_text(const char *text, size_t length) {
  for (size_t i = 0; i < length; i++)
    if (text[i] <= ' ' || text[i] >= 0x7F)
      return false;
  return length > 0;
}

/* A number here, a string there; false when it is not given. */
static bool read_seconds(const json_t *root, const char *key, double *out) {
  const json_t *value = json_object_get(root, key);
  if (json_is_string(value))
    *out = strtod(json_string_value(value), NULL);
  else if (json_is_number(value))
    *out = json_number_value(value);
  else
    return false;
  return true;
}

static int64_t lifetime_s(const json_t *root, int64_t now_ms) {
  double seconds, until;
  if (!read_seconds(root, "expires_in", &seconds)) {
    if (!read_seconds(root, "expires_on", &until))
      return LIFETIME_UNSTATED_S;
    seconds = until - (double)now_ms / 1000;
  }
  if (!(seconds >= 1))
    return 0;
  return seconds < LIFETIME_MOST_S ? (int64_t)seconds : LIFETIME_MOST_S;
}

const char *grant_read(struct grant *g, const char *body, size_t length,
                       int64_t now_ms) {
  *g = (struct grant){.root = json_loadb(body, length, JSON_ALLOW_NUL, NULL)};
  const json_t *text = json_object_get(g->root, "access_token");
  g->text = json_string_value(text);
  g->length = json_string_length(text);
  g->lifetime_ms = lifetime_s(g->root, now_ms) * 1000;
  if (!is_header_text(g->text, g->length))
    return "the answer holds no access token";
  if (!g->lifetime_ms)
    return "the answer holds an access token that has expired";
  if (g->length > GRANT_TEXT_MAX)
    return "the answer holds an access token that is too long";
  return NULL;
}

void grant_clear(struct grant *g) {
  json_decref(g->root);
  *g = (struct grant){0};
}
