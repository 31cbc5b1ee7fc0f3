#include "activity.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "text.h"

#define CARD_TYPE "application/vnd.microsoft.card.adaptive"

const char *activity_flaw_text(enum activity_flaw flaw) {
  static const char *const texts[] = {
#define X(name, text) text,
      ACTIVITY_FLAW_MAP(X)
#undef X
  };
  return texts[flaw];
}

const char *activity_flaw_name(enum activity_flaw flaw) {
  static const char *const names[] = {
#define X(name, text) #name,
      ACTIVITY_FLAW_MAP(X)
#undef X
  };
  return names[flaw];
}

/* Each judge returns whether it found a flaw. */
static bool found(struct activity_verdict *out, enum activity_flaw flaw,
                  const char *place) {
  out->flaw = flaw;
  snprintf(out->place, sizeof(out->place), "%s", place);
  return true;
}

static const char *text_at(const json_t *object, const char *key) {
  return json_string_value(json_object_get(object, key));
}

static bool is_template(const char *text) {
  return strstr(text, "${");
}

static bool has_content(const json_t *value) {
  return json_is_array(value)    ? json_array_size(value) > 0
         : json_is_string(value) ? json_string_length(value) > 0
                                 : value && !json_is_null(value);
}

/* Whether `key` of the activity is absent, null, or one of three words. */
static bool is_one_of(const json_t *activity, const char *key,
                      const char *const words[3]) {
  const json_t *value = json_object_get(activity, key);
  const char *text = json_string_value(value);
  if (!value || json_is_null(value))
    return true;
  if (!text)
    return false;
  for (int i = 0; i < 3; i++)
    if (strcmp(text, words[i]) == 0)
      return true;
  return is_template(text);
}

static bool judge_words(const json_t *activity, struct activity_verdict *out) {
  static const char *const importance[] = {"low", "normal", "high"};
  static const char *const format[] = {"markdown", "plain", "xml"};
  static const char *const layout[] = {"list", "carousel", "list"};
  if (!is_one_of(activity, "importance", importance))
    return found(out, ACTIVITY_IMPORTANCE, "/importance");
  if (!is_one_of(activity, "textFormat", format))
    return found(out, ACTIVITY_TEXT_FORMAT, "/textFormat");
  if (!is_one_of(activity, "attachmentLayout", layout))
    return found(out, ACTIVITY_LAYOUT, "/attachmentLayout");
  return false;
}

static bool judge_actions(const json_t *activity,
                          const struct activity_options *options,
                          struct activity_verdict *out) {
  const json_t *suggested = json_object_get(activity, "suggestedActions");
  const json_t *actions = json_object_get(suggested, "actions");
  size_t i, count = json_array_size(actions);
  char place[ACTIVITY_PLACE_MAX];
  if (!count)
    return false;
  if (options->is_group)
    return found(out, ACTIVITY_ACTIONS_GROUP, "/suggestedActions");
  if (count > ACTIVITY_ACTIONS_MAX)
    return found(out, ACTIVITY_ACTIONS, "/suggestedActions/actions");
  for (i = 0; i < count; i++) {
    const json_t *action = json_array_get(actions, i);
    const char *type = text_at(action, "type");
    if (json_is_string(action) || /* a template's, alone */
        (type && (strcmp(type, "imBack") == 0 || is_template(type))))
      continue;
    snprintf(place, sizeof(place), "/suggestedActions/actions/%zu", i);
    return found(out, ACTIVITY_ACTIONS, place);
  }
  return false;
}

/* Whether `text` occurs in a string within `value`; what is under `skip` does
 * not count. */
static bool occurs(json_t *value, const char *text, const char *skip) {
  const char *key;
  json_t *inner;
  size_t i;
  if (json_is_string(value))
    return strstr(json_string_value(value), text);
  if (json_is_array(value)) {
    json_array_foreach(value, i, inner) {
      if (occurs(inner, text, NULL))
        return true;
    }
    return false;
  }
  json_object_foreach(value, key, inner) {
    if ((!skip || strcmp(key, skip) != 0) && occurs(inner, text, NULL))
      return true;
  }
  return false;
}

/* <at>name</at>, perhaps with attributes; a name has no `<`. */
static bool is_mention_text(const char *text) {
  static const char end[] = "</at>";
  if (strncmp(text, "<at", 3) != 0 || (text[3] != '>' && text[3] != ' '))
    return false;
  const char *name = strchr(text, '>');
  if (!name || !name[1])
    return false;
  const char *tail = strchr(name + 1, '<');
  return tail && tail > name + 1 && strcmp(tail, end) == 0;
}

static bool judge_mentions(const json_t *entities, json_t *where,
                           enum activity_flaw lost, const char *prefix,
                           struct activity_verdict *out) {
  size_t i;
  json_t *entity;
  char place[ACTIVITY_PLACE_MAX];
  json_array_foreach(entities, i, entity) {
    const char *type = text_at(entity, "type");
    const char *text = text_at(entity, "text");
    const char *id = text_at(json_object_get(entity, "mentioned"), "id");
    if (!type || strcmp(type, "mention") != 0)
      continue;
    snprintf(place, sizeof(place), "%s/%zu", prefix, i);
    if (!text || !id || !*id || (!is_mention_text(text) && !is_template(text)))
      return found(out, ACTIVITY_MENTION, place);
    snprintf(place, sizeof(place), "%s/%zu/text", prefix, i);
    if (!occurs(where, text, "msteams"))
      return found(out, lost, place);
  }
  return false;
}

static bool judge_cards(const json_t *activity, struct activity_verdict *out) {
  size_t i;
  json_t *attachment;
  char prefix[ACTIVITY_PLACE_MAX / 2];
  json_array_foreach(json_object_get(activity, "attachments"), i, attachment) {
    const char *type = text_at(attachment, "contentType");
    json_t *card = json_object_get(attachment, "content");
    const json_t *entities =
        json_object_get(json_object_get(card, "msteams"), "entities");
    if (!type || strcmp(type, CARD_TYPE) != 0)
      continue;
    snprintf(prefix, sizeof(prefix),
             "/attachments/%zu/content/msteams/entities", i);
    if (judge_mentions(entities, card, ACTIVITY_MENTION_CARD, prefix, out))
      return true;
  }
  return false;
}

static bool judge(const json_t *activity,
                  const struct activity_options *options,
                  struct activity_verdict *out) {
  json_t *text = json_object_get(activity, "text");
  if (!json_is_object(activity))
    return found(out, ACTIVITY_NOT_OBJECT, "");
  if (!options->split && has_content(text) &&
      has_content(json_object_get(activity, "attachments")))
    return found(out, ACTIVITY_SPLIT, "/attachments");
  return judge_words(activity, out) || judge_actions(activity, options, out) ||
         judge_mentions(json_object_get(activity, "entities"), text,
                        ACTIVITY_MENTION_TEXT, "/entities", out) ||
         judge_cards(activity, out);
}

void activity_check(const char *json, size_t length,
                    const struct activity_options *options,
                    struct activity_verdict *out) {
  /* Numbers are not looked at: a long one must not fail the reading. */
  json_t *activity =
      json_loadb(json, length, JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL, NULL);
  out->flaw = ACTIVITY_NONE;
  out->place[0] = '\0';
  judge(activity, options, out);
  json_decref(activity);
}

static bool is_base64(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
         (c >= 'a' && c <= 'z') || c == '+' || c == '/' || c == '=' ||
         c == '\\'; /* JSON may write "\/" */
}

/* Bytes of base64 that follow `data:image` at the start of `text`. */
static size_t image_data(const char *text, size_t length) {
  static const char head[] = "data:image", mark[] = ";base64,";
  size_t at = sizeof(head) - 1, end;
  if (length < at || memcmp(text, head, at) != 0)
    return 0;
  while (at < length && text[at] != ';' && text[at] != '"')
    at++;
  if (length - at < sizeof(mark) - 1 ||
      memcmp(text + at, mark, sizeof(mark) - 1) != 0)
    return 0;
  at += sizeof(mark) - 1;
  for (end = at; end < length && is_base64(text[end]);)
    end++;
  return end - at;
}

size_t activity_size(const char *json, size_t length) {
  size_t units = text_utf16_units(json, length);
  const char *end = json + length, *p = json;
  while ((p = memchr(p, 'd', (size_t)(end - p)))) {
    size_t image = image_data(p, (size_t)(end - p));
    units -= image;
    p += image ? image : 1;
  }
  return 2 * units;
}
