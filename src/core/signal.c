#include "signal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static const int watched[] = {SIGINT, SIGTERM};
enum { WATCHED = sizeof(watched) / sizeof(watched[0]) };

static volatile sig_atomic_t caught;
static volatile sig_atomic_t write_fd = -1;
static int read_fd = -1;
static struct sigaction before[WATCHED];

/* A third signal means it: whatever keeps the program from looking at the
 * first two (a script that never ends, a file that never answers), it ends. */
static void on_signal(int number) {
  int saved = errno;
  caught = caught + 1;
  if (caught > 2) {
    struct sigaction action;
    memset(&action, 0, sizeof(action));
    action.sa_handler = SIG_DFL;
    sigaction(number, &action, NULL);
    raise(number);
  }
  ssize_t written = write(write_fd, "", 1);
  (void)written; /* a full pipe is readable already */
  errno = saved;
}

static int make_pipe(int ends[2]) {
  if (pipe(ends) != 0)
    return -1;
  for (int i = 0; i < 2; i++) {
    fcntl(ends[i], F_SETFD, FD_CLOEXEC);
    fcntl(ends[i], F_SETFL, O_NONBLOCK);
  }
  return 0;
}

int signal_watch(void) {
  int ends[2];
  struct sigaction action;
  if (read_fd >= 0)
    return read_fd;
  if (make_pipe(ends) != 0)
    return -1;
  read_fd = ends[0];
  write_fd = ends[1];
  caught = 0;
  memset(&action, 0, sizeof(action));
  sigemptyset(&action.sa_mask);
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  for (int i = 0; i < WATCHED; i++)
    sigaction(watched[i], &action, &before[i]);
  return read_fd;
}

int signal_count(void) {
  char bytes[64];
  if (read_fd >= 0)
    while (read(read_fd, bytes, sizeof(bytes)) > 0)
      continue;
  return caught;
}

void signal_unwatch(void) {
  if (read_fd < 0)
    return;
  for (int i = 0; i < WATCHED; i++)
    sigaction(watched[i], &before[i], NULL);
  close(read_fd);
  close(write_fd);
  read_fd = -1;
  write_fd = -1;
}
