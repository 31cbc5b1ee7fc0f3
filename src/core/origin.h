/* origin.h - scheme, host and port of a URL, read strictly.
 *
 * Tokens are sent to an origin or kept from it, so a URL that two parsers
 * could read differently is refused rather than repaired: user info, control
 * characters, blanks, backslashes, bytes outside ASCII, empty or odd hosts and
 * ports.  A plain value: no memory, no failure but INVALID. */
#ifndef CRIER_ORIGIN_H
#define CRIER_ORIGIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ORIGIN_HOST_MAX 253 /* longest name, RFC 1035 section 2.3.4 */

struct origin {
  bool secure;                    /* https; otherwise http */
  uint16_t port;                  /* 443 or 80 when the URL names none */
  char host[ORIGIN_HOST_MAX + 3]; /* lower case; IPv6 in its brackets */
};

/* Reads an absolute http or https URL.  Writes the origin, and to
 * `path_offset` (unless NULL) where the path, query or fragment begins.
 * Returns whether the URL is acceptable; if not, nothing is written. */
bool origin_parse(const char *url, size_t length, struct origin *out,
                  size_t *path_offset);

/* Whether scheme, host and port are all the same. */
bool origin_equal(const struct origin *a, const struct origin *b);

/* Whether the host is localhost, in 127.0.0.0/8, or ::1. */
bool origin_is_loopback(const struct origin *o);

#endif
