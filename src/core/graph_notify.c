#include "graph_url.h"

#include <string.h>

#include "text.h"

enum request_status graph_notify(struct request *r, const cloud *c,
                                 struct graph_place place) {
  static const struct {
    const char *path, *rest;
  } paths[] = {
      [GRAPH_USER] = {"/users/", "/teamwork/sendActivityNotification"},
      [GRAPH_TEAM] = {"/teams/", "/sendActivityNotification"},
      [GRAPH_CHAT] = {"/chats/", "/sendActivityNotification"},
  };
  enum request_status status =
      graph_begin_id(r, c, OPERATION_NOTIFY, "POST", paths[place.scope].path,
                     place.id, paths[place.scope].rest);
  r->content_type = GRAPH_JSON;
  return status == REQUEST_OK ? request_finish(r) : status;
}

static struct slice trim(struct slice s) {
  while (s.length && text_is_blank(*s.text))
    s.text++, s.length--;
  while (s.length && text_is_blank(s.text[s.length - 1]))
    s.length--;
  return s;
}

static void append_recipient(struct request *r, struct slice user) {
  buffer_append_text(&r->body,
                     "{\"@odata.type\":"
                     "\"microsoft.graph.aadUserNotificationRecipient\","
                     "\"userId\":");
  buffer_append_json(&r->body, user.text, user.length);
  buffer_append_text(&r->body, "}");
}

enum request_status graph_notify_many(struct request *r, const cloud *c,
                                      const struct slice *users, size_t count,
                                      struct slice notification) {
  struct slice object = trim(notification);
  if (object.length < 2 || *object.text != '{' ||
      object.text[object.length - 1] != '}')
    return REQUEST_BODY_REFUSED;
  struct slice members =
      trim((struct slice){object.text + 1, object.length - 2});
  graph_begin(r, c, OPERATION_NOTIFY_MANY, "POST",
              "/teamwork/sendActivityNotificationToRecipients");
  r->content_type = GRAPH_JSON;
  buffer_append_text(&r->body, "{\"recipients\":[");
  for (size_t i = 0; i < count; i++) {
    buffer_append_text(&r->body, i ? "," : "");
    append_recipient(r, users[i]);
  }
  buffer_append_text(&r->body, members.length ? "]," : "]");
  buffer_append(&r->body, members.text, members.length);
  buffer_append_text(&r->body, "}");
  return request_finish(r);
}
