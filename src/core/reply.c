#include "reply.h"

#include <string.h>
#include <strings.h>

#include "text.h"

/* So that one large page does not stay with every exchange of a pool. */
#define KEEP_BYTES ((size_t)64 * 1024)

/* What classification, paging and support cases need. */
static const char *const kept_names[] = {
    "content-type",
    "date",
    "etag",
    "location",
    "ms-cv",
    "request-id",
    "retry-after",
    "www-authenticate",
    "x-correlating-operationid",
    "x-ms-request-id",
};

void reply_init(struct reply *r, size_t most_body_bytes) {
  buffer_init(&r->body, most_body_bytes);
}

static const char *kept_name(const char *line, size_t length) {
  char first = (char)(*line | 0x20); /* lower case; settles most lines */
  for (size_t i = 0; i < sizeof(kept_names) / sizeof(*kept_names); i++)
    if (first == *kept_names[i] && !strncasecmp(kept_names[i], line, length) &&
        !kept_names[i][length])
      return kept_names[i];
  return NULL;
}

/* The last line of a name wins. */
static struct transport_field *field_for(struct reply *r, const char *name) {
  for (size_t i = 0; i < r->field_count; i++)
    if (r->fields[i].name == name)
      return &r->fields[i];
  if (r->field_count == TRANSPORT_FIELDS_MAX)
    return NULL;
  return &r->fields[r->field_count++];
}

static void keep(struct reply *r, const char *name, const char *value,
                 size_t length) {
  while (length && text_is_blank(*value))
    value++, length--;
  while (length && text_is_blank(value[length - 1]))
    length--;
  if (length > sizeof(r->kept) - r->kept_bytes)
    return; /* a value that long decides nothing */
  struct transport_field *field = field_for(r, name);
  if (!field)
    return;
  char *place = r->kept + r->kept_bytes;
  memcpy(place, value, length);
  r->kept_bytes += length;
  *field = (struct transport_field){name, strlen(name), place, length};
}

/* "HTTP/1.1 201 Created": the code follows the first space.  An interim 1xx
 * head ends here, the final one begins. */
static void begin_head(struct reply *r, const char *line, size_t length) {
  const char *space = memchr(line, ' ', length);
  size_t left = space ? (size_t)(line + length - space) : 0;
  r->status = 0;
  r->head_ended = false;
  for (size_t i = 1; i < left && i <= 3; i++)
    if (space[i] >= '0' && space[i] <= '9')
      r->status = r->status * 10 + (space[i] - '0');
  r->field_count = 0;
}

bool reply_header(struct reply *r, const char *line, size_t length) {
  r->head_bytes += length;
  if (r->head_bytes > REPLY_HEAD_BYTES)
    return false;
  if (!length || line[length - 1] != '\n')
    return true; /* cut by the end of the connection: not to be believed */
  if (length > 5 && !strncmp(line, "HTTP/", 5)) {
    begin_head(r, line, length);
    return true;
  }
  if (*line == '\r' || *line == '\n')
    r->head_ended = true;
  const char *colon = memchr(line, ':', length);
  size_t name_length = colon ? (size_t)(colon - line) : 0;
  const char *name = name_length ? kept_name(line, name_length) : NULL;
  if (name)
    keep(r, name, colon + 1, length - name_length - 1);
  return true;
}

bool reply_body(struct reply *r, const char *piece, size_t length) {
  buffer_append(&r->body, piece, length);
  return buffer_status(&r->body) == BUFFER_OK;
}

void reply_wipe(buffer *b) {
  if (b->room > KEEP_BYTES) {
    buffer_clear(b);
    return;
  }
  wipe_bytes(b->data, b->length);
  buffer_reset(b);
}

void reply_reset(struct reply *r) {
  wipe_bytes(r->kept, r->kept_bytes);
  r->kept_bytes = r->head_bytes = r->field_count = 0;
  r->status = 0;
  r->head_ended = false;
  reply_wipe(&r->body);
}

void reply_clear(struct reply *r) {
  reply_reset(r);
  buffer_clear(&r->body);
}
