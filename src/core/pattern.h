/* pattern.h - regular expressions, with limits.
 *
 * The expressions are those of PCRE2, set to mean what they mean in
 * JavaScript: `$` is the very end, `.` no line end, an empty class matches
 * nothing.  Pattern and text are UTF-8.  Nothing is kept between calls; any
 * thread may call.  A match that takes too many steps or too much memory
 * fails, so that no pattern hangs whoever asks. */
#ifndef CRIER_PATTERN_H
#define CRIER_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
  PATTERN_MAX_BYTES = 4096, /* a longer pattern is refused */
  PATTERN_MAX_GROUPS = 64,  /* groups beyond are not told */
  PATTERN_MATCH_STEPS = 200000,
  PATTERN_MATCH_KB = 4096,
  PATTERN_MESSAGE_BYTES = 160
};

/* clang-format off */
#define PATTERN_STATUS_MAP(X)                             \
  X(OK,      "ok")                                        \
  X(NONE,    "nothing matches")                           \
  X(INVALID, "this is no regular expression")             \
  X(LIMIT,   "this regular expression takes too many steps") \
  X(NOMEM,   "out of memory")
/* clang-format on */

enum pattern_status {
#define X(name, text) PATTERN_##name,
  PATTERN_STATUS_MAP(X)
#undef X
};

struct pattern_flags {
  bool caseless;
  bool multiline;
  bool dotall;
};

/* A match: pairs of byte offsets of the whole and of each group; SIZE_MAX for
 * a group that took no part. */
struct pattern_match {
  size_t groups; /* 1 for the whole alone */
  size_t offsets[2 * PATTERN_MAX_GROUPS];
  char message[PATTERN_MESSAGE_BYTES]; /* of PATTERN_INVALID; NUL-terminated */
};

/* Looks for the first match of `pattern` in `text` from byte `start` on, and
 * fills `match`. */
enum pattern_status pattern_find(const char *pattern, size_t pattern_length,
                                 struct pattern_flags flags, const char *text,
                                 size_t length, size_t start,
                                 struct pattern_match *match)
    __attribute__((warn_unused_result));

/* The text of a status. */
const char *pattern_status_text(enum pattern_status status);

/* The name of a status, such as "LIMIT". */
const char *pattern_status_name(enum pattern_status status);

#endif
