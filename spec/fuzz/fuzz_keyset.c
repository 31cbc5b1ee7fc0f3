/* fuzzes: src/core/jws.c src/core/keyset.c src/core/jwk.c */

/* No key set and no token make more of each other than they are: nothing that
 * differs from a token that was signed is believed, and what is believed is two
 * JSON objects.
 *
 * Input: one byte, a key set, a NUL, a token.  An odd byte takes, in place of
 * the key set, one with the key that the token of the seeds was signed with. */
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "core/keyset.h"
#include "input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

#define SEED "spec/fuzz/seeds/fuzz_keyset/signed"

static char *known_set, *known_token;

/* The seed: what a verifier must believe. */
int LLVMFuzzerInitialize(int *argc, char ***argv) {
  static uint8_t bytes[16 * 1024];
  (void)argc, (void)argv;
  FILE *file = fopen(SEED, "rb");
  assert(file);
  struct input in = {bytes, fread(bytes, 1, sizeof(bytes), file)};
  fclose(file);
  input_byte(&in);
  known_set = input_text(&in, NULL);
  known_token = input_text(&in, NULL);
  return 0;
}

static void check_object(const buffer *text) {
  json_t *object = json_loadb(text->data, text->length, 0, NULL);
  assert(json_is_object(object));
  json_decref(object);
}

/* A signature may be written in more than one way; what it signs may not. */
static void check_known(const char *token) {
  size_t length = (size_t)(strrchr(known_token, '.') - known_token) + 1;
  assert(strncmp(token, known_token, length) == 0);
}

static void verify(const keyset *keys, const char *token, size_t length,
                   bool is_known) {
  static const char *const algorithms[] = {"RS256", "PS256"};
  buffer header, claims;
  buffer_init(&header, JWS_TOKEN_MAX);
  buffer_init(&claims, JWS_TOKEN_MAX);
  enum keyset_status status =
      keyset_verify(keys, token, length, algorithms, 2, &header, &claims);
  if (status == KEYSET_OK) {
    check_object(&header);
    check_object(&claims);
    if (is_known)
      check_known(token);
  } else {
    assert(!header.length && !claims.length);
    assert(strcmp(token, known_token) != 0 || !is_known);
  }
  buffer_clear(&header);
  buffer_clear(&claims);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct input in = {data, size};
  size_t set_length, token_length;
  bool is_known = input_byte(&in) & 1;
  char *set = input_text(&in, &set_length);
  char *token = input_text(&in, &token_length);
  keyset *keys = NULL;
  enum keyset_status status =
      is_known ? keyset_new(&keys, known_set, strlen(known_set))
               : keyset_new(&keys, set, set_length);
  assert((status == KEYSET_OK) == (keys != NULL));
  assert(!keys ||
         (keyset_count(keys) > 0 && keyset_count(keys) <= KEYSET_KEYS_MAX));
  if (keys)
    verify(keys, token, token_length, is_known);
  keyset_free(keys);
  free(token);
  free(set);
  return 0;
}
