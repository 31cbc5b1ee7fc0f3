#include "graph_url.h"

#define CATALOG "/appCatalogs/teamsApps"
#define ZIP "application/zip"

enum request_status graph_catalog(struct request *r, const cloud *c,
                                  const char *key, struct slice app) {
  graph_begin(r, c, OPERATION_CATALOG, "GET", CATALOG);
  if (!app.length)
    return REQUEST_ID_REFUSED;
  graph_equals(r, key, app);
  buffer_append_text(&r->url, "&$expand=appDefinitions($expand=bot)");
  return request_finish(r);
}

/* Ends the request with a package as its body. */
static enum request_status finish_package(struct request *r,
                                          bool requires_review) {
  if (requires_review)
    graph_query(r, "requiresReview", (struct slice){"true", 4});
  r->content_type = ZIP;
  return request_finish(r);
}

enum request_status graph_publish(struct request *r, const cloud *c,
                                  bool requires_review) {
  graph_begin(r, c, OPERATION_PUBLISH, "POST", CATALOG);
  return finish_package(r, requires_review);
}

enum request_status graph_update_app(struct request *r, const cloud *c,
                                     struct slice catalog_id,
                                     bool requires_review) {
  enum request_status status =
      graph_begin_id(r, c, OPERATION_UPDATE_APP, "POST", CATALOG "/",
                     catalog_id, "/appDefinitions");
  return status == REQUEST_OK ? finish_package(r, requires_review) : status;
}

/* Starts a request to one definition of an app. */
static enum request_status begin_definition(struct request *r, const cloud *c,
                                            enum operation operation,
                                            const char *method,
                                            struct slice catalog_id,
                                            struct slice definition) {
  enum request_status status = graph_begin_id(
      r, c, operation, method, CATALOG "/", catalog_id, "/appDefinitions/");
  return status == REQUEST_OK ? request_append_id(r, definition) : status;
}

enum request_status graph_review(struct request *r, const cloud *c,
                                 struct slice catalog_id,
                                 struct slice definition, struct slice etag,
                                 const char *state) {
  enum request_status status =
      begin_definition(r, c, OPERATION_REVIEW, "PATCH", catalog_id, definition);
  r->content_type = GRAPH_JSON;
  r->header = "If-Match";
  r->value = etag;
  buffer_append_text(&r->body, "{\"publishingState\":\"");
  buffer_append_text(&r->body, state);
  buffer_append_text(&r->body, "\"}");
  return status == REQUEST_OK ? request_finish(r) : status;
}

enum request_status graph_unpublish(struct request *r, const cloud *c,
                                    struct slice catalog_id,
                                    struct slice definition) {
  enum request_status status =
      definition.text ? begin_definition(r, c, OPERATION_UNPUBLISH, "DELETE",
                                         catalog_id, definition)
                      : graph_begin_id(r, c, OPERATION_UNPUBLISH, "DELETE",
                                       CATALOG "/", catalog_id, "");
  return status == REQUEST_OK ? request_finish(r) : status;
}
