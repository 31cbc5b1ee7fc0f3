/* fuzzes: src/core/retryafter.c */

/* Whatever stands in Retry-After and Date, nobody waits longer than an hour, a
 * number of seconds is waited in full, and an instant is within its years.
 *
 * Input: six bytes of the time now, then Retry-After and Date, parted by a
 * NUL. */
#include <stdbool.h>
#include <stdio.h>

#include "core/retryafter.h"
#include "input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* 0001-01-01 and 10000-01-01; zones add a day on either side. */
#define FIRST_MS (-62135596800000 - 86400000)
#define LAST_MS (253402300800000 + 86400000)

static void check_instant(const char *text) {
  int64_t ms = 0;
  if (instant_parse(text, &ms))
    assert(ms >= FIRST_MS && ms <= LAST_MS);
}

static void check_wait(const char *retry_after, const char *date,
                       int64_t now_ms) {
  int64_t wait_ms = retry_after_ms(retry_after, date, now_ms);
  size_t digits = strspn(retry_after, "0123456789");
  assert(wait_ms >= -1 && wait_ms <= RETRY_AFTER_MOST_MS);
  if (!digits || digits > 9 || retry_after[digits])
    return;
  int64_t asked_ms = strtoll(retry_after, NULL, 10) * 1000;
  assert(wait_ms ==
         (asked_ms < RETRY_AFTER_MOST_MS ? asked_ms : RETRY_AFTER_MOST_MS));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct input in = {data, size};
  uint64_t now_ms = 0;
  for (int i = 0; i < 6; i++)
    now_ms = now_ms << 8 | input_byte(&in);
  char *retry_after = input_text(&in, NULL);
  char *date = input_text(&in, NULL);
  check_instant(retry_after);
  check_wait(retry_after, date, (int64_t)now_ms);
  check_wait(retry_after, NULL, (int64_t)now_ms);
  assert(retry_after_ms(NULL, date, (int64_t)now_ms) == -1);
  free(date);
  free(retry_after);
  return 0;
}
