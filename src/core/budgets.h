/* budgets.h - the budgets in use, by a number that stands for class and key.
 *
 * A hash table that owns its entries.  Entries stay where they are until the
 * sweep forgets them, and it never forgets one with open requests.  Memory
 * follows what was busy lately, not how many keys there ever were.  Used from
 * one thread. */
#ifndef CRIER_BUDGETS_H
#define CRIER_BUDGETS_H

#include "budget.h"

struct budgets_entry {
  struct budgets_entry *next;       /* owned, same bucket */
  const struct budget_rules *rules; /* borrowed, outlives the entry */
  uint64_t id;
  struct budget budget;
};

struct budgets {
  struct budgets_entry **buckets; /* owned */
  size_t bucket_count;            /* a power of two */
  size_t size;                    /* entries */
  size_t swept;                   /* next bucket to sweep */
};

/* Makes an empty table, false when out of memory; budgets_clear() frees all. */
bool budgets_init(struct budgets *set);
void budgets_clear(struct budgets *set);

/* A number for `text` within what `seed` stands for. */
uint64_t budgets_hash(uint64_t seed, const char *text, size_t length);

/* The entry `id`, NULL if there is none. */
struct budgets_entry *budgets_find(const struct budgets *set, uint64_t id);

/* The entry `id`, made if there is none; NULL when out of memory. */
struct budgets_entry *budgets_obtain(struct budgets *set, uint64_t id,
                                     const struct budget_rules *rules);

/* Looks at the next few buckets and forgets what may be forgotten. */
void budgets_sweep(struct budgets *set, int64_t now_us);

#endif
