#include "graph_url.h"

enum request_status graph_users(struct request *r, const cloud *c,
                                const struct graph_listing *listing) {
  graph_begin(r, c, OPERATION_USERS, "GET", "/users");
  graph_listing(r, listing);
  return request_finish(r);
}

/* GET of one object by its id. */
static enum request_status get_one(struct request *r, const cloud *c,
                                   enum operation operation, const char *path,
                                   struct slice id, struct slice select) {
  enum request_status status =
      graph_begin_id(r, c, operation, "GET", path, id, "");
  graph_query(r, "$select", select);
  return status == REQUEST_OK ? request_finish(r) : status;
}

enum request_status graph_user(struct request *r, const cloud *c,
                               struct slice user, struct slice select) {
  return get_one(r, c, OPERATION_USER, "/users/", user, select);
}

static void prefer_minimal(struct request *r, bool minimal) {
  static const char value[] = "return=minimal";
  if (!minimal)
    return;
  r->header = "Prefer";
  r->value = (struct slice){value, sizeof(value) - 1};
}

enum request_status graph_next(struct request *r, const cloud *c,
                               enum operation operation, struct slice url,
                               bool advanced, bool minimal) {
  if (!cloud_allows(c, SERVICE_GRAPH, url.text, url.length))
    return REQUEST_URL_REFUSED;
  request_begin(r, operation, "GET");
  buffer_append(&r->url, url.text, url.length);
  r->eventual = advanced;
  prefer_minimal(r, minimal);
  return request_finish(r);
}

enum request_status graph_delta(struct request *r, const cloud *c,
                                struct slice select, struct slice filter,
                                bool latest, bool minimal) {
  graph_begin(r, c, OPERATION_DELTA, "GET", "/users/delta");
  graph_query(r, "$select", select);
  graph_query(r, "$filter", filter);
  if (latest)
    graph_query(r, "$deltatoken", (struct slice){"latest", 6});
  prefer_minimal(r, minimal);
  return request_finish(r);
}

enum request_status graph_resolve(struct request *r, const cloud *c,
                                  const struct slice *ids, size_t count,
                                  const struct slice *types, size_t type_count,
                                  struct slice select) {
  graph_begin(r, c, OPERATION_RESOLVE, "POST", "/directoryObjects/getByIds");
  graph_query(r, "$select", select);
  r->content_type = GRAPH_JSON;
  buffer_append_text(&r->body, "{\"ids\":");
  graph_append_texts(r, ids, count);
  buffer_append_text(&r->body, ",\"types\":");
  graph_append_texts(r, types, type_count);
  buffer_append_text(&r->body, "}");
  return request_finish(r);
}

enum request_status graph_groups(struct request *r, const cloud *c,
                                 const struct graph_listing *listing,
                                 const char *key, struct slice value) {
  graph_begin(r, c, OPERATION_GROUPS, "GET", "/groups");
  if (key)
    graph_equals(r, key, value);
  graph_listing(r, listing);
  return request_finish(r);
}

enum request_status graph_group(struct request *r, const cloud *c,
                                struct slice group, struct slice select) {
  return get_one(r, c, OPERATION_GROUP, "/groups/", group, select);
}

enum request_status graph_group_members(struct request *r, const cloud *c,
                                        struct slice group, bool transitive,
                                        const struct graph_listing *listing) {
  struct graph_listing people = *listing;
  enum request_status status =
      graph_begin_id(r, c, OPERATION_GROUP_MEMBERS, "GET", "/groups/", group,
                     transitive ? "/transitiveMembers/microsoft.graph.user"
                                : "/members/microsoft.graph.user");
  people.advanced = true;
  graph_listing(r, &people);
  return status == REQUEST_OK ? request_finish(r) : status;
}
