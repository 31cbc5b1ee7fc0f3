/* credential.h - how an application proves to Entra who it is.
 *
 * A credential answers one question: what goes into the form of a token
 * request besides client id, grant and scope.  Today that is a client secret;
 * certificates, federated tokens and managed identities are further kinds of
 * the same type.  Secrets are wiped before they are freed, and nothing here
 * prints one. */
#ifndef CRIER_CREDENTIAL_H
#define CRIER_CREDENTIAL_H

#include <stdbool.h>
#include <stddef.h>

#include "buffer.h"

typedef struct credential credential;

/* Creates a credential from a client secret's value, which is copied.  Returns
 * NULL when out of memory.  The caller frees it with credential_free(). */
credential *credential_new_secret(const char *secret, size_t length);

/* Wipes and frees.  NULL is allowed. */
void credential_free(credential *c);

/* Appends this credential's fields, each begun with `&`, to a form ("Get a
 * token", OAuth 2.0 client credentials flow of the Microsoft identity
 * platform). */
void credential_form(const credential *c, buffer *form);

/* Whether `text` repeats the secret, so that it must not be shown. */
bool credential_occurs(const credential *c, const char *text, size_t length);

#endif
