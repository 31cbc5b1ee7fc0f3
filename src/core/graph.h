/* graph.h - requests to Microsoft Graph v1.0.
 *
 * Pure: arguments in, a request out, nothing sent.  Ids are percent-encoded,
 * quotes in OData literals doubled.  Each function starts `r` anew and fails
 * with TOO_LARGE, NOMEM, or ID_REFUSED for an id that is empty or a dot
 * segment; `r` is then not to be used.
 *
 * One file a noun: graph_directory.c (people and groups), graph_teams.c,
 * graph_apps.c (installations and their chats), graph_catalog.c,
 * graph_notify.c; many calls in one are batch.h. */
#ifndef CRIER_GRAPH_H
#define CRIER_GRAPH_H

#include <stdbool.h>
#include <stddef.h>

#include "cloud.h"
#include "request.h"

enum {
  GRAPH_PAGE_MAX = 999,       /* people on a page, "List users" */
  GRAPH_IDS_MAX = 1000,       /* "directoryObject: getByIds" */
  GRAPH_RECIPIENTS_MAX = 100, /* "sendActivityNotificationToRecipients" */
  GRAPH_PERMISSIONS_MAX = 64, /* more than an app can declare */
};

/* What a listing may ask for. */
struct graph_listing {
  struct slice select;
  struct slice filter;
  int top;       /* 1 to GRAPH_PAGE_MAX; 0: the service's default */
  bool advanced; /* adds what filters with ne, not or endsWith, and casts, need
                    ("Advanced query capabilities on Microsoft Entra ID
                    objects") */
};

/* ---- people ---- */

/* GET /users: one page of people. */
enum request_status graph_users(struct request *r, const cloud *c,
                                const struct graph_listing *listing);

/* GET /users/{id or user principal name} */
enum request_status graph_user(struct request *r, const cloud *c,
                               struct slice user, struct slice select);

/* GET of `@odata.nextLink` or `@odata.deltaLink`, byte for byte; URL_REFUSED
 * unless it has the origin of Graph.  The rest as it was for the first page. */
enum request_status graph_next(struct request *r, const cloud *c,
                               enum operation operation, struct slice url,
                               bool advanced, bool minimal);

/* GET /users/delta: everybody, or with `latest` nobody, and then a link to what
 * changed since ("user: delta").  `minimal`: only the properties that did. */
enum request_status graph_delta(struct request *r, const cloud *c,
                                struct slice select, struct slice filter,
                                bool latest, bool minimal);

/* POST /directoryObjects/getByIds: those of 1 to GRAPH_IDS_MAX ids that exist
 * and are of one of the types. */
enum request_status graph_resolve(struct request *r, const cloud *c,
                                  const struct slice *ids, size_t count,
                                  const struct slice *types, size_t type_count,
                                  struct slice select);

/* ---- groups ---- */

/* GET /groups, where `key` is `value` unless `key` is NULL. */
enum request_status graph_groups(struct request *r, const cloud *c,
                                 const struct graph_listing *listing,
                                 const char *key, struct slice value);

/* GET /groups/{id} */
enum request_status graph_group(struct request *r, const cloud *c,
                                struct slice group, struct slice select);

/* GET /groups/{id}/members or transitiveMembers (those of nested groups too),
 * people alone.  The cast makes it an advanced query. */
enum request_status graph_group_members(struct request *r, const cloud *c,
                                        struct slice group, bool transitive,
                                        const struct graph_listing *listing);

/* ---- teams ---- */

/* GET /teams */
enum request_status graph_teams(struct request *r, const cloud *c,
                                const struct graph_listing *listing);

/* GET /teams/{id} */
enum request_status graph_team(struct request *r, const cloud *c,
                               struct slice team, struct slice select);

/* GET /teams/{id}/members */
enum request_status graph_team_members(struct request *r, const cloud *c,
                                       struct slice team,
                                       const struct graph_listing *listing);

/* GET /teams/{id}/channels */
enum request_status graph_channels(struct request *r, const cloud *c,
                                   struct slice team,
                                   const struct graph_listing *listing);

/* GET /teams/{id}/primaryChannel: General */
enum request_status graph_primary_channel(struct request *r, const cloud *c,
                                          struct slice team,
                                          struct slice select);

/* ---- installations ---- */

/* Where an app is installed. */
enum graph_scope { GRAPH_USER, GRAPH_TEAM, GRAPH_CHAT };

struct graph_place {
  enum graph_scope scope;
  struct slice id; /* of a user also the user principal name */
};

/* A resource-specific permission, as "teamsAppResourceSpecificPermission". */
struct graph_permission {
  struct slice value; /* such as TeamsActivity.Send.User */
  struct slice type;  /* Application or Delegated */
};

/* Those that an install or upgrade consents to: exactly what the app declares;
 * none when it declares none of type Application. */
struct graph_consent {
  const struct graph_permission *permissions;
  size_t count;
};

/* GET {place}/installedApps of one app of the catalog. */
enum request_status graph_installation(struct request *r, const cloud *c,
                                       struct graph_place place,
                                       struct slice catalog_id);

/* POST {place}/installedApps */
enum request_status graph_install(struct request *r, const cloud *c,
                                  struct graph_place place,
                                  struct slice catalog_id,
                                  struct graph_consent consent);

/* POST {place}/installedApps/{id}/upgrade */
enum request_status graph_upgrade(struct request *r, const cloud *c,
                                  struct graph_place place,
                                  struct slice installation,
                                  struct graph_consent consent);

/* DELETE {place}/installedApps/{id} */
enum request_status graph_uninstall(struct request *r, const cloud *c,
                                    struct graph_place place,
                                    struct slice installation);

/* GET /users/{user}/teamwork/installedApps/{id}/chat */
enum request_status graph_chat(struct request *r, const cloud *c,
                               struct slice user, struct slice installation);

/* GET /users/{user}/chats of those where the app is installed: the way of 2020
 * to a lost chat id.  "List chats" does not document the filter. */
enum request_status graph_find_chat(struct request *r, const cloud *c,
                                    struct slice user, struct slice catalog_id);

/* ---- the organisation's catalog ---- */

/* GET /appCatalogs/teamsApps where `key` (externalId: the manifest's id; id:
 * the catalog's) is `app`, with its definitions and their bot. */
enum request_status graph_catalog(struct request *r, const cloud *c,
                                  const char *key, struct slice app);

/* The rest takes the token of a signed-in person.  Who sends a package has its
 * bytes: `body` of the request stays empty. */

/* POST /appCatalogs/teamsApps: a package whose manifest's id is new. */
enum request_status graph_publish(struct request *r, const cloud *c,
                                  bool requires_review);

/* POST /appCatalogs/teamsApps/{id}/appDefinitions: a package of a later
 * version. */
enum request_status graph_update_app(struct request *r, const cloud *c,
                                     struct slice catalog_id,
                                     bool requires_review);

/* PATCH /appCatalogs/teamsApps/{id}/appDefinitions/{definition}, unless it has
 * changed since `etag`.  `state`: published or rejected. */
enum request_status graph_review(struct request *r, const cloud *c,
                                 struct slice catalog_id,
                                 struct slice definition, struct slice etag,
                                 const char *state);

/* DELETE /appCatalogs/teamsApps/{id}, or of a definition that waits for its
 * review when `definition` is given. */
enum request_status graph_unpublish(struct request *r, const cloud *c,
                                    struct slice catalog_id,
                                    struct slice definition);

/* ---- activity feed ---- */

/* POST {place}/sendActivityNotification; the caller has the body, a JSON object
 * with topic, activityType, previewText and so on. */
enum request_status graph_notify(struct request *r, const cloud *c,
                                 struct graph_place place);

/* POST /teamwork/sendActivityNotificationToRecipients: the JSON object
 * `notification` to 1 to GRAPH_RECIPIENTS_MAX people.  BODY_REFUSED when it is
 * no object, by its two ends. */
enum request_status graph_notify_many(struct request *r, const cloud *c,
                                      const struct slice *users, size_t count,
                                      struct slice notification);

#endif
