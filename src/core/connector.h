/* connector.h - requests to the Bot Connector of Microsoft Teams.
 *
 * Pure: arguments in, a request out, nothing sent.  A service URL that came
 * with a conversation is used only if the cloud admits its origin for the
 * bot's token; without one, the configured or global URL is.  Where nothing
 * else is said, an activity is JSON text that stays with the caller and is the
 * request's body as it is.
 *
 * A conversation is a 1:1 chat (`a:1…`, as connector_create() brings it), a
 * group chat (`19:…@thread.v2`), a channel (`19:…@thread.tacv2`: the message
 * begins a thread), or a thread of a channel (`{channel};messageid={root}`: the
 * message is a reply in it).
 *
 * All functions fail with ID_REFUSED, URL_REFUSED, TOO_LARGE or NOMEM. */
#ifndef CRIER_CONNECTOR_H
#define CRIER_CONNECTOR_H

#include <stddef.h>

#include "cloud.h"
#include "request.h"

enum { CONNECTOR_PAGE_LEAST = 50, CONNECTOR_PAGE_MOST = 500 };

/* Who sends, and to whose people. */
struct connector_sender {
  const cloud *cloud;
  struct slice bot; /* its account: "28:" and its client id */
  struct slice tenant;
};

/* Starts `method` on the service URL and `path`, joined by exactly one slash.
 * For the files that build requests to the connector. */
enum request_status connector_begin(struct request *r,
                                    const struct connector_sender *sender,
                                    enum operation operation,
                                    const char *method,
                                    struct slice service_url, const char *path);

/* POST v3/conversations: the 1:1 conversation with a person, given by Entra
 * object id or `29:` id.  The same person gives the same conversation. */
enum request_status connector_create(struct request *r,
                                     const struct connector_sender *sender,
                                     struct slice user,
                                     struct slice service_url);

/* POST v3/conversations: begins a thread in a channel; delivers.  The activity
 * becomes part of the request's own body. */
enum request_status connector_post(struct request *r,
                                   const struct connector_sender *sender,
                                   struct slice channel, struct slice activity,
                                   struct slice service_url);

/* POST v3/conversations/{id}/activities: delivers. */
enum request_status connector_send(struct request *r,
                                   const struct connector_sender *sender,
                                   struct slice conversation,
                                   struct slice service_url);

/* POST v3/conversations/{id}/activities: shows for a moment that the bot is
 * writing. */
enum request_status connector_typing(struct request *r,
                                     const struct connector_sender *sender,
                                     struct slice conversation,
                                     struct slice service_url);

/* POST v3/conversations/{id}/activities/{message}: delivers an answer to that
 * message. */
enum request_status connector_reply(struct request *r,
                                    const struct connector_sender *sender,
                                    struct slice conversation,
                                    struct slice message,
                                    struct slice service_url);

/* PUT …/activities/{message}: puts a whole new activity in the place of one
 * that the bot sent.  Repeating it changes nothing more. */
enum request_status connector_update(struct request *r,
                                     const struct connector_sender *sender,
                                     struct slice conversation,
                                     struct slice message,
                                     struct slice service_url);

/* DELETE …/activities/{message}: removes what the bot sent. */
enum request_status connector_delete(struct request *r,
                                     const struct connector_sender *sender,
                                     struct slice conversation,
                                     struct slice message,
                                     struct slice service_url);

/* GET v3/conversations/{id}/pagedmembers: a page of members, of `page_size`
 * (CONNECTOR_PAGE_LEAST to CONNECTOR_PAGE_MOST; 0: the service decides); the
 * page that `continuation` of the last one names, if given. */
enum request_status connector_members(struct request *r,
                                      const struct connector_sender *sender,
                                      struct slice conversation, int page_size,
                                      struct slice continuation,
                                      struct slice service_url);

/* GET v3/conversations/{id}/members/{user}: one member, by Entra object id or
 * `29:` id. */
enum request_status connector_member(struct request *r,
                                     const struct connector_sender *sender,
                                     struct slice conversation,
                                     struct slice user,
                                     struct slice service_url);

/* GET v3/teams/{team}: a team's name and Entra group.  Teams names the team by
 * the id of its General channel. */
enum request_status
connector_team_details(struct request *r, const struct connector_sender *sender,
                       struct slice team, struct slice service_url);

/* GET v3/teams/{team}/conversations: the team's channels. */
enum request_status
connector_team_channels(struct request *r,
                        const struct connector_sender *sender,
                        struct slice team, struct slice service_url);

#endif
