/* clock.h - what time it is, once for the whole program.
 *
 * Deadlines need a clock that never jumps; tokens and log lines need the
 * calendar.  An anchored clock is both: it starts at the wall clock's time and
 * advances with the machine's uptime, whatever happens to the calendar
 * meanwhile.  No function here fails, allocates or keeps a global. */
#ifndef CRIER_CLOCK_H
#define CRIER_CLOCK_H

struct clock_anchor {
  double offset_ms; /* Unix time minus uptime, when the anchor was set */
};

/* Anchors the clock at the present wall time. */
void clock_anchor_init(struct clock_anchor *anchor);

/* Milliseconds since the Unix epoch, with fractions; never goes back. */
double clock_now_ms(const struct clock_anchor *anchor);

/* The wall clock, in milliseconds since the Unix epoch; may jump. */
double clock_wall_ms(void);

#endif
