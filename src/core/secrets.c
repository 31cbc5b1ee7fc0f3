#include "secrets.h"

#include <string.h>

void secrets_init(struct secrets *s) {
  *s = (struct secrets){.count = 0};
  buffer_init(&s->text, SECRETS_TEXT_MAX);
}

void secrets_clear(struct secrets *s) {
  buffer_clear(&s->text);
  s->count = 0;
}

static bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r';
}

static struct slice trim(const char *start, const char *end) {
  while (start < end && is_blank(*start))
    start++;
  while (end > start && is_blank(end[-1]))
    end--;
  return (struct slice){start, (size_t)(end - start)};
}

/* Notes where the secrets stand in `text`; SECRETS_MAX + 1 if there are more
 * than fit. */
static size_t find_lines(const buffer *text, struct slice list[SECRETS_MAX]) {
  const char *at = text->data;
  const char *end = text->data + text->length;
  size_t count = 0;
  if (text->length >= 3 && memcmp(at, "\xEF\xBB\xBF", 3) == 0)
    at += 3;
  while (at < end) {
    const char *line_end = memchr(at, '\n', (size_t)(end - at));
    if (!line_end)
      line_end = end;
    struct slice line = trim(at, line_end);
    if (line.length && count == SECRETS_MAX)
      return SECRETS_MAX + 1;
    if (line.length)
      list[count++] = line;
    at = line_end + 1;
  }
  return count;
}

const char *secrets_take_lines(struct secrets *s, buffer *text) {
  struct slice list[SECRETS_MAX];
  size_t count = text->length ? find_lines(text, list) : 0;
  if (!count)
    return "holds no secret";
  if (count > SECRETS_MAX)
    return "holds more than 16 secrets";
  size_t cap_bytes = text->cap_bytes;
  buffer_clear(&s->text);
  s->text = *text; /* the slices stay valid: the bytes do not move */
  buffer_init(text, cap_bytes);
  memcpy(s->list, list, count * sizeof(*list));
  s->count = count;
  return NULL;
}

bool secrets_take_one(struct secrets *s, const char *secret, size_t length) {
  buffer_append(&s->text, secret, length);
  s->list[0] = (struct slice){s->text.data, s->text.length};
  s->count = 1;
  return buffer_status(&s->text) == BUFFER_OK;
}

bool secrets_holds(struct slice text, struct slice part) {
  if (!part.length)
    return false;
  for (size_t i = 0; i + part.length <= text.length; i++)
    if (text.text[i] == part.text[0] &&
        !memcmp(text.text + i, part.text, part.length))
      return true;
  return false;
}

bool secrets_occur(const struct secrets *s, const char *text, size_t length) {
  for (size_t i = 0; i < s->count; i++)
    if (secrets_holds((struct slice){text, length}, s->list[i]))
      return true;
  return false;
}
