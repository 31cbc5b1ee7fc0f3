/* fuzzes: src/core/origin.c */

/* Whatever origin_parse() accepts, libcurl reads the same way: otherwise a
 * token could go to another host than the one that was checked. */
#include <assert.h>
#include <curl/curl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/origin.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_part(CURLU *parsed, CURLUPart part, const char *expected) {
  char *text = NULL;
  assert(curl_url_get(parsed, part, &text, CURLU_DEFAULT_PORT) == CURLUE_OK);
  assert(strcasecmp(text, expected) == 0);
  curl_free(text);
}

static void check_reading(const char *url, const struct origin *origin) {
  char port[8];
  char *user = NULL;
  CURLU *parsed = curl_url();
  assert(parsed && curl_url_set(parsed, CURLUPART_URL, url, 0) == CURLUE_OK);
  snprintf(port, sizeof(port), "%u", (unsigned)origin->port);
  check_part(parsed, CURLUPART_SCHEME, origin->secure ? "https" : "http");
  if (origin->host[0] != '[')
    check_part(parsed, CURLUPART_HOST, origin->host);
  check_part(parsed, CURLUPART_PORT, port);
  assert(curl_url_get(parsed, CURLUPART_USER, &user, 0) == CURLUE_NO_USER);
  curl_url_cleanup(parsed);
}

/* An origin written out is read as itself. */
static void check_again(const struct origin *origin) {
  char url[ORIGIN_HOST_MAX + 32];
  struct origin again;
  int n = snprintf(url, sizeof(url), "%s://%s:%u",
                   origin->secure ? "https" : "http", origin->host,
                   (unsigned)origin->port);
  assert(origin_parse(url, (size_t)n, &again, NULL));
  assert(origin_equal(origin, &again));
  assert(origin_is_loopback(origin) == origin_is_loopback(&again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const char *const schemes[] = {"", "http://", "https://",
                                        "https://smba.trafficmanager.net"};
  struct origin origin;
  size_t path;
  if (!size)
    return 0;
  const char *scheme = schemes[data[0] % 4];
  size_t n = strlen(scheme);
  char *url = malloc(n + size);
  assert(url);
  memcpy(url, scheme, n);
  memcpy(url + n, data + 1, size - 1);
  url[n + size - 1] = '\0';
  if (origin_parse(url, n + size - 1, &origin, &path)) {
    assert(path <= n + size - 1 && strlen(url) == n + size - 1);
    check_reading(url, &origin);
    check_again(&origin);
  }
  free(url);
  return 0;
}
