#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static int read_all(int fd, buffer *out) {
  char piece[4096];
  int error = 0;
  ssize_t count;
  while ((count = read(fd, piece, sizeof(piece))) != 0) {
    if (count < 0 && errno == EINTR)
      continue;
    if (count < 0) {
      error = errno;
      break;
    }
    buffer_append(out, piece, (size_t)count);
    if (buffer_status(out) != BUFFER_OK) {
      error = buffer_status(out) == BUFFER_TOO_LARGE ? EFBIG : ENOMEM;
      break;
    }
  }
  wipe_bytes(piece, sizeof(piece));
  return error;
}

int file_read(const char *path, buffer *out) {
  struct stat about;
  /* Not to hang on a pipe that nobody writes to. */
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0)
    return errno;
  int error = fstat(fd, &about) == 0 ? 0 : errno;
  if (!error && S_ISDIR(about.st_mode))
    error = EISDIR;
  else if (!error && !S_ISREG(about.st_mode))
    error = EINVAL;
  if (!error)
    error = read_all(fd, out);
  close(fd);
  return error;
}
