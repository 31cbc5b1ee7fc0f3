/* credential_parts.h - what credential.c and proof.c share: the inside of a
 * credential. */
#ifndef CRIER_CREDENTIAL_PARTS_H
#define CRIER_CREDENTIAL_PARTS_H

#include "certificate.h"
#include "credential.h"
#include "secrets.h"
#include "text.h"

struct credential {
  int owners;
  enum credential_kind kind;
  struct secrets secrets;
  size_t preferred;         /* the secret that was accepted last */
  certificate *certificate; /* owned */
  identity *identity;       /* owned */
  char *path;               /* owned */
  char *password;           /* owned; wiped */
  credential_reader read;
  bool is_rs256;
  bool sends_chain;
  bool is_assertion;
  uint32_t edition; /* counts the contents that its file has had */
  unsigned char digest[TEXT_SHA256_BYTES]; /* of the present one */
  char complaint[CREDENTIAL_COMPLAINT_MAX];
};

/* Reads the file anew.  True when its content is another than before, and is
 * now used; a content that cannot be used changes nothing. */
bool credential_reload(credential *c);

/* Notes "path why" as the complaint.  Returns false. */
bool credential_complain(credential *c, const char *why);

#endif
