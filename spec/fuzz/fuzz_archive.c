/* fuzzes: src/core/archive.c src/core/icon.c */

/* A package comes from anybody: whatever libzip and libpng make of the bytes
 * keeps to the bounds, and what was unpacked can be packed and unpacked
 * again. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/archive.h"
#include "core/icon.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_bounds(const archive *a) {
  size_t total = 0;
  assert(archive_count(a) <= ARCHIVE_ENTRIES_MAX);
  for (size_t i = 0; i < archive_count(a); i++) {
    const struct archive_entry *entry = archive_entry_at(a, i);
    size_t length = strlen(entry->name);
    assert(length > 0 && length < ARCHIVE_NAME_BYTES);
    assert(entry->name[0] != '/' && !strstr(entry->name, "../"));
    assert(entry->length <= ARCHIVE_BYTES_MAX - total);
    total += entry->length;
  }
  assert(!archive_entry_at(a, archive_count(a)));
}

/* Packs what was unpacked, and compares what comes back. */
static void check_again(const archive *a) {
  struct archive_entry entries[ARCHIVE_ENTRIES_MAX];
  char culprit[ARCHIVE_NAME_BYTES];
  char *bytes = NULL;
  size_t length, count = archive_count(a);
  archive *again = NULL;
  for (size_t i = 0; i < count; i++)
    entries[i] = *archive_entry_at(a, i);
  assert(archive_write(entries, count, &bytes, &length, culprit) == ARCHIVE_OK);
  assert(archive_read(&again, bytes, length, culprit) == ARCHIVE_OK);
  assert(archive_count(again) == count);
  for (size_t i = 0; i < count; i++) {
    const struct archive_entry *entry = archive_entry_at(again, i);
    assert(strcmp(entry->name, entries[i].name) == 0);
    assert(entry->length == entries[i].length);
    assert(memcmp(entry->data, entries[i].data, entry->length) == 0);
  }
  archive_free(again);
  free(bytes);
}

static void check_icon(const char *bytes, size_t size) {
  struct icon_facts facts;
  if (icon_inspect(bytes, size, &facts) != ICON_OK)
    return;
  assert(facts.width > 0 && facts.width <= ICON_SIDE_MAX);
  assert(facts.height > 0 && facts.height <= ICON_SIDE_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  char culprit[ARCHIVE_NAME_BYTES];
  archive *a = NULL;
  const char *bytes = (const char *)data;
  check_icon(bytes, size);
  if (archive_read(&a, bytes, size, culprit) == ARCHIVE_OK) {
    check_bounds(a);
    check_again(a);
  }
  assert(strlen(culprit) < ARCHIVE_NAME_BYTES);
  archive_free(a);
  return 0;
}
