/* fuzzes: src/core/archive.c src/core/icon.c */

/* A package comes from anybody: whatever libzip and libpng make of the bytes
 * keeps to the bounds, and what was unpacked can be packed and unpacked
 * again. */
#include <assert.h>
#include <stdbool.h>
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

/* A whole zip file, or a whole picture: random bytes never become one. */
static char *make_whole(bool is_zip, size_t *length) {
  static const struct archive_entry entries[] = {
      {"manifest.json", "{\"a\": [1, 2, 3, 4, 5, 6, 7, 8, 9]}", 34},
      {"icons/color.png", "\211PNG\r\n\032\n", 8},
      {"empty", "", 0},
  };
  char culprit[ARCHIVE_NAME_BYTES];
  char *bytes = NULL;
  if (is_zip)
    assert(archive_write(entries, 3, &bytes, length, culprit) == ARCHIVE_OK);
  else
    assert(icon_draw(ICON_OUTLINE, 0, &bytes, length) == ICON_OK);
  return bytes;
}

static char *copy_whole(bool is_zip, size_t *length) {
  static char *whole[2]; /* made once, and kept to the end */
  static size_t lengths[2];
  if (!whole[is_zip])
    whole[is_zip] = make_whole(is_zip, &lengths[is_zip]);
  char *bytes = malloc(lengths[is_zip]);
  assert(bytes);
  *length = lengths[is_zip];
  return memcpy(bytes, whole[is_zip], *length);
}

static void check(const char *bytes, size_t size) {
  char culprit[ARCHIVE_NAME_BYTES];
  archive *a = NULL;
  check_icon(bytes, size);
  if (archive_read(&a, bytes, size, culprit) == ARCHIVE_OK) {
    check_bounds(a);
    check_again(a);
  }
  assert(strlen(culprit) < ARCHIVE_NAME_BYTES);
  archive_free(a);
}

/* The first byte chooses: the rest as it is, or a whole file in which each
 * three bytes of it, a place and a value, overwrite one. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  size_t length;
  if (!size)
    return 0;
  if (data[0] % 3 == 0) {
    check((const char *)data + 1, size - 1);
    return 0;
  }
  char *bytes = copy_whole(data[0] % 3 == 1, &length);
  for (size_t i = 1; i + 2 < size; i += 3)
    bytes[(data[i] * 256u + data[i + 1]) % length] = (char)data[i + 2];
  check(bytes, size > 1 && size % 3 == 0 ? length - data[1] % 64u : length);
  free(bytes);
  return 0;
}
