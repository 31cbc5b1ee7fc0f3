#include "arrival.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

void arrival_free(struct arrival *a) {
  if (a->answer)
    MHD_destroy_response(a->answer);
  free(a->target);
  free(a->body);
  free(a);
}

struct arrival *arrival_new(const char *target) {
  struct arrival *a = calloc(1, sizeof(*a));
  if (!a)
    return NULL;
  a->target = strdup(target);
  if (!a->target) {
    arrival_free(a);
    return NULL;
  }
  char *query = strchr(a->target, '?');
  if (query)
    *query++ = '\0';
  a->view.path = a->target;
  a->view.path_length = strlen(a->target);
  a->view.query = query;
  return a;
}

static enum MHD_Result on_header(void *ctx, enum MHD_ValueKind kind,
                                 const char *name, size_t name_length,
                                 const char *value, size_t value_length) {
  struct server_request *view = ctx;
  (void)kind;
  if (view->header_count == SERVER_HEADERS_MAX) {
    view->header_count++; /* too many, which the caller sees */
    return MHD_NO;
  }
  struct server_header *h = &view->headers[view->header_count++];
  h->name = name;
  h->name_length = name_length;
  h->value = value ? value : "";
  h->value_length = value ? value_length : 0;
  return MHD_YES;
}

void arrival_read_headers(struct arrival *a) {
  MHD_get_connection_values_n(a->connection, MHD_HEADER_KIND, on_header,
                              &a->view);
}

static bool is_named(const struct server_header *h, const char *name) {
  return h->name_length == strlen(name) &&
         strncasecmp(h->name, name, h->name_length) == 0;
}

/* Whoever stands in front might go by another of them, and pass on as a body
 * what would be taken for a request here: RFC 9112, sections 6.3 and 11.2. */
bool arrival_is_ambiguous(const struct arrival *a) {
  unsigned count = 0;
  for (size_t i = 0; i < a->view.header_count; i++)
    count += is_named(&a->view.headers[i], MHD_HTTP_HEADER_CONTENT_LENGTH) ||
             is_named(&a->view.headers[i], MHD_HTTP_HEADER_TRANSFER_ENCODING);
  return count > 1;
}

static bool reserve(struct arrival *a, size_t needed) {
  size_t cap = a->body_cap ? a->body_cap : 4096;
  while (cap < needed)
    cap *= 2;
  if (cap == a->body_cap)
    return true;
  char *grown = realloc(a->body, cap);
  if (!grown)
    return false;
  a->body = grown;
  a->body_cap = cap;
  return true;
}

bool arrival_receive(struct arrival *a, const char *part, size_t length,
                     size_t most) {
  size_t total = a->view.body_length + length;
  if (total > most)
    a->too_large = true;
  if (total > 2 * most)
    return false;
  if (!a->too_large) {
    if (!reserve(a, total))
      return false;
    memcpy(a->body + a->view.body_length, part, length);
  }
  a->view.body_length = total;
  return true;
}
