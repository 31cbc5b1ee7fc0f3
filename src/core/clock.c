#include "clock.h"

#include <time.h>

/* On Linux CLOCK_MONOTONIC stands still while the machine sleeps, and a token
 * that expired overnight would look fresh: clock_gettime(2). */
#ifdef CLOCK_BOOTTIME
#define CLOCK_UPTIME CLOCK_BOOTTIME
#else
#define CLOCK_UPTIME CLOCK_MONOTONIC
#endif

static double read_ms(clockid_t id) {
  struct timespec at = {0, 0};
  clock_gettime(id, &at);
  return (double)at.tv_sec * 1e3 + (double)at.tv_nsec / 1e6;
}

void clock_anchor_init(struct clock_anchor *anchor) {
  anchor->offset_ms = read_ms(CLOCK_REALTIME) - read_ms(CLOCK_UPTIME);
}

double clock_now_ms(const struct clock_anchor *anchor) {
  return anchor->offset_ms + read_ms(CLOCK_UPTIME);
}

double clock_wall_ms(void) {
  return read_ms(CLOCK_REALTIME);
}
