#include "secrets.h"

#include <string.h>

#include "text.h"

void secrets_init(struct secrets *s) {
  *s = (struct secrets){.count = 0};
  buffer_init(&s->text, SECRETS_TEXT_MAX);
}

void secrets_clear(struct secrets *s) {
  buffer_clear(&s->text);
  s->count = 0;
}

static struct slice trim(const char *start, const char *end) {
  while (start < end && text_is_blank(*start))
    start++;
  while (end > start && text_is_blank(end[-1]))
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

/* The number that `digits` hexadecimal digits make; -1 when they are none. */
static int read_hex(const char *text, size_t length, size_t digits) {
  int value = 0;
  for (size_t i = 0; i < digits; i++) {
    int digit = i < length ? text_hex_value(text[i]) : -1;
    if (digit < 0)
      return -1;
    value = value * 16 + digit;
  }
  return value;
}

/* How many bytes of `text`, which is not empty, spell `c`: itself, %XX, or an
 * escape of JSON, with more backslashes when JSON stands in JSON; 0 when they
 * spell something else. */
static size_t spells(const char *text, size_t length, char c) {
  size_t slashes = 0;
  if (*text == c && c != '\\')
    return 1;
  if (*text == '%')
    return read_hex(text + 1, length - 1, 2) == (unsigned char)c ? 3 : 0;
  while (slashes < length && text[slashes] == '\\')
    slashes++;
  if (!slashes || c == '\\' || slashes == length)
    return c == '\\' ? slashes : 0;
  text += slashes;
  length -= slashes;
  if (*text == 'u' && read_hex(text + 1, length - 1, 4) == (unsigned char)c)
    return slashes + 5;
  return *text == c ? slashes + 1 : 0;
}

static bool begins_with(const char *text, size_t length, struct slice part) {
  for (size_t i = 0; i < part.length; i++) {
    size_t used = length ? spells(text, length, part.text[i]) : 0;
    if (!used)
      return false;
    text += used;
    length -= used;
  }
  return true;
}

bool secrets_holds(struct slice text, struct slice part) {
  for (size_t i = 0; part.length && i < text.length; i++)
    if (begins_with(text.text + i, text.length - i, part))
      return true;
  return false;
}

bool secrets_occur(const struct secrets *s, const char *text, size_t length) {
  for (size_t i = 0; i < s->count; i++)
    if (secrets_holds((struct slice){text, length}, s->list[i]))
      return true;
  return false;
}
