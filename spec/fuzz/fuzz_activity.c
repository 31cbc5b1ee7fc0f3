/* fuzzes: src/core/activity.c */

/* Any text is judged, with a place that is a JSON Pointer, and measured: never
 * more than all of it, as UTF-16. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "core/activity.h"
#include "core/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct activity_options options = {false, false};
  struct activity_verdict verdict;
  const char *json = (const char *)data;
  if (size) {
    options.split = *json & 1;
    options.is_group = *json & 2;
  }
  activity_check(json, size, &options, &verdict);
  assert(strlen(verdict.place) < ACTIVITY_PLACE_MAX);
  assert(!verdict.place[0] || verdict.place[0] == '/');
  assert(verdict.flaw != ACTIVITY_NONE || !verdict.place[0]);
  assert(!options.split || verdict.flaw != ACTIVITY_SPLIT);
  assert(activity_flaw_name(verdict.flaw) && activity_flaw_text(verdict.flaw));
  assert(activity_size(json, size) <= 2 * text_utf16_units(json, size));
  return 0;
}
