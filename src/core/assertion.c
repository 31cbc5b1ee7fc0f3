#include "assertion.h"

#include <openssl/err.h>
#include <string.h>

#include "text.h"

enum { UUID_CHARS = 36 };

/* A random UUID (RFC 9562, section 5.4). */
static bool write_uuid(char out[UUID_CHARS + 1]) {
  static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
  unsigned char bytes[16];
  char hex[32];
  if (!text_random(bytes, sizeof(bytes)))
    return false;
  bytes[6] = (unsigned char)((bytes[6] & 0x0F) | 0x40);
  bytes[8] = (unsigned char)((bytes[8] & 0x3F) | 0x80);
  text_hex(bytes, sizeof(bytes), hex);
  for (size_t i = 0, n = 0; i < UUID_CHARS; i++)
    out[i] = form[i] == '-' ? '-' : hex[n++];
  out[UUID_CHARS] = '\0';
  return true;
}

static json_t *make_header(const certificate *c,
                           const struct assertion_options *options) {
  json_t *header = json_pack(
      "{s:s, s:s}", "alg", options->is_rs256 ? "RS256" : "PS256", "typ", "JWT");
  int failed =
      options->is_rs256
          ? json_object_set_new(header, "x5t", certificate_x5t(c))
          : json_object_set_new(header, "x5t#S256", certificate_x5t_s256(c));
  if (!failed && options->sends_chain)
    failed = json_object_set_new(header, "x5c", certificate_x5c(c));
  if (!failed)
    return header;
  json_decref(header);
  return NULL;
}

static size_t write_claims(const struct assertion_options *options, char *out,
                           size_t room) {
  char id[UUID_CHARS + 1];
  json_int_t now_s = options->now_ms / 1000;
  struct slice app = options->client_id;
  if (!write_uuid(id))
    return 0;
  json_t *claims = json_pack("{s:s%, s:s%, s:s%, s:s, s:I, s:I, s:I}", "aud",
                             options->audience.text, options->audience.length,
                             "iss", app.text, app.length, "sub", app.text,
                             app.length, "jti", id, "nbf", now_s, "iat", now_s,
                             "exp", now_s + ASSERTION_LIFETIME_S);
  size_t size = claims ? json_dumpb(claims, out, room, JSON_COMPACT) : 0;
  json_decref(claims);
  return size <= room ? size : 0;
}

bool assertion_append(const certificate *c,
                      const struct assertion_options *options, buffer *out) {
  char claims[4096];
  const char *text;
  size_t size = write_claims(options, claims, sizeof(claims));
  json_t *header = size ? make_header(c, options) : NULL;
  cjose_jws_t *jws = header
                         ? cjose_jws_sign(certificate_key(c), header,
                                          (const uint8_t *)claims, size, NULL)
                         : NULL;
  bool ok = jws && cjose_jws_export(jws, &text, NULL); /* lent by `jws` */
  if (ok)
    buffer_append_text(out, text);
  cjose_jws_release(jws);
  json_decref(header);
  ERR_clear_error();
  return ok && buffer_status(out) == BUFFER_OK;
}
