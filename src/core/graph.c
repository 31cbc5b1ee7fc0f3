#include "graph.h"

#include <stdio.h>
#include <string.h>

#define JSON_TYPE "application/json; charset=utf-8"

static void begin(struct request *r, const cloud *c, enum operation operation,
                  const char *method, const char *path) {
  request_begin(r, operation, method);
  buffer_append_text(&r->url, cloud_peek(c)->graph);
  buffer_append_text(&r->url, "/v1.0");
  buffer_append_text(&r->url, path);
}

/* Appends `?name=value` or `&name=value`; the name is used as it is. */
static void append_query(struct request *r, const char *name,
                         struct slice value) {
  bool is_first = !memchr(r->url.data, '?', r->url.length);
  buffer_append_text(&r->url, is_first ? "?" : "&");
  buffer_append_text(&r->url, name);
  buffer_append_text(&r->url, "=");
  buffer_append_percent(&r->url, value.text, value.length);
}

/* Appends `?$filter=key eq 'value'`; a quote in an OData literal is doubled. */
static void append_equals(struct request *r, const char *key,
                          struct slice value) {
  bool is_first = !memchr(r->url.data, '?', r->url.length);
  buffer_append_text(&r->url, is_first ? "?$filter=" : "&$filter=");
  buffer_append_percent(&r->url, key, strlen(key));
  buffer_append_text(&r->url, "%20eq%20%27");
  for (size_t i = 0; i < value.length; i++) {
    if (value.text[i] == '\'')
      buffer_append_text(&r->url, "%27%27");
    else
      buffer_append_percent(&r->url, value.text + i, 1);
  }
  buffer_append_text(&r->url, "%27");
}

enum request_status graph_users(struct request *r, const cloud *c,
                                struct slice select, struct slice filter,
                                int top, bool advanced) {
  char number[16];
  int digits = snprintf(number, sizeof(number), "%d", top);
  begin(r, c, OPERATION_USERS, "GET", "/users");
  if (select.text)
    append_query(r, "$select", select);
  if (filter.text)
    append_query(r, "$filter", filter);
  if (advanced)
    append_query(r, "$count", (struct slice){"true", 4});
  append_query(r, "$top", (struct slice){number, (size_t)digits});
  r->eventual = advanced;
  return request_finish(r);
}

enum request_status graph_user(struct request *r, const cloud *c,
                               struct slice user, struct slice select) {
  begin(r, c, OPERATION_USER, "GET", "/users/");
  enum request_status status = request_append_id(r, user);
  if (status != REQUEST_OK)
    return status;
  if (select.text)
    append_query(r, "$select", select);
  return request_finish(r);
}

enum request_status graph_next(struct request *r, const cloud *c,
                               struct slice url, bool advanced) {
  if (!cloud_allows(c, SERVICE_GRAPH, url.text, url.length))
    return REQUEST_URL_REFUSED;
  request_begin(r, OPERATION_USERS, "GET");
  buffer_append(&r->url, url.text, url.length);
  r->eventual = advanced;
  return request_finish(r);
}

enum request_status graph_catalog(struct request *r, const cloud *c,
                                  const char *key, struct slice app) {
  begin(r, c, OPERATION_CATALOG, "GET", "/appCatalogs/teamsApps");
  if (!app.length)
    return REQUEST_ID_REFUSED;
  append_equals(r, key, app);
  buffer_append_text(&r->url, "&$expand=appDefinitions");
  return request_finish(r);
}

static enum request_status begin_installed(struct request *r, const cloud *c,
                                           enum operation operation,
                                           const char *method,
                                           struct slice user) {
  begin(r, c, operation, method, "/users/");
  enum request_status status = request_append_id(r, user);
  buffer_append_text(&r->url, "/teamwork/installedApps");
  return status;
}

enum request_status graph_installation(struct request *r, const cloud *c,
                                       struct slice user,
                                       struct slice catalog_id) {
  enum request_status status =
      begin_installed(r, c, OPERATION_INSTALLATION, "GET", user);
  if (status != REQUEST_OK || !catalog_id.length)
    return REQUEST_ID_REFUSED;
  buffer_append_text(&r->url, "?$expand=teamsApp,teamsAppDefinition");
  append_equals(r, "teamsApp/id", catalog_id);
  return request_finish(r);
}

/* The host of the bound address is the host that is called, in every cloud. */
static void append_bind(struct request *r, const cloud *c,
                        struct slice catalog_id) {
  static const char path[] = "/v1.0/appCatalogs/teamsApps/";
  buffer_append_text(&r->body, "{\"teamsApp@odata.bind\":\"");
  buffer_append_text(&r->body, cloud_peek(c)->graph); /* holds no quote */
  buffer_append_text(&r->body, path);
  buffer_append_percent(&r->body, catalog_id.text, catalog_id.length);
  buffer_append_text(&r->body, "\"}");
}

enum request_status graph_install(struct request *r, const cloud *c,
                                  struct slice user, struct slice catalog_id) {
  enum request_status status =
      begin_installed(r, c, OPERATION_INSTALL, "POST", user);
  if (status != REQUEST_OK || !catalog_id.length)
    return REQUEST_ID_REFUSED;
  r->content_type = JSON_TYPE;
  append_bind(r, c, catalog_id);
  return request_finish(r);
}
