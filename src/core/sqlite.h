/* sqlite.h - one connection to an SQLite database, and its prepared statements.
 *
 * A `sqlite` owns the connection and a bounded cache of statements, one for
 * each SQL text; it is used from one thread.  What SQLite already says well is
 * not wrapped: values are bound to, and read from, the sqlite3_stmt itself, and
 * results are SQLite's own codes (SQLITE_OK, SQLITE_BUSY, ...).  A failure
 * leaves the connection usable, and every output argument untouched. */
#ifndef CRIER_SQLITE_H
#define CRIER_SQLITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sqlite3.h>

#define SQLITE_MESSAGE_BYTES 512 /* cap of a failed open's explanation */

typedef struct sqlite sqlite;

struct sqlite_options {
  bool create;    /* make the file, with mode 0600, when it is missing */
  bool read_only; /* otherwise a file that cannot be written is refused */
  int busy_ms;    /* how long to wait for another connection's lock */
};

/* Opens the database at `path` and reads its header, so that a file of
 * another kind is found out here.  ":memory:" and "" mean what they mean to
 * SQLite.  Where the file or its folder cannot be written, SQLITE_READONLY says
 * so; with `read_only` the file is then read as it is, as if nobody else wrote
 * it meanwhile, unless changes wait beside it.  On failure `message` says why.
 */
int sqlite_open(sqlite **out, const char *path,
                const struct sqlite_options *options,
                char message[SQLITE_MESSAGE_BYTES]);

/* Finalises every statement and closes.  An open transaction is rolled back.
 * NULL is allowed. */
void sqlite_close(sqlite *db);

/* Lends the prepared statement of `sql`, reset and ready to be bound.  It
 * must be given back with sqlite_finish() before the next one is asked for; if
 * it was not, the next call does so.  SQLITE_MISUSE when `sql` is empty or
 * holds more than one statement. */
int sqlite_prepare(sqlite *db, const char *sql, size_t length,
                   sqlite3_stmt **out);

/* Ends the use of the lent statement: no lock and no read transaction stays
 * behind, and no pointer to a bound value.  Repeated calls do nothing.
 * Returns what sqlite3_reset() says: the failure of the last step, if any. */
int sqlite_finish(sqlite *db);

/* Steps the statement lent by sqlite_prepare() to its end, drops its rows and
 * finishes it.  `changes` is the number of rows that it inserted, updated or
 * deleted itself. */
int sqlite_run(sqlite *db, int64_t *changes);

/* Runs any number of statements without parameters, up to the first failure;
 * those before it stay done. */
int sqlite_script(sqlite *db, const char *sql);

/* Begins a transaction that may write: the write lock is taken now, so that
 * no later statement fails for want of it.  On a read-only connection it is
 * one consistent view. */
int sqlite_begin(sqlite *db);
int sqlite_commit(sqlite *db);

/* Ends the transaction without its changes.  Nothing to do is no failure:
 * SQLite itself ends one when the disk is full. */
int sqlite_rollback(sqlite *db);

/* The explanation of the latest failure on `db`; valid until the next call. */
const char *sqlite_message(sqlite *db);

/* SQLite's own name of a result, extended ones by their primary code:
 * "SQLITE_BUSY".  Static text, never NULL. */
const char *sqlite_name(int result);

#endif
