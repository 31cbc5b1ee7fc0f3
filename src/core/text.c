#include "text.h"

#include <openssl/evp.h>
#include <string.h>
#include <sys/random.h>

/* Bytes of the character that starts `text`, its number in `*code`; 0 when no
 * valid one does (RFC 3629, section 4: no overlong forms, no surrogates). */
static size_t decode(const unsigned char *text, size_t length, uint32_t *code) {
  static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  unsigned char lead = text[0];
  size_t size = lead < 0x80   ? 1
                : lead < 0xc2 ? 0
                : lead < 0xe0 ? 2
                : lead < 0xf0 ? 3
                : lead < 0xf5 ? 4
                              : 0;
  if (size == 0 || size > length)
    return 0;
  uint32_t value = size == 1 ? lead : lead & (0x7fu >> size);
  for (size_t i = 1; i < size; i++) {
    if ((text[i] & 0xc0) != 0x80)
      return 0;
    value = value << 6 | (text[i] & 0x3f);
  }
  if (value < least[size] || value > 0x10ffff ||
      (value >= 0xd800 && value <= 0xdfff))
    return 0;
  *code = value;
  return size;
}

size_t text_utf16_units(const char *text, size_t length) {
  const unsigned char *p = (const unsigned char *)text;
  const unsigned char *end = p + length;
  size_t units = 0;
  while (p < end) {
    uint32_t code = 0;
    size_t size = *p < 0x80 ? 1 : decode(p, (size_t)(end - p), &code);
    units += code >= 0x10000 ? 2 : 1;
    p += size ? size : 1;
  }
  return units;
}

/* The second character of a two-character escape, 'u' when six are needed, 0
 * when none is. */
static char escape_of(unsigned char byte) {
  switch (byte) {
  case '"':
  case '\\':
    return (char)byte;
  case '\b':
    return 'b';
  case '\f':
    return 'f';
  case '\n':
    return 'n';
  case '\r':
    return 'r';
  case '\t':
    return 't';
  }
  return byte < 0x20 ? 'u' : 0;
}

/* Number of bytes at the start of `text` that stand for themselves in JSON. */
static size_t plain_run(const unsigned char *text, size_t length) {
  size_t i = 0;
  while (i < length && text[i] < 0x80 && text[i] >= 0x20 && text[i] != '"' &&
         text[i] != '\\')
    i++;
  return i;
}

size_t text_json_size(const char *text, size_t length) {
  const unsigned char *p = (const unsigned char *)text;
  const unsigned char *end = p + length;
  size_t size = 2;
  while (p < end) {
    size_t run = plain_run(p, (size_t)(end - p));
    p += run;
    size += run;
    if (p == end)
      break;
    uint32_t code;
    size_t bytes = *p < 0x80 ? 0 : decode(p, (size_t)(end - p), &code);
    if (*p >= 0x80)
      size += bytes ? bytes : 3;
    else
      size += escape_of(*p) == 'u' ? 6 : 2;
    p += bytes ? bytes : 1;
  }
  return size;
}

static char *write_bytes(char *out, const void *bytes, size_t count) {
  memcpy(out, bytes, count);
  return out + count;
}

static char *write_escape(char *out, unsigned char byte) {
  char letter = escape_of(byte);
  out = write_bytes(out, "\\", 1);
  out = write_bytes(out, &letter, 1);
  if (letter != 'u')
    return out;
  out = write_bytes(out, "00", 2);
  text_hex(&byte, 1, out);
  return out + 2;
}

void text_json_write(const char *text, size_t length, char *out) {
  const unsigned char *p = (const unsigned char *)text;
  const unsigned char *end = p + length;
  out = write_bytes(out, "\"", 1);
  while (p < end) {
    size_t run = plain_run(p, (size_t)(end - p));
    out = write_bytes(out, p, run);
    p += run;
    if (p == end)
      break;
    uint32_t code;
    size_t bytes = *p < 0x80 ? 0 : decode(p, (size_t)(end - p), &code);
    if (*p < 0x80)
      out = write_escape(out, *p);
    else if (bytes)
      out = write_bytes(out, p, bytes);
    else
      out = write_bytes(out, "\xef\xbf\xbd", 3); /* U+FFFD */
    p += bytes ? bytes : 1;
  }
  write_bytes(out, "\"", 1);
}

/* What could forge a line, move the cursor or turn the writing round
 * (Unicode, UAX #9: explicit directional formatting). */
static bool is_unprintable(uint32_t code) {
  return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x200e ||
         code == 0x200f || (code >= 0x2028 && code <= 0x202e) ||
         (code >= 0x2066 && code <= 0x2069);
}

size_t text_printable(const char *text, size_t length, size_t cap, char *out) {
  const unsigned char *p = (const unsigned char *)text;
  const unsigned char *end = p + length;
  char *to = out;
  while (p < end) {
    uint32_t code;
    size_t bytes = decode(p, (size_t)(end - p), &code);
    bool same = bytes && !is_unprintable(code);
    size_t room = cap - (size_t)(to - out);
    if (room < (same ? bytes : 1))
      break;
    if (same)
      to = write_bytes(to, p, bytes);
    else
      to =
          write_bytes(to, bytes && code >= '\t' && code <= '\r' ? " " : "?", 1);
    p += bytes ? bytes : 1;
  }
  return (size_t)(to - out);
}

bool text_sha256(const char *text, size_t length,
                 unsigned char digest[TEXT_SHA256_BYTES]) {
  return EVP_Digest(text, length, digest, NULL, EVP_sha256(), NULL) == 1;
}

bool text_random(unsigned char *bytes, size_t count) {
  return getrandom(bytes, count, 0) == (ssize_t)count;
}

bool text_is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

int text_hex_value(char c) {
  return c >= '0' && c <= '9'   ? c - '0'
         : c >= 'a' && c <= 'f' ? c - 'a' + 10
         : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                : -1;
}

void text_hex(const unsigned char *bytes, size_t count, char *out) {
  static const char digits[] = "0123456789abcdef";
  for (size_t i = 0; i < count; i++) {
    *out++ = digits[bytes[i] >> 4];
    *out++ = digits[bytes[i] & 15];
  }
}
