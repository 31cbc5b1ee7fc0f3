/* identity.h - where a managed identity's tokens come from.
 *
 *   App Service  GET {IDENTITY_ENDPOINT}?resource=…&api-version=2019-08-01
 *                X-IDENTITY-HEADER: {IDENTITY_HEADER}
 *   IMDS         GET http://169.254.169.254/metadata/identity/oauth2/token
 *                    ?api-version=2018-02-01&resource=…
 *                Metadata: true
 *
 * "How to use managed identities on an Azure VM to acquire an access token",
 * "How to use managed identities for App Service" (read 2026-11-22).  A header
 * goes to the URL that it is built with and nowhere else: redirects are not
 * followed, and no proxy is asked.  Whether IMDS is there is found out by one
 * request of at most a second. */
#ifndef CRIER_IDENTITY_H
#define CRIER_IDENTITY_H

#include <stdbool.h>

#include "request.h"

enum { IDENTITY_PROBE_MS = 1000 };

struct identity_options {
  struct slice client_id; /* of a user-assigned identity; empty: the system's */
  struct slice endpoint;  /* of App Service; empty: IMDS */
  struct slice header;    /* with `endpoint` */
  struct slice host;      /* IMDS's base URL, when it is not the usual one */
  bool is_known;          /* somebody said that it is there */
};

typedef struct identity identity;

/* Creates a source of tokens.  On failure returns NULL, and in `*wrong` what is
 * wrong (static text, to follow what it is said of). */
identity *identity_new(const struct identity_options *options,
                       const char **wrong);

/* Wipes and frees.  NULL is allowed. */
void identity_free(identity *i);

/* Makes the request for a token for `resource`, which is a scope's with or
 * without `/.default`; it borrows the header from `i`. */
enum request_status identity_request(const identity *i, const char *resource,
                                     struct request *r);

/* Takes notice of an answer: whether anybody is there at all. */
void identity_heard(identity *i, const struct response *response);

/* Whether it was asked and is not there. */
bool identity_is_absent(const identity *i);

/* The secret header; empty for IMDS. */
struct slice identity_secret(const identity *i);

#endif
