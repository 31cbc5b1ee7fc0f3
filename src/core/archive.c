#include "archive.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zip.h>

struct archive {
  size_t count;
  struct archive_entry entries[ARCHIVE_ENTRIES_MAX]; /* owned, both texts */
};

static const char *const texts[] = {
#define X(name, text) text,
    ARCHIVE_STATUS_MAP(X)
#undef X
};

static const char *const names[] = {
#define X(name, text) #name,
    ARCHIVE_STATUS_MAP(X)
#undef X
};

const char *archive_strerror(enum archive_status status) {
  return texts[status];
}

const char *archive_errname(enum archive_status status) {
  return names[status];
}

void archive_free(archive *a) {
  if (!a)
    return;
  for (size_t i = 0; i < a->count; i++) {
    free((void *)(size_t)a->entries[i].name);
    free((void *)(size_t)a->entries[i].data);
  }
  free(a);
}

size_t archive_count(const archive *a) {
  return a->count;
}

const struct archive_entry *archive_entry_at(const archive *a, size_t i) {
  return i < a->count ? &a->entries[i] : NULL;
}

/* Whether the part of a path that begins at `part` may be there. */
static bool part_is_good(const char *part, size_t length) {
  return length > 0 && !(length == 1 && part[0] == '.') &&
         !(length == 2 && part[0] == '.' && part[1] == '.');
}

/* Relative, and below where it is unpacked, on every system.  The slash at the
 * end of a folder's name is not part of `length`. */
static bool name_is_good(const char *name, size_t length) {
  size_t start = 0;
  if (length == 0 || length >= ARCHIVE_NAME_BYTES)
    return false;
  for (size_t i = 0; i <= length; i++) {
    unsigned char c = i < length ? (unsigned char)name[i] : '/';
    if (c < 0x20 || c == 0x7f || c == '\\' || c == ':')
      return false;
    if (c != '/')
      continue;
    if (!part_is_good(name + start, i - start))
      return false;
    start = i + 1;
  }
  return true;
}

static void blame(const char *name, char culprit[ARCHIVE_NAME_BYTES]) {
  snprintf(culprit, ARCHIVE_NAME_BYTES, "%s", name);
  for (char *c = culprit; *c; c++) {
    if ((unsigned char)*c < 0x20 || *c == 0x7f)
      *c = '?';
  }
}

/* Whether an earlier entry has the name, which libzip gives as UTF-8: two may
 * differ in the file, and be the same once they are decoded. */
static bool is_duplicate(zip_t *za, zip_uint64_t i, const char *name) {
  for (zip_uint64_t j = 0; j < i; j++) {
    const char *other = zip_get_name(za, j, ZIP_FL_ENC_GUESS);
    if (other && strcmp(other, name) == 0)
      return true;
  }
  return false;
}

static bool is_folder(const char *name) {
  size_t length = strlen(name);
  return length > 0 && name[length - 1] == '/';
}

static enum archive_status check_entry(zip_t *za, zip_uint64_t i,
                                       zip_uint64_t *total,
                                       char culprit[ARCHIVE_NAME_BYTES]) {
  const zip_uint64_t needed = ZIP_STAT_NAME | ZIP_STAT_SIZE |
                              ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD |
                              ZIP_STAT_ENCRYPTION_METHOD;
  zip_stat_t stat;
  if (zip_stat_index(za, i, ZIP_FL_ENC_GUESS, &stat) != 0 ||
      (stat.valid & needed) != needed)
    return ARCHIVE_NOT_ZIP;
  blame(stat.name, culprit);
  if (!name_is_good(stat.name, strlen(stat.name) - is_folder(stat.name)))
    return ARCHIVE_NAME_REFUSED;
  if (is_duplicate(za, i, stat.name))
    return ARCHIVE_DUPLICATE;
  if (stat.encryption_method != ZIP_EM_NONE ||
      (stat.comp_method != ZIP_CM_STORE && stat.comp_method != ZIP_CM_DEFLATE))
    return ARCHIVE_UNSUPPORTED;
  if (stat.size > ARCHIVE_BYTES_MAX - *total)
    return ARCHIVE_TOO_LARGE;
  if (stat.size > ARCHIVE_RATIO_FROM &&
      stat.size / ARCHIVE_RATIO_MAX >= stat.comp_size)
    return ARCHIVE_RATIO;
  *total += stat.size;
  culprit[0] = '\0';
  return ARCHIVE_OK;
}

/* Judges everything that can be before a byte is unpacked. */
static enum archive_status check_all(zip_t *za, zip_uint64_t count,
                                     char culprit[ARCHIVE_NAME_BYTES]) {
  zip_uint64_t total = 0;
  if (count == 0)
    return ARCHIVE_EMPTY;
  if (count > ARCHIVE_ENTRIES_MAX)
    return ARCHIVE_TOO_MANY;
  for (zip_uint64_t i = 0; i < count; i++) {
    enum archive_status status = check_entry(za, i, &total, culprit);
    if (status != ARCHIVE_OK)
      return status;
  }
  return ARCHIVE_OK;
}

/* Reads exactly `size` bytes and the end, where libzip compares the sum. */
static enum archive_status read_data(zip_file_t *file, char *data,
                                     size_t size) {
  char more;
  size_t length = 0;
  while (length < size) {
    zip_int64_t n = zip_fread(file, data + length, size - length);
    if (n <= 0)
      return ARCHIVE_DAMAGED;
    length += (size_t)n;
  }
  return zip_fread(file, &more, 1) == 0 ? ARCHIVE_OK : ARCHIVE_DAMAGED;
}

static enum archive_status unpack_entry(zip_t *za, zip_uint64_t i, archive *a) {
  enum archive_status status = ARCHIVE_NOMEM;
  zip_stat_t stat;
  zip_file_t *file = NULL;
  char *name = NULL, *data = NULL;
  if (zip_stat_index(za, i, ZIP_FL_ENC_GUESS, &stat) != 0)
    return ARCHIVE_NOT_ZIP;
  name = strdup(stat.name);
  data = malloc((size_t)stat.size + 1);
  if (!name || !data)
    goto done;
  status = ARCHIVE_DAMAGED;
  file = zip_fopen_index(za, i, 0);
  if (!file)
    goto done;
  status = read_data(file, data, (size_t)stat.size);
  if (status != ARCHIVE_OK)
    goto done;
  a->entries[a->count++] =
      (struct archive_entry){name, data, (size_t)stat.size};
  name = data = NULL; /* ownership moved to the archive */
done:
  if (file)
    zip_fclose(file);
  free(name);
  free(data);
  return status;
}

static enum archive_status unpack_all(zip_t *za, zip_uint64_t count, archive *a,
                                      char culprit[ARCHIVE_NAME_BYTES]) {
  for (zip_uint64_t i = 0; i < count; i++) {
    const char *name = zip_get_name(za, i, ZIP_FL_ENC_GUESS);
    if (!name)
      return ARCHIVE_NOT_ZIP;
    if (is_folder(name))
      continue;
    enum archive_status status = unpack_entry(za, i, a);
    if (status != ARCHIVE_OK) {
      blame(name, culprit);
      return status;
    }
  }
  return ARCHIVE_OK;
}

/* What libzip's complaint about a whole file means. */
static enum archive_status status_of(const zip_error_t *error) {
  switch (zip_error_code_zip(error)) {
  case ZIP_ER_MEMORY:
    return ARCHIVE_NOMEM;
  case ZIP_ER_EXISTS:
    return ARCHIVE_DUPLICATE;
  default:
    return ARCHIVE_NOT_ZIP;
  }
}

/* Opens a zip file that lies in memory; `bytes` must outlive it. */
static enum archive_status open_bytes(const char *bytes, size_t length,
                                      zip_t **out) {
  zip_error_t error;
  enum archive_status status = ARCHIVE_OK;
  zip_error_init(&error);
  zip_source_t *source = zip_source_buffer_create(bytes, length, 0, &error);
  zip_t *za =
      source ? zip_open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, &error)
             : NULL;
  if (za) {
    *out = za;
  } else {
    status = status_of(&error);
    zip_source_free(source);
  }
  zip_error_fini(&error);
  return status;
}

enum archive_status archive_read(archive **out, const char *bytes,
                                 size_t length,
                                 char culprit[ARCHIVE_NAME_BYTES]) {
  zip_t *za = NULL;
  archive *a = NULL;
  culprit[0] = '\0';
  if (length > ARCHIVE_BYTES_MAX)
    return ARCHIVE_TOO_LARGE;
  if (length == 0) /* for libzip, a zip file that is yet to be written */
    return ARCHIVE_NOT_ZIP;
  enum archive_status status = open_bytes(bytes, length, &za);
  if (status != ARCHIVE_OK)
    return status;
  zip_uint64_t count = (zip_uint64_t)zip_get_num_entries(za, 0);
  status = check_all(za, count, culprit);
  if (status != ARCHIVE_OK)
    goto done;
  status = ARCHIVE_NOMEM;
  a = calloc(1, sizeof(*a));
  if (!a)
    goto done;
  status = unpack_all(za, count, a, culprit);
  if (status != ARCHIVE_OK)
    goto done;
  *out = a;
  a = NULL; /* ownership moved to the caller */
done:
  archive_free(a);
  zip_discard(za);
  return status;
}

static enum archive_status check_written(const struct archive_entry *entries,
                                         size_t count,
                                         char culprit[ARCHIVE_NAME_BYTES]) {
  size_t total = 0;
  if (count == 0)
    return ARCHIVE_EMPTY;
  if (count > ARCHIVE_ENTRIES_MAX)
    return ARCHIVE_TOO_MANY;
  for (size_t i = 0; i < count; i++) {
    blame(entries[i].name, culprit);
    if (!name_is_good(entries[i].name, strlen(entries[i].name)))
      return ARCHIVE_NAME_REFUSED;
    for (size_t j = 0; j < i; j++) {
      if (strcmp(entries[i].name, entries[j].name) == 0)
        return ARCHIVE_DUPLICATE;
    }
    if (entries[i].length > ARCHIVE_BYTES_MAX - total)
      return ARCHIVE_TOO_LARGE;
    total += entries[i].length;
  }
  culprit[0] = '\0';
  return ARCHIVE_OK;
}

/* Adds an entry in a form that depends on its name and content alone. */
static bool add_entry(zip_t *za, const struct archive_entry *entry) {
  const zip_uint16_t first_day = 1 << 5 | 1; /* of 1980, at midnight */
  const zip_uint32_t plain_file = 0100644u << 16;
  zip_source_t *data = zip_source_buffer(za, entry->data, entry->length, 0);
  zip_int64_t i =
      data ? zip_file_add(za, entry->name, data, ZIP_FL_ENC_UTF_8) : -1;
  if (i < 0) {
    zip_source_free(data);
    return false;
  }
  zip_uint64_t at = (zip_uint64_t)i;
  return zip_set_file_compression(za, at, ZIP_CM_STORE, 0) == 0 &&
         zip_file_set_dostime(za, at, 0, first_day, 0) == 0 &&
         zip_file_set_external_attributes(za, at, 0, ZIP_OPSYS_UNIX,
                                          plain_file) == 0;
}

/* Copies out what was written to `source`. */
static enum archive_status take_bytes(zip_source_t *source, char **out,
                                      size_t *length) {
  enum archive_status status = ARCHIVE_FAILED;
  zip_stat_t stat;
  if (zip_source_stat(source, &stat) != 0 || !(stat.valid & ZIP_STAT_SIZE) ||
      zip_source_open(source) != 0)
    return status;
  char *bytes = malloc((size_t)stat.size + 1);
  if (!bytes)
    status = ARCHIVE_NOMEM;
  else if (zip_source_read(source, bytes, stat.size) ==
           (zip_int64_t)stat.size) {
    *out = bytes;
    *length = (size_t)stat.size;
    bytes = NULL; /* ownership moved to the caller */
    status = ARCHIVE_OK;
  }
  free(bytes);
  zip_source_close(source);
  return status;
}

enum archive_status archive_write(const struct archive_entry *entries,
                                  size_t count, char **out, size_t *length,
                                  char culprit[ARCHIVE_NAME_BYTES]) {
  zip_error_t error;
  zip_source_t *source = NULL;
  zip_t *za = NULL;
  culprit[0] = '\0';
  enum archive_status status = check_written(entries, count, culprit);
  if (status != ARCHIVE_OK)
    return status;
  status = ARCHIVE_NOMEM;
  zip_error_init(&error);
  source = zip_source_buffer_create(NULL, 0, 0, &error);
  if (!source)
    goto done;
  zip_source_keep(source); /* once for us, once for `za` */
  za = zip_open_from_source(source, ZIP_TRUNCATE, &error);
  if (!za) {
    zip_source_free(source);
    goto done;
  }
  status = ARCHIVE_FAILED;
  for (size_t i = 0; i < count; i++) {
    if (!add_entry(za, &entries[i]))
      goto done;
  }
  if (zip_close(za) != 0)
    goto done;
  za = NULL;
  status = take_bytes(source, out, length);
done:
  if (za)
    zip_discard(za);
  zip_source_free(source);
  zip_error_fini(&error);
  return status;
}
