/* lock.h - an exclusive lock between processes, on a file made for it.
 *
 * The kernel holds the lock, flock(2): it ends with its holder, however that
 * dies, and two locks of one process exclude each other as well.  The holder
 * writes a line about itself into the file, for those who find it held.  The
 * file stays: removing it would let two holders lock two files of one name. */
#ifndef CRIER_LOCK_H
#define CRIER_LOCK_H

#include <stdbool.h>
#include <stddef.h>

enum { LOCK_TEXT_BYTES = 256 }; /* cap of the holder's line */

enum lock_status {
  LOCK_OK,
  LOCK_HELD,    /* by somebody else */
  LOCK_UNUSABLE /* the file cannot be made or locked; errno says why */
};

typedef struct lock lock;

/* Takes the lock on the file at `path`, made with mode 0600 when missing, and
 * writes the first LOCK_TEXT_BYTES of `text` into it.  Never waits.  When it is
 * held, `holder` receives what its holder wrote, NUL-terminated; otherwise it
 * stays untouched.  What is not a regular file, or is a symbolic link, is
 * UNUSABLE. */
enum lock_status lock_acquire(lock **out, const char *path, const char *text,
                              size_t length, char holder[LOCK_TEXT_BYTES + 1]);

/* Puts the first LOCK_TEXT_BYTES of `text` in the place of what the holder
 * wrote.  False when the file cannot be written; errno says why. */
bool lock_say(lock *l, const char *text, size_t length);

/* Releases the lock.  NULL is allowed. */
void lock_release(lock *l);

#endif
