/* input.h - takes a fuzzer's input apart, each part a copy of its own, so that
 * reading past its end is seen. */
#ifndef CRIER_FUZZ_INPUT_H
#define CRIER_FUZZ_INPUT_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct input {
  const uint8_t *data;
  size_t size;
};

/* The next byte; 0 at the end. */
static inline uint8_t input_byte(struct input *in) {
  if (!in->size)
    return 0;
  in->size--;
  return *in->data++;
}

static inline char *input_copy(const uint8_t *data, size_t size) {
  char *copy = malloc(size + 1);
  assert(copy);
  if (size)
    memcpy(copy, data, size);
  copy[size] = '\0';
  return copy;
}

/* What comes before the next NUL, or the rest; the caller frees it. */
static inline char *input_text(struct input *in, size_t *length) {
  const uint8_t *end = in->size ? memchr(in->data, 0, in->size) : NULL;
  size_t n = end ? (size_t)(end - in->data) : in->size;
  char *copy = input_copy(in->data, n);
  size_t used = n + (end != NULL);
  if (used) {
    in->data += used;
    in->size -= used;
  }
  if (length)
    *length = n;
  return copy;
}

#endif
