#include "cloud.h"

#include <stdlib.h>
#include <string.h>

struct cloud {
  int owners;
  struct cloud_info info;
  char bases[3][CLOUD_BASE_MAX];        /* by service */
  char openid[CLOUD_BASE_MAX];          /* empty: the cloud's own */
  struct origin origins[3];             /* of the bases */
  struct origin hosts[CLOUD_HOSTS_MAX]; /* besides the connector's own */
  size_t host_count;
};

/* A row: hosts, tenant and scopes of one cloud, from Microsoft's pages
 * "Microsoft Graph national cloud deployments" and "Send proactive messages",
 * and from the CloudEnvironment table of the Teams SDK (read 2026-11-22).
 * Public and GCC share one identity and one list of connector hosts, since a
 * GCC tenant is found out only by the answer InvalidBotApiHost. */
struct cloud_row {
  struct cloud_info info;
  const char *hosts[3];
};

#define HOSTS_PUBLIC                                                           \
  {                                                                            \
    "smba.trafficmanager.net", "smba.onyx.prod.teams.trafficmanager.net",      \
        "smba.infra.gcc.teams.microsoft.com"                                   \
  }

/* Who signs what a bot is told, where its keys are found, and who issues
 * Entra's tokens of version 1: AuthenticationConstants and
 * GovernmentAuthenticationConstants of the Bot Framework SDK (read 2026-11-22).
 */
#define OPENID(host) "https://" host "/v1/.well-known/openidconfiguration"
#define BOT_PUBLIC                                                             \
  "https://api.botframework.com", OPENID("login.botframework.com"),            \
      "https://sts.windows.net"
#define BOT_GOVERNMENT                                                         \
  "https://api.botframework.us", OPENID("login.botframework.azure.us"),        \
      "https://login.microsoftonline.us"

static const struct cloud_row rows[] = {
    {{"public", "https://login.microsoftonline.com",
      "https://graph.microsoft.com", "https://smba.trafficmanager.net/teams/",
      "botframework.com", "https://graph.microsoft.com/.default",
      "https://api.botframework.com/.default", "api://AzureADTokenExchange",
      BOT_PUBLIC},
     HOSTS_PUBLIC},
    {{"gcc", "https://login.microsoftonline.com", "https://graph.microsoft.com",
      "https://smba.infra.gcc.teams.microsoft.com/teams/", "botframework.com",
      "https://graph.microsoft.com/.default",
      "https://api.botframework.com/.default", "api://AzureADTokenExchange",
      BOT_PUBLIC},
     HOSTS_PUBLIC},
    {{"gcch", "https://login.microsoftonline.us", "https://graph.microsoft.us",
      "https://smba.infra.gov.teams.microsoft.us/teams/",
      "MicrosoftServices.onmicrosoft.us", "https://graph.microsoft.us/.default",
      "https://api.botframework.us/.default", "api://AzureADTokenExchangeUSGov",
      BOT_GOVERNMENT},
     {"smba.infra.gov.teams.microsoft.us"}},
    {{"dod", "https://login.microsoftonline.us",
      "https://dod-graph.microsoft.us",
      "https://smba.infra.dod.teams.microsoft.us/teams/",
      "MicrosoftServices.onmicrosoft.us",
      "https://dod-graph.microsoft.us/.default",
      "https://api.botframework.us/.default", "api://AzureADTokenExchangeUSGov",
      BOT_GOVERNMENT},
     {"smba.infra.dod.teams.microsoft.us"}},
    {{"china", "https://login.partner.microsoftonline.cn",
      "https://microsoftgraph.chinacloudapi.cn",
      "https://frontend.botapi.msg.infra.teams.microsoftonline.cn/teams/",
      "microsoftservices.partner.onmschina.cn",
      "https://microsoftgraph.chinacloudapi.cn/.default",
      "https://api.botframework.azure.cn/.default",
      "api://AzureADTokenExchangeChina", "https://api.botframework.azure.cn",
      OPENID("login.botframework.azure.cn"), "https://sts.chinacloudapi.cn"},
     {"frontend.botapi.msg.infra.teams.microsoftonline.cn"}},
};

/* Whether `text` ends in `tail`. */
static bool ends_in(const char *text, size_t length, const char *tail) {
  size_t n = strlen(tail);
  return length >= n && memcmp(text + length - n, tail, n) == 0;
}

/* Reads a base URL: origin, and its length without the slashes at its end. */
static enum cloud_status parse_base(const char *url, size_t *length,
                                    struct origin *origin) {
  struct origin o;
  if (*length + 2 > CLOUD_BASE_MAX || !origin_parse(url, *length, &o, NULL))
    return CLOUD_URL_REFUSED;
  for (size_t i = 0; i < *length; i++)
    if (strchr("?#\"", url[i]))
      return CLOUD_URL_REFUSED; /* nor a quote: bases go into JSON as is */
  if (!o.secure && !origin_is_loopback(&o))
    return CLOUD_URL_REFUSED;
  while (url[*length - 1] == '/')
    --*length;
  *origin = o;
  return CLOUD_OK;
}

enum cloud_status cloud_set_base(cloud *c, enum service service,
                                 const char *url, size_t length) {
  struct origin origin;
  enum cloud_status status = parse_base(url, &length, &origin);
  if (status != CLOUD_OK)
    return status;
  if (service == SERVICE_GRAPH &&
      (ends_in(url, length, "/v1.0") || ends_in(url, length, "/beta")))
    return CLOUD_VERSION_REFUSED;
  char *base = c->bases[service];
  memcpy(base, url, length);
  base[length] = '\0';
  if (service == SERVICE_CONNECTOR)
    memcpy(base + length, "/", 2);
  c->origins[service] = origin;
  return CLOUD_OK;
}

enum cloud_status cloud_set_openid(cloud *c, const char *url, size_t length) {
  struct origin origin;
  enum cloud_status status = parse_base(url, &length, &origin);
  if (status != CLOUD_OK)
    return status;
  memcpy(c->openid, url, length);
  c->openid[length] = '\0';
  c->info.openid = c->openid;
  return CLOUD_OK;
}

static enum cloud_status add_host(cloud *c, const struct origin *origin) {
  if (c->host_count == CLOUD_HOSTS_MAX)
    return CLOUD_HOSTS_FULL;
  c->hosts[c->host_count++] = *origin;
  return CLOUD_OK;
}

enum cloud_status cloud_allow_host(cloud *c, const char *host, size_t length) {
  char url[CLOUD_BASE_MAX];
  struct origin origin;
  size_t path;
  if (length + 10 > sizeof(url))
    return CLOUD_URL_REFUSED;
  size_t scheme = 0;
  if (!memchr(host, '/', length)) {
    memcpy(url, "https://", 8);
    scheme = 8;
  }
  memcpy(url + scheme, host, length);
  length += scheme;
  enum cloud_status status = parse_base(url, &length, &origin);
  if (status != CLOUD_OK)
    return status;
  if (!origin_parse(url, length, &origin, &path) || path != length)
    return CLOUD_URL_REFUSED; /* a path would promise more than is checked */
  return add_host(c, &origin);
}

/* The rows are constants that always parse; hosts of a row are names. */
static enum cloud_status fill(cloud *c, const struct cloud_row *row) {
  const char *bases[3];
  bases[SERVICE_TOKEN] = row->info.authority;
  bases[SERVICE_GRAPH] = row->info.graph;
  bases[SERVICE_CONNECTOR] = row->info.connector;
  enum cloud_status status = CLOUD_OK;
  for (int i = 0; i < 3 && status == CLOUD_OK; i++)
    status = cloud_set_base(c, (enum service)i, bases[i], strlen(bases[i]));
  for (int i = 0; i < 3 && row->hosts[i] && status == CLOUD_OK; i++)
    status = cloud_allow_host(c, row->hosts[i], strlen(row->hosts[i]));
  c->info = row->info;
  c->info.authority = c->bases[SERVICE_TOKEN];
  c->info.graph = c->bases[SERVICE_GRAPH];
  c->info.connector = c->bases[SERVICE_CONNECTOR];
  return status;
}

enum cloud_status cloud_new(cloud **out, const char *name) {
  const struct cloud_row *row = NULL;
  for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
    if (strcmp(name, rows[i].info.name) == 0)
      row = &rows[i];
  if (!row)
    return CLOUD_CLOUD_UNKNOWN;
  cloud *c = calloc(1, sizeof(*c));
  if (!c)
    return CLOUD_NOMEM;
  c->owners = 1;
  enum cloud_status status = fill(c, row);
  if (status == CLOUD_OK) {
    *out = c;
    c = NULL;
  }
  cloud_free(c);
  return status;
}

cloud *cloud_ref(cloud *c) {
  c->owners++;
  return c;
}

void cloud_free(cloud *c) {
  if (c && --c->owners == 0)
    free(c);
}

const struct cloud_info *cloud_peek(const cloud *c) {
  return &c->info;
}

bool cloud_allows(const cloud *c, enum service service, const char *url,
                  size_t length) {
  struct origin origin;
  if (!origin_parse(url, length, &origin, NULL))
    return false;
  if (origin_equal(&origin, &c->origins[service]))
    return true;
  if (service != SERVICE_CONNECTOR)
    return false;
  for (size_t i = 0; i < c->host_count; i++)
    if (origin_equal(&origin, &c->hosts[i]))
      return true;
  return false;
}

bool cloud_allows_keys(const cloud *c, const char *url, size_t length) {
  struct origin origin, openid;
  const char *metadata = c->info.openid;
  if (!origin_parse(url, length, &origin, NULL) ||
      !origin_parse(metadata, strlen(metadata), &openid, NULL))
    return false;
  return origin_equal(&origin, &openid) ||
         origin_equal(&origin, &c->origins[SERVICE_TOKEN]);
}

bool cloud_is_loopback(const cloud *c, enum service service) {
  return origin_is_loopback(&c->origins[service]);
}

const char *cloud_strerror(enum cloud_status status) {
  static const char *const texts[] = {
#define X(name, text) text,
      CLOUD_STATUS_MAP(X)
#undef X
  };
  return texts[status];
}

const char *cloud_errname(enum cloud_status status) {
  static const char *const names[] = {
#define X(name, text) #name,
      CLOUD_STATUS_MAP(X)
#undef X
  };
  bool refused = status == CLOUD_VERSION_REFUSED || status == CLOUD_HOSTS_FULL;
  return names[refused ? CLOUD_URL_REFUSED : status];
}
