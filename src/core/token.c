#include "token.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "grant.h"
#include "proof.h"

#define MARGIN_MS (5 * 60 * 1000)       /* renewal before the end */
#define RENEWAL_PAUSE_MS (30 * 1000)    /* after a renewal failed */
#define FETCH_ABANDONED_MS (120 * 1000) /* nobody brought the answer */
#define PROVEN_MS (5 * 60 * 1000)       /* a token that old was accepted once */

struct token {
  cloud *cloud; /* owned reference */
  enum service audience;
  credential *credential; /* owned reference; NULL: what is held is all */
  struct proof proof;
  buffer tenant;
  buffer client_id;
  struct request request; /* lent with NEED; holds the secret until wiped */
  buffer text;            /* the token itself; empty: none */
  buffer remedy;          /* lent by token_receive() */
  buffer consent_url;
  uint32_t generation; /* counts the tokens received */
  int64_t received_at_ms;
  int64_t renew_at_ms;
  int64_t expires_at_ms;
  int64_t fetching_since_ms; /* below 0: no fetch is under way */
  bool dropped;              /* the last token was refused */
  bool repeat_due;           /* what was decided when it was dropped */
  bool after_refusal;        /* the token before this one was refused */
};

token *token_new(const struct token_options *options, credential *proof) {
  token *t = calloc(1, sizeof(*t));
  if (!t)
    return NULL;
  t->cloud = cloud_ref(options->cloud);
  t->audience = options->audience;
  t->credential = proof ? credential_ref(proof) : NULL;
  t->fetching_since_ms = -1;
  request_init(&t->request);
  buffer_init(&t->tenant, CLOUD_BASE_MAX);
  buffer_init(&t->client_id, CLOUD_BASE_MAX);
  buffer_init(&t->text, GRANT_TEXT_MAX);
  proof_init(&t->proof);
  buffer_init(&t->remedy, REQUEST_URL_CAP_BYTES);
  buffer_init(&t->consent_url, REQUEST_URL_CAP_BYTES);
  buffer_append(&t->tenant, options->tenant, options->tenant_length);
  buffer_append(&t->client_id, options->client_id, options->client_id_length);
  if (buffer_status(&t->tenant) == BUFFER_OK &&
      buffer_status(&t->client_id) == BUFFER_OK)
    return t;
  token_free(t);
  return NULL;
}

void token_free(token *t) {
  if (!t)
    return;
  cloud_free(t->cloud);
  credential_free(t->credential);
  proof_clear(&t->proof);
  request_clear(&t->request);
  buffer_clear(&t->tenant);
  buffer_clear(&t->client_id);
  buffer_clear(&t->text);
  buffer_clear(&t->remedy);
  buffer_clear(&t->consent_url);
  free(t);
}

static enum request_status build(token *t, int64_t now_ms) {
  const struct cloud_info *info = cloud_peek(t->cloud);
  struct wish wish = {
      .cloud = t->cloud,
      .scope =
          t->audience == SERVICE_GRAPH ? info->graph_scope : info->bot_scope,
      .tenant = {t->tenant.data, t->tenant.length},
      .client_id = {t->client_id.data, t->client_id.length},
      .now_ms = now_ms,
  };
  if (!t->credential)
    return REQUEST_CONFIG;
  return proof_request(&t->proof, t->credential, &wish, &t->request);
}

static void wipe_request(token *t) {
  wipe_bytes(t->request.body.data, t->request.body.room);
  buffer_reset(&t->request.body);
}

static bool is_held(const token *t, int64_t now_ms) {
  return t->text.length && now_ms < t->expires_at_ms;
}

enum request_status token_get(token *t, int64_t now_ms, enum token_state *state,
                              struct request **request) {
  bool is_fetching = t->fetching_since_ms >= 0 &&
                     now_ms - t->fetching_since_ms < FETCH_ABANDONED_MS;
  bool held = is_held(t, now_ms);
  if (held && (is_fetching || now_ms < t->renew_at_ms)) {
    *state = TOKEN_HAVE;
    return REQUEST_OK;
  }
  if (is_fetching) {
    *state = TOKEN_WAIT;
    return REQUEST_OK;
  }
  enum request_status status = build(t, now_ms);
  if (status != REQUEST_OK) {
    wipe_request(t);
    return status;
  }
  t->fetching_since_ms = now_ms;
  *state = TOKEN_NEED;
  *request = &t->request;
  return REQUEST_OK;
}

const char *token_complaint(const token *t) {
  return t->credential ? credential_complaint(t->credential)
                       : "the sign-in is over: sign in again";
}

/* Keeps the token of a 2xx answer; returns what is wrong with it, or NULL. */
static const char *keep(token *t, const struct grant *grant, int64_t now_ms) {
  int64_t margin_ms = grant->lifetime_ms / 5;
  if (margin_ms > MARGIN_MS)
    margin_ms = MARGIN_MS;
  wipe_bytes(t->text.data, t->text.room);
  buffer_reset(&t->text);
  buffer_append(&t->text, grant->text, grant->length);
  if (buffer_status(&t->text) != BUFFER_OK)
    return "out of memory";
  t->generation++;
  t->received_at_ms = now_ms;
  t->expires_at_ms = now_ms + grant->lifetime_ms;
  t->renew_at_ms = t->expires_at_ms - margin_ms;
  t->after_refusal = t->dropped;
  t->dropped = false;
  return NULL;
}

void token_take(token *t, const struct response *response, int64_t now_ms,
                struct outcome *out) {
  struct grant grant;
  const char *wrong =
      grant_read(&grant, response->body, response->body_length, now_ms);
  if (!wrong)
    wrong = keep(t, &grant, now_ms);
  grant_clear(&grant);
  if (wrong)
    outcome_unusable(OPERATION_TOKEN, response, wrong, out);
  else
    out->expires_at_ms = t->expires_at_ms;
}

/* A failure may repeat the form, and its remedy may be a page to open. */
static void explain(token *t, const struct response *response,
                    struct outcome *out) {
  if (t->credential && proof_occurs(&t->proof, t->credential, response->body,
                                    response->body_length)) {
    snprintf(out->text, sizeof(out->text), "[removed]");
    if (proof_occurs(&t->proof, t->credential, out->code, strlen(out->code)))
      out->code[0] = '\0';
  }
  if (!out->needs_consent)
    return;
  buffer_reset(&t->remedy);
  buffer_append_text(&t->remedy, out->remedy);
  buffer_append_text(&t->remedy, ", or open ");
  buffer_append_text(&t->remedy, token_consent_url(t));
  if (buffer_status(&t->remedy) == BUFFER_OK)
    out->remedy = t->remedy.data;
}

bool token_receive(token *t, const struct response *response, int64_t now_ms,
                   struct outcome *out) {
  t->fetching_since_ms = -1;
  wipe_request(t);
  outcome_classify(t->request.operation, response, now_ms, out);
  if (out->kind != OUTCOME_OK)
    explain(t, response, out);
  if (t->credential &&
      proof_continue(&t->proof, t->credential, response, now_ms, out))
    return true;
  if (out->kind == OUTCOME_OK)
    token_take(t, response, now_ms, out);
  if (out->kind == OUTCOME_OK)
    return false;
  int64_t pause_ms = out->retry_after_ms > RENEWAL_PAUSE_MS
                         ? out->retry_after_ms
                         : RENEWAL_PAUSE_MS;
  if (is_held(t, now_ms))
    t->renew_at_ms = now_ms + pause_ms;
  return false;
}

/* Repeating helps once: the token may have been revoked, or signed by a key
 * that was rolled.  A fresh one that is refused at once will never do. */
bool token_refused(token *t, int64_t now_ms, uint32_t generation) {
  if (generation && generation != t->generation)
    return true;
  if (t->dropped || !t->generation)
    return t->repeat_due || !t->generation;
  bool proven = now_ms - t->received_at_ms >= PROVEN_MS;
  wipe_bytes(t->text.data, t->text.room);
  buffer_reset(&t->text);
  t->dropped = true;
  t->repeat_due = proven || !t->after_refusal;
  return t->repeat_due;
}

uint32_t token_generation(const token *t) {
  return t->generation;
}

const char *token_peek(const token *t, size_t *length) {
  *length = t->text.length;
  return t->text.length ? t->text.data : NULL;
}

/* "Request the permissions from a directory admin", OAuth 2.0 client
 * credentials flow. */
const char *token_consent_url(token *t) {
  buffer *url = &t->consent_url;
  buffer_reset(url);
  buffer_append_text(url, cloud_peek(t->cloud)->authority);
  buffer_append_text(url, "/");
  buffer_append_percent(url, t->tenant.data, t->tenant.length);
  buffer_append_text(url, "/adminconsent?client_id=");
  buffer_append_percent(url, t->client_id.data, t->client_id.length);
  return buffer_status(url) == BUFFER_OK ? url->data : "";
}

int token_header(const token *t, const char *url, char *out, size_t room) {
  static const char prefix[] = "Authorization: Bearer ";
  size_t head = sizeof(prefix) - 1;
  if (!t->text.length)
    return TOKEN_HEADER_MISSING;
  if (!cloud_allows(t->cloud, t->audience, url, strlen(url)))
    return TOKEN_HEADER_REFUSED_ORIGIN;
  if (room <= head || t->text.length >= room - head)
    return TOKEN_HEADER_TOO_LARGE;
  memcpy(out, prefix, head);
  memcpy(out + head, t->text.data, t->text.length + 1);
  return TOKEN_HEADER_OK;
}
