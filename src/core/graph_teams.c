#include "graph_url.h"

enum request_status graph_teams(struct request *r, const cloud *c,
                                const struct graph_listing *listing) {
  graph_begin(r, c, OPERATION_TEAMS, "GET", "/teams");
  graph_listing(r, listing);
  return request_finish(r);
}

/* GET of something of one team. */
static enum request_status of_team(struct request *r, const cloud *c,
                                   enum operation operation, struct slice team,
                                   const char *rest,
                                   const struct graph_listing *listing) {
  enum request_status status =
      graph_begin_id(r, c, operation, "GET", "/teams/", team, rest);
  graph_listing(r, listing);
  return status == REQUEST_OK ? request_finish(r) : status;
}

enum request_status graph_team(struct request *r, const cloud *c,
                               struct slice team, struct slice select) {
  struct graph_listing only = {.select = select};
  return of_team(r, c, OPERATION_TEAM, team, "", &only);
}

enum request_status graph_team_members(struct request *r, const cloud *c,
                                       struct slice team,
                                       const struct graph_listing *listing) {
  return of_team(r, c, OPERATION_TEAM_MEMBERS, team, "/members", listing);
}

enum request_status graph_channels(struct request *r, const cloud *c,
                                   struct slice team,
                                   const struct graph_listing *listing) {
  return of_team(r, c, OPERATION_CHANNELS, team, "/channels", listing);
}

enum request_status graph_primary_channel(struct request *r, const cloud *c,
                                          struct slice team,
                                          struct slice select) {
  struct graph_listing only = {.select = select};
  return of_team(r, c, OPERATION_PRIMARY_CHANNEL, team, "/primaryChannel",
                 &only);
}
