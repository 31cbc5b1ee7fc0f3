/* buffer.h - bytes that grow, up to a hard cap.
 *
 * A buffer lives in place (on the stack, or inside another struct) and owns
 * its bytes.  The first append that fails leaves a mark: later appends do
 * nothing, and buffer_status() tells.  So a caller appends ten pieces and asks
 * once.  Whatever a buffer gives back to the allocator is wiped first, since
 * request bodies hold client secrets.  No thread of its own, no locks. */
#ifndef CRIER_BUFFER_H
#define CRIER_BUFFER_H

#include <stddef.h>

enum buffer_status { BUFFER_OK, BUFFER_NOMEM, BUFFER_TOO_LARGE };

typedef struct buffer {
  char *data;       /* owned; NULL before the first byte; NUL behind the last */
  size_t length;    /* bytes in use, the NUL not counted */
  size_t room;      /* bytes allocated */
  size_t cap_bytes; /* `length` never exceeds it */
  enum buffer_status status; /* the first failure since the last reset */
} buffer;

/* Makes `b` empty, without allocating; `length` will not exceed `cap_bytes`. */
void buffer_init(buffer *b, size_t cap_bytes);

/* Forgets the content and the failure, keeps the memory for the next use. */
void buffer_reset(buffer *b);

/* Wipes and frees the memory; the buffer can be used again. */
void buffer_clear(buffer *b);

/* OK, or why the content is not complete. */
enum buffer_status buffer_status(const buffer *b);

/* Appends `length` bytes as they are. */
void buffer_append(buffer *b, const char *bytes, size_t length);

/* Appends a NUL-terminated text as it is. */
void buffer_append_text(buffer *b, const char *text);

/* Appends `bytes` for a path segment or a query value: everything but the
 * unreserved characters of RFC 3986 section 2.3 becomes %XX. */
void buffer_append_percent(buffer *b, const char *bytes, size_t length);

/* Appends `bytes` as a value of application/x-www-form-urlencoded: as
 * percent-encoding, with a blank written `+` and `~` written %7E. */
void buffer_append_form(buffer *b, const char *bytes, size_t length);

/* Appends `bytes` as a JSON string, quotes included.  Valid for any bytes:
 * what is not UTF-8 becomes U+FFFD, one for each byte that cannot be read. */
void buffer_append_json(buffer *b, const char *bytes, size_t length);

/* Overwrites memory in a way that a compiler does not remove. */
void wipe_bytes(void *bytes, size_t length);

#endif
