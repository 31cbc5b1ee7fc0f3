#include "graph_url.h"

/* Starts a request to the apps of a place. */
static enum request_status begin_apps(struct request *r, const cloud *c,
                                      enum operation operation,
                                      const char *method,
                                      struct graph_place place) {
  static const struct {
    const char *path, *rest;
  } paths[] = {
      [GRAPH_USER] = {"/users/", "/teamwork/installedApps"},
      [GRAPH_TEAM] = {"/teams/", "/installedApps"},
      [GRAPH_CHAT] = {"/chats/", "/installedApps"},
  };
  return graph_begin_id(r, c, operation, method, paths[place.scope].path,
                        place.id, paths[place.scope].rest);
}

/* Starts a request to one installation: an opaque id, whose `=` must be
 * percent-encoded. */
static enum request_status
begin_installation(struct request *r, const cloud *c, enum operation operation,
                   const char *method, struct graph_place place,
                   struct slice installation, const char *rest) {
  enum request_status status = begin_apps(r, c, operation, method, place);
  if (status != REQUEST_OK)
    return status;
  buffer_append_text(&r->url, "/");
  status = request_append_id(r, installation);
  buffer_append_text(&r->url, rest);
  return status;
}

enum request_status graph_installation(struct request *r, const cloud *c,
                                       struct graph_place place,
                                       struct slice catalog_id) {
  enum request_status status =
      begin_apps(r, c, OPERATION_INSTALLATION, "GET", place);
  if (status != REQUEST_OK || !catalog_id.length)
    return REQUEST_ID_REFUSED;
  buffer_append_text(&r->url, "?$expand=teamsApp,teamsAppDefinition");
  graph_equals(r, "teamsApp/id", catalog_id);
  return request_finish(r);
}

static void append_text(struct request *r, struct slice text) {
  buffer_append_json(&r->body, text.text, text.length);
}

static void append_consent(struct request *r, struct graph_consent consent) {
  buffer_append_text(&r->body, "\"consentedPermissionSet\":"
                               "{\"resourceSpecificPermissions\":[");
  for (size_t i = 0; i < consent.count; i++) {
    buffer_append_text(&r->body, i ? "," : "");
    buffer_append_text(&r->body, "{\"permissionValue\":");
    append_text(r, consent.permissions[i].value);
    buffer_append_text(&r->body, ",\"permissionType\":");
    append_text(r, consent.permissions[i].type);
    buffer_append_text(&r->body, "}");
  }
  buffer_append_text(&r->body, "]}");
}

/* The host of the bound address is the host that is called, in every cloud. */
static void append_bind(struct request *r, const cloud *c,
                        struct slice catalog_id) {
  static const char path[] = "/v1.0/appCatalogs/teamsApps/";
  buffer_append_text(&r->body, "\"teamsApp@odata.bind\":\"");
  buffer_append_text(&r->body, cloud_peek(c)->graph); /* holds no quote */
  buffer_append_text(&r->body, path);
  buffer_append_percent(&r->body, catalog_id.text, catalog_id.length);
  buffer_append_text(&r->body, "\"");
}

enum request_status graph_install(struct request *r, const cloud *c,
                                  struct graph_place place,
                                  struct slice catalog_id,
                                  struct graph_consent consent) {
  enum request_status status =
      begin_apps(r, c, OPERATION_INSTALL, "POST", place);
  if (status != REQUEST_OK || !catalog_id.length)
    return REQUEST_ID_REFUSED;
  r->content_type = GRAPH_JSON;
  buffer_append_text(&r->body, "{");
  append_bind(r, c, catalog_id);
  if (consent.count) {
    buffer_append_text(&r->body, ",");
    append_consent(r, consent);
  }
  buffer_append_text(&r->body, "}");
  return request_finish(r);
}

enum request_status graph_upgrade(struct request *r, const cloud *c,
                                  struct graph_place place,
                                  struct slice installation,
                                  struct graph_consent consent) {
  enum request_status status = begin_installation(
      r, c, OPERATION_UPGRADE, "POST", place, installation, "/upgrade");
  if (status != REQUEST_OK)
    return status;
  if (consent.count) {
    r->content_type = GRAPH_JSON;
    buffer_append_text(&r->body, "{");
    append_consent(r, consent);
    buffer_append_text(&r->body, "}");
  }
  return request_finish(r);
}

enum request_status graph_uninstall(struct request *r, const cloud *c,
                                    struct graph_place place,
                                    struct slice installation) {
  enum request_status status = begin_installation(
      r, c, OPERATION_UNINSTALL, "DELETE", place, installation, "");
  return status == REQUEST_OK ? request_finish(r) : status;
}

enum request_status graph_chat(struct request *r, const cloud *c,
                               struct slice user, struct slice installation) {
  struct graph_place place = {GRAPH_USER, user};
  enum request_status status = begin_installation(r, c, OPERATION_CHAT, "GET",
                                                  place, installation, "/chat");
  return status == REQUEST_OK ? request_finish(r) : status;
}

enum request_status graph_find_chat(struct request *r, const cloud *c,
                                    struct slice user,
                                    struct slice catalog_id) {
  enum request_status status = graph_begin_id(r, c, OPERATION_FIND_CHAT, "GET",
                                              "/users/", user, "/chats");
  if (status != REQUEST_OK || !catalog_id.length)
    return REQUEST_ID_REFUSED;
  graph_equals_in(r, "installedApps/any(a:a/teamsApp/id", catalog_id, ")");
  return request_finish(r);
}
