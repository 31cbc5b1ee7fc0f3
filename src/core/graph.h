/* graph.h - requests to Microsoft Graph v1.0.
 *
 * Pure: arguments in, a request out, nothing sent.  Ids are percent-encoded,
 * quotes in OData literals doubled.  Each function starts `r` anew and fails
 * with TOO_LARGE, NOMEM, or ID_REFUSED for an id that is empty or a dot
 * segment; `r` is then not to be used. */
#ifndef CRIER_GRAPH_H
#define CRIER_GRAPH_H

#include <stdbool.h>
#include <stddef.h>

#include "cloud.h"
#include "request.h"

#define GRAPH_PAGE_MAX 999 /* people on a page, "List users" */

/* GET /users: one page of people.  `top` is 1 to GRAPH_PAGE_MAX; `advanced`
 * adds what filters with ne, not or endsWith need ("Advanced query
 * capabilities on Microsoft Entra ID objects"). */
enum request_status graph_users(struct request *r, const cloud *c,
                                struct slice select, struct slice filter,
                                int top, bool advanced);

/* GET /users/{id or user principal name} */
enum request_status graph_user(struct request *r, const cloud *c,
                               struct slice user, struct slice select);

/* GET of `@odata.nextLink`, byte for byte; URL_REFUSED unless it has the
 * origin of Graph.  `advanced` as it was for the first page. */
enum request_status graph_next(struct request *r, const cloud *c,
                               struct slice url, bool advanced);

/* GET /appCatalogs/teamsApps where `key` (externalId: the manifest's id; id:
 * the catalog's) is `app`, with its definitions. */
enum request_status graph_catalog(struct request *r, const cloud *c,
                                  const char *key, struct slice app);

/* GET /users/{user}/teamwork/installedApps of one app of the catalog. */
enum request_status graph_installation(struct request *r, const cloud *c,
                                       struct slice user,
                                       struct slice catalog_id);

/* POST /users/{user}/teamwork/installedApps */
enum request_status graph_install(struct request *r, const cloud *c,
                                  struct slice user, struct slice catalog_id);

#endif
