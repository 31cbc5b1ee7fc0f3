/* connector.h - requests to the Bot Connector of Microsoft Teams.
 *
 * Pure: arguments in, a request out, nothing sent.  A service URL that came
 * with a conversation is used only if the cloud admits its origin for the
 * bot's token; without one, the configured or global URL is. */
#ifndef CRIER_CONNECTOR_H
#define CRIER_CONNECTOR_H

#include <stddef.h>

#include "cloud.h"
#include "request.h"

/* Who sends, and to whose people. */
struct connector_sender {
  const cloud *cloud;
  struct slice bot; /* its account: "28:" and its client id */
  struct slice tenant;
};

/* POST v3/conversations: the 1:1 conversation with a person, given by Entra
 * object id or `29:` id.  The same person gives the same conversation.
 * Fails with ID_REFUSED, URL_REFUSED, TOO_LARGE or NOMEM. */
enum request_status connector_create(struct request *r,
                                     const struct connector_sender *sender,
                                     struct slice user,
                                     struct slice service_url);

/* POST v3/conversations/{id}/activities: delivers.  The body, an activity in
 * JSON, stays with the caller.  Fails as connector_create() does. */
enum request_status connector_send(struct request *r,
                                   const struct connector_sender *sender,
                                   struct slice conversation,
                                   struct slice service_url);

#endif
