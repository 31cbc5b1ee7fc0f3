#include "origin.h"

#include <arpa/inet.h>
#include <string.h>

static bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

static char lower(char c) {
  return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

static bool is_clean(const char *url, size_t length) {
  for (size_t i = 0; i < length; i++) {
    unsigned char c = (unsigned char)url[i];
    if (c <= 0x20 || c >= 0x7F || c == '\\')
      return false;
  }
  return true;
}

/* Length of the scheme and "://", 0 when it is neither http nor https. */
static size_t parse_scheme(const char *url, size_t length, bool *secure) {
  static const char names[2][9] = {"http://", "https://"};
  for (int i = 0; i < 2; i++) {
    size_t n = strlen(names[i]);
    size_t same = 0;
    while (same < n && same < length && lower(url[same]) == names[i][same])
      same++;
    if (same == n) {
      *secure = i == 1;
      return n;
    }
  }
  return 0;
}

/* Four decimal numbers up to 255, no leading zero: nothing else is an IPv4
 * address here, although inet_aton() and some URL parsers know more forms. */
static bool is_ipv4(const char *host) {
  struct in_addr address;
  return inet_pton(AF_INET, host, &address) == 1;
}

/* Letters, digits, '-' and '_' in labels of 1 to 63; a last label that begins
 * with a digit must belong to an IPv4 address (WHATWG URL, "ends in a number",
 * taken more strictly). */
static bool is_name(const char *host) {
  const char *label = host;
  for (const char *p = host;; p++) {
    if (*p && *p != '.') {
      bool letter = *p >= 'a' && *p <= 'z';
      if (!letter && !is_digit(*p) && *p != '-' && *p != '_')
        return false;
      continue;
    }
    if (p == label || p - label > 63)
      return false;
    if (!*p)
      return !is_digit(*label) || is_ipv4(host);
    label = p + 1;
  }
}

static bool parse_ipv6(char *host, size_t length) {
  char text[INET6_ADDRSTRLEN];
  struct in6_addr address;
  if (length < 2 || host[length - 1] != ']' || length - 2 >= sizeof(text))
    return false;
  memcpy(text, host + 1, length - 2);
  text[length - 2] = '\0';
  if (inet_pton(AF_INET6, text, &address) != 1)
    return false;
  if (!inet_ntop(AF_INET6, &address, text, sizeof(text)))
    return false;
  size_t n = strlen(text); /* the one spelling of RFC 5952 */
  memcpy(host + 1, text, n);
  memcpy(host + 1 + n, "]", 2);
  return true;
}

static bool parse_host(const char *text, size_t length, char *host) {
  if (!length || length > ORIGIN_HOST_MAX)
    return false;
  for (size_t i = 0; i < length; i++)
    host[i] = lower(text[i]);
  host[length] = '\0';
  return host[0] == '[' ? parse_ipv6(host, length) : is_name(host);
}

/* `text` begins with ':'; 1 to 65535, no leading zero. */
static bool parse_port(const char *text, size_t length, uint16_t *port) {
  uint32_t value = 0;
  if (length < 2 || length > 6 || text[1] == '0')
    return false;
  for (size_t i = 1; i < length; i++) {
    if (!is_digit(text[i]))
      return false;
    value = value * 10 + (uint32_t)(text[i] - '0');
  }
  if (value > UINT16_MAX)
    return false;
  *port = (uint16_t)value;
  return true;
}

bool origin_parse(const char *url, size_t length, struct origin *out,
                  size_t *path_offset) {
  struct origin o = {0};
  size_t start = parse_scheme(url, length, &o.secure);
  if (!start || !is_clean(url, length))
    return false;
  size_t end = start;
  while (end < length && !strchr("/?#", url[end]))
    end++;
  size_t host_end = start;
  if (start < end && url[start] == '[')
    while (host_end < end && url[host_end] != ']')
      host_end++;
  while (host_end < end && url[host_end] != ':')
    host_end++;
  o.port = o.secure ? 443 : 80;
  if (!parse_host(url + start, host_end - start, o.host))
    return false;
  if (host_end < end && !parse_port(url + host_end, end - host_end, &o.port))
    return false;
  *out = o;
  if (path_offset)
    *path_offset = end;
  return true;
}

bool origin_equal(const struct origin *a, const struct origin *b) {
  return a->secure == b->secure && a->port == b->port &&
         strcmp(a->host, b->host) == 0;
}

bool origin_is_loopback(const struct origin *o) {
  if (strcmp(o->host, "localhost") == 0 || strcmp(o->host, "[::1]") == 0)
    return true;
  return strncmp(o->host, "127.", 4) == 0 && is_ipv4(o->host);
}
