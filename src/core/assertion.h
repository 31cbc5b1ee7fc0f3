/* assertion.h - a token that an application signs to prove who it is.
 *
 *   {"alg":"PS256","typ":"JWT","x5t#S256":"…"}       by default
 *   {"alg":"RS256","typ":"JWT","x5t":"…"}            where Entra is older
 *   {"aud":"{login}/{tenant}/oauth2/v2.0/token","iss":"app","sub":"app",
 *    "jti":"…","nbf":1700000000,"iat":1700000000,"exp":1700000600}
 *
 * "Microsoft identity platform application authentication certificate
 * credentials" (read 2026-11-22).  Each is made for one request. */
#ifndef CRIER_ASSERTION_H
#define CRIER_ASSERTION_H

#include <stdbool.h>
#include <stdint.h>

#include "buffer.h"
#include "certificate.h"
#include "request.h"

enum { ASSERTION_LIFETIME_S = 600 };

struct assertion_options {
  bool is_rs256;    /* RS256 with `x5t`; otherwise PS256 with `x5t#S256` */
  bool sends_chain; /* with `x5c`, for trust by subject name and issuer */
  struct slice audience;
  struct slice client_id;
  int64_t now_ms;
};

/* Signs an assertion and appends it.  False when libcrypto or cjose refuses, or
 * without memory. */
bool assertion_append(const certificate *c,
                      const struct assertion_options *options, buffer *out);

#endif
