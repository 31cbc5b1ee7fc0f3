#include "rows.h"

#define PROXY_ASKS                                                             \
  "The proxy asks for a name and password: put them into HTTPS_PROXY, or "     \
  "exempt the host with NO_PROXY"

/* clang-format off */
static const struct row common[] = {
    {407, NULL, NULL, ROW_ANY, OUTCOME_MISCONFIGURED, SCOPE_RUN, "proxy refused",
     PROXY_ASKS, false},
    {408, NULL, NULL, ROW_ANY, OUTCOME_TRANSIENT, SCOPE_RECIPIENT, "no answer", REMEDY_WAIT, false},
    {425, NULL, NULL, ROW_ANY, OUTCOME_TRANSIENT, SCOPE_RECIPIENT, "too early", REMEDY_WAIT, false},
    {429, NULL, NULL, ROW_ANY, OUTCOME_THROTTLED, SCOPE_APP, "throttled", REMEDY_THROTTLED, false},
    {503, NULL, NULL, ROW_ANY, OUTCOME_TRANSIENT, SCOPE_RECIPIENT, "service unavailable", REMEDY_WAIT, false},
    {504, NULL, NULL, ROW_ANY, OUTCOME_TRANSIENT, SCOPE_RECIPIENT, "no answer", REMEDY_WAIT, false},
    {3, NULL, NULL, ROW_ANY, OUTCOME_MISCONFIGURED, SCOPE_RUN, "redirected",
     "The service answers elsewhere, and redirects are not followed: correct the base URL or the proxy", false},
    {4, NULL, NULL, ROW_ANY, OUTCOME_REFUSED, SCOPE_RECIPIENT, "refused",
     "See the code and what the service said", false},
    {5, NULL, NULL, ROW_ANY, OUTCOME_TRANSIENT, SCOPE_RECIPIENT, "service error", REMEDY_WAIT, false},
};
/* clang-format on */

const struct rows rows_common = ROWS(common);

#define TRUST                                                                  \
  "The server's certificate is not trusted here: install the CA "              \
  "certificates (package ca-certificates), or set SSL_CERT_FILE to the "       \
  "proxy's CA"
#define LOCAL                                                                  \
  "libcurl could not work: see what it said; check memory, open files and "    \
  "the libcurl that is installed"
#define UNREACHABLE                                                            \
  "Check the network, the firewall and HTTPS_PROXY: the host must be "         \
  "reachable on its port"

#define PROXY_REFUSES                                                          \
  "The proxy will not let this machine connect to the host: have it admit "    \
  "Microsoft's hosts, or exempt them with NO_PROXY"

/* clang-format off */
#define ROW(code, reason, remedy) \
  {0, code, NULL, ROW_ANY, OUTCOME_TRANSIENT, SCOPE_RECIPIENT, reason, remedy, false}

/* Names that are not here ("no answer") are those that can come while an
 * answer is awaited or read, and those of protocols that are never used. */
static const struct row transport[] = {
    ROW("COULDNT_RESOLVE_HOST", "host not found", "Check the name server, and the base URLs if you have set any"),
    ROW("COULDNT_RESOLVE_PROXY", "proxy not found", "Check HTTPS_PROXY and the name server"),
    ROW("COULDNT_CONNECT", "cannot connect", UNREACHABLE),
    ROW("QUIC_CONNECT_ERROR", "cannot connect", UNREACHABLE),
    ROW("INTERFACE_FAILED", "cannot connect", UNREACHABLE),
    {0, "RECV_ERROR", "tunnel failed, response 407", ROW_ANY, OUTCOME_MISCONFIGURED, SCOPE_RUN, "proxy refused", PROXY_ASKS, false},
    /* tinyproxy's answer to a wrong password */
    {0, "RECV_ERROR", "tunnel failed, response 401", ROW_ANY, OUTCOME_MISCONFIGURED, SCOPE_RUN, "proxy refused", PROXY_ASKS, false},
    {0, "RECV_ERROR", "407 from proxy", ROW_ANY, OUTCOME_MISCONFIGURED, SCOPE_RUN, "proxy refused", PROXY_ASKS, false},
    {0, "RECV_ERROR", "tunnel failed", ROW_ANY, OUTCOME_TRANSIENT, SCOPE_RECIPIENT, "proxy failed", PROXY_REFUSES, false},
    {0, "RECV_ERROR", "from proxy after CONNECT", ROW_ANY, OUTCOME_TRANSIENT, SCOPE_RECIPIENT, "proxy failed", PROXY_REFUSES, false},
    ROW("PROXY", "proxy failed", "Check HTTPS_PROXY and the proxy itself"),
    ROW("SSL_CONNECT_ERROR", "TLS failed", "Check that nothing between here and the host breaks TLS, and that it speaks TLS 1.2 or later"),
    ROW("SSL_CIPHER", "TLS failed", "Check the system's TLS policy: it shares no cipher with the host"),
    ROW("USE_SSL_FAILED", "TLS failed", "Check that nothing between here and the host breaks TLS"),
    ROW("PEER_FAILED_VERIFICATION", "certificate not trusted", TRUST),
    ROW("SSL_CACERT_BADFILE", "certificate not trusted", "SSL_CERT_FILE cannot be read: correct it, or unset it"),
    ROW("SSL_CRL_BADFILE", "certificate not trusted", TRUST),
    ROW("SSL_ISSUER_ERROR", "certificate not trusted", TRUST),
    ROW("SSL_INVALIDCERTSTATUS", "certificate not trusted", TRUST),
    ROW("SSL_PINNEDPUBKEYNOTMATCH", "certificate not trusted", TRUST),
    ROW("FILESIZE_EXCEEDED", "answer too large", "The answer is larger than any of Microsoft's: check the proxy and the base URLs"),
    ROW("UNSUPPORTED_PROTOCOL", "transport failed", LOCAL),
    ROW("FAILED_INIT", "transport failed", LOCAL),
    ROW("URL_MALFORMAT", "transport failed", LOCAL),
    ROW("NOT_BUILT_IN", "transport failed", LOCAL),
    ROW("OUT_OF_MEMORY", "transport failed", LOCAL),
    ROW("BAD_FUNCTION_ARGUMENT", "transport failed", LOCAL),
    ROW("UNKNOWN_OPTION", "transport failed", LOCAL),
    ROW("SSL_ENGINE_NOTFOUND", "transport failed", LOCAL),
    ROW("SSL_ENGINE_SETFAILED", "transport failed", LOCAL),
    ROW("SSL_ENGINE_INITFAILED", "transport failed", LOCAL),
    ROW("RECURSIVE_API_CALL", "transport failed", LOCAL),
};
/* clang-format on */

const struct rows rows_transport = ROWS(transport);
