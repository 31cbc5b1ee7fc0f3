/* grant.h - the answer of whoever issues a token.
 *
 *   {"token_type":"Bearer","expires_in":3599,"access_token":"…"}        Entra
 *   {"expires_in":"3599","expires_on":"1700003599","access_token":"…"}  IMDS
 *   {"expires_on":"1700003599","access_token":"…"}               App Service */
#ifndef CRIER_GRANT_H
#define CRIER_GRANT_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

enum { GRANT_TEXT_MAX = 64 * 1024 }; /* bytes of a token */

struct grant {
  json_t *root;     /* owned; holds the text */
  const char *text; /* the token: visible ASCII */
  size_t length;
  int64_t lifetime_ms; /* from now on, at most a day; ten minutes unsaid */
};

/* Reads an answer.  Returns NULL, or what is wrong with it (static text).  In
 * both cases the caller ends with grant_clear(). */
const char *grant_read(struct grant *g, const char *body, size_t length,
                       int64_t now_ms);

/* Frees what the grant holds. */
void grant_clear(struct grant *g);

#endif
