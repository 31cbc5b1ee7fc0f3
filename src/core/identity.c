#include "identity.h"

#include <stdlib.h>
#include <string.h>

#include "errorbody.h"
#include "origin.h"

#define IMDS "http://169.254.169.254"
#define IMDS_PATH "/metadata/identity/oauth2/token?api-version=2018-02-01"

enum presence { UNKNOWN, PRESENT, ABSENT };

struct identity {
  enum presence presence;
  buffer client_id;
  buffer base; /* of IMDS without a slash, or the endpoint as given */
  buffer header;
};

static bool is_url(struct slice url, struct origin *origin) {
  return origin_parse(url.text, url.length, origin, NULL) &&
         !memchr(url.text, '#', url.length);
}

static const char *check_host(struct slice host) {
  struct origin origin;
  bool is_imds =
      is_url(host, &origin) && (origin_is_loopback(&origin) ||
                                strcmp(origin.host, "169.254.169.254") == 0);
  return is_imds ? NULL : "must be http://169.254.169.254, or on loopback";
}

/* The header becomes a line of the request. */
static const char *check_endpoint(const struct identity_options *options) {
  struct origin origin;
  struct slice header = options->header;
  if (!is_url(options->endpoint, &origin))
    return "must be an http or https URL";
  for (size_t i = 0; i < header.length; i++)
    if (header.text[i] < ' ' || header.text[i] > '~')
      return "needs an IDENTITY_HEADER of printable characters";
  return header.length ? NULL : "needs IDENTITY_HEADER";
}

static const char *fill(identity *i, const struct identity_options *options) {
  struct slice usual = {IMDS, strlen(IMDS)};
  struct slice base = options->host.length ? options->host : usual;
  const char *wrong = NULL;
  if (options->endpoint.length)
    wrong = check_endpoint(options);
  else if (options->host.length)
    wrong = check_host(options->host);
  if (options->endpoint.length) {
    base = options->endpoint;
    buffer_append(&i->header, options->header.text, options->header.length);
  } else {
    while (base.length && base.text[base.length - 1] == '/')
      base.length--;
  }
  if (options->is_known || options->endpoint.length)
    i->presence = PRESENT;
  buffer_append(&i->base, base.text, base.length);
  buffer_append(&i->client_id, options->client_id.text,
                options->client_id.length);
  bool is_whole = !buffer_status(&i->base) && !buffer_status(&i->header) &&
                  !buffer_status(&i->client_id);
  return wrong || is_whole ? wrong : "is too long";
}

identity *identity_new(const struct identity_options *options,
                       const char **wrong) {
  identity *i = calloc(1, sizeof(*i));
  *wrong = "is too much for the memory there is";
  if (!i)
    return NULL;
  buffer_init(&i->client_id, 512);
  buffer_init(&i->base, 2048);
  buffer_init(&i->header, 4096);
  *wrong = fill(i, options);
  if (!*wrong)
    return i;
  identity_free(i);
  return NULL;
}

void identity_free(identity *i) {
  if (!i)
    return;
  buffer_clear(&i->client_id);
  buffer_clear(&i->base);
  buffer_clear(&i->header);
  free(i);
}

static void append_resource(buffer *url, const char *resource) {
  static const char tail[] = "/.default";
  size_t length = strlen(resource), n = sizeof(tail) - 1;
  if (length > n && strcmp(resource + length - n, tail) == 0)
    length -= n;
  buffer_append_text(url, "resource=");
  buffer_append_percent(url, resource, length);
}

enum request_status identity_request(const identity *i, const char *resource,
                                     struct request *r) {
  request_begin(r, OPERATION_IDENTITY, "GET");
  r->direct = true;
  buffer_append(&r->url, i->base.data, i->base.length);
  if (i->header.length) {
    bool has_query = memchr(i->base.data, '?', i->base.length) != NULL;
    buffer_append_text(&r->url, has_query ? "&" : "?");
    append_resource(&r->url, resource);
    buffer_append_text(&r->url, "&api-version=2019-08-01");
    r->header = "X-IDENTITY-HEADER";
    r->value = identity_secret(i);
  } else {
    buffer_append_text(&r->url, IMDS_PATH "&");
    append_resource(&r->url, resource);
    r->header = "Metadata";
    r->value = (struct slice){"true", 4};
  }
  if (i->client_id.length) {
    buffer_append_text(&r->url, "&client_id=");
    buffer_append_percent(&r->url, i->client_id.data, i->client_id.length);
  }
  if (i->presence == UNKNOWN)
    r->timeout_ms = IDENTITY_PROBE_MS;
  return request_finish(r);
}

/* Other clouds' machines have something at the same address, which does not
 * answer in JSON; 400 means that this one has no such identity. */
static bool is_there(const struct response *response) {
  struct errorbody body;
  if (!response->status || response->status == 400)
    return false;
  errorbody_read(response->content_type, response->body, response->body_length,
                 &body);
  return !body.is_html &&
         (response->status / 100 == 2 || response->status == 410 ||
          response->status >= 500 || body.code_count);
}

void identity_heard(identity *i, const struct response *response) {
  if (i->presence == UNKNOWN)
    i->presence = is_there(response) ? PRESENT : ABSENT;
}

bool identity_is_absent(const identity *i) {
  return i->presence == ABSENT;
}

struct slice identity_secret(const identity *i) {
  return (struct slice){i->header.data, i->header.length};
}
