#include "outcome.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "errorbody.h"
#include "retryafter.h"
#include "rows.h"

#define TOKEN_LOOP_WAIT_MS (60 * 1000) /* no Retry-After comes with it */

/* Rows that no table holds, since no status or code leads to them. */
static const struct row row_unanswered = {
    .operation = ROW_ANY,
    .kind = OUTCOME_TRANSIENT,
    .scope = SCOPE_RECIPIENT,
    .reason = "no answer",
    .remedy = "Nothing to do: it is tried again; if it stays, check the "
              "network and the service's health",
};

static const struct row row_unusable = {
    .operation = ROW_ANY,
    .kind = OUTCOME_TRANSIENT,
    .scope = SCOPE_RECIPIENT,
    .reason = "unusable answer",
    .remedy = REMEDY_WAIT,
};

/* A page for people comes from a captive portal, a proxy or a firewall; with a
 * success's status the service may never have seen the request. */
static const struct row row_proxy_page = {
    .operation = ROW_ANY,
    .kind = OUTCOME_TRANSIENT,
    .scope = SCOPE_RECIPIENT,
    .reason = "answered by a proxy",
    .remedy = REMEDY_PROXY_PAGE,
};

static const struct row row_proxy_refused = {
    .operation = ROW_ANY,
    .kind = OUTCOME_REFUSED,
    .scope = SCOPE_RECIPIENT,
    .reason = "answered by a proxy",
    .remedy = REMEDY_PROXY_PAGE,
};

static const struct rows *service_rows(enum operation operation) {
  switch (operation_service(operation)) {
  case SERVICE_TOKEN:
    return &rows_token;
  case SERVICE_GRAPH:
    return &rows_graph;
  default:
    return &rows_connector;
  }
}

static bool holds_for(const struct row *row, enum operation operation) {
  return row->operation == ROW_ANY || row->operation == (int)operation;
}

static const struct row *find_code(const struct rows *table,
                                   enum operation operation, int status,
                                   const struct errorbody *body,
                                   const char *code) {
  for (size_t i = 0; i < table->count; i++) {
    const struct row *row = &table->rows[i];
    if (row->code && strcasecmp(row->code, code) == 0 &&
        (!row->status || row->status == status) && holds_for(row, operation) &&
        (!row->phrase || errorbody_mentions(body, row->phrase)))
      return row;
  }
  return NULL;
}

static const struct row *find_phrase(const struct rows *table,
                                     enum operation operation, int status,
                                     const struct errorbody *body) {
  for (size_t i = 0; i < table->count; i++) {
    const struct row *row = &table->rows[i];
    if (!row->code && row->phrase && (!row->status || row->status == status) &&
        holds_for(row, operation) && errorbody_mentions(body, row->phrase))
      return row;
  }
  return NULL;
}

static const struct row *find_status(const struct rows *table,
                                     enum operation operation, int status) {
  for (size_t i = 0; i < table->count; i++) {
    const struct row *row = &table->rows[i];
    if (!row->code && !row->phrase && row->status == status &&
        holds_for(row, operation))
      return row;
  }
  return NULL;
}

/* Steps 3 and 4 of rows.h; the common table has a row for each class. */
static const struct row *row_for_status(enum operation operation, int status) {
  const struct rows *table = service_rows(operation);
  const struct row *row = find_status(table, operation, status);
  if (!row)
    row = find_status(&rows_common, operation, status);
  if (!row)
    row = find_status(table, operation, status / 100);
  if (!row)
    row = find_status(&rows_common, operation, status / 100);
  return row ? row : &row_unanswered;
}

/* Request ids are visible ASCII; anything else ends one. */
static void set_request_id(struct outcome *out, const char *text) {
  size_t n = 0;
  while (n < sizeof(out->request_id) - 1 && text[n] > ' ' && text[n] < 0x7F) {
    out->request_id[n] = text[n];
    n++;
  }
  out->request_id[n] = '\0';
}

static void start(struct outcome *out, const struct response *response) {
  out->kind = OUTCOME_OK;
  out->scope = SCOPE_RECIPIENT;
  out->reason = NULL;
  out->remedy = NULL;
  out->status = response->status;
  out->retry_after_ms = -1;
  out->expires_at_ms = -1;
  out->needs_consent = false;
  out->id_length = 0;
  out->code[0] = '\0';
  out->request_id[0] = '\0';
  out->text[0] = '\0';
  out->id[0] = '\0';
  out->conversation_id[0] = '\0';
  out->service_url[0] = '\0';
  if (response->request_id)
    set_request_id(out, response->request_id);
}

/* What concerns one recipient stops the run when there is none. */
static void decide(struct outcome *out, const struct row *row,
                   enum operation operation) {
  bool is_personal = operation_reach(operation) != REACH_ALL;
  out->kind = row->kind;
  out->scope =
      row->scope == SCOPE_RECIPIENT && !is_personal ? SCOPE_RUN : row->scope;
  out->reason = row->reason;
  out->remedy = row->remedy;
  out->needs_consent = row->needs_consent;
}

static void doubt(struct outcome *out) {
  out->kind = OUTCOME_AMBIGUOUS;
  out->scope = SCOPE_RECIPIENT;
  out->remedy = "It may have arrived: look in the chat before you send again; "
                "on_unknown = \"resend\" in the campaign repeats such a send";
}

static void set_code(struct outcome *out, const char *code) {
  errorbody_show(code, out->code, sizeof(out->code));
}

/* A proxy's refusal has the code of other failures: libcurl's words tell. */
static const struct row *row_for_failure(const char *error,
                                         const char *message) {
  for (size_t i = 0; i < rows_transport.count; i++) {
    const struct row *row = &rows_transport.rows[i];
    if (strcmp(row->code, error) == 0 &&
        (!row->phrase || strstr(message, row->phrase)))
      return row;
  }
  return &row_unanswered;
}

static void classify_unanswered(enum operation operation,
                                const struct response *response,
                                struct outcome *out) {
  const char *error = response->error ? response->error : "";
  const char *message = response->message ? response->message : "";
  out->status = 0;
  decide(out, row_for_failure(error, message), operation);
  set_code(out, error);
  if (response->message)
    errorbody_show(response->message, out->text, sizeof(out->text));
  if (operation_reach(operation) == REACH_DELIVER && response->sent)
    doubt(out);
}

/* 408, 500, 502, 504 and others like them may come after the message was
 * taken; 503 with a time to come back is a refusal at the door. */
static bool is_doubtful(int status, int64_t wait_ms) {
  return status == 408 || (status >= 500 && !(status == 503 && wait_ms >= 0));
}

/* Codes and phrases are read only where the status leaves the meaning open. */
static const struct row *row_for_error(enum operation operation, int status,
                                       const struct errorbody *body,
                                       int *code_index) {
  const struct rows *table = service_rows(operation);
  const struct row *row = NULL;
  *code_index = body->code_count - 1;
  if (status / 100 != 4 || status == 407 || status == 408 || status == 429)
    return row_for_status(operation, status);
  for (int i = body->code_count - 1; i >= 0 && !row; i--) {
    row = find_code(table, operation, status, body, body->codes[i]);
    if (row)
      *code_index = i;
  }
  if (!row)
    row = find_phrase(table, operation, status, body);
  if (!row && body->is_html && status != 401)
    row = &row_proxy_refused;
  return row ? row : row_for_status(operation, status);
}

static void classify_error(enum operation operation, int status,
                           const struct response *response, int64_t now_ms,
                           struct outcome *out) {
  struct errorbody body;
  int code_index;
  errorbody_read(response->content_type, response->body, response->body_length,
                 &body);
  decide(out, row_for_error(operation, status, &body, &code_index), operation);
  if (code_index >= 0)
    set_code(out, body.codes[code_index]);
  errorbody_show(body.message[0] ? body.message : out->code, out->text,
                 sizeof(out->text));
  out->retry_after_ms =
      retry_after_ms(response->retry_after, response->date, now_ms);
  if (strcmp(out->code, "AADSTS50196") == 0 &&
      out->retry_after_ms < TOKEN_LOOP_WAIT_MS)
    out->retry_after_ms = TOKEN_LOOP_WAIT_MS;
  if (operation_reach(operation) == REACH_DELIVER &&
      is_doubtful(response->status, out->retry_after_ms))
    doubt(out);
}

void outcome_unusable(enum operation operation, const struct response *response,
                      const char *text, struct outcome *out) {
  start(out, response);
  decide(out, &row_unusable, operation);
  snprintf(out->text, sizeof(out->text), "%s", text);
}

static size_t take(const json_t *object, const char *key, char *out,
                   size_t room) {
  const json_t *value = json_object_get(object, key);
  size_t length = json_string_length(value);
  if (!length || length >= room)
    return 0;
  memcpy(out, json_string_value(value), length + 1);
  return length;
}

/* `{"id":"…"}` and nothing else: what a send is answered with, read without a
 * tree, since it is once a message.  Returns the id's length, 0 if it is not
 * that. */
static size_t take_plain_id(const char *body, size_t length, char *out) {
  static const char head[] = "{\"id\":\"";
  size_t n = sizeof(head) - 1;
  if (length < n + 2 || length - n - 2 >= OUTCOME_ID_MAX ||
      memcmp(body, head, n) != 0 || memcmp(body + length - 2, "\"}", 2) != 0)
    return 0;
  length -= n + 2;
  for (size_t i = 0; i < length; i++) {
    char c = body[n + i];
    if (c < ' ' || c > '~' || c == '"' || c == '\\')
      return 0;
    out[i] = c;
  }
  out[length] = '\0';
  return length;
}

/* A post is answered with the thread it began, `{channel};messageid={root}`,
 * and the message as `activityId`, which may be absent: it is the root. */
static void read_post(const json_t *root, struct outcome *out) {
  static const char mark[] = ";messageid=";
  char message[OUTCOME_ID_MAX];
  const char *tail = strstr(out->id, mark);
  size_t length = take(root, "activityId", message, sizeof(message));
  if (!length && !tail)
    return; /* the message's own id */
  if (out->id_length)
    memcpy(out->conversation_id, out->id, out->id_length + 1);
  if (!length) {
    tail += sizeof(mark) - 1;
    length = strlen(tail);
    memmove(message, tail, length + 1);
  }
  memcpy(out->id, message, length + 1);
  out->id_length = length;
}

static void read_ids(enum operation operation, const struct response *response,
                     struct outcome *out) {
  const char *body = response->body;
  size_t length = response->body_length;
  json_t *root = NULL;
  if (body && operation != OPERATION_POST)
    out->id_length = take_plain_id(body, length, out->id);
  if (out->id_length)
    return;
  out->id[0] = '\0'; /* what was tried may have begun to fill it */
  if (length && length <= ERRORBODY_PARSED_MAX)
    root = json_loadb(body, length, JSON_ALLOW_NUL, NULL);
  out->id_length = take(root, "id", out->id, sizeof(out->id));
  take(root, "serviceUrl", out->service_url, sizeof(out->service_url));
  if (operation == OPERATION_POST)
    read_post(root, out);
  json_decref(root);
}

/* Looks at both ends only: the whole is read by somebody else. */
static bool is_object(const char *body, size_t length) {
  while (length && strchr(" \t\r\n", body[length - 1]) && body[length - 1])
    length--;
  while (length && strchr(" \t\r\n", *body) && *body) {
    body++;
    length--;
  }
  return length >= 2 && *body == '{' && body[length - 1] == '}';
}

static void classify_success(enum operation operation,
                             const struct response *response,
                             struct outcome *out) {
  enum success needed = operation_success(operation);
  if (errorbody_is_html(response->content_type, response->body,
                        response->body_length)) {
    struct errorbody body;
    errorbody_read(response->content_type, response->body,
                   response->body_length, &body);
    decide(out, &row_proxy_page, operation);
    errorbody_show(body.message, out->text, sizeof(out->text));
    if (operation_reach(operation) == REACH_DELIVER)
      doubt(out);
    return;
  }
  if (needed == SUCCESS_ID || needed == SUCCESS_ID_OR_NONE)
    read_ids(operation, response, out);
  if (needed == SUCCESS_ID && !out->id_length)
    outcome_unusable(operation, response, "the answer has no id", out);
  if (needed == SUCCESS_OBJECT &&
      !is_object(response->body, response->body_length))
    outcome_unusable(operation, response, "the answer is no JSON object", out);
}

/* "Publish teamsApp" tells of a faulty manifest under 200 too. */
static bool is_error_under_200(enum operation operation,
                               const struct response *response) {
  struct errorbody body;
  if (operation != OPERATION_PUBLISH && operation != OPERATION_UPDATE_APP)
    return false;
  errorbody_read(response->content_type, response->body, response->body_length,
                 &body);
  return body.code_count > 0;
}

/* A head without its body still decides: `error` matters only when no final
 * status came. */
void outcome_classify(enum operation operation, const struct response *response,
                      int64_t now_ms, struct outcome *out) {
  start(out, response);
  if (response->status >= 200 && response->status < 300) {
    if (is_error_under_200(operation, response))
      classify_error(operation, 400, response, now_ms, out);
    else
      classify_success(operation, response, out);
  } else if (response->status >= 300 && response->status < 600)
    classify_error(operation, response->status, response, now_ms, out);
  else
    classify_unanswered(operation, response, out);
}

const char *outcome_kind_name(enum outcome_kind kind) {
  static const char *const names[] = {
#define X(name, text) text,
      OUTCOME_KIND_MAP(X)
#undef X
  };
  return names[kind];
}

const char *outcome_scope_name(enum outcome_scope scope) {
  static const char *const names[] = {
#define X(name, text) text,
      OUTCOME_SCOPE_MAP(X)
#undef X
  };
  return names[scope];
}
