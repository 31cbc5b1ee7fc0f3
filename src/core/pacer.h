/* pacer.h - all budgets of one process, by class and key.
 *
 * A class ("connector", "thread") says which limits hold; a key ("tenant/app",
 * a conversation's id) which budget of that class is meant.  One request books
 * a slot in one or several budgets at the same time, and then reports what
 * became of it:
 *
 *     pacer_reserve -> slot -+-> departed -+-> answered
 *                            |             +-> lost
 *                            +-> returned
 *
 * Budgets come into being when first named and are forgotten when that changes
 * nothing, so memory follows what was busy lately, not how many keys there
 * ever were.  Keys are kept as 64 bits: two that collide (one in 10^13 for some
 * thousand live ones) would share a budget, which is safe.
 *
 * The pacer is told the time; time that goes back counts as standing still.
 * Knows nothing of Lua.  Used from one thread.  Functions that fail leave
 * everything, out-arguments included, as it was. */
#ifndef CRIER_PACER_H
#define CRIER_PACER_H

#include "budget.h"

/* clang-format off */
#define PACER_STATUS_MAP(X)                                   \
  X(OK,        "ok")                                          \
  X(WAIT,      "not yet")                                     \
  X(NOMEM,     "out of memory")                               \
  X(CLASS,     "no such class of budgets")                    \
  X(DEFINED,   "this class of budgets is defined already")    \
  X(RULES,     "limits, periods or margins are out of range") \
  X(SLOT,      "no such slot, or it was concluded before")    \
  X(TOO_MANY,  "too many slots are open")
/* clang-format on */

enum pacer_status {
#define X(name, text) PACER_##name,
  PACER_STATUS_MAP(X)
#undef X
};

enum {
  PACER_KEYS_MAX = 4, /* budgets that one request may need */
  PACER_CLASSES_MAX = 32,
  PACER_OPEN_MAX = 1 << 20, /* slots open at once */
};

/* What became of a slot: it left; the service answered; no answer will come;
 * it was not used. */
enum pacer_fate {
  PACER_DEPARTED,
  PACER_ANSWERED,
  PACER_LOST,
  PACER_RETURNED,
};

typedef struct pacer pacer;

struct pacer_key {
  const char *class_name; /* borrowed */
  size_t class_length;
  const char *key; /* borrowed */
  size_t length;
};

struct pacer_slot {
  uint64_t id;      /* below 2^52; 0 from a pacer that is off */
  int64_t at_us;    /* when it may depart; or when to ask again (WAIT) */
  size_t waits_for; /* WAIT: index of the key that holds it */
};

/* What pacer_state() tells of a budget, by its fullest window. */
struct pacer_state {
  uint32_t limit;
  int64_t period_us;
  uint32_t used;           /* in the last period */
  double rate, full_rate;  /* per second, constant rate, now and at best */
  int64_t paused_until_us; /* BUDGET_NEVER_US when it never was */
  int64_t waiting_us;      /* until the next slot, as things stand */
};

/* Makes a pacer.  `full`: until now a predecessor may have used all that the
 * short windows (up to 30 s) allow; each budget then starts one of its shortest
 * periods later, evenly paced until its longest short period is over. */
enum pacer_status pacer_new(pacer **out, int64_t now_us, bool full);
void pacer_free(pacer *p); /* NULL is allowed */

/* Lifts all limits: from now on every request may depart at once, unless the
 * service has asked for a pause that is not over. */
void pacer_off(pacer *p);

/* Defines a class once; `rules->fresh_us` is the pacer's to fill. */
enum pacer_status pacer_define(pacer *p, const char *name, size_t length,
                               const struct budget_rules *rules);

/* Books one slot in the budgets of all `count` keys (1 to PACER_KEYS_MAX), at
 * the same time, no later than `horizon_us` from now.  WAIT books nothing and
 * says which key holds it and when to ask again with this horizon; asking
 * after an answer came in may succeed earlier.  The horizon should stay well
 * below the shortest period: what is known so far decides. */
enum pacer_status pacer_reserve(pacer *p, int64_t now_us, int64_t horizon_us,
                                const struct pacer_key *keys, size_t count,
                                struct pacer_slot *slot);

/* Says what became of a slot, see the drawing above and budget.h; any fate but
 * PACER_DEPARTED ends it.  `service_us` matters to PACER_ANSWERED alone: the
 * time of the answer minus that of the actual transmission, connecting left
 * out; negative when it is not known.  SLOT if the slot is not open. */
enum pacer_status pacer_report(pacer *p, uint64_t slot, int64_t now_us,
                               enum pacer_fate fate, int64_t service_us);

/* The service refused a request of this budget with "too many requests". */
enum pacer_status pacer_throttled(pacer *p, const struct pacer_key *key,
                                  int64_t now_us, int64_t retry_after_us);

/* Reads a budget; one never used or forgotten reads as unused.  Slots booked
 * before a pause began are the caller's to hold back. */
enum pacer_status pacer_state(pacer *p, const struct pacer_key *key,
                              int64_t now_us, struct pacer_state *state);

/* The number of budgets in memory. */
size_t pacer_size(const pacer *p);

/* Static text for `status`; never NULL, never freed. */
const char *pacer_strerror(enum pacer_status status);

#endif
