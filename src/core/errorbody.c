#include "errorbody.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "text.h"

#define DEPTH_MAX 8 /* of objects within an error that are looked into */

static const char *skip_blank(const char *body, size_t *length) {
  if (*length >= 3 && memcmp(body, "\xEF\xBB\xBF", 3) == 0) {
    body += 3; /* a byte order mark */
    *length -= 3;
  }
  while (*length && strchr(" \t\r\n", *body) && *body) {
    body++;
    --*length;
  }
  return body;
}

bool errorbody_is_html(const char *content_type, const char *body,
                       size_t length) {
  if (content_type && (strncasecmp(content_type, "text/html", 9) == 0 ||
                       strncasecmp(content_type, "application/xhtml", 17) == 0))
    return true;
  body = skip_blank(body, &length);
  return length && *body == '<';
}

/* Copies at most `room - 1` bytes up to a NUL. */
static void copy(char *out, size_t room, const char *text, size_t length) {
  if (length >= room)
    length = room - 1;
  memcpy(out, text, length);
  out[length] = '\0';
  for (size_t i = 0; i < length; i++)
    if (!out[i])
      out[i] = ' '; /* a NUL would hide what follows it */
}

static void add_code(struct errorbody *e, const char *text, size_t length) {
  if (e->code_count == ERRORBODY_CODES_MAX || !length)
    return;
  copy(e->codes[e->code_count++], OUTCOME_CODE_MAX, text, length);
}

static void add_number(struct errorbody *e, const char *prefix,
                       json_int_t number) {
  char text[OUTCOME_CODE_MAX];
  int n =
      snprintf(text, sizeof(text), "%s%" JSON_INTEGER_FORMAT, prefix, number);
  add_code(e, text, (size_t)n);
}

static void append(struct errorbody *e, const char *text, size_t length) {
  size_t used = strlen(e->message);
  if (length)
    copy(e->message + used, sizeof(e->message) - used, text, length);
}

static bool is_new(const struct errorbody *e, const json_t *text) {
  const char *start = json_string_value(text);
  return start && *start && !strstr(e->message, start);
}

/* Messages of inner objects follow the outer one's, unless they repeat it. */
static void add_message(struct errorbody *e, const json_t *text) {
  if (!is_new(e, text))
    return;
  if (*e->message)
    append(e, ": ", 2);
  append(e, json_string_value(text), json_string_length(text));
}

/* A manifest's faults: `{"target":"name","message":"…"}` each. */
static void add_details(struct errorbody *e, const json_t *details) {
  size_t i;
  json_t *detail;
  json_array_foreach(details, i, detail) {
    const json_t *target = json_object_get(detail, "target");
    const json_t *text = json_object_get(detail, "message");
    if (!is_new(e, text))
      continue;
    if (*e->message)
      append(e, "; ", 2);
    append(e, json_string_value(target), json_string_length(target));
    append(e, ": ", json_is_string(target) ? 2 : 0);
    append(e, json_string_value(text), json_string_length(text));
  }
}

static void walk(struct errorbody *e, json_t *value, int depth);

/* `message` may itself be JSON in a string. */
static void read_message(struct errorbody *e, const json_t *text, int depth) {
  const char *start = json_string_value(text);
  json_t *inner = NULL;
  if (start && *start == '{' && depth < DEPTH_MAX)
    inner = json_loadb(start, json_string_length(text), JSON_ALLOW_NUL, NULL);
  if (inner)
    walk(e, inner, depth + 1);
  else
    add_message(e, text);
  json_decref(inner);
}

/* Entra: `error` is the class, `error_codes` or the first word of the
 * description refines it. */
static void read_oauth(struct errorbody *e, const json_t *object) {
  const json_t *description = json_object_get(object, "error_description");
  const json_t *code =
      json_array_get(json_object_get(object, "error_codes"), 0);
  const char *text = json_string_value(description);
  const json_t *name = json_object_get(object, "error");
  add_code(e, json_string_value(name), json_string_length(name));
  add_message(e, description);
  if (json_is_integer(code))
    add_number(e, "AADSTS", json_integer_value(code));
  else if (text && strncmp(text, "AADSTS", 6) == 0)
    add_code(e, text, 6 + strspn(text + 6, "0123456789"));
}

static void read_code(struct errorbody *e, const json_t *value) {
  if (json_is_string(value))
    add_code(e, json_string_value(value), json_string_length(value));
  else if (json_is_integer(value))
    add_number(e, "", json_integer_value(value));
}

static bool is_any(const char *key, const char *const *names) {
  for (; *names; names++)
    if (strcasecmp(key, *names) == 0)
      return true;
  return false;
}

/* Codes and message of this object first, then those inside it, so that the
 * deepest stand last. */
static void walk(struct errorbody *e, json_t *value, int depth) {
  static const char *const codes[] = {"code", "errorCode", "subCode", NULL};
  static const char *const inner[] = {"error", "innerError", "innerHttpError",
                                      "body", NULL};
  const char *key;
  json_t *member;
  if (!json_is_object(value) || depth > DEPTH_MAX)
    return;
  if (json_is_string(json_object_get(value, "error")))
    read_oauth(e, value);
  json_object_foreach(value, key, member) {
    if (is_any(key, codes))
      read_code(e, member);
  }
  json_object_foreach(value, key, member) {
    if (strcasecmp(key, "message") == 0)
      read_message(e, member, depth);
  }
  add_details(e, json_object_get(value, "details"));
  json_object_foreach(value, key, member) {
    if (is_any(key, inner))
      walk(e, member, depth + 1);
  }
}

/* The title of a page says "502 Bad Gateway" or the like. */
static void read_html(struct errorbody *e, const char *body, size_t length) {
  static const char open[] = "<title>";
  size_t n = strlen(open);
  copy(e->message, sizeof(e->message), "a page in HTML", 14);
  for (size_t i = 0; i + n < length; i++) {
    if (strncasecmp(body + i, open, n) != 0)
      continue;
    const char *title = body + i + n;
    const char *end = memchr(title, '<', length - i - n);
    if (end && end > title)
      copy(e->message, sizeof(e->message), title, (size_t)(end - title));
    return;
  }
}

void errorbody_read(const char *content_type, const char *body, size_t length,
                    struct errorbody *out) {
  out->code_count = 0;
  out->message[0] = '\0';
  out->is_html = errorbody_is_html(content_type, body, length);
  body = skip_blank(body, &length);
  if (out->is_html) {
    read_html(out, body, length);
    return;
  }
  json_t *root = NULL;
  if (length && length <= ERRORBODY_PARSED_MAX)
    root = json_loadb(body, length, JSON_ALLOW_NUL, NULL);
  if (root)
    walk(out, root, 0);
  else if (length)
    copy(out->message, sizeof(out->message), body, length);
  json_decref(root);
}

bool errorbody_mentions(const struct errorbody *e, const char *phrase) {
  size_t n = strlen(phrase);
  for (const char *p = e->message; *p; p++)
    if (strncasecmp(p, phrase, n) == 0)
      return true;
  return false;
}

static bool is_token_byte(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
         (c >= 'a' && c <= 'z') || (c && strchr("-._~+/=%", c));
}

/* Bytes from `text` on that look like a credential: a JWT (its first part is
 * JSON, "{\"" in base64url), or what stands after a word that announces one. */
static size_t secret_length(const char *text, size_t *kept) {
  static const char *const words[] = {"Bearer", "client_secret",
                                      "client_assertion", "access_token"};
  size_t n = 0;
  *kept = 0;
  if (strncmp(text, "eyJ", 3) == 0) {
    while (is_token_byte(text[n]))
      n++;
    return n >= 20 ? n : 0;
  }
  for (int i = 0; i < 4; i++) {
    size_t word = strlen(words[i]);
    if (strncasecmp(text, words[i], word) != 0)
      continue;
    *kept = word + strspn(text + word, " :=\"'");
    while (is_token_byte(text[*kept + n]))
      n++;
    return n >= 16 ? n : 0;
  }
  return 0;
}

void errorbody_show(const char *text, char *out, size_t room) {
  static const char removed[] = "[removed]";
  char clean[ERRORBODY_MESSAGE_MAX + 1];
  size_t used = 0;
  while (*text && used + sizeof(removed) + 32 < sizeof(clean)) {
    size_t kept;
    size_t n = secret_length(text, &kept);
    if (!n) {
      clean[used++] = *text++;
      continue;
    }
    size_t shown = kept < 32 ? kept : 32;
    memcpy(clean + used, text, shown);
    memcpy(clean + used + shown, removed, strlen(removed));
    used += shown + strlen(removed);
    text += kept + n;
  }
  out[text_printable(clean, used, room - 1, out)] = '\0';
}
