#include "sqlite.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CACHE_MAX = 128 };

struct entry {
  char *sql; /* owned */
  size_t length;
  sqlite3_stmt *statement; /* owned */
  uint64_t used_at;        /* tick of the latest use; the smallest goes first */
};

struct sqlite {
  sqlite3 *connection; /* owned */
  sqlite3_stmt *lent;  /* borrowed from the cache; NULL between calls */
  const char *refusal; /* static; our own word on the latest failure, or NULL */
  uint64_t tick;
  int count;                   /* entries in use */
  uint32_t digests[CACHE_MAX]; /* side by side, so that a look-up is one scan */
  struct entry entries[CACHE_MAX];
};

/* A few dozen bytes of a text tell statements apart well enough; memcmp
 * settles the rest. */
static uint32_t digest(const char *sql, size_t length) {
  uint32_t h = (uint32_t)length;
  size_t step = (length >> 5) + 1;
  for (size_t i = length; i >= step; i -= step)
    h ^= (h << 5) + (h >> 2) + (unsigned char)sql[i - 1];
  return h;
}

static struct entry *cache_find(sqlite *db, uint32_t key, const char *sql,
                                size_t length) {
  for (int i = 0; i < db->count; i++) {
    struct entry *e = &db->entries[i];
    if (db->digests[i] == key && e->length == length &&
        memcmp(e->sql, sql, length) == 0)
      return e;
  }
  return NULL;
}

static void entry_clear(struct entry *e) {
  sqlite3_finalize(e->statement);
  free(e->sql);
  memset(e, 0, sizeof(*e));
}

/* A free entry, or the one that has been idle the longest, emptied. */
static struct entry *cache_slot(sqlite *db) {
  if (db->count < CACHE_MAX)
    return &db->entries[db->count++];
  struct entry *oldest = &db->entries[0];
  for (int i = 1; i < CACHE_MAX; i++)
    if (db->entries[i].used_at < oldest->used_at)
      oldest = &db->entries[i];
  entry_clear(oldest);
  return oldest;
}

static bool is_blank(const char *text, const char *end) {
  for (; text < end; text++)
    if (!isspace((unsigned char)*text) && *text != ';')
      return false;
  return true;
}

static int refuse(sqlite *db, const char *why) {
  db->refusal = why;
  return SQLITE_MISUSE;
}

static int compile(sqlite *db, const char *sql, size_t length,
                   sqlite3_stmt **out) {
  const char *tail = NULL;
  sqlite3_stmt *statement = NULL;
  if (length > INT_MAX)
    return refuse(db, "the statement is too long");
  int result = sqlite3_prepare_v3(db->connection, sql, (int)length,
                                  SQLITE_PREPARE_PERSISTENT, &statement, &tail);
  if (result != SQLITE_OK)
    return result;
  if (!statement)
    return refuse(db, "the statement is empty");
  if (!is_blank(tail, sql + length)) {
    sqlite3_finalize(statement);
    return refuse(db, "more than one statement");
  }
  *out = statement;
  return SQLITE_OK;
}

static int cache_add(sqlite *db, uint32_t key, const char *sql, size_t length,
                     struct entry **out) {
  sqlite3_stmt *statement;
  int result = compile(db, sql, length, &statement);
  if (result != SQLITE_OK)
    return result;
  char *copy = malloc(length ? length : 1);
  if (!copy) {
    sqlite3_finalize(statement);
    db->refusal = "out of memory";
    return SQLITE_NOMEM;
  }
  memcpy(copy, sql, length);
  struct entry *e = cache_slot(db);
  db->digests[e - db->entries] = key;
  e->sql = copy;
  e->length = length;
  e->statement = statement;
  *out = e;
  return SQLITE_OK;
}

int sqlite_prepare(sqlite *db, const char *sql, size_t length,
                   sqlite3_stmt **out) {
  sqlite_finish(db);
  db->refusal = NULL;
  uint32_t key = digest(sql, length);
  struct entry *e = cache_find(db, key, sql, length);
  if (!e) {
    int result = cache_add(db, key, sql, length, &e);
    if (result != SQLITE_OK)
      return result;
  }
  e->used_at = ++db->tick;
  db->lent = e->statement;
  *out = e->statement;
  return SQLITE_OK;
}

int sqlite_finish(sqlite *db) {
  if (!db->lent)
    return SQLITE_OK;
  int result = sqlite3_reset(db->lent);
  sqlite3_clear_bindings(db->lent);
  db->lent = NULL;
  return result;
}

int sqlite_run(sqlite *db, int64_t *changes) {
  int64_t before = sqlite3_total_changes64(db->connection);
  int result;
  do
    result = sqlite3_step(db->lent);
  while (result == SQLITE_ROW);
  result = sqlite_finish(db);
  if (result != SQLITE_OK)
    return result;
  /* sqlite3_changes64() still tells of the statement before, after one that
   * changes no rows */
  *changes = sqlite3_total_changes64(db->connection) == before
                 ? 0
                 : sqlite3_changes64(db->connection);
  return SQLITE_OK;
}

int sqlite_script(sqlite *db, const char *sql) {
  sqlite_finish(db);
  db->refusal = NULL;
  return sqlite3_exec(db->connection, sql, NULL, NULL, NULL);
}

static int run_literal(sqlite *db, const char *sql) {
  sqlite3_stmt *statement;
  int64_t changes;
  int result = sqlite_prepare(db, sql, strlen(sql), &statement);
  return result == SQLITE_OK ? sqlite_run(db, &changes) : result;
}

int sqlite_begin(sqlite *db) {
  return run_literal(db, "BEGIN IMMEDIATE");
}

int sqlite_commit(sqlite *db) {
  return run_literal(db, "COMMIT");
}

int sqlite_rollback(sqlite *db) {
  sqlite_finish(db);
  return sqlite3_get_autocommit(db->connection) ? SQLITE_OK
                                                : run_literal(db, "ROLLBACK");
}

/* Makes an empty file, which is an empty database to SQLite, since SQLite
 * itself would make it readable to all; -wal and -shm take their mode from it.
 * Only a new file may be closed here: closing a descriptor drops every lock
 * that this process has on its file, fcntl(2). */
static void create_private(const char *path) {
  int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd >= 0)
    close(fd); /* else SQLite's own open says what is wrong */
}

static bool is_file(const char *path) {
  return *path && strcmp(path, ":memory:") != 0;
}

static void disconnect(sqlite *db) {
  for (int i = 0; i < db->count; i++)
    entry_clear(&db->entries[i]);
  sqlite3_close(db->connection);
  memset(db, 0, sizeof(*db));
}

/* Why a database that is there cannot be written, 0 when it can: it takes the
 * file itself, and its folder for the files beside it. */
static int write_error(const char *path) {
  if (!is_file(path) || access(path, F_OK) != 0)
    return 0;
  if (access(path, W_OK) != 0)
    return errno;
  const char *slash = strrchr(path, '/');
  char *folder = slash ? strndup(path, (size_t)(slash - path) + 1) : NULL;
  int cause = access(folder ? folder : ".", W_OK | X_OK) == 0 ? 0 : errno;
  free(folder);
  return cause;
}

/* Reads the first page, and refuses a connection that SQLite quietly made
 * read-only. */
static int probe(sqlite *db, const struct sqlite_options *options) {
  int result = run_literal(db, "SELECT count(*) FROM sqlite_schema");
  if (result == SQLITE_OK && !options->read_only &&
      sqlite3_db_readonly(db->connection, "main") == 1) {
    db->refusal = "the database cannot be written";
    return SQLITE_READONLY;
  }
  return result;
}

static int attach(sqlite *db, const char *name, int flags,
                  const struct sqlite_options *options) {
  int result =
      sqlite3_open_v2(name, &db->connection, flags | SQLITE_OPEN_NOMUTEX, NULL);
  if (result != SQLITE_OK)
    return result;
  sqlite3_busy_timeout(db->connection, options->busy_ms);
  return probe(db, options);
}

/* A name that has SQLite read the file alone; sqlite3_free() it.  NULL when out
 * of memory. */
static char *immutable_name(const char *path) {
  sqlite3_str *name = sqlite3_str_new(NULL);
  sqlite3_str_appendall(name, *path == '/' ? "file://" : "file:");
  for (; *path; path++)
    sqlite3_str_appendf(name, strchr("%?#", *path) ? "%%%02X" : "%c",
                        (unsigned char)*path);
  sqlite3_str_appendall(name, "?immutable=1");
  return sqlite3_str_finish(name);
}

static bool has_wal(const char *path) {
  struct stat found;
  char *name = sqlite3_mprintf("%s-wal", path);
  bool is_there = name && stat(name, &found) == 0 && found.st_size > 0;
  sqlite3_free(name);
  return is_there;
}

/* Without the files beside it, which cannot be made, the database is whole
 * only when nothing waits in the log. */
static int attach_immutable(sqlite *db, const char *path,
                            const struct sqlite_options *options) {
  if (has_wal(path)) {
    db->refusal = "its latest changes are still in the -wal file beside it:"
                  " copy both to a folder that can be written";
    return SQLITE_READONLY;
  }
  char *name = immutable_name(path);
  if (!name)
    return SQLITE_NOMEM;
  disconnect(db);
  int result =
      attach(db, name, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, options);
  sqlite3_free(name);
  return result;
}

static void explain(sqlite *db, int result, int cause, const char *path,
                    char message[SQLITE_MESSAGE_BYTES]) {
  if (!cause && result == SQLITE_CANTOPEN && db->connection)
    cause = sqlite3_system_errno(db->connection);
  sqlite3_snprintf(SQLITE_MESSAGE_BYTES, message, "%s: %s%s%s", path,
                   sqlite_message(db), cause ? ": " : "",
                   cause ? strerror(cause) : "");
}

static int open_file(sqlite *db, const char *path,
                     const struct sqlite_options *options, int *cause) {
  int result =
      attach(db, path,
             options->read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE,
             options);
  if ((result & 0xff) != SQLITE_CANTOPEN && (result & 0xff) != SQLITE_READONLY)
    return result;
  *cause = write_error(path);
  if (!*cause || access(path, R_OK) != 0)
    return result;
  if (options->read_only) {
    *cause = 0;
    return attach_immutable(db, path, options);
  }
  db->refusal = "the database cannot be written";
  return SQLITE_READONLY;
}

int sqlite_open(sqlite **out, const char *path,
                const struct sqlite_options *options,
                char message[SQLITE_MESSAGE_BYTES]) {
  sqlite *db = calloc(1, sizeof(*db));
  if (!db) {
    sqlite3_snprintf(SQLITE_MESSAGE_BYTES, message, "out of memory");
    return SQLITE_NOMEM;
  }
  if (options->create && !options->read_only && is_file(path))
    create_private(path);
  int cause = 0;
  int result = open_file(db, path, options, &cause);
  if (result != SQLITE_OK) {
    explain(db, result, cause, path, message);
    sqlite_close(db);
    return result;
  }
  *out = db;
  return SQLITE_OK;
}

void sqlite_close(sqlite *db) {
  if (!db)
    return;
  disconnect(db);
  free(db);
}

const char *sqlite_message(sqlite *db) {
  return db->refusal ? db->refusal : sqlite3_errmsg(db->connection);
}

/* clang-format off */
#define SQLITE_NAMES(X)                                                       \
  X(OK) X(ERROR) X(INTERNAL) X(PERM) X(ABORT) X(BUSY) X(LOCKED) X(NOMEM)      \
  X(READONLY) X(INTERRUPT) X(IOERR) X(CORRUPT) X(NOTFOUND) X(FULL)            \
  X(CANTOPEN) X(PROTOCOL) X(SCHEMA) X(TOOBIG) X(CONSTRAINT) X(MISMATCH)       \
  X(MISUSE) X(NOLFS) X(AUTH) X(RANGE) X(NOTADB) X(ROW) X(DONE)
/* clang-format on */

const char *sqlite_name(int result) {
  switch (result & 0xff) {
#define X(name)                                                                \
  case SQLITE_##name:                                                          \
    return "SQLITE_" #name;
    SQLITE_NAMES(X)
#undef X
  }
  return "SQLITE_ERROR";
}
