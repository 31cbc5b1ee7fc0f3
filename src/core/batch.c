#include "batch.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "graph_url.h"

/* ---- the request ---- */

static void append_text(buffer *out, struct slice text) {
  buffer_append_json(out, text.text, text.length);
}

static void append_base64(buffer *out, struct slice bytes) {
  static const char digits[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const unsigned char *in = (const unsigned char *)bytes.text;
  buffer_append_text(out, "\"");
  for (size_t i = 0; i < bytes.length; i += 3) {
    size_t left = bytes.length - i;
    unsigned long group = (unsigned long)in[i] << 16 |
                          (left > 1 ? (unsigned long)in[i + 1] << 8 : 0) |
                          (left > 2 ? in[i + 2] : 0);
    char four[] = {digits[group >> 18], digits[group >> 12 & 63],
                   left > 1 ? digits[group >> 6 & 63] : '=',
                   left > 2 ? digits[group & 63] : '='};
    buffer_append(out, four, sizeof(four));
  }
  buffer_append_text(out, "\"");
}

/* The URL of a part is relative to the version that is called. */
static bool strip_base(const cloud *c, struct slice *url) {
  const char *base = cloud_peek(c)->graph;
  size_t n = strlen(base);
  static const char version[] = "/v1.0/";
  size_t m = sizeof(version) - 1;
  if (url->length < n + m || memcmp(url->text, base, n) != 0 ||
      memcmp(url->text + n, version, m) != 0)
    return false;
  url->text += n + m - 1; /* the slash stays */
  url->length -= n + m - 1;
  return true;
}

static void append_headers(buffer *out, const struct batch_part *part) {
  bool is_first = true;
  for (int i = 0; i < BATCH_HEADERS_MAX; i++) {
    const struct batch_header *header = &part->headers[i];
    if (!header->value.text)
      continue;
    buffer_append_text(out, is_first ? ",\"headers\":{" : ",");
    append_text(out, (struct slice){header->name, strlen(header->name)});
    buffer_append_text(out, ":");
    append_text(out, header->value);
    is_first = false;
  }
  if (!is_first)
    buffer_append_text(out, "}");
}

static void append_part(buffer *out, size_t nth, const struct batch_part *part,
                        struct slice url) {
  char id[] = {(char)('0' + nth / 10), (char)('0' + nth % 10)};
  bool is_short = nth < 10;
  buffer_append_text(out, "{\"id\":");
  append_text(out, (struct slice){id + is_short, 2 - (size_t)is_short});
  buffer_append_text(out, ",\"method\":");
  append_text(out, part->method);
  buffer_append_text(out, ",\"url\":");
  append_text(out, url);
  append_headers(out, part);
  if (part->body.text) {
    buffer_append_text(out, ",\"body\":");
    if (part->is_json)
      buffer_append(out, part->body.text, part->body.length);
    else
      append_base64(out, part->body);
  }
  buffer_append_text(out, "}");
}

enum request_status batch_build(struct request *r, const cloud *c,
                                const struct batch_part *parts, size_t count) {
  graph_begin(r, c, OPERATION_BATCH, "POST", "/$batch");
  r->content_type = GRAPH_JSON;
  for (size_t i = 0; i < count; i++) {
    struct slice url = parts[i].url;
    if (!strip_base(c, &url))
      return REQUEST_URL_REFUSED;
    buffer_append_text(&r->body, i ? "," : "{\"requests\":[");
    append_part(&r->body, i + 1, &parts[i], url);
  }
  buffer_append_text(&r->body, "]}");
  return request_finish(r);
}

/* ---- the answer ---- */

struct part {
  json_t *answer; /* borrowed from the root; NULL: none came */
  char *body;     /* owned; NULL: there is none */
  size_t length;
};

struct batch_answer {
  json_t *root; /* owned */
  size_t count;
  struct part parts[BATCH_PARTS_MAX];
};

static const char *header(const json_t *answer, const char *name) {
  json_t *headers = json_object_get(answer, "headers");
  const char *key;
  json_t *value;
  json_object_foreach(headers, key, value) {
    if (strcasecmp(key, name) == 0)
      return json_string_value(value);
  }
  return NULL;
}

/* A number as text would have to live somewhere; it is made a string. */
static void text_of_header(json_t *answer, const char *name) {
  json_t *headers = json_object_get(answer, "headers");
  const char *key;
  json_t *value;
  json_object_foreach(headers, key, value) {
    if (strcasecmp(key, name) != 0 || !json_is_integer(value))
      continue;
    json_object_set_new(
        headers, key,
        json_sprintf("%" JSON_INTEGER_FORMAT, json_integer_value(value)));
    return;
  }
}

static int digit_of(char c) {
  if (c >= 'A' && c <= 'Z')
    return c - 'A';
  if (c >= 'a' && c <= 'z')
    return c - 'a' + 26;
  if (c >= '0' && c <= '9')
    return c - '0' + 52;
  if (c == '+' || c == '-')
    return 62;
  return c == '/' || c == '_' ? 63 : -1;
}

/* Undoes base64 of either alphabet in place; false, with nothing done, when it
 * is not that. */
static bool undo_base64(char *text, size_t *length) {
  size_t n = *length;
  while (n && *length - n < 2 && text[n - 1] == '=')
    n--;
  for (size_t i = 0; i < n; i++)
    if (digit_of(text[i]) < 0)
      return false;
  if (n % 4 == 1)
    return false;
  size_t used = 0;
  unsigned long bits = 0;
  for (size_t i = 0; i < n; i++) {
    bits = (bits << 6 | (unsigned long)digit_of(text[i])) & 0xFFFFFF;
    if (i % 4)
      text[used++] = (char)(bits >> (6 - 2 * (i % 4)) & 0xFF);
  }
  text[used] = '\0';
  *length = used;
  return true;
}

static bool is_json_type(const char *type) {
  for (; type && *type; type++)
    if (strncasecmp(type, "json", 4) == 0)
      return true;
  return false;
}

static bool copy_body(struct part *part, const json_t *body) {
  part->length = json_string_length(body);
  part->body = malloc(part->length + 1);
  if (!part->body)
    return false;
  memcpy(part->body, json_string_value(body), part->length + 1);
  return true;
}

/* JSON is written again; other bodies are what their base64 stands for. */
static bool take_body(struct part *part) {
  const json_t *body = json_object_get(part->answer, "body");
  if (!body || json_is_null(body))
    return true;
  if (json_is_string(body) &&
      !is_json_type(header(part->answer, "content-type"))) {
    if (!copy_body(part, body))
      return false;
    undo_base64(part->body, &part->length);
    return true;
  }
  part->body = json_dumps(body, JSON_COMPACT | JSON_ENCODE_ANY);
  part->length = part->body ? strlen(part->body) : 0;
  return part->body != NULL;
}

/* The part that an answer names; NULL when there is no such part. */
static struct part *find_part(batch_answer *a, const json_t *answer) {
  const char *id = json_string_value(json_object_get(answer, "id"));
  char *end = NULL;
  if (!id || *id < '1' || *id > '9')
    return NULL;
  unsigned long nth = strtoul(id, &end, 10);
  return *end || nth > a->count ? NULL : &a->parts[nth - 1];
}

static bool take_answers(batch_answer *a) {
  json_t *answers = json_object_get(a->root, "responses");
  size_t i;
  json_t *answer;
  json_array_foreach(answers, i, answer) {
    struct part *part = find_part(a, answer);
    if (!part || part->answer)
      continue;
    part->answer = answer;
    text_of_header(answer, "retry-after");
    if (!take_body(part))
      return false;
  }
  return json_is_array(answers);
}

batch_answer *batch_read(const char *body, size_t length, size_t count) {
  batch_answer *a = NULL, *result = NULL;
  if (length > BATCH_ANSWER_MAX || count > BATCH_PARTS_MAX)
    goto done;
  a = calloc(1, sizeof(*a));
  if (!a)
    goto done;
  a->count = count;
  a->root = json_loadb(body, length, JSON_ALLOW_NUL, NULL);
  if (!a->root || !take_answers(a))
    goto done;
  result = a;
  a = NULL; /* ownership moved to the caller */
done:
  batch_free(a);
  return result;
}

void batch_free(batch_answer *a) {
  if (!a)
    return;
  for (size_t i = 0; i < a->count; i++)
    free(a->parts[i].body);
  json_decref(a->root);
  free(a);
}

void batch_peek(const batch_answer *a, size_t nth, struct batch_reply *out) {
  const struct part *part = &a->parts[nth - 1];
  json_int_t status =
      json_integer_value(json_object_get(part->answer, "status"));
  *out = (struct batch_reply){
      .status = status >= 100 && status < 600 ? (int)status : 0,
      .body = part->body ? part->body : "",
      .body_length = part->length,
      .content_type = header(part->answer, "content-type"),
      .date = header(part->answer, "date"),
      .location = header(part->answer, "location"),
      .request_id = header(part->answer, "request-id"),
      .retry_after = header(part->answer, "retry-after"),
  };
}
