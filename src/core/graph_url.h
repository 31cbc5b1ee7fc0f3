/* graph_url.h - what requests to Graph are put together from.
 *
 * For src/core/graph_*.c alone.  Everything appends to the request; what does
 * not fit shows in request_finish(). */
#ifndef CRIER_GRAPH_URL_H
#define CRIER_GRAPH_URL_H

#include "graph.h"

#define GRAPH_JSON "application/json; charset=utf-8"

/* Starts a request to `path` below {graph}/v1.0. */
void graph_begin(struct request *r, const cloud *c, enum operation operation,
                 const char *method, const char *path);

/* Starts a request to `path`, `id`, `rest`. */
enum request_status graph_begin_id(struct request *r, const cloud *c,
                                   enum operation operation, const char *method,
                                   const char *path, struct slice id,
                                   const char *rest);

/* Appends `?name=value` or `&name=value`, the value percent-encoded; nothing
 * when there is no value. */
void graph_query(struct request *r, const char *name, struct slice value);

/* Appends what a listing may ask for. */
void graph_listing(struct request *r, const struct graph_listing *listing);

/* Appends `$filter=key eq 'value'`; a quote in an OData literal is doubled. */
void graph_equals(struct request *r, const char *key, struct slice value);

/* As graph_equals(), with text behind the literal. */
void graph_equals_in(struct request *r, const char *key, struct slice value,
                     const char *rest);

/* Appends an array of strings to the body. */
void graph_append_texts(struct request *r, const struct slice *texts,
                        size_t count);

#endif
