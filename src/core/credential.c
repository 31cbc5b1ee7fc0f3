#include "credential.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "credential_parts.h"

#define SKEW_MS (5 * 60 * 1000) /* that Entra forgives */

/* ---- complaints ---- */

/* "what why", in one line that a terminal can take. */
static bool complain(credential *c, const char *what, const char *why) {
  char line[CREDENTIAL_COMPLAINT_MAX];
  int n = snprintf(line, sizeof(line), "%s %s", what, why);
  size_t length = n < 0 ? 0 : (size_t)n;
  if (length > sizeof(line) - 1)
    length = sizeof(line) - 1;
  c->complaint[text_printable(line, length, sizeof(line) - 1, c->complaint)] =
      '\0';
  return false;
}

bool credential_complain(credential *c, const char *why) {
  return complain(c, c->path, why);
}

static bool complain_of_time(credential *c, const char *what, int64_t at_ms) {
  char why[128], date[32] = "?";
  struct tm parts;
  time_t seconds = (time_t)(at_ms / 1000);
  if (gmtime_r(&seconds, &parts))
    strftime(date, sizeof(date), "%Y-%m-%d %H:%M:%S UTC", &parts);
  snprintf(why, sizeof(why), "%s %s", what, date);
  return credential_complain(c, why);
}

/* ---- what a file holds ---- */

static const char *take_certificate(credential *c, const buffer *content) {
  certificate *made = NULL;
  enum certificate_status status =
      certificate_new(&made, content->length ? content->data : "",
                      content->length, c->password);
  if (status != CERTIFICATE_OK)
    return certificate_strerror(status);
  certificate_free(c->certificate);
  c->certificate = made;
  return NULL;
}

bool credential_reload(credential *c) {
  unsigned char digest[TEXT_SHA256_BYTES];
  buffer content;
  buffer_init(&content, c->kind == CREDENTIAL_CERTIFICATE
                            ? (size_t)CERTIFICATE_FILE_MAX
                            : (size_t)SECRETS_TEXT_MAX);
  int error = c->read(c->path, &content);
  const char *wrong = error ? strerror(error) : NULL;
  bool is_new = false;
  if (!wrong &&
      !text_sha256(content.length ? content.data : "", content.length, digest))
    wrong = "cannot be digested";
  if (!wrong)
    is_new = !c->edition || memcmp(digest, c->digest, sizeof(digest)) != 0;
  if (is_new)
    wrong = c->kind == CREDENTIAL_CERTIFICATE
                ? take_certificate(c, &content)
                : secrets_take_lines(&c->secrets, &content);
  buffer_clear(&content);
  if (wrong)
    return credential_complain(c, wrong);
  if (!is_new)
    return false;
  memcpy(c->digest, digest, sizeof(digest));
  c->edition++;
  c->preferred = 0;
  return true;
}

/* ---- life ---- */

static char *copy_text(const char *text) {
  return text ? strdup(text) : NULL;
}

static bool fill_identity(credential *c,
                          const struct identity_options *options) {
  const char *wrong;
  c->identity = identity_new(options, &wrong);
  if (c->identity)
    return true;
  return complain(c,
                  options->endpoint.length
                      ? "IDENTITY_ENDPOINT"
                      : "AZURE_POD_IDENTITY_AUTHORITY_HOST",
                  wrong);
}

static bool fill(credential *c, const struct credential_options *options) {
  static const char no_memory[] = "does not fit into the memory there is";
  c->path = copy_text(options->path);
  c->password = copy_text(options->password);
  if ((options->path && !c->path) || (options->password && !c->password))
    return complain(c, "the credential", no_memory);
  switch (c->kind) {
  case CREDENTIAL_SECRET:
    c->edition = 1;
    return secrets_take_one(&c->secrets, options->secret.text,
                            options->secret.length) ||
           complain(c, "the client secret", "is too long");
  case CREDENTIAL_SECRET_FILE:
  case CREDENTIAL_CERTIFICATE:
    return credential_reload(c);
  case CREDENTIAL_IDENTITY:
    return fill_identity(c, &options->identity);
  default:
    return true; /* a federated token is read when it is needed */
  }
}

credential *credential_new(const struct credential_options *options,
                           char complaint[CREDENTIAL_COMPLAINT_MAX]) {
  credential *c = calloc(1, sizeof(*c));
  if (!c) {
    snprintf(complaint, CREDENTIAL_COMPLAINT_MAX, "out of memory");
    return NULL;
  }
  c->owners = 1;
  c->kind = options->kind;
  c->read = options->read;
  c->is_rs256 = options->is_rs256;
  c->sends_chain = options->sends_chain;
  c->is_assertion = options->is_assertion;
  secrets_init(&c->secrets);
  if (fill(c, options))
    return c;
  memcpy(complaint, c->complaint, sizeof(c->complaint));
  credential_free(c);
  return NULL;
}

credential *credential_ref(credential *c) {
  c->owners++;
  return c;
}

void credential_free(credential *c) {
  if (!c || --c->owners > 0)
    return;
  secrets_clear(&c->secrets);
  certificate_free(c->certificate);
  identity_free(c->identity);
  if (c->password)
    wipe_bytes(c->password, strlen(c->password));
  free(c->password);
  free(c->path);
  free(c);
}

/* ---- what it is ---- */

enum credential_kind credential_kind_of(const credential *c) {
  return c->kind;
}

static const char *const kinds[] = {
#define X(name, text) text,
    CREDENTIAL_KIND_MAP(X)
#undef X
};

const char *credential_kind_name(enum credential_kind kind) {
  return kinds[kind];
}

bool credential_kind_find(const char *name, enum credential_kind *out) {
  for (int i = 0; i < CREDENTIAL_KIND_COUNT; i++) {
    if (strcmp(name, kinds[i]) == 0) {
      *out = (enum credential_kind)i;
      return true;
    }
  }
  return false;
}

int64_t credential_expires_at_ms(const credential *c) {
  return c->certificate ? certificate_ends_at_s(c->certificate) * 1000 : -1;
}

const char *credential_thumbprint(const credential *c) {
  return c->certificate ? certificate_thumbprint(c->certificate) : NULL;
}

const char *credential_complaint(const credential *c) {
  return c->complaint;
}

bool credential_check(credential *c, int64_t now_ms) {
  c->complaint[0] = '\0';
  if (c->identity && identity_is_absent(c->identity))
    return complain(c, "no managed identity", "answers on this machine");
  if (!c->certificate)
    return true;
  if (now_ms >= credential_expires_at_ms(c))
    credential_reload(c);
  if (now_ms >= credential_expires_at_ms(c))
    return complain_of_time(c, "holds a certificate that expired on",
                            credential_expires_at_ms(c));
  int64_t starts_at_ms = certificate_starts_at_s(c->certificate) * 1000;
  if (now_ms + SKEW_MS < starts_at_ms)
    return complain_of_time(c, "holds a certificate that is not valid before",
                            starts_at_ms);
  c->complaint[0] = '\0'; /* a file that cannot be read now is not needed now */
  return true;
}
