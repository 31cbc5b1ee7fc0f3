#include "device_code.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "errorbody.h"
#include "secrets.h"
#include "text.h"

#define INTERVAL_MS 5000 /* RFC 8628 section 3.2, when it is not said */
#define INTERVAL_MORE_MS 5000
#define INTERVAL_MOST_MS 60000
#define LIFETIME_S 900
#define LIFETIME_MOST_S 3600
#define GRACE_MS 60000 /* Entra says itself that it is too late */

enum { PROMPT_MAX = 512, CODE_MAX = 4096 };

struct device_code {
  cloud *cloud; /* owned reference */
  buffer tenant;
  buffer client_id;
  buffer scope;
  struct request request;
  buffer code;  /* the device's; wiped; empty: not asked for yet */
  token *token; /* owned until it is taken */
  bool is_asking;
  bool is_held; /* `token` has been got */
  bool is_over;
  int64_t interval_ms;
  int64_t due_at_ms;
  int64_t expires_at_ms;
  char message[PROMPT_MAX];
  char user_code[64];
  char url[PROMPT_MAX];
};

static void copy(buffer *to, struct slice from) {
  buffer_append(to, from.text, from.length);
}

static token *empty_token(const struct device_code_options *options) {
  struct token_options wanted = {
      .cloud = options->cloud,
      .audience = SERVICE_GRAPH,
      .tenant = options->tenant.text,
      .tenant_length = options->tenant.length,
      .client_id = options->client_id.text,
      .client_id_length = options->client_id.length,
  };
  return token_new(&wanted, NULL);
}

device_code *device_code_new(const struct device_code_options *options) {
  device_code *d = calloc(1, sizeof(*d));
  if (!d)
    return NULL;
  d->cloud = cloud_ref(options->cloud);
  request_init(&d->request);
  buffer_init(&d->tenant, CLOUD_BASE_MAX);
  buffer_init(&d->client_id, CLOUD_BASE_MAX);
  buffer_init(&d->scope, REQUEST_URL_CAP_BYTES);
  buffer_init(&d->code, CODE_MAX);
  copy(&d->tenant, options->tenant);
  copy(&d->client_id, options->client_id);
  copy(&d->scope, options->scope);
  d->interval_ms = INTERVAL_MS;
  d->token = empty_token(options);
  if (d->token && !buffer_status(&d->tenant) && !buffer_status(&d->client_id) &&
      !buffer_status(&d->scope))
    return d;
  device_code_free(d);
  return NULL;
}

void device_code_free(device_code *d) {
  if (!d)
    return;
  cloud_free(d->cloud);
  token_free(d->token);
  request_clear(&d->request);
  buffer_clear(&d->tenant);
  buffer_clear(&d->client_id);
  buffer_clear(&d->scope);
  buffer_clear(&d->code);
  wipe_bytes(d, sizeof(*d));
  free(d);
}

static void append_field(buffer *form, const char *name, const buffer *value) {
  buffer_append_text(form, name);
  buffer_append_form(form, value->data, value->length);
}

/* POST {login}/{tenant}/oauth2/v2.0/devicecode, then …/token. */
static enum request_status build(device_code *d) {
  struct request *r = &d->request;
  struct slice tenant = {d->tenant.data, d->tenant.length};
  request_begin(r, OPERATION_DEVICE_CODE, "POST");
  r->content_type = "application/x-www-form-urlencoded";
  buffer_append_text(&r->url, cloud_peek(d->cloud)->authority);
  buffer_append_text(&r->url, "/");
  if (request_append_id(r, tenant) != REQUEST_OK)
    return REQUEST_ID_REFUSED;
  if (!d->code.length) {
    buffer_append_text(&r->url, "/oauth2/v2.0/devicecode");
    append_field(&r->body, "client_id=", &d->client_id);
    append_field(&r->body, "&scope=", &d->scope);
  } else {
    buffer_append_text(&r->url, "/oauth2/v2.0/token");
    append_field(&r->body,
                 "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3A"
                 "device_code&client_id=",
                 &d->client_id);
    append_field(&r->body, "&device_code=", &d->code);
  }
  return request_finish(r);
}

enum request_status device_code_get(device_code *d, int64_t now_ms,
                                    enum device_code_state *state,
                                    struct request **request,
                                    int64_t *until_ms) {
  if (d->code.length && now_ms >= d->expires_at_ms + GRACE_MS)
    d->is_over = true;
  if (d->is_held || d->is_over) {
    *state = d->is_held ? DEVICE_CODE_HAVE : DEVICE_CODE_OVER;
    return REQUEST_OK;
  }
  if (d->is_asking || now_ms < d->due_at_ms) {
    *state = DEVICE_CODE_WAIT;
    *until_ms = d->due_at_ms;
    return REQUEST_OK;
  }
  enum request_status status = build(d);
  if (status != REQUEST_OK)
    return status;
  d->is_asking = true;
  *state = DEVICE_CODE_NEED;
  *request = &d->request;
  return REQUEST_OK;
}

/* Field `key` as one printable line; whether there is one. */
static bool show(const json_t *root, const char *key, char *out, size_t room) {
  const json_t *text = json_object_get(root, key);
  size_t length = json_string_length(text);
  if (!length)
    return false;
  size_t used = text_printable(json_string_value(text), length, room - 1, out);
  out[used] = '\0';
  return true;
}

static int64_t seconds(const json_t *root, const char *key, int64_t otherwise,
                       int64_t most) {
  const json_t *value = json_object_get(root, key);
  double number = json_is_string(value) ? strtod(json_string_value(value), NULL)
                                        : json_number_value(value);
  if (!(number >= 1))
    return otherwise;
  return number < (double)most ? (int64_t)number : most;
}

static const char *keep_code(device_code *d, const json_t *root,
                             int64_t now_ms) {
  const json_t *code = json_object_get(root, "device_code");
  size_t length = json_string_length(code);
  if (!length || length > CODE_MAX)
    return "the answer holds no device code";
  if (!show(root, "user_code", d->user_code, sizeof(d->user_code)) ||
      !(show(root, "verification_uri", d->url, sizeof(d->url)) ||
        show(root, "verification_url", d->url, sizeof(d->url))))
    return "the answer does not say where to enter which code";
  if (!show(root, "message", d->message, sizeof(d->message)))
    snprintf(d->message, sizeof(d->message),
             "To sign in, open %.380s and enter the code %.63s", d->url,
             d->user_code);
  buffer_append(&d->code, json_string_value(code), length);
  if (buffer_status(&d->code) != BUFFER_OK)
    return "out of memory";
  d->interval_ms = 1000 * seconds(root, "interval", INTERVAL_MS / 1000,
                                  INTERVAL_MOST_MS / 1000);
  d->expires_at_ms =
      now_ms + 1000 * seconds(root, "expires_in", LIFETIME_S, LIFETIME_MOST_S);
  return NULL;
}

static void receive_code(device_code *d, const struct response *response,
                         int64_t now_ms, struct outcome *out) {
  json_t *root = json_loadb(response->body, response->body_length, 0, NULL);
  const char *wrong = keep_code(d, root, now_ms);
  json_decref(root);
  if (wrong)
    outcome_unusable(OPERATION_DEVICE_CODE, response, wrong, out);
}

/* Whether the answer is one of those that mean: go on. */
static bool is_pending(device_code *d, const struct response *response,
                       struct outcome *out) {
  struct errorbody body;
  if (!d->code.length || response->status / 100 != 4)
    return false;
  errorbody_read(response->content_type, response->body, response->body_length,
                 &body);
  const char *error = body.code_count ? body.codes[0] : "";
  bool is_slow = strcmp(error, "slow_down") == 0;
  if (!is_slow && strcmp(error, "authorization_pending") != 0)
    return false;
  if (is_slow && d->interval_ms < INTERVAL_MOST_MS)
    d->interval_ms += INTERVAL_MORE_MS;
  out->kind = OUTCOME_OK;
  out->reason = out->remedy = NULL;
  out->code[0] = out->text[0] = '\0';
  return true;
}

static void hide_code(const device_code *d, const struct response *response,
                      struct outcome *out) {
  struct slice body = {response->body, response->body_length};
  struct slice code = {d->code.data, d->code.length};
  if (body.text && secrets_holds(body, code))
    snprintf(out->text, sizeof(out->text), "[removed]");
}

void device_code_receive(device_code *d, const struct response *response,
                         int64_t now_ms, struct outcome *out) {
  d->is_asking = false;
  wipe_bytes(d->request.body.data, d->request.body.room);
  buffer_reset(&d->request.body);
  outcome_classify(OPERATION_DEVICE_CODE, response, now_ms, out);
  if (out->kind != OUTCOME_OK)
    hide_code(d, response, out);
  bool is_waiting = is_pending(d, response, out);
  if (out->kind == OUTCOME_OK && !is_waiting) {
    if (d->code.length)
      token_take(d->token, response, now_ms, out);
    else
      receive_code(d, response, now_ms, out);
    d->is_held = out->expires_at_ms >= 0;
  }
  /* RFC 8628 section 3.5: whoever does not answer is asked less often. */
  if (out->kind == OUTCOME_TRANSIENT && d->interval_ms < INTERVAL_MOST_MS)
    d->interval_ms *= 2;
  d->is_over = out->kind != OUTCOME_OK && out->kind != OUTCOME_TRANSIENT &&
               out->kind != OUTCOME_THROTTLED;
  d->due_at_ms =
      now_ms + (out->retry_after_ms > d->interval_ms ? out->retry_after_ms
                                                     : d->interval_ms);
}

bool device_code_prompt(const device_code *d, struct device_code_prompt *out) {
  if (!d->code.length)
    return false;
  *out = (struct device_code_prompt){d->message, d->user_code, d->url,
                                     d->expires_at_ms};
  return true;
}

token *device_code_take(device_code *d) {
  token *taken = d->is_held ? d->token : NULL;
  if (taken)
    d->token = NULL;
  return taken;
}
