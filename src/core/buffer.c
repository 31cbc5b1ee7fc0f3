#include "buffer.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>

static void *(*const volatile memset_kept)(void *, int, size_t) = memset;

void wipe_bytes(void *bytes, size_t length) {
  if (bytes)
    memset_kept(bytes, 0, length);
}

void buffer_init(buffer *b, size_t cap_bytes) {
  *b = (buffer){.cap_bytes = cap_bytes};
}

void buffer_reset(buffer *b) {
  b->length = 0;
  b->status = BUFFER_OK;
}

void buffer_clear(buffer *b) {
  wipe_bytes(b->data, b->room);
  free(b->data);
  buffer_init(b, b->cap_bytes);
}

enum buffer_status buffer_status(const buffer *b) {
  return b->status;
}

/* Makes room for `more` bytes and a NUL.  Not realloc(), which may leave a
 * copy of a secret behind. */
static int reserve(buffer *b, size_t more) {
  if (b->status != BUFFER_OK)
    return 0;
  if (more > b->cap_bytes - b->length) {
    b->status = BUFFER_TOO_LARGE;
    return 0;
  }
  size_t needed = b->length + more + 1;
  if (needed <= b->room)
    return 1;
  size_t room = b->room ? b->room * 2 : 128;
  if (room < needed)
    room = needed;
  char *data = malloc(room);
  if (!data) {
    b->status = BUFFER_NOMEM;
    return 0;
  }
  if (b->data)
    memcpy(data, b->data, b->length);
  wipe_bytes(b->data, b->room);
  free(b->data);
  b->data = data;
  b->room = room;
  return 1;
}

void buffer_append(buffer *b, const char *bytes, size_t length) {
  if (!length || !reserve(b, length))
    return;
  memcpy(b->data + b->length, bytes, length);
  b->length += length;
  b->data[b->length] = '\0';
}

void buffer_append_text(buffer *b, const char *text) {
  buffer_append(b, text, strlen(text));
}

static int is_alphanumeric(unsigned char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
         (c >= 'a' && c <= 'z');
}

static void append_escaped(buffer *b, unsigned char c) {
  static const char digits[] = "0123456789ABCDEF";
  char escaped[3] = {'%', digits[c >> 4], digits[c & 15]};
  buffer_append(b, escaped, sizeof(escaped));
}

/* Appends `bytes`, escaping all but letters, digits and the marks in `kept`:
 * whole runs of kept characters in one copy. */
static void append_kept(buffer *b, const char *bytes, size_t length,
                        const char *kept) {
  size_t start = 0;
  for (size_t i = 0; i < length; i++) {
    unsigned char c = (unsigned char)bytes[i];
    if (is_alphanumeric(c) || (c && strchr(kept, c)))
      continue;
    buffer_append(b, bytes + start, i - start);
    append_escaped(b, c);
    start = i + 1;
  }
  buffer_append(b, bytes + start, length - start);
}

void buffer_append_percent(buffer *b, const char *bytes, size_t length) {
  append_kept(b, bytes, length, "-._~");
}

void buffer_append_form(buffer *b, const char *bytes, size_t length) {
  size_t start = 0;
  for (size_t i = 0; i < length; i++) {
    if (bytes[i] != ' ')
      continue;
    append_kept(b, bytes + start, i - start, "-._*");
    buffer_append(b, "+", 1);
    start = i + 1;
  }
  append_kept(b, bytes + start, length - start, "-._*");
}

void buffer_append_json(buffer *b, const char *bytes, size_t length) {
  size_t size = text_json_size(bytes, length);
  if (!reserve(b, size))
    return;
  text_json_write(bytes, length, b->data + b->length);
  b->length += size;
  b->data[b->length] = '\0';
}
