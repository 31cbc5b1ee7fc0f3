/* signal.h - SIGINT and SIGTERM as a readable descriptor.
 *
 * Signal handlers belong to the process, so this is the one noun with a state
 * of its own: at most one watch exists at a time.  The handler only counts and
 * writes a byte into a pipe, both of which signal-safety(7) allows. */
#ifndef CRIER_SIGNAL_H
#define CRIER_SIGNAL_H

/* Takes over SIGINT and SIGTERM, also where they were ignored (as a shell
 * leaves SIGINT in a background job), and starts counting from 0.  Returns a
 * descriptor that is readable once a signal came, or -1 with errno set.  The
 * descriptor belongs to the watch.  A second call returns the same one. */
int signal_watch(void);

/* Signals since signal_watch(); makes the descriptor unreadable until the
 * next one. */
int signal_count(void);

/* Restores the handlers from before and closes the descriptor.  Without a
 * watch it does nothing. */
void signal_unwatch(void);

#endif
