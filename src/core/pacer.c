#include "pacer.h"

#include "budgets.h"

#include <stdlib.h>
#include <string.h>

enum {
  SLOT_BITS = 20, /* PACER_OPEN_MAX is 1 << this */
};

/* While an overdue answer decides, the caller is told to ask this soon. */
#define RETRY_US INT64_C(5000)

struct class {
  char *name; /* owned */
  size_t length;
  struct budget_rules rules;
};

struct open_slot {
  uint32_t generation; /* odd while open; the upper bits of its id */
  uint32_t next_free;  /* index + 1; while closed */
  uint32_t count;
  uint32_t seq[PACER_KEYS_MAX];
  struct budgets_entry *entry[PACER_KEYS_MAX]; /* borrowed; open ones stay */
};

struct pacer {
  int64_t now_us; /* latest told */
  int64_t fresh_us;
  bool off;
  int64_t paused_until_us; /* of all budgets, the latest */
  struct class classes[PACER_CLASSES_MAX];
  size_t class_count;
  struct budgets budgets;
  struct open_slot *slots; /* owned */
  uint32_t slot_count;
  uint32_t free_slot; /* index + 1, 0 is none */
};

static int64_t tell(pacer *p, int64_t now_us) {
  if (now_us > p->now_us)
    p->now_us = now_us;
  return p->now_us;
}

enum pacer_status pacer_new(pacer **out, int64_t now_us, bool full) {
  pacer *p = calloc(1, sizeof(*p));
  if (!p || !budgets_init(&p->budgets)) {
    free(p);
    return PACER_NOMEM;
  }
  p->now_us = now_us;
  p->paused_until_us = BUDGET_NEVER_US;
  p->fresh_us = full ? now_us : BUDGET_NEVER_US;
  *out = p;
  return PACER_OK;
}

void pacer_free(pacer *p) {
  if (!p)
    return;
  budgets_clear(&p->budgets);
  for (size_t i = 0; i < p->class_count; i++)
    free(p->classes[i].name);
  free(p->slots);
  free(p);
}

void pacer_off(pacer *p) {
  p->off = true;
}

static struct class *class_find(pacer *p, const char *name, size_t length) {
  for (size_t i = 0; i < p->class_count; i++)
    if (p->classes[i].length == length &&
        !memcmp(p->classes[i].name, name, length))
      return &p->classes[i];
  return NULL;
}

enum pacer_status pacer_define(pacer *p, const char *name, size_t length,
                               const struct budget_rules *rules) {
  struct budget_rules settled = *rules;
  settled.fresh_us = p->fresh_us;
  if (class_find(p, name, length))
    return PACER_DEFINED;
  if (p->class_count == PACER_CLASSES_MAX || !budget_rules_settle(&settled))
    return PACER_RULES;
  char *copy = malloc(length + 1);
  if (!copy)
    return PACER_NOMEM;
  memcpy(copy, name, length);
  copy[length] = 0;
  p->classes[p->class_count++] = (struct class){copy, length, settled};
  return PACER_OK;
}

static enum pacer_status locate(pacer *p, const struct pacer_key *key,
                                const struct class **class, uint64_t *id) {
  const struct class *c = class_find(p, key->class_name, key->class_length);
  if (!c)
    return PACER_CLASS;
  *class = c;
  *id = budgets_hash((uint64_t)(c - p->classes) + 1, key->key, key->length);
  return PACER_OK;
}

/* Finds or makes the budget of `key`. */
static enum pacer_status obtain(pacer *p, const struct pacer_key *key,
                                struct budgets_entry **out) {
  const struct class *class;
  uint64_t id;
  enum pacer_status status = locate(p, key, &class, &id);
  if (status != PACER_OK)
    return status;
  struct budgets_entry *e = budgets_obtain(&p->budgets, id, &class->rules);
  if (!e)
    return PACER_NOMEM;
  *out = e;
  return PACER_OK;
}

static bool slots_grow(pacer *p) {
  uint32_t count = p->slot_count ? p->slot_count * 2 : 64;
  struct open_slot *slots = realloc(p->slots, count * sizeof(*slots));
  if (!slots)
    return false;
  memset(slots + p->slot_count, 0, (count - p->slot_count) * sizeof(*slots));
  for (uint32_t i = count; i > p->slot_count; i--) {
    slots[i - 1].next_free = p->free_slot;
    p->free_slot = i;
  }
  p->slots = slots;
  p->slot_count = count;
  return true;
}

static struct open_slot *slot_find(pacer *p, uint64_t id) {
  uint32_t index = (uint32_t)(id & (PACER_OPEN_MAX - 1));
  if (index >= p->slot_count)
    return NULL;
  struct open_slot *s = &p->slots[index];
  return (s->generation & 1) && s->generation == id >> SLOT_BITS ? s : NULL;
}

static void slot_close(pacer *p, struct open_slot *s) {
  s->generation++;
  s->next_free = p->free_slot;
  p->free_slot = (uint32_t)(s - p->slots) + 1;
}

/* Books `at_us` in all entries, or in none. */
static enum pacer_status slot_open(pacer *p, struct budgets_entry **entries,
                                   size_t count, int64_t at_us,
                                   struct pacer_slot *out) {
  if (!p->free_slot && p->slot_count == PACER_OPEN_MAX)
    return PACER_TOO_MANY;
  if (!p->free_slot && !slots_grow(p))
    return PACER_NOMEM;
  struct open_slot *s = &p->slots[p->free_slot - 1];
  for (uint32_t i = 0; i < count; i++) {
    struct budgets_entry *e = entries[i];
    if (!budget_book(&e->budget, e->rules, p->now_us, at_us, &s->seq[i])) {
      while (i--)
        budget_returned(&entries[i]->budget, entries[i]->rules, s->seq[i],
                        p->now_us);
      return PACER_NOMEM;
    }
    s->entry[i] = e;
  }
  uint64_t index = p->free_slot - 1;
  p->free_slot = s->next_free;
  s->count = (uint32_t)count;
  s->generation++;
  *out = (struct pacer_slot){(uint64_t)s->generation << SLOT_BITS | index,
                             at_us, 0};
  return PACER_OK;
}

/* The earliest time for all entries, and which of them holds it. */
static int64_t earliest(struct budgets_entry **entries, size_t count,
                        int64_t now_us, enum budget_view view, size_t *holder) {
  int64_t at_us = now_us;
  for (size_t i = 0; i < count; i++) {
    struct budgets_entry *e = entries[i];
    int64_t its_us = budget_earliest(&e->budget, e->rules, now_us, view);
    if (its_us > at_us) {
      at_us = its_us;
      *holder = i;
    }
  }
  return at_us;
}

/* Without limits: only a pause that the service asked for holds a request. */
static enum pacer_status reserve_off(pacer *p, int64_t horizon_us,
                                     const struct pacer_key *keys, size_t count,
                                     struct pacer_slot *slot) {
  struct pacer_slot found = {0, p->now_us, 0};
  bool is_paused = p->paused_until_us > p->now_us;
  for (size_t i = 0; is_paused && i < count; i++) {
    const struct class *class;
    uint64_t id;
    enum pacer_status status = locate(p, &keys[i], &class, &id);
    if (status != PACER_OK)
      return status;
    const struct budgets_entry *e = budgets_find(&p->budgets, id);
    if (e && e->budget.paused_until_us > found.at_us)
      found = (struct pacer_slot){0, e->budget.paused_until_us, i};
  }
  bool is_soon = found.at_us <= p->now_us + horizon_us;
  if (!is_soon)
    found.at_us -= horizon_us;
  *slot = found;
  return is_soon ? PACER_OK : PACER_WAIT;
}

enum pacer_status pacer_reserve(pacer *p, int64_t now_us, int64_t horizon_us,
                                const struct pacer_key *keys, size_t count,
                                struct pacer_slot *slot) {
  struct budgets_entry *entries[PACER_KEYS_MAX];
  size_t holder = 0;
  now_us = tell(p, now_us);
  if (p->off)
    return reserve_off(p, horizon_us, keys, count, slot);
  budgets_sweep(&p->budgets, now_us);
  for (size_t i = 0; i < count; i++) {
    enum pacer_status status = obtain(p, &keys[i], &entries[i]);
    if (status != PACER_OK)
      return status;
  }
  int64_t at_us = earliest(entries, count, now_us, BUDGET_SURE, &holder);
  if (at_us <= now_us + horizon_us)
    return slot_open(p, entries, count, at_us, slot);
  int64_t hope_us = earliest(entries, count, now_us, BUDGET_HOPE, &holder);
  int64_t ask_us = hope_us - horizon_us;
  if (ask_us <= now_us)
    ask_us = now_us + RETRY_US;
  *slot = (struct pacer_slot){0, ask_us, holder};
  return PACER_WAIT;
}

static void report(struct budgets_entry *e, uint32_t seq, int64_t now_us,
                   enum pacer_fate fate, int64_t service_us) {
  switch (fate) {
  case PACER_DEPARTED:
    budget_departed(&e->budget, seq, now_us);
    break;
  case PACER_ANSWERED:
    budget_answered(&e->budget, seq, now_us, service_us);
    break;
  case PACER_LOST:
    budget_lost(&e->budget, seq, now_us);
    break;
  case PACER_RETURNED:
    budget_returned(&e->budget, e->rules, seq, now_us);
    break;
  }
}

enum pacer_status pacer_report(pacer *p, uint64_t slot, int64_t now_us,
                               enum pacer_fate fate, int64_t service_us) {
  now_us = tell(p, now_us);
  struct open_slot *s = slot_find(p, slot);
  if (!s)
    return p->off && !slot ? PACER_OK : PACER_SLOT;
  for (uint32_t i = 0; i < s->count; i++)
    report(s->entry[i], s->seq[i], now_us, fate, service_us);
  if (fate != PACER_DEPARTED)
    slot_close(p, s);
  return PACER_OK;
}

enum pacer_status pacer_throttled(pacer *p, const struct pacer_key *key,
                                  int64_t now_us, int64_t retry_after_us) {
  struct budgets_entry *e;
  now_us = tell(p, now_us);
  enum pacer_status status = obtain(p, key, &e);
  if (status != PACER_OK)
    return status;
  budget_throttled(&e->budget, e->rules, now_us, retry_after_us);
  if (e->budget.paused_until_us > p->paused_until_us)
    p->paused_until_us = e->budget.paused_until_us;
  return PACER_OK;
}

/* The window of which the largest part is used. */
static void fullest(const struct budget *b, const struct budget_rules *r,
                    int64_t now_us, struct pacer_state *state) {
  for (size_t i = 0; i < r->window_count; i++) {
    const struct budget_window *w = &r->windows[i];
    uint32_t used = budget_used(b, now_us, w->period_us);
    if (i && (uint64_t)used * state->limit <= (uint64_t)state->used * w->limit)
      continue;
    state->limit = w->limit;
    state->period_us = w->period_us;
    state->used = used;
  }
}

enum pacer_status pacer_state(pacer *p, const struct pacer_key *key,
                              int64_t now_us, struct pacer_state *state) {
  struct budget unused;
  const struct class *class;
  uint64_t id;
  now_us = tell(p, now_us);
  enum pacer_status status = locate(p, key, &class, &id);
  if (status != PACER_OK)
    return status;
  const struct budgets_entry *e = budgets_find(&p->budgets, id);
  budget_init(&unused);
  const struct budget *b = e ? &e->budget : &unused;
  const struct budget_rules *r = &class->rules;
  fullest(b, r, now_us, state);
  state->full_rate = (double)BUDGET_SECOND_US / (double)r->spacing_us;
  state->rate = state->full_rate * budget_rate(b, now_us);
  state->paused_until_us = b->paused_until_us;
  state->waiting_us = budget_earliest(b, r, now_us, BUDGET_HOPE) - now_us;
  return PACER_OK;
}

size_t pacer_size(const pacer *p) {
  return p->budgets.size;
}

const char *pacer_strerror(enum pacer_status status) {
  switch (status) {
#define X(name, text)                                                          \
  case PACER_##name:                                                           \
    return text;
    PACER_STATUS_MAP(X)
#undef X
  }
  return "unknown status";
}
