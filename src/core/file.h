/* file.h - the content of a small file. */
#ifndef CRIER_FILE_H
#define CRIER_FILE_H

#include "buffer.h"

/* Appends the whole content of a regular file to `out`.  Returns 0, or errno:
 * EFBIG when it is larger than `out` takes.  What was appended before a failure
 * stays. */
int file_read(const char *path, buffer *out);

#endif
