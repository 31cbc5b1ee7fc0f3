/* fuzzes: src/core/pacer.c src/core/budgets.c src/core/budget.c */

/* Whatever a sender does and however answers come in, no window is exceeded
 * where requests arrive: strictly sliding, arrivals up to 30 ms late and out of
 * order, answers seconds late or lost.  A pause is never undercut. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/pacer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MS INT64_C(1000)

enum { BUDGETS = 3, REQUESTS = 240, LEAST_MS = 20, LATE_MS = 30 };

static const struct pacer_key keys[BUDGETS] = {
    {"lane", 4, "tenant", 6},
    {"thread", 6, "one", 3},
    {"thread", 6, "another conversation", 20},
};

static const struct budget_rules rules[2] = {
    {.windows = {{5, 100 * MS}}, .window_count = 1, .smooth = true},
    {.windows = {{3, 50 * MS}, {4, 100 * MS}, {7, 2000 * MS}},
     .window_count = 3},
};

struct request {
  uint64_t slot;
  unsigned thread;
  enum { BOOKED, SENT, OVER } stage;
  int64_t at_us, departed_us, arrived_us; /* arrived_us 0: never */
};

struct world {
  pacer *p;
  int64_t now_us, paused_until_us[BUDGETS];
  struct request requests[REQUESTS];
  size_t count;
};

static void reserve(struct world *w, unsigned thread, int64_t horizon_us) {
  struct pacer_key both[2] = {keys[0], keys[thread]};
  struct pacer_slot slot;
  enum pacer_status status =
      pacer_reserve(w->p, w->now_us, horizon_us, both, 2, &slot);
  if (status == PACER_WAIT) {
    assert(slot.at_us > w->now_us && slot.waits_for < 2);
    return;
  }
  assert(status == PACER_OK);
  assert(slot.at_us >= w->now_us && slot.at_us <= w->now_us + horizon_us);
  assert(slot.at_us >= w->paused_until_us[0]);
  assert(slot.at_us >= w->paused_until_us[thread]);
  w->requests[w->count++] =
      (struct request){slot.id, thread, BOOKED, slot.at_us, 0, 0};
}

static void depart(struct world *w, struct request *r, int64_t late_us) {
  if (w->now_us < r->at_us)
    w->now_us = r->at_us;
  assert(pacer_report(w->p, r->slot, w->now_us, PACER_DEPARTED, -1) ==
         PACER_OK);
  r->stage = SENT;
  r->departed_us = w->now_us;
  r->arrived_us = w->now_us + LEAST_MS * MS + late_us;
}

static void answer(struct world *w, struct request *r) {
  if (w->now_us < r->arrived_us + LEAST_MS * MS)
    w->now_us = r->arrived_us + LEAST_MS * MS;
  assert(pacer_report(w->p, r->slot, w->now_us, PACER_ANSWERED,
                      w->now_us - r->departed_us) == PACER_OK);
  r->stage = OVER;
}

static struct request *first_in(struct world *w, int stage, unsigned skip) {
  for (size_t i = 0; i < w->count; i++)
    if ((int)w->requests[i].stage == stage && !skip--)
      return &w->requests[i];
  return NULL;
}

static void give_up(struct world *w, uint8_t choice) {
  struct request *r = first_in(w, choice & 1 ? SENT : BOOKED, choice >> 4);
  if (!r)
    return;
  enum pacer_fate fate = choice & 1 ? PACER_LOST : PACER_RETURNED;
  assert(pacer_report(w->p, r->slot, w->now_us, fate, -1) == PACER_OK);
  assert(pacer_report(w->p, r->slot, w->now_us, fate, -1) == PACER_SLOT);
  r->stage = OVER;
}

static void throttle(struct world *w, uint8_t choice) {
  unsigned i = choice % BUDGETS;
  int64_t until_us = w->now_us + choice * MS;
  if (until_us > w->paused_until_us[i])
    w->paused_until_us[i] = until_us;
  assert(pacer_throttled(w->p, &keys[i], w->now_us, choice * MS) == PACER_OK);
  struct pacer_state state;
  assert(pacer_state(w->p, &keys[i], w->now_us, &state) == PACER_OK);
  assert(state.paused_until_us == w->paused_until_us[i]);
  assert(state.rate * 16 >= state.full_rate * 0.999);
}

static void act(struct world *w, uint8_t action, uint8_t choice) {
  struct request *r;
  switch (action % 8) {
  case 0:
    w->now_us += choice * MS;
    break;
  case 1:
  case 2:
  case 3:
    w->now_us += choice % 8 * MS;
    reserve(w, 1 + (choice >> 7), choice % 16 * MS);
    break;
  case 4:
  case 5: /* departures keep the order of booking */
    if ((r = first_in(w, BOOKED, 0)))
      depart(w, r, choice % (LATE_MS + 1) * MS);
    break;
  case 6:
    if ((r = first_in(w, SENT, choice % 16)))
      answer(w, r);
    break;
  case 7:
    if (choice % 8 == 7)
      throttle(w, choice);
    else
      give_up(w, choice);
    break;
  }
}

static int by_time(const void *a, const void *b) {
  int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
  return (x > y) - (x < y);
}

/* thread 0: the lane, in which all are */
static void judge(const struct world *w, unsigned thread) {
  const struct budget_rules *r = &rules[thread != 0];
  int64_t times[REQUESTS];
  size_t n = 0;
  for (size_t i = 0; i < w->count; i++)
    if (w->requests[i].arrived_us &&
        (!thread || w->requests[i].thread == thread))
      times[n++] = w->requests[i].arrived_us;
  qsort(times, n, sizeof(*times), by_time);
  for (size_t k = 0; k < r->window_count; k++)
    for (size_t i = r->windows[k].limit; i < n; i++)
      assert(times[i] - times[i - r->windows[k].limit] >=
             r->windows[k].period_us);
}

/* One answer in the least time there is, and one request that stays open, so
 * that no budget is forgotten with what it knows of the round trip. */
static void begin(struct world *w) {
  for (unsigned thread = 1; thread < BUDGETS; thread++)
    for (int i = 0; i < 2; i++) {
      w->now_us += 100 * MS;
      reserve(w, thread, 0);
      struct request *r = &w->requests[w->count - 1];
      depart(w, r, 0);
      if (i)
        r->stage = OVER;
      else
        answer(w, r);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct world w = {.now_us = 1000 * MS};
  assert(pacer_new(&w.p, w.now_us, false) == PACER_OK);
  assert(pacer_define(w.p, "lane", 4, &rules[0]) == PACER_OK);
  assert(pacer_define(w.p, "thread", 6, &rules[1]) == PACER_OK);
  begin(&w);
  for (size_t i = 0; i + 1 < size && w.count < REQUESTS; i += 2)
    act(&w, data[i], data[i + 1]);
  for (unsigned i = 0; i < BUDGETS; i++)
    judge(&w, i);
  assert(pacer_size(w.p) == BUDGETS);
  pacer_free(w.p);
  return 0;
}
