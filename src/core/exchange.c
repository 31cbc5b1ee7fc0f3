#include "exchange.h"

#include "field.h"
#include "network.h"
#include "origin.h"
#include "token.h"
#include "verdict.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- what libcurl calls; nothing here leaves the exchange ---- */

/* A connection stands and the request is about to be written to it. */
static int on_connected(void *context, char *remote_ip, char *local_ip,
                        int remote_port, int local_port) {
  struct exchange *x = context;
  (void)remote_ip, (void)local_ip, (void)remote_port, (void)local_port;
  if (x->sent) {
    x->repeated = true;
    return CURL_PREREQFUNC_ABORT;
  }
  x->sent = true;
  return CURL_PREREQFUNC_OK;
}

/* An address was found, and nothing has gone there. */
static curl_socket_t on_address(void *context, curlsocktype purpose,
                                struct curl_sockaddr *found) {
  struct exchange *x = context;
  (void)purpose;
  if (network_is_private(&found->addr) &&
      (x->is_direct || !network_has_proxy())) {
    x->barred = true;
    return CURL_SOCKET_BAD;
  }
  return socket(found->family, found->socktype, found->protocol);
}

static size_t on_header(char *line, size_t size, size_t count, void *context) {
  struct exchange *x = context;
  size_t length = size * count;
  if (reply_header(&x->reply, line, length))
    return length;
  x->overrun = true;
  return 0;
}

static size_t on_body(char *piece, size_t size, size_t count, void *context) {
  struct exchange *x = context;
  size_t length = size * count;
  if (reply_body(&x->reply, piece, length))
    return length;
  x->overrun = true;
  return 0;
}

/* ---- options that never change ---- */

/* Setting an option fails only without memory, or with a libcurl that was built
 * without what we need; both are found here, when the handle is made. */
#define SET(option, value)                                                     \
  do {                                                                         \
    if (curl_easy_setopt(easy, CURLOPT_##option, value) != CURLE_OK)           \
      return false;                                                            \
  } while (0)

static bool set_policy(CURL *easy, const struct transport_options *options) {
  SET(PROTOCOLS_STR, "http,https");
  SET(FOLLOWLOCATION, 0L);
  SET(DISALLOW_USERNAME_IN_URL, 1L);
  SET(PATH_AS_IS, 1L);
  SET(NOSIGNAL, 1L);
  SET(SUPPRESS_CONNECT_HEADERS, 1L);
  /* Not every coding that libcurl has: one decoder is enough to trust, and
   * head lines are written letter by letter, some 100 instructions each. */
  SET(ACCEPT_ENCODING, "gzip");
  SET(USERAGENT, options->user_agent);
  SET(CONNECTTIMEOUT_MS, options->connect_timeout_ms);
  SET(MAXAGE_CONN, (long)TRANSPORT_IDLE_S);
  SET(HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
  return true;
}

static bool set_trust(CURL *easy, const struct transport_options *options) {
  SET(SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
  SET(SSL_VERIFYPEER, 1L);
  SET(SSL_VERIFYHOST, 2L);
  if (options->ca_file) {
    SET(CAINFO, options->ca_file);
    SET(PROXY_CAINFO, options->ca_file);
  }
  if (options->ca_dir) {
    SET(CAPATH, options->ca_dir);
    SET(PROXY_CAPATH, options->ca_dir);
  }
  return true;
}

static bool set_callbacks(CURL *easy, struct exchange *x) {
  SET(PRIVATE, x);
  SET(ERRORBUFFER, x->message);
  SET(PREREQFUNCTION, on_connected);
  SET(PREREQDATA, x);
  SET(OPENSOCKETDATA, x);
  SET(HEADERFUNCTION, on_header);
  SET(HEADERDATA, x);
  SET(WRITEFUNCTION, on_body);
  SET(WRITEDATA, x);
  SET(HTTPHEADER, x->lines);
  return true;
}

struct exchange *exchange_new(const struct transport_options *options) {
  static char no_expect[] = "Expect:"; /* a line without value removes it */
  struct exchange *x = calloc(1, sizeof(*x));
  if (!x)
    return NULL;
  buffer_init(&x->body, TRANSPORT_BODY_BYTES);
  reply_init(&x->reply, options->max_body_bytes);
  x->lines[0].data = no_expect;
  x->line_count = 1;
  x->easy = curl_easy_init();
  if (x->easy && set_policy(x->easy, options) && set_trust(x->easy, options) &&
      set_callbacks(x->easy, x))
    return x;
  exchange_free(x);
  return NULL;
}

void exchange_free(struct exchange *x) {
  if (!x)
    return;
  curl_easy_cleanup(x->easy);
  wipe_bytes(x->head, x->head_bytes);
  buffer_clear(&x->body);
  reply_clear(&x->reply);
  free(x);
}

/* ---- the request ---- */

static size_t head_room(const struct exchange *x) {
  return sizeof(x->head) - x->head_bytes;
}

static void add_text(struct exchange *x, const char *text, size_t length) {
  if (length)
    memcpy(x->head + x->head_bytes, text, length);
  x->head_bytes += length;
}

/* Makes the text at `line`, which is terminated, the next header line. */
static void append_line(struct exchange *x, char *line) {
  struct curl_slist *last = &x->lines[x->line_count - 1];
  last->next = &x->lines[x->line_count++];
  last->next->data = line;
  last->next->next = NULL;
}

static enum transport_status add_header(struct exchange *x,
                                        const struct transport_field *field) {
  if (!field_is_name(field->name, field->name_length) ||
      !field_is_value(field->value, field->value_length))
    return TRANSPORT_REQUEST_REFUSED;
  size_t longest = sizeof(x->head); /* keeps the sum from wrapping around */
  if (field->name_length > longest || field->value_length > longest ||
      field->name_length + field->value_length + sizeof(": ") > head_room(x))
    return TRANSPORT_TOO_LARGE;
  char *line = x->head + x->head_bytes;
  add_text(x, field->name, field->name_length);
  if (field->value_length) {
    add_text(x, ": ", 2);
    add_text(x, field->value, field->value_length);
  } else {
    add_text(x, ";", 1); /* libcurl's way to write an empty value */
  }
  add_text(x, "", 1);
  append_line(x, line);
  return TRANSPORT_OK;
}

static enum transport_status
add_token(struct exchange *x, const struct token *from, const char *url) {
  char *line = x->head + x->head_bytes;
  switch (token_header(from, url, line, head_room(x))) {
  case TOKEN_HEADER_OK:
    break;
  case TOKEN_HEADER_MISSING:
    return TRANSPORT_TOKEN_MISSING;
  case TOKEN_HEADER_REFUSED_ORIGIN:
    return TRANSPORT_TOKEN_REFUSED_ORIGIN;
  default:
    return TRANSPORT_TOO_LARGE;
  }
  x->head_bytes += strlen(line) + 1;
  append_line(x, line);
  return TRANSPORT_OK;
}

static enum transport_status
load_head(struct exchange *x, const struct transport_request *request) {
  static char no_type[] = "Content-Type:"; /* libcurl would add its own */
  bool is_typed = false;
  for (size_t i = 0; i < request->header_count; i++) {
    const struct transport_field *field = &request->headers[i];
    enum transport_status status = add_header(x, field);
    if (status != TRANSPORT_OK)
      return status;
    is_typed |= field->name_length == strlen("content-type") &&
                !strncasecmp(field->name, "content-type", field->name_length);
  }
  if (!is_typed && request->body)
    append_line(x, no_type);
  return request->token ? add_token(x, request->token, request->url)
                        : TRANSPORT_OK;
}

static bool set_method(CURL *easy, const char *method, bool has_body) {
  bool is_post = !strcmp(method, "POST");
  bool is_head = !strcmp(method, "HEAD");
  SET(NOBODY, (long)is_head); /* else it would wait for a body */
  if (is_post || has_body)
    SET(POST, 1L);
  else if (!is_head)
    SET(HTTPGET, 1L);
  bool is_usual = is_post || is_head || (!strcmp(method, "GET") && !has_body);
  SET(CUSTOMREQUEST, is_usual ? NULL : method);
  return true;
}

/* HTTP/2 is offered where TLS can agree on it, and then a second request waits
 * to learn whether it may share the first one's connection. */
static bool set_version(CURL *easy, bool is_http2) {
  SET(HTTP_VERSION,
      (long)(is_http2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1));
  SET(PIPEWAIT, (long)is_http2);
  return true;
}

static bool load_body(struct exchange *x,
                      const struct transport_request *request) {
  CURL *easy = x->easy;
  buffer_append(&x->body, request->body, request->body_length);
  if (buffer_status(&x->body) != BUFFER_OK)
    return false;
  SET(POSTFIELDS, request->body_length ? x->body.data : "");
  SET(POSTFIELDSIZE_LARGE, (curl_off_t)request->body_length);
  return true;
}

/* Neither this machine nor the instance metadata service of a virtual machine
 * can be reached through a proxy. */
static bool is_local(const struct origin *origin) {
  return origin_is_loopback(origin) || !strcmp(origin->host, "169.254.169.254");
}

static bool load_options(struct exchange *x,
                         const struct transport_request *request,
                         const struct origin *origin, long timeout_ms) {
  CURL *easy = x->easy;
  bool has_body = request->body != NULL;
  SET(URL, request->url);
  if (has_body || !strcmp(request->method, "POST")) {
    if (!load_body(x, request))
      return false;
  }
  if (has_body != x->has_body || strcmp(x->method, request->method)) {
    if (!set_method(easy, request->method, has_body))
      return false;
    memcpy(x->method, request->method, strlen(request->method) + 1);
    x->has_body = has_body;
  }
  bool is_http2 = origin->secure && !request->once;
  if (is_http2 != x->is_http2 && !set_version(easy, is_http2))
    return false;
  x->is_http2 = is_http2;
  bool is_direct = request->direct || is_local(origin);
  if (is_direct != x->is_direct) /* "" is none, NULL what the variables say */
    SET(PROXY, is_direct ? "" : NULL);
  x->is_direct = is_direct;
  if (request->outside != x->is_outside)
    SET(OPENSOCKETFUNCTION, request->outside ? on_address : NULL);
  x->is_outside = request->outside;
  if (timeout_ms != x->timeout_ms)
    SET(TIMEOUT_MS, timeout_ms);
  x->timeout_ms = timeout_ms;
  return true;
}

enum transport_status exchange_load(struct exchange *x,
                                    const struct transport_request *request,
                                    long timeout_ms) {
  size_t method_length = strlen(request->method);
  if (!method_length || method_length >= sizeof(x->method) ||
      strspn(request->method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != method_length)
    return TRANSPORT_REQUEST_REFUSED;
  struct origin origin;
  if (!origin_parse(request->url, request->url_length, &origin, NULL))
    return TRANSPORT_URL_REFUSED;
  if (request->header_count > TRANSPORT_HEADERS_MAX ||
      request->body_length > TRANSPORT_BODY_BYTES)
    return TRANSPORT_TOO_LARGE;
  enum transport_status status = load_head(x, request);
  if (status != TRANSPORT_OK)
    return status;
  return load_options(x, request, &origin, timeout_ms) ? TRANSPORT_OK
                                                       : TRANSPORT_NOMEM;
}

/* ---- what became of it ---- */

/* Whether libcurl began to send the request again: it was stopped when the next
 * connection stood, or found none. */
static bool was_repeated(const struct exchange *x) {
  switch (x->code) {
  case CURLE_COULDNT_RESOLVE_PROXY:
  case CURLE_COULDNT_RESOLVE_HOST:
  case CURLE_COULDNT_CONNECT:
  case CURLE_SSL_CONNECT_ERROR:
  case CURLE_PEER_FAILED_VERIFICATION:
  case CURLE_PROXY:
  case CURLE_NO_CONNECTION_AVAILABLE:
    return x->sent;
  default:
    return x->repeated;
  }
}

/* Says what really happened where libcurl names the last thing that went wrong,
 * such as that a call-back said no. */
static void report_failure(const struct exchange *x,
                           struct transport_response *out) {
  out->error = verdict_name(x->code);
  out->message = x->message[0] ? x->message : curl_easy_strerror(x->code);
  if (was_repeated(x)) {
    out->error = verdict_name(CURLE_GOT_NOTHING);
    out->message = "the connection ended before an answer came";
  } else if (x->overrun) {
    out->error = verdict_name(CURLE_FILESIZE_EXCEEDED);
    out->message = "the answer is larger than the transport takes";
  } else if (x->barred && x->code == CURLE_COULDNT_CONNECT) {
    out->message = "its address is in a private network";
  } else if (x->code == CURLE_OK) {
    out->error = verdict_name(CURLE_PARTIAL_FILE);
    out->message = "the answer ended in its head";
  } else if (x->sent && x->code == CURLE_UNSUPPORTED_PROTOCOL) {
    out->error = verdict_name(CURLE_WEIRD_SERVER_REPLY);
    out->message = "the answer is not HTTP";
  }
}

/* A final head came whole.  libcurl is content with one that was cut. */
static bool is_answered(const struct exchange *x) {
  return x->reply.status >= 200 && x->reply.head_ended;
}

static double milliseconds(CURL *easy, CURLINFO what) {
  curl_off_t microseconds = 0;
  curl_easy_getinfo(easy, what, &microseconds);
  return (double)microseconds / 1000.0;
}

/* Whether a proxy has answered to CONNECT. */
static bool is_proxied(CURL *easy) {
  long status = 0;
  return !curl_easy_getinfo(easy, CURLINFO_HTTP_CONNECTCODE, &status) && status;
}

void exchange_report(const struct exchange *x, struct transport_response *out) {
  *out = (struct transport_response){
      .ticket = x->ticket,
      .sent = x->sent,
      .status = is_answered(x) ? x->reply.status : 0,
      .body = x->reply.body.data,
      .body_length = x->reply.body.length,
      .fields = x->reply.fields, /* of no meaning without a status */
      .field_count = x->reply.field_count,
      .total_ms = milliseconds(x->easy, CURLINFO_TOTAL_TIME_T),
      .pretransfer_ms = milliseconds(x->easy, CURLINFO_PRETRANSFER_TIME_T),
      .barred = x->barred && x->code == CURLE_COULDNT_CONNECT,
      .proxied = is_proxied(x->easy),
  };
  if (x->code != CURLE_OK || !is_answered(x))
    report_failure(x, out);
}

void exchange_unload(struct exchange *x) {
  wipe_bytes(x->head, x->head_bytes);
  x->head_bytes = 0;
  reply_wipe(&x->body);
  reply_reset(&x->reply);
  x->lines[0].next = NULL;
  x->line_count = 1;
  x->ticket = 0;
  x->sent = x->repeated = x->barred = x->overrun = false;
  x->code = CURLE_OK;
  x->message[0] = '\0';
}
