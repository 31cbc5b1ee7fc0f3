#include "lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

struct lock {
  int fd; /* owned; the lock lives as long as it is open */
};

/* O_NONBLOCK: neither a pipe nor a device in its place makes us wait. */
static int open_file(const char *path) {
  struct stat info;
  int fd =
      open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
  if (fd < 0)
    return -1;
  if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode))
    return fd;
  close(fd);
  errno = EINVAL;
  return -1;
}

static void read_holder(int fd, char holder[LOCK_TEXT_BYTES + 1]) {
  ssize_t length = pread(fd, holder, LOCK_TEXT_BYTES, 0);
  holder[length > 0 ? length : 0] = '\0';
}

static int write_holder(int fd, const char *text, size_t length) {
  if (length > LOCK_TEXT_BYTES)
    length = LOCK_TEXT_BYTES;
  if (ftruncate(fd, 0) != 0)
    return -1;
  return pwrite(fd, text, length, 0) == (ssize_t)length ? 0 : -1;
}

enum lock_status lock_acquire(lock **out, const char *path, const char *text,
                              size_t length, char holder[LOCK_TEXT_BYTES + 1]) {
  enum lock_status status = LOCK_UNUSABLE;
  lock *l = NULL;
  int fd = open_file(path);
  if (fd < 0)
    return LOCK_UNUSABLE;
  if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) {
      read_holder(fd, holder);
      status = LOCK_HELD;
    }
    goto done;
  }
  l = malloc(sizeof(*l));
  if (!l || write_holder(fd, text, length) != 0)
    goto done;
  l->fd = fd;
  *out = l;
  l = NULL; /* ownership moved to the caller */
  fd = -1;
  status = LOCK_OK;
done:
  free(l);
  if (fd >= 0) {
    int saved = errno;
    close(fd);
    errno = saved;
  }
  return status;
}

bool lock_say(lock *l, const char *text, size_t length) {
  return write_holder(l->fd, text, length) == 0;
}

void lock_release(lock *l) {
  if (!l)
    return;
  close(l->fd);
  free(l);
}
