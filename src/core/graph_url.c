#include "graph_url.h"

#include <stdio.h>
#include <string.h>

void graph_begin(struct request *r, const cloud *c, enum operation operation,
                 const char *method, const char *path) {
  request_begin(r, operation, method);
  buffer_append_text(&r->url, cloud_peek(c)->graph);
  buffer_append_text(&r->url, "/v1.0");
  buffer_append_text(&r->url, path);
}

enum request_status graph_begin_id(struct request *r, const cloud *c,
                                   enum operation operation, const char *method,
                                   const char *path, struct slice id,
                                   const char *rest) {
  graph_begin(r, c, operation, method, path);
  enum request_status status = request_append_id(r, id);
  buffer_append_text(&r->url, rest);
  return status;
}

static void append_name(struct request *r, const char *name) {
  bool is_first = !r->url.data || !memchr(r->url.data, '?', r->url.length);
  buffer_append_text(&r->url, is_first ? "?" : "&");
  buffer_append_text(&r->url, name);
  buffer_append_text(&r->url, "=");
}

void graph_query(struct request *r, const char *name, struct slice value) {
  if (!value.text)
    return;
  append_name(r, name);
  buffer_append_percent(&r->url, value.text, value.length);
}

void graph_listing(struct request *r, const struct graph_listing *listing) {
  char number[16];
  graph_query(r, "$select", listing->select);
  graph_query(r, "$filter", listing->filter);
  if (listing->advanced)
    graph_query(r, "$count", (struct slice){"true", 4});
  if (listing->top) {
    int digits = snprintf(number, sizeof(number), "%d", listing->top);
    graph_query(r, "$top", (struct slice){number, (size_t)digits});
  }
  r->eventual = listing->advanced;
}

void graph_equals_in(struct request *r, const char *key, struct slice value,
                     const char *rest) {
  append_name(r, "$filter");
  buffer_append_percent(&r->url, key, strlen(key));
  buffer_append_text(&r->url, "%20eq%20%27");
  for (size_t i = 0; i < value.length; i++) {
    if (value.text[i] == '\'')
      buffer_append_text(&r->url, "%27%27");
    else
      buffer_append_percent(&r->url, value.text + i, 1);
  }
  buffer_append_text(&r->url, "%27");
  buffer_append_percent(&r->url, rest, strlen(rest));
}

void graph_equals(struct request *r, const char *key, struct slice value) {
  graph_equals_in(r, key, value, "");
}

void graph_append_texts(struct request *r, const struct slice *texts,
                        size_t count) {
  buffer_append_text(&r->body, "[");
  for (size_t i = 0; i < count; i++) {
    if (i)
      buffer_append_text(&r->body, ",");
    buffer_append_json(&r->body, texts[i].text, texts[i].length);
  }
  buffer_append_text(&r->body, "]");
}
