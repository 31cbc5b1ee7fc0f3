/* cloud.h - where one Microsoft cloud lives, and which hosts may see a token.
 *
 *   authority   https://login.microsoftonline.com          no slash at the end
 *   graph       https://graph.microsoft.com                no version, no slash
 *   connector   https://smba.trafficmanager.net/teams/     one slash at the end
 *
 * A `cloud` is made once, never changes, and is shared by counting references;
 * it is used from one thread. */
#ifndef CRIER_CLOUD_H
#define CRIER_CLOUD_H

#include <stdbool.h>
#include <stddef.h>

#include "origin.h"
#include "request.h"

#define CLOUD_BASE_MAX 512 /* longest base URL, bytes, NUL included */
#define CLOUD_HOSTS_MAX 32 /* connector hosts, the set one not counted */

/* clang-format off */
#define CLOUD_STATUS_MAP(X)                                                 \
  X(OK,          "ok")                                                      \
  X(NOMEM,       "out of memory")                                           \
  X(CLOUD_UNKNOWN, "unknown cloud: expected public, gcc, gcch, dod, china") \
  X(URL_REFUSED, "must be an https URL, or http on loopback, "              \
                 "without user, query or fragment")                         \
  X(VERSION_REFUSED, "must not end in a version such as v1.0 or beta")      \
  X(HOSTS_FULL,  "too many hosts")
/* clang-format on */

enum cloud_status {
#define X(name, text) CLOUD_##name,
  CLOUD_STATUS_MAP(X)
#undef X
};

typedef struct cloud cloud;

/* What a program needs to know of a cloud; texts live as long as the cloud. */
struct cloud_info {
  const char *name;
  const char *authority;
  const char *graph;
  const char *connector;
  const char *bot_tenant; /* where a multi-tenant bot's token comes from */
  const char *graph_scope;
  const char *bot_scope;
  const char *exchange; /* audience of a token that is an app's assertion */
  const char *issuer;   /* who signs what a bot is told: the Bot Connector */
  const char *openid;   /* where its keys are found: OpenID metadata */
  const char *sts;      /* who issues Entra's tokens of version 1 */
};

/* Creates the endpoints of the cloud `name`, one of public, gcc, gcch, dod,
 * china.  The caller frees it with cloud_free(). */
enum cloud_status cloud_new(cloud **out, const char *name);

/* One more owner.  Returns `c`. */
cloud *cloud_ref(cloud *c);

/* One owner less; the last frees.  NULL is allowed. */
void cloud_free(cloud *c);

/* Replaces the base URL of `service`, and admits exactly its origin for that
 * service's tokens; scopes stay the cloud's.  On failure nothing changes. */
enum cloud_status cloud_set_base(cloud *c, enum service service,
                                 const char *url, size_t length);

/* Replaces the URL of the Bot Connector's OpenID metadata; its issuer stays the
 * cloud's. */
enum cloud_status cloud_set_openid(cloud *c, const char *url, size_t length);

/* Admits one more connector host: `name`, `name:port`, or a base URL. */
enum cloud_status cloud_allow_host(cloud *c, const char *host, size_t length);

const struct cloud_info *cloud_peek(const cloud *c);

/* Whether a token (or credential) for `service` may be sent to `url`: Graph's
 * to the Graph origin only, a credential to the authority only, a bot's token
 * to the connector hosts of the cloud, the set one, and the admitted ones. */
bool cloud_allows(const cloud *c, enum service service, const char *url,
                  size_t length);

/* Whether keys that tokens are verified with may be fetched from `url`: from
 * where the Bot Connector's OpenID metadata is, and from the authority. */
bool cloud_allows_keys(const cloud *c, const char *url, size_t length);

/* Whether the origin of that service's base URL is on this machine. */
bool cloud_is_loopback(const cloud *c, enum service service);

/* Static text and name of a status; never NULL.  The names of all refused URLs
 * are URL_REFUSED. */
const char *cloud_strerror(enum cloud_status status);
const char *cloud_errname(enum cloud_status status);

#endif
