#include "credential.h"

#include <stdlib.h>
#include <string.h>

#define SECRET_CAP_BYTES (16 * 1024)

struct credential {
  buffer secret; /* owned; wiped */
};

credential *credential_new_secret(const char *secret, size_t length) {
  credential *c = calloc(1, sizeof(*c));
  if (!c)
    return NULL;
  buffer_init(&c->secret, SECRET_CAP_BYTES);
  buffer_append(&c->secret, secret, length);
  if (buffer_status(&c->secret) == BUFFER_OK)
    return c;
  credential_free(c);
  return NULL;
}

void credential_free(credential *c) {
  if (!c)
    return;
  buffer_clear(&c->secret);
  free(c);
}

void credential_form(const credential *c, buffer *form) {
  buffer_append_text(form, "&client_secret=");
  buffer_append_form(form, c->secret.data, c->secret.length);
}

bool credential_occurs(const credential *c, const char *text, size_t length) {
  size_t n = c->secret.length;
  for (size_t i = 0; n && n <= length && i <= length - n; i++)
    if (text[i] == c->secret.data[0] && !memcmp(text + i, c->secret.data, n))
      return true;
  return false;
}
