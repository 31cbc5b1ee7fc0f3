/* budget.h - one allowance of requests: any number of windows, each of them
 * "at most `limit` requests in any `period`".
 *
 * A service counts when a request arrives; we see only when it left and when
 * it was answered.  A budget keeps every window as a strict sliding window at
 * the service, which implies fixed windows of any alignment and token buckets.
 *
 *     departed          arrives (not seen)             answered
 *        |----- f -----------|---------- r ---------------|
 *
 * With `rtt_min` the least round trip seen lately, a request has arrived, in
 * terms of departures, no later than
 *
 *     bound = answered - rtt_min
 *
 * because f + r >= rtt_min for both the request that leaves the window and the
 * one that enters it.  So a request may depart at `t` when at most limit - 1
 * others have a bound after t - period.  Which of the requests holds which
 * bound does not matter, only how many: the bounds are sorted first, so that
 * delays that merely swap neighbours cost nothing.
 *
 * - Unanswered: later requests that are answered prove, the path being nearly
 *   first in first out, that this one has arrived as well.  Without such proof
 *   it is held for a bounded time only, so that a dead connection does not
 *   stop a lane.
 * - `margin` is kept in any case.  It pays for timers, and for arrivals that
 *   vary less than it.
 * - `grace` is the part of a bound that is not kept, since most of what varies
 *   is usually the service's own time or the way back.  It grows by 1 ms a
 *   minute as long as nothing is refused; the first refusal takes it away for
 *   five minutes, instead of half of the rate.
 *
 * Knows nothing of keys, clocks or Lua.  Times are microseconds on one clock
 * that never goes back.  Used from one thread. */
#ifndef CRIER_BUDGET_H
#define CRIER_BUDGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
  BUDGET_WINDOWS_MAX = 8,
  BUDGET_LIMIT_MAX = 100000, /* of one window */
  BUDGET_INLINE = 2,         /* requests kept without memory of their own */
};

#define BUDGET_SECOND_US INT64_C(1000000)
#define BUDGET_NEVER_US INT64_MIN /* long before any time */

struct budget_window {
  uint32_t limit;    /* 1 to BUDGET_LIMIT_MAX */
  int64_t period_us; /* above 0 */
};

/* What a class of budgets has in common. */
struct budget_rules {
  struct budget_window windows[BUDGET_WINDOWS_MAX];
  size_t window_count; /* at least 1 */
  bool smooth;         /* spread evenly over the period, no bursts */
  int64_t margin_us;   /* see above */
  int64_t grace_us;    /* see above */
  int64_t fresh_us;    /* a predecessor may have used the short windows up to
                          here; BUDGET_NEVER_US when there was none */
  /* The rest is derived by budget_rules_settle(). */
  uint32_t keep;         /* requests that are ever looked at */
  int64_t spacing_us;    /* of the window with the lowest constant rate */
  int64_t even_us;       /* the same among the short windows */
  int64_t shortest_us;   /* shortest period */
  int64_t short_span_us; /* longest short period, 0 when there is none */
};

/* One request.  rtt_us means something once it is answered. */
struct budget_event {
  int64_t departed_us; /* booked for, until it has departed */
  uint32_t rtt_us;     /* answered - departed */
  uint32_t stage;      /* enum in budget.c */
};

struct budget {
  struct budget_event *events; /* owned ring, or `first` below */
  uint32_t capacity;           /* a power of two */
  uint32_t count;              /* held in the ring */
  uint32_t next;               /* sequence number of the next one; wraps */
  uint32_t open;               /* booked and not yet concluded */
  int64_t last_us;             /* newest booking */
  int64_t due_us;              /* smooth: when the next one is due */
  int64_t paused_until_us;
  int64_t trusted_us;     /* no grace before; 0: never used */
  float rate;             /* 0 to 1, as of paused_until_us */
  uint32_t rtt_min_us[2]; /* this span's, the one's before; 0 is none */
  uint32_t rtt_count;     /* answers in this span */
  struct budget_event first[BUDGET_INLINE];
};

/* How to count what is not known yet. */
enum budget_view {
  BUDGET_SURE, /* the unanswered have arrived as late as they may have */
  BUDGET_HOPE, /* the unanswered arrive in time */
};

/* Checks what the caller filled in and derives the rest.  Returns false, with
 * nothing usable, when a value is out of range. */
bool budget_rules_settle(struct budget_rules *rules);

/* Makes an unused budget; budget_clear() frees what it came to own. */
void budget_init(struct budget *b);
void budget_clear(struct budget *b);

/* The earliest time, from `now_us` on, at which one more may depart.  Any
 * later time will do as well. */
int64_t budget_earliest(const struct budget *b, const struct budget_rules *r,
                        int64_t now_us, enum budget_view view);

/* Books one at `at_us`, which budget_earliest() allowed.  Returns false, with
 * nothing booked, when out of memory; `*seq` names it from then on. */
bool budget_book(struct budget *b, const struct budget_rules *r, int64_t now_us,
                 int64_t at_us, uint32_t *seq);

/* It left.  Requests leave in the order booked, give or take a few. */
void budget_departed(struct budget *b, uint32_t seq, int64_t now_us);

/* The service answered it.  `service_us` is the answer's time minus that of the
 * actual transmission, connecting left out; negative: since it departed. */
void budget_answered(struct budget *b, uint32_t seq, int64_t now_us,
                     int64_t service_us);

/* No answer will come.  It counts like one that is overdue. */
void budget_lost(struct budget *b, uint32_t seq, int64_t now_us);

/* It will not be used.  Forgotten if it is the newest, else counted. */
void budget_returned(struct budget *b, const struct budget_rules *r,
                     uint32_t seq, int64_t now_us);

/* The service refused one with "too many requests": pauses for
 * `retry_after_us`, takes away the grace or else half of the rate. */
void budget_throttled(struct budget *b, const struct budget_rules *r,
                      int64_t now_us, int64_t retry_after_us);

/* The share of the full rate that is allowed now, 1/16 to 1. */
double budget_rate(const struct budget *b, int64_t now_us);

/* The number of requests of the last `period_us`. */
uint32_t budget_used(const struct budget *b, int64_t now_us, int64_t period_us);

/* Whether forgetting it changes nothing: nothing open, no penalty, idle for at
 * least its short windows, and no longer window more used than idling has
 * freed. */
bool budget_is_forgettable(const struct budget *b, const struct budget_rules *r,
                           int64_t now_us);

#endif
