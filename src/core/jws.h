/* jws.h - a signed token taken apart, before anybody believes it.
 *
 *   base64url(header) "." base64url(claims) "." base64url(signature)
 *
 * The compact form of RFC 7515, section 7.1: three parts in base64url without
 * padding, none of them empty, header and claims JSON objects in which no
 * member comes twice.  Nothing here judges a signature: see keyset.h. */
#ifndef CRIER_JWS_H
#define CRIER_JWS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { JWS_TOKEN_MAX = 16 * 1024 }; /* bytes of a token */

enum { JWS_HEADER, JWS_CLAIMS, JWS_PARTS };

struct jws {
  const char *token; /* borrowed */
  size_t length;
  json_t *parts[JWS_PARTS];  /* owned; objects */
  uint8_t *texts[JWS_PARTS]; /* owned, cjose's; what they were read from */
  size_t sizes[JWS_PARTS];
};

/* Takes a token apart into `t`, which borrows it; clear it also after a
 * failure.  False when it is no token, or longer than JWS_TOKEN_MAX. */
bool jws_parse(struct jws *t, const char *token, size_t length);

/* Frees.  Safe to repeat, and on a `t` that is all zeros. */
void jws_clear(struct jws *t);

/* Text of a header's or a claim's member; NULL when it is none. */
const char *jws_text(const struct jws *t, int part, const char *name);

#endif
