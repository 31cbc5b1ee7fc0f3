/* archive.h - a zip file in memory, written and read within bounds.
 *
 * An `archive` owns the unpacked entries of a zip file that may come from
 * anybody: how many there are, how large they get, how far they unpack and
 * what they are called is checked before a byte is unpacked.  Folders are
 * passed over.  What is written depends on names and contents alone: nothing
 * is compressed, and every entry has the oldest time that a zip can hold.
 * Nothing here touches a file; one thread at a time. */
#ifndef CRIER_ARCHIVE_H
#define CRIER_ARCHIVE_H

#include <stddef.h>

/* clang-format off */
#define ARCHIVE_STATUS_MAP(X)                                               \
  X(OK,           "ok")                                                     \
  X(NOMEM,        "out of memory")                                          \
  X(NOT_ZIP,      "it is not a zip file, or not the whole of one")          \
  X(EMPTY,        "it has no entries")                                      \
  X(TOO_MANY,     "it has more than 64 entries")                            \
  X(TOO_LARGE,    "it is larger than 8 MiB, packed or unpacked")            \
  X(RATIO,        "it unpacks to more than 200 times its size")             \
  X(NAME_REFUSED, "a name must be a relative path of 255 bytes at most,"    \
                  " without '..', empty parts, backslashes and control"     \
                  " characters")                                            \
  X(DUPLICATE,    "two entries have the same name")                         \
  X(UNSUPPORTED,  "it is encrypted, or not packed by 'deflate'")            \
  X(DAMAGED,      "it is damaged")                                          \
  X(FAILED,       "libzip cannot write it")
/* clang-format on */

enum archive_status {
#define X(name, text) ARCHIVE_##name,
  ARCHIVE_STATUS_MAP(X)
#undef X
};

enum {
  ARCHIVE_ENTRIES_MAX = 64,
  ARCHIVE_NAME_BYTES = 256, /* cap of a name, its NUL included */
  ARCHIVE_BYTES_MAX = 8 << 20,
  ARCHIVE_RATIO_MAX = 200,       /* of entries that unpack to more than: */
  ARCHIVE_RATIO_FROM = 64 * 1024 /* bytes; smaller ones harm nobody */
};

struct archive_entry {
  const char *name; /* UTF-8 */
  const char *data; /* may be NULL when `length` is 0 */
  size_t length;
};

typedef struct archive archive;

/* Unpacks all of `bytes`; the caller frees the archive with archive_free().
 * On failure `culprit` gets the name of the entry to blame, cut to fit,
 * with '?' for control characters; empty when it is the file as a whole. */
enum archive_status archive_read(archive **out, const char *bytes,
                                 size_t length,
                                 char culprit[ARCHIVE_NAME_BYTES]);

/* Frees the archive and its entries.  NULL is allowed. */
void archive_free(archive *a);

size_t archive_count(const archive *a);

/* The entry `i`, in the order of the file; it lives as long as the archive. */
const struct archive_entry *archive_entry_at(const archive *a, size_t i);

/* Packs the entries in their order into one zip file; the caller frees `*out`
 * with free().  Refuses what archive_read() would. */
enum archive_status archive_write(const struct archive_entry *entries,
                                  size_t count, char **out, size_t *length,
                                  char culprit[ARCHIVE_NAME_BYTES]);

/* Static text and name of a status; never NULL. */
const char *archive_strerror(enum archive_status status);
const char *archive_errname(enum archive_status status);

#endif
