/* fuzzes: src/core/token.c src/core/credential.c src/core/proof.c
 *         src/core/grant.c src/core/identity.c */

/* Whatever answers a request for a token, by any kind of credential: what is
 * kept can stand in a header, goes to its own hosts alone, and no secret is
 * shown.
 *
 * Input: one byte that says which credential, then answers: a byte each for
 * status, flags and the time that passes, then Retry-After and body, each ended
 * by a NUL. */
#include <openssl/pem.h>
#include <stdio.h>

#include "core/token.h"
#include "input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

#define SECRET "Zq8~hushhushhush"
#define URL "https://graph.microsoft.com/v1.0/users"
enum { ANSWERS_MOST = 8 };

static cloud *public;
static char *certificate; /* PEM, with its key */

static char *make_certificate(void) {
  EVP_PKEY *key = EVP_RSA_gen(2048);
  X509 *made = X509_new();
  BIO *out = BIO_new(BIO_s_mem());
  char *bytes;
  assert(key && made && out);
  ASN1_INTEGER_set(X509_get_serialNumber(made), 1);
  ASN1_TIME_set(X509_getm_notBefore(made), 0);
  ASN1_TIME_set(X509_getm_notAfter(made), (time_t)1 << 33);
  X509_set_pubkey(made, key);
  assert(X509_sign(made, key, EVP_sha256()));
  assert(PEM_write_bio_X509(out, made));
  assert(PEM_write_bio_PrivateKey(out, key, NULL, NULL, 0, NULL, NULL));
  long length = BIO_get_mem_data(out, &bytes);
  char *copy = input_copy((uint8_t *)bytes, (size_t)length);
  BIO_free(out);
  X509_free(made);
  EVP_PKEY_free(key);
  return copy;
}

int LLVMFuzzerInitialize(int *argc, char ***argv) {
  (void)argc, (void)argv;
  certificate = make_certificate();
  assert(cloud_new(&public, "public") == CLOUD_OK);
  return 0;
}

static int read_file(const char *path, buffer *out) {
  buffer_append_text(out, *path == 'c'   ? certificate
                          : *path == 's' ? SECRET "\n" SECRET "2\n"
                                         : "eyJ." SECRET ".sig");
  return 0;
}

/* A certificate has to sign, which is slow, and it is answered as any assertion
 * is: it comes rarely. */
static enum credential_kind kind_of(uint8_t choice) {
  static const enum credential_kind usual[] = {
      CREDENTIAL_SECRET, CREDENTIAL_SECRET_FILE, CREDENTIAL_FEDERATED,
      CREDENTIAL_IDENTITY};
  return choice == 0xFF ? CREDENTIAL_CERTIFICATE : usual[choice % 4];
}

/* A part of an assertion is no secret. */
static bool knows_secret(uint8_t choice) {
  enum credential_kind kind = kind_of(choice);
  return kind == CREDENTIAL_SECRET || kind == CREDENTIAL_SECRET_FILE ||
         (kind == CREDENTIAL_IDENTITY && choice & 0x80);
}

static credential *make_credential(uint8_t choice) {
  static const char *const paths[] = {NULL, "secrets", "certificate", "token"};
  static char complaint[CREDENTIAL_COMPLAINT_MAX];
  enum credential_kind kind = kind_of(choice);
  struct credential_options options = {
      .kind = kind,
      .secret = {SECRET, strlen(SECRET)},
      .path = kind < CREDENTIAL_IDENTITY ? paths[kind] : NULL,
      .read = read_file,
      .is_rs256 = choice & 0x10,
      .is_assertion = choice & 0x20,
      .identity = {.is_known = choice & 0x40},
  };
  if (choice & 0x80) {
    options.identity.endpoint = (struct slice){"http://127.0.0.1:1/t", 20};
    options.identity.header = (struct slice){SECRET, strlen(SECRET)};
  }
  credential *made = credential_new(&options, complaint);
  if (!made)
    fputs(complaint, stderr);
  assert(made);
  return made;
}

static token *make_token(uint8_t choice) {
  struct token_options options = {
      .cloud = public,
      .audience = SERVICE_GRAPH,
      .tenant = "contoso",
      .tenant_length = 7,
      .client_id = "app",
      .client_id_length = 3,
  };
  credential *proof = make_credential(choice);
  token *made = token_new(&options, proof);
  credential_free(proof);
  assert(made);
  return made;
}

static void check_token(const token *t) {
  static char line[64 * 1024];
  size_t length;
  const char *text = token_peek(t, &length);
  assert(token_header(t, "https://evil.example/", line, sizeof(line)) !=
         TOKEN_HEADER_OK);
  if (!text) {
    assert(token_header(t, URL, line, sizeof(line)) == TOKEN_HEADER_MISSING);
    return;
  }
  assert(length && strlen(text) == length);
  for (size_t i = 0; i < length; i++)
    assert(text[i] > ' ' && text[i] <= '~');
  assert(token_header(t, URL, line, sizeof(line)) == TOKEN_HEADER_OK);
}

static void check_outcome(const struct outcome *out, bool has_secret) {
  assert(out->kind < OUTCOME_KIND_COUNT);
  assert((out->kind == OUTCOME_OK) == !out->remedy);
  assert(strlen(out->text) <= OUTCOME_TEXT_MAX);
  assert(!has_secret || !strstr(out->text, SECRET));
  assert(!has_secret || !strstr(out->code, SECRET));
  assert(!strstr(out->text, "eyJ." SECRET));
  assert(out->retry_after_ms >= -1 && out->retry_after_ms <= 3600000);
}

/* Answers the request for a token, if there is one now. */
static void step(token *t, struct input *in, bool has_secret, int64_t *now_ms) {
  static const int statuses[] = {0,   200, 200, 200, 302, 400, 401, 403,
                                 404, 410, 429, 500, 502, 503, 200, 400};
  static struct outcome out;
  struct response response = {0};
  struct request *request;
  enum token_state state;
  response.status = statuses[input_byte(in) % 16];
  uint8_t flags = input_byte(in);
  *now_ms += (int64_t)input_byte(in) * 60 * 1000;
  char *retry_after = input_text(in, NULL);
  char *body = input_text(in, &response.body_length);
  bool goes = token_get(t, *now_ms, &state, &request) == REQUEST_OK &&
              state == TOKEN_NEED;
  if (goes) {
    response.sent = flags & 1;
    response.retry_after = flags & 2 ? retry_after : NULL;
    response.content_type = flags & 4 ? "text/html" : "application/json";
    response.error = response.status ? NULL : "COULDNT_CONNECT";
    response.body = body;
    token_receive(t, &response, *now_ms, &out);
    check_outcome(&out, has_secret);
    if (flags & 8)
      token_refused(t, *now_ms, 0);
  }
  check_token(t);
  free(body);
  free(retry_after);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct input in = {data, size};
  int64_t now_ms = 1700000000000;
  uint8_t choice = input_byte(&in);
  bool has_secret = knows_secret(choice);
  token *t = make_token(choice);
  for (int i = 0; i < ANSWERS_MOST && in.size; i++)
    step(t, &in, has_secret, &now_ms);
  token_free(t);
  return 0;
}
