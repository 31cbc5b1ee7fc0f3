#include "connector.h"

#include <string.h>

#define JSON_TYPE "application/json; charset=utf-8"

/* Starts a POST to `service_url` + `path`, joined by exactly one slash. */
static enum request_status begin(struct request *r, const cloud *c,
                                 enum operation operation,
                                 struct slice service_url, const char *path) {
  request_begin(r, operation, "POST");
  r->content_type = JSON_TYPE;
  if (!service_url.text) {
    buffer_append_text(&r->url, cloud_peek(c)->connector);
  } else {
    if (!cloud_allows(c, SERVICE_CONNECTOR, service_url.text,
                      service_url.length) ||
        memchr(service_url.text, '?', service_url.length) ||
        memchr(service_url.text, '#', service_url.length))
      return REQUEST_URL_REFUSED;
    size_t length = service_url.length;
    while (service_url.text[length - 1] == '/')
      length--;
    buffer_append(&r->url, service_url.text, length);
    buffer_append_text(&r->url, "/");
  }
  buffer_append_text(&r->url, path);
  return REQUEST_OK;
}

static void append_json(buffer *body, struct slice text) {
  buffer_append_json(body, text.text, text.length);
}

/* The body that "Send proactive messages" shows, in its order. */
static void append_parameters(buffer *body,
                              const struct connector_sender *sender,
                              struct slice user) {
  buffer_append_text(body, "{\"bot\":{\"id\":");
  append_json(body, sender->bot);
  buffer_append_text(body, "},\"members\":[{\"id\":");
  append_json(body, user);
  buffer_append_text(body, "}],\"channelData\":{\"tenant\":{\"id\":");
  append_json(body, sender->tenant);
  buffer_append_text(body, "}},\"tenantId\":");
  append_json(body, sender->tenant);
  buffer_append_text(body, ",\"isGroup\":false}");
}

enum request_status connector_create(struct request *r,
                                     const struct connector_sender *sender,
                                     struct slice user,
                                     struct slice service_url) {
  enum request_status status = begin(r, sender->cloud, OPERATION_CREATE,
                                     service_url, "v3/conversations");
  if (status != REQUEST_OK)
    return status;
  if (!user.length)
    return REQUEST_ID_REFUSED;
  append_parameters(&r->body, sender, user);
  return request_finish(r);
}

enum request_status connector_send(struct request *r,
                                   const struct connector_sender *sender,
                                   struct slice conversation,
                                   struct slice service_url) {
  enum request_status status =
      begin(r, sender->cloud, OPERATION_SEND, service_url, "v3/conversations/");
  if (status != REQUEST_OK)
    return status;
  status = request_append_id(r, conversation);
  if (status != REQUEST_OK)
    return status;
  buffer_append_text(&r->url, "/activities");
  return request_finish(r);
}
