/* credential.h - how an application proves to Entra who it is.
 *
 *   secret           client_secret=…
 *   secret file      the same, one of several: the next one when it is refused
 *   certificate      client_assertion=…, signed here
 *   federated token  client_assertion=…, a file that somebody else renews
 *   managed identity the machine's own token; or that token as the assertion
 *
 * A credential is shared by the tokens that are got with it, by counting
 * references; how far one token has got with it is a `struct proof`.  Files are
 * read through a function that is given, and again when Entra refuses what they
 * held (a federated token: each time), so that secrets, certificates and tokens
 * can be changed without a stop.  What is secret is wiped before it is freed,
 * and nothing here prints it.  Used from one thread. */
#ifndef CRIER_CREDENTIAL_H
#define CRIER_CREDENTIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buffer.h"
#include "identity.h"
#include "request.h"

/* clang-format off */
#define CREDENTIAL_KIND_MAP(X)       \
  X(SECRET,      "secret")           \
  X(SECRET_FILE, "secret file")      \
  X(CERTIFICATE, "certificate")      \
  X(FEDERATED,   "federated token")  \
  X(IDENTITY,    "managed identity")
/* clang-format on */

enum credential_kind {
#define X(name, text) CREDENTIAL_##name,
  CREDENTIAL_KIND_MAP(X)
#undef X
      CREDENTIAL_KIND_COUNT
};

enum {
  CREDENTIAL_COMPLAINT_MAX = 1024, /* bytes, the NUL included */
  CREDENTIAL_PATH_MAX = 4096,
};

/* Appends a file's content to `out`; returns 0 or errno. */
typedef int (*credential_reader)(const char *path, buffer *out);

struct credential_options {
  enum credential_kind kind;
  struct slice secret;              /* of SECRET */
  const char *path;                 /* of the three kinds that have a file */
  credential_reader read;           /* likewise */
  const char *password;             /* of CERTIFICATE; NULL: none */
  bool is_rs256;                    /* of CERTIFICATE: see assertion.h */
  bool sends_chain;                 /* likewise */
  struct identity_options identity; /* of IDENTITY */
  bool is_assertion; /* of IDENTITY: its token is the app's assertion */
};

typedef struct credential credential;

/* Creates a credential; everything is copied.  On failure returns NULL, and
 * `complaint` holds a line that says why.  The caller frees it with
 * credential_free(). */
credential *credential_new(const struct credential_options *options,
                           char complaint[CREDENTIAL_COMPLAINT_MAX]);

/* One more owner.  Returns `c`. */
credential *credential_ref(credential *c);

/* One owner less; the last wipes and frees.  NULL is allowed. */
void credential_free(credential *c);

enum credential_kind credential_kind_of(const credential *c);
const char *credential_kind_name(enum credential_kind kind);

/* Finds a kind by name.  Returns whether there is one. */
bool credential_kind_find(const char *name, enum credential_kind *out);

/* When its certificate ceases to be valid, Unix time in milliseconds; -1 when
 * that is not known here. */
int64_t credential_expires_at_ms(const credential *c);

/* The SHA-1 thumbprint of its certificate in hex; NULL when it has none. */
const char *credential_thumbprint(const credential *c);

/* Whether it can be used at this time, as far as that can be told without the
 * network; if not, credential_complaint() says why. */
bool credential_check(credential *c, int64_t now_ms);

/* Why it last could not be used: one line; empty when it could. */
const char *credential_complaint(const credential *c);

#endif
