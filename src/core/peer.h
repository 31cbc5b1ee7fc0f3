/* peer.h - whose certificate a host shows.
 *
 * When a certificate is not trusted, the cure depends on who signed it: the
 * company's proxy, a captive portal, or nobody in particular.  The transport
 * ends such a connection and cannot tell.  peer_look() dials again, by the same
 * proxy, ends as soon as TLS stands, and lends what the certificate says of
 * itself, unverified.  No request and no token ever leaves on that connection.
 *
 * It blocks, for PEER_TIMEOUT_MS at most; it is for diagnosis alone. */
#ifndef CRIER_PEER_H
#define CRIER_PEER_H

#include <stdbool.h>
#include <stddef.h>

enum {
  PEER_TIMEOUT_MS = 10 * 1000,
  PEER_NAME_MAX = 300, /* longest name that is kept, bytes */
};

/* What a leaf certificate says; texts are empty when it does not. */
struct peer {
  char subject[PEER_NAME_MAX];
  char issuer[PEER_NAME_MAX];
  char expires[PEER_NAME_MAX]; /* as the TLS library writes dates */
};

/* Looks at the certificate behind an https URL.  Returns whether there was one;
 * if not, `out` is untouched. */
bool peer_look(const char *url, size_t length, struct peer *out);

#endif
