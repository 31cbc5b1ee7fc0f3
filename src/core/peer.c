#include "peer.h"

#include "origin.h"

#include <curl/curl.h>
#include <string.h>

#define SET(option, value)                                                     \
  do {                                                                         \
    if (curl_easy_setopt(easy, CURLOPT_##option, value) != CURLE_OK)           \
      return false;                                                            \
  } while (0)

static bool set_options(CURL *easy, const char *url,
                        const struct origin *origin) {
  SET(URL, url);
  SET(PROTOCOLS_STR, "https");
  SET(NOSIGNAL, 1L);
  SET(CONNECT_ONLY, 1L); /* ends when TLS stands: nothing is sent */
  SET(CONNECTTIMEOUT_MS, (long)PEER_TIMEOUT_MS);
  SET(TIMEOUT_MS, (long)PEER_TIMEOUT_MS);
  SET(SSL_VERIFYPEER, 0L);
  SET(SSL_VERIFYHOST, 0L);
  SET(PROXY_SSL_VERIFYPEER, 0L);
  SET(PROXY_SSL_VERIFYHOST, 0L);
  SET(CERTINFO, 1L);
  if (origin_is_loopback(origin))
    SET(PROXY, "");
  return true;
}

/* Copies the value of the line "NAME:value" to `out`, cut to its room. */
static void copy_field(const struct curl_slist *lines, const char *name,
                       char *out) {
  size_t length = strlen(name);
  for (; lines; lines = lines->next) {
    if (strncmp(lines->data, name, length) || lines->data[length] != ':')
      continue;
    const char *value = lines->data + length + 1;
    size_t kept = strnlen(value, PEER_NAME_MAX - 1);
    memcpy(out, value, kept);
    out[kept] = '\0';
    return;
  }
}

static bool read_leaf(CURL *easy, struct peer *out) {
  struct curl_certinfo *found = NULL;
  if (curl_easy_getinfo(easy, CURLINFO_CERTINFO, &found) != CURLE_OK ||
      !found || found->num_of_certs < 1)
    return false;
  *out = (struct peer){"", "", ""};
  copy_field(found->certinfo[0], "Subject", out->subject);
  copy_field(found->certinfo[0], "Issuer", out->issuer);
  copy_field(found->certinfo[0], "Expire date", out->expires);
  return true;
}

bool peer_look(const char *url, size_t length, struct peer *out) {
  struct origin origin;
  if (!origin_parse(url, length, &origin, NULL) || !origin.secure ||
      curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
    return false;
  CURL *easy = curl_easy_init();
  bool found = easy && set_options(easy, url, &origin) &&
               curl_easy_perform(easy) == CURLE_OK && read_leaf(easy, out);
  curl_easy_cleanup(easy);
  curl_global_cleanup();
  return found;
}
