#include "network.h"

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct range {
  uint32_t first;
  uint32_t mask;
};

static const struct range PRIVATE[] = {
    {0x00000000, 0xff000000}, /* 0.0.0.0/8: this host */
    {0x0a000000, 0xff000000}, /* 10.0.0.0/8 */
    {0x64400000, 0xffc00000}, /* 100.64.0.0/10: a provider's own */
    {0x7f000000, 0xff000000}, /* 127.0.0.0/8 */
    {0xa9fe0000, 0xffff0000}, /* 169.254.0.0/16: link-local */
    {0xac100000, 0xfff00000}, /* 172.16.0.0/12 */
    {0xc0a80000, 0xffff0000}, /* 192.168.0.0/16 */
};

static bool is_private_v4(uint32_t host) {
  for (size_t i = 0; i < sizeof(PRIVATE) / sizeof(PRIVATE[0]); i++)
    if ((host & PRIVATE[i].mask) == PRIVATE[i].first)
      return true;
  return false;
}

static uint32_t read_v4(const uint8_t bytes[4]) {
  return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 |
         (uint32_t)bytes[2] << 8 | (uint32_t)bytes[3];
}

static bool is_private_v6(const struct in6_addr *host) {
  static const uint8_t nat64[12] = {0x00, 0x64, 0xff, 0x9b};
  const uint8_t *bytes = host->s6_addr;
  if (IN6_IS_ADDR_V4MAPPED(host) || IN6_IS_ADDR_V4COMPAT(host) ||
      !memcmp(bytes, nat64, sizeof(nat64)))
    return is_private_v4(read_v4(bytes + 12));
  return IN6_IS_ADDR_LOOPBACK(host) || IN6_IS_ADDR_UNSPECIFIED(host) ||
         IN6_IS_ADDR_LINKLOCAL(host) || IN6_IS_ADDR_SITELOCAL(host) ||
         (bytes[0] & 0xfe) == 0xfc; /* fc00::/7: unique local */
}

bool network_is_private(const struct sockaddr *address) {
  struct sockaddr_in v4;
  struct sockaddr_in6 v6;
  switch (address->sa_family) {
  case AF_INET:
    memcpy(&v4, address, sizeof(v4));
    return is_private_v4(ntohl(v4.sin_addr.s_addr));
  case AF_INET6:
    memcpy(&v6, address, sizeof(v6));
    return is_private_v6(&v6.sin6_addr);
  default:
    return true;
  }
}

bool network_has_proxy(void) {
  static const char *const names[] = {"http_proxy", "https_proxy",
                                      "HTTPS_PROXY", "all_proxy", "ALL_PROXY"};
  for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
    const char *value = getenv(names[i]);
    if (value && *value)
      return true;
  }
  return false;
}
