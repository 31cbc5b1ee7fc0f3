/* text.h - measuring, quoting and digesting text.
 *
 * Text comes as bytes with their number, and need not be valid UTF-8: a byte
 * that belongs to no character (RFC 3629) counts, and is written, as one
 * U+FFFD.  Nothing here keeps state; whoever gets memory frees it. */
#ifndef CRIER_TEXT_H
#define CRIER_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
  TEXT_SHA256_BYTES = 32,
  TEXT_RANDOM_MAX = 256 /* what getrandom(2) gives without a cut */
};

/* UTF-16 code units of `text`: what Teams limits. */
size_t text_utf16_units(const char *text, size_t length);

/* Bytes that text_json_write() will write, the quotes included. */
size_t text_json_size(const char *text, size_t length);

/* Writes `text` as a JSON string (RFC 8259, section 7) of text_json_size()
 * bytes, without a NUL. */
void text_json_write(const char *text, size_t length, char *out);

/* Copies at most `cap` bytes of `text`, fit for a terminal or a log line:
 * white space becomes a space; other control characters, what changes the
 * direction of writing, and stray bytes become '?'; no character is cut in
 * half.  Returns the number of bytes written, never above `length`. */
size_t text_printable(const char *text, size_t length, size_t cap, char *out);

/* The SHA-256 digest of `text`; false when libcrypto refuses. */
bool text_sha256(const char *text, size_t length,
                 unsigned char digest[TEXT_SHA256_BYTES]);

/* Fills `bytes`, TEXT_RANDOM_MAX at most, from the system's generator. */
bool text_random(unsigned char *bytes, size_t count);

/* Whether `c` is a space, a tab or an end of line, in every locale. */
bool text_is_blank(char c);

/* What a hexadecimal digit of either case stands for; -1 when it is none. */
int text_hex_value(char c);

/* Writes two lower-case digits for each byte, without a NUL. */
void text_hex(const unsigned char *bytes, size_t count, char *out);

#endif
