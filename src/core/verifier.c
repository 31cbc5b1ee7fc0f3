#include "verifier.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char scheme[] = "bearer ";
enum { SCHEME_CHARS = sizeof(scheme) - 1 };

struct list {
  char *texts[VERIFIER_LIST_MAX]; /* owned */
  size_t count;
};

struct verifier {
  char *client_id; /* owned */
  struct list lists[VERIFIER_LISTS];
  cloud *clouds[VERIFIER_CLOUDS_MAX]; /* shared */
  size_t cloud_count;
  keyset *keys[VERIFIER_SIDES]; /* owned; NULL: none yet */
};

/* What is known of a token while it is checked. */
struct token {
  struct jws parts;
  enum verifier_side side;
  size_t key;
};

/* A text that a list can hold: no NUL, not empty, not endless. */
static char *copy_text(struct slice text) {
  if (!text.length || text.length > VERIFIER_TEXT_MAX ||
      memchr(text.text, '\0', text.length))
    return NULL;
  return strndup(text.text, text.length);
}

enum verifier_status verifier_new(verifier **out, struct slice client_id) {
  verifier *v = calloc(1, sizeof(*v));
  if (!v)
    return VERIFIER_NOMEM;
  v->client_id = copy_text(client_id);
  if (!v->client_id) {
    verifier_free(v);
    return VERIFIER_LIST_FULL;
  }
  *out = v;
  return VERIFIER_OK;
}

void verifier_free(verifier *v) {
  if (!v)
    return;
  free(v->client_id);
  for (int i = 0; i < VERIFIER_LISTS; i++)
    for (size_t n = 0; n < v->lists[i].count; n++)
      free(v->lists[i].texts[n]);
  for (size_t i = 0; i < v->cloud_count; i++)
    cloud_free(v->clouds[i]);
  for (int i = 0; i < VERIFIER_SIDES; i++)
    keyset_free(v->keys[i]);
  free(v);
}

enum verifier_status verifier_allow(verifier *v, enum verifier_list list,
                                    struct slice text) {
  struct list *l = &v->lists[list];
  char *copy = l->count < VERIFIER_LIST_MAX ? copy_text(text) : NULL;
  if (!copy)
    return VERIFIER_LIST_FULL;
  l->texts[l->count++] = copy;
  return VERIFIER_OK;
}

enum verifier_status verifier_allow_cloud(verifier *v, cloud *c) {
  if (v->cloud_count == VERIFIER_CLOUDS_MAX)
    return VERIFIER_LIST_FULL;
  v->clouds[v->cloud_count++] = cloud_ref(c);
  return VERIFIER_OK;
}

enum keyset_status verifier_set_keys(verifier *v, enum verifier_side side,
                                     const char *text, size_t length) {
  keyset *keys = NULL;
  enum keyset_status status = keyset_new(&keys, text, length);
  if (status != KEYSET_OK)
    return status;
  keyset_free(v->keys[side]);
  v->keys[side] = keys;
  return KEYSET_OK;
}

static bool is_same(struct slice a, const char *b) {
  return strlen(b) == a.length && memcmp(a.text, b, a.length) == 0;
}

static bool is_same_in_any_case(struct slice a, const char *b) {
  return strlen(b) == a.length && strncasecmp(a.text, b, a.length) == 0;
}

static bool holds(const struct list *l, struct slice text,
                  bool (*is_equal)(struct slice a, const char *b)) {
  for (size_t i = 0; i < l->count; i++)
    if (is_equal(text, l->texts[i]))
      return true;
  return false;
}

/* A member of header or claims; `text` NULL when it is no text. */
static struct slice text_of(const struct token *t, int part, const char *name) {
  const json_t *value = json_object_get(t->parts.parts[part], name);
  struct slice text = {json_string_value(value), json_string_length(value)};
  return text;
}

/* Exactly one blank, and nothing around: RFC 9110, section 11.4, allows more,
 * the service sends this. */
static enum verifier_status find_token(struct slice header,
                                       struct slice *token) {
  if (!header.text)
    return VERIFIER_HEADER_MISSING;
  if (header.length > SCHEME_CHARS + JWS_TOKEN_MAX)
    return VERIFIER_TOO_LARGE;
  if (header.length <= SCHEME_CHARS ||
      strncasecmp(header.text, scheme, SCHEME_CHARS) != 0 ||
      memchr(header.text + SCHEME_CHARS, ' ', header.length - SCHEME_CHARS))
    return VERIFIER_HEADER_MALFORMED;
  token->text = header.text + SCHEME_CHARS;
  token->length = header.length - SCHEME_CHARS;
  return VERIFIER_OK;
}

/* Whose keys have to have signed it: the issuer, not believed yet, tells. */
static enum verifier_status find_side(const verifier *v, struct token *t) {
  struct slice issuer = text_of(t, JWS_CLAIMS, "iss");
  if (!issuer.text)
    return VERIFIER_CLAIM_MALFORMED;
  if (holds(&v->lists[VERIFIER_ISSUERS], issuer, is_same))
    t->side = VERIFIER_BOT;
  else if (holds(&v->lists[VERIFIER_ENTRA_ISSUERS], issuer, is_same))
    t->side = VERIFIER_ENTRA;
  else
    return VERIFIER_ISSUER_REFUSED;
  return VERIFIER_OK;
}

static enum verifier_status check_signature(const verifier *v,
                                            struct token *t) {
  static const char *const algorithms[] = {"RS256"};
  const keyset *keys = v->keys[t->side];
  if (!keys || !jws_text(&t->parts, JWS_HEADER, "kid"))
    return VERIFIER_KEY_UNKNOWN;
  switch (keyset_check(keys, &t->parts, algorithms, 1, &t->key)) {
  case KEYSET_OK:
    return VERIFIER_OK;
  case KEYSET_NOMEM:
    return VERIFIER_NOMEM;
  case KEYSET_ALGORITHM_REFUSED:
    return VERIFIER_ALGORITHM_REFUSED;
  case KEYSET_CRITICAL_REFUSED:
    return VERIFIER_CRITICAL_REFUSED;
  case KEYSET_KEY_UNKNOWN:
    return VERIFIER_KEY_UNKNOWN;
  case KEYSET_SIGNATURE_WRONG:
    return VERIFIER_SIGNATURE_WRONG;
  case KEYSET_TOO_LARGE:
  case KEYSET_MALFORMED:
  case KEYSET_NO_KEYS:
    break;
  }
  return VERIFIER_TOKEN_MALFORMED;
}

/* One text, or an array of texts of which one is the bot's id. */
static enum verifier_status check_audience(const verifier *v,
                                           const struct token *t) {
  const json_t *claim = json_object_get(t->parts.parts[JWS_CLAIMS], "aud");
  bool is_ours = false;
  size_t i;
  json_t *text;
  if (json_is_string(claim))
    is_ours = is_same(text_of(t, JWS_CLAIMS, "aud"), v->client_id);
  else if (!json_is_array(claim))
    return VERIFIER_CLAIM_MALFORMED;
  json_array_foreach(claim, i, text) {
    if (!json_is_string(text))
      return VERIFIER_CLAIM_MALFORMED;
    is_ours |= strcmp(json_string_value(text), v->client_id) == 0;
  }
  return is_ours ? VERIFIER_OK : VERIFIER_AUDIENCE_REFUSED;
}

/* Reads a NumericDate (RFC 7519, section 2); `otherwise` where it may be
 * absent, and is. */
static bool read_time(const struct token *t, const char *name,
                      const double *otherwise, double *out) {
  const json_t *claim = json_object_get(t->parts.parts[JWS_CLAIMS], name);
  if (!claim && otherwise)
    *out = *otherwise;
  else if (json_is_number(claim))
    *out = json_number_value(claim);
  else
    return false;
  return true;
}

static enum verifier_status check_times(const struct token *t, int64_t now_s) {
  const double now = (double)now_s;
  double ends, begins, issued;
  if (!read_time(t, "exp", NULL, &ends) ||
      !read_time(t, "nbf", &now, &begins) ||
      !read_time(t, "iat", &now, &issued))
    return VERIFIER_CLAIM_MALFORMED;
  if (ends + VERIFIER_SKEW_S <= now)
    return VERIFIER_EXPIRED;
  if (begins - VERIFIER_SKEW_S > now || issued - VERIFIER_SKEW_S > now)
    return VERIFIER_NOT_YET_VALID;
  return VERIFIER_OK;
}

/* The claim is `serviceurl` on the wire and `serviceUrl` in the documentation;
 * the SDK for .NET compares it in any case. */
static enum verifier_status check_service_url(const struct token *t,
                                              struct slice url) {
  static const char *const names[] = {"serviceurl", "serviceUrl"};
  int count = 0;
  for (int i = 0; i < 2; i++) {
    const json_t *claim = json_object_get(t->parts.parts[JWS_CLAIMS], names[i]);
    if (!claim)
      continue;
    if (!json_is_string(claim))
      return VERIFIER_CLAIM_MALFORMED;
    if (!is_same_in_any_case(url, json_string_value(claim)))
      return VERIFIER_SERVICE_URL_WRONG;
    count++;
  }
  return count ? VERIFIER_OK : VERIFIER_CLAIM_MALFORMED;
}

/* What the Bot Connector's tokens are bound to. */
static enum verifier_status
check_bot(const verifier *v, const struct token *t,
          const struct verifier_activity *activity) {
  if (!keyset_endorses(v->keys[VERIFIER_BOT], t->key, activity->channel.text,
                       activity->channel.length))
    return VERIFIER_NOT_ENDORSED;
  return check_service_url(t, activity->service_url);
}

/* What Entra's tokens are bound to: anybody in the tenant can get one for the
 * bot, so that the app which asked for it counts. */
static enum verifier_status check_entra(const verifier *v,
                                        const struct token *t) {
  struct slice tenant = text_of(t, JWS_CLAIMS, "tid");
  struct slice version = text_of(t, JWS_CLAIMS, "ver");
  bool is_v2 = version.text && is_same(version, "2.0");
  if (version.text && !is_v2 && !is_same(version, "1.0"))
    return VERIFIER_CLAIM_MALFORMED;
  struct slice app = text_of(t, JWS_CLAIMS, is_v2 ? "azp" : "appid");
  if (!tenant.text || !app.text)
    return VERIFIER_CLAIM_MALFORMED;
  if (!holds(&v->lists[VERIFIER_ENTRA_TENANTS], tenant, is_same_in_any_case))
    return VERIFIER_TENANT_REFUSED;
  if (!holds(&v->lists[VERIFIER_ENTRA_APPS], app, is_same))
    return VERIFIER_APP_REFUSED;
  return VERIFIER_OK;
}

static bool is_on_our_hosts(const verifier *v, struct slice url) {
  for (size_t i = 0; i < v->cloud_count; i++)
    if (cloud_allows(v->clouds[i], SERVICE_CONNECTOR, url.text, url.length))
      return true;
  return false;
}

/* Every tenant that the activity names, one at least, must be in the list. */
static enum verifier_status
check_tenants(const struct list *l, const struct verifier_activity *activity) {
  size_t named = 0;
  for (int i = 0; i < VERIFIER_TENANTS_OF; i++) {
    if (!activity->tenants[i].text)
      continue;
    if (!holds(l, activity->tenants[i], is_same_in_any_case))
      return VERIFIER_TENANT_REFUSED;
    named++;
  }
  return named ? VERIFIER_OK : VERIFIER_TENANT_REFUSED;
}

static enum verifier_status
check_activity(const verifier *v, const struct token *t,
               const struct verifier_activity *activity) {
  enum verifier_status status = VERIFIER_OK;
  if (!holds(&v->lists[VERIFIER_CHANNELS], activity->channel, is_same))
    return VERIFIER_CHANNEL_REFUSED;
  if (!is_on_our_hosts(v, activity->service_url))
    return VERIFIER_HOST_REFUSED;
  if (t->side == VERIFIER_ENTRA)
    status = check_tenants(&v->lists[VERIFIER_ENTRA_TENANTS], activity);
  if (status == VERIFIER_OK && v->lists[VERIFIER_TENANTS].count)
    status = check_tenants(&v->lists[VERIFIER_TENANTS], activity);
  return status;
}

/* What a token says by itself. */
static enum verifier_status check_token(const verifier *v, struct token *t,
                                        int64_t now_s) {
  enum verifier_status status = find_side(v, t);
  if (status == VERIFIER_OK)
    status = check_signature(v, t);
  if (status == VERIFIER_OK)
    status = check_audience(v, t);
  if (status == VERIFIER_OK)
    status = check_times(t, now_s);
  return status;
}

/* What it says beside the activity. */
static enum verifier_status check_both(const verifier *v, const struct token *t,
                                       verifier_read_fn *read, void *context) {
  struct verifier_activity activity = {{NULL, 0}, {NULL, 0}, {{NULL, 0}}};
  if (!read(context, &activity) || !activity.channel.text ||
      !activity.service_url.text)
    return VERIFIER_ACTIVITY_MALFORMED;
  enum verifier_status status =
      t->side == VERIFIER_BOT ? check_bot(v, t, &activity) : check_entra(v, t);
  if (status == VERIFIER_OK)
    status = check_activity(v, t, &activity);
  return status;
}

enum verifier_status verifier_verify(const verifier *v, struct slice header,
                                     verifier_read_fn *read, void *context,
                                     int64_t now_s, buffer *claims) {
  struct slice text = {NULL, 0};
  struct token t = {.side = VERIFIER_BOT};
  enum verifier_status status = find_token(header, &text);
  if (status != VERIFIER_OK)
    return status;
  status = VERIFIER_TOKEN_MALFORMED;
  if (jws_parse(&t.parts, text.text, text.length))
    status = check_token(v, &t, now_s);
  if (status == VERIFIER_OK)
    status = check_both(v, &t, read, context);
  if (status == VERIFIER_OK) {
    buffer_append(claims, (const char *)t.parts.texts[JWS_CLAIMS],
                  t.parts.sizes[JWS_CLAIMS]);
    if (buffer_status(claims) != BUFFER_OK)
      status = VERIFIER_NOMEM;
  }
  jws_clear(&t.parts);
  return status;
}

const char *verifier_strerror(enum verifier_status status) {
  static const char *const texts[] = {
#define X(name, text) text,
      VERIFIER_STATUS_MAP(X)
#undef X
  };
  return texts[status];
}

const char *verifier_errname(enum verifier_status status) {
  static const char *const names[] = {
#define X(name, text) #name,
      VERIFIER_STATUS_MAP(X)
#undef X
  };
  return names[status];
}
