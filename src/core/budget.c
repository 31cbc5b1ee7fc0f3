#include "budget.h"

#include <stdlib.h>

enum stage {
  BOOKED, /* departed_us is when it should leave */
  GONE,   /* left, not answered */
  LOST,   /* left, will not be answered */
  UNUSED, /* never left, but counts */
  KNOWN,  /* answered */
};

enum {
  NEAR = 8, /* neighbours that may overtake, or prove an arrival */
  RANGE = 2 * NEAR + 1,
  RTT_SPAN = 256, /* rtt_min is of the last one to two spans of answers */
};

/* Measured with arrivals 20 ms early or late, strict sliding window: proofs
 * taken at once gave 0.2 % too many, 30 ms later none. */
#define REORDER_US INT64_C(30000)
/* A held bound never lies further behind its departure. */
#define HOLD_US INT64_C(350000)
/* A booked request that never departs is taken for departed. */
#define LOST_US (60 * BUDGET_SECOND_US)
/* Windows up to this long may have been used by a predecessor. */
#define SHORT_US (30 * BUDGET_SECOND_US)
/* Kept on top of a bound when there is no grace: rtt_min is only the least of
 * what was seen. */
#define CARE_US INT64_C(2000)
#define STRICT_US (300 * BUDGET_SECOND_US) /* without grace after a refusal */
#define GRACE_GROWTH 60000                 /* one millisecond in a minute */

#define RATE_FLOOR (1.0 / 16)
#define RATE_GAIN_PER_S 0.05

static int64_t later(int64_t a, int64_t b) {
  return a > b ? a : b;
}

static int64_t earlier(int64_t a, int64_t b) {
  return a < b ? a : b;
}

static int64_t window_spacing(const struct budget_rules *r,
                              const struct budget_window *w) {
  return (w->period_us + r->margin_us + w->limit - 1) / w->limit;
}

bool budget_rules_settle(struct budget_rules *r) {
  if (!r->window_count || r->window_count > BUDGET_WINDOWS_MAX ||
      r->margin_us < 0 || r->grace_us < 0)
    return false;
  uint32_t most = 0;
  r->spacing_us = r->even_us = r->short_span_us = 0;
  r->shortest_us = INT64_MAX;
  for (size_t i = 0; i < r->window_count; i++) {
    const struct budget_window *w = &r->windows[i];
    if (!w->limit || w->limit > BUDGET_LIMIT_MAX || w->period_us <= 0)
      return false;
    most = w->limit > most ? w->limit : most;
    r->spacing_us = later(r->spacing_us, window_spacing(r, w));
    r->shortest_us = earlier(r->shortest_us, w->period_us);
    if (w->period_us <= SHORT_US) {
      r->even_us = later(r->even_us, window_spacing(r, w));
      r->short_span_us = later(r->short_span_us, w->period_us);
    }
  }
  r->keep = most + NEAR;
  return true;
}

void budget_init(struct budget *b) {
  *b = (struct budget){.capacity = BUDGET_INLINE, .rate = 1};
  b->events = b->first;
  b->last_us = b->due_us = BUDGET_NEVER_US;
  b->paused_until_us = BUDGET_NEVER_US;
}

void budget_clear(struct budget *b) {
  if (b->events != b->first)
    free(b->events);
  budget_init(b);
}

static struct budget_event *event_at(const struct budget *b, uint32_t seq) {
  return &b->events[seq & (b->capacity - 1)];
}

/* NULL once the ring has let go of it. */
static struct budget_event *event_find(const struct budget *b, uint32_t seq) {
  uint32_t age = b->next - seq; /* 1 is the newest */
  return age && age <= b->count ? event_at(b, seq) : NULL;
}

static int64_t rtt_min(const struct budget *b) {
  uint32_t this = b->rtt_min_us[0], before = b->rtt_min_us[1];
  if (!this || !before)
    return this ? this : before;
  return this < before ? this : before;
}

static void rtt_sample(struct budget *b, int64_t rtt_us) {
  uint32_t sample = (uint32_t)earlier(later(rtt_us, 1), UINT32_MAX);
  if (b->rtt_count++ == RTT_SPAN) {
    b->rtt_min_us[1] = b->rtt_min_us[0];
    b->rtt_min_us[0] = 0;
    b->rtt_count = 1;
  }
  if (!b->rtt_min_us[0] || sample < b->rtt_min_us[0])
    b->rtt_min_us[0] = sample;
}

double budget_rate(const struct budget *b, int64_t now_us) {
  if (b->rate >= 1)
    return 1;
  int64_t calm_us = later(now_us - b->paused_until_us, 0);
  double rate = (double)b->rate +
                RATE_GAIN_PER_S * (double)calm_us / (double)BUDGET_SECOND_US;
  return rate < 1 ? rate : 1;
}

/* How much of a bound is not kept, see budget.h. */
static int64_t grace_us(const struct budget *b, const struct budget_rules *r,
                        int64_t now_us) {
  if (!r->grace_us || now_us < b->trusted_us)
    return -CARE_US;
  return r->grace_us + (now_us - b->trusted_us) / GRACE_GROWTH;
}

/* What all requests of one window are judged by. */
struct judge {
  int64_t now_us;
  int64_t rtt_min_us; /* 0: nothing answered yet */
  int64_t margin_us, grace_us;
  int64_t proof_us; /* bound proved by a later one that is answered */
  enum budget_view view;
};

/* The time after which `e` is out of a window of length 0. */
static int64_t event_bound(struct judge *j, const struct budget_event *e) {
  int64_t out_us = e->departed_us, held_us = out_us + HOLD_US,
          bound_us = out_us;
  if (e->stage == KNOWN) {
    bound_us = later(out_us, out_us + e->rtt_us - j->rtt_min_us);
  } else if (e->stage == LOST) {
    bound_us = held_us;
  } else if (e->stage == UNUSED) {
    bound_us = out_us;
  } else if (j->view == BUDGET_HOPE) {
    return out_us + j->margin_us;
  } else if (e->stage == BOOKED) {
    return earlier(later(out_us, j->now_us), out_us + LOST_US) + j->margin_us;
  } else if (!j->rtt_min_us || j->now_us - out_us >= j->rtt_min_us) {
    bound_us = held_us; /* overdue */
  }
  bound_us = earlier(bound_us, earlier(held_us, j->proof_us));
  if (e->stage == KNOWN)
    j->proof_us = earlier(j->proof_us, bound_us + REORDER_US);
  return later(out_us + j->margin_us, bound_us - j->grace_us);
}

/* The limit-th newest bound: when it is a period old, there is room for one
 * more.  Only neighbours in the ring can swap places, so only they are
 * sorted. */
static int64_t nth_bound(const struct budget *b, uint32_t limit,
                         struct judge j) {
  uint32_t older = b->count - limit, newer = limit - 1;
  older = older < NEAR ? older : NEAR;
  newer = newer < NEAR ? newer : NEAR;
  int64_t bounds[RANGE]; /* the latest first */
  uint32_t sorted = 0, seq = b->next - limit + newer;
  for (; sorted <= older + newer; sorted++, seq--) {
    int64_t bound_us = event_bound(&j, event_at(b, seq));
    uint32_t i = sorted;
    for (; i && bounds[i - 1] < bound_us; i--)
      bounds[i] = bounds[i - 1];
    bounds[i] = bound_us;
  }
  return bounds[newer];
}

/* When a predecessor's requests leave no room. */
static int64_t fresh_earliest(const struct budget *b,
                              const struct budget_rules *r, int64_t at_us) {
  if (r->fresh_us == BUDGET_NEVER_US || !r->short_span_us)
    return at_us;
  int64_t first_us = r->fresh_us + r->shortest_us + r->margin_us;
  int64_t last_us = r->fresh_us + r->short_span_us + r->margin_us;
  if (b->count && at_us < last_us)
    at_us = earlier(later(at_us, b->last_us + r->even_us), last_us);
  return later(at_us, first_us);
}

int64_t budget_earliest(const struct budget *b, const struct budget_rules *r,
                        int64_t now_us, enum budget_view view) {
  double rate = budget_rate(b, now_us);
  int64_t at_us = later(now_us, b->paused_until_us);
  at_us = fresh_earliest(b, r, at_us);
  if (r->smooth && b->count) {
    int64_t spacing_us = (int64_t)((double)r->spacing_us / rate);
    at_us = later(at_us, later(b->due_us, b->last_us + spacing_us / 4));
  }
  struct judge j = {
      .now_us = now_us,
      .rtt_min_us = rtt_min(b),
      .margin_us = r->margin_us,
      .grace_us = grace_us(b, r, now_us),
      .proof_us = INT64_MAX,
      .view = view,
  };
  for (size_t i = 0; i < r->window_count; i++) {
    const struct budget_window *w = &r->windows[i];
    uint32_t limit = (uint32_t)((double)w->limit * rate);
    limit = limit ? limit : 1;
    if (b->count >= limit)
      at_us = later(at_us, nth_bound(b, limit, j) + w->period_us);
  }
  return at_us;
}

/* Makes room for one more in the ring. */
static bool make_room(struct budget *b, const struct budget_rules *r) {
  if (b->count == r->keep)
    b->count--; /* the oldest has left every window */
  if (b->count < b->capacity)
    return true;
  uint32_t capacity = b->capacity * 2;
  struct budget_event *ring = malloc(capacity * sizeof(*ring));
  if (!ring)
    return false;
  for (uint32_t age = 1; age <= b->count; age++)
    ring[(b->next - age) & (capacity - 1)] = *event_at(b, b->next - age);
  if (b->events != b->first)
    free(b->events);
  b->events = ring;
  b->capacity = capacity;
  return true;
}

/* Smooth: each one is due a spacing after the one before was due, not after it
 * left, so that a late one does not make the next ones late; at most a tenth
 * of a period is caught up like that, at four times the rate. */
static void set_due(struct budget *b, const struct budget_rules *r,
                    int64_t now_us, int64_t at_us) {
  int64_t from_us = b->count ? b->due_us : at_us;
  from_us = later(from_us, at_us - r->shortest_us / 10);
  b->due_us =
      from_us + (int64_t)((double)r->spacing_us / budget_rate(b, now_us));
  b->last_us = at_us;
}

bool budget_book(struct budget *b, const struct budget_rules *r, int64_t now_us,
                 int64_t at_us, uint32_t *seq) {
  if (!make_room(b, r))
    return false;
  set_due(b, r, now_us, at_us);
  if (!b->trusted_us)
    b->trusted_us = now_us;
  *event_at(b, b->next) = (struct budget_event){at_us, 0, BOOKED};
  *seq = b->next++;
  b->count++;
  b->open++;
  return true;
}

void budget_departed(struct budget *b, uint32_t seq, int64_t now_us) {
  struct budget_event *e = event_find(b, seq);
  if (!e || e->stage != BOOKED)
    return;
  e->departed_us = later(e->departed_us, now_us);
  e->stage = GONE;
}

static void conclude(struct budget *b, uint32_t seq, int64_t now_us,
                     enum stage stage) {
  struct budget_event *e = event_find(b, seq);
  b->open--;
  if (!e)
    return;
  e->rtt_us = (uint32_t)earlier(later(now_us - e->departed_us, 0), UINT32_MAX);
  e->stage = stage;
}

void budget_answered(struct budget *b, uint32_t seq, int64_t now_us,
                     int64_t service_us) {
  const struct budget_event *e = event_find(b, seq);
  if (service_us < 0 && e)
    service_us = now_us - e->departed_us;
  if (service_us >= 0)
    rtt_sample(b, service_us);
  conclude(b, seq, now_us, KNOWN);
}

void budget_lost(struct budget *b, uint32_t seq, int64_t now_us) {
  conclude(b, seq, now_us, LOST);
}

void budget_returned(struct budget *b, const struct budget_rules *r,
                     uint32_t seq, int64_t now_us) {
  if (seq + 1 != b->next || !b->count) {
    conclude(b, seq, now_us, UNUSED);
    return;
  }
  b->open--;
  b->next--;
  b->count--;
  b->due_us -= (int64_t)((double)r->spacing_us / budget_rate(b, now_us));
  if (b->count)
    b->last_us = event_at(b, b->next - 1)->departed_us;
}

void budget_throttled(struct budget *b, const struct budget_rules *r,
                      int64_t now_us, int64_t retry_after_us) {
  int64_t punished_us = b->trusted_us - STRICT_US;
  bool same_pause =
      now_us < b->paused_until_us || now_us < punished_us + BUDGET_SECOND_US;
  double rate = budget_rate(b, now_us);
  if (!same_pause) {
    if (grace_us(b, r, now_us) < 0)
      rate = rate / 2 > RATE_FLOOR ? rate / 2 : RATE_FLOOR;
    b->trusted_us = now_us + STRICT_US;
  }
  b->paused_until_us = later(b->paused_until_us, now_us + retry_after_us);
  b->rate = (float)rate; /* recovers from the end of the pause on */
}

uint32_t budget_used(const struct budget *b, int64_t now_us,
                     int64_t period_us) {
  uint32_t used = 0;
  while (used < b->count &&
         event_at(b, b->next - used - 1)->departed_us > now_us - period_us)
    used++;
  return used;
}

bool budget_is_forgettable(const struct budget *b, const struct budget_rules *r,
                           int64_t now_us) {
  if (b->open || budget_rate(b, now_us) < 1)
    return false;
  int64_t since_us = later(b->paused_until_us, b->last_us);
  since_us = since_us == BUDGET_NEVER_US ? 0 : since_us;
  int64_t idle_us = now_us - since_us - HOLD_US;
  if (idle_us < r->short_span_us)
    return false;
  for (size_t i = 0; i < r->window_count; i++) {
    const struct budget_window *w = &r->windows[i];
    if (w->period_us <= SHORT_US || idle_us >= w->period_us)
      continue;
    double freed = (double)w->limit * (double)idle_us / (double)w->period_us;
    if (budget_used(b, now_us, w->period_us) > freed)
      return false;
  }
  return true;
}
