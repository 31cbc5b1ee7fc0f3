#include "budgets.h"

#include <stdlib.h>
#include <string.h>

enum {
  BUCKETS_LEAST = 64, /* a power of two */
  SWEPT = 4,          /* buckets looked at in one sweep */
};

/* There may be thousands, most with a request or two. */
_Static_assert(sizeof(struct budgets_entry) <= 160, "entry has grown");

bool budgets_init(struct budgets *set) {
  struct budgets_entry **buckets =
      calloc(BUCKETS_LEAST, sizeof(struct budgets_entry *));
  if (!buckets)
    return false;
  *set = (struct budgets){buckets, BUCKETS_LEAST, 0, 0};
  return true;
}

static void entry_free(struct budgets_entry *e) {
  budget_clear(&e->budget);
  free(e);
}

void budgets_clear(struct budgets *set) {
  for (size_t i = 0; i < set->bucket_count; i++)
    while (set->buckets[i]) {
      struct budgets_entry *e = set->buckets[i];
      set->buckets[i] = e->next;
      entry_free(e);
    }
  free(set->buckets);
  *set = (struct budgets){0};
}

static uint64_t mix(uint64_t h, uint64_t word) {
  h = (h ^ word) * UINT64_C(0x9E3779B97F4A7C15);
  return h ^ (h >> 32);
}

/* Eight bytes at a time: conversation ids have more than a hundred. */
uint64_t budgets_hash(uint64_t seed, const char *text, size_t length) {
  uint64_t h = mix(seed, length), word = 0;
  for (; length >= 8; text += 8, length -= 8) {
    memcpy(&word, text, 8);
    h = mix(h, word);
  }
  word = 0;
  memcpy(&word, text, length);
  return mix(mix(h, word), 0);
}

struct budgets_entry *budgets_find(const struct budgets *set, uint64_t id) {
  struct budgets_entry *e = set->buckets[id & (set->bucket_count - 1)];
  while (e && e->id != id)
    e = e->next;
  return e;
}

static void entry_link(struct budgets_entry **buckets, size_t count,
                       struct budgets_entry *e) {
  struct budgets_entry **bucket = &buckets[e->id & (count - 1)];
  e->next = *bucket;
  *bucket = e;
}

/* Doubles the table; a table that cannot grow only gets slower. */
static void grow(struct budgets *set) {
  size_t count = set->bucket_count * 2;
  struct budgets_entry **buckets =
      calloc(count, sizeof(struct budgets_entry *));
  if (!buckets)
    return;
  for (size_t i = 0; i < set->bucket_count; i++)
    while (set->buckets[i]) {
      struct budgets_entry *e = set->buckets[i];
      set->buckets[i] = e->next;
      entry_link(buckets, count, e);
    }
  free(set->buckets);
  set->buckets = buckets;
  set->bucket_count = count;
}

void budgets_sweep(struct budgets *set, int64_t now_us) {
  for (int i = 0; i < SWEPT; i++) {
    struct budgets_entry **link =
        &set->buckets[set->swept++ & (set->bucket_count - 1)];
    while (*link) {
      struct budgets_entry *e = *link;
      if (budget_is_forgettable(&e->budget, e->rules, now_us)) {
        *link = e->next;
        entry_free(e);
        set->size--;
      } else {
        link = &e->next;
      }
    }
  }
}

struct budgets_entry *budgets_obtain(struct budgets *set, uint64_t id,
                                     const struct budget_rules *rules) {
  struct budgets_entry *e = budgets_find(set, id);
  if (e)
    return e;
  e = malloc(sizeof(*e));
  if (!e)
    return NULL;
  e->rules = rules;
  e->id = id;
  budget_init(&e->budget);
  if (set->size >= set->bucket_count)
    grow(set);
  entry_link(set->buckets, set->bucket_count, e);
  set->size++;
  return e;
}
