/* guests.h - who is connected to a server, and who makes room for others.
 *
 *   idle: the one that has been silent longest first --> ... --> the latest
 *   busy: its request waits for an answer; it is in no list
 *
 * Where more are there than may be, those that have been silent longest are
 * shut out, so that connections on which nothing happens keep nobody else away.
 * What is shut out still counts until it is closed, but only once makes room.
 */
#ifndef CRIER_GUESTS_H
#define CRIER_GUESTS_H

#include <stdbool.h>

struct guest {
  struct guest *before; /* in the list of the idle ones; NULL: the first */
  struct guest *after;
  int fd;    /* borrowed; the connection's socket */
  bool idle; /* in the list */
};

struct guests {
  struct guest *first; /* owned by their connections, as all of them */
  struct guest *last;
  unsigned most;  /* more make room */
  unsigned count; /* of those that nobody has shut out */
};

/* Begins with nobody. */
void guests_init(struct guests *all, unsigned most);

/* Lets somebody in, idle; others make room if need be.  NULL: out of memory. */
struct guest *guests_add(struct guests *all, int fd);

/* Notes that something came from an idle one; nothing of a busy one. */
void guests_touch(struct guests *all, struct guest *one);

/* Its request waits for an answer. */
void guests_rest(struct guests *all, struct guest *one);

/* Its request does not wait any more. */
void guests_return(struct guests *all, struct guest *one);

/* Its connection is closed; frees it.  NULL does nothing. */
void guests_remove(struct guests *all, struct guest *one);

#endif
