/* reply.h - an HTTP answer as it arrives, line by line and piece by piece.
 *
 * Keeps the header lines that decide something, and the body, both bounded.
 * Knows nothing of sockets.  What it held is wiped before it is used again:
 * the body may be a token. */
#ifndef CRIER_REPLY_H
#define CRIER_REPLY_H

#include "buffer.h"
#include "transport.h"

enum {
  REPLY_HEAD_BYTES = 64 * 1024, /* all header lines that may come */
  REPLY_KEPT_BYTES = 4 * 1024,  /* the values that are kept of them */
};

struct reply {
  long status;       /* of the last head, 1xx included; 0: none came */
  bool head_ended;   /* its empty line came */
  size_t head_bytes; /* of all heads */
  char kept[REPLY_KEPT_BYTES]; /* the values of `fields` */
  size_t kept_bytes;
  struct transport_field fields[TRANSPORT_FIELDS_MAX]; /* names are static */
  size_t field_count;
  buffer body;
};

/* Makes `r`, which is all zeros, ready for a body of `most_body_bytes`. */
void reply_init(struct reply *r, size_t most_body_bytes);

/* Takes one header line, the status line and the empty line included; false
 * when the head is larger than its bound. */
bool reply_header(struct reply *r, const char *line, size_t length);

/* Takes a piece of the body; false when the body would be larger than its
 * bound, or without memory. */
bool reply_body(struct reply *r, const char *piece, size_t length);

/* Wipes `r` for the next answer. */
void reply_reset(struct reply *r);

/* Wipes `r` and gives its memory back. */
void reply_clear(struct reply *r);

/* Wipes `b`, and gives its memory back if it has grown large. */
void reply_wipe(buffer *b);

#endif
