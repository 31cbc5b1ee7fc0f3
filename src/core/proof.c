#include "proof.h"

#include <stdio.h>
#include <string.h>

#include "assertion.h"
#include "credential_parts.h"
#include "errorbody.h"
#include "grant.h"

#define EDITIONS_MAX                                                           \
  4 /* in one exchange, should a file change all the time                      \
     */

void proof_init(struct proof *p) {
  *p = (struct proof){0};
  buffer_init(&p->assertion, GRANT_TEXT_MAX);
}

static void forget_assertion(struct proof *p) {
  wipe_bytes(p->assertion.data, p->assertion.room);
  buffer_reset(&p->assertion);
}

void proof_clear(struct proof *p) {
  buffer_clear(&p->assertion);
}

static void begin_assertion(buffer *form) {
  buffer_append_text(form,
                     "&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3A"
                     "client-assertion-type%3Ajwt-bearer&client_assertion=");
}

static void append_secret(const credential *c, struct proof *p, buffer *form) {
  if (p->edition != c->edition || !p->refused) {
    p->edition = c->edition;
    p->index = c->preferred;
    p->refused = 0;
  }
  struct slice secret = c->secrets.list[p->index];
  buffer_append_text(form, "&client_secret=");
  buffer_append_form(form, secret.text, secret.length);
}

static bool append_signed(credential *c, struct proof *p,
                          const struct wish *wish, struct request *r) {
  struct assertion_options options = {
      .is_rs256 = c->is_rs256,
      .sends_chain = c->sends_chain,
      .audience = {r->url.data, r->url.length},
      .client_id = wish->client_id,
      .now_ms = wish->now_ms,
  };
  p->edition = c->edition;
  begin_assertion(&r->body);
  return assertion_append(c->certificate, &options, &r->body) ||
         credential_complain(c, "holds a key that libcrypto cannot sign with");
}

/* The orchestrator renews the file whenever it likes. */
static bool append_federated(credential *c, buffer *form) {
  struct secrets found;
  buffer content;
  secrets_init(&found);
  buffer_init(&content, SECRETS_TEXT_MAX);
  int error = c->read(c->path, &content);
  const char *wrong = NULL;
  if (error)
    wrong = strerror(error);
  else if (secrets_take_lines(&found, &content) || found.count != 1)
    wrong = "holds no token";
  if (!wrong) {
    begin_assertion(form);
    buffer_append_form(form, found.list[0].text, found.list[0].length);
  }
  secrets_clear(&found);
  buffer_clear(&content);
  return !wrong || credential_complain(c, wrong);
}

static bool append_proof(credential *c, struct proof *p,
                         const struct wish *wish, struct request *r) {
  switch (c->kind) {
  case CREDENTIAL_CERTIFICATE:
    return append_signed(c, p, wish, r);
  case CREDENTIAL_FEDERATED:
    return append_federated(c, &r->body);
  case CREDENTIAL_IDENTITY:
    begin_assertion(&r->body);
    buffer_append_form(&r->body, p->assertion.data, p->assertion.length);
    return true;
  default:
    append_secret(c, p, &r->body);
    return true;
  }
}

/* POST {login}/{tenant}/oauth2/v2.0/token, RFC 6749 section 4.4. */
static enum request_status form_request(credential *c, struct proof *p,
                                        const struct wish *wish,
                                        struct request *r) {
  request_begin(r, OPERATION_TOKEN, "POST");
  r->content_type = "application/x-www-form-urlencoded";
  buffer_append_text(&r->url, cloud_peek(wish->cloud)->authority);
  buffer_append_text(&r->url, "/");
  if (request_append_id(r, wish->tenant) != REQUEST_OK)
    return REQUEST_ID_REFUSED;
  buffer_append_text(&r->url, "/oauth2/v2.0/token");
  buffer_append_text(&r->body, "grant_type=client_credentials&client_id=");
  buffer_append_form(&r->body, wish->client_id.text, wish->client_id.length);
  buffer_append_text(&r->body, "&scope=");
  buffer_append_form(&r->body, wish->scope, strlen(wish->scope));
  if (!append_proof(c, p, wish, r))
    return REQUEST_CONFIG;
  return request_finish(r);
}

enum request_status proof_request(struct proof *p, credential *c,
                                  const struct wish *wish, struct request *r) {
  if (!credential_check(c, wish->now_ms))
    return REQUEST_CONFIG;
  if (!c->identity)
    return form_request(c, p, wish, r);
  if (!c->is_assertion)
    return identity_request(c->identity, wish->scope, r);
  if (!p->assertion.length)
    return identity_request(c->identity, cloud_peek(wish->cloud)->exchange, r);
  return form_request(c, p, wish, r);
}

/* Entra does not know this secret or certificate: is there another? */
static bool try_next(credential *c, struct proof *p) {
  bool has_file =
      c->kind == CREDENTIAL_SECRET_FILE || c->kind == CREDENTIAL_CERTIFICATE;
  if (!has_file || p->editions == EDITIONS_MAX)
    return false;
  if (p->edition != c->edition || credential_reload(c)) {
    p->editions++; /* somebody has read the file anew */
    return true;
  }
  if (c->kind == CREDENTIAL_CERTIFICATE || ++p->refused >= c->secrets.count)
    return false;
  p->index = (p->index + 1) % c->secrets.count;
  return true;
}

static bool keep_assertion(struct proof *p, const struct response *response,
                           int64_t now_ms, struct outcome *out) {
  struct grant grant;
  const char *wrong =
      grant_read(&grant, response->body, response->body_length, now_ms);
  if (wrong)
    outcome_unusable(OPERATION_IDENTITY, response, wrong, out);
  else
    buffer_append(&p->assertion, grant.text, grant.length);
  grant_clear(&grant);
  return !wrong && buffer_status(&p->assertion) == BUFFER_OK;
}

/* Nothing else was found, and this is not there either. */
static void say_absent(struct outcome *out) {
  char line[2 * OUTCOME_TEXT_MAX];
  out->kind = OUTCOME_MISCONFIGURED;
  out->scope = SCOPE_RUN;
  out->reason = "no credential";
  out->remedy = "Set AZURE_CLIENT_SECRET, AZURE_CLIENT_SECRET_FILE, "
                "AZURE_CLIENT_CERTIFICATE_PATH or AZURE_FEDERATED_TOKEN_FILE, "
                "or run where Azure gives a managed identity";
  out->retry_after_ms = -1;
  snprintf(out->code, sizeof(out->code), "CONFIG");
  snprintf(line, sizeof(line), "there is no credential: none is set, and %s%s",
           out->status ? "the identity service says: "
                       : "no managed identity answers here",
           out->status ? out->text : "");
  errorbody_show(line, out->text, sizeof(out->text));
}

/* The rows of rows_token.c about the credential itself; the rest concern the
 * tenant, or nobody. */
static bool is_refusal(const struct outcome *out) {
  return out->kind == OUTCOME_MISCONFIGURED && out->scope == SCOPE_RUN &&
         (out->status == 400 || out->status == 401);
}

bool proof_continue(struct proof *p, credential *c,
                    const struct response *response, int64_t now_ms,
                    struct outcome *out) {
  bool was_identity = c->identity && !p->assertion.length;
  forget_assertion(p);
  if (was_identity) {
    identity_heard(c->identity, response);
    if (identity_is_absent(c->identity))
      say_absent(out);
    else if (out->kind == OUTCOME_OK && c->is_assertion)
      return keep_assertion(p, response, now_ms, out);
    return false;
  }
  if (is_refusal(out) && try_next(c, p))
    return true;
  if (out->kind == OUTCOME_OK && p->edition == c->edition)
    c->preferred = p->index;
  p->refused = p->editions = 0;
  return false;
}

bool proof_occurs(const struct proof *p, const credential *c, const char *text,
                  size_t length) {
  struct slice said = {text, length};
  struct slice assertion = {p->assertion.data, p->assertion.length};
  if (c->identity && secrets_holds(said, identity_secret(c->identity)))
    return true;
  return secrets_holds(said, assertion) ||
         secrets_occur(&c->secrets, text, length);
}
