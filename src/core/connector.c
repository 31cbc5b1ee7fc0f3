#include "connector.h"

#include <stdio.h>
#include <string.h>

#define JSON_TYPE "application/json; charset=utf-8"

enum request_status
connector_begin(struct request *r, const struct connector_sender *sender,
                enum operation operation, const char *method,
                struct slice service_url, const char *path) {
  bool has_body = method[0] == 'P'; /* POST and PUT */
  request_begin(r, operation, method);
  r->content_type = has_body ? JSON_TYPE : NULL;
  if (!service_url.text) {
    buffer_append_text(&r->url, cloud_peek(sender->cloud)->connector);
  } else {
    if (!cloud_allows(sender->cloud, SERVICE_CONNECTOR, service_url.text,
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

static void append_slice(buffer *body, struct slice text) {
  buffer_append(body, text.text, text.length);
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
  enum request_status status = connector_begin(
      r, sender, OPERATION_CREATE, "POST", service_url, "v3/conversations");
  if (status != REQUEST_OK)
    return status;
  if (!user.length)
    return REQUEST_ID_REFUSED;
  append_parameters(&r->body, sender, user);
  return request_finish(r);
}

enum request_status connector_post(struct request *r,
                                   const struct connector_sender *sender,
                                   struct slice channel, struct slice activity,
                                   struct slice service_url) {
  enum request_status status = connector_begin(
      r, sender, OPERATION_POST, "POST", service_url, "v3/conversations");
  if (status != REQUEST_OK)
    return status;
  if (!channel.length)
    return REQUEST_ID_REFUSED;
  buffer_append_text(&r->body, "{\"isGroup\":true,\"bot\":{\"id\":");
  append_json(&r->body, sender->bot);
  buffer_append_text(&r->body, "},\"tenantId\":");
  append_json(&r->body, sender->tenant);
  buffer_append_text(&r->body, ",\"channelData\":{\"channel\":{\"id\":");
  append_json(&r->body, channel);
  buffer_append_text(&r->body, "},\"tenant\":{\"id\":");
  append_json(&r->body, sender->tenant);
  buffer_append_text(&r->body, "}},\"activity\":");
  append_slice(&r->body, activity);
  buffer_append_text(&r->body, "}");
  return request_finish(r);
}

/* One step of the path: an id and what follows it. */
static enum request_status step(struct request *r, struct slice id,
                                const char *tail) {
  enum request_status status = request_append_id(r, id);
  buffer_append_text(&r->url, tail);
  return status == REQUEST_OK ? request_finish(r) : status;
}

static enum request_status
in_conversation(struct request *r, const struct connector_sender *sender,
                enum operation operation, const char *method,
                struct slice conversation, struct slice service_url,
                const char *tail) {
  enum request_status status = connector_begin(
      r, sender, operation, method, service_url, "v3/conversations/");
  return status == REQUEST_OK ? step(r, conversation, tail) : status;
}

enum request_status connector_send(struct request *r,
                                   const struct connector_sender *sender,
                                   struct slice conversation,
                                   struct slice service_url) {
  return in_conversation(r, sender, OPERATION_SEND, "POST", conversation,
                         service_url, "/activities");
}

enum request_status connector_typing(struct request *r,
                                     const struct connector_sender *sender,
                                     struct slice conversation,
                                     struct slice service_url) {
  enum request_status status =
      in_conversation(r, sender, OPERATION_TYPING, "POST", conversation,
                      service_url, "/activities");
  if (status != REQUEST_OK)
    return status;
  buffer_append_text(&r->body, "{\"type\":\"typing\"}");
  return request_finish(r);
}

static enum request_status
on_message(struct request *r, const struct connector_sender *sender,
           enum operation operation, const char *method,
           struct slice conversation, struct slice message,
           struct slice service_url) {
  enum request_status status = in_conversation(
      r, sender, operation, method, conversation, service_url, "/activities/");
  return status == REQUEST_OK ? step(r, message, "") : status;
}

enum request_status connector_reply(struct request *r,
                                    const struct connector_sender *sender,
                                    struct slice conversation,
                                    struct slice message,
                                    struct slice service_url) {
  return on_message(r, sender, OPERATION_REPLY, "POST", conversation, message,
                    service_url);
}

enum request_status connector_update(struct request *r,
                                     const struct connector_sender *sender,
                                     struct slice conversation,
                                     struct slice message,
                                     struct slice service_url) {
  return on_message(r, sender, OPERATION_UPDATE, "PUT", conversation, message,
                    service_url);
}

enum request_status connector_delete(struct request *r,
                                     const struct connector_sender *sender,
                                     struct slice conversation,
                                     struct slice message,
                                     struct slice service_url) {
  return on_message(r, sender, OPERATION_DELETE, "DELETE", conversation,
                    message, service_url);
}

enum request_status connector_members(struct request *r,
                                      const struct connector_sender *sender,
                                      struct slice conversation, int page_size,
                                      struct slice continuation,
                                      struct slice service_url) {
  char query[32] = "";
  enum request_status status =
      in_conversation(r, sender, OPERATION_MEMBERS, "GET", conversation,
                      service_url, "/pagedmembers");
  if (status != REQUEST_OK)
    return status;
  if (page_size)
    snprintf(query, sizeof(query), "?pageSize=%d", page_size);
  buffer_append_text(&r->url, query);
  if (continuation.text) {
    buffer_append_text(&r->url, page_size ? "&" : "?");
    buffer_append_text(&r->url, "continuationToken=");
    buffer_append_percent(&r->url, continuation.text, continuation.length);
  }
  return request_finish(r);
}

enum request_status connector_member(struct request *r,
                                     const struct connector_sender *sender,
                                     struct slice conversation,
                                     struct slice user,
                                     struct slice service_url) {
  enum request_status status =
      in_conversation(r, sender, OPERATION_MEMBER, "GET", conversation,
                      service_url, "/members/");
  return status == REQUEST_OK ? step(r, user, "") : status;
}

static enum request_status of_team(struct request *r,
                                   const struct connector_sender *sender,
                                   enum operation operation, struct slice team,
                                   struct slice service_url, const char *tail) {
  enum request_status status =
      connector_begin(r, sender, operation, "GET", service_url, "v3/teams/");
  return status == REQUEST_OK ? step(r, team, tail) : status;
}

enum request_status
connector_team_details(struct request *r, const struct connector_sender *sender,
                       struct slice team, struct slice service_url) {
  return of_team(r, sender, OPERATION_TEAM_DETAILS, team, service_url, "");
}

enum request_status
connector_team_channels(struct request *r,
                        const struct connector_sender *sender,
                        struct slice team, struct slice service_url) {
  return of_team(r, sender, OPERATION_TEAM_CHANNELS, team, service_url,
                 "/conversations");
}
