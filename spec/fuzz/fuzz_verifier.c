/* fuzzes: src/core/verifier.c src/core/jws.c */

/* Whatever is signed, nothing is believed but what is meant for this bot, now,
 * by who may; and nothing that is not signed is believed at all.
 *
 * Input: one byte, then texts that end with a NUL: header and claims of a
 * token, which is signed here; service URL, channel and two tenants of the
 * activity.  An even byte takes, in place of header and claims, one text: the
 * header `Authorization` as it is. */
#include <jansson.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "core/jwk.h"
#include "core/signer.h"
#include "core/verifier.h"
#include "input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

enum { NOW_S = 1800000000 };

#define BOT "bot"
#define TENANT "tenant"
#define ISSUER "https://api.botframework.com"
#define ENTRA "https://sts.windows.net/" TENANT "/"

static signer *key;
static verifier *checked;

static struct slice slice_of(const char *text) {
  struct slice slice = {text, strlen(text)};
  return slice;
}

/* Both sides have the one key there is. */
static void set_keys(void) {
  buffer jwk;
  buffer_init(&jwk, SIGNER_TEXT_MAX);
  assert(signer_append_jwk(key, &jwk));
  json_t *object = json_loadb(jwk.data, jwk.length, 0, NULL);
  buffer_clear(&jwk);
  json_object_set_new(object, "kid", json_string("now"));
  json_object_set_new(object, "endorsements", json_pack("[s]", "msteams"));
  json_t *set = json_pack("{s:[o]}", "keys", object);
  char *text = json_dumps(set, JSON_COMPACT);
  for (int side = 0; side < VERIFIER_SIDES; side++)
    assert(verifier_set_keys(checked, (enum verifier_side)side, text,
                             strlen(text)) == KEYSET_OK);
  free(text);
  json_decref(set);
}

int LLVMFuzzerInitialize(int *argc, char ***argv) {
  static const struct {
    enum verifier_list list;
    const char *text;
  } allowed[] = {
      {VERIFIER_ISSUERS, ISSUER},       {VERIFIER_ENTRA_ISSUERS, ENTRA},
      {VERIFIER_CHANNELS, "msteams"},   {VERIFIER_TENANTS, TENANT},
      {VERIFIER_ENTRA_TENANTS, TENANT}, {VERIFIER_ENTRA_APPS, "app"},
  };
  cloud *c = NULL;
  (void)argc, (void)argv;
  key = signer_new();
  assert(key);
  assert(verifier_new(&checked, slice_of(BOT)) == VERIFIER_OK);
  for (size_t i = 0; i < sizeof(allowed) / sizeof(*allowed); i++)
    assert(verifier_allow(checked, allowed[i].list,
                          slice_of(allowed[i].text)) == VERIFIER_OK);
  assert(cloud_new(&c, "public") == CLOUD_OK);
  assert(verifier_allow_cloud(checked, c) == VERIFIER_OK);
  cloud_free(c);
  set_keys();
  return 0;
}

static void append_part(buffer *out, const char *text, size_t length) {
  json_t *encoded = jwk_base64url((const unsigned char *)text, length);
  buffer_append(out, json_string_value(encoded), json_string_length(encoded));
  json_decref(encoded);
}

/* "Bearer " and the token of two texts of the input. */
static void append_token(struct input *in, buffer *out) {
  buffer_append_text(out, "Bearer ");
  size_t from = out->length;
  for (int i = 0; i < JWS_PARTS; i++) {
    size_t length;
    char *text = input_text(in, &length);
    if (i)
      buffer_append_text(out, ".");
    append_part(out, text, length);
    free(text);
  }
  buffer signature;
  buffer_init(&signature, SIGNER_TEXT_MAX);
  assert(signer_append(key, false, out->data + from, out->length - from,
                       &signature));
  buffer_append_text(out, ".");
  buffer_append(out, signature.data, signature.length);
  buffer_clear(&signature);
}

static const char *text_of(const json_t *claims, const char *name) {
  const char *text = json_string_value(json_object_get(claims, name));
  return text ? text : "";
}

static bool is_for_us(const json_t *audience) {
  size_t i;
  json_t *each;
  bool found =
      json_is_string(audience) && strcmp(json_string_value(audience), BOT) == 0;
  json_array_foreach(audience, i, each) {
    assert(json_is_string(each));
    found |= strcmp(json_string_value(each), BOT) == 0;
  }
  return found;
}

/* What must be so of claims that were believed. */
static void check_claims(const buffer *text, char *const *activity) {
  json_t *claims = json_loadb(text->data, text->length, 0, NULL);
  assert(json_is_object(claims));
  assert(is_for_us(json_object_get(claims, "aud")));
  assert(json_number_value(json_object_get(claims, "exp")) > NOW_S - 300);
  assert(json_number_value(json_object_get(claims, "nbf")) <= NOW_S + 300);
  assert(json_number_value(json_object_get(claims, "iat")) <= NOW_S + 300);
  if (strcmp(text_of(claims, "iss"), ISSUER) == 0) {
    const char *url = text_of(claims, "serviceurl");
    assert(strcasecmp(*url ? url : text_of(claims, "serviceUrl"),
                      activity[0]) == 0);
  } else {
    assert(strcmp(text_of(claims, "iss"), ENTRA) == 0);
    assert(strcasecmp(text_of(claims, "tid"), TENANT) == 0);
  }
  json_decref(claims);
  assert(strncasecmp(activity[0], "https://smba.", 13) == 0);
  assert(strcmp(activity[1], "msteams") == 0);
  assert(strcasecmp(activity[2], TENANT) == 0 &&
         strcasecmp(activity[3], TENANT) == 0);
}

static bool read_copy(void *context, struct verifier_activity *out) {
  *out = *(const struct verifier_activity *)context;
  return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct input in = {data, size};
  bool is_signed = input_byte(&in) & 1;
  buffer header, claims;
  buffer_init(&header, 64 * 1024);
  buffer_init(&claims, JWS_TOKEN_MAX);
  if (is_signed) {
    append_token(&in, &header);
  } else {
    size_t length;
    char *text = input_text(&in, &length);
    buffer_append(&header, text, length);
    free(text);
  }
  char *texts[4];
  struct slice slices[4];
  for (int i = 0; i < 4; i++) {
    texts[i] = input_text(&in, &slices[i].length);
    slices[i].text = texts[i];
  }
  struct verifier_activity activity = {
      slices[0], slices[1], {slices[2], slices[3]}};
  struct slice given = {header.data, header.length};
  enum verifier_status status =
      verifier_verify(checked, given, read_copy, &activity, NOW_S, &claims);
  assert(is_signed || status != VERIFIER_OK);
  assert((status == VERIFIER_OK) == (claims.length > 0));
  if (status == VERIFIER_OK)
    check_claims(&claims, texts);
  for (int i = 0; i < 4; i++)
    free(texts[i]);
  buffer_clear(&header);
  buffer_clear(&claims);
  return 0;
}
