#include "sending.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "retryafter.h"
#include "text.h"

#define PATH "v3/batch/conversation/"

static void append_key(buffer *body, const char *key, struct slice value) {
  buffer_append_text(body, key);
  buffer_append_json(body, value.text, value.length);
}

/* {"activity":…,"tenantId":"…" - the rest is the caller's. */
static enum request_status begin(struct request *r,
                                 const struct connector_sender *sender,
                                 enum operation operation, const char *path,
                                 struct slice activity,
                                 struct slice service_url) {
  enum request_status status =
      connector_begin(r, sender, operation, "POST", service_url, path);
  if (status != REQUEST_OK)
    return status;
  buffer_append_text(&r->body, "{\"activity\":");
  buffer_append(&r->body, activity.text, activity.length);
  append_key(&r->body, ",\"tenantId\":", sender->tenant);
  return REQUEST_OK;
}

enum request_status sending_to_members(struct request *r,
                                       const struct connector_sender *sender,
                                       enum operation operation,
                                       const struct slice *members,
                                       size_t count, struct slice activity,
                                       struct slice service_url) {
  enum request_status status = begin(
      r, sender, operation,
      operation == OPERATION_SEND_TO_USERS ? PATH "users" : PATH "channels",
      activity, service_url);
  if (status != REQUEST_OK)
    return status;
  if (!count)
    return REQUEST_ID_REFUSED;
  if (count > SENDING_MEMBERS_MAX)
    return REQUEST_TOO_LARGE;
  for (size_t i = 0; i < count; i++) {
    if (!members[i].length)
      return REQUEST_ID_REFUSED;
    append_key(&r->body,
               i ? "},{\"id\":" : ",\"members\":[{\"id\":", members[i]);
  }
  buffer_append_text(&r->body, "}]}");
  return request_finish(r);
}

enum request_status sending_to_tenant(struct request *r,
                                      const struct connector_sender *sender,
                                      struct slice activity,
                                      struct slice service_url) {
  enum request_status status = begin(r, sender, OPERATION_SEND_TO_TENANT,
                                     PATH "tenant", activity, service_url);
  if (status != REQUEST_OK)
    return status;
  buffer_append_text(&r->body, "}");
  return request_finish(r);
}

enum request_status sending_to_team(struct request *r,
                                    const struct connector_sender *sender,
                                    struct slice team, struct slice activity,
                                    struct slice service_url) {
  enum request_status status = begin(r, sender, OPERATION_SEND_TO_TEAM,
                                     PATH "team", activity, service_url);
  if (status != REQUEST_OK)
    return status;
  if (!team.length)
    return REQUEST_ID_REFUSED;
  append_key(&r->body, ",\"teamId\":", team);
  buffer_append_text(&r->body, "}");
  return request_finish(r);
}

static enum request_status
of_sending(struct request *r, const struct connector_sender *sender,
           enum operation operation, const char *method, const char *path,
           struct slice id, struct slice service_url) {
  enum request_status status =
      connector_begin(r, sender, operation, method, service_url, path);
  if (status == REQUEST_OK)
    status = request_append_id(r, id);
  return status == REQUEST_OK ? request_finish(r) : status;
}

enum request_status sending_state_of(struct request *r,
                                     const struct connector_sender *sender,
                                     struct slice id,
                                     struct slice service_url) {
  return of_sending(r, sender, OPERATION_SENDING_STATE, "GET", PATH, id,
                    service_url);
}

enum request_status sending_failures_of(struct request *r,
                                        const struct connector_sender *sender,
                                        struct slice id,
                                        struct slice continuation,
                                        struct slice service_url) {
  enum request_status status =
      of_sending(r, sender, OPERATION_FAILED_ENTRIES, "GET",
                 PATH "failedentries/", id, service_url);
  if (status != REQUEST_OK || !continuation.text)
    return status;
  buffer_append_text(&r->url, "?continuationToken=");
  buffer_append_percent(&r->url, continuation.text, continuation.length);
  return request_finish(r);
}

enum request_status sending_cancel(struct request *r,
                                   const struct connector_sender *sender,
                                   struct slice id, struct slice service_url) {
  return of_sending(r, sender, OPERATION_CANCEL_SENDING, "DELETE", PATH, id,
                    service_url);
}

const char *sending_strerror(enum sending_status status) {
  static const char *const texts[] = {
#define X(name, text) text,
      SENDING_STATUS_MAP(X)
#undef X
  };
  return texts[status];
}

const char *sending_errname(enum sending_status status) {
  static const char *const names[] = {
#define X(name, text) #name,
      SENDING_STATUS_MAP(X)
#undef X
  };
  return names[status];
}

/* The first member whose key is one of `keys`, in any letters. */
static json_t *find(json_t *object, const char *const *keys) {
  const char *key;
  json_t *value;
  for (; *keys; keys++) {
    json_object_foreach(object, key, value) {
      if (strcasecmp(key, *keys) == 0)
        return value;
    }
  }
  return NULL;
}

static struct slice text_of(const json_t *value) {
  struct slice text = {json_string_value(value), json_string_length(value)};
  return text;
}

/* Ids are visible ASCII. */
static bool take_id(struct slice text, char out[OUTCOME_ID_MAX]) {
  if (!text.length || text.length >= OUTCOME_ID_MAX)
    return false;
  for (size_t i = 0; i < text.length; i++)
    if (text.text[i] <= ' ' || text.text[i] > '~')
      return false;
  memcpy(out, text.text, text.length);
  out[text.length] = '\0';
  return true;
}

static struct slice trim(const char *text, size_t length) {
  while (length && text_is_blank(*text))
    text++, length--;
  while (length && text_is_blank(text[length - 1]))
    length--;
  struct slice trimmed = {text, length};
  return trimmed;
}

static bool read_body_id(struct slice body, char out[OUTCOME_ID_MAX]) {
  static const char *const keys[] = {"operationId", "id", NULL};
  if (!body.length || body.length > SENDING_BODY_MAX)
    return false;
  if (*body.text != '{' && *body.text != '"')
    return *body.text != '<' && *body.text != '[' &&
           strncmp(body.text, "null", 4) != 0 && take_id(body, out);
  json_t *root = json_loadb(body.text, body.length,
                            JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
  bool found =
      take_id(text_of(json_is_string(root) ? root : find(root, keys)), out);
  json_decref(root);
  return found;
}

/* The last segment of a Location's path, decoded. */
static bool read_location_id(const char *location, char out[OUTCOME_ID_MAX]) {
  char decoded[OUTCOME_ID_MAX];
  size_t end = strcspn(location, "?#"), n = 0;
  while (end && location[end - 1] == '/')
    end--;
  size_t start = end;
  while (start && location[start - 1] != '/')
    start--;
  for (size_t i = start; i < end && n < sizeof(decoded); n++) {
    bool is_escaped = location[i] == '%' && end - i > 2 &&
                      text_hex_value(location[i + 1]) >= 0 &&
                      text_hex_value(location[i + 2]) >= 0;
    decoded[n] = is_escaped ? (char)(text_hex_value(location[i + 1]) * 16 +
                                     text_hex_value(location[i + 2]))
                            : location[i];
    i += is_escaped ? 3 : 1;
  }
  struct slice id = {decoded, n};
  return start && take_id(id, out);
}

bool sending_read_id(const char *body, size_t length, const char *location,
                     char out[OUTCOME_ID_MAX]) {
  return (body && read_body_id(trim(body, length), out)) ||
         (location && read_location_id(location, out));
}

static enum sending_status parse(json_t **out, const char *body,
                                 size_t length) {
  if (length > SENDING_BODY_MAX)
    return SENDING_TOO_LARGE;
  json_t *root = body ? json_loadb(body, length, JSON_ALLOW_NUL, NULL) : NULL;
  if (!json_is_object(root)) {
    json_decref(root);
    return SENDING_NOT_JSON;
  }
  *out = root;
  return SENDING_OK;
}

static void copy(char *out, size_t room, const char *text) {
  size_t length = strlen(text);
  if (length >= room)
    length = room - 1;
  memcpy(out, text, length);
  out[length] = '\0';
}

/* A whole number that counts something, also as text; -1 for anything else. */
static int64_t count_of(const json_t *value) {
  const char *text = json_string_value(value);
  if (text && *text && strlen(text) < 10 &&
      strspn(text, "0123456789") == strlen(text))
    return strtol(text, NULL, 10);
  if (json_is_integer(value) && json_integer_value(value) >= 0)
    return json_integer_value(value);
  return -1;
}

/* Sums stay below the largest integer: each count is bounded. */
static int64_t read_counts(json_t *map, struct sending_state *out) {
  const char *key;
  json_t *value;
  int64_t sum = 0;
  json_object_foreach(map, key, value) {
    int64_t count = count_of(value);
    if (count < 0 || count > INT32_MAX || out->count == SENDING_COUNTS_MAX)
      continue;
    struct sending_count *next = &out->counts[out->count++];
    copy(next->status, sizeof(next->status), key);
    next->count = count;
    sum += count;
  }
  return sum;
}

/* No list of states is published.  "Canceling" and "NotCompleted" are none. */
static bool is_final_name(const char *name) {
  static const char *const words[] = {"completed", "succeeded", "finished",
                                      "failed",    "canceled",  "cancelled",
                                      "aborted",   "expired",   NULL};
  if (strncasecmp(name, "not", 3) == 0)
    return false;
  for (size_t i = 0; words[i]; i++)
    for (const char *p = name; *p; p++)
      if (strncasecmp(p, words[i], strlen(words[i])) == 0)
        return true;
  return false;
}

/* A date and time without a zone is UTC. */
static int64_t read_instant(const json_t *value) {
  char text[64];
  int64_t ms;
  if (!json_is_string(value) || json_string_length(value) > sizeof(text) - 2)
    return -1;
  copy(text, sizeof(text), json_string_value(value));
  if (!instant_parse(text, &ms)) {
    memcpy(text + strlen(text), "Z", 2);
    if (!instant_parse(text, &ms))
      return -1;
  }
  return ms < 0 ? -1 : ms; /* .NET's "no time" is the year 1 */
}

enum sending_status sending_read_state(const char *body, size_t length,
                                       struct sending_state *out) {
  static const char *const names[] = {"state", NULL};
  static const char *const maps[] = {"statusMap", "stateMap", NULL};
  static const char *const totals[] = {"totalEntriesCount", NULL};
  static const char *const instants[] = {"retryAfter", NULL};
  json_t *root = NULL;
  enum sending_status status = parse(&root, body, length);
  if (status != SENDING_OK)
    return status;
  json_t *name = find(root, names);
  out->count = 0;
  out->name[0] = '\0';
  if (json_is_string(name))
    copy(out->name, sizeof(out->name), json_string_value(name));
  int64_t sum = read_counts(find(root, maps), out);
  out->total = count_of(find(root, totals));
  out->retry_at_ms = read_instant(find(root, instants));
  out->is_final =
      is_final_name(out->name) || (out->total > 0 && sum >= out->total);
  json_decref(root);
  return SENDING_OK;
}

struct failures {
  json_t *root;    /* owned */
  json_t *entries; /* within it; NULL: none */
};

enum sending_status failures_read(failures **out, const char *body,
                                  size_t length) {
  static const char *const lists[] = {"failedEntryResponses", "failedEntries",
                                      NULL};
  json_t *root = NULL;
  enum sending_status status = parse(&root, body, length);
  if (status != SENDING_OK)
    return status;
  failures *self = malloc(sizeof(*self));
  if (!self) {
    json_decref(root);
    return SENDING_NOMEM;
  }
  self->root = root;
  self->entries = find(root, lists);
  *out = self;
  return SENDING_OK;
}

void failures_free(failures *self) {
  if (!self)
    return;
  json_decref(self->root);
  free(self);
}

size_t failures_count(const failures *self) {
  return json_array_size(self->entries);
}

void failures_peek(const failures *self, size_t index, struct slice *id,
                   struct slice *error) {
  static const char *const ids[] = {"entryId", "id", NULL};
  static const char *const errors[] = {"error", NULL};
  static const char *const inner[] = {"message", "code", NULL};
  json_t *entry = json_array_get(self->entries, index);
  json_t *text = find(entry, errors);
  *id = text_of(find(entry, ids));
  *error = text_of(json_is_object(text) ? find(text, inner) : text);
}

struct slice failures_continuation(const failures *self) {
  static const char *const keys[] = {"continuationToken", NULL};
  struct slice text = text_of(find(self->root, keys));
  if (!text.length)
    text.text = NULL;
  return text;
}
