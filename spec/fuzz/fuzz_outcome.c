
/* Any answer becomes an outcome within its bounds.
 *
 * Input: one byte each for operation, status and flags; then retry-after, date,
 * content type, error and body, parted by NULs. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/outcome.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const char *text, size_t most) {
  size_t length = strlen(text);
  assert(length <= most);
  for (size_t i = 0; i < length; i++)
    assert((unsigned char)text[i] >= ' ' && text[i] != 0x7F);
}

static void check(enum operation operation, const struct response *response,
                  const struct outcome *outcome) {
  check_text(outcome->text, OUTCOME_TEXT_MAX);
  check_text(outcome->code, OUTCOME_CODE_MAX - 1);
  assert(outcome->retry_after_ms >= -1 && outcome->retry_after_ms <= 3600000);
  assert((outcome->kind == OUTCOME_OK) == !outcome->remedy);
  assert(outcome->kind != OUTCOME_AMBIGUOUS ||
         operation_reach(operation) == REACH_DELIVER);
  if (response->status == 500 && operation == OPERATION_SEND)
    assert(outcome->kind == OUTCOME_AMBIGUOUS);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const int statuses[] = {0,   200, 201, 302, 400, 401, 403, 404,
                                 408, 409, 412, 413, 429, 500, 502, 503};
  static struct outcome outcome;
  struct response response = {0};
  if (size < 3)
    return 0;
  enum operation operation = (enum operation)(data[0] % OPERATION_COUNT);
  response.status = statuses[data[1] % 16];
  response.sent = data[2] & 1;
  char *copy = malloc(size - 2);
  assert(copy);
  memcpy(copy, data + 3, size - 3);
  copy[size - 3] = '\0';
  const char **const texts[] = {&response.retry_after, &response.date,
                                &response.content_type, &response.error};
  char *rest = copy;
  char *end = copy + size - 3;
  for (int i = 0; i < 4; i++) {
    *texts[i] = rest;
    rest += strlen(rest);
    if (rest < end)
      rest++;
  }
  /* A copy of its own, so that reading past its end is seen. */
  response.body_length = (size_t)(end - rest);
  char *body = malloc(response.body_length + 1);
  assert(body);
  memcpy(body, rest, response.body_length + 1);
  response.body = body;
  response.message = response.error;
  outcome_classify(operation, &response, 1700000000000, &outcome);
  check(operation, &response, &outcome);
  free(body);
  free(copy);
  return 0;
}
