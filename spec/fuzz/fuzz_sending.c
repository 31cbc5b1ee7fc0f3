/* fuzzes: src/core/sending.c */

/* Whatever a batch is answered with, what is read of it keeps to its bounds. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/sending.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Visible ASCII, and not too much of it. */
static void check_id(const char *id) {
  size_t length = strlen(id);
  assert(length > 0 && length < OUTCOME_ID_MAX);
  for (size_t i = 0; i < length; i++)
    assert(id[i] > ' ' && id[i] <= '~');
}

static void check_state(const struct sending_state *state) {
  assert(memchr(state->name, '\0', sizeof(state->name)));
  assert(state->count <= SENDING_COUNTS_MAX);
  for (size_t i = 0; i < state->count; i++) {
    assert(state->counts[i].count >= 0);
    assert(memchr(state->counts[i].status, '\0', SENDING_KEY_MAX));
  }
  assert(state->total >= -1 && state->retry_at_ms >= -1);
}

static void check_failures(const failures *page) {
  struct slice id, error;
  for (size_t i = 0; i < failures_count(page); i++) {
    failures_peek(page, i, &id, &error);
    assert(id.text ? strlen(id.text) <= id.length : !id.length);
    assert(error.text ? strlen(error.text) <= error.length : !error.length);
  }
  struct slice next = failures_continuation(page);
  assert(!next.text || next.length);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  char id[OUTCOME_ID_MAX];
  struct sending_state state;
  failures *page = NULL;
  char *body = malloc(size + 1);
  memcpy(body, data, size);
  body[size] = '\0';
  if (sending_read_id(body, size, NULL, id))
    check_id(id);
  if (sending_read_id(NULL, 0, body, id))
    check_id(id);
  if (sending_read_state(body, size, &state) == SENDING_OK)
    check_state(&state);
  if (failures_read(&page, body, size) == SENDING_OK)
    check_failures(page);
  failures_free(page);
  free(body);
  return 0;
}
