#include "guests.h"

#include <stdlib.h>
#include <sys/socket.h>

enum { SHUT_OUT = -1 }; /* in the place of a descriptor */

void guests_init(struct guests *all, unsigned most) {
  *all = (struct guests){.most = most};
}

static void append(struct guests *all, struct guest *one) {
  one->idle = true;
  one->after = NULL;
  one->before = all->last;
  if (all->last)
    all->last->after = one;
  else
    all->first = one;
  all->last = one;
}

static void take_out(struct guests *all, struct guest *one) {
  if (one->before)
    one->before->after = one->after;
  else
    all->first = one->after;
  if (one->after)
    one->after->before = one->before;
  else
    all->last = one->before;
  one->idle = false;
}

/* The socket is not closed here: whoever reads it sees its end. */
static void shut_out(struct guests *all, struct guest *one) {
  take_out(all, one);
  shutdown(one->fd, SHUT_RDWR);
  one->fd = SHUT_OUT;
  all->count--;
}

struct guest *guests_add(struct guests *all, int fd) {
  struct guest *one = calloc(1, sizeof(*one));
  if (!one)
    return NULL;
  one->fd = fd;
  while (all->count >= all->most && all->first)
    shut_out(all, all->first);
  all->count++;
  append(all, one);
  return one;
}

void guests_touch(struct guests *all, struct guest *one) {
  if (!one->idle)
    return;
  take_out(all, one);
  append(all, one);
}

void guests_rest(struct guests *all, struct guest *one) {
  if (one->idle)
    take_out(all, one);
}

void guests_return(struct guests *all, struct guest *one) {
  if (!one->idle && one->fd != SHUT_OUT)
    append(all, one);
}

void guests_remove(struct guests *all, struct guest *one) {
  if (!one)
    return;
  if (one->idle)
    take_out(all, one);
  if (one->fd != SHUT_OUT)
    all->count--;
  free(one);
}
