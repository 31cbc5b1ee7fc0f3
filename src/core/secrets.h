/* secrets.h - a few client secrets, tried in their order.
 *
 * Two secrets that are valid at once are how a secret is changed without a
 * stop.  The text is wiped before it is freed. */
#ifndef CRIER_SECRETS_H
#define CRIER_SECRETS_H

#include <stdbool.h>

#include "buffer.h"
#include "request.h"

enum {
  SECRETS_MAX = 16,
  SECRETS_TEXT_MAX = 16 * 1024, /* bytes of a file of secrets */
};

struct secrets {
  buffer text;                    /* owned; wiped */
  struct slice list[SECRETS_MAX]; /* into `text` */
  size_t count;
};

void secrets_init(struct secrets *s);

/* Wipes and frees. */
void secrets_clear(struct secrets *s);

/* Takes over `text`, one secret a line, and leaves it empty; blanks around a
 * secret, empty lines and a byte order mark do not count.  Returns NULL, or
 * what is wrong with it (to follow the file's name), and then nothing has
 * changed. */
const char *secrets_take_lines(struct secrets *s, buffer *text);

/* Takes one secret as it is.  False when out of memory or too long. */
bool secrets_take_one(struct secrets *s, const char *secret, size_t length);

/* Whether `text` repeats one of them. */
bool secrets_occur(const struct secrets *s, const char *text, size_t length);

/* Whether `text` holds `part`, which is nowhere when it is empty: as it is, or
 * as JSON and URLs escape it. */
bool secrets_holds(struct slice text, struct slice part);

#endif
