/* icon.h - the icons of a Teams app: drawn, and looked at.
 *
 * A picture comes and goes as the bytes of a PNG file.  How many bytes and
 * pixels it may have is checked before it is unpacked.  Nothing is kept. */
#ifndef CRIER_ICON_H
#define CRIER_ICON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* clang-format off */
#define ICON_STATUS_MAP(X)                                            \
  X(OK,        "ok")                                                  \
  X(NOMEM,     "out of memory")                                       \
  X(NOT_PNG,   "it is not a PNG picture, or not the whole of one")    \
  X(TOO_LARGE, "it has more than 1 MiB, or more than 1024 x 1024"     \
               " pixels")                                             \
  X(FAILED,    "libpng cannot write it")
/* clang-format on */

enum icon_status {
#define X(name, text) ICON_##name,
  ICON_STATUS_MAP(X)
#undef X
};

enum {
  ICON_BYTES_MAX = 1 << 20,
  ICON_SIDE_MAX = 1024, /* pixels */
  ICON_COLOR_SIDE = 192,
  ICON_OUTLINE_SIDE = 32
};

/* The two that an app package must have. */
enum icon_kind { ICON_COLOR, ICON_OUTLINE };

struct icon_facts {
  unsigned width, height; /* pixels */
  bool is_transparent;    /* some pixel lets the background through */
  bool is_visible;        /* some pixel is there */
  bool is_white;          /* what is there is white */
  bool is_framed;         /* one colour, but for the middle half of each side */
};

/* Looks at the picture in `bytes`. */
enum icon_status icon_inspect(const char *bytes, size_t length,
                              struct icon_facts *out);

/* Draws a speech bubble: for ICON_COLOR white on `rgb` (0xRRGGBB), in the
 * middle half; for ICON_OUTLINE white lines on nothing.  The caller frees
 * `*out` with free(). */
enum icon_status icon_draw(enum icon_kind kind, uint32_t rgb, char **out,
                           size_t *length);

/* Static text and name of a status; never NULL. */
const char *icon_strerror(enum icon_status status);
const char *icon_errname(enum icon_status status);

#endif
