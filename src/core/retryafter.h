/* retryafter.h - how long a service wants to be left alone. */
#ifndef CRIER_RETRYAFTER_H
#define CRIER_RETRYAFTER_H

#include <stdbool.h>
#include <stdint.h>

#define RETRY_AFTER_MOST_MS (3600 * 1000)

/* Reads an instant: the three forms of HTTP-date (RFC 9110 section 5.6.7) or
 * an ISO 8601 date and time with a zone, as Teams writes it.  Writes Unix time
 * in milliseconds, a fraction rounded up.  Returns whether it could be read. */
bool instant_parse(const char *text, int64_t *out_ms);

/* Milliseconds to wait after an answer with these headers: 0 to
 * RETRY_AFTER_MOST_MS, never less than was asked for below that, -1 if nothing
 * readable was.  `retry_after` is a number of seconds or an instant; an instant
 * is reckoned from `date` (the server's clock), else from `now_ms`.  Either
 * text may be NULL. */
int64_t retry_after_ms(const char *retry_after, const char *date,
                       int64_t now_ms);

#endif
