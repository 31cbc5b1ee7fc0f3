/* errorbody.h - what an error answer of Entra, Graph or the Bot Connector says.
 *
 *   {"error":"invalid_client","error_description":"…","error_codes":[7000222]}
 *   {"error":{"code":"Forbidden","message":"…","innerError":{"code":"…"}}}
 *   {"errorCode":209,"message":"{\"subCode\":\"MessageWritesBlocked\"}"}
 *   {"message":"…"}      <html>…<title>502 Bad Gateway</title>…      (nothing)
 *
 * All of them, at any nesting, become a list of codes and one message.  The
 * body comes from the network: what is too large, too deep, cut off or not JSON
 * yields fewer codes, never a failure. */
#ifndef CRIER_ERRORBODY_H
#define CRIER_ERRORBODY_H

#include <stdbool.h>
#include <stddef.h>

#include "outcome.h"

enum {
  ERRORBODY_CODES_MAX = 8,
  ERRORBODY_MESSAGE_MAX = 4096,      /* bytes searched for a known phrase */
  ERRORBODY_PARSED_MAX = 256 * 1024, /* a larger body is not parsed */
};

struct errorbody {
  bool is_html;
  int code_count;
  char codes[ERRORBODY_CODES_MAX][OUTCOME_CODE_MAX]; /* outermost first */
  char message[ERRORBODY_MESSAGE_MAX + 1];
};

/* Whether an answer is a page for people: by its type, or by its first byte. */
bool errorbody_is_html(const char *content_type, const char *body,
                       size_t length);

/* Reads a body; always fills `out`. */
void errorbody_read(const char *content_type, const char *body, size_t length,
                    struct errorbody *out);

/* Whether `message` contains `phrase`; ASCII letters of either case match. */
bool errorbody_mentions(const struct errorbody *e, const char *phrase);

/* Copies text for people to `out` of `room` bytes, NUL included: whatever looks
 * like a token or a secret replaced by "[removed]", then without control
 * characters, cut between two characters. */
void errorbody_show(const char *text, char *out, size_t room);

#endif
