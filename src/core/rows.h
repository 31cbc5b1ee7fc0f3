/* rows.h - the tables that say what each answer means.
 *
 * One table a service, one line a row; to learn a new answer is to add a line.
 * Within a table the first match wins, looked for in this order:
 *
 *   1. rows with a code, for each code of the body from the deepest outwards
 *   2. rows with a phrase but no code
 *   3. rows with neither, of exactly this status; then those of `rows_common`
 *   4. rows with neither, for a whole class of statuses (4 or 5 as status)
 *
 * The tables are pages of Microsoft's turned into data: "AADSTS error codes",
 * "Install app for user", "Microsoft Graph error responses", "Status codes" of
 * "Conversation messages" (all read 2026-11-22). */
#ifndef CRIER_ROWS_H
#define CRIER_ROWS_H

#include <stddef.h>

#include "outcome.h"

#define ROW_ANY OPERATION_COUNT

struct row {
  int status;         /* exact; 0: any 4xx; 2 to 5: a whole class */
  const char *code;   /* compared without case; NULL: any */
  const char *phrase; /* part of the message, without case; NULL: any */
  int operation;      /* ROW_ANY, or the one it holds for */
  enum outcome_kind kind;
  enum outcome_scope scope;
  const char *reason;
  const char *remedy;
  bool needs_consent;
};

struct rows {
  const struct row *rows;
  size_t count;
};

extern const struct rows rows_token;
extern const struct rows rows_graph;
extern const struct rows rows_connector;
extern const struct rows rows_common;    /* statuses that mean the same */
extern const struct rows rows_transport; /* code: libcurl's, without CURLE_;
                                       phrase: case matters */

#define ROWS(array)                                                            \
  { (array), sizeof(array) / sizeof((array)[0]) }

/* Remedies that several tables give. */
#define REMEDY_WAIT                                                            \
  "Nothing to do: it is tried again; if it stays, see the service's health "   \
  "in the Microsoft 365 admin center"
#define REMEDY_THROTTLED                                                       \
  "Nothing to do: sending pauses and goes on; if it stays, something else "    \
  "uses the same app's limits"
#define REMEDY_CONSENT                                                         \
  "Have an administrator grant the app's permissions: Entra > App "            \
  "registrations > (the app) > API permissions > Grant admin consent"
#define REMEDY_PROXY_PAGE                                                      \
  "Something between here and Microsoft answered with a page: check the "      \
  "proxy or firewall, and HTTPS_PROXY and NO_PROXY"

#endif
